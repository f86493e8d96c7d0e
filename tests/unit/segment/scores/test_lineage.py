# SPDX-License-Identifier: Apache-2.0
"""What a score is made of, in words."""

import pytest

from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    Preferred,
    Rfm,
    Signal,
)
from privseg.segment.lineage import describe
from privseg.terms import Attribute
from tests.twins.score_worlds import AMOUNT, lifetime, named

FORMULAS = [
    Rfm("purchase", AMOUNT, 365, (30, 90), (2, 3), (50_00,)),
    Engagement(90, {"email_open": Signal(1, 10), "purchase": Signal(5, 4)}),
    Affinity(Attribute("page_view.section"), 90, 5, ("garden", "toys")),
    Preferred({"email": "email_open", "app": "app_open"}, 180, 3, "Europe/Berlin"),
    Fatigue("email_sent", "email_open", 60, (4, 8)),
    Funnel({"seen": "page_view", "bought": "purchase"}, 1),
    lifetime(),
    lifetime(public=None),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: f.kind.value)
def test_every_result_and_every_input_is_named(formula: Formula) -> None:
    said = describe(named(formula))
    assert all(name in said for name in named(formula).outputs)
    assert all(name in said for name in formula.inputs)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (FORMULAS[0], "each of 30, 90 that the days since the last stay under"),
        (
            FORMULAS[1],
            "in the 90 days before over 30, rounded down: 1 for each email_open up to 10",
        ),
        (FORMULAS[2], "missing below 5 events with a known value"),
        (FORMULAS[3], "among email (email_open), app (app_open)"),
        (FORMULAS[3], "in Europe/Berlin"),
        (FORMULAS[4], "one more for each of 4, 8 that it reaches"),
        (FORMULAS[5], "1 seen (page_view), 2 bought (purchase) reached in the day before"),
        (FORMULAS[6], "in the next 39 periods of 7 days"),
        (FORMULAS[6], "to the nearest 1 EUR"),
    ],
)
def test_every_public_number_is_told(formula: Formula, words: str) -> None:
    assert words in describe(named(formula))


def test_public_parameters_are_told_and_fitted_ones_are_said_to_be_barred() -> None:
    assert "Its parameters are public: r 0.243, alpha 4.414" in describe(named(lifetime()))
    assert "v 15.447." in describe(named(lifetime()))
    fitted = describe(named(lifetime(public=None)))
    assert "fitted to the people of a run" in fitted
    assert "barred from differentially private releases" in fitted


def test_other_parameters_are_public() -> None:
    assert all(describe(named(f)).endswith("Its parameters are public.") for f in FORMULAS[:6])
