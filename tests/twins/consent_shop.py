# SPDX-License-Identifier: Apache-2.0
"""One shop, its rules and the people it asks: every example changes only what it is about.

All people are invented numbers. ``consent_worlds`` makes random ones of the same words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from privseg.consent.event import Act, Event, Method
from privseg.consent.question import AtPosition, PopulationQuestion, Question
from privseg.consent.rules import LawTerms, PurposeTerms, Rules
from privseg.terms import Category, Controller, Jurisdiction, LawfulBasis, Ordinal, Purpose

SHOP, OTHER = Controller("shop"), Controller("other")
MARKETING, EMAIL, ADS = Purpose("marketing"), Purpose("marketing.email"), Purpose("marketing.ads")
LOOKALIKE = Purpose("marketing_x")  # not below marketing: names match on dot boundaries
CLAIMS, UNDECLARED = Purpose("claims"), Purpose("undeclared")
PURCHASES, RELIGION, LOCATION = Category("purchases"), Category("religion"), Category("location")
DE, CA, GB, XX = (Jurisdiction(j) for j in ("DE", "US-CA", "GB", "XX"))
ADA, GRACE = Ordinal(1), Ordinal(2)
PHONE, TABLET = Ordinal(3), Ordinal(4)  # pseudonymous profiles, of whomever they are linked to

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BIRTHS = (  # around the question of day 5: an adult, then those who turn 13, 16 and 18 about now
    "1980-05-05",
    *("2013-01-04", "2010-01-04", "2010-01-05", "2010-01-06", "2009-12-31"),
    *("2008-01-05", "2008-02-29", "2012-02-29"),
)
NOTICES = ("banner@2", "banner@1", "banner@0", "mail@1")
TEXT, TRANSLATED, CHANGED = "a" * 64, "b" * 64, "c" * 64  # hashes of what a notice says
BANNER = frozenset({MARKETING, EMAIL})

GRANTING = (Act.GRANT, Act.GRANT, Act.GRANT, Act.OPT_IN)
RESTRICTING = (
    Act.WITHDRAW,
    Act.REFUSE,
    Act.OBJECT,
    Act.RESTRICT,
    Act.OPT_OUT,
    Act.SIGNAL,
    Act.LIMIT,
)


def day(n: int) -> datetime:
    """Return midnight of day ``n``."""
    return START + n * DAY


def attest(place: str = DE, *, n: int = 0, **more: object) -> Event:
    """Return an attested jurisdiction on day ``n``."""
    return event(Act.ATTEST_JURISDICTION, n=n, value=place, **({"purpose": None} | more))


def merge(one: Ordinal = ADA, other: Ordinal = PHONE, *, n: int = 0, **more: object) -> Event:
    """Return the word, on day ``n``, that two profiles are one person."""
    return event(Act.MERGE, **({"n": n, "subject": one, "target": other, "purpose": None} | more))


def unmerge(one: Ordinal = ADA, other: Ordinal = PHONE, *, n: int = 0, **more: object) -> Event:
    """Return the word, on day ``n``, that they are not."""
    return event(Act.UNMERGE, **({"n": n, "subject": one, "target": other, "purpose": None} | more))


def resolve(aside: Event, word: str, *, n: int = 0, **more: object) -> Event:
    """Return what an officer made, on day ``n``, of an event that was set aside."""
    facts: dict[str, object] = {"subject": aside.subject, "controller": aside.controller}
    facts |= {"purpose": None, "target": aside.position, "value": word}
    return event(Act.RESOLVE, n=n, **(facts | more))  # type: ignore[arg-type]


def born(date: str, *, n: int = 0, **more: object) -> Event:
    """Return an attested date of birth on day ``n``."""
    return event(Act.ATTEST_AGE, n=n, value=date, **({"purpose": None} | more))


def event(act: Act, *, n: int = 0, recorded: int | None = None, **more: object) -> Event:
    """Return a full, valid event of day ``n``; every example changes only what it is about."""
    position = more.pop("position", None) or next(_positions)
    key = int(position).to_bytes(8, "big")
    grants = act in {Act.GRANT, Act.OPT_IN}
    facts: dict[str, object] = {
        "position": position,
        "event_key": key,
        "content_key": key,
        "subject": ADA,
        "controller": SHOP,
        "act": act,
        "event_time": day(n),
        "record_time": day(n if recorded is None else recorded),
        "purpose": EMAIL,
        "categories": frozenset({PURCHASES}) if grants else frozenset(),
        "notice": "banner@2" if grants else None,
        "notice_purposes": BANNER if grants else frozenset(),
        "method": Method.FORM,
    }
    return Event(**(facts | more))  # type: ignore[arg-type]


_positions = count(1)


def rules(**more: object) -> Rules:
    """Return the shop's rules; every example changes only what it is about."""
    everything = frozenset({PURCHASES, RELIGION, LOCATION})
    basis = {DE: LawfulBasis.CONSENT, CA: LawfulBasis.OPT_OUT, GB: LawfulBasis.LEGITIMATE_INTEREST}

    def terms(purpose: Purpose, **rest: object) -> PurposeTerms:
        facts: dict[str, object] = {"basis": basis, "categories": everything, "notice": "banner@2"}
        facts |= {"older_notices": frozenset({"banner@1"}), **rest}
        return PurposeTerms(purpose, **facts)  # type: ignore[arg-type]

    facts: dict[str, object] = {
        "controller": SHOP,
        "purposes": {
            MARKETING: terms(MARKETING, direct_marketing=True),
            EMAIL: terms(EMAIL, direct_marketing=True),
            ADS: terms(ADS, advertising=True),
            LOOKALIKE: terms(LOOKALIKE),
            CLAIMS: terms(CLAIMS, legal_claims=True),
        },
        "special_categories": frozenset({RELIGION}),
        "sensitive_categories": frozenset({LOCATION}),
        "opt_out_notice_since": START,
        "laws": {j: LawTerms() for j in (DE, CA, GB)},
    }
    return Rules(**(facts | more))  # type: ignore[arg-type]


def with_terms(base: Rules, purpose: Purpose = EMAIL, **changes: object) -> Rules:
    """Return ``base`` with other terms for one purpose."""
    terms = replace(base.purposes[purpose], **changes)  # type: ignore[arg-type]
    return replace(base, purposes={**base.purposes, purpose: terms})


def with_law(base: Rules, place: str = DE, **changes: object) -> Rules:
    """Return ``base`` with another law for one place."""
    law = replace(base.laws[Jurisdiction(place)], **changes)  # type: ignore[arg-type]
    return replace(base, laws={**base.laws, Jurisdiction(place): law})


def question(**more: object) -> Question:
    """Return: may the shop use Ada's purchases for marketing.email on day 5, knowing it all?"""
    facts: dict[str, object] = {
        "subject": ADA,
        "controller": SHOP,
        "purpose": EMAIL,
        "category": PURCHASES,
        "at": day(5),
        "known_at": AtPosition(10**9),
    }
    return Question(**(facts | more))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Triple:
    """What ``decide`` takes."""

    rules: Rules
    history: tuple[Event, ...]
    question: Question


def everybody(asked: Question) -> PopulationQuestion:
    """Return the question without its subject."""
    return PopulationQuestion(
        controller=asked.controller,
        purpose=asked.purpose,
        category=asked.category,
        at=asked.at,
        known_at=asked.known_at,
        collected_from=asked.collected_from,
    )
