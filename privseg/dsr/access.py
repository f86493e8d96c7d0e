# SPDX-License-Identifier: Apache-2.0
"""The answer to "what do you hold on me, and who read it" (GDPR Art. 15), as one document.

Composed here from plain parts; gathering them is the engine's work, showing them the report
room's. The document is personal data and is handed to the person alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

ACCESS_FORMAT = "privseg.access/1"

RIGHTS = (
    "You may have wrong data corrected (GDPR Art. 16).",
    "You may have your data erased (GDPR Art. 17; Cal. Civ. Code § 1798.105).",
    "You may have processing restricted while a question is open (GDPR Art. 18).",
    "You may take the data you gave us elsewhere (GDPR Art. 20).",
    "You may object; to direct marketing we must then stop (GDPR Art. 21).",
    "You may withdraw consent at any time, as easily as you gave it (GDPR Art. 7(3)).",
    "You may complain to a data protection authority (GDPR Art. 77).",
)


@dataclass(frozen=True, slots=True)
class HeldData:
    """What one source holds on the person: its rows, in the catalogue's words."""

    source: str
    holds: str
    categories: tuple[str, ...]
    retention_days: int | None
    rows: tuple[Mapping[str, object], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PurposeStanding:
    """Whether a category of data may be used for a purpose today, and why."""

    purpose: str
    title: str
    category: str
    allowed: bool
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentStep:
    """One event of the person's consent history, with both clocks."""

    act: str
    event_time: datetime
    record_time: datetime
    purpose: str | None
    categories: tuple[str, ...]
    notice: str | None
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One run that read the person's data, or may have, from the audit log.

    ``concern`` is "read", "possibly read" (it was cut short and could have) or "unknown", and then
    ``because`` says why. ``found_in`` is None where nobody can say any more. ``profile`` is
    "yours", or "linked" for one that is, or was once, tied to it.
    """

    at: str
    ended: str | None
    segmenter: str
    purpose: str
    attributes: tuple[str, ...]
    role: str
    policy: str
    report: str | None
    completed: bool
    concern: str
    found_in: tuple[str, ...] | None
    profile: str
    because: str


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A time when somebody of the controller looked this very person up: which role, for what."""

    at: str
    role: str
    what: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The person's place in one segment, clause by clause, from the evaluator that decides."""

    segment: str
    label: str
    meaning: str
    member: bool
    readable: bool
    clauses: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class FoundIn:
    """A stored membership that the person is in: which segment, in which version, found when."""

    segment: str
    version: str
    found_at: datetime
    found_by: str


@dataclass(frozen=True, slots=True)
class Participation:
    """A published release whose numbers the person's data took part in."""

    register_index: int
    title: str
    at: str
    rho: Fraction


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """Everything that answers one access request."""

    controller: str
    case: int
    received_at: datetime
    answered_at: datetime
    identity: tuple[tuple[str, str], ...] = field(repr=False)
    data: tuple[HeldData, ...]
    purposes: tuple[PurposeStanding, ...]
    consents: tuple[ConsentStep, ...]
    reads: tuple[Read, ...]
    segments: tuple[Standing, ...]
    releases: tuple[Participation, ...]
    requests: tuple[tuple[int, str, str], ...]  # number, kind, state
    memberships: tuple[FoundIn, ...] = ()
    looked_up: tuple[LookedUp, ...] = ()
    reads_are_whole: bool = True
    reads_limits: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """Return the answer as a JSON-ready document (docs/reference/schemas)."""
        rho = sum((p.rho for p in self.releases), start=Fraction(0))
        return {
            "privseg": ACCESS_FORMAT,
            "controller": self.controller,
            "request": self.case,
            "received_at": self.received_at.isoformat(),
            "answered_at": self.answered_at.isoformat(),
            "identity": [{"kind": k, "value": v} for k, v in self.identity],
            "data": [_held(d) for d in self.data],
            "purposes": [_fields(p) for p in self.purposes],
            "consent_history": [_fields(c) for c in self.consents],
            "who_read_it": [_fields(r) for r in self.reads],
            "who_read_it_is_whole": self.reads_are_whole,
            "who_read_it_limits": list(self.reads_limits),
            "who_looked_you_up": [_fields(n) for n in self.looked_up],
            "segments": [_standing(s) for s in self.segments],
            "memberships": [_fields(m) for m in self.memberships],
            "releases": [_fields(p) for p in self.releases],
            "privacy_loss_rho": str(rho),
            "requests": [{"number": n, "kind": k, "state": s} for n, k, s in self.requests],
            "rights": list(RIGHTS),
        }


def _held(data: HeldData) -> dict[str, object]:
    """Return one source's rows as JSON-ready values."""
    rows: Sequence[Mapping[str, object]] = data.rows
    return {
        "source": data.source,
        "holds": data.holds,
        "categories": list(data.categories),
        "retention_days": data.retention_days,
        "rows": [{k: _plain(v) for k, v in row.items()} for row in rows],
    }


def _standing(standing: Standing) -> dict[str, object]:
    """Return one segment's explanation as JSON-ready values."""
    document = _fields(standing)
    document["clauses"] = [{"condition": text, "held": held} for text, held in standing.clauses]
    return document


def _fields(part: object) -> dict[str, object]:
    """Return a frozen part's fields as JSON-ready values."""
    slots: tuple[str, ...] = getattr(type(part), "__slots__", ())
    return {name: _plain(getattr(part, name)) for name in slots}


def _plain(value: object) -> object:
    """Return ``value`` as JSON can hold it: moments as ISO text, fractions as "p/q"."""
    match value:
        case None | bool() | int() | str():
            return value
        case datetime():
            return value.isoformat()
        case tuple() | list():
            return [_plain(v) for v in value]
        case _:
            return str(value)
