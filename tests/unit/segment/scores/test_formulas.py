# SPDX-License-Identifier: Apache-2.0
"""Each formula on one invented person, and what is refused."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest

from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    LifetimeParameters,
    Preferred,
    Rfm,
    Signal,
)
from privseg.segment.scores import (
    Activity,
    Codes,
    Happenings,
    IncompleteActivityError,
    NotFittedError,
    Numbers,
    Sets,
    UnknownResultError,
    compute_score,
    scores_of,
    summary_of,
)
from privseg.terms import Attribute, to_micros
from tests.twins.naive_scores import Happened
from tests.twins.score_worlds import AMOUNT, BIG, PUBLIC, activity, lifetime, named

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
RFM = Rfm("purchase", AMOUNT, 365, (30, 90), (2, 3), (50_00, 100_00))


def ago(days: float, name: str = "purchase", **properties: object) -> Happened:
    return Happened(name, AT - timedelta(days=days), properties)


def own(formula: Formula, *events: Happened) -> dict[str, int | str]:
    found = scores_of(named(formula), events, at=AT)
    return {name.removeprefix("it."): value for name, value in found.items()}


def test_rfm_gives_one_level_more_for_each_cut_point() -> None:
    found = own(RFM, ago(31, amount=40_00), ago(200, amount=10_00), ago(364, amount=50_00))
    assert found == {"recency": 2, "frequency": 3, "monetary": 3, "total": 8}


def test_days_since_are_whole_days_and_a_cut_point_is_the_first_day_too_late() -> None:
    just_under, just = own(RFM, ago(29.99, amount=0)), own(RFM, ago(30, amount=0))
    assert (just_under["recency"], just["recency"]) == (3, 2)


def test_who_bought_nothing_in_the_window_has_no_rfm() -> None:
    assert own(RFM) == {}
    assert own(RFM, ago(366, amount=99)) == {}
    assert own(RFM, ago(0, amount=99)) == {}  # the window ends before the moment


def test_the_window_begins_with_its_first_moment() -> None:
    assert own(RFM, ago(365, amount=1))["frequency"] == 1
    assert own(RFM, Happened("purchase", AT - timedelta(days=365, microseconds=1))) == {}


def test_an_unknown_amount_counts_as_a_purchase_worth_nothing() -> None:
    assert own(RFM, ago(1, amount=None), ago(2, amount=50_00)) == own(
        RFM, ago(1, amount=0), ago(2, amount=50_00)
    )


@pytest.mark.parametrize(
    ("amounts", "level"),
    [
        ([BIG] * 9, 3),
        ([-BIG - 1] * 9, 1),
        ([BIG, BIG, -BIG, -BIG, 2], 2),
        ([BIG], 3),
        ([BIG, -1], 2),
    ],
)
def test_a_sum_beyond_64_bits_is_compared_like_the_true_one(amounts: list[int], level: int) -> None:
    formula = replace(RFM, monetary=(1, BIG))
    assert own(formula, *(ago(n + 1, amount=a) for n, a in enumerate(amounts)))["monetary"] == level


def test_engagement_is_the_percent_of_what_could_be_reached() -> None:
    formula = Engagement(90, {"email_open": Signal(1, 10), "purchase": Signal(5, 4)})
    assert own(formula) == {"level": 0}
    opened = [ago(n, "email_open") for n in range(1, 13)]
    assert own(formula, *opened) == {"level": 33}  # 10 of 30
    assert own(formula, *opened, *[ago(1)] * 7) == {"level": 100}


def test_affinity_needs_a_minimum_of_events_with_a_known_value() -> None:
    formula = Affinity(Attribute("page_view.section"), 90, 3, ("garden", "toys"))
    seen = [ago(n, "page_view", section=s) for n, s in enumerate(("toys", "garden", None), 1)]
    assert own(formula, *seen) == {}
    more = own(formula, *seen, ago(4, "page_view", section="toys"))
    assert more == {"top": "toys", "percent": 66}


def test_of_equal_topics_the_one_declared_first_is_the_top() -> None:
    formula = Affinity(Attribute("page_view.section"), 90, 1, ("garden", "toys"))
    seen = [ago(n, "page_view", section=s) for n, s in enumerate(("toys", "garden"), 1)]
    assert own(formula, *seen) == {"top": "garden", "percent": 50}


def test_a_set_counts_for_each_of_its_values() -> None:
    formula = Affinity(Attribute("page_view.topics"), 90, 1, ("art", "law"))
    seen = [ago(n, "page_view", topics=t) for n, t in enumerate(({"art", "law"}, {"law"}, ()), 1)]
    assert own(formula, *seen) == {"top": "law", "percent": 66}


def test_a_value_that_a_set_gives_twice_counts_once() -> None:
    formula = Affinity(Attribute("page_view.topics"), 90, 1, ("art", "law"))
    rows, codes = np.array([1, 0, 0, 0, 1]), np.array([1, 0, 0, 0, 1])
    sets = Sets(np.array([True, True]), rows, codes)
    person, time = np.zeros(2, dtype=np.uint32), np.full(2, to_micros(AT) - 1)
    one = Activity(person[:1], {"page_view": Happenings(person, time, {"topics": sets})})
    name = Attribute("it.percent")
    found = compute_score(named(formula), one, at=AT, outputs=frozenset({name}))
    assert found[name].values.tolist() == [50]


def test_the_hour_is_that_of_the_wall_clock_before_and_after_it_is_set_back() -> None:
    formula = Preferred({"email": "email_open"}, 30, 1, "Europe/Berlin")
    summer = Happened("email_open", datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC))
    winter = Happened("email_open", datetime(2026, 10, 25, 1, tzinfo=UTC))
    assert own(formula, summer)["hour"] == own(formula, winter)["hour"] == 2


def test_of_equal_channels_the_first_is_preferred_and_of_equal_hours_the_earlier() -> None:
    formula = Preferred({"mail": "email_open", "web": "page_view"}, 30, 2, "UTC")
    found = own(formula, ago(1, "page_view"), ago(1.5, "email_open"))
    assert found == {"channel": "mail", "hour": 0}
    assert own(formula, ago(1, "page_view")) == {}


def test_a_reaction_answers_everything_sent_up_to_its_moment() -> None:
    formula = Fatigue("email_sent", "email_open", 60, (1, 3))
    assert own(formula) == {"unanswered": 0, "level": 0}
    sent = [ago(n, "email_sent") for n in (1, 2, 3, 4)]
    assert own(formula, *sent) == {"unanswered": 4, "level": 2}
    assert own(formula, *sent, ago(3, "email_open")) == {"unanswered": 2, "level": 1}


def test_the_furthest_stage_counts_even_where_earlier_ones_are_missing() -> None:
    formula = Funnel({"seen": "page_view", "carted": "add_to_cart", "bought": "purchase"}, 90)
    assert own(formula) == {"step": 0}
    assert own(formula, ago(1, "page_view")) == {"step": 1, "stage": "seen"}
    assert own(formula, ago(1), ago(2, "page_view")) == {"step": 3, "stage": "bought"}


def test_days_with_several_purchases_are_one_purchase_worth_all_of_them() -> None:
    events = {
        0: [ago(30, amount=7), ago(10.6, amount=100), ago(10.9, amount=50), ago(5, amount=None)]
    }
    found = summary_of(named(lifetime()), activity(events), at=AT)
    assert (found.repeats[0], found.last[0], found.age[0]) == (2, 25, 30)
    assert (found.valued[0], found.worth[0]) == (1, 150)


def test_a_day_is_one_of_the_scores_zone() -> None:
    events = {0: [Happened("purchase", datetime(2026, 7, 1, h, tzinfo=UTC)) for h in (21, 23)]}
    repeats = [
        summary_of(named(lifetime(zone)), activity(events), at=AT).repeats[0]
        for zone in ("UTC", "Europe/Berlin")
    ]
    assert repeats == [0, 1]


def test_a_clock_set_back_past_midnight_makes_nobody_younger_than_their_last_purchase() -> None:
    """In St John's a minute after midnight was 23:01 of the day before, until 2011."""
    bought = [datetime(2010, 11, day, 2, 30, 30, tzinfo=UTC) for day in (6, 7)]
    events = {0: [Happened("purchase", time) for time in bought]}
    at = datetime(2010, 11, 7, 2, 45, tzinfo=UTC)
    found = summary_of(named(lifetime("America/St_Johns")), activity(events), at=at)
    assert (found.last[0], found.age[0]) == (1, 1)


