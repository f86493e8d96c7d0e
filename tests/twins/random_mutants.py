# SPDX-License-Identifier: Apache-2.0
"""Every small mistake of some kinds that a source could have, one at a time.

Kinds: a comparison turned or moved by one, ``and`` for ``or``, a ``not`` lost, sums and sets turned
round, the branches of an ``if`` expression swapped, ``all`` for ``any``, ``min`` for ``max``, a
truth value turned, a number more, a condition of a comprehension lost.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Mult: ast.Add, ast.FloorDiv: ast.Mult,
}  # fmt: skip
NAMED = {"all": "any", "any": "all", "min": "max", "max": "min"}

Change = Callable[[ast.AST], None]


def mutants(source: str) -> Iterator[tuple[int, ast.Module]]:
    """Yield each mutant of a source, with the line that is changed."""
    tree = ast.parse(source)
    skipped = _not_code(tree)
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        for change in _changes(node):
            mutant = copy.deepcopy(tree)
            place = next(n for i, n in enumerate(ast.walk(mutant)) if i == number)
            change(place)
            yield getattr(node, "lineno", 0), ast.fix_missing_locations(mutant)


def _not_code(tree: ast.Module) -> set[int]:
    """Return the nodes in annotations and in arguments of decorators: no test could tell these."""
    found: set[int] = set()
    for node in ast.walk(tree):
        beside = [getattr(node, name, None) for name in ("annotation", "returns")]
        for part in (*beside, *getattr(node, "decorator_list", ())):
            found |= {id(n) for n in ast.walk(part)} if part else set()
    return found


def _lose(node: ast.AST) -> None:
    """Turn ``not x`` into ``x``: a node is changed where it stands, so it becomes ``x or x``."""
    operand = node.operand  # type: ignore[attr-defined]
    node.__class__ = ast.BoolOp
    node.__dict__.update(op=ast.Or(), values=[operand, copy.deepcopy(operand)])


def _keep(node: ast.AST) -> None:
    """Turn ``~x`` into ``x & x``, which is ``x`` for arrays of truth values."""
    operand = node.operand  # type: ignore[attr-defined]
    node.__class__ = ast.BinOp
    node.__dict__.update(left=operand, op=ast.BitAnd(), right=copy.deepcopy(operand))


def _changes(node: ast.AST) -> Iterator[Change]:
    """Yield what may be changed about one node."""
    yield from _turned(node)
    match node:
        case ast.UnaryOp(op=ast.Not()):
            yield _lose
        case ast.UnaryOp(op=ast.Invert()):
            yield _keep
        case ast.IfExp(body=body, orelse=orelse):
            yield lambda n: n.__dict__.update(body=orelse, orelse=body)
        case ast.Constant(value=bool(value)):
            yield lambda n: setattr(n, "value", not value)
        case ast.Constant(value=int(value)):
            yield lambda n: setattr(n, "value", value + 1)
        case ast.comprehension(ifs=[_, *_]):
            yield lambda n: setattr(n, "ifs", n.ifs[1:])  # type: ignore[attr-defined]


def _turned(node: ast.AST) -> Iterator[Change]:
    """Yield the operator or function that may stand in the place of another."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARED:
            yield lambda n: setattr(n, "ops", [COMPARED[type(op)]()])
        case ast.BoolOp(op=op):
            other = ast.Or if isinstance(op, ast.And) else ast.And
            yield lambda n: setattr(n, "op", other())
        case ast.BinOp(op=op) if type(op) in RECKONED:
            yield lambda n: setattr(n, "op", RECKONED[type(op)]())
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMED:
            yield lambda n: setattr(n, "id", NAMED[name])
