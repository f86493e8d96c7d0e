# SPDX-License-Identifier: Apache-2.0
"""What the log and the tables say of re-identifications: each step is on both, or on neither.

A request permits nothing unless the two agree: a row that somebody put in, took out or put back
is noticed before anybody is named.
"""

from __future__ import annotations

from collections.abc import Iterable

from privseg.audit import AuditEvent, Entry, Kind, Outcome, parse_entry
from privseg.engine.house import House
from privseg.engine.reidentify.errors import ReidentificationTamperedError
from privseg.engine.reidentify.life import Asked, Reidentification, Step, Taken
from privseg.engine.reidentify.seals import ReidentificationSeals
from privseg.errors import IntegrityError
from privseg.pseudonym import Pseudonym
from privseg.store.reidentify import CASE, SqlReidentifications, StoredAsk, StoredStep
from privseg.terms import StaffRole

ASK = "reidentify-ask"
SEGMENTER = "vault.reidentification"  # in access entries; no segmenter of a policy is called so
VERBS: dict[str, Step] = {
    "reidentify-approve": Step.APPROVED,
    "reidentify-refuse": Step.REFUSED,
    "reidentify-withdraw": Step.WITHDRAWN,
}
"""The steps that are entries of their own; opening is an access intent."""

Header = dict[str, str | list[str]]


class Record:
    """The re-identifications of a house. Write inside one transaction with what it decides on."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._rows = SqlReidentifications(house.db)
        self._seals = ReidentificationSeals(house.vault)

    def numbers(self) -> list[int]:
        """Return the number of every request, oldest first."""
        return self._rows.numbers()

    def ask(self, asked: Asked, people: frozenset[Pseudonym]) -> Reidentification:
        """Write a new request and its entry; the entry's body says for what, not about whom."""
        number = self._rows.next_number()
        header: Header = {"verb": ASK, "case": case_of(number)}
        body = {
            "purpose": asked.purpose,
            "domain": [asked.domain.purpose, asked.domain.recipient, asked.domain.epoch],
            "identifiers": sorted(asked.identifiers),
            "reason_code": asked.reason_code,
            "pseudonyms": len(people),
        }
        event = AuditEvent(Kind.ACTOR, Outcome.OK, asked.role, header, body)
        index = self._house.log.append(event)
        sealed = self._seals.asked(number, asked)
        row = StoredAsk(number, index, sealed)
        self._rows.add(row, self._seals.people(number, people))
        return Reidentification(number, asked)

    def decide(self, request: Reidentification, taken: Taken) -> Reidentification:
        """Write an approval, a refusal or a withdrawal, and its entry."""
        verb = next(v for v, step in VERBS.items() if step is taken.step)
        header: Header = {"verb": verb, "case": case_of(request.number)}
        event = AuditEvent(Kind.ACTOR, Outcome.OK, taken.role, header)
        return self.add(request, taken, self._house.log.append(event))

    def add(self, request: Reidentification, taken: Taken, index: int) -> Reidentification:
        """Write the row of a step whose entry has this index."""
        step = len(request.steps) + 1
        whole = Taken(taken.step, taken.user, taken.role, taken.at, index, taken.until, taken.opens)
        sealed = self._seals.taken(request.number, step, whole)
        self._rows.add_step(request.number, StoredStep(step, index, sealed))
        return Reidentification(request.number, request.asked, (*request.steps, whole))

    def deny(self, verb: str, role: StaffRole, reason: str, *, number: int | None = None) -> None:
        """Put a refusal on the log; who was refused is in its body."""
        header: Header = {"verb": verb, "role": str(role), "reason": reason}
        more: Header = {} if number is None else {"case": case_of(number)}
        self._house.log.append(AuditEvent(Kind.ACTOR, Outcome.DENIED, role, header | more))

    def look(self, verb: str, role: StaffRole) -> None:
        """Put on the log that somebody looked at the requests."""
        self._house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": verb}))

    def request(self, number: int) -> Reidentification:
        """Return a request as the tables have it; to decide on it, ask ``borne_out``.

        Raises:
            UnknownReidentificationError: there is none.
            ReidentificationTamperedError: a part of it does not open.
        """
        ask = self._rows.ask(number)
        try:
            asked = self._seals.open_asked(number, ask.sealed)
            steps = [self._opened(number, i, s) for i, s in enumerate(self._rows.steps(number), 1)]
        except (IntegrityError, ValueError, KeyError, TypeError):
            raise ReidentificationTamperedError(number) from None
        return Reidentification(number, asked, tuple(steps))

    def borne_out(self, number: int) -> Reidentification:
        """Return a request whose every step is on the log, and no step on the log is missing.

        Raises:
            UnknownReidentificationError: there is none.
            ReidentificationTamperedError: the log says something else.
        """
        request, since = self.request(number), self._rows.ask(number).audit_index
        named = self._rows.entries_naming(number, since=since)
        logged = steps_in(map(parse_entry, named))
        kept = [(since, ASK), *((s.audit_index, s.step.value) for s in request.steps)]
        if logged != kept:
            raise ReidentificationTamperedError(number)
        return request

    def people(self, number: int) -> frozenset[Pseudonym]:
        """Return the pseudonyms that a request is about; none once its list is gone."""
        sealed = self._rows.people(number)
        if sealed is None:
            return frozenset()
        try:
            return self._seals.open_people(number, sealed)
        except (IntegrityError, ValueError):
            raise ReidentificationTamperedError(number) from None

    def put_people(self, number: int, people: frozenset[Pseudonym]) -> None:
        """Put a shorter list in place of a request's list."""
        self._rows.put_people(number, self._seals.people(number, people))

    def forget_people(self, number: int) -> bool:
        """Delete a request's list; return whether there was one."""
        return self._rows.forget_people(number)

    def with_people(self) -> list[int]:
        """Return the requests whose list is still there."""
        return self._rows.with_people()

    def _opened(self, number: int, step: int, stored: StoredStep) -> Taken:
        """Return one step; its place in the order and its entry are what was sealed."""
        taken = self._seals.open_taken(number, step, stored.sealed)
        if (stored.step, stored.audit_index) != (step, taken.audit_index):
            raise ReidentificationTamperedError(number)
        return taken


def case_of(number: int) -> str:
    """Return how the log names a request."""
    return f"{CASE}{number}"


def steps_in(entries: Iterable[Entry]) -> list[tuple[int, str]]:
    """Return what entries of one request say was done: (sequence, step), asking included."""
    return [(e.sequence, said) for e in entries if (said := said_in(e)) is not None]


def said_in(entry: Entry) -> str | None:
    """Return which step of a re-identification an entry is; None where it is none."""
    if entry.kind is Kind.ACCESS_INTENT:
        return Step.OPENED.value if entry.header.get("segmenter") == SEGMENTER else None
    if (entry.kind, entry.outcome) != (Kind.ACTOR, Outcome.OK):
        return None
    verb = str(entry.header.get("verb"))
    return verb if verb == ASK else VERBS[verb].value if verb in VERBS else None
