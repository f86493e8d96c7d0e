# SPDX-License-Identifier: Apache-2.0
"""What is left of a person in open re-identifications, taken out when they are erased."""

from __future__ import annotations

from privseg.engine.house import House
from privseg.engine.reidentify.asking import sweep
from privseg.engine.reidentify.errors import ReidentificationTamperedError
from privseg.engine.reidentify.record import Record
from privseg.terms import Ordinal


def reidentify_forget(house: House, person: Ordinal) -> int:
    """Take a person's pseudonyms out of every list; return out of how many.

    Part of their erasure, in its transaction and *before* their uid is destroyed: afterwards nobody
    can tell any more which pseudonyms were theirs. A list that does not open is deleted whole.
    """
    record, gone = Record(house), 0
    for number in record.with_people():
        try:
            people, domain = record.people(number), record.request(number).asked.domain
        except ReidentificationTamperedError:
            gone += record.forget_people(number)
            continue
        theirs = house.vault.pseudonym(person, domain)
        if theirs in people:
            record.put_people(number, people - {theirs})
            gone += 1
    return gone


def forget_lapsed(house: House) -> int:
    """Delete the lists of requests that can come to no name any more; return how many."""
    record = Record(house)
    if not record.with_people():
        return 0
    with house.db.transaction():
        return sweep(record, house.now())
