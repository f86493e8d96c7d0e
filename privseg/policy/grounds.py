# SPDX-License-Identifier: Apache-2.0
"""The grounds on which a segmenter may read: each holds or fails, and says where it stands.

``authorize`` asks whether all hold and ``explain`` shows them, so that the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from privseg.policy.catalogue import ColumnRole, Derived, Known, SourceKind, unlinked
from privseg.policy.findings import Severity, suggestion
from privseg.policy.law_findings import (
    REMEDIES,
    Fault,
    explicit_where,
    purpose_faults,
    unknown_nature,
)
from privseg.policy.rules import Policy, PurposeRule, Segmenter
from privseg.terms import Attribute, Category, LawfulBasis, Place, StaffRole


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
    policy: Policy,
    *,
    segmenter: str,
    actor: StaffRole,
    reads: frozenset[Attribute],
    reveals: frozenset[Category] = frozenset(),
) -> Iterator[Ground]:
    """Yield every ground for ``actor`` to read ``reads`` through ``segmenter``.

    ``reveals`` is what being found tells of people beside what was read (law 12).

    Laws: all of them hold, or the answer is no; nothing that is missing counts as holding. What
    ``check`` calls a mistake of the purpose under a law is refused here, in the same words.
    """
    yield from granted(policy, segmenter=segmenter, actor=actor, reads=reads, reveals=reveals)
    found = policy.segmenters.get(segmenter)
    purpose = policy.purposes.get(found.purpose) if found is not None else None
    if purpose is not None and purpose.basis:
        yield from _lawful(policy, purpose)
    yield from _known_natures(policy, reads)


def granted(
    policy: Policy,
    *,
    segmenter: str,
    actor: StaffRole,
    reads: frozenset[Attribute],
    reveals: frozenset[Category] = frozenset(),
) -> Iterator[Ground]:
    """Yield the grounds that the policy's own words give, whether or not a law agrees with them.

    What two policies are compared by: that a law stands against both hides no change.
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
        if attribute not in policy.catalogue.derived:
            yield from _with_its_event(attribute, reads, found)
    for category in sorted(reveals):
        yield from _revealing(policy, found, category)


def reading(policy: Policy, segmenter: Segmenter, attribute: Attribute) -> Iterator[Ground]:
    """Yield every ground for ``segmenter`` to read one attribute; of a derived one, all it takes.

    Law 14: what is made of others is read only by who may read each of them, for a purpose that
    may touch them all and what comes out. What is known of an account is read of a person only by
    who may read to which one they belong.
    """
    own, of_account = policy.catalogue.derived.get(attribute), _of_account(policy, attribute)
    if own is None and of_account is None:
        yield from _one(policy, segmenter, attribute)
        return
    how = "is made of" if own is not None else "is found by"
    for part in sorted(policy.catalogue.closure_of([attribute])):
        for ground in _one(policy, segmenter, part) if part != of_account else _unlinked(part):
            text = ground.text if part == attribute else f"{attribute} {how} {part}: {ground.text}"
            yield replace(ground, text=text)


def _of_account(policy: Policy, attribute: Attribute) -> Attribute | None:
    """Return what stands for the missing link of an account's attribute; None of any other's."""
    known = policy.catalogue.readables.get(attribute)
    is_account = known is not None and known.source.kind is SourceKind.ACCOUNTS
    return unlinked(known.source.name) if known is not None and is_account else None


def _unlinked(link: Attribute) -> Iterator[Ground]:
    """Yield that nobody is known to belong to any account."""
    yield Ground(False, f"no column says the {link}", remedy="declare one of type: account")


def _one(policy: Policy, segmenter: Segmenter, attribute: Attribute) -> Iterator[Ground]:
    """Yield the grounds of one attribute by itself."""
    catalogue = policy.catalogue
    known = catalogue.derived.get(attribute) or catalogue.readables.get(attribute)
    if known is None:
        yield _unreadable(policy, attribute)
        return
    purpose = policy.purposes.get(segmenter.purpose)
    where = explicit_where(policy, purpose, known.category) if purpose is not None else ""
    yield _listed(segmenter, attribute, explicit=known.special or bool(where))
    if purpose is not None:
        yield _covered(purpose, known)
        if known.special:
            yield _explicit(purpose, attribute)
        elif where:
            yield _explicit_by_law(purpose, known, where)


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


def _lawful(policy: Policy, rule: PurposeRule) -> Iterator[Ground]:
    """Yield what the laws where a purpose rests do not allow: every mistake that ``check`` tells.

    A law's doubts ask for a look, and refuse nothing.
    """
    for fault, finding in purpose_faults(policy, rule):
        if finding.severity is Severity.ERROR:
            yield Ground(False, finding.message, finding.place, REMEDIES[fault])


