# SPDX-License-Identifier: Apache-2.0
"""Whether policy allows a read, and why: default deny, and every ground is told.

Policy chooses the columns; which people may be read is for consent to say, person by person.
"""

from __future__ import annotations

from dataclasses import dataclass

from privseg.policy.grounds import Ground, grounds
from privseg.policy.rules import Policy
from privseg.terms import Attribute, Category, Decision, StaffRole


def authorize(
    policy: Policy,
    *,
    segmenter: str,
    actor: StaffRole,
    reads: frozenset[Attribute],
    reveals: frozenset[Category] = frozenset(),
) -> Decision:
    """Return whether ``actor`` may read ``reads`` through ``segmenter``, with the reasons.

    ``reveals`` is what the segments themselves tell of whom they find (law 12).

    Laws: what is unknown is a no; one no among the reads is a no to all; what ``check`` calls a
    mistake of the purpose under a law is a no; else a policy with less in it never allows more. A
    no gives every ground that fails, a yes every ground that it stands on.
    """
    asked = grounds(policy, segmenter=segmenter, actor=actor, reads=reads, reveals=reveals)
    found = tuple(asked)
    failing = tuple(g for g in found if not g.holds)
    return Decision(allowed=not failing, reasons=tuple(map(str, failing or found)))


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to "why may X read Y": the grounds that hold and those that fail."""

    question: str
    allowed: bool
    grounds: tuple[Ground, ...]

    def __str__(self) -> str:
        """Return a line for the question and one for each ground."""
        answer = "yes" if self.allowed else "no"
        marks = (f"  {'+' if g.holds else '-'} {g}" for g in self.grounds)
        return "\n".join([f"{self.question} {answer}", *marks])


def explain(
    policy: Policy, *, segmenter: str, attribute: Attribute, actor: StaffRole | None = None
) -> Explanation:
    """Return why ``segmenter`` may read ``attribute``, or why not.

    Without an actor it is asked for the role that may run it, if there is one. An event's property
    is asked together with its event, as every read-set has it; a derived attribute with all that
    it is made of.
    """
    found = policy.segmenters.get(segmenter)
    asked = actor or min(found.run_by if found else (), default=StaffRole.MARKETER)
    made = attribute in policy.catalogue.derived  # with all that it is made of
    event = attribute if made else Attribute(attribute.partition(".")[0])
    reads = frozenset({attribute, event})
    told = tuple(grounds(policy, segmenter=segmenter, actor=asked, reads=reads))
    question = f'may segmenter "{segmenter[:60]}", run by {asked}, read {attribute[:60]}?'
    return Explanation(question, all(g.holds for g in told), told)


def readers(policy: Policy, attribute: Attribute) -> tuple[str, ...]:
    """Return the segmenters that may read ``attribute``, by name."""
    return tuple(
        name
        for name in sorted(policy.segmenters)
        if explain(policy, segmenter=name, attribute=attribute).allowed
    )
