# SPDX-License-Identifier: Apache-2.0
"""Random rules, histories and questions, dense in ties, boundaries and late records.

Everything is drawn from one ``random.Random``, so that a seed or hypothesis can drive it:
``st.randoms(use_true_random=False).map(random_triple)``. All people are invented numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from privseg.consent.event import Act, Authority, Event, Method
from privseg.consent.question import AtPosition, AtTime, KnownAt, PopulationQuestion, Question
from privseg.consent.rules import PurposeTerms, Rules
from privseg.terms import Category, Controller, Jurisdiction, LawfulBasis, Ordinal, Purpose

SHOP, OTHER = Controller("shop"), Controller("other")
MARKETING, EMAIL, ADS = Purpose("marketing"), Purpose("marketing.email"), Purpose("marketing.ads")
LOOKALIKE = Purpose("marketing_x")  # not below marketing: names match on dot boundaries
CLAIMS, UNDECLARED = Purpose("claims"), Purpose("undeclared")
PURCHASES, RELIGION, LOCATION = Category("purchases"), Category("religion"), Category("location")
DE, CA, GB, XX = (Jurisdiction(j) for j in ("DE", "US-CA", "GB", "XX"))
ADA, GRACE = Ordinal(1), Ordinal(2)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BIRTHS = ("1980-05-05", "2010-01-04", "2010-01-05", "2012-02-29", "2009-12-31")
NOTICES = ("banner@2", "banner@1", "banner@0", "mail@1")
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
LIFTING = (Act.LIFT, Act.RELEASE_HOLD)
_RELEASING = (Act.HOLD, Act.RELEASE_HOLD, Act.RELEASE_HOLD)
OTHERS = (Act.DEFER, Act.HOLD, Act.ERASE, Act.USE, Act.HAPPENED, Act.ACTIVITY)


def day(n: int) -> datetime:
    """Return midnight of day ``n``."""
    return START + n * DAY


def attest(place: str = DE, *, n: int = 0, **more: object) -> Event:
    """Return an attested jurisdiction on day ``n``."""
    return event(Act.ATTEST_JURISDICTION, n=n, value=place, purpose=None, **more)


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


def _count() -> Iterable[int]:
    n = 0
    while True:
        n += 1
        yield n


_positions = iter(_count())


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
    }
    return Rules(**(facts | more))  # type: ignore[arg-type]


def with_terms(base: Rules, purpose: Purpose = EMAIL, **changes: object) -> Rules:
    """Return ``base`` with other terms for one purpose."""
    terms = replace(base.purposes[purpose], **changes)  # type: ignore[arg-type]
    return replace(base, purposes={**base.purposes, purpose: terms})


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


# --- random ones ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Triple:
    """What ``decide`` takes."""

    rules: Rules
    history: tuple[Event, ...]
    question: Question


def random_triple(rng: Random) -> Triple:
    """Return one random triple of three sorts: anything, anything in a plain frame, a ladder.

    In a plain frame the acts decide; a ladder is one chain of acts that end and lift each other.
    """
    match rng.randrange(9):
        case 0 | 1 | 2:
            return Triple(random_rules(rng), random_history(rng), random_question(rng))
        case 3 | 4 | 5:
            return Triple(_plain_rules(rng), random_history(rng), _plain_question(rng))
        case _:
            return Triple(_ladder_rules(rng), _ladder(rng), question(at=day(rng.choice((5, 6, 7)))))


def _ladder_rules(rng: Random) -> Rules:
    """Return rules of one basis in which a clock may run two days ahead."""
    basis = rng.choice((LawfulBasis.CONSENT, LawfulBasis.CONSENT, *LawfulBasis))
    base = rules(max_skew=2 * DAY)
    if rng.random() < 0.2:
        base = with_terms(base, rng.choice((EMAIL, MARKETING)), older_notices=frozenset())
    marketing = rng.random() < 0.5
    return with_terms(base, basis={DE: basis}, advertising=True, direct_marketing=marketing)


def _ladder(rng: Random) -> tuple[Event, ...]:
    """Return three to seven acts about one purpose, each at or after the one before."""
    acts = [attest(DE, n=-3, position=1)]
    n = 0
    for position in range(2, rng.choice((5, 6, 7, 8, 9))):
        n += rng.choice((0, 1, 1, 1))
        kind = rng.choice((GRANTING,) * 8 + (RESTRICTING,) * 5 + ((Act.LIFT,),) * 3 + (_RELEASING,))
        act = rng.choice(kind)
        told = {"notice": rng.choice(("banner@2",) * 4 + ("banner@1",))} if kind is GRANTING else {}
        acts.append(
            event(
                act,
                n=n,
                recorded=n + rng.choice((0,) * 9 + (1, 2, -1, -2)),
                position=position,
                purpose=rng.choice((EMAIL, EMAIL, MARKETING)),
                explicit=rng.random() < 0.5,
                method=rng.choice((Method.FORM, Method.DOUBLE_OPT_IN)),
                authority=rng.choice((Authority.SUBJECT, *Authority)),
                **told,
            )
        )
    return tuple(acts)


def _plain_rules(rng: Random) -> Rules:
    """Return the shop's rules, with one basis everywhere half of the time."""
    base = rules(signals_bind_all=rng.random() < 0.5)
    if rng.random() < 0.5:
        return base
    basis = rng.choice((LawfulBasis.CONSENT, LawfulBasis.CONSENT, *LawfulBasis))
    return with_terms(base, basis=dict.fromkeys((DE, CA, GB), basis))


