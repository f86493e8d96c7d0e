# SPDX-License-Identifier: Apache-2.0
"""What a policy lets happen, as facts that can be compared: the measure of wider and narrower.

A fact has a level, and more is wider: more reads, longer keeping, fewer people behind a number, a
basis that asks less of people. Each names what in the policy it depends on, so that a change can
be told to widen or narrow by what it does and not by how it looks.
"""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.facets import Path
from privseg.policy.fact import BELOW, Fact, Key, Reach, names, of_category, standing
from privseg.policy.grounds import granted
from privseg.policy.reach_k import exact_releases, exact_scopes
from privseg.policy.reach_learning import model_scopes, models
from privseg.policy.reach_recipients import handed_over
from privseg.policy.reach_reidentification import reidentification_scopes, reidentifications
from privseg.policy.reach_segments import fitted, segment_changes
from privseg.policy.reach_terms import campaigns, kept, laws, releases, terms, whole
from privseg.policy.rules import Policy, PurposeKind, PurposeRule, Segmenter
from privseg.terms import Jurisdiction, LawfulBasis, StaffRole

ASKS_LESS = {LawfulBasis.CONSENT: 1, LawfulBasis.OPT_OUT: 2}
"""How little a basis asks of people: consent asks for a yes, an opt-out for silence."""

ASKS_NOTHING = 3  # every other basis


def reach(policy: Policy) -> Reach:
    """Return what ``policy`` lets happen."""
    facts: dict[Key, Fact] = {}
    for name, segmenter in policy.segmenters.items():
        facts |= _reads(policy, segmenter)
        facts |= releases(name, segmenter)
    for rule in policy.purposes.values():
        facts |= _rests(policy, rule) | terms(policy, rule)
    facts |= laws(policy) | kept(policy.catalogue) | whole(policy)
    facts |= fitted(policy.catalogue) | segment_changes(policy) | campaigns(policy.catalogue)
    facts |= exact_releases(policy) | models(policy) | reidentifications(policy)
    facts |= handed_over(policy)
    return Reach(facts, frozenset(_scopes(policy)))


def _reads(policy: Policy, segmenter: Segmenter) -> Iterator[tuple[Key, Fact]]:
    """Yield who may read what through a segmenter, and for what."""
    own, purpose = ("segmenters", segmenter.name), segmenter.purpose
    above = {own, (*own, "purpose"), ("purposes", purpose)}
    rule = policy.purposes.get(purpose)
    if rule is None or LawfulBasis.CONSENT not in rule.basis.values():
        above |= {("purposes", purpose, "basis", BELOW)}  # else it stands, whatever else changes
    for name in names(policy.catalogue):
        reads = policy.catalogue.closure_of([name])
        touched = {policy.catalogue.category_of(a) for a in reads}
        needs = above | {(*own, "reads", a) for a in reads} | standing(policy.catalogue, reads)
        needs |= {("purposes", purpose, "categories", str(c)) for c in touched}
        for role in StaffRole:
            asked = granted(policy, segmenter=segmenter.name, actor=role, reads=reads)
            text = f'{role} may read {name} through "{segmenter.name}", for "{purpose}"'
            key = ("read", segmenter.name, role, name, purpose)
            ran = frozenset(needs | {(*own, "run_by", role)})
            yield key, Fact(int(all(g.holds for g in asked)), text, ran)


def _rests(policy: Policy, rule: PurposeRule) -> dict[Key, Fact]:
    """Return on what the use of each category rests, in each jurisdiction."""
    own, special = ("purposes", rule.purpose), policy.catalogue.special_categories()
    found: dict[Key, Fact] = {}
    for category in rule.categories:
        for where, basis in rule.basis.items():
            level = _rank(policy, rule, basis, where, is_special=category in special)
            needs = {own, (*own, "categories", category), (*own, "basis", where), (*own, "kind")}
            needs |= {("laws", where), ("laws", where, "bases", basis)}
            needs |= of_category(policy.catalogue, category, ("category", "special"))
            text = f'"{category}" may be used for "{rule.purpose}" in {where}: {basis}'
            found["rests", rule.purpose, category, where] = Fact(level, text, frozenset(needs))
    return found


def _rank(
    policy: Policy, rule: PurposeRule, basis: LawfulBasis, where: Jurisdiction, *, is_special: bool
) -> int:
    """Return how little a basis asks there; 0 where the law does not know it."""
    law = policy.laws.get(where)
    if law is None or basis not in law.bases:
        return 0
    rank = ASKS_LESS.get(basis, ASKS_NOTHING)
    claims = rule.kind is PurposeKind.LEGAL_CLAIMS
    return 0 if is_special and rank == ASKS_NOTHING and not claims else rank


def _scopes(policy: Policy) -> Iterator[Path]:
    """Yield what the policy has that facts can be about."""
    yield ()
    yield from (("purposes", p) for p in policy.purposes)
    for name, segmenter in policy.segmenters.items():
        yield "segmenters", name
        if segmenter.releases is not None:
            yield "segmenters", name, "releases"
    yield from exact_scopes(policy)
    yield from model_scopes(policy)
    yield from reidentification_scopes(policy)
    yield from (("laws", where) for where in policy.laws)
    yield from (("attribute", name) for name in names(policy.catalogue))
    yield from (("category", category) for category in policy.catalogue.categories())
