# SPDX-License-Identifier: Apache-2.0
"""Laws of plans and releases, over random requests and rules."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.policy.rules import ReleaseRules
from privseg.protect import PrivacyLoss
from privseg.release import ReportRequest, parse_release, verify_release
from tests.twins import release_world as world

rules = st.builds(
    lambda people, rho, delta, m: replace(
        world.RULES, min_people=people, rho=rho, selection_delta=delta, groups_per_person=m
    ),
    st.integers(1, 40),
    st.fractions(min_value=Fraction(1, 500), max_value=Fraction(1, 2), max_denominator=500),
    st.sampled_from([Fraction(1, 10**e) for e in range(3, 10)]),
    st.integers(1, 5),
)
measures = st.sets(st.sampled_from(["size", "total", "average"]), min_size=1).map(
    lambda kinds: tuple(getattr(world, kind)() for kind in sorted(kinds))
)
tables = st.lists(
    st.tuples(measures, st.sampled_from([None, world.COUNTRY])), min_size=1, max_size=3
).map(lambda asked: tuple(world.table(*m, name=f"t{i}", by=by) for i, (m, by) in enumerate(asked)))


@st.composite
def requests(draw: st.DrawFn) -> ReportRequest:
    asked = world.request(*draw(tables), not_included=draw(st.booleans()))
    weights = draw(st.dictionaries(st.sampled_from(asked.quantities), st.integers(1, 9)))
    return replace(asked, weights=weights)


@given(requests(), rules)
def test_a_report_costs_exactly_its_segmenters_rho_and_a_delta_for_each_table(
    asked: ReportRequest, rules: ReleaseRules
) -> None:
    made = world.plan(asked, rules)
    gates = len(asked.tables) + asked.not_included
    assert made.loss == PrivacyLoss(rules.rho, gates * rules.selection_delta)
    assert sum((q.rho for q in made.quantities.quantities), start=Fraction(0)) == rules.rho


@given(requests(), rules)
def test_noise_is_what_its_sensitivity_and_share_ask_for(
    asked: ReportRequest, rules: ReleaseRules
) -> None:
    for quantity in world.plan(asked, rules).quantities.quantities:
        assert 2 * quantity.rho * quantity.sigma2 == quantity.sensitivity.squared


@settings(max_examples=25)
@given(requests(), rules, st.integers(0, 2**32))
def test_every_release_reads_back_and_verifies(
    asked: ReportRequest, rules: ReleaseRules, seed: int
) -> None:
    made = world.plan(asked, rules)
    noisy = world.protected(made, random.Random(seed).getrandbits)
    release = world.release(replace(world.statement(made), protected=noisy))
    assert parse_release(release.to_bytes()) == release
    assert verify_release(release.to_bytes(), [world.KEY.public]).release == release
