# SPDX-License-Identifier: Apache-2.0
"""What a report cannot tell is read off its plan and said in it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from privseg.report import compose
from tests.twins import marketer_report as world


def said(*kinds: Callable[[], world.Made]) -> str:
    return "\n".join(compose(world.statement(*kinds), file="x").cannot_tell)


ALWAYS = (
    "Anything about one person",
    "People who have not allowed this use",
    "Where fewer than 20 people stand behind a number",
    "19 times in 20, taken by itself",
    "Changes between this report and another one",
    "Causes. That two numbers differ does not say why",
)


@pytest.mark.parametrize("words", ALWAYS)
def test_every_report_says(words: str) -> None:
    assert all(words in said(kind) for kind in world.KINDS)


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (
            "What one person can add is limited",
            {"overview", "trend", "added_up", "campaign", "where", "ages"},
        ),
        ("left the data since", {"change"}),
        ("unless chance alone decided who was in which arm", {"campaign"}),
        ("Exact overlaps", {"overlap"}),
        ("Seasons, holidays and campaigns", {"trend", "added_up"}),
        ("All values that there are", {"cities"}),
        ("finer than the ranges", {"ages", "recency", "survey"}),
    ],
)
def test_a_limit_is_said_where_it_applies_and_nowhere_else(words: str, kinds: set[str]) -> None:
    assert {k.__name__ for k in world.KINDS if words in said(k)} == kinds


def test_a_campaign_without_a_lift_says_that_nobody_was_left_out_at_random() -> None:
    planned, table = world.campaign()
    bare = replace(planned, plan=replace(planned.plan, derived=()), derived=())
    words = said(lambda: (bare, replace(table, derived=())))
    assert "some would have bought without it" in words
    assert "unless chance alone" not in words


def test_how_many_ranges_may_miss_is_counted_from_those_that_are_printed() -> None:
    statement = world.statement(world.overview)  # 3 segments: 5 numbers each, and who is left out
    words = "\n".join(compose(statement, file="x").cannot_tell)
    assert "of the 16 ranges here about 1 may miss it" in words
