# SPDX-License-Identifier: Apache-2.0
"""What a report can reckon with, what tells of campaigns, and what a change of either widens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.policy import Policy
from privseg.policy.campaign import CampaignRoles
from privseg.policy.catalogue import ColumnType
from privseg.policy.diff import diff
from privseg.policy.numbers import NumberKind, number_of
from privseg.policy.rules import Clamp
from privseg.terms import Attribute
from tests.twins import report_world as world

POLICY = world.policy()


@pytest.mark.parametrize(
    ("name", "kind", "column"),
    [
        ("points", NumberKind.PERSON, ColumnType.INTEGER),
        ("uses_app", NumberKind.PERSON, ColumnType.INTEGER),
        ("worth.value", NumberKind.RESULT, ColumnType.MONEY),
        ("rfm.total", NumberKind.RESULT, ColumnType.INTEGER),
        ("purchase", NumberKind.EVENT, ColumnType.INTEGER),
        ("purchase.amount", NumberKind.PROPERTY, ColumnType.MONEY),
        ("exposure.bought", NumberKind.PROPERTY, ColumnType.INTEGER),
    ],
)
def test_a_number_is_of_a_person_a_score_an_event_or_its_property(
    name: str, kind: NumberKind, column: ColumnType
) -> None:
    found = number_of(POLICY.catalogue, Attribute(name))
    assert found is not None
    assert (found.kind, found.column.type) == (kind, column)
    assert found.is_truth is (name in {"uses_app", "exposure.bought"})


@pytest.mark.parametrize(
    "name",
    ["country", "likes", "city", "born", "email", "funnel.stage", "purchase.kind", "rfm", "x"],
)
def test_what_has_no_number_is_none(name: str) -> None:
    assert number_of(POLICY.catalogue, Attribute(name)) is None


def test_an_arm_has_two_values_and_they_belong_to_an_arm() -> None:
    for wrong in ({"arm": "arm"}, {"treated": "a", "control": "b"}):
        with pytest.raises(ValueError, match="an arm has two values"):
            CampaignRoles("campaign", **wrong)
    with pytest.raises(ValueError, match="an arm has two values"):
        CampaignRoles("campaign", "arm", "a", "a")


def test_what_a_campaign_lacks_is_told_by_its_role() -> None:
    roles = CampaignRoles("campaign", cost="cost")
    assert roles.missing("arm", "cost", "outcome", "revenue") == ("arm", "outcome", "revenue")
    assert roles.properties == {"name": "campaign", "cost": "cost"}


# --- what a change widens ---


def _with_rules(**new: object) -> Policy:
    rules = replace(world.RULES, **new)  # type: ignore[arg-type]
    return world.policy(rules)


def _with_roles(roles: CampaignRoles | None) -> Policy:
    return world.policy(letters=replace(world.LETTERS, campaign=roles))


BARE = {a: c for a, c in world.RULES.clamps.items() if a != "satisfaction"}
NARROWER = {
    "trends": (_with_rules(periods_per_person=None), "may report trends"),
    "a range": (_with_rules(clamps=BARE), "may report the mean of satisfaction"),
    "a grid": (
        _with_rules(
            clamps={
                **world.RULES.clamps,
                Attribute("satisfaction"): Clamp(Attribute("satisfaction"), range=(0, 10)),
            }
        ),
        "may report the quantiles of satisfaction",
    ),
    "campaigns": (_with_roles(None), "exposure.cost is the cost of campaigns"),
    "a role": (
        _with_roles(replace(world.ROLES, revenue=None)),
        "exposure.revenue is the revenue of campaigns",
    ),
}


@pytest.mark.parametrize("case", NARROWER)
def test_stating_a_bound_or_a_role_widens_and_taking_it_back_narrows(case: str) -> None:
    narrow, text = NARROWER[case]
    there = [w for change in diff(narrow, POLICY) for w in change.widens]
    back = [n for change in diff(POLICY, narrow) for n in change.narrows]
    assert any(text in w for w in there)
    assert any(text in n for n in back)
    assert not any(change.narrows for change in diff(narrow, POLICY))
