# SPDX-License-Identifier: Apache-2.0
"""Who may change by time alone, and when: an expiry, a birthday, a grant that takes force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from privseg.consent.assembly import Assembly
from privseg.consent.attested import may_be_of_age_from, of_age_from
from privseg.consent.crowd import Days, Micros, Numbers
from privseg.consent.encoding import DAY_MICROS, NEVER
from privseg.consent.event import Act, Authority, Event
from privseg.consent.history import is_malformed
from privseg.consent.question import PopulationQuestion
from privseg.consent.regime import ASKING, Regime, regime
from privseg.consent.relevant import Docket
from privseg.consent.rows import Rows
from privseg.consent.scope import GRANTING, Case
from privseg.consent.vector import distinct, laws_of
from privseg.consent.vector_ages import first_not_yet, newest
from privseg.consent.vector_expiry import LONGEST, idle_limits, last_activity, micros
from privseg.terms import EPOCH, Jurisdiction, LawfulBasis, Ordinal, from_micros, to_micros

_CALENDAR_END = to_micros(datetime.max.replace(tzinfo=EPOCH.tzinfo))


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """People (ordinals, ascending), and of each the first moment at which the answer may differ.

    Nobody else changes without a new event. Whoever is tied to somebody changes with them.
    """

    people: NDArray[np.int64] = field(repr=False)
    moments: NDArray[np.int64] = field(repr=False)  # microseconds since 1970-01-01 UTC

    @property
    def first(self) -> datetime | None:
        """Return the first moment of all."""
        return from_micros(int(self.moments.min())) if len(self.moments) else None


def joined(dues: Sequence[Due]) -> Due:
    """Return the dues of parts, of other people each, as one in order of people."""
    people = np.concatenate([NOBODY.people, *(d.people for d in dues)])
    moments = np.concatenate([NOBODY.moments, *(d.moments for d in dues)])
    order = np.argsort(people, kind="stable")
    return Due(people[order], moments[order])


NOBODY = Due(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def due(assembly: Assembly, docket: Docket, case: Case, question: PopulationQuestion) -> Due:
    """Return who may change after ``at``, each with the first moment they may."""
    at = to_micros(case.at)
    first = np.full(len(assembly.people), NEVER, dtype=np.int64)
    all_at_once = _of_rules(case, question, at)
    first[assembly.person[assembly.sound | assembly.aside]] = all_at_once
    first[assembly.unsettled] = all_at_once
    for person, moments in _of_people(assembly, docket, case, at):
        later = moments > at
        np.minimum.at(first, person[later], moments[later])
    if assembly.ever.group is not None:
        group = assembly.ever.group
        of_group = np.full_like(first, NEVER)
        np.minimum.at(of_group, group, first)
        first = of_group[group]
    soon = first <= _CALENDAR_END
    return Due(assembly.people[soon], first[soon])


def _of_rules(case: Case, question: PopulationQuestion, at: int) -> int:
    """Return when everybody may change: the ledger stops being fresh, a notice is posted."""
    as_of, age = question.known_at.as_of, case.rules.max_ledger_age
    posted = case.rules.opt_out_notice_since
    moments = []
    if age is not None and as_of is not None:
        moments.append(to_micros(as_of) + micros(age) + 1)
    if posted is not None and LawfulBasis.OPT_OUT in case.terms.basis.values():
        moments.append(to_micros(posted))
    return min((m for m in moments if m > at), default=NEVER)


def _of_people(
    assembly: Assembly, docket: Docket, case: Case, at: int
) -> Iterator[tuple[Numbers, Micros]]:
    """Yield numbers of people with a moment each, of every kind of moment."""
    for rows in (*docket.rows().values(), assembly.shaping):
        yield rows.person, rows.event_time
        yield rows.person, rows.record_time
    laws = distinct(laws_of(docket.places, case).values())
    yield from _of_grants(docket, case, laws, at)
    yield from _of_births(assembly, docket, laws, at)
    yield from _of_unsettled(assembly, case, laws)


def _of_grants(
    docket: Docket, case: Case, laws: Iterable[Regime], at: int
) -> Iterator[tuple[Numbers, Micros]]:
    """Yield when grants expire: by themselves, by the policy, by inactivity."""
    grants = docket.grants
    yield grants.person, grants.events.expires_at[grants.row]
    if case.terms.consent_lasts is not None:
        yield grants.person, grants.event_time + micros(case.terms.consent_lasts)
    for idle in {law.law.idle for law in laws}:
        limits = idle_limits(grants, case, idle)
        if np.any(limits < NEVER):
            last = last_activity(grants, docket, at)
            yield grants.person, last + np.minimum(limits, LONGEST)


def _of_births(
    assembly: Assembly, docket: Docket, laws: Iterable[Regime], at: int
) -> Iterator[tuple[Numbers, Micros]]:
    """Yield when people surely reach the ages of the laws, or may reach what ends a guardian's."""
    dates, _ = newest(docket.ages, docket.crowd, at)
    grants = docket.grants
    by_guardian = grants.person[grants.authority == Authority.GUARDIAN.value]
    lapsing = dates.where(assembly.ever.any_linked(by_guardian)[dates.person])
    for years in _ages(laws):
        yield _birthdays(dates, docket.days, partial(of_age_from, years=years), at)
        yield _birthdays(lapsing, docket.days, partial(may_be_of_age_from, years=years), at)


