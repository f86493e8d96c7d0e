# SPDX-License-Identifier: Apache-2.0
"""The acts of a case; each must say what its kind needs, and name only what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from privseg.consent.event import Act, Authority, Resolution
from privseg.loaders import codes
from privseg.loaders.case import GivenAct, Profile
from privseg.loaders.case_times import born, moment
from privseg.loaders.cases_file import ActEntry, ProfileEntry
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days
from privseg.policy.findings import suggestion
from privseg.terms import Category, Purpose

EVERY = "all"  # as a purpose: every one
OLDEST = 130  # years
TIES = frozenset({Act.MERGE, Act.UNMERGE})
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_profile(
    entry: ProfileEntry,
    at: datetime,
    *,
    others: frozenset[str],
    acts: frozenset[str],
    mistakes: Mistakes,
) -> Profile:
    """Return one profile; ``others`` and ``acts`` are the names that its acts may use."""
    if entry.born is not None and entry.age is not None:
        mistakes.note("say born or age, not both", entry.place("age"))
    if entry.age is not None and not 0 <= entry.age <= OLDEST:
        mistakes.note(f"from 0 to {OLDEST} years", entry.place("age"))
    where = entry.jurisdiction
    place = entry.place("jurisdiction")
    day = entry.born
    if day is None and entry.age is not None and 0 <= entry.age <= OLDEST:
        day = born(entry.age, at)
    for act in entry.acts:
        for message, key in _lacks(act, others, acts):
            mistakes.note(message, act.place(key))
    return Profile(
        jurisdiction=None if where is None else codes.jurisdiction(where, place, mistakes),
        born=day,
        acts=tuple(_act(a, at, mistakes) for a in entry.acts),
        place=entry.place(),
    )


def _act(entry: ActEntry, at: datetime, mistakes: Mistakes) -> GivenAct:
    """Return one act; what is recorded is known no earlier than it is done, unless it says so."""
    when = moment(entry.when, at, entry.place("when"), mistakes)
    recorded = entry.recorded
    expires, idle = entry.expires, entry.idle
    return GivenAct(
        act=entry.act,
        when=when,
        recorded=when
        if recorded is None
        else moment(recorded, at, entry.place("recorded"), mistakes),
        place=entry.place(),
        purpose=None if entry.purpose in {None, EVERY} else Purpose(str(entry.purpose)),
        every_purpose=entry.purpose == EVERY,
        categories=None if entry.categories is None else frozenset(map(Category, entry.categories)),
        explicit=entry.explicit,
        notice=entry.notice,
        language=entry.language,
        text=entry.text,
        method=entry.method,
        authority=Authority[entry.authority.upper()],
        expires=None if expires is None else moment(expires, at, entry.place("expires"), mistakes),
        until=entry.until,
        uses=entry.uses,
        idle_days=None if idle is None else days(idle, entry.place("idle"), mistakes),
        value=entry.value,
        name=entry.name,
        of=entry.of,
        linked=entry.linked,
    )


def _lacks(
    entry: ActEntry, others: frozenset[str], acts: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an act, and at which key."""
    yield from _lacks_names(entry, others, acts)
    yield from _lacks_value(entry)
    if entry.uses is not None and entry.uses < 1:
        yield "at least 1", "uses"
    if entry.text is not None and not _SHA256.fullmatch(entry.text):
        yield "a SHA-256 has 64 hexadecimal digits (0-9, a-f)", "text"
    if entry.act in {Act.GRANT, Act.OPT_IN} and (entry.purpose == EVERY or entry.categories == ()):
        yield "a grant names a purpose and categories", "purpose"


def _lacks_names(
    entry: ActEntry, others: frozenset[str], acts: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield another profile or act that an act needs, has no use for, or names wrongly."""
    for key, name, needed, known in (
        ("with", entry.linked, entry.act in TIES, others | {"person"}),
        ("of", entry.of, entry.act is Act.RESOLVE, acts),
    ):
        if needed and name is None:
            yield f"{entry.act} needs {key!r}", key
        if not needed and name is not None:
            yield f"{entry.act} has no {key!r}", key
        if name is not None and name not in known:
            yield f"nothing here is called {name[:60]!r}{suggestion(name, known)}", key


def _lacks_value(entry: ActEntry) -> Iterator[tuple[str, str]]:
    """Yield a value that an act needs and lacks, or that is none."""
    value = entry.value or ""
    match entry.act:
        case Act.ATTEST_AGE if not _is_day(value):
            yield "say when they were born: value: 1990-05-17", "value"
        case Act.ATTEST_JURISDICTION if not value:
            yield "say where: value: DE", "value"
        case Act.HAPPENED if not value:
            yield "say what happened: value: a name", "value"
        case Act.RESOLVE if value not in set(Resolution):
            yield f"say how: value: {' or '.join(Resolution)}", "value"


def _is_day(text: str) -> bool:
    """Return whether a text is an ISO day."""
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
