# SPDX-License-Identifier: Apache-2.0
"""A CSV file of requests: one a row, every mistake told by row and column, and no value of one.

RFC 4180 with a header; UTF-8; comma, semicolon or tab. Columns ``kind`` and ``identifier`` must be
there, the others may: ``identifier_kind``, ``received``, ``manner``, ``jurisdiction``, ``purpose``,
``categories`` (separated by ``|``), ``language``, ``identity``, ``reference``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from privseg.dsr.identity import IdentityLevel
from privseg.dsr.kinds import RequestKind
from privseg.loaders.codes import DOTTED, LANGUAGE
from privseg.loaders.requests_csv import OTHER_LENGTH, RowMistake, records
from privseg.terms import Category, Jurisdiction, Purpose

MAX_CELL = 1_000  # characters
MANNERS = ("letter", "email", "form", "phone", "account", "agent", "invited", "import")
BY_HAND = frozenset({RequestKind.RECTIFICATION, RequestKind.APPEAL, RequestKind.LEGAL_HOLD})
"""Kinds that say more than a row can; each is opened by hand."""
_SHAPES = {
    "jurisdiction": (re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?"), "a code like DE or US-CA"),
    "purpose": (DOTTED, "a purpose's name"),
    "language": (LANGUAGE, "a language like en or de"),
    "reference": (
        re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/#-]{0,63}"),
        "letters, digits and . _ : / # -, at most 64",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request of a file. What is personal stays out of ``repr``.

    ``cells`` is the row as it was given, for its content's hash and for quarantine.
    """

    row: int
    kind: RequestKind
    identifier: str = field(repr=False)
    identifier_kind: str | None = None
    received_at: datetime | None = None
    manner: str = "import"
    jurisdiction: Jurisdiction | None = None
    purpose: Purpose | None = None
    categories: frozenset[Category] = frozenset()
    language: str | None = None
    identity: IdentityLevel | None = None
    reference: str | None = None
    cells: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSaid:
    """What a row says as far as it can be read, so that the rest is checked in the same round.

    None stands for a cell that says nothing, and for one whose mistake is told already.
    """

    row: int
    kind: RequestKind | None
    identifier: str | None = field(repr=False)
    identifier_kind: str | None
    purpose: Purpose | None
    categories: frozenset[Category]
    language: str | None
    reference: str | None
    wrong: frozenset[str | None]  # the columns in which a mistake is told already
    cells: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestsRead:
    """The rows of a file that can be read, and what is wrong with the others.

    ``said`` has every row whose cells stand under the header, right or wrong.
    """

    file: str
    rows: tuple[RequestRow, ...]
    mistakes: tuple[RowMistake, ...]
    said: tuple[RowSaid, ...] = field(repr=False)
    cells: Mapping[int, Mapping[str, str]] = field(default_factory=dict, repr=False)


def read_requests(path: Path, *, zone: ZoneInfo, now: datetime) -> RequestsRead:
    """Return what a file asks for. A bare date is the start of that day in ``zone``.

    Raises:
        RequestsFileError: the file as a whole cannot be read: its header, encoding or size.
    """
    given = list(records(path))
    rows: list[RequestRow] = []
    said: list[RowSaid] = []
    mistakes: list[RowMistake] = []
    for number, cells in given:
        reader = _Row(number, cells, zone, now)
        row = reader.read()
        mistakes += reader.mistakes
        said += reader.said
        if row is not None:
            rows.append(row)
    return RequestsRead(path.name, tuple(rows), tuple(mistakes), tuple(said), dict(given))


class _Row:
    """Reads one row, noting everything that is wrong with it."""

    def __init__(
        self, number: int, cells: Mapping[str, str], zone: ZoneInfo, now: datetime
    ) -> None:
        self.mistakes: list[RowMistake] = []
        self.said: list[RowSaid] = []
        self._number, self._cells, self._zone, self._now = number, cells, zone, now

    def read(self) -> RequestRow | None:
        """Return the row; None where something is wrong with it."""
        if OTHER_LENGTH in self._cells:
            self._note(None, "the row has another number of cells than the header")
            return None
        kind = self._kind()
        said: dict[str, Any] = {
            "identifier": self._identifier(),
            "identifier_kind": self._cell("identifier_kind"),
            "received_at": self._received(),
            "manner": self._one_of("manner", MANNERS, MANNERS[-1]),
            "categories": self._categories(),
            "identity": self._identity(),
            **{name: self._matching(name, *shape) for name, shape in _SHAPES.items()},
        }
        self.said.append(self._as_said(kind, said))
        if self.mistakes or kind is None:
            return None
        return RequestRow(row=self._number, kind=kind, cells=self._cells, **said)

    def _as_said(self, kind: RequestKind | None, said: Mapping[str, Any]) -> RowSaid:
        wrong = frozenset(mistake.column for mistake in self.mistakes)
        names = ("identifier", "identifier_kind", "purpose", "language", "reference")
        right = {name: None if name in wrong else said[name] for name in names}
        categories = frozenset() if "categories" in wrong else said["categories"]
        return RowSaid(
            row=self._number,
            kind=kind,
            categories=categories,
            wrong=wrong,
            cells=self._cells,
            **right,
        )

    def _note(self, column: str | None, why: str) -> None:
        self.mistakes.append(RowMistake(self._number, column, why))

    def _cell(self, name: str) -> str | None:
        text = self._cells.get(name, "").strip()
        if len(text) > MAX_CELL:
            self._note(name, f"longer than {MAX_CELL:,} characters")
        return text or None

    def _kind(self) -> RequestKind | None:
        known = [k.value for k in RequestKind if k.is_of_person and k not in BY_HAND]
        if self._cell("kind") in {kind.value for kind in BY_HAND if kind.is_of_person}:
            self._note("kind", "says more than a row can; open it by hand: privseg dsr open")
            return None
        text = self._one_of("kind", known, "")
        return RequestKind(text) if text else None

    def _identifier(self) -> str:
        text = self._cell("identifier")
        if text is None:
            self._note("identifier", "nothing says who asks")
        return text or ""

    def _one_of(self, name: str, known: Sequence[str], usual: str) -> str:
        text = self._cell(name)
        if text is None:
            if not usual:
                self._note(name, "nothing stands there")
            return usual
        if text not in known:
            self._note(name, f"not one of {', '.join(known)}")
            return usual
        return text

    def _matching(self, name: str, shape: re.Pattern[str], what: str) -> str | None:
        text = self._cell(name)
        if text is not None and not shape.fullmatch(text):
            self._note(name, f"not {what}")
        return text

    def _categories(self) -> frozenset[Category]:
        text = self._cell("categories") or ""
        return frozenset(Category(c.strip()) for c in text.split("|") if c.strip())

    def _identity(self) -> IdentityLevel | None:
        text = self._cell("identity")
        if text is None:
            return None
        if text != IdentityLevel.ACCOUNT:
            self._note("identity", "only account can be attested by a file")
        return IdentityLevel.ACCOUNT

    def _received(self) -> datetime | None:
        text = self._cell("received")
        if text is None:
            return None
        found = _moment(text, self._zone)
        if found is None:
            self._note("received", "not a day or time written like 2026-11-21")
        elif found > self._now:
            self._note("received", "lies ahead")
        return found


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Return an ISO moment; a bare date is the start of that day, a bare time local."""
    try:
        if len(text) == len("2026-11-21"):
            return datetime.combine(date.fromisoformat(text), time(), zone)
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
