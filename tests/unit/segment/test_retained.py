# SPDX-License-Identifier: Apache-2.0
"""Whatever looks further back than data are kept says so: steps, other events and scores too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from privseg.policy.catalogue import Catalogue
from privseg.policy.digest import score_digest
from privseg.segment import (
    Ago,
    Condition,
    Not,
    SameAs,
    ScoreTest,
    Sequence,
    Step,
    beyond_retention,
)
from privseg.terms import Attribute
from tests.twins.language_catalogue import CATALOGUE, TASTE, VALUE, T
from tests.twins.segment_nodes import NODES, Op, U, compared, happened

AT, ZONE = datetime(2026, 11, 1, tzinfo=UTC), ZoneInfo("UTC")


def kept(**days: int) -> Catalogue:
    """Return the catalogue with events kept for so many days, by source."""
    sources = {
        name: replace(source, retention_days=days.get(name, source.retention_days))
        for name, source in CATALOGUE.sources.items()
    }
    return Catalogue(sources, {TASTE.attribute: TASTE}, CATALOGUE.scores)


def told(condition: Condition, catalogue: Catalogue) -> dict[str, datetime | None]:
    found = beyond_retention(condition, catalogue=catalogue, at=AT, zone=ZONE)
    return {str(b.attribute): b.since for b in found}


def ago(days: int) -> datetime:
    return AT - timedelta(days=days)


def test_every_step_of_a_sequence_is_asked_and_what_must_be_absent_too() -> None:
    sequence = Sequence(
        (Step("page_view"), Step("page_view")), None, Step("purchase"), Ago(90, U.DAYS)
    )
    assert told(sequence, kept(views=90, orders=90)) == {}
    assert told(Not(sequence), kept(views=89, orders=30)) == {
        "page_view": ago(90), "purchase": ago(90),
    }  # fmt: skip


def test_another_event_is_asked_by_its_own_window() -> None:
    same = SameAs(
        Attribute("page_view.article"), Attribute("purchase.coupon"), T.TEXT, Ago(60, U.DAYS)
    )
    asked = happened("page_view", window=Ago(10, U.DAYS), where=same)
    assert told(asked, kept(views=10, orders=60)) == {}
    assert told(asked, kept(views=10, orders=59)) == {
        "purchase": ago(60), "purchase.coupon": ago(60),
    }  # fmt: skip


def test_a_score_is_asked_for_as_long_as_its_formula_says() -> None:
    assert told(NODES["score"], kept(orders=365)) == {}
    assert told(NODES["score"], kept(orders=364)) == {
        "purchase": ago(365), "purchase.amount": ago(365),
    }  # fmt: skip


def test_a_lifetime_value_is_asked_about_any_time() -> None:
    known = compared(Op.IS_KNOWN, True)
    asked = ScoreTest(Attribute("value.alive"), T.INTEGER, (known,), score_digest(VALUE))
    assert told(asked, kept(orders=9_999)) == {"purchase": None, "purchase.amount": None}


@pytest.mark.parametrize("name", ["equals", "account", "cohort", "sample", "an anniversary"])
def test_what_asks_of_no_event_says_nothing(name: str) -> None:
    assert told(NODES[name], kept(orders=1, views=1, mails=1)) == {}


def test_the_time_of_an_event_is_kept_as_long_as_the_event() -> None:
    assert told(NODES["last"], kept(orders=364)) == {"purchase": ago(365)}
