# SPDX-License-Identifier: Apache-2.0
"""The lines of an audience: how each person is named to the recipient, and what is told of them.

Nothing here is told by ``repr``. A person with several identifiers of the kind has a line each;
one without any has none.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pyroaring import FrozenBitMap

from privseg.engine.audience.errors import AudienceFormatError
from privseg.engine.house import House
from privseg.policy.catalogue import Catalogue, Column
from privseg.policy.recipients import PSEUDONYM, Handed
from privseg.protect.exact.hierarchy import Scale
from privseg.pseudonym import Domain
from privseg.release.exact_asked import column_of, decimals_of
from privseg.report.export_csv import harmless
from privseg.terms import Attribute, Ordinal, Purpose
from privseg.vault.refusals import PersonErasedError

if TYPE_CHECKING:
    import pyarrow as pa

IN_CELL = "|"  # between several values of a set, as sources write them
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?|\+[0-9][0-9 ()./-]*")
"""A number that we wrote, or a telephone number: neither does anything in a spreadsheet."""

Value = str | list[str] | None


class AudienceFormat(StrEnum):
    """How an audience is written."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an audience."""

    person: Ordinal = field(repr=False)
    named: str = field(repr=False)
    values: tuple[Value, ...] = field(repr=False)


def format_of(out: Path) -> AudienceFormat:
    """Return the format that a file's name asks for.

    Raises:
        AudienceFormatError: none of ours.
    """
    try:
        return AudienceFormat(out.suffix.removeprefix("."))
    except ValueError:
        raise AudienceFormatError from None


def lines_of(
    house: House, table: pa.Table, gets: Handed, *, recipient: str, purpose: Purpose
) -> list[Line]:
    """Return the lines of everybody in ``table``, in an order that tells nothing.

    By what is told of how they are named: never by the order in which they came to us.
    """
    catalogue = house.policy.catalogue
    columns = [_texts(table, a, catalogue) for a in sorted(gets.attributes)]
    people = [Ordinal(n) for n in table.column("ordinal").to_pylist()]
    domain = Domain(purpose, recipient=recipient, epoch=gets.epoch)
    found = [
        Line(person, named, tuple(column[i] for column in columns))
        for i, person in enumerate(people)
        for named in _names(house, person, gets.identifier, domain)
    ]
    return sorted(found, key=lambda line: line.named)


def only(lines: Iterable[Line], people: FrozenBitMap) -> list[Line]:
    """Return the lines of ``people`` alone."""
    return [line for line in lines if line.person in people]


def text_of(lines: Sequence[Line], gets: Handed, how: AudienceFormat) -> bytes:
    """Return the file of an audience."""
    names = [gets.identifier, *sorted(gets.attributes)]
    if how is AudienceFormat.CSV:
        return _csv(lines, names).encode()
    documents = (dict(zip(names, (line.named, *line.values), strict=True)) for line in lines)
    return "".join(json.dumps(d, ensure_ascii=False) + "\n" for d in documents).encode()


def _names(house: House, person: Ordinal, kind: str, domain: Domain) -> list[str]:
    """Return how a person is named; nothing of who was erased in the meantime."""
    try:
        if kind == PSEUDONYM:
            return [house.vault.pseudonym(person, domain).hex()]
        return sorted(s.value for s in house.vault.identity(person) if s.kind == kind)
    except PersonErasedError:
        return []


def _csv(lines: Iterable[Line], names: Sequence[str]) -> str:
    """Return comma-separated values (RFC 4180); nothing in them runs in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for line in lines:
        writer.writerow([_cell(line.named), *map(_cell, line.values)])
    return out.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    text = IN_CELL.join(value) if isinstance(value, list) else value
    return text if NUMBER.fullmatch(text) else harmless(text)


def _texts(table: pa.Table, name: Attribute, catalogue: Catalogue) -> list[Value]:
    """Return an attribute's values as texts."""
    column = column_of(name, catalogue)
    return [_text(value, column) for value in table.column(name).to_pylist()]


def _text(value: object, column: Column) -> Value:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int():
            return Scale(decimals_of(column)).text(value)
        case date():
            return value.isoformat()
        case list():
            return sorted(map(str, value))
    return str(value)