def test_who_never_bought_has_no_lifetime_value_and_who_bought_once_is_alive() -> None:
    assert own(lifetime()) == {}
    once = own(lifetime(), ago(20, amount=10_00))
    assert once["alive"] == 100
    assert once == own(lifetime(), ago(20, amount=99_00))  # the first is no repeat


def test_what_was_given_back_is_worth_nothing_and_no_less() -> None:
    back = own(lifetime(), ago(20, amount=0), ago(10, amount=-500_00))
    assert back == own(lifetime(), ago(20, amount=0), ago(10, amount=0))


def test_one_person_has_no_fitted_lifetime_value_without_the_runs_parameters() -> None:
    score, bought = named(lifetime(public=None)), [ago(20, amount=1), ago(3, amount=9)]
    with pytest.raises(NotFittedError, match="one person alone"):
        scores_of(score, bought, at=AT)
    assert scores_of(score, bought, at=AT, parameters=PUBLIC) == scores_of(
        named(lifetime()), bought, at=AT
    )


def test_a_result_that_the_score_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownResultError) as refused:
        compute_score(
            named(RFM), activity({}), at=AT, outputs=frozenset({Attribute("it.recently")})
        )
    assert refused.value.attribute == "it.recently"


@pytest.mark.parametrize("formula", [RFM, lifetime()])
def test_an_input_that_was_not_given_is_refused(formula: Formula) -> None:
    people, nothing = np.arange(3, dtype=np.uint32), np.empty(0, dtype=np.int64)
    none = Happenings(nothing.astype(np.uint32), nothing)
    as_text = Happenings(nothing.astype(np.uint32), nothing, {"amount": Codes(nothing)})
    for events, missing in (
        ({}, "purchase"),
        ({"purchase": none}, AMOUNT),
        ({"purchase": as_text}, AMOUNT),
    ):
        with pytest.raises(IncompleteActivityError) as refused:
            compute_score(named(formula), Activity(people, events), at=AT, outputs=frozenset())
        assert refused.value.name == missing


