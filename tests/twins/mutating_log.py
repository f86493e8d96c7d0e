# SPDX-License-Identifier: Apache-2.0
"""Fresh copies of the rooms ``audit`` and ``tlog``, one module changed in one place."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import CodeType, ModuleType

ROOMS = {"privseg.tlog": "_mutant_tlog", "privseg.audit": "_mutant_audit"}
_IMPORT = re.compile(r"^(\s*from) privseg\.(audit|tlog)\b", re.MULTILINE)


class Rooms:
    """Modules by their names without ``privseg.``: ``rooms("audit.entry")``."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __call__(self, name: str) -> ModuleType:
        return import_module(f"{self._prefix}{name}")


REAL = Rooms("privseg.")


def source_of(name: str) -> str:
    """Return the source of a module such as ``audit.entry``."""
    room, _, module = name.partition(".")
    return files(f"privseg.{room}").joinpath(f"{module or '__init__'}.py").read_text("utf-8")


@contextmanager
def mutated(name: str, old: str, new: str) -> Iterator[Rooms]:
    """Give both rooms anew, ``old`` in one place of a module replaced by ``new``."""
    source = source_of(name)
    assert source.count(old) == 1, f"a mutant changes one place, not {source.count(old)}"
    loader = _Loader({name: source.replace(old, new)})
    sys.meta_path.insert(0, loader)
    try:
        for room in ROOMS.values():
            __import__(room)
        yield Rooms("_mutant_")
    finally:
        sys.meta_path.remove(loader)
        for module in [m for m in sys.modules if m.startswith("_mutant_")]:
            del sys.modules[module]


@cache
def _code(name: str, source: str) -> CodeType:
    led = _IMPORT.sub(r"\1 _mutant_\2", source)
    return compile(led, f"<{name}>", "exec")


class _Loader:
    """Finds and runs the copies."""

    def __init__(self, changed: dict[str, str]) -> None:
        self._changed = changed

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> object:
        from importlib.machinery import ModuleSpec  # noqa: PLC0415 - only when one is looked for

        if not fullname.startswith("_mutant_"):
            return None
        is_room = fullname in ROOMS.values()
        spec = ModuleSpec(fullname, self, is_package=is_room)  # type: ignore[arg-type]
        if is_room:
            spec.submodule_search_locations = []
        return spec

    def create_module(self, _spec: object) -> None:
        """Let Python make it."""

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.removeprefix("_mutant_")
        source = self._changed.get(name) or source_of(name)
        exec(_code(name, source), module.__dict__)
