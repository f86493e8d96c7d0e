# SPDX-License-Identifier: Apache-2.0
"""What a formula makes of a table's released draws: a number with its error bar, at no cost.

A gate looks at the draws of PEOPLE alone, which are independent of all that formulas reckon with;
so given which cells are shown, their draws have the law they were drawn from. A formula that needs
a withheld cell is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from privseg.frames import Cell, EachOf, MeasureKind
from privseg.protect import linear, ranking
from privseg.protect.average import decimals_of as decimals_of_average
from privseg.protect.formula import Combined, Derived, Lift, Part, Quotient, Term, Terms, Top
from privseg.protect.lift import Arm, lift
from privseg.protect.quantity import MeasurePlan, TablePlan
from privseg.protect.quotient import Shared, quotient
from privseg.protect.stage import Drawn, Estimate, ProtectedDerived, Withheld

Draws = Mapping[Cell, Mapping[str, Mapping[Part, Drawn]]]
Key = tuple[Cell, str, Part]

FINE, COARSE = 4, 2  # decimals of shares, and of what has no such bounds
NARROW = 10  # how far apart a share's bounds are at most


@dataclass(frozen=True, slots=True)
class _Source:
    """A table's plan, what was released of it, and its cells where keys are not found in the data.

    One is made for all formulas of a table: a block works its cells out anew whenever it is asked.
    """

    plan: TablePlan
    draws: Draws
    cells: frozenset[Cell] | None

    @classmethod
    def of(cls, plan: TablePlan, draws: Draws) -> _Source:
        """Return the source of a table's formulas."""
        return cls(plan, draws, None if plan.block.is_open else frozenset(plan.block.cells))

    def measure(self, name: str) -> MeasurePlan:
        """Return a measure's plan.

        Raises:
            ValueError: the table does not measure it.
        """
        return _measure(self.plan, name)

    def shows(self, cells: set[Cell]) -> bool:
        """Return whether all of them are shown.

        Raises:
            ValueError: the table has no such cell.
        """
        if self.cells is not None and not cells <= self.cells:
            raise ValueError("a formula names a cell that the table does not have")
        return cells <= self.draws.keys()

    def drawn(self, cell: Cell, measure: str, part: Part) -> int:
        """Return one released number.

        Raises:
            ValueError: nothing of the kind was released.
        """
        found = self.draws[cell].get(measure, {}).get(part)
        if type(found) is not int:
            raise ValueError("a formula reckons with a number that was not released")
        return found

    def sigma2(self, measure: str, part: Part) -> Fraction:
        """Return the noise of a part, each cell having its own draw of it.

        Raises:
            ValueError: there is no such part, or its numbers are running sums.
        """
        for quantity in self.measure(measure).quantities:
            if quantity.part is part and quantity.factor is None:
                return quantity.sigma2
        raise ValueError("a formula reckons with draws of single cells that the table measures")


def evaluate(plan: TablePlan, draws: Draws, formula: Derived) -> ProtectedDerived:
    """Return what ``formula`` gives. ``draws`` are those of the shown cells.

    Raises:
        ValueError: the formula is none over this table.
    """
    return _evaluate(_Source.of(plan, draws), formula)


def evaluate_all(plan: TablePlan, draws: Draws) -> tuple[ProtectedDerived, ...]:
    """Return what each of the plan's formulas gives, in their order.

    Raises:
        ValueError: one is none over this table.
    """
    source = _Source.of(plan, draws)
    return tuple(_evaluate(source, formula) for formula in plan.derived)


def _evaluate(source: _Source, formula: Derived) -> ProtectedDerived:
    match formula:
        case Combined():
            return _combined(source, formula)
        case Quotient():
            return _quotient(source, formula)
        case Lift():
            return _lift(source, formula)
        case Top():
            return ranking.top(source.plan, source.draws, formula)


def decimals_of(plan: TablePlan, formula: Derived) -> int:
    """Return with how many digits more than its unit a formula's number is given."""
    match formula:
        case Quotient(lowest=int(lowest), highest=int(highest)):
            return FINE if highest - lowest <= NARROW else COARSE
        case Quotient():
            return COARSE
        case Lift(relative=True):
            return FINE
        case Lift():
            measure = _measure(plan, formula.measure).measure
            return decimals_of_average(measure.lower, measure.upper)
        case Combined() | Top():
            return 0


def check(plan: TablePlan) -> None:
    """Refuse a formula that cannot be reckoned, before anything is read.

    Raises:
        ValueError: it names a cell, measure or part that the table has not; or divides by nothing,
            by noise finer than a unit or by more draws of fine noise than the bounds bear; or asks
            for the lift of something else than an average over people.
    """
    source = _Source.of(plan, {})
    for formula in plan.derived:
        match formula:
            case Combined():
                _check_terms(source, formula.terms)
            case Quotient():
                _check_terms(source, formula.top)
                _check_terms(source, formula.bottom)
                _check_quotient(source, formula)
            case Lift():
                _arm_of(source, formula)
                source.shows({formula.treated, formula.control})
            case Top():
                ranking.check(plan, formula)


