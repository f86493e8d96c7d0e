# SPDX-License-Identifier: Apache-2.0
"""Authorisation in its plainest form: one question after the other, and any doubt is a no."""

from __future__ import annotations

from privseg.policy.catalogue import ColumnRole
from privseg.policy.rules import Policy
from privseg.terms import LawfulBasis


def naive_authorize(policy: Policy, segmenter: str, actor: str, reads: set[str]) -> bool:
    """Answer from the sources' columns, without the catalogue's index or any other help."""
    if segmenter not in policy.segmenters or not reads:
        return False
    rights = policy.segmenters[segmenter]
    if rights.purpose not in policy.purposes or actor not in {str(r) for r in rights.run_by}:
        return False
    purpose = policy.purposes[rights.purpose]
    known = _known(policy)
    verdicts = []
    for name in reads:
        category, special = known.get(name, ("", False))
        verdicts += [
            name in known and name in rights.reads,
            category in purpose.categories,
            not special or LawfulBasis.CONSENT in list(purpose.basis.values()),
            "." not in name or name.split(".")[0] in reads,
        ]
    return all(verdicts) and len(purpose.basis) > 0


def _known(policy: Policy) -> dict[str, tuple[str, bool]]:
    """Return category and sensitivity of everything that can be named."""
    known: dict[str, tuple[str, bool]] = {}
    for source in policy.catalogue.sources.values():
        if source.event and source.category:
            known[source.event] = (source.category, source.special)
        for column in source.columns:
            name = f"{source.event}.{column.attribute}" if source.event else column.attribute
            if column.role != ColumnRole.DIRECT_IDENTIFIER and column.category:
                known[name] = (column.category, column.special)
    return known
