# SPDX-License-Identifier: Apache-2.0
"""Corrections as the catalogue reads them: which column, and the value that a file would give.

The same parsers as an import, so that a corrected value is one that could have come in. No message
says what was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import pyarrow as pa

from privseg.dsr import Correction
from privseg.engine.house import House
from privseg.engine.importing import EVENT_BYTES, account_keys
from privseg.errors import InputError
from privseg.policy import Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.sources.declared import fields
from privseg.sources.distinct import CONTENT_ID

FILE = "the request"  # what a reader calls the place of the values


class CorrectionError(InputError):
    """A correction cannot be made as it is asked for; nothing was changed.

    ``number`` counts the corrections of a request from 1, as its file lists them.
    """

    def __init__(self, number: int, why: str) -> None:
        super().__init__(
            f"correction {number} of the request cannot be made: {why}; nothing was changed: "
            "correct the request's file, or refuse this part (privseg dsr refuse)"
        )
        self.number = number
        self.why = why


@dataclass(frozen=True, slots=True)
class Wanted:
    """One correction, read: what is to stand in which column; personal values out of ``repr``.

    ``values`` are by stored column (a text has its folded twin); ``text`` is as it was given, for
    an identifier. ``event_id`` is the stored id of the one event that is meant.
    """

    number: int
    source: Source
    column: Column
    values: Mapping[str, object] = field(repr=False)
    text: str | None = field(repr=False)
    event_id: bytes | None = field(default=None, repr=False)
    old_text: str | None = field(default=None, repr=False)

    @property
    def is_identifier(self) -> bool:
        """Return whether it corrects who the person is, which only the vault knows."""
        return self.column.role is ColumnRole.DIRECT_IDENTIFIER

    @property
    def value(self) -> object:
        """Return the right value as it is stored."""
        return self.values.get(self.column.attribute)


def require_correctable(house: House, corrections: Iterable[Correction]) -> None:
    """Refuse corrections that name no value there is, or none that the catalogue can read.

    Raises:
        CorrectionError: the first that does; nothing personal is in it.
    """
    wanted_of(house, corrections)


def wanted_of(house: House, corrections: Iterable[Correction]) -> tuple[Wanted, ...]:
    """Return corrections as the catalogue reads them.

    Raises:
        CorrectionError: one cannot be read.
    """
    return tuple(_wanted(house, n, c) for n, c in enumerate(corrections, start=1))


def _wanted(house: House, number: int, asked: Correction) -> Wanted:
    """Read one correction."""
    source = house.policy.catalogue.sources.get(asked.source)
    if source is None:
        raise CorrectionError(number, "there is no such source (privseg source list)")
    if source.kind in {SourceKind.LIST, SourceKind.ACCOUNTS}:
        why = "a list or a company's record is corrected at its source: import it anew"
        raise CorrectionError(number, why)
    column = next((c for c in source.columns if c.attribute == asked.attribute), None)
    if column is None:
        raise CorrectionError(number, "the source has no such attribute (privseg source list)")
    values = _values(house, number, source, column, asked.value)
    identifier = column.role is ColumnRole.DIRECT_IDENTIFIER
    return Wanted(
        number=number,
        source=source,
        column=column,
        values=values,
        text=asked.value,
        event_id=None if identifier else _event_id(house, number, source, asked.row),
        old_text=asked.row if identifier else None,
    )


def _values(
    house: House, number: int, source: Source, column: Column, text: str | None
) -> dict[str, object]:
    """Return what is to be stored, by column; a value that is taken out is missing."""
    apart = column.role is ColumnRole.DIRECT_IDENTIFIER or column.type is ColumnType.ACCOUNT
    name = f"={column.name}" if apart else column.attribute
    made = next((f for f in fields(source, FILE) if f.name == name), None)
    if made is None:
        raise CorrectionError(number, "the source has no such attribute (privseg source list)")
    if text is not None and not text.strip():
        raise CorrectionError(number, "an empty value; to take a value out write: remove: true")
    found = made.convert(pa.array([text], pa.string()))
    if found.faults:
        fault = min(found.faults)
        raise CorrectionError(number, f"attribute {column.attribute}: {fault}")
    if len(found.rounded):
        raise CorrectionError(number, f"attribute {column.attribute}: finer than its unit")
    if column.type is ColumnType.ACCOUNT and column.account is not None:
        named = pa.chunked_array([found.values])
        return {column.attribute: account_keys(house, column.account, named)[0].as_py()}
    twins = {n: twin(found.values)[0].as_py() for n, twin in (made.derived or {}).items()}
    return {column.attribute: found.values[0].as_py(), **twins}


def _event_id(house: House, number: int, source: Source, row: str | None) -> bytes | None:
    """Return the stored id of the event that is meant; None for a row about the person."""
    if source.kind is not SourceKind.EVENTS:
        if row is not None:
            raise CorrectionError(number, "there is one row of each person: name none")
        return None
    if source.event_id == CONTENT_ID:
        raise CorrectionError(number, "events of this source have no ids: import it anew")
    if row is None:
        raise CorrectionError(number, "say which event is meant, by its id: row: ID")
    key = house.vault.secret(f"event-id/{source.name}")
    return blake2b(row.encode(), key=key, digest_size=EVENT_BYTES).digest()
