# SPDX-License-Identifier: Apache-2.0
"""Fresh copies of a room's modules, one of them changed in one place: would the suite notice?"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from types import ModuleType

VALUES = {"event", "rules", "decision", "question", "columns"}
"""Modules of plain values, which mutants share with whoever asks them."""

_IMPORT = re.compile(r"from privseg\.consent\.(\w+) import")


@cache
def source_of(module: str) -> str:
    """Return the source of a module of the consent room."""
    return files("privseg.consent").joinpath(f"{module}.py").read_text("utf-8")


@cache
def chain(module: str) -> tuple[str, ...]:
    """Return the modules that one stands on, itself last; what holds plain values is left out."""
    needed: dict[str, None] = {}
    for other in _IMPORT.findall(source_of(module)):
        if other not in VALUES:
            needed |= dict.fromkeys(chain(other))
    return (*needed, module)


@contextmanager
def mutated(top: str, module: str, old: str, new: str) -> Iterator[ModuleType]:
    """Give ``top`` on fresh copies of all it stands on, ``module`` changed in one place."""
    names = {name: f"_mutant_{name}" for name in chain(top)}
    assert module in names, "a mutant changes a module of the chain"
    try:
        for name, copy in names.items():
            source = source_of(name)
            if name == module:
                assert source.count(old) == 1, "a mutant changes one place"
                source = source.replace(old, new)
            sys.modules[copy] = ModuleType(copy)
            exec(compile(_redirected(source, names), copy, "exec"), sys.modules[copy].__dict__)
        yield sys.modules[names[top]]
    finally:
        for copy in names.values():
            sys.modules.pop(copy, None)


def _redirected(source: str, names: dict[str, str]) -> str:
    """Return ``source`` with its imports of the room led to the copies."""

    def led(found: re.Match[str]) -> str:
        name = found[1]
        return f"from {names[name]} import" if name in names else found[0]

    return _IMPORT.sub(led, source)
