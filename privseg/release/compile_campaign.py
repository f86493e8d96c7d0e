# SPDX-License-Identifier: Apache-2.0
"""Tables about a campaign: conversion, what it cost and brought, and lift over the held out.

The cells are the people whom the campaign reached in its window, by segment and, where the source
records one, by the arm of their first exposure (so that the arms have nobody in common).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from gettext import gettext as _

from privseg.frames import ByFirst, Measure, MeasureKind, SumOf, Where, Window
from privseg.policy.campaign import CampaignRoles
from privseg.policy.catalogue import Source
from privseg.policy.findings import suggestion
from privseg.policy.numbers import Number, NumberKind
from privseg.protect.formula import Lift, Part, Quotient, Term
from privseg.release.ask_measures import OF_CAMPAIGNS, Asked, MeasureRequest
from privseg.release.ask_tables import CampaignRequest
from privseg.release.compile_asking import Asking, unit_of
from privseg.release.compile_cells import Formulas
from privseg.release.compile_draft import PERCENT, Draft, Measured, joined, people
from privseg.release.compile_errors import ReportNotUsableError, ReportRefusedError
from privseg.release.compile_measures import measured, no_source, total_bound
from privseg.release.plan import (
    Caption,
    DerivedCaption,
    DimensionCaption,
    TableKind,
    Unit,
    window_of,
)
from privseg.terms import Attribute

NEEDS = {
    Asked.CONVERSION: ("outcome",),
    Asked.ACQUISITION_COST: ("cost", "outcome"),
    Asked.REVENUE: ("revenue",),
    Asked.RETURN_ON_SPEND: ("cost", "revenue"),
}
COST, REVENUE, PER_PERSON = "cost", "revenue", "revenue-per-person"
CONVERSION = "conversion"


def campaign(asking: Asking, table: CampaignRequest) -> Draft:
    """Return the table about a campaign.

    Raises:
        ReportRefusedError: no source records campaigns, or not what a number needs, or a bound is
            missing.
        ReportNotUsableError: there is no such campaign, or a number would mix currencies.
    """
    about = _About.of(asking, table)
    counted, _gate = people(table.measures, table=table.name, counted=False)
    asked = [m for m in table.measures if m.kind is not Asked.SIZE]
    answers = [
        about.answer(m) if m.kind in OF_CAMPAIGNS else (measured(asking, m), ()) for m in asked
    ]
    try:
        everything = joined(counted, *(m for m, _ in answers))
    except ValueError as why:
        raise ReportNotUsableError(f"table {table.name!r}: {why}", place=table.place) from None
    return Draft(
        asked=table,
        kind=TableKind.CAMPAIGN,
        segments=asking.request.segments,
        groups=asking.groups,
        measured=everything,
        dimensions=((about.dimension, DimensionCaption(None, days=table.days)),),
        derived=tuple(formula for _, formulas in answers for formula in formulas),
    )


@dataclass(frozen=True, slots=True)
class _About:
    """A campaign, as its source records it, while its table is compiled."""

    asking: Asking
    table: CampaignRequest
    source: Source
    roles: CampaignRoles
    window: Window
    where: Where

    @classmethod
    def of(cls, asking: Asking, table: CampaignRequest) -> _About:
        """Find the source that records the campaign."""
        source, roles = _source(asking, table)
        where = ((roles.named, table.campaign),)
        return cls(asking, table, source, roles, window_of(table.days, asking.at), where)

    @property
    def dimension(self) -> ByFirst:
        """Return the arms; without any, that a person was reached at all."""
        arm, treated, control = self.roles.arm, self.roles.treated, self.roles.control
        if arm is None or treated is None or control is None:
            named = self._name(self.roles.named)
            return ByFirst(named, (self.table.campaign,), self.window, self.where)
        return ByFirst(self._name(arm), (treated, control), self.window, self.where)

    def answer(self, asked: MeasureRequest) -> tuple[Measured, Formulas]:
        """Return what answers one question about the campaign."""
        self._check_roles(asked)
        match asked.kind:
            case Asked.CONVERSION:
                return self._measured(asked, self._conversion(asked.name, asked.label)), ()
            case Asked.REVENUE:
                return self._measured(asked, self._total("revenue", asked.name, asked.label)), ()
            case Asked.ACQUISITION_COST:
                return self._acquisition(asked)
            case Asked.RETURN_ON_SPEND:
                return self._return(asked)
        return self._lift(asked)

    def _acquisition(self, asked: MeasureRequest) -> tuple[Measured, Formulas]:
        """Return cost / people who did: with T of 2 v - 1 and N people, they are (T + N) / 2."""
        cost, conversion = self._total("cost", COST, None), self._conversion(self._named(), None)
        name = conversion[0].name
        formulas = tuple(
            (
                Quotient(
                    f"{asked.name}.{cell[0]}",
                    (Term(2, cell, COST, Part.SUM),),
                    (Term(1, cell, name, Part.CENTRED_SUM), Term(1, cell, name, Part.EVENTS)),
                ),
                DerivedCaption(asked.label, cost[1].unit),
            )
            for cell in self._reached()
        )
        return self._measured(asked, cost, conversion), formulas

    def _return(self, asked: MeasureRequest) -> tuple[Measured, Formulas]:
        """Return revenue / cost, in percent."""
        cost = self._total("cost", COST, None)
        revenue = self._total("revenue", self._named(Asked.REVENUE), None)
        if cost[1].unit != revenue[1].unit:
            why = f"what it cost is in {cost[1].unit.name}, what it brought in another currency"
            raise ReportNotUsableError(why, place=asked.place)
        formulas = tuple(
            (
                Quotient(
                    f"{asked.name}.{cell[0]}",
                    (Term(1, cell, revenue[0].name, Part.SUM),),
                    (Term(1, cell, COST, Part.SUM),),
                    scale=100,
                ),
                DerivedCaption(asked.label, PERCENT),
            )
            for cell in self._reached()
        )
        return self._measured(asked, cost, revenue), formulas

    def _lift(self, asked: MeasureRequest) -> tuple[Measured, Formulas]:
        """Return how much more there is of it among the treated than among the held out."""
        if asked.of is Asked.CONVERSION:
            measure = self._conversion(self._named(), None)
        else:
            measure = self._per_person()
        unit = Unit("") if asked.relative else measure[1].unit
        treated, control = self.dimension.keys
        formulas: Formulas = tuple(
            (
                Lift(
                    f"{asked.name}.{segment}",
                    measure[0].name,
                    (segment, (treated,)),
                    (segment, (control,)),
                    relative=asked.relative,
                ),
                DerivedCaption(asked.label, unit),
            )
            for segment in self.asking.request.segments
        )
        return self._measured(asked, measure), formulas

    def _reached(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the cells of whom the campaign reached: the held out cost nothing."""
        return tuple((s, self.dimension.keys[:1]) for s in self.asking.request.segments)

    def _conversion(self, name: str, label: str | None) -> tuple[Measure, Caption]:
        """Return the share of people with an outcome: the mean of 0 or 1, once a person."""
        amount = self._sum("outcome")
        measure = Measure(name, MeasureKind.AVERAGE, amount, 0, 1, 1)
        return measure, Caption(label, Unit(""), self.table.days)

    def _per_person(self) -> tuple[Measure, Caption]:
        """Return what a person reached brought, on average."""
        number, amount = self._number("revenue"), self._sum("revenue")
        upper = total_bound(self.asking, "revenue", number)
        measure = Measure(PER_PERSON, MeasureKind.AVERAGE, amount, 0, upper, 1)
        return measure, Caption(_("revenue a person"), unit_of(number), self.table.days)

    def _total(self, role: str, name: str, label: str | None) -> tuple[Measure, Caption]:
        """Return the sum of what people cost or brought."""
        number, amount = self._number(role), self._sum(role)
        upper = total_bound(self.asking, role, number)
        measure = Measure(name, MeasureKind.TOTAL, amount, upper=upper)
        return measure, Caption(label, unit_of(number), self.table.days)

    def _measured(self, asked: MeasureRequest, *measures: tuple[Measure, Caption]) -> Measured:
        part = Fraction(1, len(measures))
        return Measured(measures, {asked.name: {m.name: part for m, _ in measures}})

    def _named(self, kind: Asked = Asked.CONVERSION) -> str:
        """Return the name under which the table asks for conversion or revenue itself."""
        named = (m.name for m in self.table.measures if m.kind is kind)
        return next(named, kind.value)

    def _sum(self, role: str) -> SumOf:
        return SumOf(self._name(self.roles.properties[role]), self.window, self.where)

    def _number(self, role: str) -> Number:
        name = self._name(self.roles.properties[role])
        return self.asking.number(name, self.table.place, NumberKind.PROPERTY)

    def _name(self, word: str) -> Attribute:
        return Attribute(f"{self.source.event}.{word}")

    def _check_roles(self, asked: MeasureRequest) -> None:
        needed = NEEDS.get(asked.kind, ())
        if asked.of is not None:
            needed = ("arm", *NEEDS[asked.of])
        if missing := self.roles.missing(*needed):
            raise ReportRefusedError(
                f"{asked.kind.value} (asked in {asked.place}) needs a campaign's "
                f"{' and '.join(missing)}, and source {self.source.name!r} names no column for it",
                place=self.source.place,
                remedy=f"name it there, such as campaign: {{..., {_example(missing)}}}",
            )


def _source(asking: Asking, table: CampaignRequest) -> tuple[Source, CampaignRoles]:
    """Return the source that records a campaign."""
    sources = asking.policy.catalogue.sources.values()
    recording = [(s, s.campaign) for s in sources if s.campaign is not None]
    if not recording:
        raise no_source("a campaign", asking, table.place)
    known = {name: (s, r) for s, r in recording for name in _campaigns(s, r)}
    holding = [s.name for s, r in recording if table.campaign in _campaigns(s, r)]
    if len(holding) != 1:
        what = f"sources {', '.join(holding)} each have" if holding else "no source has"
        near = suggestion(table.campaign, known)
        raise ReportNotUsableError(f"{what} a campaign {table.campaign!r}{near}", place=table.place)
    return known[table.campaign]


def _campaigns(source: Source, roles: CampaignRoles) -> tuple[str, ...]:
    """Return the campaigns that a source declares."""
    return next((c.values for c in source.columns if c.attribute == roles.named), ())


def _example(missing: tuple[str, ...]) -> str:
    words = {"arm": "arm: arm, treated: letter, control: held-out", "outcome": "outcome: bought"}
    return ", ".join(words.get(role, f"{role}: {role}") for role in missing)
