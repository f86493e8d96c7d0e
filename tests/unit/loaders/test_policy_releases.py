# SPDX-License-Identifier: Apache-2.0
"""What a policy says of reports: bounds of every kind of number, and what tells of campaigns."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.policy import load_policy
from privseg.policy import Policy, check
from privseg.policy.campaign import CampaignRoles
from privseg.policy.digest import canonical_text, digest
from privseg.policy.remembered import remembered
from privseg.policy.rules import Clamp, ReleaseRules

TEXT = """\
privseg: policy/1
controller: shop
notices: {privacy: {version: "1", sha256: DIGEST, purposes: [mail.offers]}}
catalogue:
  crm:
    holds: people
    person: email
    retention: 365d
    columns:
      email: {role: direct_identifier, identifier: email}
      city: {type: text, category: profile}
      satisfaction: {type: integer, category: profile}
      uses_app: {type: boolean, category: profile}
  orders:
    holds: events
    event: purchase
    category: purchases
    person: email
    event_id: order_id
    time: ordered_at
    retention: 365d
    columns:
      email: {role: direct_identifier, identifier: email}
      amount: {type: money, currency: EUR, category: purchases}
  letters:
    holds: events
    event: exposure
    category: purchases
    person: email
    event_id: letter_id
    time: sent_at
    retention: 365d
    campaign: {name: Campaign, arm: arm, treated: letter, control: held-out, cost: cost, outcome: bought, revenue: revenue}
    columns:
      email: {role: direct_identifier, identifier: email}
      Campaign: {attribute: campaign, type: category, category: purchases, values: [spring]}
      arm: {type: category, category: purchases, values: [letter, held-out]}
      cost: {type: money, currency: EUR, category: purchases}
      bought: {type: boolean, category: purchases}
      revenue: {type: money, currency: EUR, category: purchases}
scores:
  worth:
    formula: lifetime_value
    event: purchase
    amount: amount
    period: 7d
    horizon: 52
    grid: 1 EUR
    parameters: {r: 1, alpha: 4, a: 0.8, b: 2.4, p: 6, q: 4, v: 15}
    category: purchases
purposes:
  mail.offers:
    title: Offers
    kind: marketing
    basis: {consent: [DE]}
    categories: [profile, purchases]
    notice: privacy
segmenters:
  offers:
    purpose: mail.offers
    reads: [city, satisfaction, uses_app, purchase, purchase.amount, worth, exposure, exposure.campaign, exposure.arm, exposure.cost, exposure.bought, exposure.revenue]
    run_by: [marketer]
    releases:
      guarantee: dp
      groups_per_person: 2
      periods_per_person: 4
      clamps:
        purchase: {per_person: 50, grid: [0, 1, 2, 5]}
        purchase.amount: {per_person: 2000 EUR, grid: {from: 0 EUR, to: 100 EUR, step: 25 EUR}}
        satisfaction: {range: [0, 10]}
        worth.value: {range: [0 EUR, 500 EUR]}
        exposure.cost: {per_person: 2 EUR}
        exposure.revenue: {per_person: 200 EUR}
        exposure.bought: {per_person: 1}
