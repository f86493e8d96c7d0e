# SPDX-License-Identifier: Apache-2.0
"""Where a policy and the law packs in force disagree: read by people before it is approved.

A mistake says that the law, as its pack tells it, does not allow what the policy says; a doubt
asks for a look. Nothing here widens or narrows what ``decide`` answers; ``grounds`` refuses every
read for a purpose that has a mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from privseg.policy.catalogue import Column, Derived, Source
from privseg.policy.findings import Finding, doubt, mistake, suggestion
from privseg.policy.law import Content, Law, Trigger
from privseg.policy.natures import Nature, natures_of
from privseg.policy.rules import Notice, Policy, PurposeKind, PurposeRule
from privseg.terms import Category, Jurisdiction, LawfulBasis, Place


class Fault(StrEnum):
    """What kind of disagreement it is; the cases of law packs name them."""

    NO_LAW_PACK = "no_law_pack"
    BASIS_NOT_LAWFUL = "basis_not_lawful"
    NOT_BY_CONSENT = "not_by_consent"
    SIGNIFICANT_BASIS = "significant_basis"
    NO_HUMAN_REVIEW = "no_human_review"
    NOTICE_LACKS = "notice_lacks"
    NOTICE_SAYS_NOTHING = "notice_says_nothing"
    NO_DPIA = "no_dpia"
    UNKNOWN_NATURE = "unknown_nature"


REMEDIES: Mapping[Fault, str] = MappingProxyType(
    {
        Fault.NO_LAW_PACK: "leave that place out of its basis, or write a law pack for it",
        Fault.BASIS_NOT_LAWFUL: "rest it on another basis there",
        Fault.NOT_BY_CONSENT: "give the category a purpose of its own that rests on consent, and "
        "ask people with explicit consent (GDPR 9)",
        Fault.SIGNIFICANT_BASIS: "rest it on one of those",
        Fault.NO_HUMAN_REVIEW: "say human_review: how somebody asks a human",
        Fault.NOTICE_LACKS: "say it in the notice, list it under says, and raise the version",
        Fault.UNKNOWN_NATURE: "correct the nature",
    }
)
"""What mends each mistake."""

Found = tuple[Fault, Finding]
Group = tuple[Law, LawfulBasis, str]
"""A law, the basis that a purpose rests on under it, and the jurisdictions in words."""


def law_findings(policy: Policy) -> tuple[Finding, ...]:
    """Return every disagreement, by place."""
    found = {finding for _, finding in law_faults(policy)}
    return tuple(sorted(found, key=lambda f: (f.place, f.message)))


def law_faults(policy: Policy) -> Iterator[Found]:
    """Yield every disagreement with its kind."""
    yield from _unknown_natures(policy)
    for rule in policy.purposes.values():
        yield from purpose_faults(policy, rule)


def purpose_faults(policy: Policy, rule: PurposeRule) -> Iterator[Found]:
    """Yield every disagreement about one purpose and its notice with its kind."""
    natures = natures_of(policy.catalogue)
    yield from _without_pack(policy, rule)
    for group in _groups(policy, rule):
        yield from _of_purpose(rule, group, natures)
        yield from _of_notice(policy, rule, group, natures)


def explicit_where(policy: Policy, rule: PurposeRule, category: Category) -> str:
    """Return where a law asks for explicit consent to a category that the purpose touches.

    In words, with the article; nothing where no law under which the purpose rests does.
    """
    held = natures_of(policy.catalogue).get(category, frozenset())
    asking: defaultdict[str, list[Jurisdiction]] = defaultdict(list)
    for jurisdiction in rule.basis:
        law = policy.laws.get(jurisdiction)
        if law is not None and held & law.explicit:
            asking[law.article("explicit")].append(jurisdiction)
    return "; ".join(f"{_listed(places)} ({article})" for article, places in sorted(asking.items()))


def _unknown_natures(policy: Policy) -> Iterator[Found]:
    """Yield natures that no law pack can know."""
    sources = policy.catalogue.sources.values()
    columns = (c for s in sources for c in s.columns)
    parts: list[Source | Column | Derived] = [*sources, *columns]
    for part in (*parts, *policy.catalogue.derived.values()):
        if part.nature is not None and (message := unknown_nature(part.nature)) is not None:
            yield Fault.UNKNOWN_NATURE, mistake(message, part.place)


def unknown_nature(nature: str) -> str | None:
    """Return what is wrong with a nature that no law pack can know; None of one that it can."""
    if nature in set(Nature):
        return None
    return f"unknown nature {nature[:60]!r}{suggestion(nature, map(str, Nature))}"


def _without_pack(policy: Policy, rule: PurposeRule) -> Iterator[Found]:
    """Yield jurisdictions that no pack covers: there the answer is no."""
    if lacking := _listed(j for j in rule.basis if j not in policy.laws):
        message = f'"{rule.purpose}" is never allowed in {lacking}: no law pack covers it'
        yield Fault.NO_LAW_PACK, mistake(message, rule.place)


def _groups(policy: Policy, rule: PurposeRule) -> Iterator[Group]:
    """Yield the laws and bases of a purpose; jurisdictions of one pack and basis are told once."""
    grouped: defaultdict[tuple[str, LawfulBasis], list[Jurisdiction]] = defaultdict(list)
    for jurisdiction, basis in rule.basis.items():
        if jurisdiction in policy.laws:
            grouped[policy.laws[jurisdiction].pack, basis].append(jurisdiction)
    for (_, basis), places in sorted(grouped.items()):
        yield policy.laws[min(places)], basis, _listed(places)


def _of_purpose(
    rule: PurposeRule, group: Group, natures: Mapping[Category, frozenset[str]]
) -> Iterator[Found]:
    """Yield what a purpose lacks under one law: a lawful basis, consent, review, assessment."""
    law, basis, where = group
    if basis not in law.bases:
        message = f'"{rule.purpose}" cannot rest on {basis} in {where} ({law.article("bases")})'
        yield Fault.BASIS_NOT_LAWFUL, mistake(message, rule.place)
    if basis is not LawfulBasis.CONSENT and rule.kind is not PurposeKind.LEGAL_CLAIMS:
        for category in _holding(rule, law.explicit, natures):
            message = (
                f'"{category}" needs explicit consent in {where} ({law.article("explicit")}), '
                f'but "{rule.purpose}" rests on {basis} there'
            )
            yield Fault.NOT_BY_CONSENT, mistake(message, rule.place)
    if rule.significant:
        yield from _of_significant(rule, group)
    if rule.dpia is None and any(_is_so(t, rule, law, natures) for t in law.dpia):
        message = f'"{rule.purpose}" needs an impact assessment in {where} ({law.article("dpia")})'
        yield Fault.NO_DPIA, doubt(f"{message}: say dpia: REFERENCE", rule.place)


def _of_significant(rule: PurposeRule, group: Group) -> Iterator[Found]:
    """Yield what a decision with legal or similar effects lacks (GDPR Art. 22 and its like)."""
    law, basis, where = group
    if basis not in law.significant_bases:
        allowed = _listed(law.significant_bases) or "nothing"
        message = (
            f'"{rule.purpose}" is significant and may rest in {where} on {allowed} only '
            f"({law.article('significant')}), not on {basis}"
        )
        yield Fault.SIGNIFICANT_BASIS, mistake(message, rule.place)
    if law.human_review and rule.human_review is None:
        message = (
            f'"{rule.purpose}" is significant: say human_review: how somebody asks a human '
            f"in {where} ({law.article('human_review')})"
        )
        yield Fault.NO_HUMAN_REVIEW, mistake(message, rule.place)


def _of_notice(
    policy: Policy, rule: PurposeRule, group: Group, natures: Mapping[Category, frozenset[str]]
) -> Iterator[Found]:
    """Yield contents that the law asks of the purpose's notice and that it is not said to have."""
    notice = policy.notices.get(rule.notice) if rule.notice else None
    law, basis, where = group
    if notice is None or not law.notice_says:
        return
    place = notice.place or rule.place
    if not notice.says:
        yield Fault.NOTICE_SAYS_NOTHING, _unsaid(notice, place)
        return
    asked = {c for c in law.notice_says if _applies(c, rule, basis, law, natures)}
    if lacking := _listed(asked - notice.says):
        message = (
            f'notice "{notice.notice_id}" does not say {lacking}, which {where} '
            f'asks for "{rule.purpose}" ({law.article("notice")})'
        )
        yield Fault.NOTICE_LACKS, mistake(message, place)


