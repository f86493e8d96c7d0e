# SPDX-License-Identifier: Apache-2.0
"""The neutral thing that every format becomes: who answered what, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from privseg.consent.event import Authority, Method


class Answer(Enum):
    """What somebody answered to one choice. Whatever is not here (0, unset, absent) is unknown."""

    YES = "yes"
    NO = "no"
    WITHDRAWN = "withdrawn"  # the source itself says that a yes was taken back
    ENDED = "ended"  # revoked, terminated, invalidated or expired by somebody else
    DEFERRED = "deferred"
    OPTED_OUT = "opted_out"
    LIMITED = "limited"
    SIGNALLED = "signalled"

    @property
    def is_no(self) -> bool:
        """Return whether it speaks against use."""
        return self not in {Answer.YES, Answer.DEFERRED}


STRICTEST = (
    Answer.SIGNALLED,
    Answer.OPTED_OUT,
    Answer.LIMITED,
    Answer.ENDED,
    Answer.WITHDRAWN,
    Answer.NO,
    Answer.DEFERRED,
    None,
    Answer.YES,
)
"""Of several answers to one thing, which one speaks: the first of these. None is unknown."""


def strictest(answers: Iterable[Answer | None]) -> Answer | None:
    """Return the answer that speaks for several: a no before what is unknown, that before a yes.

    >>> strictest([Answer.YES, Answer.NO]), strictest([Answer.YES, None])
    (<Answer.NO: 'no'>, None)
    """
    return min(answers, key=STRICTEST.index)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one record says about one person; personal data, out of ``repr``.

    ``said_at`` is the record's own time. ``chosen_at`` is when the choices were made, if the
    format says so by itself: then they are acts at that time. ``is_act`` says that the record
    reports an act at ``said_at``. With ``is_whole`` a choice that is not in it is answered no
    (the record has all of them). ``explicit`` None: the source does not say. ``proof`` is the text
    that proves a yes, to be sealed beside it. ``unread`` names the parts of the record that are not
    read though a no may stand in them. Without a ``person`` it is nobody's that we could know.
    """

    line: int
    person: str = field(repr=False)
    said_at: datetime
    answers: Mapping[str, Answer] = field(repr=False)
    others: tuple[str, ...] = ()  # choices without an answer (0, unset): unknown
    unread: tuple[str, ...] = ()
    chosen_at: datetime | None = None
    is_act: bool = False
    is_whole: bool = False
    source_id: str | None = field(default=None, repr=False)
    method: Method | None = None
    authority: Authority | None = None
    explicit: bool | None = None
    language: str | None = None
    expires_at: datetime | None = None
    until: str | None = field(default=None, repr=False)
    uses: int | None = None
    proof: str | None = field(default=None, repr=False)
