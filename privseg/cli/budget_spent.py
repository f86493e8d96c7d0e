# SPDX-License-Identifier: Apache-2.0
"""The budget's past as text and JSON: what is left, every charge, what another copy charged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from privseg.cli.output import Table, count, wrapped

if TYPE_CHECKING:
    from privseg.engine import BudgetView
    from privseg.engine.budget.foresee import Affordable
    from privseg.engine.budget.history import ChargeView
    from privseg.engine.budget.recovery import Recovery


def show_document(view: BudgetView, buys: Sequence[Affordable]) -> dict[str, object]:
    """Return the budget as JSON."""
    delta_left = view.delta_per_year - view.delta_spent
    return {
        "year_began": view.year_began.isoformat(), "reports": view.reports,
        "rho_per_year": str(view.rho_per_year), "rho_spent": str(view.rho_spent),
        "rho_left": str(view.rho_left), "delta_per_year": str(view.delta_per_year),
        "delta_spent": str(view.delta_spent), "conversion_delta": str(view.conversion_delta),
        "epsilon_year": view.epsilon_year, "epsilon_lifetime": view.epsilon_lifetime,
        "rho_lifetime": str(view.rho_lifetime), "delta_lifetime": str(view.delta_lifetime),
        "quotas": [
            {"name": q.name, "rho_limit": str(q.limit.rho), "rho_spent": str(q.spent.rho),
             "delta_limit": str(q.limit.delta), "delta_spent": str(q.spent.delta)}
            for q in view.quotas
        ],
        "buys": [
            {"report": a.name, "rho": str(a.loss.rho), "delta": str(a.loss.delta),
             "times": a.times(view.rho_left, delta_left)}
            for a in buys
        ],
    }  # fmt: skip


def show_lines(view: BudgetView, buys: Sequence[Affordable]) -> list[str]:
    """Return the budget as lines: spent is rounded up, left is rounded down."""
    from privseg.engine.budget.numbers import (  # noqa: PLC0415  # --help needs no engine
        rounded_down,
        rounded_up,
        small_down,
        small_up,
    )

    delta_left = view.delta_per_year - view.delta_spent
    rows = [
        (f"charges since {view.year_began:%Y-%m-%d}", f"{view.reports:,}", ""),
        ("a year may cost", rounded_down(view.rho_per_year), small_down(view.delta_per_year)),
        ("  spent", rounded_up(view.rho_spent), small_up(view.delta_spent)),
        ("  left", rounded_down(view.rho_left), small_down(delta_left)),
        ("over all years", rounded_up(view.rho_lifetime), small_up(view.delta_lifetime)),
        *(
            (f"{q.name}, of {rounded_down(q.limit.rho)}", rounded_up(q.spent.rho),
             small_up(q.spent.delta))
            for q in view.quotas
        ),
    ]  # fmt: skip
    costs = [
        (a.name, rounded_up(a.loss.rho), small_up(a.loss.delta),
         f"{a.times(view.rho_left, delta_left):,}")
        for a in buys
    ]  # fmt: skip
    conversion = small_up(view.conversion_delta)
    epsilon = (
        f"epsilon {view.epsilon_year} so far this year, {view.epsilon_lifetime} over all years (at "
        f"delta {conversion}, plus the delta above for cells that may appear)"
    )
    bought = Table(("what is left buys", "rho each ", "delta each ", "times "), costs).lines()
    return [
        *Table(("people of this workspace", "rho ", "delta "), rows).lines(),
        *wrapped(epsilon),
        *(["", *bought] if costs else []),
    ]


def history_document(charges: Sequence[ChargeView]) -> dict[str, object]:
    """Return the charges as JSON."""
    return {
        "charges": [
            {
                "at": c.at.isoformat(), "role": c.actor.value, "kind": c.kind.value,
                "name": c.name, "purpose": c.purpose, "plan": c.plan_hash,
                "edition": c.edition_id, "rho": str(c.loss.rho), "delta": str(c.loss.delta),
                "rho_year": str(v.year.rho), "delta_year": str(v.year.delta),
                "rho_lifetime": str(v.lifetime.rho), "delta_lifetime": str(v.lifetime.delta),
                "epsilon_year": v.epsilon_year, "epsilon_lifetime": v.epsilon_lifetime,
                "link": c.link,
            }
            for v in charges
            for c in [v.charge]
        ]
    }  # fmt: skip


def history_lines(charges: Sequence[ChargeView]) -> list[str]:
    """Return the charges as lines; what was spent is rounded up."""
    from privseg.engine.budget.numbers import rounded_up, small_up  # noqa: PLC0415  # likewise

    if not charges:
        return ["nothing was charged"]
    rows = [
        (f"{v.charge.at:%Y-%m-%d %H:%M}", v.charge.actor.value.replace("_", " "),
         _what(v), rounded_up(v.charge.loss.rho),
         small_up(v.charge.loss.delta), rounded_up(v.year.rho), v.epsilon_year,
         v.epsilon_lifetime)
        for v in charges
    ]  # fmt: skip
    headings = ("when (UTC)", "role", "what", "rho ", "delta ", "year ", "eps. ", "ever ")
    remark = (
        "year: rho of the year up to it; eps.: epsilon of the year up to it; ever: epsilon of all "
        "years up to it, both rounded up"
    )
    return [*Table(headings, rows).lines(), "", *wrapped(remark)]


def _what(view: ChargeView) -> str:
    """Return what was charged: a report by its name, anything else by its kind, too."""
    charge = view.charge
    return charge.name if charge.kind == "report" else f"{charge.kind} {charge.name}"


def recovery_document(found: Recovery) -> dict[str, object]:
    """Return a recovery as JSON."""
    return {
        "why": found.why, "charges_here": found.here, "charges_owed": found.charges,
        "rho_owed": str(found.owed.rho), "delta_owed": str(found.owed.delta),
        "unknown": found.unknown, "done": found.done,
    }  # fmt: skip


def recovery_lines(found: Recovery) -> list[str]:
    """Return a recovery as lines: why, and what is charged for going on."""
    owed = f"rho {found.owed.rho}, delta {found.owed.delta}"
    if not found.why:
        return ["nothing is missing: this ledger is all that is remembered of it"]
    if found.unknown:
        what = (
            "nothing is remembered of what other copies charged, so nothing can be charged for it; "
            "the log says that you went on regardless"
        )
    else:
        what = f"another copy made {count(found.charges, 'charge')} that this one lacks: {owed}"
    done = "charged to this year" if found.done else "it would be charged to this year"
    return [*wrapped(found.why), "", *wrapped(what), *([] if found.unknown else [done])]
