# SPDX-License-Identifier: Apache-2.0
"""What a consent file gives, and how such a file may name its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from privseg.consent.encoding import NEVER
from privseg.consent.event import Authority, Event, Method
from privseg.policy.rules import Notice
from privseg.sources.batch import Rejects
from privseg.terms import Controller, Ordinal, from_micros


@dataclass(frozen=True, slots=True)
class ConsentMapping:
    """How a consent file names its columns, where that is not as ``consents`` says.

    ``columns`` gives the file's name of a field. ``person`` None is the one column that is no
    field. ``constants`` are what every row says (``{"method": "form"}``): whoever imports the
    file attests it.
    """

    person: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"

    def column(self, name: str) -> str:
        """Return the file's name of a field."""
        return self.columns.get(name, name)


@dataclass(frozen=True, slots=True, eq=False)
class ConsentBatch:
    """Consent events as columns; personal data, out of ``repr``. All have one entry per row.

    Words are codes into the tuple beside them, -1 where a row says nothing. Times are
    microseconds since 1970-01-01 UTC; ``expires_at`` is ``NEVER`` where
    none is said.
    """

    id_kind: str
    people: tuple[str, ...] = field(repr=False)
    event_ids: tuple[str, ...] = field(repr=False)
    event_time: np.ndarray[Any, np.dtype[np.int64]] = field(repr=False)
    expires_at: np.ndarray[Any, np.dtype[np.int64]] = field(repr=False)
    explicit: np.ndarray[Any, np.dtype[np.bool_]] = field(repr=False)
    codes: Mapping[str, np.ndarray[Any, np.dtype[np.int32]]] = field(repr=False)
    words: Mapping[str, tuple[Any, ...]] = field(repr=False)
    rejects: Rejects

    @property
    def rows(self) -> int:
        """Return how many events there are."""
        return len(self.event_ids)

    def event(
        self,
        row: int,
        *,
        subject: Ordinal,
        controller: Controller,
        event_key: bytes,
        record_time: datetime,
        notices: Mapping[str, Notice],
    ) -> Event:
        """Return one row as an event that is not recorded yet.

        ``notices`` are the policy's; what the notice shown had listed is taken from there, and is
        nothing for a notice that the policy does not know.
        """
        shown = self._word("notice", row)
        known = next((n for n in notices.values() if f"{n.notice_id}@{n.version}" == shown), None)
        expires = int(self.expires_at[row])
        return Event(
            position=0,
            event_key=event_key,
            content_key=b"",
            subject=subject,
            controller=controller,
            act=self._word("act", row),
            event_time=from_micros(int(self.event_time[row])),
            record_time=record_time,
            purpose=self._word("purpose", row),
            categories=self._word("categories", row) or frozenset(),
            explicit=bool(self.explicit[row]),
            notice=shown,
            notice_sha256=known.sha256 if known else None,
            notice_purposes=known.purposes if known else frozenset(),
            method=self._word("method", row) or Method.API,
            authority=self._word("authority", row) or Authority.SUBJECT,
            jurisdiction=self._word("jurisdiction", row),
            expires_at=None if expires == NEVER else from_micros(expires),
            value=self._word("value", row),
        )

    def _word(self, name: str, row: int) -> Any:
        """Return a word, None where the row says nothing."""
        code = int(self.codes[name][row])
        return None if code < 0 else self.words[name][code]
