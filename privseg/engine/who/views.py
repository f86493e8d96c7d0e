# SPDX-License-Identifier: Apache-2.0
"""What is told of reads: to a person about themselves, to auditors about everybody's runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

PERSON_FORMAT = "privseg.who-person/1"
READS_FORMAT = "privseg.who-read/1"


class Bound(StrEnum):
    """How far a number or a list may be trusted."""

    EXACT = "exact"
    AT_MOST = "at most"  # a run was cut short: whom it could read counts as read
    AT_LEAST = "at least"  # a body is erased: nobody can say whom it named
    ABOUT = "unknown"  # both


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTold:
    """One run, as the log knows it. ``user`` is told to auditors and compliance officers alone."""

    entry: int
    run: str
    began: datetime
    ended: datetime | None
    completed: bool
    role: str
    user: str | None
    segmenter: str
    purpose: str
    attributes: tuple[str, ...]
    categories: tuple[str, ...] | None  # None: the policy of that time is lost
    segments: tuple[str, ...]
    policy: str
    reports: tuple[str, ...]
    releases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRead:
    """One run and one person: whether it read them, and in which segments it found them.

    ``found_in`` is None where nobody can say any more; ``because`` says why something is unknown.
    """

    run: RunTold
    concern: str
    found_in: tuple[str, ...] | None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An entry that names a person without a run: re-identified, or asked about."""

    entry: int
    at: datetime
    role: str
    user: str | None
    verb: str
    purpose: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoReadPerson:
    """Everything that the log says about reads of one person.

    Law: a run that is not listed surely did not read them, unless ``whole`` is false; then
    ``limits`` say why that cannot be said.
    """

    asked_at: datetime
    is_known: bool
    profiles: int
    since: datetime | None
    reads: tuple[PersonRead, ...] = field(repr=False)
    named: tuple[Named, ...] = field(repr=False)
    whole: bool
    limits: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return it as a JSON-ready document."""
        return {"privseg": PERSON_FORMAT, **_fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounted:
    """One run with how many people it could read; None where that was erased."""

    run: RunTold
    concern: str
    people: int | None

    def document(self) -> dict[str, object]:
        """Return it as a JSON-ready document."""
        return _fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """An attempt that was refused: nothing was read."""

    entry: int
    at: datetime
    role: str
    user: str | None
    segmenter: str
    attributes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoRead:
    """The runs that fit a question, the attempts that were refused, and how many people it is.

    ``unsure`` are runs that may fit: what would tell has been erased. They count as people too.
    """

    asked_at: datetime
    asked: tuple[tuple[str, str], ...]
    runs: tuple[RunCounted, ...]
    unsure: tuple[RunCounted, ...]
    denied: tuple[Denied, ...]
    people: int
    people_read: int
    bound: Bound
    limits: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return it as a JSON-ready document."""
        return {"privseg": READS_FORMAT, **_fields(self), "asked": dict(self.asked)}


def _fields(part: object) -> dict[str, object]:
    """Return a frozen value's fields, those of a run beside its own."""
    found: dict[str, object] = {}
    for each in fields(part):  # type: ignore[arg-type]
        value = getattr(part, each.name)
        found |= _fields(value) if isinstance(value, RunTold) else {each.name: plain(value)}
    return found


def plain(value: object) -> object:
    """Return a value as JSON holds it."""
    match value:
        case None | bool() | int() | str():
            return str(value) if isinstance(value, StrEnum) else value
        case datetime():
            return value.isoformat()
        case tuple() | list():
            return [plain(each) for each in value]
        case _:
            return _fields(value)
