# SPDX-License-Identifier: Apache-2.0
"""From a request and a policy to a plan: bounds and precision come from policy, never from data.

What a plan may *read* is judged elsewhere (``policy.authorize``, the gate); here it is decided what
can be measured at all, how precisely, and what it costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from types import MappingProxyType

from privseg.policy.catalogue import Catalogue
from privseg.policy.findings import suggestion
from privseg.policy.rules import Policy, ReleaseRules, Segmenter
from privseg.protect import LeftOutPlan, TablePlan
from privseg.release.ask_tables import (
    CampaignRequest,
    CellsRequest,
    ChangeRequest,
    FeedbackRequest,
    OverlapRequest,
    TrendRequest,
)
from privseg.release.compile_asking import Asking
from privseg.release.compile_campaign import campaign
from privseg.release.compile_cells import cells, trend
from privseg.release.compile_draft import Draft
from privseg.release.compile_errors import (
    ReportNotUsableError,
    ReportRefusedError,
    ResultBarredError,
)
from privseg.release.compile_feedback import feedback
from privseg.release.compile_sets import change, overlap
from privseg.release.plan import MemberSet, PlannedTable, ReportPlan
from privseg.release.request import NOT_INCLUDED, ReportRequest
from privseg.terms import Attribute

__all__ = [
    "MOST_CELLS",
    "ReportNotUsableError",
    "ReportRefusedError",
    "ResultBarredError",
    "compile_report",
]

MOST_CELLS = 5_000  # of a whole report: nobody reads more, and each makes the others less precise

NO_VERSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def compile_report(
    request: ReportRequest,
    *,
    segments: Mapping[str, str],
    policy: Policy,
    at: datetime,
    zone: tzinfo = UTC,
    barred: frozenset[Attribute] = frozenset(),
    earlier: Mapping[str, tuple[str, ...]] = NO_VERSIONS,
) -> ReportPlan:
    """Return the plan of ``request``; ``segments`` gives the version of every segment by name.

    Weeks and months are those of ``zone``. ``barred`` are the results among what its segments read
    that no protected number may come from (``privseg.segment.barred``): with any, there is no plan.
    ``earlier`` are the versions on record of segments that it compares with one.

    The segmenter's rho is divided by the request's weights, exactly (``compile_draft`` says how).
    Every table declares the policy's selection delta.

    Raises:
        ReportRefusedError: no segmenter of that name or no rules for releases, no bound on the
            groups (m) or periods (C) of a person, no clamp for a measure, no source of campaigns,
            an attribute that nobody declared.
        ResultBarredError: a segment or table reads a result whose parameters were fitted to people.
        ReportNotUsableError: what cannot be measured: a breakdown without declared values, a number
            of what has none, a segment that is not there, more cells than a report can have, a
            precision that no interval is proved for.
    """
    segmenter = _segmenter(request, policy)
    rules, most_groups = _rules(segmenter)
    _check_segments(request, segments)
    if barred:
        raise ResultBarredError(barred, place=request.place)
    asking = Asking(request, policy, rules, most_groups, at, zone, segments, earlier)
    drafts, sets = _drafts(asking)
    _check_cells(request, drafts)
    plan = _plan(asking, segmenter, drafts, sets)
    if found := _fitted(plan.reads, policy.catalogue):
        raise ResultBarredError(found, place=request.place)
    return plan


def _plan(
    asking: Asking, segmenter: Segmenter, drafts: tuple[Draft, ...], sets: tuple[MemberSet, ...]
) -> ReportPlan:
    """Return the plan, with the precision that the report's quantities share."""
    request, policy = asking.request, asking.policy
    rhos = _rhos(request, drafts, asking.rules)
    tables = tuple(_planned(draft, rhos, asking.rules) for draft in drafts)
    try:
        return ReportPlan(
            name=request.name,
            title=request.title,
            controller=policy.controller,
            segmenter=segmenter.name,
            purpose=segmenter.purpose,
            policy_digest=policy.digest,
            segments=tuple((s, asking.versions[s]) for s in request.segments),
            tables=tables,
            not_included=_left_out(request, rhos, asking.rules),
            conversion_delta=policy.budget.conversion_delta,
            at=asking.at,
            sets=sets,
        )
    except ValueError as why:
        raise ReportNotUsableError(str(why), place=request.place) from None


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


