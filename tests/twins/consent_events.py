# SPDX-License-Identifier: Apache-2.0
"""Random consent events, dense in ties, boundaries and late records; see ``consent_worlds``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from random import Random

from privseg.consent.event import Act, Authority, Event, Method
from privseg.terms import Ordinal
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
    NOTICES,
    OTHER,
    PHONE,
    PURCHASES,
    RELIGION,
    RESTRICTING,
    SHOP,
    TABLET,
    TEXT,
    TRANSLATED,
    XX,
    attest,
    born,
    day,
    event,
    merge,
    resolve,
    unmerge,
)

GRANTING = (Act.GRANT, Act.GRANT, Act.GRANT, Act.OPT_IN)
LIFTING = (Act.LIFT, Act.RELEASE_HOLD)
OTHERS = (Act.DEFER, Act.DEFER, Act.HOLD, Act.ERASE)
COUNTED = (Act.USE, Act.HAPPENED, Act.ACTIVITY, Act.ACTIVITY)
_RELEASING = (Act.HOLD, Act.RELEASE_HOLD, Act.RELEASE_HOLD)
_KINDS = (
    (GRANTING,) * 8
    + (RESTRICTING,) * 6
    + (LIFTING,) * 2
    + (COUNTED,) * 2
    + (OTHERS, OTHERS, (), (), ())
)
_METHODS = (Method.FORM,) * 5 + (Method.DOUBLE_OPT_IN,) * 3 + (Method.SILENCE,)
_AUTHORITIES = (
    (Authority.SUBJECT,) * 6 + (Authority.AGENT,) * 2 + (Authority.STAFF, Authority.GUARDIAN)
)
_PROFILES = (ADA, PHONE, TABLET, GRACE)
_ENDS: tuple[dict[str, object], ...] = (
    *({"until": "moved"}, {"until": "moved"}, {"until": "contract ended"}),
    *({"uses": n} for n in (1, 1, 2, 2, 3)),
    *({"idle_days": n} for n in (1, 2, 3)),
    *({"expires_at": day(n)} for n in (3, 4, 5)),
)
_HAPPENINGS = ("moved", "moved", "contract ended")


def random_history(
    rng: Random,
    *,
    subjects: tuple[Ordinal, ...] = (ADA, ADA, ADA, ADA, ADA, GRACE),
    odd: float = 0.05,
) -> tuple[Event, ...]:
    """Return up to nine events in random order; ``odd`` is the share with a strange one.

    Nobody in it is tied to anybody: ``tied`` does that.
    """
    size = rng.choice((0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7))
    events = [random_event(rng, i + 2, rng.choice(subjects)) for i in range(size)]
    if rng.random() < 0.9:
        place = rng.choice((DE, DE, DE, CA, CA, GB))
        events.append(attest(place, n=rng.choice((-3, 0)), position=1, subject=subjects[0]))
    if rng.random() < odd:
        events = _made_odd(rng, events)
    if events and rng.random() < 0.2:
        events.append(_again(rng, rng.choice(events)))
    return shuffled(rng, settled(rng, events, position=130))


def random_event(rng: Random, position: int, subject: Ordinal) -> Event:
    """Return one event of any kind; grants and what undoes them are the most frequent."""
    kind = rng.choice(_KINDS)
    if not kind:
        return _random_attestation(rng, position, subject)
    act = rng.choice(kind)
    n, recorded = random_times(rng)
    return event(
        act,
        n=n,
        recorded=recorded,
        position=position,
        subject=subject,
        controller=SHOP if rng.random() < 0.96 else OTHER,
        explicit=rng.random() < 0.6,
        method=rng.choice(_METHODS),
        authority=rng.choice(_AUTHORITIES),
        quarantined=rng.random() < 0.03,
        value=rng.choice(_HAPPENINGS) if act is Act.HAPPENED else None,
        **(_grant_scope(rng) if act in GRANTING else scope(rng)),
    )


def _grant_scope(rng: Random) -> dict[str, object]:
    """Return what a grant names, and the notice that was shown; good ones most of the time."""
    if rng.random() < 0.5:
        return {"categories": frozenset({PURCHASES, RELIGION, LOCATION})}
    purpose = rng.choice((EMAIL,) * 5 + (MARKETING,) * 3 + (ADS, LOOKALIKE, CLAIMS, None))
    categories = rng.choice(((PURCHASES,), (PURCHASES, RELIGION, LOCATION), (RELIGION,), ()))
    ends = rng.choice(_ENDS) if rng.random() < 0.3 else {}
    return {
        "purpose": purpose,
        "categories": frozenset(categories),
        "notice": rng.choice(("banner@2",) * 7 + (*NOTICES, None)),
        "notice_sha256": rng.choice((None,) * 9 + (TEXT,)),
        "notice_purposes": rng.choice((BANNER, BANNER, frozenset({MARKETING}), frozenset())),
        "expires_at": rng.choice((None,) * 5 + (day(4), day(5), day(6), day(9))),
    } | ends


def scope(rng: Random) -> dict[str, object]:
    """Return what a restrictive or lifting act is about."""
    purpose = rng.choice((EMAIL,) * 3 + (MARKETING, MARKETING, None, ADS, LOOKALIKE, CLAIMS))
    categories = rng.choice(((), (), (), (PURCHASES,), (RELIGION,), (PURCHASES, LOCATION)))
    return {"purpose": purpose, "categories": frozenset(categories)}


def _random_attestation(rng: Random, position: int, subject: Ordinal) -> Event:
    """Return an attested age or jurisdiction."""
    n, recorded = random_times(rng)
    facts: dict[str, object] = {"n": n, "recorded": recorded, "position": position}
    facts |= {"subject": subject, "quarantined": rng.random() < 0.04}
    facts |= {"purpose": rng.choice((None, None, ADS))}  # of no account here
    if rng.random() < 0.5:
        return born(rng.choice(BIRTHS), **facts)  # type: ignore[arg-type]
    return attest(rng.choice((DE, CA, GB, DE, CA, GB, XX)), **facts)  # type: ignore[arg-type]


def random_times(rng: Random) -> tuple[int, int]:
    """Return the days of act and record: usually the same, often late, rarely in the future."""
    n = rng.randrange(8)
    gap = rng.choice((0,) * 6 + (1, 2, 3, 5) + (-1,) * (rng.random() < 0.15))
    return n, n + gap


def shuffled(rng: Random, events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events in random order."""
    everything = list(events)
    return tuple(rng.sample(everything, len(everything)))


