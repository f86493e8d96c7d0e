# SPDX-License-Identifier: Apache-2.0
"""Putting a case into the books: its law, its clock, its first entry on the log."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from privseg.consent import Act
from privseg.dsr import Asked, Case, RequestKind
from privseg.dsr.clock import first, local_day
from privseg.dsr.places import Places, Where
from privseg.engine.dsr.clocks import rule_of
from privseg.engine.dsr.laws import holidays_of
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.steps import OPEN, entry_of
from privseg.engine.house import House
from privseg.pseudonym import canonical_form
from privseg.terms import Jurisdiction, Ordinal, StaffRole, SubjectId

ASKER = "asker"  # names the secret under which identifiers that nobody has are marked


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that is about to be opened. ``asker`` marks an identifier that nobody here has."""

    kind: RequestKind
    person: Ordinal | None = field(repr=False)
    asker: bytes | None = field(repr=False)
    where: Jurisdiction | Places | None
    received: datetime
    manner: str
    asked: Asked = field(repr=False)
    appeal_of: int | None = None
    goes_with: int | None = None

    @property
    def law_places(self) -> Where:
        """Return by which places' laws it goes."""
        if isinstance(self.where, Places):
            return self.where.one or self.where.all
        return self.where


def put(house: House, opened: Opened, *, role: StaffRole) -> Case:
    """Open a case and put it on the log, in the open transaction."""
    rule = rule_of(house, opened.kind, opened.law_places)
    day = local_day(opened.received, house.zone)
    case = house.cases.open_case(
        opened.kind,
        received_at=opened.received,
        deadlines=first(rule, day, holidays_of(opened.law_places)),
        jurisdiction=opened.where,
        subject=opened.person,
        manner=opened.manner,
        asked=opened.asked,
        asker=opened.asker,
        duplicate_of=_open_twin(house, opened),
        appeal_of=opened.appeal_of,
        goes_with=opened.goes_with,
    )
    told = {} if opened.goes_with is None else {"of": str(opened.goes_with)}
    house.log.append(entry_of(OPEN, case, role, tied(house, opened.person), told))
    return case


def asker_mark(house: House, subject: SubjectId) -> bytes:
    """Return the mark of an identifier that nobody here has: keyed, and gone with the case's file.

    By it the attempts of one unknown person are counted, as a known person's are, however the
    identifier is spelt.
    """
    said = len(subject.kind).to_bytes(4) + subject.kind.encode() + canonical_form(subject)
    return hmac.digest(house.vault.secret(ASKER), said, "sha256")


def jurisdiction_of(house: House, person: Ordinal | None) -> Jurisdiction | None:
    """Return the one jurisdiction attested for a person; None when unknown or several."""
    attested = _attested(house, person)
    return attested[0] if len(attested) == 1 else None


def place_of(
    house: House, person: Ordinal | None, said: Jurisdiction | None
) -> Jurisdiction | Places | None:
    """Return where a person lives: as attested, as they say, or both where that is not the same."""
    attested = _attested(house, person)
    every = tuple(dict.fromkeys((*attested, *([said] if said else []))))
    if len(every) <= 1:
        return every[0] if every else None
    return _several(house, attested, said if said not in attested else None)


def places_again(case: Case) -> Jurisdiction | Places | None:
    """Return the places of a case, for another one that goes by the same law."""
    return case.jurisdiction if case.places is None else case.places


def places_with(house: House, case: Case, person: Ordinal) -> Jurisdiction | Places | None:
    """Return the places of a case, with those attested for another profile of the same person.

    Where no place of the case is known, none is: then it goes by the strictest law of all.
    """
    said, mine = house.cases.asked(case.number).place, _attested(house, person)
    if case.where is None or set(mine) <= set(_each(case)):
        return places_again(case)
    known = _each(case) if case.places is None else case.places.attested
    attested = tuple(dict.fromkeys((*(p for p in known if p != said), *mine)))
    return _several(house, attested, said if said not in attested else None)


def _each(case: Case) -> tuple[Jurisdiction, ...]:
    """Return every place of a case."""
    if case.places is not None:
        return case.places.all
    return () if case.jurisdiction is None else (case.jurisdiction,)


def _several(house: House, attested: tuple[Jurisdiction, ...], said: Jurisdiction | None) -> Places:
    """Return places of one person that are not the same."""
    packs = {house.request_law(place).pack for place in (*attested, *([said] if said else []))}
    return Places(attested=attested, said=said, one_law=len(packs) == 1)


def _attested(house: House, person: Ordinal | None) -> tuple[Jurisdiction, ...]:
    """Return every jurisdiction that was ever attested for a person, each once."""
    history = house.ledger.history(person) if person is not None else []
    found = (e.value for e in history if e.act is Act.ATTEST_JURISDICTION and e.value)
    return tuple(map(Jurisdiction, dict.fromkeys(found)))


def _open_twin(house: House, opened: Opened) -> int | None:
    """Return the oldest open request of the same person and kind: noted, and nothing more."""
    person, mark = opened.person, opened.asker
    theirs = house.cases.of_subject(person) if person is not None else []
    theirs += house.cases.of_asker(mark) if mark is not None else []
    twins = (c.number for c in theirs if c.kind is opened.kind and c.state.is_open)
    return next(twins, None)
