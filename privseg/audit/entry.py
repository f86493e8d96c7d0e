# SPDX-License-Identifier: Apache-2.0
"""An entry: the bytes that become a leaf. Its body stands beside it, under a salted commitment.

``audit/SPEC.md`` describes the same bytes for somebody who writes a verifier of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from privseg.audit.event import AuditEvent, Kind, Outcome
from privseg.audit.header import HeaderError, check_header
from privseg.audit.moment import moment_to_text, text_to_moment
from privseg.errors import InputError, IntegrityError
from privseg.terms import StaffRole
from privseg.tlog import NotCanonicalError, canonical, parse_canonical

VERSION = "privseg.audit/1"
MAX_ENTRY = 65_535  # bytes: what a C2SP tlog-tiles entry bundle can hold
MAX_COUNT = 2**63 - 1  # sequence numbers and nanoseconds, as other tools read them
SALT_SIZE = 32  # bytes: a commitment to a guessable body must not be guessable
BODY_PREFIX = b"privseg.audit/1/body\n"  # domain separation: no other hash is a commitment
TEXTS = frozenset({"actor", "boot_id", "commitment", "kind", "outcome", "time", "version"})
NUMBERS = frozenset({"monotonic_ns", "sequence"})
KEYS = TEXTS | NUMBERS | {"header"}
_BOOT = re.compile(r"[0-9a-f]{32}")
_COMMITMENT = re.compile(r"[0-9a-f]{64}")


class UnwritableEntryError(InputError):
    """An event cannot become an entry; nothing was written."""

    def __init__(self, why: str) -> None:
        super().__init__(f"this event cannot be recorded: {why}; nothing was written")
        self.why = why


class MalformedEntryError(IntegrityError):
    """Stored bytes are not an entry of a version that this reader knows."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not an audit entry: {why}; verify the log it came from")
        self.why = why