# --- acts that end and lift each other ----------------------------------------------------------


def ladder(rng: Random) -> tuple[Event, ...]:
    """Return three to seven acts about one purpose, each at or after the one before."""
    acts = [attest(DE, n=-3, position=1)]
    n = 0
    for position in range(2, rng.choice((5, 6, 7, 8, 9))):
        n += rng.choice((0, 1, 1, 1))
        kind = rng.choice((GRANTING,) * 8 + (RESTRICTING,) * 5 + ((Act.LIFT,),) * 3 + (_RELEASING,))
        told = (
            {"notice": rng.choice(("banner@2",) * 8 + ("banner@1",) * 2 + ("banner@0",))}
            if kind is GRANTING
            else {}
        )
        acts.append(
            event(
                rng.choice(kind),
                n=n,
                recorded=n + rng.choice((0,) * 9 + (1, 2, -1, -2)),
                position=position,
                purpose=rng.choice((EMAIL, EMAIL, MARKETING)),
                explicit=rng.random() < 0.5,
                method=rng.choice((Method.FORM, Method.DOUBLE_OPT_IN) * 4 + (Method.SILENCE,)),
                authority=rng.choice((Authority.SUBJECT, *Authority)),
                **told,
            )
        )
    return tuple(acts)


# --- grants that end by themselves --------------------------------------------------------------


