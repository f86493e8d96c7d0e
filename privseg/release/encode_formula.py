# SPDX-License-Identifier: Apache-2.0
"""Formulas and what they gave, as JSON-ready values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privseg.frames import Cell
from privseg.protect.formula import Combined, Derived, Lift, Quotient, Terms, Top

if TYPE_CHECKING:
    from privseg.release.plan import DerivedCaption

Json = dict[str, Any]


def formula(derived: Derived) -> Json:
    """Return a formula as a map that says what it is read ``as``."""
    match derived:
        case Combined():
            return {"as": "sum", "terms": _terms(derived.terms), "signed": derived.is_signed}
        case Quotient():
            return {
                "as": "quotient",
                "top": _terms(derived.top),
                "bottom": _terms(derived.bottom),
                "scale": derived.scale,
                "lowest": derived.lowest,
                "highest": derived.highest,
            }
        case Lift():
            return {
                "as": "lift",
                "measure": derived.measure,
                "treated": cell(derived.treated),
                "control": cell(derived.control),
                "relative": derived.relative,
            }
        case Top():
            return {
                "as": "top",
                "segment": derived.segment,
                "measure": derived.measure,
                "count": derived.count,
            }


def derived_facts(derived: Derived, caption: DerivedCaption) -> Json:
    """Return what determines a derived number: its formula and its unit."""
    unit = {"name": caption.unit.name, "decimals": caption.unit.decimals}
    return {"name": derived.name, "unit": unit, "formula": formula(derived)}


def cell(of: Cell) -> Json:
    """Return which cell it is."""
    return {"segment": of[0], "keys": list(of[1])}


def _terms(terms: Terms) -> list[Json]:
    return [
        {"times": t.coefficient, **cell(t.cell), "measure": t.measure, "part": t.part.value}
        for t in terms
    ]
