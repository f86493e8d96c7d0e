# SPDX-License-Identifier: Apache-2.0
"""Stamps: what many consent events have in common, written once and named by a number."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from privseg.consent.event import Act, Authority, Event, Method
from privseg.store.database import Database
from privseg.store.tables_consent import StampRow
from privseg.tlog import canonical, parse_canonical

FIELDS = (
    "act",
    "authority",
    "categories",
    "controller",
    "explicit",
    "jurisdiction",
    "language",
    "method",
    "notice",
    "notice_purposes",
    "notice_sha256",
    "purpose",
    "quarantined",
)
"""The fields of an ``Event`` that its stamp says; the rest is the person's own."""

SETS = frozenset({"categories", "notice_purposes"})
_WORDS = {"act": Act, "authority": Authority, "method": Method}

Stamp = tuple[Any, ...]
"""The values of ``FIELDS``, in that order, as an ``Event`` holds them."""

stamp_of = attrgetter(*FIELDS)
"""Return the stamp of an event."""


class Stamps:
    """The stamps that a ledger has seen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> dict[int, dict[str, Any]]:
        """Return the fields of every stamp, as an ``Event`` takes them, by code."""
        rows = self._db.rows(select(col(StampRow.code), col(StampRow.said)))
        return {row.code: _parsed(row.said) for row in rows}

    def codes(self, events: Iterable[Event]) -> dict[Stamp, int]:
        """Return the code of every stamp that ``events`` have, giving new ones a code."""
        said = {stamp: _said(stamp) for stamp in set(map(stamp_of, events))}
        new = [{"said": text} for text in sorted(set(said.values()))]
        with self._db.transaction():
            if new:
                self._db.execute(insert(StampRow).on_conflict_do_nothing(), new)
            rows = self._db.rows(select(col(StampRow.code), col(StampRow.said)))
        codes = {row.said: row.code for row in rows}
        return {stamp: codes[text] for stamp, text in said.items()}


def _said(stamp: Stamp) -> str:
    """Return a stamp as canonical JSON: words and flags, sets as sorted lists."""
    fields = dict(zip(FIELDS, stamp, strict=True))
    plain: dict[str, Any] = {
        name: sorted(fields[name]) if name in SETS else fields[name] for name in FIELDS
    }
    plain["authority"] = int(fields["authority"])
    return canonical(plain).decode()


def _parsed(said: str) -> dict[str, Any]:
    """Return the fields of a stamp. Law: ``_parsed(_said(stamp_of(e)))`` are those of ``e``."""
    fields: dict[str, Any] = parse_canonical(said.encode())
    return {
        name: frozenset(value) if name in SETS else _WORDS.get(name, _same)(value)
        for name, value in fields.items()
    }


def _same(value: Any) -> Any:
    """Return a field that needs no parsing."""
    return value