def lapsing(rng: Random) -> tuple[Event, ...]:
    """Return one or two grants that end by event, use or idleness, and what may end them."""
    acts = [attest(rng.choice((DE, DE, DE, CA)), n=-3, position=1)]
    for position in range(2, rng.choice((3, 3, 4))):
        n = rng.choice((0, 1, 2))
        ends = rng.choice(_ENDS) | rng.choice((*_ENDS, {}, {}))
        acts.append(event(Act.GRANT, n=n, position=position, explicit=True, **ends))
    acts += [_counted(rng, position) for position in range(10, rng.choice(range(10, 18)))]
    if rng.random() < 0.3:
        acts.append(event(rng.choice((Act.OBJECT, Act.RESTRICT)), n=0, position=18))
    return tuple(acts)


def _counted(rng: Random, position: int) -> Event:
    """Return a use, a happening or activity, near the boundaries of ``lapsing``."""
    act = rng.choice((*COUNTED, Act.USE, Act.USE, Act.HAPPENED))
    n = rng.choice((0, 1, 2, 2, 3, 3, 4, 4, 5, 6))
    return event(
        act,
        n=n,
        recorded=n + rng.choice((0,) * 7 + (1, 3, -1)),
        position=position,
        value=rng.choice(_HAPPENINGS) if act is Act.HAPPENED else None,
        purpose=rng.choice((EMAIL, EMAIL, EMAIL, MARKETING, None, ADS)),
        categories=rng.choice(
            (frozenset(), frozenset(), frozenset({PURCHASES}), frozenset({LOCATION}))
        ),
        authority=rng.choice((Authority.SUBJECT,) * 4 + tuple(Authority)),
        method=rng.choice((Method.API, Method.SILENCE)),
    )


# --- children and who speaks for them -----------------------------------------------------------


def family(rng: Random, *, births: Sequence[str] = BIRTHS) -> tuple[Event, ...]:
    """Return dates of birth and grants of children, guardians and agents."""
    place = rng.choice((DE, DE, CA))
    acts = [attest(place, n=-3, position=1)]
    for position in range(2, rng.choice((2, 3, 3, 3, 4))):
        n = rng.choice((0, 0, 0, 3))
        late = rng.choice((0,) * 5 + (4,))
        birth = rng.choice(births)
        acts.append(born(birth, n=n, recorded=n + late, position=position))
    for position in range(10, rng.choice((10, 11, 11, 11, 11, 12, 12, 12))):
        n = rng.choice((1, 2))
        acts.append(
            event(
                rng.choice(GRANTING),
                n=n,
                position=position,
                categories=frozenset({PURCHASES, LOCATION}),
                explicit=rng.random() < 0.8,
                method=rng.choice((Method.FORM, Method.DOUBLE_OPT_IN, Method.DOUBLE_OPT_IN)),
                authority=rng.choice(
                    (Authority.GUARDIAN,) * 3 + (Authority.SUBJECT,) * 3 + (Authority.AGENT,)
                ),
            )
        )
    if rng.random() < 0.2:
        acts.append(event(rng.choice(RESTRICTING), n=rng.choice((0, 3)), position=15))
    return tuple(acts)


# --- set aside and settled ----------------------------------------------------------------------


def put_aside(rng: Random, events: Sequence[Event], *, share: float = 0.35) -> list[Event]:
    """Return the events, some of them set aside, with what an officer made of them."""
    keys = [e.event_key for e in events]
    aside = [
        replace(e, quarantined=True)
        if e.position > 1 and keys.count(e.event_key) == 1 and rng.random() < share
        else e
        for e in events
    ]
    return settled(rng, aside, position=160, share=0.8)


def settled(
    rng: Random, events: Sequence[Event], *, position: int, share: float = 0.5
) -> list[Event]:
    """Return the events with what an officer made of those set aside: right, late, torn, vain."""
    found = list(events)
    for e in events:
        if e.quarantined and rng.random() < share:
            for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
                position += 1
                found.append(_ruling(rng, e, position))
    if events and rng.random() < 0.03:
        found.append(_ruling(rng, rng.choice(events), position + 1))  # of what was never aside
    return found


