# SPDX-License-Identifier: Apache-2.0
"""One request while it is compiled: the policy's words for what it names, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from fractions import Fraction

from privseg.policy.catalogue import Column, Readable
from privseg.policy.findings import suggestion
from privseg.policy.numbers import Number, NumberKind, number_of
from privseg.policy.rules import Clamp, Policy, ReleaseRules
from privseg.release.ask_amounts import Point
from privseg.release.compile_errors import ReportNotUsableError, ReportRefusedError
from privseg.release.plan import Unit
from privseg.release.request import ReportRequest
from privseg.terms import Attribute, Place

MAX_STORED = 2**63 - 1
EVENTS = Unit("events")


@dataclass(frozen=True, slots=True)
class Asking:
    """A request, the rules it is answered by, and the versions of segments that are on record.

    ``most_groups`` is the policy's m.
    """

    request: ReportRequest
    policy: Policy
    rules: ReleaseRules
    most_groups: int
    at: datetime
    zone: tzinfo
    versions: Mapping[str, str]
    earlier: Mapping[str, tuple[str, ...]]

    @property
    def groups(self) -> int:
        """Return m, but not more than the segments that a person can be in.

        (A person has one value of a breakdown. Bounding enforces whatever the block says.)
        """
        return min(self.most_groups, len(self.request.segments))

    def number(self, name: Attribute, place: Place, *kinds: NumberKind) -> Number:
        """Return what number a name stands for, of one of ``kinds`` (any, if none is given).

        Raises:
            ReportRefusedError: the catalogue has no such name.
            ReportNotUsableError: it has no number, or another kind of it.
        """
        found = number_of(self.policy.catalogue, name)
        if found is None:
            self.readable(name, place)
            raise ReportNotUsableError(f"{name!r} is no number", place=place)
        if kinds and found.kind not in kinds:
            wanted = " or ".join(WORDS[k] for k in kinds)
            why = f"{name!r} is {WORDS[found.kind]}; this takes {wanted}"
            raise ReportNotUsableError(why, place=place)
        return found

    def readable(self, name: Attribute, place: Place) -> Readable:
        """Return what the catalogue says of a name.

        Raises:
            ReportRefusedError: nothing.
        """
        catalogue = self.policy.catalogue
        found = catalogue.readables.get(name)
        if found is None:
            results = (o for s in catalogue.scores.values() for o in s.outputs)
            known = [*catalogue.readables, *results]
            raise ReportRefusedError(
                f"the catalogue has no attribute {name!r} that a report can measure",
                place=place,
                remedy=f"declare it, or name another{suggestion(name, known)}",
            )
        return found

    def event(self, name: Attribute, place: Place) -> Attribute:
        """Return the name of an event.

        Raises:
            ReportRefusedError, ReportNotUsableError: there is none of that name.
        """
        events = self.policy.catalogue.events()
        if name not in events:
            why = f"there is no event {name!r}{suggestion(name, events)}"
            raise ReportNotUsableError(why, place=place)
        return name

    def clamp(self, number: Number) -> Clamp:
        """Return the policy's bounds of a number; one that bounds nothing, if it states none."""
        return self.rules.clamps.get(number.attribute, Clamp(number.attribute))

    def unbounded(self, what: str, number: Number, example: str) -> ReportRefusedError:
        """Return the refusal of a number for which the policy states no bound."""
        name = number.attribute
        return ReportRefusedError(
            f"nothing bounds what one person adds to the {what} of {name!r}",
            place=self.rules.place,
            remedy=f"state a clamp for it, such as clamps: {{{name}: {{{example}}}}} "
            "(data never set it)",
        )


WORDS = {
    NumberKind.PERSON: "a person's number",
    NumberKind.RESULT: "a score's result",
    NumberKind.EVENT: "an event",
    NumberKind.PROPERTY: "an event's property",
}


def unit_of(number: Number) -> Unit:
    """Return what its integers count."""
    if number.kind is NumberKind.EVENT:
        return EVENTS
    return unit_of_column(number.column)


def unit_of_column(column: Column) -> Unit:
    """Return what the integers of a column count."""
    if column.currency is not None:
        return Unit(column.currency.code, column.currency.exponent)
    return Unit("", column.decimals)


def stored(point: Point, column: Column) -> int:
    """Return a point in the integers of a column: minor units, or scaled by its decimals.

    Raises:
        ReportNotUsableError: it is of another currency, finer than the unit, or too large.
    """
    declared = None if column.currency is None else column.currency.code
    if point.currency != declared:
        wanted = f"amounts in {declared}, such as 100 {declared}" if declared else "plain numbers"
        raise ReportNotUsableError(f"{column.attribute} takes {wanted}", place=point.place)
    digits = column.decimals if column.currency is None else column.currency.exponent
    scaled = Fraction(point.number) * 10**digits
    if scaled.denominator != 1:
        why = f"finer than the {digits} digits after the point that {column.attribute} has"
        raise ReportNotUsableError(why, place=point.place)
    if abs(scaled) > MAX_STORED:
        raise ReportNotUsableError("larger than what can be stored", place=point.place)
    return int(scaled)


def example_of(number: Number, whole: int) -> str:
    """Return a number as a policy would write it: ``400 EUR``."""
    currency = number.column.currency
    return f"{whole} {currency.code}" if currency is not None else str(whole)