def _plain_question(rng: Random) -> Question:
    """Return Ada's question about marketing.email around day 5, knowing everything."""
    moment = day(rng.choice((4, 5, 5, 6, 7)))
    return question(at=moment, category=rng.choice((PURCHASES,) * 4 + (RELIGION, LOCATION)))


def random_rules(rng: Random) -> Rules:
    """Return rules with a basis of every kind somewhere and some knobs turned."""
    bases = list(LawfulBasis)
    usual = (LawfulBasis.CONSENT, LawfulBasis.CONSENT, LawfulBasis.OPT_OUT)

    def terms(purpose: Purpose) -> PurposeTerms:
        return PurposeTerms(
            purpose,
            basis={
                DE: rng.choice(usual),
                CA: rng.choice((LawfulBasis.OPT_OUT, *bases)),
                GB: rng.choice(bases),
            },
            categories=frozenset({PURCHASES, RELIGION, LOCATION}) - _rarely(rng, LOCATION),
            notice=rng.choice(("banner@2",) * 8 + ("mail@1", None)),
            older_notices=frozenset({"banner@1"}) if rng.random() < 0.5 else frozenset(),
            consent_lasts=rng.choice((None, None, None, 2 * DAY, 4 * DAY)),
            direct_marketing=rng.random() < 0.5,
            advertising=rng.random() < 0.4,
            storage=rng.random() < 0.1,
            legal_claims=rng.random() < 0.1,
        )

    declared = [MARKETING, EMAIL, ADS, LOOKALIKE, CLAIMS]
    return Rules(
        controller=SHOP if rng.random() < 0.98 else OTHER,
        purposes={p: terms(p) for p in declared if rng.random() < 0.95},
        special_categories=frozenset({RELIGION}) if rng.random() < 0.8 else frozenset(),
        sensitive_categories=frozenset({LOCATION}) if rng.random() < 0.8 else frozenset(),
        opt_out_notice_since=rng.choice((START, START, START - 9 * DAY, day(4), None)),
        signals_bind_all=rng.random() < 0.2,
        directed_to_children=rng.random() < 0.15,
        max_skew=rng.choice((5 * MINUTE, timedelta(0), 2 * DAY)),
        max_ledger_age=rng.choice((None,) * 6 + (3 * DAY,)),
    )


def random_history(
    rng: Random,
    *,
    subjects: tuple[Ordinal, ...] = (ADA, ADA, ADA, ADA, ADA, GRACE),
    odd: float = 0.05,
) -> tuple[Event, ...]:
    """Return up to nine events in random order; ``odd`` is the share with a strange one."""
    size = rng.choice((0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7))
    events = [_random_event(rng, i + 2, rng.choice(subjects)) for i in range(size)]
    if rng.random() < 0.9:
        place = rng.choice((DE, DE, DE, CA, CA, GB))
        events.append(attest(place, n=rng.choice((-3, 0)), position=1, subject=subjects[0]))
    if rng.random() < odd:
        events = _made_odd(rng, events)
    if events and rng.random() < 0.2:
        events.append(_again(rng, rng.choice(events)))
    rng.shuffle(events)
    return tuple(events)


def _random_event(rng: Random, position: int, subject: Ordinal) -> Event:
    """Return one event of any kind; grants and what undoes them are the most frequent."""
    kind = rng.choice(
        (GRANTING,) * 8 + (RESTRICTING,) * 6 + (LIFTING,) * 2 + (OTHERS,) * 1 + ("attest",) * 2
    )
    if kind == "attest":
        return _random_attestation(rng, position, subject)
    act = rng.choice(kind)
    n, recorded = _random_times(rng)
    scope = _grant_scope(rng) if act in GRANTING else _scope(rng)
    return event(
        act,
        n=n,
        recorded=recorded,
        position=position,
        subject=subject,
        controller=SHOP if rng.random() < 0.96 else OTHER,
        explicit=rng.random() < 0.6,
        method=rng.choice((Method.FORM,) * 5 + (Method.DOUBLE_OPT_IN,) * 3 + (Method.SILENCE,)),
        authority=rng.choice(
            (Authority.SUBJECT,) * 5 + (Authority.AGENT,) * 2 + (Authority.STAFF,)
        ),
        quarantined=rng.random() < 0.02,
        **scope,
    )


def _grant_scope(rng: Random) -> dict[str, object]:
    """Return what a grant names, and the notice that was shown; good ones most of the time."""
    if rng.random() < 0.6:
        return {"categories": frozenset({PURCHASES, RELIGION, LOCATION})}
    purpose = rng.choice((EMAIL,) * 5 + (MARKETING,) * 3 + (ADS, LOOKALIKE, CLAIMS, None))
    categories = rng.choice(((PURCHASES,), (PURCHASES, RELIGION, LOCATION), (RELIGION,), ()))
    return {
        "purpose": purpose,
        "categories": frozenset(categories),
        "notice": rng.choice(("banner@2",) * 7 + (*NOTICES, None)),
        "notice_purposes": rng.choice((BANNER, BANNER, frozenset({MARKETING}), frozenset())),
        "expires_at": rng.choice((None,) * 5 + (day(4), day(5), day(6), day(9))),
    }


