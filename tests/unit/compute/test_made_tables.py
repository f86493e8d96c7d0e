# SPDX-License-Identifier: Apache-2.0
"""Scores, samples, accounts and lists are those of each person's own permitted rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from pyroaring import FrozenBitMap

from privseg.compute import (
    DuckCompute,
    NotImportedError,
    OutsidePlanError,
    SampleKeyMissingError,
)
from privseg.frames import Block, ByCategory, Measure, MeasureKind
from privseg.gate.columns import IMPORTED
from privseg.policy.catalogue import Catalogue
from privseg.segment import (
    All,
    AttributeTest,
    Comparison,
    Condition,
    EventTest,
)
from privseg.segment.sampling import draw
from privseg.segment.scores import scores_of
from privseg.terms import Attribute
from tests.twins.memory_columns import MemoryColumns, columns_from
from tests.twins.scans import SAMPLE_KEY, duck, plan_of
from tests.twins.segment_catalogue import CATALOGUE
from tests.twins.segment_made import (
    APP,
    AT,
    ELIGIBLE,
    HALF,
    LARGE,
    LISTED,
    LOYAL,
    ON_WEB,
    PEOPLE,
    RICH,
    WEB,
    Op,
    T,
    firm,
    found,
    plan_for,
    query_of,
    score,
)


def test_a_score_is_that_of_each_persons_own_permitted_events() -> None:
    asked: dict[str, Condition] = {"loyal": LOYAL, "rich": RICH, "web": ON_WEB}
    assert found(asked) == {"loyal": {0, 65_540}, "rich": {0, 65_540}, "web": {0, 65_540}}


def test_a_score_knows_nothing_of_events_at_the_moment_or_later() -> None:
    known = score("rfm.total", Op.IS_KNOWN, True)
    assert found({"known": known})["known"] == {0, 1, 65_540}


def test_an_account_is_that_of_the_persons_link() -> None:
    asked: dict[str, Condition] = {
        "large": LARGE,
        "known": firm(Op.OVER, 0),
        "not": firm(Op.EQUALS, 5),
    }
    assert found(asked) == {"large": {1, 65_540}, "known": {0, 1, 2, 65_540}, "not": {0, 2}}


def test_a_list_holds_whom_it_holds() -> None:
    assert found({"listed": LISTED})["listed"] == {1, 2}


def test_a_sample_is_whom_the_key_of_the_workspace_draws() -> None:
    drawn = {o for o in ELIGIBLE if draw(SAMPLE_KEY, "holdout", o) < 2**31}
    assert found({"half": All((HALF, LISTED))})["half"] == drawn & {1, 2}
    both = found({"half": All((HALF, EventTest("purchase")))}, eligible=frozenset(PEOPLE))
    assert both["half"] == {
        o for o in (0, 1, 3, 65_540, 9) if draw(SAMPLE_KEY, "holdout", o) < 2**31
    }


def test_a_sample_without_a_key_is_refused_and_nothing_is_read() -> None:
    store = MemoryColumns({})
    compute = DuckCompute(store, CATALOGUE, clock=lambda: AT, threads=1)
    plan = plan_for(All((HALF, LISTED)))
    with compute.open(plan, plan.read_set) as scan, pytest.raises(SampleKeyMissingError):
        scan.members(query_of({"half": All((HALF, LISTED))}))


@pytest.mark.parametrize(
    ("opened", "missing"),
    [
        ({"rfm.total"}, "purchase"),
        ({"rfm.total", "purchase"}, "purchase.amount"),
        ({"firm_number"}, "company"),
    ],
)
def test_what_is_made_is_opened_only_together_with_what_it_is_made_of(
    opened: set[str], missing: str
) -> None:
    plan = plan_of({*opened, missing}, ELIGIBLE, at=AT)
    compute = duck(columns_from(PEOPLE, CATALOGUE), now=AT, catalogue=CATALOGUE)
    with (
        pytest.raises(OutsidePlanError, match=missing),
        compute.open(plan, frozenset(map(Attribute, opened))),
    ):
        raise AssertionError


@pytest.mark.parametrize("condition", [LOYAL, LARGE, LISTED], ids=["score", "account", "list"])
def test_what_was_not_imported_is_a_refusal_and_not_nobody(condition: Condition) -> None:
    plan = plan_for(condition)
    compute = duck(MemoryColumns({}), now=AT, catalogue=CATALOGUE)
    with compute.open(plan, plan.read_set) as scan, pytest.raises(NotImportedError):
        scan.members(query_of({"it": condition}))


def aged(**days: int) -> Catalogue:
    """Return the catalogue with retentions, by source."""
    sources = {n: replace(s, retention_days=days.get(n)) for n, s in CATALOGUE.sources.items()}
    return Catalogue(sources, scores=CATALOGUE.scores)


def stamped(table: pa.Table, *moments: datetime | None) -> pa.Table:
    return table.append_column(IMPORTED, pa.array(moments, pa.timestamp("us", "UTC")))


def test_accounts_lists_and_the_inputs_of_scores_age_like_everything_else() -> None:
    made = dict(columns_from(PEOPLE, CATALOGUE)._tables)
    old, new = AT - timedelta(days=9), AT - timedelta(days=1)
    firms = made["companies"]
    moments = {WEB: old, APP: new}
    made["companies"] = stamped(
        firms, *(moments.get(a) for a in firms.column("account").to_pylist())
    )
    made["newsletter"] = stamped(made["newsletter"], old, new)
    conditions: dict[str, Condition] = {
        "firm": firm(Op.OVER, 0), "listed": LISTED, "loyal": LOYAL
    }  # fmt: skip
    plan = plan_for(*conditions.values())
    for catalogue, expected in (
        (aged(), {"firm": {0, 1, 2, 65_540}, "listed": {1, 2}, "loyal": {0, 65_540}}),
        (
            aged(companies=5, newsletter=5, purchase_source=5),
            {"firm": {1, 65_540}, "listed": {2}, "loyal": {65_540}},
        ),
    ):
        compute = duck(MemoryColumns(made), now=AT, catalogue=catalogue)
        anew = replace(plan, run_id=f"{plan.run_id}-{len(expected['firm'])}")
        with compute.open(anew, plan.read_set) as scan:
            members = scan.members(query_of(conditions, catalogue))
        assert {n: set(m) for n, m in members.items()} == expected


def test_a_report_is_broken_down_by_a_score_and_by_an_account() -> None:
    size = Measure("size", MeasureKind.SIZE)
    known = score("interest.top", Op.IS_KNOWN, True)
    plan = plan_for(known, LARGE)
    compute = duck(columns_from(PEOPLE, CATALOGUE), now=AT, catalogue=CATALOGUE)
    everybody = {"s": FrozenBitMap(ELIGIBLE)}
    with compute.open(plan, plan.read_set) as scan:
        top = ByCategory(Attribute("interest.top"), ("web", "app"))
        by_score = Block("a", ("s",), 1, (size,), (top,))
        number = ByCategory(Attribute("firm_number"), ("5", "7"))
        by_firm = Block("b", ("s",), 1, (size,), (number,))
        counted = [scan.tally(b, everybody, key=b"k") for b in (by_score, by_firm)]
    people = [{k: t.people for (_, (k,)), t in c.items()} for c in counted]
    assert people == [{"web": 2, "app": 0}, {"5": 2, "7": 2}]


def test_scores_made_by_the_engine_are_those_of_one_person_alone() -> None:
    for name, made in CATALOGUE.scores.items():
        for result in made.outputs:
            alone = {o for o in ELIGIBLE if result in scores_of(made, PEOPLE[o].events, at=AT)}
            asked = score(str(result), Op.IS_KNOWN, True)
            assert found({name: asked})[name] == alone


def test_an_account_column_of_a_person_is_known_or_not() -> None:
    asked = AttributeTest(Attribute("company"), T.ACCOUNT, (Comparison(Op.IS_KNOWN, (False,)),))
    assert found({"none": asked})["none"] == {3}
