# SPDX-License-Identifier: Apache-2.0
"""Laws of releases: whatever the noise was, they verify; whatever was asked, it is hashed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.protect import TablePlan
from privseg.release import PlannedTable, ReportPlan, TableKind, parse_release, rows, verify_release
from privseg.release.encode import encode
from tests.twins import release_world as world

names = st.lists(st.sampled_from(list(world.TABLES)), min_size=1, max_size=3, unique=True)
Changed = dict[str, Any]


@settings(max_examples=40)
@given(
    tables=names,
    left_out=st.booleans(),
    seed=st.integers(0, 2**32),
    least=st.integers(0, 400),
)
def test_every_release_reads_back_and_verifies_whatever_the_noise(
    *, tables: list[str], left_out: bool, seed: int, least: int
) -> None:
    """With any noise, and cells large, small, or withheld."""
    plan = world.plan(*tables, not_included=left_out)
    noisy = world.protected(plan, random.Random(seed).getrandbits, least=least)
    release = world.release(replace(world.statement(plan), protected=noisy))
    assert parse_release(release.to_bytes()) == release
    assert verify_release(release.to_bytes(), [world.KEY.public]).release == release
    assert all(r.estimate is None or r.withheld is None for r in rows(release.statement))


@given(tables=names, left_out=st.booleans())
def test_a_report_costs_the_sum_of_its_parts_and_noise_is_what_they_ask_for(
    *, tables: list[str], left_out: bool
) -> None:
    plan = world.plan(*tables, not_included=left_out)
    quantities = tuple(plan.quantities.quantities)
    assert plan.loss.rho == sum((q.rho for q in quantities), start=Fraction(0))
    assert plan.loss.delta == (len(tables) + left_out) * Fraction(1, 10**7)
    for quantity in quantities:
        assert 2 * quantity.rho * quantity.sigma2 == quantity.sensitivity.squared
    printed = encode(world.statement(plan))["guarantee"]
    assert Fraction(printed["rho"]) == plan.loss.rho


# --- the hash of a plan ---


def table_with(plan: ReportPlan, **changes: Any) -> ReportPlan:
    """Return a plan whose first table is planned with other facts."""
    (table, *rest) = plan.tables
    facts: Changed = {
        "block": table.block,
        "rhos": tuple(m.rho for m in table.plan.measures),
        "min_people": table.plan.gate.min_people,
        "delta": table.plan.gate.delta,
        "derived": table.plan.derived,
    }
    made = facts | {k: v for k, v in changes.items() if k in facts}
    block = made.pop("block")
    shown = {k: v for k, v in changes.items() if k not in facts}
    planned: PlannedTable = replace(table, plan=TablePlan.of(block, **made), **shown)
    return replace(plan, tables=(planned, *rest))


WHOLE = world.plan("overview")
BLOCK = WHOLE.tables[0].block
CAPTIONS = WHOLE.tables[0].captions


def test_titles_labels_and_names_do_not_change_the_hash() -> None:
    labels = tuple(replace(c, label="x") for c in CAPTIONS)
    same = [
        WHOLE,
        replace(WHOLE, name="other", title="Another"),
        table_with(WHOLE, title="x", captions=labels),
    ]
    assert len({p.plan_hash for p in same}) == 1


@pytest.mark.parametrize("name", world.TABLES)
def test_no_two_tables_have_one_hash(name: str) -> None:
    others = [world.plan(n).plan_hash for n in world.TABLES if n != name]
    assert world.plan(name).plan_hash not in others


def test_whatever_determines_the_answer_changes_the_hash() -> None:
    measures = BLOCK.measures
    dearer = (Fraction(1, 399), *(m.rho for m in WHOLE.tables[0].plan.measures[1:]))
    clamped = (measures[0], replace(measures[1], upper=49_999), *measures[2:])
    finer = (*measures[:3], replace(measures[3], grid=(0, 2_000, 50_000)))
    ranked = (*measures[:3], replace(measures[3], ranks=(Fraction(1, 2),)))
    shorter = replace(measures[1].amount, where=())  # type: ignore[type-var]
    anywhere = (measures[0], replace(measures[1], amount=shorter), *measures[2:])
    (big, _), second = WHOLE.segments
    made = [
        WHOLE,
        replace(WHOLE, policy_digest="cd" * 32),
        replace(WHOLE, segmenter="other"),
        replace(WHOLE, conversion_delta=Fraction(1, 10**7)),
        replace(WHOLE, not_included=None),
        replace(WHOLE, sets=()),
        replace(WHOLE, sets=tuple(replace(s, days_before=31) for s in WHOLE.sets)),
        replace(WHOLE, segments=((big, "33" * 32), second)),
        table_with(WHOLE, rhos=dearer),
        table_with(WHOLE, min_people=21),
        table_with(WHOLE, delta=Fraction(1, 10**8)),
        table_with(WHOLE, kind=TableKind.FEEDBACK),
        table_with(WHOLE, block=replace(BLOCK, name="other")),
        table_with(WHOLE, block=replace(BLOCK, groups_per_person=1)),
        table_with(WHOLE, block=replace(BLOCK, segments=BLOCK.segments[::-1])),
        *(
            table_with(WHOLE, block=replace(BLOCK, measures=m))
            for m in (clamped, finer, ranked, anywhere)
        ),
        *(world.plan(name) for name in world.TABLES if name != "overview"),
    ]
    assert len({p.plan_hash for p in made}) == len(made)


# --- what cannot be planned ---


@pytest.mark.parametrize(
    "change",
    [
        {"captions": CAPTIONS[:-1]},
        {"captions": tuple(replace(c, days=7) for c in CAPTIONS)},
        {"dimensions": (object(),)},
        {"block": replace(BLOCK, segments=("big-spenders", "big-spenders"))},
        {"block": replace(BLOCK, segments=("big-spenders", "(all)"))},
        {"block": replace(BLOCK, segments=tuple(f"s{i}" for i in range(100_001)))},
        {"block": replace(BLOCK, groups_per_person=10**7)},
    ],
    ids=range(7),
)
def test_a_table_that_nobody_could_check_is_refused_when_it_is_planned(change: Changed) -> None:
    with pytest.raises(ValueError, match=r"caption|name|cells|millions"):
        table_with(WHOLE, **change)


def test_a_report_is_about_its_own_segments_and_sets_and_in_the_past() -> None:
    change = world.plan("change")
    (earlier,) = change.sets
    for odd in (
        {"sets": ()},
        {"sets": (earlier, earlier)},
        {"sets": (replace(earlier, days_before=-1),)},
        {"sets": (replace(earlier, days_before=10**9),)},
        {"segments": change.segments[:1]},
        {"tables": change.tables * 2},
    ):
        with pytest.raises(ValueError, match=r"name|segments|moment"):
            replace(change, **odd)
    with pytest.raises(ValueError, match="other days"):
        replace(WHOLE, at=WHOLE.at + timedelta(days=1))
