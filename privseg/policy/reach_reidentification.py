# SPDX-License-Identifier: Apache-2.0
"""How widely a policy lets people behind pseudonyms be named: for what, by whom, how many."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.facets import Path
from privseg.policy.fact import Fact, Key, one
from privseg.policy.reidentification import Reidentification
from privseg.policy.rules import Policy
from privseg.terms import Purpose

_KEY = "reidentification"


def reidentifications(policy: Policy) -> dict[Key, Fact]:
    """Return who may be named by whom; where a purpose says nothing, nobody."""
    found: dict[Key, Fact] = {}
    for purpose, rule in policy.purposes.items():
        if rule.reidentification is not None:
            found |= _members(purpose, rule.reidentification)
            found |= _limits(purpose, rule.reidentification)
    return found


def reidentification_scopes(policy: Policy) -> Iterator[Path]:
    """Yield the purposes whose limits can be compared."""
    for purpose, rule in policy.purposes.items():
        if rule.reidentification is not None:
            yield "purposes", purpose, _KEY


def _members(purpose: Purpose, rule: Reidentification) -> dict[Key, Fact]:
    """Return who may take part, and what may be named: each one more is wider."""
    own = ("purposes", purpose, _KEY)
    said = {
        "asked_by": (rule.asked_by, "{} may ask who is behind pseudonyms"),
        "approved_by": (rule.approved_by, "{} may approve that people are named"),
        "identifiers": (rule.identifiers, "the {} of people may be named"),
    }
    return {
        (_KEY, purpose, key, str(member)): Fact(
            1, f'for "{purpose}" {text.format(member)}', one(*own, key, str(member))
        )
        for key, (members, text) in said.items()
        for member in members
    }


def _limits(purpose: Purpose, rule: Reidentification) -> dict[Key, Fact]:
    """Return how long, how many and how often."""
    own = ("purposes", purpose, _KEY)
    said = {
        "within_hours": (rule.within_hours, "an approval counts for {} hours"),
        "people": (rule.people, "one request names up to {} people"),
        "opens": (rule.opens, "a request is opened up to {} times"),
    }
    return {
        (_KEY, purpose, key): Fact(
            level, f'for "{purpose}" {text.format(level)}', one(*own, key), own
        )
        for key, (level, text) in said.items()
    }
