# SPDX-License-Identifier: Apache-2.0
"""Who completed a sequence, in the grammar: a row for each step, windows over them, an end.

The windows are of one person's rows, further on in the order of time and step, and look for the
smallest; nothing else is computed. A UNION ALL lays the steps beside each other and makes no row of
two. Of rows of one moment and step, a window that looks for that very step tells some from others
by how they happen to be sorted; so what comes next leaves the rows of that step out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from privseg.gate.columns import ORDINAL, TIME
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.gate.grammar_rows import EVENT, check_group, rows, with_person
from privseg.gate.grammar_scope import (
    MOMENTS,
    ORDINALS,
    Reading,
    Scope,
    Source,
    check_clauses,
    conjuncts,
    is_column,
    refuse_unless,
    start_of,
)
from privseg.gate.grammar_tests import WHOLE, check_test

_STEPS = "w"  # the alias of the place
_STEP, _REACH = "step", "reach"
_FOUND = ([_REACH], [_REACH, "barrier"])
_ORDER = [TIME, _STEP]
_FRAME = {
    "kind": "ROWS",
    "start_side": "FOLLOWING",  # from the next row on: a frame's only literal is 1
    "end": "UNBOUNDED",
    "end_side": "FOLLOWING",
}
_TIES = "rows stay that a window tells apart by how they are sorted"


def completed(select: exp.Select, reading: Reading) -> Source:
    """Return how many starts of a completed sequence each person has.

    Raises:
        QueryRefusedError: it is something else.
    """
    check_clauses(select, {"expressions", "from_", "where", "group"})
    levels = _inner(select)
    refuse_unless(type(levels) is exp.Select, "a sequence has no window")
    source, sought = _level(levels, reading)
    scope = Scope(reading, {_STEPS: source})
    where = select.args.get("where")
    if where is None:
        raise QueryRefusedError("a sequence ends in nothing")
    check_test(where.this, scope)
    _check_starts(conjuncts(where.this), sought, reading)
    outputs = with_person(select, _STEPS, scope)
    check_group(select, [(_STEPS, ORDINAL)])
    counted = list(outputs) == ["a0"] and type(outputs["a0"]) is exp.Count
    refuse_unless(
        counted and type(outputs["a0"].this) is exp.Star, "a sequence gives out more than a count"
    )
    return Source({ORDINAL: ORDINALS, "a0": WHOLE}, aggregated=True)


def _inner(select: exp.Select) -> exp.Expr:
    """Return the subquery that a SELECT starts from, which must go by its alias."""
    start = start_of(select)
    refuse_unless(
        type(start) is exp.Subquery and start.alias == _STEPS, "a sequence is of no steps"
    )
    inner: exp.Expr = start.this
    return inner


def _check_starts(tests: list[exp.Expr], sought: frozenset[int], reading: Reading) -> None:
    """Refuse an end of rows of a step that the windows below it looked for."""
    of_step = [t for t in tests if type(t) is exp.EQ and is_column(t.this, _STEPS, _STEP)]
    numbers = {_number(t.expression, reading) for t in of_step}
    refuse_unless(bool(numbers) and not numbers & sought, _TIES)


def _level(select: exp.Expr, reading: Reading) -> tuple[Source, frozenset[int]]:
    """Return one level of windows, and the steps that it looks for.

    It gives out the step's own columns and what lies ahead of it.
    """
    check_clauses(select, {"expressions", "from_", "where"})
    assert isinstance(select, exp.Select)
    inner = _inner(select)
    where = select.args.get("where")
    if type(inner) is exp.Union:
        refuse_unless(where is None, "the rows of a sequence are left out before any window")
        scope = Scope(reading, {_STEPS: _steps(inner, reading)})
    else:
        source, sought = _level(inner, reading)
        scope = Scope(reading, {_STEPS: source})
        _check_still_open(where, sought, scope)
    outputs = with_person(select, _STEPS, scope)
    own = all(is_column(outputs.pop(name, None), _STEPS, name) for name in (TIME, _STEP))
    refuse_unless(own and list(outputs) in _FOUND, "a level of a sequence gives out something else")
    ahead = [_sought(node, scope) for node in outputs.values()]
    columns = {ORDINAL: ORDINALS, TIME: MOMENTS, _STEP: WHOLE}
    made = Source(columns | dict.fromkeys(outputs, MOMENTS))
    return made, frozenset(ahead)


def _check_still_open(where: exp.Expr | None, sought: frozenset[int], scope: Scope) -> None:
    """Refuse another WHERE than: steps further from the end, and the next only within the span."""
    if where is None:
        raise QueryRefusedError(_TIES)
    test = where.this
    parts = conjuncts(test)
    either = parts[-1].this if type(parts[-1]) is exp.Paren else None
    ways = [either.this, either.expression] if type(either) is exp.Or else []
    shape = len(parts) == len(ways) == 2 and _is_beyond(parts[0]) and _is_beyond(ways[0])  # noqa: PLR2004
    refuse_unless(shape and _is_elapsed(ways[1]), "a level keeps rows by something else")
    check_test(test, scope)
    least = _number(parts[0].expression, scope.reading)
    refuse_unless(all(step <= least for step in sought), _TIES)


def _is_beyond(test: exp.Expr) -> bool:
    return type(test) is exp.GT and is_column(test.this, _STEPS, _STEP)


def _is_elapsed(test: exp.Expr) -> bool:
    spent = test.this if type(test) is exp.LT else None
    return (
        type(spent) is exp.Sub
        and is_column(spent.this, _STEPS, _REACH)
        and is_column(spent.expression, _STEPS, TIME)
    )


def _number(node: exp.Expr, reading: Reading) -> int:
    """Return the number that a parameter stands for."""
    refuse_unless(reading.kind_of(node) is int, "a step has no number")
    number = reading.parameters[str(node.this)]
    assert isinstance(number, int)
    return number


def _steps(union: exp.Union, reading: Reading) -> Source:
    """Return a row for each event that may be a step: whose, when, and which step."""
    for select in _branches(union):
        _check_step(select, reading)
    return Source({ORDINAL: ORDINALS, TIME: MOMENTS, _STEP: WHOLE})


def _branches(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what UNION ALL lays beside each other; it leans to the left."""
    while type(node) is exp.Union:
        refuse_unless(node.args.get("distinct") is False, "a UNION drops rows that are alike")
        yield node.expression
        node = node.this
    yield node