""".replace("DIGEST", "a" * 64)  # noqa: E501


def load(tmp_path: Path, text: str = TEXT) -> Policy:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path, name="p.yaml")


def rules_of(policy: Policy) -> ReleaseRules:
    rules = policy.segmenters["offers"].releases
    assert rules is not None
    return rules


def test_every_kind_of_number_has_its_bounds_in_its_own_units(tmp_path: Path) -> None:
    rules = rules_of(load(tmp_path))
    assert rules.periods_per_person == 4
    assert rules.clamps == {
        "purchase": Clamp("purchase", 50, edges=(0, 1, 2, 5)),
        "purchase.amount": Clamp(
            "purchase.amount", 200_000, edges=(0, 2_500, 5_000, 7_500, 10_000)
        ),
        "satisfaction": Clamp("satisfaction", range=(0, 10)),
        "worth.value": Clamp("worth.value", range=(0, 50_000)),
        "exposure.cost": Clamp("exposure.cost", 200),
        "exposure.revenue": Clamp("exposure.revenue", 20_000),
        "exposure.bought": Clamp("exposure.bought", 1),
    }


def test_a_source_says_what_its_columns_tell_of_campaigns_by_their_attributes(
    tmp_path: Path,
) -> None:
    sources = load(tmp_path).catalogue.sources
    assert sources["letters"].campaign == CampaignRoles(
        "campaign", "arm", "letter", "held-out", "cost", "bought", "revenue"
    )
    assert sources["orders"].campaign is None


def test_only_the_campaigns_name_is_needed(tmp_path: Path) -> None:
    start, end = (
        TEXT.index("    campaign: {name"),
        TEXT.index("    columns:\n", TEXT.index("cost: cost")),
    )
    text = TEXT[:start] + "    campaign: {name: Campaign}\n" + TEXT[end:]
    assert load(tmp_path, text).catalogue.sources["letters"].campaign == CampaignRoles("campaign")


CAMPAIGN = (
    "name: Campaign, arm: arm, treated: letter, control: held-out, cost: cost, outcome: bought"
)
MISTAKES = {
    "a total of a person": (
        "satisfaction: {range: [0, 10]}",
        "satisfaction: {per_person: 3}",
        "a person's number has no 'per_person': it takes range and grid",
    ),
    "a range of events": (
        "purchase: {per_person: 50",
        "purchase: {range: [0, 9]",
        "an event has no 'range'",
    ),
    "a range of a property": (
        "exposure.cost: {per_person: 2 EUR}",
        "exposure.cost: {range: [0 EUR, 1 EUR]}",
        "an event's property has no 'range'",
    ),
    "a range of a result of nothing": (
        "worth.value:",
        "worth.alvie:",
        "did you mean 'worth.alive'",
    ),
    "a score as a whole": ("worth.value:", "worth:", "did you mean 'worth."),
    "a clamp of text": ("satisfaction: {range", "city: {range", "is no number"),
    "a range the wrong way": ("range: [0, 10]", "range: [10, 0]", "the smaller first: [0, 10]"),
    "a range of one": ("range: [0, 10]", "range: [10]", "the smaller first"),
    "a range in another currency": (
        "range: [0 EUR, 500 EUR]",
        "range: [0, 500]",
        "such as 400 EUR",
    ),
    "a bound of nothing": (
        "satisfaction: {range: [0, 10]}",
        "satisfaction: {}",
        "say range, or grid",
    ),
    "a grid of one amount": ("grid: [0, 1, 2, 5]", "grid: [0]", "2 to 401 amounts"),
    "a grid that does not rise": (
        "grid: [0, 1, 2, 5]",
        "grid: [0, 2, 2]",
        "each more than the one before",
    ),
    "a grid of words": ("grid: [0, 1, 2, 5]", "grid: [a, b]", "expected a whole number"),
    "a grid without end": ("to: 100 EUR, ", "", "key 'to' is missing"),
    "a grid downwards": ("to: 100 EUR", "to: 0 EUR", "a whole number of steps above"),
    "a grid of broken steps": ("to: 100 EUR", "to: 99 EUR", "a whole number of steps above"),
    "a grid without steps": ("step: 25 EUR", "step: 0 EUR", "more than 0"),
    "a grid of too many steps": ("step: 25 EUR", "step: 0.20 EUR", "more than 401 amounts"),
    "no period": ("periods_per_person: 4", "periods_per_person: 0", "at least 1"),
    "campaigns of people": (
        "    holds: people\n",
        "    holds: people\n    campaign: {name: city}\n",
        "recorded by a source that holds events",
    ),
    "a campaign without a name": ("name: Campaign, ", "", "key 'name' is missing"),
    "a campaign in a column there is not": (
        "name: Campaign",
        "name: Campain",
        "did you mean 'Campaign'",
    ),
    "a campaign in an identifier": (
        "name: Campaign",
        "name: email",
        "no column 'email' that can be read",
    ),
    "a name that is no category": ("name: Campaign", "name: bought", "name takes a category"),
    "a cost that is no money": ("cost: cost", "cost: bought", "cost takes a money"),
    "an outcome that is not true or false": (
        "outcome: bought",
        "outcome: cost",
        "outcome takes a boolean",
    ),
    "a revenue that is no money": ("revenue: revenue", "revenue: arm", "revenue takes a money"),
    "an arm of nobody": (
        ", treated: letter, control: held-out",
        "",
        "an arm needs all of arm, treated and control",
    ),
    "an arm that was not": ("arm: arm, ", "", "an arm needs all of arm, treated and control"),
    "an arm of an unknown value": ("treated: letter", "treated: leter", "did you mean 'letter'"),
    "an arm compared with itself": (
        "control: held-out",
        "control: letter",
        "the treated are not the held out",
    ),
    "an unknown role": ("outcome: bought", "outcomes: bought", "did you mean 'outcome'"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_at_its_place_with_what_to_write(tmp_path: Path, case: str) -> None:
    old, new, word = MISTAKES[case]
    assert old in TEXT
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, TEXT.replace(old, new, 1))
    found = [str(f) for f in refused.value.findings]
    assert any(f.startswith("p.yaml:") and word in f for f in found), found


# --- what decides is in the digest, and old policies keep theirs ---


def test_a_policy_that_says_none_of_it_has_the_digest_it_had(tmp_path: Path) -> None:
    """What came later is left out of the canonical text while it says nothing."""
    lines = [
        line
        for line in TEXT.splitlines(keepends=True)
        if not any(word in line for word in ("periods_per_person", "campaign: {name", "range:"))
    ]
    plain = "".join(lines).replace(", grid: [0, 1, 2, 5]", "")
    plain = plain.replace(", grid: {from: 0 EUR, to: 100 EUR, step: 25 EUR}", "")
    text = canonical_text(load(tmp_path, plain)).decode()
    for word in ('"campaign":{', "edges", '"range"', "periods_per_person"):
        assert word not in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("periods_per_person: 4", "periods_per_person: 5"),
        ("range: [0, 10]", "range: [0, 9]"),
        ("grid: [0, 1, 2, 5]", "grid: [0, 1, 2, 6]"),
        ("step: 25 EUR", "step: 50 EUR"),
        ("cost: cost, outcome", "outcome"),
        ("treated: letter, control: held-out", "treated: held-out, control: letter"),
    ],
)
def test_whatever_decides_changes_the_digest(tmp_path: Path, old: str, new: str) -> None:
    assert old in TEXT
    assert digest(load(tmp_path)) != digest(load(tmp_path, TEXT.replace(old, new, 1)))


def test_two_ways_to_write_a_grid_are_one_policy(tmp_path: Path) -> None:
    steps = "{from: 0 EUR, to: 100 EUR, step: 25 EUR}"
    listed = "[0 EUR, 25 EUR, 50 EUR, 75 EUR, 100 EUR]"
    assert digest(load(tmp_path)) == digest(load(tmp_path, TEXT.replace(steps, listed)))


def test_a_kept_policy_is_remembered_with_its_bounds_and_roles(tmp_path: Path) -> None:
    policy = load(tmp_path)
    again = remembered(canonical_text(policy))
    assert again.digest == policy.digest
    assert rules_of(again).clamps == rules_of(policy).clamps
    assert (
        again.catalogue.sources["letters"].campaign == policy.catalogue.sources["letters"].campaign
    )


def test_a_campaigns_amount_without_a_total_is_doubted(tmp_path: Path) -> None:
    ends = "{per_event: [0 EUR, 1 EUR], events_per_person: 2}"
    text = TEXT.replace("exposure.cost: {per_person: 2 EUR}", f"exposure.cost: {ends}")
    found = [str(f) for f in check(load(tmp_path, text))]
    assert any(
        "exposure.cost has no per_person: the cost of campaigns is refused" in f for f in found
    )
    assert not any("per_person" in str(f) for f in check(load(tmp_path)))


def test_an_outcome_needs_no_clamp_and_an_amount_does(tmp_path: Path) -> None:
    text = TEXT.replace("        exposure.bought: {per_person: 1}\n", "")
    text = text.replace("        exposure.revenue: {per_person: 200 EUR}\n", "")
    found = [f.message for f in check(load(tmp_path, text)) if "has no clamp" in f.message]
    assert found == ["exposure.revenue has no clamp: totals and averages of it are refused"]
