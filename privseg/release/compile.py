# SPDX-License-Identifier: Apache-2.0
"""From a request and a policy to a plan: bounds and precision come from policy, never from data.

What a plan may *read* is judged elsewhere (``policy.authorize``, the gate); here it is decided what
can be measured at all, how precisely, and what it costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from privseg.errors import InputError, PolicyError
from privseg.frames import MISSING_KEY, Block, Measure, MeasureKind
from privseg.policy.catalogue import Column, ColumnType, Readable, SourceKind
from privseg.policy.findings import suggestion
from privseg.policy.rules import Clamp, Policy, ReleaseRules, Segmenter
from privseg.protect import LeftOutPlan, TablePlan
from privseg.release.plan import Caption, PlannedTable, ReportPlan, Unit, window_of
from privseg.release.request import NOT_INCLUDED, MeasureRequest, ReportRequest, TableRequest
from privseg.terms import Attribute, Place

NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY})


class ReportRefusedError(PolicyError):
    """The policy gives no leave, or no bound, for what a report asks."""

    def __init__(self, why: str, *, place: Place, remedy: str) -> None:
        super().__init__(f"refused: {why} ({place}); to allow it: {remedy}")
        self.why = why
        self.place = place
        self.remedy = remedy


class ResultBarredError(ReportRefusedError):
    """A segment reads a score's result whose parameters were fitted to people.

    One person's data may have moved everybody's result, so no bound on what one person changes
    holds, and no protected number may come from it.
    """

    def __init__(self, results: frozenset[Attribute], *, place: Place) -> None:
        named = ", ".join(repr(str(r)) for r in sorted(results))
        super().__init__(
            f"a segment of it reads {named}: its parameters come from people's data",
            place=place,
            remedy="publish parameters in the policy (parameters: with a number for each), "
            "or leave the result out of what is reported; privseg segment run may use it",
        )
        self.results = results


class ReportNotUsableError(InputError):
    """A report asks for something that cannot be measured."""

    def __init__(self, why: str, *, place: Place) -> None:
        super().__init__(f"{place}: {why}")
        self.why = why
        self.place = place


def compile_report(
    request: ReportRequest,
    *,
    segments: Mapping[str, str],
    policy: Policy,
    at: datetime,
    barred: frozenset[Attribute] = frozenset(),
) -> ReportPlan:
    """Return the plan of ``request``; ``segments`` gives the version of every segment by name.

    ``barred`` are the results among what its segments read that no protected number may come from
    (``privseg.segment.barred``): with any, there is no plan.

    The segmenter's rho is divided by the request's weights, exactly. Every table declares the
    policy's selection delta. A table that asks for no size counts its people all the same, as one
    more quantity of weight 1: the minimum of people needs that count.

    Raises:
        ReportRefusedError: no segmenter of that name or no rules for releases, no bound on the
            groups of a person (m), no clamp for a measure, an attribute that nobody declared.
        ResultBarredError: a segment reads a result whose parameters were fitted to people.
        ReportNotUsableError: a breakdown without declared values, a measure of what has no
            number, a segment that is not there, a precision that no interval is proved for.
    """
    segmenter = _segmenter(request, policy)
    rules, m = _rules(segmenter)
    if missing := [s for s in request.segments if s not in segments]:
        why = f"there is no segment {missing[0]!r}{suggestion(missing[0], segments)}"
        raise ReportNotUsableError(why, place=request.place)
    if barred:
        raise ResultBarredError(barred, place=request.place)
    asking = _Asking(request, policy, rules, min(m, len(request.segments)), at)
    return ReportPlan(
        name=request.name,
        title=request.title,
        controller=policy.controller,
        segmenter=segmenter.name,
        purpose=segmenter.purpose,
        policy_digest=policy.digest,
        segments=tuple((s, segments[s]) for s in request.segments),
        tables=tuple(asking.table(t) for t in request.tables),
        not_included=asking.left_out(),
        conversion_delta=policy.budget.conversion_delta,
        at=at,
    )


def _segmenter(request: ReportRequest, policy: Policy) -> Segmenter:
    found = policy.segmenters.get(request.segmenter)
    if found is None:
        raise ReportRefusedError(
            f"the policy has no segmenter {request.segmenter!r}",
            place=request.place,
            remedy=f"name one of the policy's{suggestion(request.segmenter, policy.segmenters)}",
        )
    return found


def _rules(segmenter: Segmenter) -> tuple[ReleaseRules, int]:
    rules = segmenter.releases
    if rules is None:
        raise ReportRefusedError(
            f"segmenter {segmenter.name!r} may not release anything",
            place=segmenter.place,
            remedy="give it a releases section with groups_per_person and clamps",
        )
    if rules.groups_per_person is None:
        raise ReportRefusedError(
            f"nothing says in how many cells a person of {segmenter.name!r} may count",
            place=rules.place,
            remedy="state groups_per_person (there is no default: it sets the noise)",
        )
    return rules, rules.groups_per_person


@dataclass(frozen=True, slots=True)
class _Asking:
    """One request while it is compiled.

    ``groups`` is m, but not more than a person can enter: a person has one value of a breakdown,
    so one cell per segment. (Bounding enforces whatever the block says.)
    """

    request: ReportRequest
    policy: Policy
    rules: ReleaseRules
    groups: int
    at: datetime

    def table(self, table: TableRequest) -> PlannedTable:
        """Return the plan of one table."""
        asked = _with_size(table)
        measures = tuple(self._measure(m) for m in asked)
        keys = ("",) if table.by is None else self._keys(table.by, table.place)
        block = Block(table.name, self.request.segments, table.by, keys, self.groups, measures)
        rhos = tuple(self._rho(f"{table.name}.{m.name}") for m in asked)
        captions = tuple(Caption(m.label, self._unit(m), m.days) for m in asked)
        rules = self.rules
        try:
            plan = TablePlan.of(
                block, rhos=rhos, min_people=rules.min_people, delta=rules.selection_delta
            )
        except ValueError as why:
            raise ReportNotUsableError(f"table {table.name!r}: {why}", place=table.place) from None
        return PlannedTable(plan, table.title, captions)

    def left_out(self) -> LeftOutPlan | None:
        """Return the plan of the count of people not included, if it was asked for."""
        if not self.request.not_included:
            return None
        return LeftOutPlan.of(
            rho=self._rho(NOT_INCLUDED),
            min_people=self.rules.min_people,
            delta=self.rules.selection_delta,
        )

    def _rho(self, quantity: str) -> Fraction:
        """Return the share of one quantity: all shares add up to the segmenter's rho."""
        total = sum(self.request.weight(q) for q in self._costing())
        return self.rules.rho * self.request.weight(quantity) / total

    def _costing(self) -> tuple[str, ...]:
        tables = self.request.tables
        asked = tuple(f"{t.name}.{m.name}" for t in tables for m in _with_size(t))
        return (*asked, NOT_INCLUDED) if self.request.not_included else asked

    def _keys(self, by: Attribute, place: Place) -> tuple[str, ...]:
        readable, column = self._column(by, place)
        if readable.source.kind is not SourceKind.PEOPLE or column.type is not ColumnType.CATEGORY:
            why = f"{by!r} cannot break a table down: a breakdown needs a person's category"
            raise ReportNotUsableError(why, place=place)
        if not column.values or MISSING_KEY in column.values:
            why = f"{by!r} declares no values, or one of them is {MISSING_KEY!r}"
            raise ReportNotUsableError(why, place=column.place)
        return (*column.values, MISSING_KEY)

    def _measure(self, asked: MeasureRequest) -> Measure:
        if asked.attribute is None:
            return Measure(asked.name, asked.kind)
        readable, column = self._column(asked.attribute, asked.place)
        if readable.source.kind is not SourceKind.EVENTS or column.type not in NUMERIC:
            why = f"{asked.attribute!r} has no {asked.kind.value}: it is no number of an event"
            raise ReportNotUsableError(why, place=asked.place)
        lower, upper, events = self._bounds(asked, asked.attribute)
        window = window_of(asked.days, self.at)
        return Measure(asked.name, asked.kind, asked.attribute, window, lower, upper, events)

    def _bounds(self, asked: MeasureRequest, attribute: Attribute) -> tuple[int, int, int]:
        clamp = self.rules.clamps.get(attribute, Clamp(attribute))
        if asked.kind is MeasureKind.TOTAL and clamp.per_person is not None:
            return 0, clamp.per_person, 0
        if asked.kind is MeasureKind.AVERAGE and clamp.per_event and clamp.events_per_person:
            return *clamp.per_event, clamp.events_per_person
        needs = (
            "per_person" if asked.kind is MeasureKind.TOTAL else "per_event and events_per_person"
        )
        raise ReportRefusedError(
            f"nothing bounds what one person adds to the {asked.kind.value} of {attribute!r}",
            place=self.rules.place,
            remedy=f"state a clamp for it: {needs} (data never set it)",
        )

    def _unit(self, asked: MeasureRequest) -> Unit:
        if asked.attribute is None:
            return Unit("people")
        column = self._column(asked.attribute, asked.place)[1]
        if column.currency is not None:
            return Unit(column.currency.code, column.currency.exponent)
        return Unit("", column.decimals)

    def _column(self, attribute: Attribute, place: Place) -> tuple[Readable, Column]:
        readables = self.policy.catalogue.readables
        found = readables.get(attribute)
        if found is None or found.column is None:
            raise ReportRefusedError(
                f"the catalogue has no attribute {attribute!r} that a report can measure",
                place=place,
                remedy=f"declare it, or name another{suggestion(attribute, readables)}",
            )
        return found, found.column


def _with_size(table: TableRequest) -> tuple[MeasureRequest, ...]:
    """Return the measures of a table, with a size before them if they have none."""
    if any(m.kind is MeasureKind.SIZE for m in table.measures):
        return table.measures
    size = MeasureRequest(MeasureKind.SIZE, table.place)
    if any(m.name == size.name for m in table.measures):
        why = f"table {table.name!r} calls something else {size.name!r}, the count of its people"
        raise ReportNotUsableError(why, place=table.place)
    return (size, *table.measures)
