# SPDX-License-Identifier: Apache-2.0
"""The parts of an access answer: what is told, each of its own kind. All of it is personal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that a source came in with: when, and of which kind; None where nobody noted it."""

    at: datetime
    form: str | None


@dataclass(frozen=True, slots=True)
class NotShown:
    """A value that is held and not shown, by law (11 CCR § 7024(d)): of which nature it is."""

    attribute: str
    nature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldData:
    """What one source holds on the person: its rows, in the catalogue's words.

    ``came_in`` has when each row came in, by which its retention runs; None where rows keep only
    when they happened. ``imports`` are the files that the source as a whole came in with.
    """

    source: str
    holds: str
    categories: tuple[str, ...]
    purposes: tuple[str, ...] = ()
    retention_days: int | None
    imports: tuple[Imported, ...] = ()
    not_shown: tuple[NotShown, ...] = ()
    came_in: tuple[str | None, ...] = ()
    rows: tuple[Mapping[str, object], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CategoryHeld:
    """One category of data held on the person (Art. 15(1)(b); Cal. Civ. Code § 1798.110(a))."""

    category: str
    sources: tuple[str, ...]  # (a)(2): where it was collected
    purposes: tuple[str, ...]  # (a)(3): titles
    recipients: tuple[str, ...]  # (a)(4): to whom it was really given
    natures: tuple[str, ...] = ()  # what laws call such data


@dataclass(frozen=True, slots=True)
class PurposeStanding:
    """Whether a category of data may be used for a purpose today, and why."""

    purpose: str
    title: str
    category: str
    basis: str | None  # in the person's place; None where no rule covers it
    allowed: bool
    status: str
    reasons: tuple[str, ...]
    retention_days: int | None


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
    by: str
    language: str | None = None
    expires_at: datetime | None = None
    evidence: str | None = field(default=None, repr=False)  # what proves it; base 64 if no text


@dataclass(frozen=True, slots=True)
class Corrected:
    """A value that was corrected on request: what it was, what it is, and of which request."""

    source: str
    attribute: str
    at: datetime
    request: int
    old: object = field(repr=False)
    new: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToldRecipient:
    """A recipient who was told of a request (GDPR Art. 19): how, and when."""

    recipient: str
    how: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestTold:
    """Another request of the person: what was written to them, and who else was told of it."""

    number: int
    kind: str
    state: str
    received_at: datetime
    letters: tuple[str, ...]
    recipients_told: tuple[ToldRecipient, ...]


@dataclass(frozen=True, slots=True)
class NoticeSeen:
    """What the person was told when they were asked; ``text`` None where no file has it now."""

    notice: str
    language: str | None
    sha256: str | None
    text: str | None = field(default=None, repr=False)


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
class HandedTo:
    """One time when the person's data was handed to somebody else: actual, not possible ones.

    CJEU C-154/21: the person is told the recipients themselves, not their categories.
    """

    recipient: str
    role: str
    country: str | None
    purpose: str
    at: datetime
    fields: tuple[str, ...]
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Participation:
    """A published release whose numbers the person's data took part in."""

    register_index: int
    title: str
    at: str
    rho: Fraction


@dataclass(frozen=True, slots=True)
class ElsewhereRow:
    """One row of another system."""

    table: str
    values: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another system of the controller: its rows, or that its own people have to be asked."""

    system: str
    reached: bool
    rows: tuple[ElsewhereRow, ...] = field(default=(), repr=False)
    how_to_ask: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that an answer never shows, and why: a code, worded by whoever shows it."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Right:
    """A right that the person has by the law of their place."""

    kind: str
    words: str
    article: str | None


def plain(value: object) -> object:  # noqa: PLR0911  # one for each kind of value
    """Return ``value`` as JSON can hold it: moments as ISO text, fractions as "p/q".

    >>> plain((Fraction(1, 8), None, {"a": 1}))
    ['1/8', None, {'a': 1}]
    """
    match value:
        case StrEnum():
            return str(value)
        case None | bool() | int() | str():
            return value
        case datetime() | date():
            return value.isoformat()
        case tuple() | list():
            return [plain(each) for each in value]
        case frozenset() | set():
            return sorted(str(each) for each in value)
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case bytes():
            return value.hex()
        case _ if hasattr(type(value), "__dataclass_fields__"):
            return {f.name: plain(getattr(value, f.name)) for f in fields(value)}  # type: ignore[arg-type]
        case _:
            return str(value)
