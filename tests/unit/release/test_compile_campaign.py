# SPDX-License-Identifier: Apache-2.0
"""Campaigns and feedback: which numbers need what, and what they are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from privseg.frames import ByCut, ByFirst, MeasureKind, OfPerson, SumOf
from privseg.policy.campaign import CampaignRoles
from privseg.policy.rules import Clamp
from privseg.protect import Lift, Part, Quotient
from privseg.release.compile import ReportNotUsableError, ReportRefusedError
from privseg.release.plan import TableKind, Unit
from privseg.release.request import Asked, FeedbackRequest, FeedbackScore, Point
from privseg.terms import Attribute
from tests.twins import report_world as world
from tests.twins.report_world import ask, plan, planned, request, spring, table

WINDOW = world.AT - timedelta(days=90), world.AT
WHERE = (("campaign", "spring-letter"),)
LIFT = ask(Asked.LIFT, of=Asked.CONVERSION)
MORE = ask(Asked.LIFT, of=Asked.REVENUE, relative=True)
CONVERSION, COST = ask(Asked.CONVERSION), ask(Asked.ACQUISITION_COST)
REVENUE, RETURN = ask(Asked.REVENUE), ask(Asked.RETURN_ON_SPEND)
EVERYTHING = (CONVERSION, COST, REVENUE, RETURN, LIFT, MORE)


def recorded(roles: CampaignRoles | None) -> Any:
    """Return the policy whose source records just so much of campaigns."""
    return world.policy(letters=replace(world.LETTERS, campaign=roles))


def test_its_cells_are_the_arms_of_those_whom_it_reached() -> None:
    made = planned(spring(CONVERSION))
    arm = Attribute("exposure.arm")
    assert made.block.dimensions == (ByFirst(arm, ("letter", "held-out"), WINDOW, WHERE),)
    assert made.block.groups_per_person == 2
    assert (made.kind, made.dimensions[0].days) == (TableKind.CAMPAIGN, 90)


def test_without_arms_they_are_those_whom_it_reached() -> None:
    policy = recorded(CampaignRoles("campaign", outcome="bought"))
    made = planned(spring(CONVERSION), of=policy)
    named = Attribute("exposure.campaign")
    assert made.block.dimensions == (ByFirst(named, ("spring-letter",), WINDOW, WHERE),)


def test_what_numbers_of_a_campaign_are_made_of() -> None:
    made = planned(spring(*EVERYTHING))
    _, *measures = made.block.measures
    bought, cost, revenue = (
        SumOf(Attribute(f"exposure.{p}"), WINDOW, WHERE) for p in ("bought", "cost", "revenue")
    )
    assert [(m.name, m.kind, m.amount, m.upper) for m in measures] == [
        ("conversion", MeasureKind.AVERAGE, bought, 1),
        ("cost", MeasureKind.TOTAL, cost, 200),
        ("revenue", MeasureKind.TOTAL, revenue, 20_000),
        ("revenue-per-person", MeasureKind.AVERAGE, revenue, 20_000),
    ]


def test_each_number_pays_for_what_it_is_made_of_and_sharing_costs_once() -> None:
    """Seven quantities: size, conversion, and five whose measures are shared among them."""
    made = planned(spring(*EVERYTHING))
    shares = {m.measure.name: m.rho / world.RULES.rho * 7 for m in made.plan.measures}
    assert shares == {
        "size": 1,
        "conversion": Fraction(1) + Fraction(1, 2) + 1,
        "cost": Fraction(1, 2) + Fraction(1, 2),
        "revenue": Fraction(1) + Fraction(1, 2),
        "revenue-per-person": 1,
    }


def test_an_acquisition_costs_what_it_cost_over_how_many_did_it() -> None:
    """With T = sum of 2 v - 1 and N people, (T + N) / 2 of them did: an identity of integers."""
    made = planned(spring(COST))
    formula = made.plan.derived[0]
    assert isinstance(formula, Quotient)
    assert {t.cell for t in (*formula.top, *formula.bottom)} == {("big-spenders", ("letter",))}
    people, did, spent = 1_000, 70, 6_000
    drawn = {Part.SUM: spent, Part.CENTRED_SUM: 2 * did - people, Part.EVENTS: people}
    top, bottom = (
        sum(t.coefficient * drawn[t.part] for t in terms) for terms in (formula.top, formula.bottom)
    )
    assert Fraction(top, bottom) == Fraction(spent, did)
    assert made.derived[0].unit == Unit("EUR", 2)


def test_a_return_is_in_percent_of_what_it_cost() -> None:
    made = planned(spring(RETURN))
    formula = made.plan.derived[0]
    assert isinstance(formula, Quotient)
    assert [(t.measure, t.part) for t in (*formula.top, *formula.bottom)] == [
        ("revenue", Part.SUM),
        ("cost", Part.SUM),
    ]
    assert (formula.scale, made.derived[0].unit) == (100, Unit("%"))


def test_lift_compares_the_treated_with_the_held_out_of_a_segment() -> None:
    made = planned(spring(LIFT, MORE))
    assert made.plan.derived[0] == Lift(
        "lift.big-spenders",
        "conversion",
        ("big-spenders", ("letter",)),
        ("big-spenders", ("held-out",)),
    )
    assert made.plan.derived[3] == Lift(
        "relative-revenue-lift.big-spenders",
        "revenue-per-person",
        ("big-spenders", ("letter",)),
        ("big-spenders", ("held-out",)),
        relative=True,
    )


def test_names_and_labels_are_those_asked() -> None:
    asked = spring(COST, ask(Asked.CONVERSION, name="who-bought", label="Bought"))
    made = planned(asked)
    captions = dict(zip((m.name for m in made.block.measures), made.captions, strict=True))
    assert list(captions) == ["size", "cost", "who-bought"]
    assert captions["who-bought"].label == "Bought"


def test_other_numbers_of_the_people_reached_can_stand_beside() -> None:
    made = planned(spring(CONVERSION, ask(Asked.MEAN, "worth.value")))
    assert made.block.measures[-1].amount == OfPerson(Attribute("worth.value"))


# --- what is missing is said, with its place and an example ---


@pytest.mark.parametrize("measure", EVERYTHING)
def test_without_a_source_of_campaigns_its_numbers_are_refused(measure: Any) -> None:
    without = world.policy(letters=None)
    for asked in (spring(measure), table(measure)):
        with pytest.raises(ReportRefusedError) as refusal:
            plan(request(asked), of=without)
        text = str(refusal.value)
        assert "no source of the policy records that" in text
        assert "campaign: {name: campaign, arm: arm, treated: letter" in text
        assert str(world.HERE) in text
        assert str(world.ASKED) in text


@pytest.mark.parametrize(
    ("measure", "roles", "says"),
    [
        (CONVERSION, {}, "outcome"),
        (COST, {"outcome": "bought"}, "cost"),
        (COST, {}, "cost and outcome"),
        (REVENUE, {"cost": "cost"}, "revenue"),
        (RETURN, {"revenue": "revenue"}, "cost"),
        (LIFT, {"outcome": "bought"}, "arm"),
        (MORE, {"arm": "arm", "treated": "letter", "control": "held-out"}, "revenue"),
    ],
)
def test_a_number_whose_column_is_not_declared_says_which(
    measure: Any, roles: dict[str, str], says: str
) -> None:
    policy = recorded(CampaignRoles("campaign", **roles))
    with pytest.raises(ReportRefusedError, match=f"needs a campaign's {says}, and") as refusal:
        planned(spring(measure), of=policy)
    assert refusal.value.place == world.THERE
    assert str(world.ASKED) in str(refusal.value)
    assert f"{says.split(maxsplit=1)[0]}:" in refusal.value.remedy


def test_a_table_about_no_campaign_is_told_to_name_one() -> None:
    with pytest.raises(ReportNotUsableError, match="say which: campaign: NAME"):
        planned(table(CONVERSION))


def test_a_campaign_that_no_source_has_is_named_with_what_may_be_meant() -> None:
    with pytest.raises(ReportNotUsableError, match=r"no source has.*did you mean 'spring-letter'"):
        planned(spring(CONVERSION, campaign="spring-leter"))


def test_a_number_of_two_currencies_is_refused() -> None:
    policy = recorded(CampaignRoles("campaign", cost="cost", revenue="dollars"))
    with pytest.raises(ReportNotUsableError, match="another currency"):
        planned(spring(RETURN), of=policy)


def test_what_a_campaign_cost_needs_a_bound() -> None:
    bare = replace(world.RULES, clamps={})
    assert planned(spring(CONVERSION), bare).block.measures[1].upper == 1
    with pytest.raises(ReportRefusedError, match=r"exposure\.cost: \{per_person"):
        planned(spring(COST), bare)


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(ReportNotUsableError, match="two measures are called 'cost'"):
        planned(spring(COST, ask(Asked.MEAN, "worth.value", name="cost")))


# --- feedback ---


def feedback(score: FeedbackScore, **more: Any) -> FeedbackRequest:
    question = Attribute(more.pop("question", "satisfaction"))
    return FeedbackRequest("score", question, score, world.ASKED, **more)


NPS = feedback(FeedbackScore.NPS)
CSAT = feedback(FeedbackScore.CSAT, at_least=Point(Decimal(8), world.ASKED))
KEYS = ("[,7)", "[7,9)", "[9,)")


def test_a_net_promoter_score_is_promoters_less_detractors_of_all_who_answered() -> None:
    """0 to 6 detract, 7 and 8 are passive, 9 and 10 promote (Reichheld 2003)."""
    made = planned(NPS)
    assert made.block.dimensions == (ByCut(OfPerson(Attribute("satisfaction")), (7, 9)),)
    formula = made.plan.derived[0]
    assert isinstance(formula, Quotient)
    counts = dict(zip(KEYS, (25, 25, 50), strict=True))
    top, bottom = (
        sum(t.coefficient * counts[t.cell[1][0]] for t in terms)
        for terms in (formula.top, formula.bottom)
    )
    assert formula.scale * Fraction(top, bottom) == 25
    assert (formula.lowest, formula.highest) == (-100, 100)
    assert made.derived[0].unit == Unit("points")
    assert made.kind is TableKind.FEEDBACK


def test_a_csat_is_the_share_at_or_above_a_point() -> None:
    made = planned(CSAT)
    formula = made.plan.derived[0]
    assert isinstance(formula, Quotient)
    assert [t.cell[1] for t in formula.top] == [("[8,)",)]
    assert [t.cell[1] for t in formula.bottom] == [("[,8)",), ("[8,)",)]


def test_a_mean_of_answers_is_an_average_in_their_range() -> None:
    made = planned(feedback(FeedbackScore.MEAN))
    assert made.block.dimensions == ()
    measure = made.block.measures[1]
    assert (measure.kind, measure.lower, measure.upper) == (MeasureKind.AVERAGE, 0, 10)


def test_a_question_without_a_declared_range_is_refused() -> None:
    for score in (FeedbackScore.NPS, FeedbackScore.MEAN):
        with pytest.raises(ReportRefusedError, match=r"points: \{range: \[0, 10\]"):
            planned(feedback(score, question="points"))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (feedback(FeedbackScore.NPS, question="country"), "is no number"),
        (feedback(FeedbackScore.NPS, question="purchase.amount"), "is an event's property"),
        (feedback(FeedbackScore.NPS, question="worth.value"), "answers from 0 to 10"),
        (replace(CSAT, at_least=Point(Decimal(11), world.ASKED)), "outside the range"),
        (replace(CSAT, at_least=Point(Decimal(0), world.ASKED)), "outside the range"),
    ],
)
def test_what_is_no_answer_is_named(asked: FeedbackRequest, says: str) -> None:
    with pytest.raises(ReportNotUsableError, match=says):
        planned(asked)


def test_an_nps_is_of_answers_from_nought_to_ten() -> None:
    five = world.clamps(Clamp(Attribute("satisfaction"), range=(1, 5)))
    with pytest.raises(ReportNotUsableError, match="has another range"):
        planned(NPS, replace(world.RULES, clamps=five))