def _unsaid(notice: Notice, place: Place) -> Finding:
    """Return the doubt about a notice of which nothing is known."""
    words = ", ".join(Content)
    message = f'notice "{notice.notice_id}" does not state its contents: says: [{words}]'
    return doubt(f"{message}, as far as it has them", place)


def _applies(
    content: str,
    rule: PurposeRule,
    basis: LawfulBasis,
    law: Law,
    natures: Mapping[Category, frozenset[str]],
) -> bool:
    """Return whether a notice for this purpose needs ``content``; most are needed always."""
    match content:
        case Content.WITHDRAWAL:
            return basis is LawfulBasis.CONSENT
        case Content.LEGITIMATE_INTERESTS:
            return basis is LawfulBasis.LEGITIMATE_INTEREST
        case Content.AUTOMATED_DECISIONS:
            return rule.significant
        case Content.RIGHT_TO_LIMIT:
            return bool(_holding(rule, law.sensitive, natures))
        case _:
            return True


def _is_so(
    trigger: str, rule: PurposeRule, law: Law, natures: Mapping[Category, frozenset[str]]
) -> bool:
    """Return whether what asks for an impact assessment is true of a purpose."""
    match trigger:
        case Trigger.SIGNIFICANT:
            return rule.significant
        case Trigger.PROTECTED:
            return bool(_holding(rule, law.explicit | law.sensitive, natures))
        case Trigger.ADVERTISING:
            return rule.kind is PurposeKind.ADVERTISING
        case _:
            return True


def _holding(
    rule: PurposeRule, asked: frozenset[str], natures: Mapping[Category, frozenset[str]]
) -> list[Category]:
    """Return the purpose's categories that hold data of a nature among ``asked``."""
    return sorted(c for c in rule.categories if natures.get(c, frozenset()) & asked)


def _listed(words: Iterable[str]) -> str:
    """Return words in a fixed order."""
    return ", ".join(sorted(words))