def _known_natures(policy: Policy, reads: frozenset[Attribute]) -> Iterator[Ground]:
    """Yield what is read and has a nature that no law pack can know, so that none protects it."""
    catalogue = policy.catalogue
    for attribute in sorted(catalogue.closure_of(reads)):
        known = catalogue.derived.get(attribute) or catalogue.readables.get(attribute)
        if known is None or known.nature is None:
            continue
        if (fault := unknown_nature(known.nature)) is not None:
            text = f"{attribute} has an {fault}"
            yield Ground(False, text, place_of(known), REMEDIES[Fault.UNKNOWN_NATURE])


def _unreadable(policy: Policy, attribute: Attribute) -> Ground:
    """Return why an attribute is none that anybody could read."""
    word = attribute.rpartition(".")[2]
    for source in policy.catalogue.sources.values():
        for column in source.columns:
            if column.attribute == word and column.role is ColumnRole.DIRECT_IDENTIFIER:
                text = f"{attribute} is a direct identifier, which no segmenter reads"
                return Ground(False, text, column.place)
    near = suggestion(attribute, [*policy.catalogue.readables, *policy.catalogue.derived])
    return Ground(False, f"{attribute[:60]} is not in the catalogue{near}")


def _listed(segmenter: Segmenter, attribute: Attribute, *, explicit: bool) -> Ground:
    """Return whether the segmenter's reads name the attribute."""
    name = f'segmenter "{segmenter.name}"'
    if (place := segmenter.reads.get(attribute)) is not None:
        return Ground(True, f"{name} may read {attribute}", place)
    asked = ", with explicit consent (GDPR 9)" if explicit else ""
    remedy = f"add {attribute} to its reads{asked}; or drop the condition"
    return Ground(False, f"{name} may not read {attribute}", segmenter.place, remedy)


def _covered(purpose: PurposeRule, known: Known) -> Ground:
    """Return whether the purpose may touch data of this category."""
    return _touched(purpose, f'{known.attribute} is data about "{known.category}"', known.category)


def _touched(purpose: PurposeRule, what: str, category: Category) -> Ground:
    """Return whether the purpose may touch a category; ``what`` says why it is touched."""
    if category in purpose.categories:
        text = f'{what}, which purpose "{purpose.purpose}" may touch'
        return Ground(True, text, purpose.place)
    text = f'{what}, which purpose "{purpose.purpose}" may not touch'
    remedy = f"add {category} to its categories, and ask people anew"
    return Ground(False, text, purpose.place, remedy)


def _revealing(policy: Policy, segmenter: Segmenter, category: Category) -> Iterator[Ground]:
    """Yield whether being found in a segment may tell something of this category (law 12)."""
    what = f'being in the segment reveals something about "{category}"'
    if category not in policy.catalogue.categories():
        text = f"{what}, which is no category of the catalogue"
        yield Ground(False, text, segmenter.place, "correct what the segment reveals")
        return
    purpose = policy.purposes.get(segmenter.purpose)
    if purpose is not None:
        yield _touched(purpose, what, category)
        if category in policy.catalogue.special_categories():
            yield _explicit(purpose, what)


def _explicit(purpose: PurposeRule, what: str) -> Ground:
    """Return whether a special category can rest on consent (GDPR Art. 9(2)(a)).

    Where the purpose rests on anything else, ``consent.decide`` denies; where it rests on consent
    nowhere, nobody could be eligible.
    """
    text = f"{what} is a special category: only explicit consent counts (GDPR 9)"
    holds = LawfulBasis.CONSENT in purpose.basis.values()
    remedy = "" if holds else "rest the purpose on consent, and ask people for it explicitly"
    return Ground(holds, text, purpose.place, remedy)


def _explicit_by_law(purpose: PurposeRule, known: Known, where: str) -> Ground:
    """Return that only explicit consent counts where laws protect what the category holds.

    It holds: whether the purpose rests on consent there is a ground of its own (``_lawful``), and
    ``consent.decide`` asks each person for an explicit yes.
    """
    text = f'{known.attribute} is data about "{known.category}": only explicit consent counts in '
    return Ground(True, text + where, purpose.place)


def place_of(known: Known) -> Place:
    """Return where something that has a category is declared."""
    if isinstance(known, Derived):
        return known.place
    return known.source.place if known.column is None else known.column.place


def explicit_of(
    policy: Policy, segmenter: Segmenter | None, categories: Iterable[Category]
) -> tuple[Category, ...]:
    """Return the categories that people must allow explicitly (GDPR 9): somewhere, or everywhere.

    Those that hold something special, or of a nature for which a law asks it where the
    segmenter's purpose rests.
    """
    purpose = policy.purposes.get(segmenter.purpose) if segmenter is not None else None
    special = policy.catalogue.special_categories()
    return tuple(
        c
        for c in sorted(categories)
        if c in special or (purpose is not None and explicit_where(policy, purpose, c))
    )


def _with_its_event(
    attribute: Attribute, reads: frozenset[Attribute], segmenter: Segmenter
) -> Iterator[Ground]:
    """Yield a failure for an event's property that is read as if the event were not."""
    event, dot, _ = attribute.partition(".")
    if dot and Attribute(event) not in reads:
        text = f"{attribute} tells that {event} happened, which is not among what is read"
        yield Ground(False, text, segmenter.place, f"read {event} too")
