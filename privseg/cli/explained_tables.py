# SPDX-License-Identifier: Apache-2.0
"""A table of a report in words: what it asks, and what bounds one person's part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privseg.cli.output import wrapped

if TYPE_CHECKING:
    from privseg.frames import Amount, Dimension, Measure
    from privseg.release import Caption, DimensionCaption, PlannedTable, Unit

EDGE = 11  # columns of the words at the left
KEYS_SHOWN = 8


def table_lines(table: PlannedTable) -> list[str]:
    """Return one table: a line for each number, what follows from them, and what bounds a part."""
    block = table.block
    measures = zip(block.measures, table.captions, strict=True)
    title = f": {table.title}" if table.title else ""
    by = [
        line
        for dimension, caption in zip(block.dimensions, table.dimensions, strict=True)
        for line in wrapped(_by(dimension, caption), indent="  by       ", after=" " * EDGE)
    ]
    return [
        *wrapped(f"table {block.name} ({table.kind}){title}", after="  "),
        *by,
        *(line for m, c in measures for line in _number(m, c)),
        *_derived(table),
        *wrapped(_bound(table), indent="  bounds   ", after=" " * EDGE),
    ]


def table_document(table: PlannedTable) -> dict[str, object]:
    """Return a table's plan as JSON: what the release itself will say of it, without values."""
    block = table.block
    measures = zip(table.plan.measures, table.captions, strict=True)
    dimensions = zip(block.dimensions, table.dimensions, strict=True)
    return {
        "name": block.name, "title": table.title, "kind": table.kind.value,
        "by": [{"what": _by(d, c), "keys": list(d.keys)} for d, c in dimensions],
        "segments": list(block.segments), "cells": None if block.is_open else len(block.cells),
        "groups_per_person": block.groups_per_person, "min_people": table.plan.gate.min_people,
        "measures": [
            {"name": p.measure.name, "kind": p.measure.kind.value, "what": _what(p.measure, c),
             "days": c.days, "label": c.label, "unit": c.unit.name, "decimals": c.unit.decimals,
             "lower": p.measure.lower, "upper": p.measure.upper,
             "events_per_person": p.measure.events_per_person, "rho": str(p.rho)}
            for p, c in measures
        ],
        "derived": [formula.name for formula in table.plan.derived],
    }  # fmt: skip


def amount_words(amount: Amount | None) -> str:
    """Return an amount in words, without its window."""
    from privseg.frames import CountOf, DaysSince, OfPerson  # noqa: PLC0415  # numpy, with --help

    where = "".join(f" with {c} {v}" for c, v in getattr(amount, "where", ()))
    match amount:
        case None:
            return ""
        case OfPerson():
            return str(amount.attribute)
        case CountOf():
            return f"number of {amount.event}{where}"
        case DaysSince():
            return f"days since the last {amount.event}{where}"
        case _:
            return f"{amount.attribute}{where}"


def _by(dimension: Dimension, caption: DimensionCaption) -> str:
    """Return by what cells are told apart."""
    from privseg.frames import ByCut, ByFound, ByMember, ByPeriod  # noqa: PLC0415  # likewise

    days = f" in {caption.days} days" if caption.days else ""
    match dimension:
        case ByMember():
            return f"whether in {dimension.member}"
        case ByFound():
            return f"{dimension.attribute}: whatever enough people share"
        case ByPeriod():
            return f"{dimension.keys[0]} to {dimension.keys[-1]}, by {dimension.event}"
        case ByCut():
            at = ", ".join(amount(cut, caption.unit) for cut in dimension.cuts)
            return f"{amount_words(dimension.amount)}{days}, cut at {at}"
        case _:
            keys = list(dimension.keys)
            more = f" and {len(keys) - KEYS_SHOWN} more" if len(keys) > KEYS_SHOWN else ""
            return f"{dimension.attribute}: {', '.join(keys[:KEYS_SHOWN])}{more}"


def _what(measure: Measure, caption: Caption) -> str:
    """Return what a measure asks."""
    words = {
        "size": "how many people",
        "count": "how many people, measured apart from the minimum",
        "total": "the total of",
        "average": "the average of",
        "quantiles": "quantiles of",
    }
    running = " up to each period" if measure.running else ""
    when = f" in the {caption.days} days before" if caption.days else ""
    return f"{words[measure.kind.value]} {amount_words(measure.amount)}".strip() + when + running


def _number(measure: Measure, caption: Caption) -> list[str]:
    """Return one number in words, with what bounds it."""
    label = f" ({caption.label})" if caption.label else ""
    text = f"{_what(measure, caption)}{label}{_bounds(measure, caption)}"
    return wrapped(text, indent=f"  {measure.name:<8} ", after=" " * EDGE)


def _bounds(measure: Measure, caption: Caption) -> str:
    """Return how much of one person may count."""
    low, high = (amount(n, caption.unit) for n in (measure.lower, measure.upper))
    match measure.kind.value:
        case "total":
            return f"; of one person at most {high} count in a cell (U)"
        case "average" if measure.events_per_person == 1:
            return f"; a person counts as {low} to {high}"
        case "average":
            events = measure.events_per_person
            return f"; an event counts as {low} to {high}, at most {events} events of one person"
        case "quantiles":
            ends = (amount(measure.grid[i], caption.unit) for i in (0, -1))
            return f"; read off {len(measure.grid)} edges from {' to '.join(ends)}"
        case _:
            return ""


def _derived(table: PlannedTable) -> list[str]:
    """Return what follows from the numbers, at no cost."""
    if not table.plan.derived:
        return []
    names = ", ".join(
        c.label or f.name for f, c in zip(table.plan.derived, table.derived, strict=True)
    )
    return wrapped(f"{names} (at no cost)", indent="  and      ", after=" " * EDGE)


def _bound(table: PlannedTable) -> str:
    """Return what bounds a person's part in a table."""
    block = table.block
    cells = "its cells" if block.is_open else f"its {len(block.finest)} cells"
    levels = f", and in {len(block.margins)} margins each" if block.margins else ""
    return (
        f"one person counts in at most {block.groups_per_person} of {cells} (m){levels}; a cell is "
        f"shown from {table.plan.gate.min_people} people on, with the noise's threshold on top"
    )


def amount(smallest: int, unit: Unit) -> str:
    """Return an amount with its unit."""
    digits = unit.decimals if smallest % 10**unit.decimals else 0
    return f"{smallest / 10**unit.decimals:,.{digits}f} {unit.name}".strip()
