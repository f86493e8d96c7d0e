# SPDX-License-Identifier: Apache-2.0
"""Fresh copies of a room's modules, one of them changed in one place: would the suite notice?"""

from __future__ import annotations

import ast
import copy
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from types import CodeType, ModuleType

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
    assert source_of(module).count(old) == 1, "a mutant changes one place"
    changed = ast.parse(source_of(module).replace(old, new))
    with standing_on(top, module, changed) as mutant:
        yield mutant


@contextmanager
def standing_on(top: str, module: str, changed: ast.Module) -> Iterator[ModuleType]:
    """Give ``top`` on fresh copies of all it stands on, ``module`` being what ``changed`` says."""
    assert module in chain(top), "a mutant changes a module of the chain"
    try:
        for name in chain(top):
            sys.modules[_copy(name)] = ModuleType(_copy(name))
            code = _code(top, name, changed) if name == module else _unchanged(top, name)
            exec(code, sys.modules[_copy(name)].__dict__)
        yield sys.modules[_copy(top)]
    finally:
        for name in chain(top):
            sys.modules.pop(_copy(name), None)


def _copy(name: str) -> str:
    return f"_mutant_{name}"


def _code(top: str, name: str, tree: ast.Module) -> CodeType:
    """Return the code of a module whose imports of the room lead to the copies."""
    led = copy.deepcopy(tree)
    for node in ast.walk(led):
        if isinstance(node, ast.ImportFrom) and node.module:
            room, _, other = node.module.rpartition(".")
            if room == "privseg.consent" and other in chain(top):
                node.module = _copy(other)
    return compile(led, _copy(name), "exec")


@cache
def _unchanged(top: str, name: str) -> CodeType:
    """Return the code of a module as it is: most of a mutant is, so it is compiled once."""
    return _code(top, name, ast.parse(source_of(name)))
