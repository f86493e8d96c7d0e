# SPDX-License-Identifier: Apache-2.0
"""What the law of a place asks of requests: clocks, grounds, proof of identity. Data, never code.

Law packs supply it (``policies/laws``, section ``requests``), each rule with its article. None of
it is legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from privseg.dsr.identity import IdentityNeed
from privseg.dsr.kinds import RequestKind
from privseg.policy.law import Provision

NO_PROOF = frozenset(
    {
        RequestKind.OBJECT_MARKETING,
        RequestKind.OBJECTION,
        RequestKind.WITHDRAW_CONSENT,
        RequestKind.OPT_OUT_SALE,
        RequestKind.OPT_OUT_PROFILING,
        RequestKind.LIMIT,
    }
)
"""What nobody has to prove anything for, under any law (11 CCR §§ 7026(d), 7027(e))."""


class Unit(StrEnum):
    """What a law counts in; each is counted differently."""

    MONTHS = "months"  # calendar months (Regulation 1182/71 Art. 3(2)(c))
    DAYS = "days"  # calendar days
    BUSINESS_DAYS = "business days"  # neither weekend nor holiday


@dataclass(frozen=True, slots=True)
class Span:
    """A time as a law writes it: ``1 month``, ``45 days``, ``15 business days``."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        """Return it in words, as law packs write it.

        >>> str(Span(1, Unit.MONTHS)), str(Span(15, Unit.BUSINESS_DAYS))
        ('1 month', '15 business days')
        """
        return f"{self.count} {self.unit.removesuffix('s') if self.count == 1 else self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """How long one kind of request may take under one law; every time counts from receipt.

    ``extended`` is the whole time once the person was told of an extension, which must happen
    inside the first one; None: it cannot be extended. ``rolls`` says that the law itself moves a
    last day that is closed to the next working day. ``pauses`` says that the clock stands still
    while there is real doubt who asks. ``also`` are the rules of other laws that may apply as
    well: the earliest date of any counts, and only what all of them allow is allowed.
    """

    law: str  # for people: "gdpr@2026-11, Art. 12(3)"
    answer: Span
    confirm: Span | None = None
    extended: Span | None = None
    rolls: bool = False
    pauses: bool = False
    also: tuple[ClockRule, ...] = ()

    @property
    def rules(self) -> Sequence[ClockRule]:
        """Return every rule that holds: this one and the others."""
        return (self, *self.also)

    @property
    def may_extend(self) -> bool:
        """Return whether an extension is possible at all."""
        return all(rule.extended is not None for rule in self.rules)

    @property
    def may_pause(self) -> bool:
        """Return whether the clock may stand still while identity is in doubt."""
        return all(rule.pauses for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a request may be refused, wholly or partly.

    ``code`` is a term of W3C DPV (``justifications`` and ``legal/eu/gdpr``), or ``ccpa:...`` and
    the like where it has none.
    """

    code: str
    title: str
    article: str
    kinds: frozenset[RequestKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLaw:
    """What the law of a place, or the strictest of several, asks of requests.

    ``complaints`` tell the person where to complain, a sentence per law. ``never_disclosed`` are
    natures of data of which an answer says only that they are held (11 CCR § 7024(d)).
    ``keep_records`` is how long the record of a request is kept, counted from its answer.
    ``metrics`` says that yearly numbers of requests are published (11 CCR § 7102).
    """

    pack: str  # "gdpr@2026-11"
    clocks: Mapping[RequestKind, ClockRule] = field(repr=False)
    needs: Mapping[RequestKind, IdentityNeed] = field(repr=False)
    all_grounds: tuple[Ground, ...] = field(default=(), repr=False)
    complaints: tuple[str, ...]
    appeals: ClockRule | None = None
    never_disclosed: frozenset[str] = frozenset()
    keep_records: Span
    metrics: bool = False
    provisions: tuple[Provision, ...] = field(default=(), repr=False)

    @property
    def complaint(self) -> str:
        """Return in words where the person can complain."""
        return " ".join(self.complaints)

    def clock(self, kind: RequestKind) -> ClockRule:
        """Return how long a request of this kind may take."""
        return self.clocks[kind]

    def grounds(self, kind: RequestKind) -> tuple[Ground, ...]:
        """Return on which grounds a request of this kind may be refused."""
        return tuple(ground for ground in self.all_grounds if kind in ground.kinds)

    def identity(self, kind: RequestKind) -> IdentityNeed:
        """Return how sure we must be of who asks."""
        return self.needs[kind]
