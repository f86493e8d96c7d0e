# SPDX-License-Identifier: Apache-2.0
"""Stamps: what many consent events have in common, written once and named by a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert

from privseg.consent.event import Act, Authority, Event, Method
from privseg.store.database import Database
from privseg.store.event_body import shared_words
from privseg.store.tables_consent import StampRow
from privseg.tlog import canonical, parse_canonical

FIELDS = (
    "act",
    "authority",
    "categories",
    "controller",
    "explicit",
    "idle_days",
    "jurisdiction",
    "language",
    "method",
    "notice",
    "notice_purposes",
    "notice_sha256",
    "purpose",
    "quarantined",
    "until",
    "uses",
    "value",
)
"""The fields of an ``Event`` that its stamp says; the rest is the person's own.

``until`` and ``value`` only where they are common words (``event_body.shared_words``).
"""

SETS = frozenset({"categories", "notice_purposes"})
_WORDS = {"act": Act, "authority": Authority, "method": Method}

Stamp = tuple[Any, ...]
"""The values of ``FIELDS``, in that order, as an ``Event`` holds them."""


def stamp_of(event: Event) -> Stamp:
    """Return the stamp of an event."""
    shared = shared_words(event)
    return tuple(shared[n] if n in shared else getattr(event, n) for n in FIELDS)


class Stamps:
    """The stamps that a ledger has seen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> dict[int, dict[str, Any]]:
        """Return the fields of every stamp, as an ``Event`` takes them, by code."""
        return {code: parsed(text) for code, text in self.said().items()}

    def said(self) -> dict[int, str]:
        """Return the text of every stamp, by code."""
        return dict(self._db.raw("SELECT code, said FROM consent_stamp"))

    def codes(self, stamps: Iterable[Stamp]) -> list[int]:
        """Return the code of each stamp, giving new ones a code."""
        texts = [said(stamp) for stamp in stamps]
        with self._db.transaction():
            codes = {text: code for code, text in self.said().items()}
            if new := [{"said": text} for text in sorted(set(texts) - codes.keys())]:
                self._db.execute(insert(StampRow), new)
                codes = {text: code for code, text in self.said().items()}
        return [codes[text] for text in texts]


def said(stamp: Stamp) -> str:
    """Return a stamp as canonical JSON: words and flags, sets as sorted lists."""
    fields = dict(zip(FIELDS, stamp, strict=True))
    plain: dict[str, Any] = {
        name: sorted(fields[name]) if name in SETS else fields[name] for name in FIELDS
    }
    plain["authority"] = fields["authority"].value
    return canonical(plain).decode()


def parsed(text: str) -> dict[str, Any]:
    """Return the fields of a stamp. Law: ``parsed(said(stamp_of(e)))`` are those of ``e``."""
    fields: dict[str, Any] = parse_canonical(text.encode())
    return {
        name: frozenset(value) if name in SETS else _WORDS.get(name, _same)(value)
        for name, value in fields.items()
    }


def _same(value: Any) -> Any:
    """Return a field that needs no parsing."""
    return value
