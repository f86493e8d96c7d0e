# SPDX-License-Identifier: Apache-2.0
"""Everybody whose data may be read: the fold over a whole population, as a bitmap of ordinals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from pyroaring import BitMap, FrozenBitMap

from privseg.consent.asked import gaps, is_sound
from privseg.consent.attested import of_age_from
from privseg.consent.columns import EventColumns
from privseg.consent.decide import decide
from privseg.consent.encoding import NEVER
from privseg.consent.event import Act, Event
from privseg.consent.history import fault_of
from privseg.consent.question import PopulationQuestion
from privseg.consent.relevant import Rows, relevant
from privseg.consent.rules import Rules
from privseg.consent.scope import Case
from privseg.consent.vector import fold
from privseg.terms import EPOCH, MICROSECOND, LawfulBasis, Ordinal, from_micros, to_micros

_CALENDAR_END = to_micros(datetime.max.replace(tzinfo=EPOCH.tzinfo))


@dataclass(frozen=True, slots=True)
class Eligible:
    """Who may be read, and until when that stays true without a new event.

    ``valid_until`` is exclusive: from that moment on somebody's answer may differ (an expiry, a
    grant taking force, a birthday). None: time alone changes nothing.
    """

    people: FrozenBitMap = field(repr=False)
    valid_until: datetime | None = None


def eligible(rules: Rules, events: EventColumns, question: PopulationQuestion) -> Eligible:
    """Return ``{p: decide(rules, events_of(p), question.of(p)).allowed}`` as a bitmap.

    People whose history is plain are folded as arrays; the others by ``decide``, one by one.
    """
    terms = rules.purposes.get(question.purpose)
    if terms is None or not is_sound(question) or gaps(rules, question):
        return Eligible(FrozenBitMap())
    rows = relevant(events, Case(rules, terms, question.category, question.at), question)
    folded = fold(rows, question)
    people = BitMap(rows.people[folded.allowed].astype(np.uint32))
    for person in (*map(int, rows.people[folded.hard]), *events.irregular):
        subject = Ordinal(person)
        if decide(rules, events.events_of(subject), question.of(subject)).allowed:
            people.add(person)
    return Eligible(FrozenBitMap(people), _valid_until(rows, events, question))


def _valid_until(rows: Rows, events: EventColumns, question: PopulationQuestion) -> datetime | None:
    """Return the first later moment that any answer depends on."""
    case = rows.case
    later = [m for m in _moments_of_rows(rows) if m > rows.at]
    for history in events.kept.values():
        later += [m for e in history for m in _moments_of(e, case) if m > rows.at]
    later += [m for m in _moments_of_rules(case, question) if m > rows.at]
    first = min(later, default=NEVER)
    return None if first > _CALENDAR_END else from_micros(first)


def _moments_of_rows(rows: Rows) -> Iterator[int]:
    """Yield, of each kind of moment in the rows, the first after ``at``."""
    grants = rows.acts({Act.GRANT, Act.OPT_IN})
    columns = [rows.event_time, rows.record_time, rows.expires_at[grants]]
    if rows.case.terms.consent_lasts is not None:
        columns.append(rows.event_time[grants] + _micros(rows.case.terms.consent_lasts))
    for column in columns:
        yield int(np.min(column, initial=NEVER, where=column > rows.at))
    if _asks_age(rows.case):
        for code in np.unique(rows.value[rows.acts({Act.ATTEST_AGE})]):
            yield of_age_from(date.fromisoformat(rows.values[code]))


def _moments_of(event: Event, case: Case) -> Iterator[int]:
    """Yield the moments of one event of somebody whose history is kept whole."""
    if fault_of(event) is not None:
        return  # denies at every moment
    yield from (to_micros(event.event_time), to_micros(event.record_time))
    if event.expires_at is not None:
        yield to_micros(event.expires_at)
    if case.terms.consent_lasts is not None:
        yield to_micros(event.event_time) + _micros(case.terms.consent_lasts)
    if event.born is not None:
        yield of_age_from(event.born)


def _moments_of_rules(case: Case, question: PopulationQuestion) -> Iterator[int]:
    """Yield when the ledger stops being fresh, and when a notice is posted."""
    as_of, age = question.known_at.as_of, case.rules.max_ledger_age
    if age is not None and as_of is not None:
        yield to_micros(as_of) + age // MICROSECOND + 1
    if case.rules.opt_out_notice_since is not None:
        yield to_micros(case.rules.opt_out_notice_since)


def _micros(lasts: timedelta) -> int:
    """Return a duration in microseconds, cut at the length of the calendar."""
    return min(lasts // MICROSECOND, _CALENDAR_END)


def _asks_age(case: Case) -> bool:
    """Return whether age can matter: only where an opt-out regime is among the bases."""
    return LawfulBasis.OPT_OUT in case.terms.basis.values()
