# SPDX-License-Identifier: Apache-2.0
"""Whether a segment of people may be handed to a recipient, by the policy alone: with reasons.

Consent is asked for afterwards, person by person. A recipient that a purpose does not name gets
nothing; data of a protected nature are told only where the policy says so by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from privseg.policy.natures import natures_of
from privseg.policy.recipients import Handed
from privseg.policy.rules import Policy
from privseg.terms import Attribute, Category, Decision

UNNAMED = "special without a nature"
"""What is special and says no nature: it can be named nowhere, so it is never handed over."""


def handed(policy: Policy, *, segmenter: str, recipient: str) -> Handed | None:
    """Return what a recipient gets of whom a segmenter finds; None where it gets nothing."""
    known, to = policy.segmenters.get(segmenter), policy.recipients.get(recipient)
    rule = None if known is None else policy.purposes.get(known.purpose)
    if known is None or to is None or rule is None or recipient not in rule.recipients:
        return None
    return to.gets.get(known.purpose)


def may_hand_over(
    policy: Policy,
    *,
    segmenter: str,
    recipient: str,
    reads: frozenset[Attribute],
    reveals: frozenset[Category] = frozenset(),
) -> Decision:
    """Return whether whom a segmenter finds by ``reads`` may be handed to a recipient."""
    gets = handed(policy, segmenter=segmenter, recipient=recipient)
    if gets is None:
        return Decision(allowed=False, errors=(_why_nothing(policy, segmenter, recipient),))
    own = policy.segmenters[segmenter]
    errors = [
        f'"{segmenter}" may not read {a}, so it cannot hand it over'
        for a in sorted(gets.attributes - own.reads.keys())
    ]
    told = natures_told(policy, reads | gets.attributes, reveals)
    errors += [
        f'"{recipient}" may not be told of {nature}: its natures for "{own.purpose}" do not name it'
        for nature in sorted(told - gets.natures)
    ]
    if errors:
        return Decision(allowed=False, errors=tuple(errors))
    return Decision(allowed=True, reasons=(f'"{recipient}" is named for "{own.purpose}"',))


def natures_told(
    policy: Policy, reads: Iterable[Attribute], reveals: Iterable[Category] = ()
) -> frozenset[str]:
    """Return the protected natures that somebody learns who is told who a segment found.

    What a segment is made of is told by being in it (inferred data: CJEU C-184/20).
    """
    catalogue = policy.catalogue
    closure, revealed = catalogue.closure_of(reads), frozenset(reveals)
    touched = [k for k in catalogue.known() if k.attribute in closure]
    found = {k.nature for k in touched if k.nature is not None}
    found |= {UNNAMED for k in touched if k.special and k.nature is None}
    by_category = natures_of(catalogue)
    for category in revealed:
        found |= by_category.get(category, frozenset())
    return frozenset(found | set(_unnamed(policy, revealed)))


def _unnamed(policy: Policy, revealed: frozenset[Category]) -> Iterator[str]:
    """Yield the word for categories that hold something special of which no nature is known."""
    known = policy.catalogue.known()
    if any(k.special and k.nature is None and k.category in revealed for k in known):
        yield UNNAMED


def _why_nothing(policy: Policy, segmenter: str, recipient: str) -> str:
    """Return why a recipient gets nothing."""
    known = policy.segmenters.get(segmenter)
    if recipient not in policy.recipients:
        return f'the policy has no recipient "{recipient}"'
    if known is None:
        return f'the policy has no segmenter "{segmenter}"'
    rule = policy.purposes.get(known.purpose)
    if rule is None or recipient not in rule.recipients:
        return f'the recipients of "{known.purpose}" do not name "{recipient}"'
    return f'"{recipient}" gets nobody for "{known.purpose}" (its key gets)'