def _fitted(reads: Iterable[Attribute], catalogue: Catalogue) -> frozenset[Attribute]:
    """Return the results among ``reads`` whose parameters were fitted to people."""
    scores = {name: catalogue.score_of(name) for name in reads}
    return frozenset(name for name, score in scores.items() if score and score.crosses_people)


def _check_segments(request: ReportRequest, segments: Mapping[str, str]) -> None:
    if missing := [s for s in request.segments if s not in segments]:
        why = f"there is no segment {missing[0]!r}{suggestion(missing[0], segments)}"
        raise ReportNotUsableError(why, place=request.place)


def _drafts(asking: Asking) -> tuple[tuple[Draft, ...], tuple[MemberSet, ...]]:
    """Return every table without its precision, and the sets that they name beside segments."""
    drafts, sets = [], dict[str, MemberSet]()
    for table in asking.request.tables:
        if isinstance(table, ChangeRequest):
            draft, earlier = change(asking, table)
            if sets.setdefault(earlier.name, earlier) != earlier:
                why = "two versions that begin alike; compare them in two reports"
                raise ReportNotUsableError(why, place=table.place)
        else:
            draft = _draft(asking, table)
        drafts.append(draft)
    return tuple(drafts), tuple(sets.values())


def _draft(
    asking: Asking,
    table: CellsRequest | TrendRequest | OverlapRequest | CampaignRequest | FeedbackRequest,
) -> Draft:
    match table:
        case CellsRequest():
            return cells(asking, table)
        case TrendRequest():
            return trend(asking, table)
        case OverlapRequest():
            return overlap(asking, table)
        case CampaignRequest():
            return campaign(asking, table)
        case FeedbackRequest():
            return feedback(asking, table)


def _check_cells(request: ReportRequest, drafts: Iterable[Draft]) -> None:
    total = sum(draft.cells for draft in drafts)
    if total > MOST_CELLS:
        why = f"{total} cells in all; a report has {MOST_CELLS} at most: break it down less"
        raise ReportNotUsableError(why, place=request.place)


def _rhos(
    request: ReportRequest, drafts: Iterable[Draft], rules: ReleaseRules
) -> Mapping[tuple[str, str], Fraction]:
    """Return what each measure costs, by table and name. Law: with the people left out, all rho."""
    whole = sum(request.weight(q) for q in request.quantities)
    found: dict[tuple[str, str], Fraction] = {}
    if request.not_included:
        found["", NOT_INCLUDED] = rules.rho * request.weight(NOT_INCLUDED) / whole
    for draft in drafts:
        for quantity, parts in draft.measured.parts.items():
            weight = request.weight(f"{draft.asked.name}.{quantity}")
            for measure, part in parts.items():
                key = draft.asked.name, measure
                found[key] = found.get(key, Fraction(0)) + rules.rho * weight * part / whole
    return found


def _planned(
    draft: Draft, rhos: Mapping[tuple[str, str], Fraction], rules: ReleaseRules
) -> PlannedTable:
    """Return a table with its precision."""
    table, measures = draft.asked, draft.measured.measures
    try:
        plan = TablePlan.of(
            draft.block,
            rhos=tuple(rhos[table.name, measure.name] for measure, _ in measures),
            min_people=rules.min_people,
            delta=rules.selection_delta,
            derived=tuple(formula for formula, _ in draft.derived),
        )
        return PlannedTable(
            plan=plan,
            title=table.title,
            captions=tuple(caption for _, caption in measures),
            kind=draft.kind,
            dimensions=tuple(caption for _, caption in draft.dimensions),
            derived=tuple(caption for _, caption in draft.derived),
        )
    except ValueError as why:
        raise ReportNotUsableError(f"table {table.name!r}: {why}", place=table.place) from None


def _left_out(
    request: ReportRequest, rhos: Mapping[tuple[str, str], Fraction], rules: ReleaseRules
) -> LeftOutPlan | None:
    """Return the plan of the count of people not included, if it was asked for."""
    if not request.not_included:
        return None
    return LeftOutPlan.of(
        rho=rhos["", NOT_INCLUDED],
        min_people=rules.min_people,
        delta=rules.selection_delta,
    )
