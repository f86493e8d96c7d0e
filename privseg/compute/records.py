# SPDX-License-Identifier: Apache-2.0
"""What is given out of people one by one: amounts, and records; personal data, for other gates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import FrozenBitMap

from privseg.compute.amounts import amount_of, asked_of
from privseg.compute.checks import is_number_of_person, person_type
from privseg.compute.errors import NotARecordError, NotSummableError
from privseg.compute.events import Events
from privseg.compute.people import People
from privseg.compute.reader import mask_of, ordinals_of
from privseg.compute.slots import PersonSlots
from privseg.compute.stand import Stand
from privseg.frames import Amount, OfPerson
from privseg.gate.columns import ORDINAL
from privseg.gate.ports import PersonAmounts
from privseg.policy.catalogue import Catalogue, ColumnType
from privseg.terms import Attribute


def check_amounts(amounts: Sequence[Amount], catalogue: Catalogue) -> None:
    """Return if each is a number of a person; it depends on the plan alone.

    Raises:
        NotSummableError: one is not.
        NotAFilterError, CrossesPeopleError: as ``is_number_of_person`` says.
    """
    for place, amount in enumerate(amounts):
        if not is_number_of_person(amount, catalogue):
            raise NotSummableError(f"amount {place}")


def check_records(attributes: Sequence[Attribute], catalogue: Catalogue) -> None:
    """Return if each is an attribute that people have one of.

    Raises:
        NotARecordError: one is an event's, a list, an account's own name, or named twice.
    """
    for attribute in attributes:
        kind = person_type(attribute, catalogue)
        if kind in {None, ColumnType.ACCOUNT} or list(attributes).count(attribute) > 1:
            raise NotARecordError(attribute)


def amounts_of(
    amounts: Sequence[Amount], people: FrozenBitMap, *, stand: Stand, events: Events
) -> PersonAmounts:
    """Return a row for each of ``people``, in order, and a column for each amount."""
    own = frozenset(a.attribute for a in amounts if isinstance(a, OfPerson))
    attributes, slots = People(stand, people, own), PersonSlots(mask_of(people))
    events.expect([asked for a in amounts if (asked := asked_of(a)) is not None])
    ordinals = ordinals_of(people)
    values = np.zeros((len(ordinals), len(amounts)), np.int64)
    known = np.zeros((len(ordinals), len(amounts)), np.bool_)
    for place, amount in enumerate(amounts):
        found = amount_of(amount, slots, people=attributes, events=events)
        values[:, place], known[:, place] = found.numbers[ordinals], found.known[ordinals]
    return PersonAmounts(ordinals, values, known)


def records_of(attributes: Sequence[Attribute], people: FrozenBitMap, *, stand: Stand) -> pa.Table:
    """Return a row for each of ``people``, in order: the ordinal, and each attribute."""
    reading = People(stand, people, frozenset(attributes))
    ordinals = pa.array(ordinals_of(people), pa.uint32())
    columns = {str(a): _column(reading.rows(a), a, ordinals) for a in attributes}
    return pa.table({ORDINAL: ordinals, **columns})


def _column(rows: pa.Table, attribute: Attribute, ordinals: pa.Array) -> pa.Array:
    """Return an attribute of everybody, missing for whoever has no row."""
    places = pc.index_in(ordinals, rows.column(ORDINAL).combine_chunks())
    return rows.column(str(attribute)).combine_chunks().take(places)
