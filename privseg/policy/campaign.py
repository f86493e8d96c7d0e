# SPDX-License-Identifier: Apache-2.0
"""What a source tells of campaigns: which properties of its event say who saw what, and what came.

A campaign's numbers (conversion, acquisition cost, revenue, return on spend, lift) are made of
these and of nothing else. Only the campaign's name is needed; a number whose property is not
declared is refused, and the refusal says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CampaignRoles:
    """The properties of one event, by what they tell of a campaign.

    ``named`` is the category whose declared values are the campaigns; ``arm`` the category that
    says who was treated and who was held out for comparison (by ``treated`` and ``control``, two
    of its values); ``cost`` and ``revenue`` are amounts of money, ``outcome`` is true where a
    person did what the campaign was for.

    >>> CampaignRoles("campaign", outcome="bought").missing("cost", "outcome")
    ('cost',)
    """

    named: str
    arm: str | None = None
    treated: str | None = None
    control: str | None = None
    cost: str | None = None
    outcome: str | None = None
    revenue: str | None = None

    def __post_init__(self) -> None:
        """Refuse an arm of which nobody says who was treated, and the other way round."""
        given = {self.arm is None, self.treated is None, self.control is None}
        if len(given) > 1 or (self.arm is not None and self.treated == self.control):
            raise ValueError("an arm has two values, and they belong to an arm")

    @property
    def properties(self) -> Mapping[str, str]:
        """Return the property behind every role that has one."""
        named = {"name": self.named, "arm": self.arm, "cost": self.cost}
        named |= {"outcome": self.outcome, "revenue": self.revenue}
        return {role: word for role, word in named.items() if word is not None}

    def missing(self, *roles: str) -> tuple[str, ...]:
        """Return which of ``roles`` no property has."""
        return tuple(r for r in roles if r not in self.properties)
