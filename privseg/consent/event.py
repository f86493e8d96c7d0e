# SPDX-License-Identifier: Apache-2.0
"""A consent event: what somebody did, when they did it and when we knew.

Events are only ever added. Nothing in one is a direct identifier: the person is an ordinal, the
event's own id is a keyed hash, and evidence stays sealed in the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from privseg.terms import Category, Controller, Jurisdiction, Ordinal, Purpose


class Act(StrEnum):
    """What was done. Only a GRANT is consent; an OPT_IN is a grant in an opt-out regime."""

    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    OBJECT = "object"
    RESTRICT = "restrict"
    LIFT = "lift"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    LIMIT = "limit"
    DEFER = "defer"
    SIGNAL = "signal"
    MERGE = "merge"
    UNMERGE = "unmerge"
    ERASE = "erase"
    HOLD = "hold"
    RELEASE_HOLD = "release_hold"
    ATTEST_AGE = "attest_age"
    ATTEST_JURISDICTION = "attest_jurisdiction"
    ACTIVITY = "activity"
    USE = "use"
    HAPPENED = "happened"


class Method(StrEnum):
    """How an act was made; only the first four are affirmative (GDPR Art. 4(11)) and can grant."""

    FORM = "form"
    DOUBLE_OPT_IN = "double_opt_in"
    SIGNED_PAPER = "signed_paper"
    API = "api"
    SILENCE = "silence"
    SCROLL = "scroll"
    PRE_TICKED = "pre_ticked"
    DISMISS = "dismiss"

    @property
    def is_affirmative(self) -> bool:
        """Return whether it is a clear affirmative act."""
        return self in {Method.FORM, Method.DOUBLE_OPT_IN, Method.SIGNED_PAPER, Method.API}


class Authority(IntEnum):
    """Whose word it is; a lower one never lifts what a higher one imposed.

    Staff who record the person's own act are couriers: the authority is then SUBJECT.
    """

    STAFF = 1
    AGENT = 2  # a guardian, parent or authorised agent
    SUBJECT = 3


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one person.

    ``categories`` empty means every category of the purpose, ``purpose`` None every purpose;
    never for a grant, which names both. ``event_time`` is when the person acted, ``record_time``
    when we knew; both aware, UTC.
    ``expires_at`` is exclusive. ``value`` carries what ATTEST_AGE (a date of birth, ISO) and
    ATTEST_JURISDICTION (the code) attest. ``event_key`` and ``content_key`` are keyed hashes of
    the event's id and of all its content but the record time (law 3).
    """

    position: int
    event_key: bytes
    content_key: bytes
    subject: Ordinal
    controller: Controller
    act: Act
    event_time: datetime
    record_time: datetime
    purpose: Purpose | None = None
    categories: frozenset[Category] = frozenset()
    explicit: bool = False
    notice: str | None = None  # "id@version" of the notice that was shown
    notice_sha256: str | None = None
    notice_purposes: frozenset[Purpose] = frozenset()  # what that notice listed
    language: str | None = None
    method: Method = Method.API
    authority: Authority = Authority.SUBJECT
    jurisdiction: Jurisdiction | None = None  # where the act happened; attested ones decide
    expires_at: datetime | None = None
    value: str | None = None
    quarantined: bool = False

    @property
    def born(self) -> date | None:
        """Return the attested date of birth, for ATTEST_AGE."""
        return date.fromisoformat(self.value) if self.act is Act.ATTEST_AGE and self.value else None
