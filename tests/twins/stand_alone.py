# SPDX-License-Identifier: Apache-2.0
"""``audit/verify.py`` as a module: the verifier that shares no code with privseg."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

AUDIT = Path(__file__).resolve().parents[2] / "audit"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stand_alone_verify", AUDIT / "verify.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its NamedTuples look their module up
    spec.loader.exec_module(module)
    return module


verify = _load()


class MemoryExport(verify.Export):  # type: ignore[name-defined,misc]
    """An export given as path -> bytes."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.has_bodies = any(path.startswith("bodies/") for path in files)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def extra_bodies(self, size: int) -> int:
        paths = (path[len("bodies/") :] for path in self.files if path.startswith("bodies/"))
        return sum(not verify._is_body_path(path, size) for path in paths)


def found(
    files: dict[str, bytes], key_text: str, anchors: tuple[bytes, ...] = ()
) -> set[tuple[str, int | None]]:
    """Return (rule, entry) of everything the stand-alone verifier finds in ``files``."""
    key = verify.parse_vkey(key_text)
    try:
        verify._choose_key(key_text, files.get("log.vkey"))
        head = verify.open_checkpoint(files.get("checkpoint", b""), key)
    except verify.RefusedError as refusal:
        return {("key" if "log.vkey" in str(refusal) else "checkpoint", None)}
    check = verify.Check(MemoryExport(files), head)
    check.run()
    for anchor in anchors:
        check.anchor(anchor, key)
    return {(finding.rule, finding.sequence) for finding in verify.shorten(check.findings)}