def test_nobody_has_no_scores() -> None:
    for formula in (RFM, lifetime(), Funnel({"seen": "page_view"}, 9)):
        score = named(formula)
        found = compute_score(score, activity({}), at=AT, outputs=frozenset(score.outputs))
        assert found.keys() == score.outputs.keys()
        assert all(len(c.ordinals) == len(c.values) == 0 for c in found.values())


def test_people_twice_or_out_of_order_are_refused() -> None:
    for people in ([1, 1], [2, 1]):
        with pytest.raises(ValueError, match="distinct and ascending"):
            Activity(np.array(people, dtype=np.uint32), {})


def test_columns_of_different_lengths_are_refused() -> None:
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    with pytest.raises(ValueError, match="different lengths"):
        Happenings(one.astype(np.uint32), two)
    with pytest.raises(ValueError, match="different lengths"):
        Happenings(one.astype(np.uint32), one, {"amount": Numbers(two, two > 0)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"r": Fraction(0)},
        {"alpha": Fraction(-1)},
        {"q": Fraction(1)},
        {"v": Fraction(0)},
    ],
)
def test_parameters_that_are_none_are_refused(wrong: dict[str, Fraction]) -> None:
    with pytest.raises(ValueError, match="positive"):
        replace(PUBLIC, **wrong)
    assert isinstance(PUBLIC, LifetimeParameters)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Signal(0, 1),
        lambda: Signal(1, 0),
        lambda: Signal(1_000_001, 1),
        lambda: Engagement(9, {}),
        lambda: Preferred({}, 9, 1, "UTC"),
        lambda: Funnel({}, 9),
        lambda: replace(lifetime(), grid=0),
        lambda: replace(lifetime(), horizon=0),
        lambda: replace(lifetime(), period_days=0),
    ],
)
def test_a_formula_of_nothing_is_refused(make) -> None:
    with pytest.raises(ValueError, match=r"1 to|nothing|without|at least"):
        make()


def test_scipy_is_loaded_for_a_lifetime_value_only() -> None:
    code = (
        "import sys, privseg.segment.scores, privseg.segment.lineage\n"
        "assert not [m for m in sys.modules if m.partition('.')[0] == 'scipy']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_of_anybody_is_in_a_repr() -> None:
    shown = repr(activity({77: [ago(3, amount=123_456)]}))
    assert "123456" not in shown
    assert "77" not in shown
