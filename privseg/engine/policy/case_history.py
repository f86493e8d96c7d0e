# SPDX-License-Identifier: Apache-2.0
"""From what a case gives to a consent history, with the policy's defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from privseg.consent import Act, AtPosition, AtTime, Event, KnownAt
from privseg.gate.consent_rules import notice_name
from privseg.loaders.case import PERSON, GivenAct, Profile
from privseg.policy import Notice, Policy
from privseg.terms import Category, Ordinal, Place, Purpose

LONG_BEFORE = timedelta(days=3_650)  # of every act: when attested facts were attested
GRANTS = frozenset({Act.GRANT, Act.OPT_IN})
NONE_SHOWN = "none"


@dataclass(frozen=True, slots=True)
class History:
    """The events of a case, and where the act behind each position stands in its file."""

    events: tuple[Event, ...]
    told: Mapping[int, str]
    known_at: KnownAt


@dataclass(frozen=True, slots=True)
class Scene:
    """What a case asks about: the defaults of its acts follow from it."""

    policy: Policy
    purpose: Purpose
    category: Category
    at: datetime


def history(
    scene: Scene, given: Mapping[str, Profile], *, known_at: datetime | None
) -> tuple[Ordinal, History]:
    """Return the person and the history of all profiles, in the order of recording."""
    people = {name: Ordinal(number) for number, name in enumerate(given, start=1)}
    acts = [(people[name], act) for name, profile in given.items() for act in profile.acts]
    acts.sort(key=lambda each: each[1].recorded)  # stable: as they stand in the file
    attested = list(_attested(given, people, _begin(scene, [a for _, a in acts], known_at)))
    first = len(attested) + 1
    named = {a.name: first + i for i, (_, a) in enumerate(acts) if a.name is not None}
    told = {i: text for i, (_, _, _, _, text) in enumerate(attested, start=1)}
    events = [
        _fact(scene, i, who, act, value, when)
        for i, (who, act, value, when, _) in enumerate(attested, start=1)
    ]
    for position, (who, act) in enumerate(acts, start=first):
        target = named.get(act.of or "") or _other(act, people)
        events.append(_event(scene, position, who, act, target))
        told[position] = f"{act.act} ({act.place})"
    latest = max((e.record_time for e in events), default=scene.at)
    everything = AtPosition(len(events), as_of=max(latest, scene.at))
    known: KnownAt = everything if known_at is None else AtTime(known_at)
    return people[PERSON], History(tuple(events), told, known)


def _begin(scene: Scene, acts: list[GivenAct], known_at: datetime | None) -> datetime:
    """Return when attested facts were attested: long before anything in the case."""
    moments = [scene.at, *(m for a in acts for m in (a.when, a.recorded))]
    return min([*moments, *([known_at] if known_at else [])]) - LONG_BEFORE


_Attested = tuple[Ordinal, Act, str, datetime, str]


def _attested(
    given: Mapping[str, Profile], people: Mapping[str, Ordinal], when: datetime
) -> list[_Attested]:
    """Return the facts attested of each profile."""
    found: list[_Attested] = []
    for name, profile in given.items():
        who, place = people[name], profile.place
        if profile.jurisdiction is not None:
            told = _fact_told("jurisdiction", profile.jurisdiction, place)
            found.append((who, Act.ATTEST_JURISDICTION, profile.jurisdiction, when, told))
        if profile.born is not None:
            day = profile.born.isoformat()
            found.append((who, Act.ATTEST_AGE, day, when, _fact_told("born", day, place)))
    return found


def _fact_told(what: str, value: str, place: Place) -> str:
    """Return an attested fact in words."""
    return f"{what} {value} ({place})"


def _fact(scene: Scene, position: int, who: Ordinal, act: Act, value: str, when: datetime) -> Event:
    """Return the event that attests a fact."""
    key = position.to_bytes(8, "big")
    return Event(
        position=position,
        event_key=key,
        content_key=key,
        subject=who,
        controller=scene.policy.controller,
        act=act,
        event_time=when,
        record_time=when,
        value=value,
    )


def _event(scene: Scene, position: int, who: Ordinal, act: GivenAct, target: int | None) -> Event:
    """Return one act as an event."""
    key = position.to_bytes(8, "big")
    purpose = None if act.every_purpose else act.purpose or scene.purpose
    default = frozenset({scene.category}) if act.act in GRANTS else frozenset()
    shown = _shown(scene.policy, purpose, act)
    return Event(
        position=position,
        event_key=key,
        content_key=key,
        subject=who,
        controller=scene.policy.controller,
        act=act.act,
        event_time=act.when,
        record_time=act.recorded,
        purpose=purpose,
        categories=default if act.categories is None else act.categories,
        explicit=act.explicit,
        notice=shown.name,
        notice_sha256=shown.sha256,
        notice_purposes=shown.purposes,
        language=act.language,
        method=act.method,
        authority=act.authority,
        expires_at=act.expires,
        value=act.value,
        target=target,
        until=act.until,
        uses=act.uses,
        idle_days=act.idle_days,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """The notice that somebody was shown."""

    name: str | None = None
    sha256: str | None = None
    purposes: frozenset[Purpose] = frozenset()


def _shown(policy: Policy, purpose: Purpose | None, act: GivenAct) -> _Shown:
    """Return what was shown: what the act says, else, for a grant, the notice in force."""
    notice = _notice_of(policy, purpose)
    in_force = None if notice is None else notice_name(notice)
    name = act.notice or (in_force if act.act in GRANTS else None)
    if name is None or name == NONE_SHOWN:
        return _Shown()
    listed = frozenset() if notice is None else notice.purposes
    pinned = _pinned(notice, act.language) if notice is not None and name == in_force else None
    return _Shown(name, act.text or pinned, listed)


def _notice_of(policy: Policy, purpose: Purpose | None) -> Notice | None:
    """Return the notice that a purpose goes by."""
    rule = None if purpose is None else policy.purposes.get(purpose)
    return policy.notices.get(rule.notice) if rule is not None and rule.notice else None


def _pinned(notice: Notice, language: str | None) -> str | None:
    """Return the text that was shown: in the language named, else the notice's first."""
    if language is not None:
        return notice.texts.get(language)
    return notice.sha256 or min(notice.texts.values(), default=None)


def _other(act: GivenAct, people: Mapping[str, Ordinal]) -> int | None:
    """Return the other profile of a merge or un-merge."""
    if act.linked is None:
        return None
    return people.get(act.linked, people[PERSON])
