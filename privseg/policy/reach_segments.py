# SPDX-License-Identifier: Apache-2.0
"""How widely a policy's words about segments reach: who changes them, and of which a report is."""

from __future__ import annotations

from privseg.policy.catalogue import Catalogue
from privseg.policy.fact import BELOW, Fact, Key, one
from privseg.policy.rules import Policy
from privseg.terms import StaffRole

RULES = "segment_rules"


def segment_changes(policy: Policy) -> dict[Key, Fact]:
    """Return who may change segments, and whether anybody must agree."""
    rules = policy.segment_rules
    free = Fact(int(not rules.approval), "no second person approves segments", one(RULES, BELOW))
    found: dict[Key, Fact] = {("segments", "approval"): free}
    needs = one(RULES, "changed_by", BELOW)
    for role in StaffRole:
        may = rules.changed_by is None or role in rules.changed_by
        found["segments", role] = Fact(int(may), f"{role} may change segments", needs)
    return found


def fitted(catalogue: Catalogue) -> dict[Key, Fact]:
    """Return of which scores reports may be made: of none whose parameters cross people."""
    found: dict[Key, Fact] = {}
    for score in catalogue.scores.values():
        needs = one("catalogue", "scores", score.name, "formula", BELOW)
        text = f"reports may be made of segments that read {score.name}"
        for name in score.outputs:
            scope = ("attribute", name)
            found["reported", name] = Fact(int(not score.crosses_people), text, needs, scope)
    return found
