# SPDX-License-Identifier: Apache-2.0
"""What may be learned is declared by name, with every bound; what is not declared so is refused."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.policy import load_policy
from privseg.policy import Policy, canonical_text
from privseg.policy.learning import Feature, Learning, Model, Take
from privseg.terms import Attribute

NOTICE = hashlib.sha256(b"what people are told").hexdigest()
HEAD = f"""privseg: policy/1
controller: club
notices:
  terms: {{version: "1", sha256: {NOTICE}, purposes: [marketing]}}
catalogue:
  members:
    holds: people
    person: number
    retention: 365d
    columns:
      number: {{role: direct_identifier, identifier: customer_number}}
      age: {{type: integer, category: profile}}
      country: {{type: category, category: profile, values: [DE, FR]}}
      shoe: {{type: integer, category: profile}}
  orders:
    holds: events
    event: purchase
    category: profile
    person: number
    event_id: id
    time: at
    retention: 365d
    columns:
      number: {{role: direct_identifier, identifier: customer_number}}
      amount: {{type: money, currency: EUR, category: profile}}
scores:
  worth:
    formula: lifetime_value
    event: purchase
    amount: amount
    period: 7d
    horizon: 52
    parameters: fitted
    grid: 1 EUR
    time_zone: UTC
    category: profile
purposes:
  marketing:
    title: Letters
    kind: marketing
    basis: {{consent: [DE]}}
    categories: [profile]
    notice: terms
segmenters:
  us:
    purpose: marketing
    reads: [age, country, purchase, purchase.amount, worth]
    run_by: [marketer]
    releases: {{guarantee: dp}}
  quiet: {{purpose: marketing, reads: [age], run_by: [marketer]}}
"""
PERSONAS = """learning:
  kinds:
    model: personas
    segmenter: us
    segment: regulars
    clusters: 3
    epsilon: 1/2
    features:
      - {amount: age, range: [18, 90], step: 4}
      - {count: purchase, within: 90d, range: [0, 10], step: 1}
      - {sum: purchase.amount, range: [0 EUR, 500 EUR], step: 2.50 EUR}
      - {days_since: purchase, range: [0, 360], step: 30}
"""
PROPENSITY = """learning:
  likely:
    model: propensity
    segmenter: us
    target: regulars
    epsilon: 1
    features: [{amount: age, range: [18, 90], step: 4}]
