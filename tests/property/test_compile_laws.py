# SPDX-License-Identifier: Apache-2.0
"""Laws of plans, over random requests of every kind of table and random rules."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.frames import ByPeriod
from privseg.policy.rules import ReleaseRules
from privseg.protect import PrivacyLoss
from privseg.release import (
    Budget,
    ReportPlan,
    ReportRequest,
    SegmentNote,
    expected_error,
    parse_release,
    verify_release,
)
from privseg.release.request import (
    MEDIAN_RANK,
    Asked,
    ByFoundValues,
    ByGrid,
    ChangeRequest,
    Every,
    FeedbackRequest,
    FeedbackScore,
    OverlapRequest,
    TableRequest,
    TrendRequest,
)
from privseg.terms import Attribute
from tests.twins import release_world as released
from tests.twins import report_world as world
from tests.twins.report_world import ask, average, by, size, spring, table, total

AT = world.ASKED
PURCHASE, MOOD = Attribute("purchase"), Attribute("satisfaction")


def trend(name: str, *, cumulative: bool) -> TrendRequest:
    asked = (total(None), ask(Asked.EVENTS, "purchase"))
    return TrendRequest(name, PURCHASE, Every.MONTH, 5, asked, AT, cumulative=cumulative)


KINDS: tuple[TableRequest, ...] = (
    table(size(), total(), average(), name="plain"),
    table(
        ask(Asked.MEAN, "satisfaction"),
        ask(Asked.MEDIAN, "purchase.amount", 365, ranks=(MEDIAN_RANK,)),
        ask(Asked.EVENTS, "purchase"),
        name="amounts",
    ),
    table(size(), name="where", by=by("country")),
    table(size(), name="cross", by=by("country", "gender"), totals=True),
    table(size(), name="shares", by=by("country"), shares=True),
    table(size(), name="cities", by=(ByFoundValues(Attribute("city"), AT),), top=2),
    table(size(), name="rfm", by=(ByGrid("rfm", AT),)),
    trend("months", cumulative=False),
    trend("so-far", cumulative=True),
    OverlapRequest("both", ("big-spenders", "lapsed"), AT),
    ChangeRequest("moved", "lapsed", AT, since_days=30),
    ChangeRequest("redefined", "lapsed", AT, from_version="33333333"),
    spring(
        *(ask(k) for k in (Asked.CONVERSION, Asked.ACQUISITION_COST, Asked.RETURN_ON_SPEND)),
        ask(Asked.LIFT, of=Asked.CONVERSION),
    ),
    FeedbackRequest("nps", MOOD, FeedbackScore.NPS, AT),
    FeedbackRequest("mood", MOOD, FeedbackScore.MEAN, AT),
)

rules = st.builds(
    lambda people, rho, delta, m, c: replace(
        world.RULES,
        min_people=people,
        rho=rho,
        selection_delta=delta,
        groups_per_person=m,
        periods_per_person=c,
    ),
    st.integers(1, 40),
    st.fractions(min_value=Fraction(1, 500), max_value=Fraction(1, 4), max_denominator=500),
    st.sampled_from([Fraction(1, 10**e) for e in range(3, 10)]),
    st.integers(1, 5),
    st.integers(1, 6),
)
tables = st.lists(st.sampled_from(KINDS), min_size=1, max_size=4, unique_by=lambda t: t.name)


@st.composite
def requests(draw: st.DrawFn) -> ReportRequest:
    asked = world.request(*draw(tables), not_included=draw(st.booleans()))
    weights = draw(st.dictionaries(st.sampled_from(asked.quantities), st.integers(1, 9)))
    return replace(asked, weights=weights)


def signed(made: ReportPlan, seed: int) -> bytes:
    """Return a release of the plan over invented tallies."""
    noisy = released.protected(made, random.Random(seed).getrandbits)
    notes = tuple(SegmentNote(name, name, "#1b6ca8", "in words") for name, _ in made.segments)
    ample = Budget("2026", PrivacyLoss.of("9", "1/2"), PrivacyLoss.of("0"), PrivacyLoss.of("0"))
    statement = replace(
        released.statement(),
        plan=made,
        protected=noisy,
        segments=notes,
        released_at=made.at,
        budget=ample,
    )
    return released.release(statement).to_bytes()


@given(requests(), rules)
def test_a_report_costs_exactly_its_segmenters_rho_and_a_delta_for_each_table(
    asked: ReportRequest, rules: ReleaseRules
) -> None:
    made = world.plan(asked, rules)
    gates = len(asked.tables) + asked.not_included
    assert made.loss == PrivacyLoss(rules.rho, gates * rules.selection_delta)
    assert sum((q.rho for q in made.quantities.quantities), start=Fraction(0)) == rules.rho


@given(requests(), rules)
def test_a_person_counts_in_no_more_cells_than_the_policy_lets_them(
    asked: ReportRequest, rules: ReleaseRules
) -> None:
    assert rules.groups_per_person is not None
    assert rules.periods_per_person is not None
    for made in world.plan(asked, rules).tables:
        is_trend = any(isinstance(d, ByPeriod) for d in made.block.dimensions)
        periods = rules.periods_per_person if is_trend else 1
        assert made.block.groups_per_person <= rules.groups_per_person * periods
        assert made.plan.gate.groups == made.block.groups_per_person * len(made.block.levels)


@given(requests(), rules)
def test_the_same_request_has_the_same_plan_whatever_it_is_called(
    asked: ReportRequest, rules: ReleaseRules
) -> None:
    made = world.plan(asked, rules)
    again = world.plan(replace(asked, name="other", title="Another"), rules)
    assert made.plan_hash == again.plan_hash
    assert made.tables == again.tables


@settings(max_examples=15)
@given(requests(), rules)
def test_what_is_expected_costs_what_the_report_costs(
    asked: ReportRequest, rules: ReleaseRules
) -> None:
    made = world.plan(asked, rules)
    lines = expected_error(made)
    assert sum((line.rho for line in lines), start=Fraction(0)) == made.loss.rho
    assert all(line.half_width > 0 for line in lines)


@settings(max_examples=15)
@given(requests(), rules, st.integers(0, 2**32))
def test_every_plan_makes_a_release_that_reads_back_and_verifies(
    asked: ReportRequest, rules: ReleaseRules, seed: int
) -> None:
    document = signed(world.plan(asked, rules), seed)
    release = parse_release(document)
    assert release.to_bytes() == document
    assert verify_release(document, [released.KEY.public]).release == release