def _ruling(rng: Random, aside: Event, position: int) -> Event:
    """Return one word about an event; nearly always one that counts."""
    n = rng.choice((1, 2, 3, 4, 4, 5, 6))
    more: dict[str, object] = {"position": position}
    if rng.random() < 0.12:
        more |= rng.choice(
            (
                {"quarantined": True},
                {"controller": OTHER},
                {"subject": GRACE},
                {"target": aside.position + 1},
            )
        )
    word = rng.choice(("accept", "accept", "accept", "discard", "discard"))
    late = rng.choice((0, 0, 0, 0, 1, 3))
    return resolve(
        aside,
        word,
        n=n,
        recorded=n + late,
        method=rng.choice(tuple(Method)),
        authority=rng.choice(tuple(Authority)),
        **more,
    )


# --- linked profiles ----------------------------------------------------------------------------


def tied(rng: Random, events: Sequence[Event], *, odd: float = 0.02) -> list[Event]:
    """Return a person's events with up to three linked profiles and what these did."""
    acts = list(events)
    pairs = [(ADA, PHONE), (ADA, PHONE), (PHONE, TABLET), (ADA, TABLET), (TABLET, GRACE)]
    position = 70
    for one, other in rng.sample(pairs, rng.choice((1, 1, 2, 2, 3, 4))):
        for tie in _tie(rng, *rng.sample((one, other), 2)):
            position += 1
            time = tie.event_time.replace(tzinfo=None if rng.random() < odd else UTC)
            facts = {"position": position, "event_key": bytes([position]), "event_time": time}
            acts.append(replace(tie, **facts))
    for person in rng.sample(_PROFILES[1:], rng.choice((1, 1, 2))):
        story = rng.choice((_barred_and_freed, _counted_by_profile, _said_by_profile, None, None))
        more = story(rng, person) if story else [random_event(rng, 1, person)]
        for act in (*more, _act_of_profile(rng, person)):
            position += 1
            acts.append(_at(act, position))
    return acts


def _at(e: Event, position: int) -> Event:
    """Return an event at another position, with keys of that."""
    key = bytes([position])
    return replace(e, position=position, event_key=key, content_key=key)


def _barred_and_freed(rng: Random, person: Ordinal) -> list[Event]:
    """Return an act of a profile and what lifts it, perhaps said by the person."""
    bar, undo = rng.choice(
        ((Act.RESTRICT, Act.LIFT), (Act.LIMIT, Act.LIFT), (Act.HOLD, Act.RELEASE_HOLD))
    )
    n, authority = rng.choice((2, 3)), rng.choice((Authority.SUBJECT, Authority.STAFF))
    by = rng.choice((person, person, person, ADA, rng.choice(_PROFILES)))
    return [
        event(bar, n=n, subject=person, purpose=None, authority=authority),
        event(undo, n=n + rng.choice((0, 1, 1, 1)), subject=by, purpose=None),
    ]


def _counted_by_profile(rng: Random, person: Ordinal) -> list[Event]:
    """Return what uses a grant up, or ends it, done by a profile."""
    return [replace(_counted(rng, 1), subject=person) for _ in range(rng.choice((1, 2)))]


def _said_by_profile(rng: Random, person: Ordinal) -> list[Event]:
    """Return a profile's date of birth or place, often recorded late."""
    n, recorded = rng.choice((0, 1)), rng.choice((1, 1, 6, 8))
    facts: dict[str, object] = {"n": n, "recorded": recorded, "subject": person}
    if rng.random() < 0.6:
        return [born(rng.choice(BIRTHS), **facts)]  # type: ignore[arg-type]
    return [attest(rng.choice((DE, CA, GB)), **facts)]  # type: ignore[arg-type]


