# SPDX-License-Identifier: Apache-2.0
"""A consent event: what somebody did, when they did it and when we knew.

Events are only ever added. Nothing in one is a direct identifier: the person is an ordinal, the
event's own id is a keyed hash, and evidence stays sealed in the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum

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
    RESOLVE = "resolve"


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


class Authority(Enum):
    """Whose word it is; a lower ``level`` never lifts what a higher one imposed.

    Staff who record the person's own act are couriers: the authority is then SUBJECT. A GUARDIAN
    holds parental responsibility (GDPR Art. 8): their grant counts only while the person is, or is
    taken to be, below the age of consent. Who represents an adult is an AGENT.
    """

    STAFF = 1
    AGENT = 2
    SUBJECT = 3
    GUARDIAN = 4

    @property
    def level(self) -> int:
        """Return the rank: staff 1, agents and guardians 2, the person 3."""
        return _LEVEL[self]


_LEVEL = {Authority.STAFF: 1, Authority.AGENT: 2, Authority.GUARDIAN: 2, Authority.SUBJECT: 3}


BY_STAFF = frozenset({Act.HOLD, Act.RELEASE_HOLD, Act.RESOLVE, Act.MERGE, Act.UNMERGE})
"""What staff do on their own; of every other act they are couriers."""


def usual_authority(act: Act) -> Authority:
    """Return whose word an act is where nobody says: the person's own, or the staff's."""
    return Authority.STAFF if act in BY_STAFF else Authority.SUBJECT


class Resolution(StrEnum):
    """What an officer makes of a quarantined event: the ``value`` of a RESOLVE."""

    ACCEPT = "accept"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one person.

    ``categories`` empty means every category of the purpose, ``purpose`` None every purpose;
    never for a grant, which names both. ``event_time`` is when the person acted, ``record_time``
    when we knew; both aware, UTC.
    ``value`` carries what ATTEST_AGE (a date of birth, ISO) and ATTEST_JURISDICTION (the code)
    attest, the name of what HAPPENED, and the ``Resolution`` of a RESOLVE. ``target`` is the other
    profile of a MERGE or UNMERGE, and the ledger position of what a RESOLVE settles.
    ``event_key`` and ``content_key`` are keyed hashes of the event's id and of all its content but
    the record time (law 3).

    A grant ends at the first of: ``expires_at`` (exclusive); ``until``, the name of something that
    HAPPENED; ``uses`` acts of USE; ``idle_days`` (of 24 hours) without ACTIVITY.
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
    target: int | None = None
    until: str | None = None
    uses: int | None = None
    idle_days: int | None = None
    evidence_sha256: str | None = None  # of what proves the act; the evidence itself is sealed

    @property
    def born(self) -> date | None:
        """Return the attested date of birth, for ATTEST_AGE."""
        return date.fromisoformat(self.value) if self.act is Act.ATTEST_AGE and self.value else None
