# SPDX-License-Identifier: Apache-2.0
"""Reading back the formulas of a table; what they gave is computed again."""

from __future__ import annotations

from privseg.frames import Cell
from privseg.protect.formula import Combined, Derived, Lift, Part, Quotient, Term, Terms, Top
from privseg.release.decode_block import unit
from privseg.release.decode_node import Node
from privseg.release.plan import DerivedCaption


def derived(node: Node) -> Derived:
    """Return the formula that a derived number states.

    Raises:
        ReleaseForgedError: it is none of the formulas there are.
    """
    name, formula = node["name"].text(), node["formula"]
    match formula["as"].text():
        case "sum":
            return Combined(name, _terms(formula["terms"]), formula["signed"].boolean())
        case "quotient":
            top, bottom = _terms(formula["top"]), _terms(formula["bottom"])
            lowest, highest = (formula[k].optional(Node.integer) for k in ("lowest", "highest"))
            return Quotient(name, top, bottom, formula["scale"].integer(), lowest, highest)
        case "lift":
            treated, control = _cell(formula["treated"]), _cell(formula["control"])
            relative = formula["relative"].boolean()
            return Lift(name, formula["measure"].text(), treated, control, relative)
        case "top":
            measure, count = formula["measure"].text(), formula["count"].integer()
            return Top(name, formula["segment"].text(), measure, count)
        case _:
            raise formula["as"].wrong("there is no such formula")


def derived_caption(node: Node) -> DerivedCaption:
    """Return how a derived number is shown."""
    return DerivedCaption(node["label"].optional(Node.text), unit(node["unit"]))


def _terms(node: Node) -> Terms:
    return tuple(_term(n) for n in node)


def _term(node: Node) -> Term:
    times, part = node["times"].integer(), node["part"].choice(Part)
    cell, measure = _cell(node), node["measure"].text()
    return node.make(lambda: Term(times, cell, measure, part))


def _cell(node: Node) -> Cell:
    return node["segment"].text(), node["keys"].texts()
