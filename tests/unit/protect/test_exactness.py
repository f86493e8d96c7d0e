# SPDX-License-Identifier: Apache-2.0
"""No float, no other generator and no array package where noise and bounds are made."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import privseg.protect

ROOM = Path(privseg.protect.__file__).parent
ADAPTED = {"bounding.py", "many.py"}  # arrays of integers: numpy is their business, floats not
CLAIMED = {"learning.py"}  # another library's, on floating point: said so on what it releases
PURE = sorted(p.name for p in ROOM.glob("*.py") if p.name not in ADAPTED | CLAIMED)
FORBIDDEN = {"random", "numpy", "math.exp", "scipy", "pandas", "statistics"}
FLOATING = {"float", "exp", "log", "sqrt", "erf", "gauss", "uniform", "random"}


def findings(source: str) -> list[str]:
    """Return every float literal, true division by ``math``, float call and forbidden import."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=float() | complex()):
                found.append(f"float literal {node.value}")
            case ast.Import(names=names):
                found += [a.name for a in names if a.name.split(".")[0] in FORBIDDEN | {"math"}]
            case ast.ImportFrom(module="math", names=names):
                found += [a.name for a in names if a.name not in {"isqrt", "gcd", "lcm"}]
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in FORBIDDEN:
                found.append(module)
            case ast.Call(func=ast.Name(id=name)) if name in FLOATING:
                found.append(f"call of {name}")
            case _:
                pass
    return found


@pytest.mark.parametrize("name", PURE)
def test_no_float_and_no_other_generator_stands_in(name: str) -> None:
    assert findings((ROOM / name).read_text()) == []


@pytest.mark.parametrize("name", sorted(ADAPTED))
def test_where_arrays_are_used_there_is_no_float_and_no_generator(name: str) -> None:
    found = [f for f in findings((ROOM / name).read_text()) if not f.startswith("numpy")]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    ["x = 0.5", "import random", "import numpy as np", "from math import exp", "y = float(3)"],
)
def test_the_lint_finds_what_is_planted(planted: str) -> None:
    assert findings(planted)