def _scope(rng: Random) -> dict[str, object]:
    """Return what a restrictive or lifting act is about."""
    purpose = rng.choice((EMAIL,) * 3 + (MARKETING, MARKETING, None, ADS, LOOKALIKE, CLAIMS))
    categories = rng.choice(((), (), (), (PURCHASES,), (RELIGION,), (PURCHASES, LOCATION)))
    return {"purpose": purpose, "categories": frozenset(categories)}


def _random_attestation(rng: Random, position: int, subject: Ordinal) -> Event:
    """Return an attested age or jurisdiction."""
    n, recorded = _random_times(rng)
    facts: dict[str, object] = {"n": n, "recorded": recorded, "position": position}
    facts |= {"subject": subject, "purpose": None, "quarantined": rng.random() < 0.02}
    if rng.random() < 0.5:
        return event(Act.ATTEST_AGE, value=rng.choice(BIRTHS), **facts)  # type: ignore[arg-type]
    value = rng.choice((DE, CA, GB, DE, CA, GB, XX))
    return event(Act.ATTEST_JURISDICTION, value=value, **facts)  # type: ignore[arg-type]


def _random_times(rng: Random) -> tuple[int, int]:
    """Return the days of act and record: usually the same, often late, rarely in the future."""
    n = rng.randrange(8)
    gap = rng.choice((0,) * 6 + (1, 2, 3, 5) + (-1,) * (rng.random() < 0.15))
    return n, n + gap


def _made_odd(rng: Random, events: list[Event]) -> list[Event]:
    """Return the events with one that no fold can read, or that contradicts another."""
    if not events:
        return events
    chosen = rng.choice(events)
    naive = chosen.event_time.replace(tzinfo=None)
    strange = rng.choice(
        (
            replace(chosen, position=50, explicit=not chosen.explicit),
            replace(chosen, position=51, event_key=b"n", event_time=naive),
            replace(chosen, position=52, event_key=b"a", act=Act.ATTEST_AGE, value="soon"),
            replace(chosen, position=53, event_key=b"j", act=Act.ATTEST_JURISDICTION, value=None),
            replace(chosen, position=54, event_key=b"m", act=rng.choice((Act.MERGE, Act.UNMERGE))),
            replace(chosen, position=0, event_key=b"z"),
        )
    )
    return [*events, strange]


def _again(rng: Random, chosen: Event) -> Event:
    """Return the same event as a retry would bring it: later in the ledger, later on record."""
    later = rng.choice((0, 1, 3)) * DAY
    return replace(chosen, position=chosen.position + 60, record_time=chosen.record_time + later)


def random_question(rng: Random) -> Question:
    """Return a question at or beside a boundary, knowing all, some or none of the ledger."""
    moment = day(rng.choice((0, 3, 4, 5, 5, 5, 6, 9)))
    return question(
        subject=ADA if rng.random() < 0.95 else GRACE,
        controller=SHOP if rng.random() < 0.98 else OTHER,
        purpose=rng.choice(
            (EMAIL,) * 6 + (MARKETING, MARKETING, ADS, LOOKALIKE, CLAIMS, UNDECLARED)
        ),
        category=rng.choice((PURCHASES,) * 4 + (RELIGION, LOCATION)),
        at=moment + rng.choice((-1, 0, 0, 1)) * timedelta(microseconds=1),
        known_at=_random_known_at(rng),
        collected_from=rng.choice((None, None, None, START - DAY, day(4))),
    )


def _random_known_at(rng: Random) -> KnownAt:
    """Return a position or a time; usually late enough to know everything."""
    if rng.random() < 0.75:
        position = rng.choice((1000, 1000, 1000, 5, 3, 0))
        return AtPosition(position, as_of=rng.choice((None, day(4), day(5))))
    return AtTime(day(rng.choice((3, 5, 5, 6, 9, 9))))


def _rarely(rng: Random, category: Category) -> frozenset[Category]:
    """Return the category in one case of ten."""
    return frozenset({category}) if rng.random() < 0.1 else frozenset()


def random_population(
    rng: Random, people: list[Ordinal], *, odd: float = 0.03
) -> tuple[Event, ...]:
    """Return one ledger's events of many people, each with a random history, in random order."""
    events = []
    for i, person in enumerate(people):
        climbs = rng.random() < 0.4
        history = _ladder(rng) if climbs else random_history(rng, subjects=(person,), odd=odd)
        for e in history:
            moved = {"position": e.position and e.position + 100 * i, "subject": person}
            keys = {k: getattr(e, k) + i.to_bytes(4, "big") for k in ("event_key", "content_key")}
            events.append(replace(e, **moved, **keys))
    rng.shuffle(events)
    return tuple(events)


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