"""


def loaded(folder: Path, text: str) -> Policy:
    path = folder / "policy.yaml"
    path.write_text(HEAD + text, "utf-8")
    return load_policy(path, name="policy.yaml")


def test_personas_are_read_with_all_their_bounds_in_stored_units(tmp_path: Path) -> None:
    found = loaded(tmp_path, PERSONAS).learning["kinds"]
    place = found.place
    told = [(f.take, f.attribute, f.low, f.high, f.step, f.days) for f in found.features]
    assert told == [
        (Take.AMOUNT, "age", 18, 90, 4, None),
        (Take.COUNT, "purchase", 0, 10, 1, 90),
        (Take.SUM, "purchase.amount", 0, 500_00, 2_50, None),
        (Take.DAYS_SINCE, "purchase", 0, 360, 30, None),
    ]
    assert found == Learning(
        "kinds", Model.PERSONAS, "us", found.features, Fraction(1, 2), place,
        segment="regulars", clusters=3, rounds=3,
    )  # fmt: skip
    assert found.rho == Fraction(1, 8)


def test_a_propensity_is_of_a_target_and_told_in_steps(tmp_path: Path) -> None:
    found = loaded(tmp_path, PROPENSITY).learning["likely"]
    assert (found.model, found.target, found.step) == (
        Model.PROPENSITY, "regulars", Fraction(1, 100),
    )  # fmt: skip
    assert isinstance(found.features[0], Feature)
    assert found.features[0].attribute == Attribute("age")
    assert found.rho == Fraction(1, 2)


def test_a_policy_without_models_has_the_digest_that_it_had(tmp_path: Path) -> None:
    assert b"learning" not in canonical_text(loaded(tmp_path, ""))
    with_models = loaded(tmp_path, PERSONAS)
    assert b"learning" in canonical_text(with_models)
    assert loaded(tmp_path, PERSONAS.replace("1/2", "1/4")).digest != with_models.digest


REFUSED = [
    (PERSONAS, "segmenter: us", "segmenter: they", "policy.yaml:54:16: error: unknown segmenter"),
    (PERSONAS, "segmenter: us", "segmenter: quiet", "may release nothing with noise"),
    (PERSONAS, "clusters: 3", "clusters: 1", ":56:15: error: 2 to 20"),
    (PERSONAS, "clusters: 3", "clusters: 21", "2 to 20"),
    (PERSONAS, "    clusters: 3\n", "", "key 'clusters' is missing"),
    (PERSONAS, "clusters: 3", "clusters: 3\n    rounds: 9", "2 to 7"),
    (PERSONAS, "clusters: 3", "clusters: 3\n    target: regulars", "only propensity have it"),
    (PERSONAS, "epsilon: 1/2", "epsilon: 0", "more than 0, and at most 4"),
    (PERSONAS, "epsilon: 1/2", "epsilon: 5", "more than 0, and at most 4"),
    (PERSONAS, "epsilon: 1/2", "epsilon: 2", "rho 2 (epsilon^2/2) is more than the year's 1"),
    (PERSONAS, "    epsilon: 1/2\n", "", "'epsilon' is missing"),
    (PERSONAS, "epsilon: 1/2", "epsilon: 1/2\n    seed: 7", "seed"),
    (PERSONAS, "amount: age", "amount: shoe", "the segmenter does not read 'shoe'"),
    (PERSONAS, "amount: age", "amount: country", "expected a number of a person's own"),
    (PERSONAS, "amount: age", "amount: purchase", "expected a number of a person's own"),
    (PERSONAS, "amount: age", "count: age", "expected an event"),
    (PERSONAS, "amount: age", "amount: worth.alive", "it is fitted to many people at once"),
    (PERSONAS, "amount: age", "amount: age, count: purchase", "just one of: amount, count"),
    (PERSONAS, "{amount: age, range", "{range", "just one of: amount, count"),
    (PERSONAS, "amount: age", "amount: age, within: 9d", "a person's own number has no days"),
    (PERSONAS, "range: [18, 90], ", "", "'range' is missing"),
    (PERSONAS, "range: [18, 90]", "range: [90, 18]", "the smaller first"),
    (PERSONAS, "range: [18, 90]", "range: [18]", "the least and the most"),
    (PERSONAS, "range: [0, 10]", "range: [-1, 10]", "it is never below 0"),
    (PERSONAS, "step: 4", "step: 5", "a whole number of steps wide"),
    (PERSONAS, "step: 4", "step: 0", "a whole number of steps wide"),
    (PERSONAS, "[0 EUR, 500 EUR]", "[0 USD, 500 USD]", "the catalogue declares EUR, not USD"),
    (PERSONAS, "count: purchase, within: 90d", "count: purchase, within: 90", "whole days"),
    (PERSONAS, "kinds:", "Kinds Of:", "not a name that can be used here"),
    (PROPENSITY, "    target: regulars\n", "", "key 'target' is missing"),
    (PROPENSITY, "epsilon: 1", "epsilon: 1\n    segment: regulars", "all of the segment are in"),
    (PROPENSITY, "epsilon: 1", "epsilon: 1\n    step: 2", "1/1000000 to 1"),
    (PROPENSITY, "epsilon: 1", "epsilon: 1\n    clusters: 3", "only personas have it"),
    (PROPENSITY, "[{amount: age, range: [18, 90], step: 4}]", "[]", "1 to 12 numbers"),
]


@pytest.mark.parametrize(("text", "old", "new", "told"), REFUSED)
def test_whatever_is_not_bounded_and_allowed_by_name_is_refused_at_its_place(
    tmp_path: Path, text: str, old: str, new: str, told: str
) -> None:
    assert old in text
    with pytest.raises(DocumentError) as refused:
        loaded(tmp_path, text.replace(old, new, 1))
    assert told in str(refused.value)
    assert "policy.yaml:" in str(refused.value)


def test_a_result_of_published_parameters_may_be_learned_from(tmp_path: Path) -> None:
    published = "{r: 0.2, alpha: 4, a: 0.8, b: 2.4, p: 6, q: 4, v: 15}"
    head = HEAD.replace("parameters: fitted", f"parameters: {published}")
    text = PERSONAS.replace("amount: age", "amount: worth.alive")
    path = tmp_path / "policy.yaml"
    path.write_text(head + text, "utf-8")
    assert load_policy(path).learning["kinds"].features[0].attribute == "worth.alive"
