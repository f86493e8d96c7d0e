# SPDX-License-Identifier: Apache-2.0
"""A chain in the grammar: each link is the earliest of one event after the link before.

A link is one moment a person. What it joins is the link before it, on the person's ordinal, so
that no row is doubled; and of that nothing is asked but whether the event in question is later.
The first link may come after the last of an event that must not follow it.
"""

from __future__ import annotations

from sqlglot import exp

from privseg.gate.columns import ORDINAL, TIME
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.gate.grammar_rows import (
    EVENT,
    beside_matches,
    check_group,
    check_rows,
    joins_of,
    rows,
    with_person,
)
from privseg.gate.grammar_scope import (
    MOMENTS,
    ORDINALS,
    Reading,
    Scope,
    Source,
    check_clauses,
    conjuncts,
    is_column,
    mentions,
    refuse_unless,
    same_person,
)

_BEFORE = "c0"  # the alias of the link before
_MOMENT = "a0"


def is_chained(select: exp.Select) -> bool:
    """Return whether a SELECT joins a link before it; it does so last."""
    joins = joins_of(select)
    return bool(joins) and joins[-1].this.alias == _BEFORE


def chained(select: exp.Select, reading: Reading) -> Source:
    """Return the moment, by person, of the last link of a chain.

    Raises:
        QueryRefusedError: it is something else.
    """
    *matches, join = joins_of(select)
    scope = beside_matches(select, matches, reading)
    checked = _before(join, scope)
    where = select.args.get("where")
    if where is None:
        raise QueryRefusedError("a chain goes on from nothing")
    tests = conjuncts(where.this)
    steps = [test for test in tests if mentions(test, _BEFORE)]
    refuse_unless(len(steps) == 1, "a chain does not say once what it goes on from")
    _check_later(steps[0], checked, last=_end_of(join) is exp.Max)
    check_rows([test for test in tests if test is not steps[0]], scope)
    _check_moment(select, scope, exp.Min)
    return Source({ORDINAL: ORDINALS, _MOMENT: MOMENTS}, aggregated=True)


def _before(join: exp.Join, scope: Scope) -> Scope:
    """Return the scope with the link before in it, joined on the person."""
    joined, on = join.this, join.args.get("on")
    subquery = type(joined) is exp.Subquery and join.args.get("side") == "LEFT"
    refuse_unless(subquery, "the link before is not joined LEFT")
    before = Scope(scope.reading, dict(scope.sources))
    before.add(_BEFORE, _link(joined.this, scope.reading))
    refuse_unless(
        same_person(on, _BEFORE, EVENT, before),
        "the link before is not joined on the person's ordinal",
    )
    return before


def _link(select: exp.Expr, reading: Reading) -> Source:
    """Return a link: one that goes on, the first, or the last of what must not follow."""
    check_clauses(select, {"expressions", "from_", "joins", "where", "group"})
    assert isinstance(select, exp.Select)
    if is_chained(select):
        return chained(select, reading)
    _check_moment(select, rows(select, reading), exp.Min, exp.Max)
    return Source({ORDINAL: ORDINALS, _MOMENT: MOMENTS}, aggregated=True)


def _check_moment(select: exp.Select, scope: Scope, *kinds: type[exp.Expr]) -> None:
    """Refuse a link that gives out something else than one moment a person."""
    outputs = with_person(select, EVENT, scope)
    check_group(select, [(EVENT, ORDINAL)])
    moment = outputs.get(_MOMENT)
    one = list(outputs) == [_MOMENT] and type(moment) in kinds
    refuse_unless(
        one and moment is not None and is_column(moment.this, EVENT, TIME),
        "a link of a chain gives out something else than its moment",
    )
    assert moment is not None
    scope.type_of(moment.this)


def _end_of(join: exp.Join) -> type[exp.Expr]:
    """Return whether a link gives the earliest or the last; it was found to give one."""
    return type(join.this.this.expressions[-1].this)


def _check_later(test: exp.Expr, scope: Scope, *, last: bool) -> None:
    """Refuse another test than that the event is later, or that there is nothing to be later than.

    Of what must not follow there may be nothing; after a link that is not there comes no other.
    """
    if last:
        test = _or_nothing(test, scope)
    later = (
        type(test) is exp.GT
        and is_column(test.this, EVENT, TIME)
        and is_column(test.expression, _BEFORE, _MOMENT)
    )
    refuse_unless(later, "a chain goes on from something else than what is later")
    types = {scope.type_of(test.this), scope.type_of(test.expression)}
    refuse_unless(types == {MOMENTS}, "a chain goes on from something else than what is later")


def _or_nothing(test: exp.Expr, scope: Scope) -> exp.Expr:
    """Return the right side of (c0.a0 IS NULL OR ...)."""
    either = test.this if type(test) is exp.Paren else None
    nothing = either.this if type(either) is exp.Or else None
    known = (
        type(nothing) is exp.Is
        and is_column(nothing.this, _BEFORE, _MOMENT)
        and type(nothing.expression) is exp.Null
    )
    refuse_unless(known, "a chain does not begin after what must not follow")
    assert either is not None
    assert nothing is not None
    scope.type_of(nothing.this)
    later: exp.Expr = either.expression
    return later