def _birthdays(
    dates: Rows, days: Days, birthday: Callable[[date], int], at: int
) -> tuple[Numbers, Micros]:
    """Return whose birthdays are still to come, and when they are."""
    born = days[dates.value]
    young = born >= first_not_yet(birthday, at)
    ever, which = np.unique(born[young], return_inverse=True)
    moments = np.array([birthday(date.fromordinal(int(day))) for day in ever], dtype=np.int64)
    return dates.person[young], moments[which]


def _ages(laws: Iterable[Regime]) -> set[int]:
    """Return the ages, in years, that laws ask about."""
    consent = {law.law.guardian_below for law in laws if law.basis in ASKING}
    return consent | {law.law.opt_in_below for law in laws if law.basis is LawfulBasis.OPT_OUT}


def _of_unsettled(
    assembly: Assembly, case: Case, laws: Sequence[Regime]
) -> Iterator[tuple[Numbers, Micros]]:
    """Yield the moments of those whose rows do not say all, from their events."""
    people = {int(n): _readable(assembly, int(n)) for n in np.flatnonzero(assembly.unsettled)}
    homes = [e.value for events in people.values() for e in events if e.act in _HOMES and e.value]
    laws = distinct([*laws, *(regime(case, Jurisdiction(home)) for home in homes)])
    lasting = {case.terms.consent_lasts, case.terms.idle, *(law.law.idle for law in laws)}
    for number, events in people.items():
        spans = [micros(t) for t in lasting if t is not None]
        spans += [min(e.idle_days * DAY_MICROS, LONGEST) for e in events if e.idle_days]
        moments = [m for e in events for m in _of_event(e, _ages(laws))]
        starts = (to_micros(e.event_time) for e in events if e.act in _STARTING)
        moments += [start + span for start in starts for span in spans]
        yield np.full(len(moments), number), np.array(moments, dtype=np.int64)


def _readable(assembly: Assembly, number: int) -> list[Event]:
    """Return the well-formed events of a person."""
    events = assembly.events.events_of(Ordinal(int(assembly.people[number])))
    return [e for e in events if not is_malformed(e)]


def _of_event(event: Event, ages: Iterable[int]) -> Iterator[int]:
    """Yield the moments that one event holds by itself."""
    yield to_micros(event.event_time)
    yield to_micros(event.record_time)
    if event.expires_at is not None:
        yield to_micros(event.expires_at)
    if event.born is not None:
        for years in ages:
            yield of_age_from(event.born, years)
            yield may_be_of_age_from(event.born, years)


_HOMES = frozenset({Act.ATTEST_JURISDICTION})
_STARTING = GRANTING | {Act.ACTIVITY}