def _check_step(select: exp.Expr, reading: Reading) -> None:
    check_clauses(select, {"expressions", "from_", "joins", "where"})
    assert isinstance(select, exp.Select)
    scope = rows(select, reading)
    outputs = with_person(select, EVENT, scope)
    shape = list(outputs) == [TIME, _STEP] and is_column(outputs[TIME], EVENT, TIME)
    refuse_unless(shape, "a step gives out something else than whose, when and which")
    scope.type_of(outputs[TIME])
    refuse_unless(reading.kind_of(outputs[_STEP]) is int, "a step has no number")


def _sought(node: exp.Expr, scope: Scope) -> int:
    """Return the step whose earliest moment ahead it is.

    Raises:
        QueryRefusedError: it is not the earliest moment of one step's rows ahead.
    """
    window = type(node) is exp.Window and type(node.this) is exp.Min
    refuse_unless(window, "what lies ahead is not a window's MIN")
    for key in _check_window(node):
        scope.type_of(key)
    choice = node.this.this
    one = type(choice) is exp.Case and len(choice.args["ifs"]) == 1
    refuse_unless(one, "what lies ahead is not of one step")
    branch = choice.args["ifs"][0]
    step, moment = branch.this, branch.args["true"]
    by_step = type(step) is exp.EQ and is_column(step.this, _STEPS, _STEP)
    refuse_unless(by_step, "what lies ahead is not of one step")
    check_test(step, scope)
    dated = scope.type_of(moment) == MOMENTS and moment.name != _STEP
    refuse_unless(dated, "what lies ahead is no moment")
    return _number(step.expression, scope.reading)


def _check_window(window: exp.Expr) -> list[exp.Expr]:
    """Refuse a window not of the person's rows alone, further on; return what it is made by."""
    keys, order, spec = (window.args.get(name) for name in ("partition_by", "order", "spec"))
    keys, terms = keys or [], [] if order is None else [t.this for t in order.expressions]
    person = len(keys) == 1 and is_column(keys[0], _STEPS, ORDINAL)
    refuse_unless(person, "a window is not of one person's rows")
    framed = spec is not None and _is_ahead(spec.args)
    refuse_unless(framed, "a window is of another frame")
    by_time = len(terms) == len(_ORDER) and all(
        is_column(term, _STEPS, name) for term, name in zip(terms, _ORDER, strict=True)
    )
    refuse_unless(by_time, "a window is not in the order of time")
    return [keys[0], *terms]


def _is_ahead(frame: Mapping[str, object]) -> bool:
    """Return whether a frame is of the rows further on."""
    return type(frame.get("start")) is exp.Literal and _FRAME.items() <= frame.items()
