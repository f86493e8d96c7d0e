# SPDX-License-Identifier: Apache-2.0
"""Everybody's events as columns: what a ledger hands over when a million events are folded.

Words are dictionary-coded: a column of small integers into a tuple of distinct values. A store
fills ``EventColumns.from_rows`` with rows laid out as ``encoding.ROW`` says and makes no ``Event``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.consent.encoding import ACTS, DAY_MICROS, METHODS, NEVER, NONE, Encoded, encode
from privseg.consent.event import Authority, Event
from privseg.consent.flatten import irregular, row_of
from privseg.terms import Category, Controller, Ordinal, Purpose, from_micros

Codes = NDArray[np.int32]
Micros = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class EventColumns:
    """Events, one to a row, sorted by person and then by position; arrays are not written to.

    ``irregular`` are the people whose rows alone cannot tell what ``decide`` needs: an event
    comes twice, or is malformed. ``kept`` holds their events whole. A ledger that refuses both
    has none.
    """

    position: Micros
    ordinal: Micros
    controller: Codes
    act: Codes  # into ACTS
    event_time: Micros
    record_time: Micros
    purpose: Codes
    categories: Codes  # into category_sets
    explicit: NDArray[np.bool_]
    notice: Codes
    notice_purposes: Codes  # into notice_sets
    method: Codes  # into METHODS
    authority: Codes
    expires_at: Micros  # NEVER: does not expire
    value: Codes
    quarantined: NDArray[np.bool_]
    target: Micros  # NONE: no other profile, no position
    until: Codes  # into values
    uses: Micros  # NEVER: any number
    idle: Micros  # microseconds; NEVER: however long
    notice_text: Codes  # into texts: notice_sha256
    controllers: tuple[Controller, ...]
    purposes: tuple[Purpose, ...]
    category_sets: tuple[frozenset[Category], ...]
    notices: tuple[str, ...]
    notice_sets: tuple[frozenset[Purpose], ...]
    values: tuple[str, ...]
    texts: tuple[str, ...]
    irregular: FrozenBitMap
    kept: Mapping[Ordinal, tuple[Event, ...]]

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[Any]]) -> EventColumns:
        """Return the columns of ``rows``, laid out as ``encoding.ROW``, in any order.

        The rows are a ledger's: well-formed, each ``event_key`` once.
        """
        return cls._of(encode(rows), {})

    @classmethod
    def from_events(cls, events: Iterable[Event]) -> EventColumns:
        """Return the columns of any events, inconsistent histories included."""
        everything = list(events)
        odd = irregular(everything)
        kept: dict[Ordinal, list[Event]] = {Ordinal(p): [] for p in odd}
        for event in everything:
            if event.subject in kept:
                kept[event.subject].append(event)
        rows = (row_of(e) for e in everything if e.subject not in kept)
        whole = {person: tuple(theirs) for person, theirs in kept.items()}
        return cls._of(encode(rows), whole)

    @classmethod
    def _of(cls, encoded: Encoded, kept: Mapping[Ordinal, tuple[Event, ...]]) -> EventColumns:
        """Return encoded columns with the people who are not in them."""
        words = encoded.words
        return cls(
            **encoded.columns,
            controllers=words["controller"],
            purposes=words["purpose"],
            category_sets=words["categories"],
            notices=words["notice"],
            notice_sets=words["notice_purposes"],
            values=words["value"],
            texts=words["notice_text"],
            irregular=FrozenBitMap(kept),
            kept=kept,
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.position)

    def events_of(self, subject: Ordinal) -> list[Event]:
        """Return one person's events as ``decide`` reads them, in order of position.

        What no decision depends on (language, evidence, the place of the act) is not in the
        columns; the keys of a regular event are its position.
        """
        if subject in self.kept:
            return sorted(self.kept[subject], key=lambda e: e.position)
        start, end = np.searchsorted(self.ordinal, [subject, subject + 1])
        return [self._event(i) for i in range(int(start), int(end))]

    def _event(self, i: int) -> Event:
        """Return row ``i`` as an event."""
        key = int(self.position[i]).to_bytes(8, "big")
        return Event(
            position=int(self.position[i]),
            event_key=key,
            content_key=key,
            subject=Ordinal(int(self.ordinal[i])),
            controller=self.controllers[self.controller[i]],
            act=ACTS[self.act[i]],
            event_time=from_micros(int(self.event_time[i])),
            record_time=from_micros(int(self.record_time[i])),
            purpose=_word(self.purposes, self.purpose[i]),
            categories=self.category_sets[self.categories[i]],
            explicit=bool(self.explicit[i]),
            notice=_word(self.notices, self.notice[i]),
            notice_purposes=self.notice_sets[self.notice_purposes[i]],
            method=METHODS[self.method[i]],
            authority=Authority(int(self.authority[i])),
            **self._ends(i),
            value=_word(self.values, self.value[i]),
            quarantined=bool(self.quarantined[i]),
            target=_number(self.target[i], NONE),
            notice_sha256=_word(self.texts, self.notice_text[i]),
        )

    def _ends(self, i: int) -> dict[str, Any]:
        """Return what ends row ``i`` by itself."""
        expires_at, idle = _number(self.expires_at[i], NEVER), _number(self.idle[i], NEVER)
        return {
            "expires_at": None if expires_at is None else from_micros(expires_at),
            "until": _word(self.values, self.until[i]),
            "uses": _number(self.uses[i], NEVER),
            "idle_days": None if idle is None else idle // DAY_MICROS,
        }


def _word(words: Sequence[Any], code: Any) -> Any:
    """Return the word of a code, None for ``NONE``."""
    return None if code == NONE else words[code]


def _number(value: Any, missing: int) -> int | None:
    """Return a number, None where it stands for a missing one."""
    return None if value == missing else int(value)