class CommitmentError(IntegrityError):
    """A body is not the one its entry committed to."""

    def __init__(self, sequence: int) -> None:
        super().__init__(f"the body of entry {sequence} was changed; verify the log")
        self.sequence = sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One leaf. ``sequence`` is its index in the tree; ``commitment`` binds its erasable body.

    Raises:
        UnwritableEntryError, HeaderError: it says what an entry cannot say.
    """

    sequence: int
    time: datetime
    monotonic_ns: int
    boot_id: str
    kind: Kind
    outcome: Outcome
    actor: StaffRole
    header: Mapping[str, str | list[str]]
    commitment: str
    version: str = VERSION

    def __post_init__(self) -> None:
        """Check every field; an intent, and only an intent, is pending."""
        counts = (self.sequence, self.monotonic_ns)
        if self.version != VERSION or not all(0 <= n <= MAX_COUNT for n in counts):
            raise UnwritableEntryError("its version or a number is out of range")
        if not _BOOT.fullmatch(self.boot_id) or not _COMMITMENT.fullmatch(self.commitment):
            raise UnwritableEntryError("boot_id or commitment is not lower-case hex of its length")
        if (self.kind is Kind.ACCESS_INTENT) != (self.outcome is Outcome.PENDING):
            raise UnwritableEntryError("an intent is pending, and nothing else is")
        if self.kind is Kind.ACCESS_DENIED and self.outcome is not Outcome.DENIED:
            raise UnwritableEntryError("a denial is denied")
        check_header(self.kind, self.header)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes. Law: ``parse_entry(e.to_bytes()) == e``.

        Raises:
            UnwritableEntryError: they are more than 65,535 bytes.
        """
        data = canonical(
            {
                "actor": self.actor.value,
                "boot_id": self.boot_id,
                "commitment": self.commitment,
                "header": dict(self.header),
                "kind": self.kind.value,
                "monotonic_ns": self.monotonic_ns,
                "outcome": self.outcome.value,
                "sequence": self.sequence,
                "time": moment_to_text(self.time),
                "version": self.version,
            }
        )
        if len(data) > MAX_ENTRY:
            raise UnwritableEntryError(f"its header makes it longer than {MAX_ENTRY} bytes")
        return data


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry with the body it commits to; body and salt can be erased together."""

    entry: Entry
    body: bytes = field(repr=False)
    salt: bytes = field(repr=False)


def commit(salt: bytes, body: bytes) -> str:
    """Return SHA-256(prefix || salt || body) in hex."""
    return sha256(BODY_PREFIX + salt + body).hexdigest()


def seal(
    event: AuditEvent,
    *,
    sequence: int,
    time: datetime,
    monotonic_ns: int,
    boot_id: str,
    salt: bytes,
) -> Sealed:
    """Return the entry and body bytes that record ``event`` at ``sequence``.

    ``salt`` is 32 fresh random bytes; ``boot_id`` names the boot whose monotonic clock is read.

    Raises:
        UnwritableEntryError, HeaderError, NotPrintableError: it cannot be recorded.
    """
    if len(salt) != SALT_SIZE:
        raise UnwritableEntryError(f"a salt has {SALT_SIZE} bytes")
    body = canonical(dict(event.body))
    entry = Entry(
        sequence=sequence,
        time=time,
        monotonic_ns=monotonic_ns,
        boot_id=boot_id,
        kind=event.kind,
        outcome=event.outcome,
        actor=event.actor,
        header={
            key: value if isinstance(value, str) else list(value)
            for key, value in event.header.items()
        },
        commitment=commit(salt, body),
    )
    return Sealed(entry, body, salt)


def open_body(entry: Entry, salt: bytes, body: bytes) -> dict[str, Any]:
    """Return the body that ``entry`` committed to.

    Raises:
        CommitmentError: it is not that body, or its bytes are not a canonical map.
    """
    if len(salt) != SALT_SIZE or commit(salt, body) != entry.commitment:
        raise CommitmentError(entry.sequence)
    try:
        value = parse_canonical(body)
    except NotCanonicalError:
        raise CommitmentError(entry.sequence) from None
    if not isinstance(value, dict):
        raise CommitmentError(entry.sequence)
    return value


def parse_entry(data: bytes) -> Entry:
    """Return the entry of stored bytes; accepts exactly what ``Entry.to_bytes`` prints.

    Raises:
        MalformedEntryError: too long, not canonical, or an unknown version, key, kind or value.
    """
    if len(data) > MAX_ENTRY:
        raise MalformedEntryError(f"it is longer than {MAX_ENTRY} bytes")
    try:
        return _to_entry(parse_canonical(data))
    except (NotCanonicalError, UnwritableEntryError) as refusal:
        raise MalformedEntryError(refusal.why) from None
    except HeaderError:
        raise MalformedEntryError("its header is outside the closed list") from None


def _to_entry(value: Any) -> Entry:
    if not isinstance(value, dict) or value.get("version") != VERSION:
        raise MalformedEntryError("its version is unknown")
    if value.keys() != KEYS:
        raise MalformedEntryError("a key is unknown or missing")
    _require_types(value)
    time = text_to_moment(value.pop("time"))
    if time is None:
        raise MalformedEntryError("its time is not UTC with six digits")
    try:
        kinds = Kind(value.pop("kind")), Outcome(value.pop("outcome"))
        actor = StaffRole(value.pop("actor"))
    except ValueError:
        raise MalformedEntryError("its kind, outcome or actor is unknown") from None
    return Entry(time=time, kind=kinds[0], outcome=kinds[1], actor=actor, **value)


def _require_types(value: dict[str, object]) -> None:
    if any(type(value[key]) is not int for key in NUMBERS):  # a bool is an int, but not here
        raise MalformedEntryError("a number is not an integer")
    if not all(isinstance(value[key], str) for key in TEXTS):
        raise MalformedEntryError("a field is not text")
    if not isinstance(value["header"], dict):
        raise MalformedEntryError("its header is not a map")
