# SPDX-License-Identifier: Apache-2.0
"""Reading back what a table asks for: dimensions, amounts, bounds and captions."""

from __future__ import annotations

from datetime import datetime

from privseg.frames import (
    Amount,
    Block,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    CountOf,
    DaysSince,
    Dimension,
    EachOf,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
    Where,
    Window,
)
from privseg.release.decode_node import Node
from privseg.release.limits import check_block
from privseg.release.plan import Caption, DimensionCaption, Unit
from privseg.release.window import Asked, window_of
from privseg.terms import Attribute


def block(node: Node, at: datetime) -> Block:
    """Return the block that a table states.

    Raises:
        ReleaseForgedError: a fact is missing or cannot be, or it has more cells than are listed.
    """
    made = Block(
        name=node["name"].text(),
        segments=node["segments"].texts(),
        groups_per_person=node["groups_per_person"].integer(),
        measures=tuple(measure(m, at) for m in node["measures"]),
        dimensions=tuple(dimension(d, at) for d in node["dimensions"]),
        margins=tuple(m.integers() for m in node["margins"]),
    )
    node.make(lambda: check_block(made))
    return made


def caption(node: Node) -> Caption:
    """Return how a measure is shown."""
    amount = node["amount"]
    return Caption(node["label"].optional(Node.text), unit(node["unit"]), amount.optional(_days))


def dimension_caption(node: Node) -> DimensionCaption:
    """Return how a dimension is shown."""
    match node["by"].value:
        case "cut":
            days = _days(node["amount"])
        case "first":
            days = _days(node)
        case _:
            days = None
    return DimensionCaption(node["label"].optional(Node.text), unit(node["unit"]), days)


def unit(node: Node) -> Unit:
    """Return what an integer counts."""
    return Unit(node["name"].text(), node["decimals"].integer())


def _days(node: Node) -> int | None:
    """Return the days that the window of something states; None where it has no window."""
    if isinstance(node.value, dict) and node.value.get("of") == "person":
        return None
    return node["window"]["days"].optional(Node.integer)


def measure(node: Node, at: datetime) -> Measure:
    """Return a measure with its bounds."""
    bounds = node["bounds"]
    return Measure(
        name=node["name"].text(),
        kind=node["kind"].choice(MeasureKind),
        amount=node["amount"].optional(lambda n: _amount(n, at)),
        lower=bounds["lower"].integer(),
        upper=bounds["upper"].integer(),
        events_per_person=bounds["events_per_person"].integer(),
        grid=node["grid"].integers(),
        ranks=tuple(r.fraction() for r in node["ranks"]),
        running=node["running"].boolean(),
    )


def dimension(node: Node, at: datetime) -> Dimension:
    """Return what cells are told apart by."""
    match node["by"].text():
        case "category":
            return ByCategory(_attribute(node["attribute"]), node["keys"].texts())
        case "found":
            return ByFound(_attribute(node["attribute"]))
        case "cut":
            amount, cuts = _amount(node["amount"], at), node["cuts"].integers()
            return node.make(lambda: ByCut(amount, cuts))
        case "period":
            return _period(node)
        case "first":
            attribute, keys = _attribute(node["attribute"]), node["keys"].texts()
            return ByFirst(attribute, keys, _window(node["window"], at), _where(node["where"]))
        case "member":
            return ByMember(node["set"].text())
        case _:
            raise node["by"].wrong("cells are not told apart by this")


def _period(node: Node) -> ByPeriod:
    periods, most = tuple(node["periods"]), node["most"].integer()
    keys = tuple(p["key"].text() for p in periods)
    windows = tuple((p["from"].moment(), p["to"].moment()) for p in periods)
    event, where = _attribute(node["event"]), _where(node["where"])
    return node.make(lambda: ByPeriod(event, keys, windows, most, where))


def _amount(node: Node, at: datetime) -> Amount:
    of = node["of"].text()
    if of == "person":
        return OfPerson(_attribute(node["attribute"]))
    window, where = _window(node["window"], at), _where(node["where"])
    match of:
        case "count":
            only_with = node["only_with"].boolean()
            return CountOf(_attribute(node["event"]), window, where, only_with)
        case "sum":
            only_with = node["only_with"].boolean()
            return SumOf(_attribute(node["attribute"]), window, where, only_with)
        case "days_since":
            return DaysSince(_attribute(node["event"]), window, where)
        case "each":
            return EachOf(_attribute(node["attribute"]), window, where)
        case _:
            raise node["of"].wrong("there is no such amount")


def _window(node: Node, at: datetime) -> Window:
    """Return a window; only one between moments is taken from its moments."""
    if node["asked"].choice(Asked) is Asked.MOMENTS:
        return node["from"].moment(), node["to"].moment()
    days = node["days"].optional(Node.integer)
    return node["days"].make(lambda: window_of(days, at))


def _where(node: Node) -> Where:
    return tuple((w["column"].text(), w["value"].text()) for w in node)


def _attribute(node: Node) -> Attribute:
    return Attribute(node.text())
