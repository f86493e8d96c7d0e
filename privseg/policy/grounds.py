# SPDX-License-Identifier: Apache-2.0
"""The grounds on which a segmenter may read: each holds or fails, and says where it stands.

``authorize`` asks whether all hold and ``explain`` shows them, so that the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privseg.policy.catalogue import ColumnRole, Readable
from privseg.policy.findings import suggestion
from privseg.policy.rules import Policy, PurposeRule, Segmenter
from privseg.terms import Attribute, LawfulBasis, Place, StaffRole


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing that must be so: whether it is, in words, where, and how to make it so."""

    holds: bool
    text: str
    place: Place | None = None
    remedy: str = ""

    def __str__(self) -> str:
        """Return it as one line: what, where, what next.

        >>> print(Ground(False, "it may not", Place("p.yaml", 3, 5), "allow it"))
        it may not (p.yaml:3:5); to allow it: allow it
        """
        where = f" ({self.place})" if self.place else ""
        return f"{self.text}{where}" + (f"; to allow it: {self.remedy}" if self.remedy else "")


def grounds(
    policy: Policy, *, segmenter: str, actor: StaffRole, reads: frozenset[Attribute]
) -> Iterator[Ground]:
    """Yield every ground for ``actor`` to read ``reads`` through ``segmenter``.

    Law: all of them hold, or the answer is no; nothing that is missing counts as holding.
    """
    found = policy.segmenters.get(segmenter)
    if found is None:
        near = suggestion(segmenter, policy.segmenters)
        yield Ground(False, f'no segmenter is called "{segmenter[:60]}"{near}')
        return
    yield _run_by(found, actor)
    yield from _purpose_stands(policy, found)
    if not reads:
        remedy = "name an attribute or event: eligibility depends on what is read"
        yield Ground(False, "it reads nothing", found.place, remedy)
    for attribute in sorted(reads):
        yield from reading(policy, found, attribute)
        yield from _with_its_event(attribute, reads, found)


def reading(policy: Policy, segmenter: Segmenter, attribute: Attribute) -> Iterator[Ground]:
    """Yield every ground for ``segmenter`` to read one attribute."""
    readable = policy.catalogue.readables.get(attribute)
    if readable is None:
        yield _unreadable(policy, attribute)
        return
    yield _listed(segmenter, attribute, readable)
    purpose = policy.purposes.get(segmenter.purpose)
    if purpose is not None:
        yield _covered(purpose, readable)
        if readable.special:
            yield _explicit(purpose, readable)


def _run_by(segmenter: Segmenter, actor: StaffRole) -> Ground:
    """Return whether the role may run the segmenter."""
    name = f'segmenter "{segmenter.name}"'
    if actor in segmenter.run_by:
        return Ground(True, f"{name} may be run by {actor}", segmenter.place)
    roles = ", ".join(sorted(segmenter.run_by)) or "nobody"
    text = f"{name} may not be run by {actor}"
    return Ground(False, text, segmenter.place, f"ask {roles}, or add {actor} to run_by")


def _purpose_stands(policy: Policy, segmenter: Segmenter) -> Iterator[Ground]:
    """Yield whether the segmenter's purpose is declared and rests on a basis anywhere."""
    rule = policy.purposes.get(segmenter.purpose)
    if rule is None:
        near = suggestion(segmenter.purpose, policy.purposes)
        text = f'purpose "{segmenter.purpose}" is not declared{near}'
        yield Ground(False, text, segmenter.place, "declare it among the purposes")
        return
    if not rule.basis:
        text = f'purpose "{rule.purpose}" rests on no lawful basis'
        yield Ground(False, text, rule.place, "name a basis and where it holds")
        return
    where = ", ".join(f"{j}: {b}" for j, b in sorted(rule.basis.items()))
    text = f'its purpose is "{rule.purpose}", resting on {where}; elsewhere on nothing'
    yield Ground(True, text, rule.place)


def _unreadable(policy: Policy, attribute: Attribute) -> Ground:
    """Return why an attribute is none that anybody could read."""
    word = attribute.rpartition(".")[2]
    for source in policy.catalogue.sources.values():
        for column in source.columns:
            if column.attribute == word and column.role is ColumnRole.DIRECT_IDENTIFIER:
                text = f"{attribute} is a direct identifier, which no segmenter reads"
                return Ground(False, text, column.place)
    near = suggestion(attribute, policy.catalogue.readables)
    return Ground(False, f"{attribute[:60]} is not in the catalogue{near}")


def _listed(segmenter: Segmenter, attribute: Attribute, readable: Readable) -> Ground:
    """Return whether the segmenter's reads name the attribute."""
    name = f'segmenter "{segmenter.name}"'
    if (place := segmenter.reads.get(attribute)) is not None:
        return Ground(True, f"{name} may read {attribute}", place)
    explicit = ", with explicit consent (GDPR 9)" if readable.special else ""
    remedy = f"add {attribute} to its reads{explicit}; or drop the condition"
    return Ground(False, f"{name} may not read {attribute}", segmenter.place, remedy)


def _covered(purpose: PurposeRule, readable: Readable) -> Ground:
    """Return whether the purpose may touch data of this category."""
    what = f'{readable.attribute} is data about "{readable.category}"'
    if readable.category in purpose.categories:
        text = f'{what}, which purpose "{purpose.purpose}" may touch'
        return Ground(True, text, purpose.place)
    text = f'{what}, which purpose "{purpose.purpose}" may not touch'
    remedy = f"add {readable.category} to its categories, and ask people anew"
    return Ground(False, text, purpose.place, remedy)


def _explicit(purpose: PurposeRule, readable: Readable) -> Ground:
    """Return whether a special category can rest on consent (GDPR Art. 9(2)(a)).

    Where the purpose rests on anything else, ``consent.decide`` denies; where it rests on consent
    nowhere, nobody could be eligible.
    """
    text = f"{readable.attribute} is a special category: only explicit consent counts (GDPR 9)"
    holds = LawfulBasis.CONSENT in purpose.basis.values()
    remedy = "" if holds else "rest the purpose on consent, and ask people for it explicitly"
    return Ground(holds, text, purpose.place, remedy)


def _with_its_event(
    attribute: Attribute, reads: frozenset[Attribute], segmenter: Segmenter
) -> Iterator[Ground]:
    """Yield a failure for an event's property that is read as if the event were not."""
    event, dot, _ = attribute.partition(".")
    if dot and Attribute(event) not in reads:
        text = f"{attribute} tells that {event} happened, which is not among what is read"
        yield Ground(False, text, segmenter.place, f"read {event} too")
