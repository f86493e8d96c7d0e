# SPDX-License-Identifier: Apache-2.0
"""Random rules, histories and questions, dense in ties, boundaries and late records.

Everything is drawn from one ``random.Random``, so that a seed or hypothesis can drive it:
``st.randoms(use_true_random=False).map(random_triple)``. All people are invented numbers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from privseg.consent.event import Event
from privseg.consent.question import AtPosition, AtTime, KnownAt, Question
from privseg.consent.rules import LawTerms, PurposeTerms, Rules
from privseg.terms import Category, Jurisdiction, LawfulBasis, Ordinal, Purpose
from tests.twins.consent_events import (
    family,
    ladder,
    lapsing,
    put_aside,
    random_history,
    retold,
    shuffled,
    tied,
)
from tests.twins.consent_shop import (
    ADA,
    ADS,
    BANNER,
    BIRTHS,
    CA,
    CHANGED,
    CLAIMS,
    DAY,
    DE,
    EMAIL,
    GB,
    GRACE,
    LOCATION,
    LOOKALIKE,
    MARKETING,
    MINUTE,
    NOTICES,
    OTHER,
    PHONE,
    PURCHASES,
    RELIGION,
    RESTRICTING,
    SHOP,
    START,
    TABLET,
    TEXT,
    TRANSLATED,
    UNDECLARED,
    XX,
    Triple,
    attest,
    born,
    day,
    event,
    everybody,
    merge,
    question,
    resolve,
    rules,
    unmerge,
    with_law,
    with_terms,
)

__all__ = [  # one place for tests to take their words from
    "ADA",
    "ADS",
    "BANNER",
    "BIRTHS",
    "CA",
    "CHANGED",
    "CLAIMS",
    "DAY",
    "DE",
    "EMAIL",
    "GB",
    "GRACE",
    "LOCATION",
    "LOOKALIKE",
    "MARKETING",
    "MINUTE",
    "NOTICES",
    "OTHER",
    "PHONE",
    "PURCHASES",
    "RELIGION",
    "RESTRICTING",
    "SHOP",
    "START",
    "TABLET",
    "TEXT",
    "TRANSLATED",
    "UNDECLARED",
    "XX",
    "Triple",
    "attest",
    "born",
    "day",
    "event",
    "everybody",
    "merge",
    "question",
    "random_crowd",
    "random_history",
    "random_population",
    "random_triple",
    "resolve",
    "rules",
    "unmerge",
    "with_law",
    "with_terms",
]

_TICK = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)
_AGES = ("guardian_below", "opt_in_below")
_USUAL = (LawfulBasis.CONSENT, LawfulBasis.CONSENT, LawfulBasis.OPT_OUT)


def random_triple(rng: Random) -> Triple:
    """Return one random triple: a plot, then perhaps complications laid over it.

    A plot is anything at all, anything in a plain frame, a ladder of acts that end and lift each
    other, grants that lapse, or a family. Complications: other laws, notices by their texts, acts
    set aside and settled, linked profiles.
    """
    triple = rng.choice(_PLOTS)(rng)
    for complicate, share in _OF_RULES + _OF_HISTORIES:
        if rng.random() < share:
            triple = complicate(rng, triple)
    return replace(triple, history=shuffled(rng, triple.history))


# --- plots --------------------------------------------------------------------------------------


def _anything(rng: Random) -> Triple:
    return Triple(random_rules(rng), random_history(rng), random_question(rng))


def _plain(rng: Random) -> Triple:
    return Triple(_plain_rules(rng), random_history(rng), _plain_question(rng))


def _climb(rng: Random) -> Triple:
    return Triple(_ladder_rules(rng), ladder(rng), question(at=day(rng.choice((5, 6, 7)))))


def _lapse(rng: Random) -> Triple:
    """Ask about a grant that ends by itself, at or beside the moment."""
    policy = _one_basis(rng, rules(sensitive_categories=frozenset({PURCHASES})))
    if rng.random() < 0.15:
        policy = with_terms(policy, consent_lasts=rng.choice((2 * DAY, 3 * DAY)))
    if rng.random() < 0.15:
        policy = with_terms(policy, idle=rng.choice((DAY, 2 * DAY, 4 * DAY)))
    if rng.random() < 0.15:
        for place in (DE, CA):
            policy = with_law(policy, place, idle=rng.choice((DAY, 2 * DAY, 4 * DAY)))
    at = day(rng.choice((2, 3, 4, 4, 5, 6))) + rng.choice((-1, 0, 0, 0, 1)) * _TICK
    return Triple(policy, lapsing(rng), question(at=at))


def _grow_up(rng: Random) -> Triple:
    """Ask about somebody near a birthday that the law counts; some were born on 29 February."""
    leapling = rng.random() < 0.2
    policy = rules(directed_to_children=rng.random() < 0.15)
    for place in (DE, CA):
        policy = with_law(policy, place, **(dict.fromkeys(_AGES, 18) if leapling else _ages(rng)))
    midnight = day(rng.choice((58, 58, 59)) if leapling else rng.choice((3, 4, 4, 5, 5)))
    beside = rng.choice((-14, -14, 12, 12, 0)) * _HOUR + rng.choice((-1, 0, 0, 1)) * _TICK
    category = rng.choice((PURCHASES,) * 4 + (LOCATION,))
    history = family(rng, births=("2008-02-29",) if leapling else BIRTHS)
    asked = question(at=midnight + beside, category=category)
    return Triple(_one_basis(rng, policy), history, asked)


_PLOTS = (_anything, _plain, _climb, _lapse, _grow_up)


# --- complications ------------------------------------------------------------------------------


def _other_laws(rng: Random, triple: Triple) -> Triple:
    laws = {j: _random_law(rng) for j in (DE, CA, GB) if rng.random() < 0.97}
    return replace(triple, rules=replace(triple.rules, laws=laws))


def _by_text(rng: Random, triple: Triple) -> Triple:
    texts = rng.choice(((TEXT,), (TEXT, TRANSLATED), (TEXT, TRANSLATED)))
    policy = triple.rules
    for purpose in rng.choice(((EMAIL,), (MARKETING,), (EMAIL, MARKETING))):
        if purpose in policy.purposes:
            policy = with_terms(policy, purpose, notice_texts=frozenset(texts))
    return replace(triple, rules=policy, history=retold(rng, triple.history))


def _set_aside(rng: Random, triple: Triple) -> Triple:
    return replace(triple, history=tuple(put_aside(rng, triple.history)))


def _linked(rng: Random, triple: Triple) -> Triple:
    return replace(triple, history=tuple(tied(rng, triple.history)))


def _significant(_rng: Random, triple: Triple) -> Triple:
    if EMAIL not in triple.rules.purposes:
        return triple
    return replace(triple, rules=with_terms(triple.rules, EMAIL, significant=True))


_OF_RULES = ((_significant, 0.05), (_by_text, 0.15), (_other_laws, 0.15))
_OF_HISTORIES = ((_linked, 0.3), (_set_aside, 0.15))


# --- rules and questions ------------------------------------------------------------------------


def _one_basis(rng: Random, base: Rules) -> Rules:
    """Return the rules with one basis everywhere, consent most of the time."""
    basis = rng.choice((*_USUAL, *_USUAL, LawfulBasis.OPT_OUT, *LawfulBasis))
    return with_terms(base, basis=dict.fromkeys((DE, CA, GB), basis))


def _ladder_rules(rng: Random) -> Rules:
    """Return rules of one basis in which a clock may run two days ahead."""
    basis = rng.choice((LawfulBasis.CONSENT, LawfulBasis.CONSENT, *LawfulBasis))
    base = rules(max_skew=2 * DAY)
    if rng.random() < 0.2:
        base = with_terms(base, rng.choice((EMAIL, MARKETING)), older_notices=frozenset())
    marketing = rng.random() < 0.5
    return with_terms(base, basis={DE: basis}, advertising=True, direct_marketing=marketing)


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


def _ages(rng: Random) -> dict[str, int]:
    """Return the ages of a law."""
    return {f: rng.choice((13, 16, 18)) for f in _AGES}


def _random_law(rng: Random) -> LawTerms:
    """Return a law that differs from the usual in some way."""
    gone = frozenset({rng.choice(list(LawfulBasis))}) if rng.random() < 0.3 else frozenset()
    return LawTerms(
        bases=frozenset(LawfulBasis) - gone,
        explicit=frozenset({PURCHASES}) if rng.random() < 0.2 else frozenset(),
        sensitive=frozenset({PURCHASES}) if rng.random() < 0.2 else frozenset(),
        idle=rng.choice((None, None, None, 2 * DAY, 4 * DAY)),
        ask_again_after=rng.choice((None, 3 * DAY)),
        **_ages(rng),
    )


def random_rules(rng: Random) -> Rules:
    """Return rules with a basis of every kind somewhere and some knobs turned."""
    bases = list(LawfulBasis)

    def terms(purpose: Purpose) -> PurposeTerms:
        return PurposeTerms(
            purpose,
            basis={
                DE: rng.choice(_USUAL),
                CA: rng.choice((LawfulBasis.OPT_OUT, *bases)),
                GB: rng.choice(bases),
            },
            categories=frozenset({PURCHASES, RELIGION, LOCATION}) - _rarely(rng, LOCATION),
            notice=rng.choice(("banner@2",) * 8 + ("mail@1", None)),
            older_notices=frozenset({"banner@1"}) if rng.random() < 0.5 else frozenset(),
            consent_lasts=rng.choice((None, None, None, 2 * DAY, 4 * DAY)),
            idle=rng.choice((None,) * 6 + (2 * DAY,)),
            significant=rng.random() < 0.1,
            direct_marketing=rng.random() < 0.5,
            advertising=rng.random() < 0.4,
            storage=rng.random() < 0.1,
            legal_claims=rng.random() < 0.1,
        )

    declared = [MARKETING, EMAIL, ADS, LOOKALIKE, CLAIMS]
    return Rules(
        controller=SHOP if rng.random() < 0.98 else OTHER,
        purposes={p: terms(p) for p in declared if rng.random() < 0.95},
        laws={j: LawTerms() for j in (DE, CA, GB, *_maybe(rng, XX))},
        special_categories=frozenset({RELIGION}) if rng.random() < 0.8 else frozenset(),
        sensitive_categories=frozenset({LOCATION}) if rng.random() < 0.8 else frozenset(),
        opt_out_notice_since=rng.choice((START, START, START - 9 * DAY, day(4), None)),
        signals_bind_all=rng.random() < 0.2,
        directed_to_children=rng.random() < 0.15,
        max_skew=rng.choice((5 * MINUTE, timedelta(0), 2 * DAY)),
        max_ledger_age=rng.choice((None,) * 6 + (3 * DAY,)),
    )


def random_question(rng: Random) -> Question:
    """Return a question at or beside a boundary, knowing all, some or none of the ledger."""
    moment = day(rng.choice((0, 3, 4, 5, 5, 5, 6, 9)))
    if rng.random() < 0.01:
        moment = moment.replace(tzinfo=None)
    return question(
        subject=ADA if rng.random() < 0.95 else GRACE,
        controller=SHOP if rng.random() < 0.98 else OTHER,
        purpose=rng.choice(
            (EMAIL,) * 6 + (MARKETING, MARKETING, ADS, LOOKALIKE, CLAIMS, UNDECLARED)
        ),
        category=rng.choice((PURCHASES,) * 4 + (RELIGION, LOCATION)),
        at=moment + rng.choice((-1, 0, 0, 1)) * _TICK,
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


def _maybe(rng: Random, place: Jurisdiction) -> list[Jurisdiction]:
    """Return the place in half of the cases."""
    return [place] if rng.random() < 0.5 else []


# --- everybody ----------------------------------------------------------------------------------


def random_population(
    rng: Random, people: list[Ordinal], *, odd: float = 0.03, ties: float = 0.1
) -> tuple[Event, ...]:
    """Return one ledger's events of many people, each with a random history, in random order.

    ``ties`` is the share of them who are linked to some of the next three.
    """
    events: list[Event] = []
    for i in range(len(people)):
        plot = rng.choice((_wild, _wild, _wild, ladder, ladder, lapsing, family))
        theirs = list(_wild(rng, odd) if plot is _wild else plot(rng))
        if rng.random() < ties:
            theirs = tied(rng, theirs, odd=odd)
        if rng.random() < 0.15:
            theirs = put_aside(rng, theirs)
        events += [_moved(e, people, i) for e in theirs]
    return shuffled(rng, events)


def random_crowd(rng: Random, people: list[Ordinal]) -> Triple:
    """Return one question about many people, to which each has a history made for it.

    They share a plot and its rules, so that the boundaries of the question are everybody's.
    """
    plot = rng.choice(_PLOTS)
    frame = plot(rng)
    for complicate, share in _OF_RULES:
        if rng.random() < 2 * share:
            frame = complicate(rng, frame)
    events: list[Event] = []
    for i in range(len(people)):
        theirs = replace(frame, history=plot(rng).history)
        for complicate, share in _OF_HISTORIES:
            if rng.random() < share:
                theirs = complicate(rng, theirs)
        if any(terms.notice_texts for terms in frame.rules.purposes.values()):
            theirs = replace(theirs, history=retold(rng, theirs.history))
        events += [_moved(e, people, i) for e in theirs.history]
    return replace(frame, history=shuffled(rng, events))


def _wild(rng: Random, odd: float) -> tuple[Event, ...]:
    return random_history(rng, subjects=(ADA,), odd=odd)


def _moved(e: Event, people: list[Ordinal], i: int) -> Event:
    """Return an event of Ada's or of her profiles as one of the ``i``-th person's and the next."""

    def person(n: int) -> Ordinal:
        return people[(i + n - ADA) % len(people)]

    keys = {k: getattr(e, k) + i.to_bytes(4, "big") for k in ("event_key", "content_key")}
    target = e.target
    if target is not None:
        target = target + 1000 * i if e.act.value == "resolve" else person(target)
    position = e.position and e.position + 1000 * i
    return replace(e, position=position, subject=person(e.subject), target=target, **keys)
