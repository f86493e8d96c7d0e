# SPDX-License-Identifier: Apache-2.0
"""What a right concerns: the purposes and the categories that an act of it binds, by the policy.

Pure. A right that a law gives against a kind of purpose (direct marketing, sale, profiling) is
recorded on the highest word of the tree under which the policy has nothing else: what is added
below it later is bound, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from privseg.consent import PurposeTerms, Rules
from privseg.dsr import Asked, RequestKind
from privseg.errors import InputError
from privseg.terms import Category, Jurisdiction, LawfulBasis, Purpose, covers

Concerns = Callable[[PurposeTerms, Jurisdiction | None], bool]

OBJECTIONABLE = frozenset({LawfulBasis.LEGITIMATE_INTEREST, LawfulBasis.PUBLIC_TASK})
"""Bases against which people may object on grounds of their own situation (GDPR Art. 21(1))."""

NOT_LIMITED = frozenset(
    {LawfulBasis.CONTRACT, LawfulBasis.LEGAL_OBLIGATION, LawfulBasis.VITAL_INTERESTS}
)
"""Uses of sensitive data that a limit leaves alone (11 CCR § 7027(m): what the person asked for,
safety, what a law orders)."""


class NothingConcernedError(InputError):
    """The policy has no purpose that a request of this kind is about; nothing was recorded."""

    def __init__(self, kind: RequestKind, what: str) -> None:
        super().__init__(
            f"this {kind.value.replace('_', ' ')} concerns nothing here: {what}; tell the person "
            "so (privseg dsr refuse), or name what is meant with --purpose"
        )
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Concerned:
    """What one act binds; None is every purpose, no categories every category."""

    purpose: Purpose | None
    categories: frozenset[Category] = frozenset()


def concerned(
    rules: Rules, kind: RequestKind, asked: Asked, where: Jurisdiction | None
) -> tuple[Concerned, ...]:
    """Return what a request binds, one for each act to be recorded.

    Raises:
        NothingConcernedError: there is nothing of the kind in the policy.
    """
    if kind not in _AGAINST:  # restriction, lifting, withdrawal: the whole, or what was named
        return (Concerned(asked.purpose, asked.categories),)
    categories = asked.categories
    if kind is RequestKind.LIMIT:
        categories = asked.categories or sensitive(rules, where)
    roots = _roots(rules, _AGAINST[kind], asked.purpose, where)
    if not roots or (kind is RequestKind.LIMIT and not categories):
        raise NothingConcernedError(kind, _NOTHING[kind])
    return tuple(Concerned(root, categories) for root in roots)


def marketing_on_interest(
    rules: Rules, asked: Asked, where: Jurisdiction | None
) -> tuple[Concerned, ...]:
    """Return the marketing that an objection to an interest is about: there nothing is weighed.

    GDPR Art. 21(2)-(3).
    """

    def both(terms: PurposeTerms, place: Jurisdiction | None) -> bool:
        return _is_marketing(terms, place) and may_rest_on(terms, OBJECTIONABLE, place)

    roots = _roots(rules, both, asked.purpose, where)
    return tuple(Concerned(root, asked.categories) for root in roots)


def sensitive(rules: Rules, where: Jurisdiction | None) -> frozenset[Category]:
    """Return the categories that are sensitive by the policy, or by a law that may apply."""
    laws = rules.laws.values() if where is None else [rules.laws[where]] * (where in rules.laws)
    by_law = (law.sensitive | law.explicit for law in laws)
    return frozenset(rules.special_categories.union(rules.sensitive_categories, *by_law))


def may_rest_on(
    terms: PurposeTerms, bases: frozenset[LawfulBasis], where: Jurisdiction | None
) -> bool:
    """Return whether a purpose rests on one of ``bases`` where the person is; unknown: anywhere."""
    if where is None:
        return not bases.isdisjoint(terms.basis.values())
    return terms.basis.get(where) in bases


def _roots(
    rules: Rules, is_meant: Concerns, named: Purpose | None, where: Jurisdiction | None
) -> tuple[Purpose, ...]:
    """Return the fewest purposes that stand for all that are meant, and for no other."""
    among = [p for p in sorted(rules.purposes) if _within(p, named)]
    mine = [p for p in among if is_meant(rules.purposes[p], where)]
    others = frozenset(rules.purposes) - frozenset(mine)
    return tuple(dict.fromkeys(_highest(p, others, named) for p in mine))


def _within(purpose: Purpose, asked: Purpose | None) -> bool:
    """Return whether a purpose is among those that were named; none named, it is."""
    return asked is None or covers(asked, purpose)


def _highest(purpose: Purpose, others: Iterable[Purpose], floor: Purpose | None) -> Purpose:
    """Return the highest purpose above one, itself too, that has none of ``others`` below it.

    It is never above ``floor``, what the person named.
    """
    words = purpose.split(".")
    above = [Purpose(".".join(words[: n + 1])) for n in range(len(words))]
    allowed = [p for p in above if floor is None or covers(floor, p)]
    return next((p for p in allowed if not any(covers(p, other) for other in others)), purpose)


def _is_marketing(terms: PurposeTerms, where: Jurisdiction | None) -> bool:  # noqa: ARG001
    """Direct marketing, wherever somebody is (GDPR Art. 21(2)-(3)); advertising is marketing."""
    return terms.direct_marketing or terms.advertising


def _is_objectionable(terms: PurposeTerms, where: Jurisdiction | None) -> bool:
    """What rests on an interest that can be weighed (GDPR Art. 21(1)); marketing cannot."""
    return may_rest_on(terms, OBJECTIONABLE, where) and not _is_marketing(terms, where)


def _is_sale(terms: PurposeTerms, where: Jurisdiction | None) -> bool:  # noqa: ARG001
    """Sale, sharing and targeted advertising (Cal. Civ. Code § 1798.120)."""
    return terms.advertising


def _is_profiling(terms: PurposeTerms, where: Jurisdiction | None) -> bool:  # noqa: ARG001
    """Profiling for decisions with significant effects (C.R.S. § 6-1-1306(1)(a)(I)(C))."""
    return terms.significant


def _uses_freely(terms: PurposeTerms, where: Jurisdiction | None) -> bool:
    """What is neither storage, claims, contract nor duty (11 CCR § 7027(m))."""
    bases = frozenset(LawfulBasis) - NOT_LIMITED
    return not terms.is_immune and may_rest_on(terms, bases, where)


_AGAINST: dict[RequestKind, Concerns] = {
    RequestKind.OBJECT_MARKETING: _is_marketing,
    RequestKind.OBJECTION: _is_objectionable,
    RequestKind.OPT_OUT_SALE: _is_sale,
    RequestKind.OPT_OUT_PROFILING: _is_profiling,
    RequestKind.LIMIT: _uses_freely,
}
_NOTHING = {
    RequestKind.OBJECT_MARKETING: "no purpose is marketing",
    RequestKind.OBJECTION: "nothing rests on a legitimate interest or a public task",
    RequestKind.OPT_OUT_SALE: "no purpose is advertising, and nothing is sold or shared",
    RequestKind.OPT_OUT_PROFILING: "no purpose takes significant decisions",
    RequestKind.LIMIT: "nothing sensitive is used freely",
}
