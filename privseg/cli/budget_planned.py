# SPDX-License-Identifier: Apache-2.0
"""A year's plan as text and JSON: what it costs, the error bars it buys, what would fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from privseg.cli.foreseen import number_name, width
from privseg.cli.output import Table, count, wrapped

if TYPE_CHECKING:
    from privseg.engine.budget.fit import Fitted, Line
    from privseg.engine.budget.forecast import EntryForecast, Forecast, Quarter
    from privseg.release import ExpectedError


def plan_document(found: Forecast) -> dict[str, object]:
    """Return a forecast as JSON; rho and delta are exact fractions."""
    return {
        "year": found.year, "fits": found.fits,
        "rho": str(found.planned.rho), "delta": str(found.planned.delta),
        "share": str(found.share),
        "rho_spent": str(found.spent.rho), "delta_spent": str(found.spent.delta),
        "epsilon_year": found.epsilon_year, "epsilon_lifetime": found.epsilon_lifetime,
        "conversion_delta": str(found.conversion_delta),
        "entries": [_entry(e) for e in found.entries],
        "lines": [_line(line) for line in found.lines],
        "quarters": [_quarter(q) for q in found.quarters],
        "fit": [_fitted(f) for f in found.fit],
        "drop": [{"report": e.report, "every": e.every.value} for e in found.drop],
    }  # fmt: skip


def plan_lines(found: Forecast) -> list[str]:
    """Return a forecast as lines of at most 80 columns."""
    return [
        *_entries(found),
        "",
        *_sums(found),
        "",
        *_by_quarter(found),
        "",
        *_bars("the error bars that buys (19 times in 20)", [(e.entry.report, e.expected)
                                                             for e in found.entries]),
        "",
        *_verdict(found),
    ]  # fmt: skip


def _entries(found: Forecast) -> list[str]:
    from privseg.engine.budget.numbers import rounded_up, small_up  # noqa: PLC0415  # for --help

    rows = [
        (e.entry.report, e.entry.every.value, f"{len(e.days):,}", rounded_up(e.each.rho),
         rounded_up(e.total.rho), small_up(e.total.delta))
        for e in found.entries
    ]  # fmt: skip
    headings = ("report", "every", "releases ", "rho each ", "rho ", "delta ")
    remarks = [
        f"{e.entry.report}: policy gives it rho {e.policy_rho}, the plan says {e.entry.rho}: "
        f"change the policy before"
        for e in found.entries
        if e.entry.rho is not None and e.entry.rho != e.policy_rho
    ]
    past = sum(e.past for e in found.entries)
    if past:
        remarks.append(f"{count(past, 'release')} of the plan lie in the past and are not counted")
    return [*Table(headings, rows).lines(), *(x for r in remarks for x in wrapped(r))]


def _sums(found: Forecast) -> list[str]:
    from privseg.engine.budget.numbers import (  # noqa: PLC0415  # likewise
        rounded_down,
        rounded_up,
        small_down,
        small_up,
    )

    rows = [
        (line.name, rounded_up(line.spent.rho), rounded_up(line.planned.rho),
         rounded_down(line.limit.rho - line.spent.rho - line.planned.rho),
         small_up(line.planned.delta),
         small_down(line.limit.delta - line.spent.delta - line.planned.delta))
        for line in found.lines
    ]  # fmt: skip
    headings = (str(found.year), "spent ", "planned ", "left ", "delta ", "delta left ")
    share = f"{rounded_up(100 * found.share, 1)} % of the year's rho"
    return [
        *Table(headings, rows).lines(),
        *wrapped(
            f"the plan is {share}; with it the year comes to epsilon {found.epsilon_year}, and all "
            f"years so far to {found.epsilon_lifetime} (at delta "
            f"{small_up(found.conversion_delta)}, plus the delta above)"
        ),
    ]


def _by_quarter(found: Forecast) -> list[str]:
    from privseg.engine.budget.numbers import rounded_down, rounded_up  # noqa: PLC0415  # likewise

    year = found.lines[0].limit.rho
    rows = [
        (f"quarter {q.number}", f"{q.releases:,}", rounded_up(q.spent.rho),
         rounded_up(q.planned.rho), rounded_down(year - q.by_then.rho), q.epsilon)
        for q in found.quarters
    ]  # fmt: skip
    return Table(("", "releases ", "spent ", "planned ", "then left ", "epsilon "), rows).lines()


def _bars(title: str, reports: Sequence[tuple[str, Sequence[ExpectedError]]]) -> list[str]:
    rows = [
        (report, number_name(e), width(e), e.unit.name) for report, all_ in reports for e in all_
    ]
    return [title, *Table(("report", "number", "give or take ", "unit"), rows).lines()]


def _verdict(found: Forecast) -> list[str]:
    from privseg.engine.budget.numbers import rounded_up, small_up  # noqa: PLC0415  # likewise

    if found.fits:
        return ["it fits"]
    over = ", ".join(line.name for line in found.lines if not line.has_room)
    lines = [f"it does not fit: {over} has less"]
    if found.drop:
        out = ", ".join(f"{e.report} every {e.every}" for e in found.drop)
        lines += wrapped(f"it fits without: {out}", after="  ")
    if not found.fit:
        return [*lines, *([] if found.drop else ["nothing is left that any of it could fit into"])]
    rows = [
        (f.entry.report, f.entry.every.value, str(f.rho), str(f.selection_delta),
         rounded_up(f.total.rho), small_up(f.total.delta))
        for f in found.fit
    ]  # fmt: skip
    headings = ("report", "every", "rho each ", "selection delta ", "rho ", "delta ")
    return [
        *lines,
        "all of it fits where policy gives (releases: rho, selection_delta):",
        *Table(headings, rows).lines(),
        "",
        *_bars("the error bars that would buy", [(f.entry.report, f.expected) for f in found.fit]),
    ]


def _entry(e: EntryForecast) -> dict[str, object]:
    return {
        "report": e.entry.report, "every": e.entry.every.value, "releases": len(e.days),
        "past": e.past, "rho": str(e.each.rho), "delta": str(e.each.delta),
        "rho_policy": None if e.policy_rho is None else str(e.policy_rho),
        "numbers": _numbers(e.expected),
    }  # fmt: skip


def _line(line: Line) -> dict[str, object]:
    return {
        "name": line.name, "has_room": line.has_room,
        "rho_limit": str(line.limit.rho), "delta_limit": str(line.limit.delta),
        "rho_spent": str(line.spent.rho), "delta_spent": str(line.spent.delta),
        "rho_planned": str(line.planned.rho), "delta_planned": str(line.planned.delta),
    }  # fmt: skip


def _quarter(q: Quarter) -> dict[str, object]:
    return {
        "quarter": q.number, "releases": q.releases,
        "rho_spent": str(q.spent.rho), "delta_spent": str(q.spent.delta),
        "rho_planned": str(q.planned.rho), "delta_planned": str(q.planned.delta),
        "rho_by_then": str(q.by_then.rho), "delta_by_then": str(q.by_then.delta),
        "epsilon": q.epsilon,
    }  # fmt: skip


def _fitted(f: Fitted) -> dict[str, object]:
    return {
        "report": f.entry.report, "every": f.entry.every.value, "rho": str(f.rho),
        "selection_delta": str(f.selection_delta), "numbers": _numbers(f.expected),
    }  # fmt: skip


def _numbers(expected: Sequence[ExpectedError]) -> list[dict[str, object]]:
    return [
        {"table": e.table, "measure": e.measure, "unit": e.unit.name,
         "decimals": e.unit.decimals, "half_width": e.half_width}
        for e in expected
    ]  # fmt: skip
