# SPDX-License-Identifier: Apache-2.0
"""Finding whose pseudonyms these are: computed forwards, for everybody, and compared.

A pseudonym is HMAC(key of its domain, uid): nothing leads back from it but trying every person whom
the vault knows. That is done bucket by bucket, so memory is bounded, and to the end, so the time
that it takes tells nothing of who was found.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyroaring import FrozenBitMap

from privseg.engine.house import House
from privseg.pseudonym import Domain, Pseudonym
from privseg.terms import Ordinal
from privseg.vault.pages import BUCKET


def matched(house: House, domain: Domain, wanted: frozenset[Pseudonym]) -> dict[Ordinal, Pseudonym]:
    """Return who is behind which pseudonym of a domain; of another domain nobody is."""
    found: dict[Ordinal, Pseudonym] = {}
    if not wanted:
        return found
    for people in _buckets(house):
        made = zip(people, house.vault.pseudonyms(people, domain), strict=True)
        found.update({person: made_ for person, made_ in made if made_ in wanted})
    return found


def _buckets(house: House) -> Iterator[list[Ordinal]]:
    """Yield the people whom the vault knows, a bucket at a time, each bucket as it is then."""
    first, everybody = 0, house.vault.population.enrolled()
    while everybody and first <= everybody.max():
        with house.db.reading():  # nobody is erased between asking who is there and their page
            there = house.vault.population.enrolled()
            people = there & FrozenBitMap(range(first, first + BUCKET))
            yield [Ordinal(p) for p in people]
        first += BUCKET
