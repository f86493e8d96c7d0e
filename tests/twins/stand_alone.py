# SPDX-License-Identifier: Apache-2.0
"""``audit/verify.py`` as a module: the verifier that shares no code with privseg."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

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

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def below(self, name: str) -> list[str]:
        top = f"{name}/"
        return [path[len(top) :] for path in self.files if path.startswith(top)]


def report(
    files: dict[str, bytes], key_text: str | None, anchors: tuple[bytes, ...] = ()
) -> dict[str, Any]:
    """Return what the stand-alone verifier says of ``files``."""
    notes = [verify.Anchor("head", note) for note in anchors]
    told: dict[str, Any] = verify.judge(MemoryExport(files), [key_text] if key_text else [], notes)
    return told


def found(
    files: dict[str, bytes], key_text: str | None, anchors: tuple[bytes, ...] = ()
) -> set[tuple[str, int | None]]:
    """Return (rule, entry) of everything the stand-alone verifier finds in ``files``."""
    findings = report(files, key_text, anchors)["findings"]
    return {(finding.rule, finding.sequence) for finding in findings}
