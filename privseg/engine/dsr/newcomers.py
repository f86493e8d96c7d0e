# SPDX-License-Identifier: Apache-2.0
"""People whom nobody here knew when they asked, and who may have come in since.

By an import, or by a consent of theirs. Only an erasure keeps the identifier that was given, since
other systems are searched by it; of every other request there is a keyed mark alone, which leads to
a person once somebody here has that identifier.
"""

from __future__ import annotations

from dataclasses import replace

from privseg.dsr import Case
from privseg.engine.dsr.opening import ASKER, asker_mark
from privseg.engine.house import House
from privseg.pseudonym import identifies
from privseg.terms import Ordinal, SubjectId


def person_now(house: House, number: int) -> Ordinal | None:
    """Return whose request it is, looked up again where nobody was known; None for nobody yet."""
    if (person := house.cases.subject(number)) is not None:
        return person
    given = identifier_of(house, number)
    return None if given is None else house.vault.resolve(given)


def identifier_of(house: House, number: int) -> SubjectId | None:
    """Return by what somebody unknown asked to be erased, until they are answered."""
    return house.cases.asked(number).identifier


def asked_while_unknown(house: House, person: Ordinal) -> list[Case]:
    """Return what a person asked while nobody here knew them, oldest first.

    By every identifier that is theirs alone: one that people share says nothing of who asked.
    """
    if not house.vault.has_secret(ASKER):
        return []  # nobody unknown ever asked, and no key is made by looking
    alone = (s for s in house.vault.identity(person) if identifies(s.kind))
    marks = {asker_mark(house, s) for s in alone if house.vault.resolve(s) == person}
    found = {case.number: case for mark in marks for case in house.cases.of_asker(mark)}
    return [found[number] for number in sorted(found)]


def tie_to(house: House, person: Ordinal) -> None:
    """Say of what a person asked while nobody here knew them that it is theirs, from now on."""
    for case in asked_while_unknown(house, person):
        house.cases.found(case.number, person)


def forget_identifier(house: House, number: int) -> None:
    """Forget by what somebody unknown asked to be erased: the request is over without a run."""
    asked = house.cases.asked(number)
    if asked.identifier is not None:
        house.cases.keep_asked(number, replace(asked, identifier=None))