def _tie(rng: Random, one: Ordinal, other: Ordinal) -> list[Event]:
    """Return a merge, perhaps undone, perhaps made again."""
    n = rng.choice((-1, 0, 1, 2, 3, 4, 6))
    made = merge(one, other, **_tie_facts(rng, n))
    chain = [made]
    while rng.random() < 0.45 and len(chain) < 4:
        n += rng.choice((0, 1, 1, 2))
        again = unmerge if chain[-1].act is Act.MERGE else merge
        pair = rng.sample((one, other), 2)
        chain.append(again(*pair, **_tie_facts(rng, n)))
    return chain


def _tie_facts(rng: Random, n: int) -> dict[str, object]:
    """Return when and by whom two profiles were tied or untied."""
    facts: dict[str, object] = {
        "n": n,
        "recorded": n + rng.choice((0,) * 8 + (1, 3, -1)),
        "authority": rng.choice((Authority.STAFF,) * 3 + tuple(Authority)),
        "method": rng.choice((Method.API,) * 6 + (Method.SILENCE,)),
        "quarantined": rng.random() < 0.05,
    }
    if rng.random() < 0.03:
        facts["controller"] = OTHER
    if rng.random() < 0.1:
        facts["purpose"] = ADS  # of no account: a tie is about a person
    return facts


def _act_of_profile(rng: Random, person: Ordinal) -> Event:
    """Return what a linked profile did: most of it restricts, some of it lifts or says yes."""
    kind = rng.choice((RESTRICTING, RESTRICTING, LIFTING, LIFTING, COUNTED, OTHERS, GRANTING))
    act = rng.choice(kind)
    n = rng.randrange(7)
    return event(
        act,
        n=n,
        recorded=n + rng.choice((0,) * 6 + (1, 2)),
        subject=person,
        explicit=rng.random() < 0.6,
        method=rng.choice(_METHODS),
        authority=rng.choice(_AUTHORITIES),
        purpose=EMAIL if act in GRANTING else rng.choice((EMAIL, EMAIL, MARKETING, None, ADS)),
        value=rng.choice(_HAPPENINGS) if act is Act.HAPPENED else None,
    )


# --- strange ones -------------------------------------------------------------------------------


def _made_odd(rng: Random, events: list[Event]) -> list[Event]:
    """Return the events with one that no fold can read, or that contradicts another."""
    if not events:
        return events
    chosen = rng.choice(events)
    naive = chosen.event_time.replace(tzinfo=None)
    tie = rng.choice((Act.MERGE, Act.UNMERGE))
    strange = rng.choice(
        (
            *(replace(chosen, position=50, explicit=not chosen.explicit),) * 4,
            replace(chosen, position=51, event_key=b"n", event_time=naive),
            replace(chosen, position=52, event_key=b"a", act=Act.ATTEST_AGE, value="soon"),
            replace(chosen, position=53, event_key=b"j", act=Act.ATTEST_JURISDICTION, value=None),
            replace(chosen, position=54, event_key=b"m", act=tie, target=None),
            replace(chosen, position=55, event_key=b"s", act=tie, target=chosen.subject),
            replace(chosen, position=56, event_key=b"r", act=Act.RESOLVE, target=2, value="maybe"),
            replace(chosen, position=57, event_key=b"h", act=Act.HAPPENED, value=None),
            replace(chosen, position=58, event_key=b"u", uses=0),
            replace(chosen, position=59, event_key=b"x", notice_sha256=TEXT.upper()),
            replace(chosen, position=0, event_key=b"z"),
        )
    )
    return [*events, strange]


def _again(rng: Random, chosen: Event) -> Event:
    """Return the same event as a retry would bring it: later in the ledger, later on record."""
    later = rng.choice((0, 1, 3)) * DAY
    return replace(chosen, position=chosen.position + 60, record_time=chosen.record_time + later)


def retold(rng: Random, events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events with grants whose notice was worded rightly, otherwise, or not at all."""
    words = (TEXT, TEXT, TRANSLATED, TRANSLATED, CHANGED, None, None)
    return tuple(
        replace(e, notice_sha256=rng.choice(words)) if e.act in GRANTING else e for e in events
    )
