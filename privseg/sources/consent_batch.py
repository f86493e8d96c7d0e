# SPDX-License-Identifier: Apache-2.0
"""What a consent file gives, and how such a file may name its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import numpy as np

from privseg.consent.encoding import NEVER
from privseg.consent.event import Event, Method, usual_authority
from privseg.policy.rules import Notice
from privseg.sources.batch import Rejects
from privseg.terms import Controller, Ordinal, from_micros

FIELDS = (
    "event_id",
    "act",
    "event_time",
    "purpose",
    "categories",
    "explicit",
    "notice",
    "language",
    "notice_sha256",
    "method",
    "authority",
    "jurisdiction",
    "expires_at",
    "expires_after",
    "until",
    "uses",
    "idle_days",
    "value",
    "target",
    "evidence",
)
"""What a row may say, beside whom it is about; the first three it must."""


@dataclass(frozen=True, slots=True)
class ConsentMapping:
    """How a consent file names its columns and words, where that is not as ``consents`` says.

    ``columns`` gives the file's name of a field. ``person`` None is the one column that is no
    field. ``constants`` are what every row says (``{"method": "form"}``): whoever imports the
    file attests it. ``words`` gives, by field, what the file's words mean in ours
    (``{"act": {"yes": "grant"}}``). The other profile of a merge is of ``target_kind``; None is
    the kind of the person's own identifier.
    """

    person: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    target_kind: str | None = None

    def column(self, name: str) -> str:
        """Return the file's name of a field."""
        return self.columns.get(name, name)


@dataclass(frozen=True, slots=True, eq=False)
class ConsentBatch:
    """Consent events as columns; personal data, out of ``repr``. All have one entry per row.

    Words, ``person`` and ``target`` among them, are codes into the tuple beside them, -1 where a
    row says nothing. Times are microseconds since 1970-01-01 UTC; ``expires_at`` is ``NEVER``
    where none is said. ``evidence`` is by row.
    """

    id_kind: str
    target_kind: str
    event_ids: tuple[str, ...] = field(repr=False)
    event_time: np.ndarray[Any, np.dtype[np.int64]] = field(repr=False)
    expires_at: np.ndarray[Any, np.dtype[np.int64]] = field(repr=False)
    explicit: np.ndarray[Any, np.dtype[np.bool_]] = field(repr=False)
    codes: Mapping[str, np.ndarray[Any, np.dtype[np.int32]]] = field(repr=False)
    words: Mapping[str, tuple[Any, ...]] = field(repr=False)
    evidence: Mapping[int, bytes] = field(repr=False)
    rejects: Rejects

    @property
    def rows(self) -> int:
        """Return how many events there are."""
        return len(self.event_ids)

    @property
    def people(self) -> tuple[str, ...]:
        """Return whom each row is about."""
        return tuple(self.words["person"][code] for code in self.codes["person"].tolist())

    def event(
        self,
        row: int,
        *,
        subject: Ordinal,
        controller: Controller,
        event_key: bytes,
        record_time: datetime,
        notices: Mapping[str, Notice],
        target: Ordinal | None = None,
    ) -> Event:
        """Return one row as an event that is not recorded yet.

        ``notices`` are the policy's; what the notice shown had listed is taken from there, and is
        nothing for a notice that the policy does not know. Which of its texts was shown, too,
        where the row does not say.
        """
        shown, language = self._word("notice", row), self._word("language", row)
        known = next((n for n in notices.values() if f"{n.notice_id}@{n.version}" == shown), None)
        expires, proof = int(self.expires_at[row]), self.evidence.get(row)
        text = None if known is None else text_shown(known, language)
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
            notice_sha256=self._word("notice_sha256", row) or text,
            notice_purposes=known.purposes if known else frozenset(),
            language=language,
            method=self._word("method", row) or Method.API,
            authority=self._word("authority", row) or usual_authority(self._word("act", row)),
            jurisdiction=self._word("jurisdiction", row),
            expires_at=None if expires == NEVER else from_micros(expires),
            value=self._word("value", row),
            target=target,
            until=self._word("until", row),
            uses=self._word("uses", row),
            idle_days=self._word("idle_days", row),
            evidence_sha256=None if proof is None else sha256(proof).hexdigest(),
        )

    def _word(self, name: str, row: int) -> Any:
        """Return a word, None where the row says nothing."""
        code = int(self.codes[name][row])
        return None if code < 0 else self.words[name][code]


def text_shown(notice: Notice, language: str | None) -> str | None:
    """Return the digest of the text that was shown: that of the language, else the only one.

    None when it cannot be told which it was.
    """
    if language is not None and language in notice.texts:
        return notice.texts[language]
    known = set(notice.texts.values()) or {notice.sha256}
    return known.pop() if len(known) == 1 else None