def _measure(plan: TablePlan, name: str) -> MeasurePlan:
    """Return a measure's plan.

    Raises:
        ValueError: the table does not measure it.
    """
    found = next((p for p in plan.measures if p.measure.name == name), None)
    if found is None:
        raise ValueError("a formula names what the table does not measure")
    return found


def _check_terms(source: _Source, terms: Terms) -> None:
    source.shows({t.cell for t in terms})
    for measure, part in {(t.measure, t.part) for t in terms}:
        source.sigma2(measure, part)
    if not terms:
        raise ValueError("a formula over nothing has no error bar")


def _check_quotient(source: _Source, formula: Quotient) -> None:
    """Refuse what ``QuotientLaw`` would refuse once the draws are there, and paid for."""
    top, bottom = _merged(formula.top), _merged(formula.bottom)
    if not any(bottom.values()):
        raise ValueError("a quotient over draws that cancel out divides by nothing")
    kinds = {key[1:] for key in (*top, *bottom)}
    finest = min(source.sigma2(*kind) for kind in kinds)
    linear.factors(sigma2=finest, terms=len(top | bottom))


def _combined(source: _Source, formula: Combined) -> ProtectedDerived:
    if not source.shows({t.cell for t in formula.terms}):
        return _withheld(formula, Withheld.TOO_FEW_PEOPLE)
    merged = _merged(formula.terms)
    value = sum(c * source.drawn(*key) for key, c in merged.items())
    weights = [(c, source.sigma2(*key[1:])) for key, c in merged.items()]
    half = int(linear.half_width(weights))  # whole, as all coefficients are
    ends = (value, value - half, value + half)
    shown = ends if formula.is_signed else tuple(max(0, end) for end in ends)
    return ProtectedDerived(formula.name, Estimate(*shown))


def _quotient(source: _Source, formula: Quotient) -> ProtectedDerived:
    if not source.shows({t.cell for t in (*formula.top, *formula.bottom)}):
        return _withheld(formula, Withheld.TOO_FEW_PEOPLE)
    top, bottom = _merged(formula.top), _merged(formula.bottom)
    shared = [
        Shared(top.get(key, 0), bottom.get(key, 0), source.drawn(*key), source.sigma2(*key[1:]))
        for key in dict.fromkeys((*top, *bottom))
    ]
    found = quotient(
        shared,
        scale=formula.scale,
        decimals=decimals_of(source.plan, formula),
        lowest=formula.lowest,
        highest=formula.highest,
    )
    if found is None:
        return _withheld(formula, Withheld.TOO_NOISY)
    return ProtectedDerived(formula.name, found)


def _lift(source: _Source, formula: Lift) -> ProtectedDerived:
    treated, control = formula.treated, formula.control
    lower, upper = _arm_of(source, formula)
    if not source.shows({treated, control}):
        return _withheld(formula, Withheld.TOO_FEW_PEOPLE)
    arms = [
        Arm(
            centred_sum=source.drawn(cell, formula.measure, Part.CENTRED_SUM),
            people=source.drawn(cell, formula.measure, Part.EVENTS),
            sum_sigma2=source.sigma2(formula.measure, Part.CENTRED_SUM),
            people_sigma2=source.sigma2(formula.measure, Part.EVENTS),
            lower=lower,
            upper=upper,
        )
        for cell in (treated, control)
    ]
    decimals = decimals_of(source.plan, formula)
    found = lift(*arms, relative=formula.relative, decimals=decimals)
    if found is None:
        return _withheld(formula, Withheld.TOO_NOISY)
    return ProtectedDerived(formula.name, found.estimate, noise_share=found.noise_share)


def _arm_of(source: _Source, formula: Lift) -> tuple[int, int]:
    """Return the bounds of the average that is compared."""
    measure = source.measure(formula.measure).measure
    if measure.kind is not MeasureKind.AVERAGE or isinstance(measure.amount, EachOf):
        raise ValueError("a lift compares averages over people, whose amounts are independent")
    if formula.treated == formula.control or (formula.relative and measure.lower < 0):
        raise ValueError("a lift compares two cells, and a relative one amounts from zero on")
    return measure.lower, measure.upper


def _merged(terms: tuple[Term, ...]) -> dict[Key, int]:
    """Return each draw's whole coefficient: a draw named twice is one draw."""
    found: dict[Key, int] = {}
    for term in terms:
        key = (term.cell, term.measure, term.part)
        found[key] = found.get(key, 0) + term.coefficient
    return found


def _withheld(formula: Derived, why: Withheld) -> ProtectedDerived:
    return ProtectedDerived(formula.name, None, why)
