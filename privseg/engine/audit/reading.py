# SPDX-License-Identifier: Apache-2.0
"""The log read: its newest entries, one entry with its body, the proof of one. Reading is on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privseg.audit import (
    AuditEvent,
    CommitmentError,
    Entry,
    Kind,
    MalformedPeopleError,
    Outcome,
    StoredEntry,
    open_body,
    parse_entry,
    text_to_people,
)
from privseg.engine.audit.export import ExportFailedError
from privseg.engine.house import House
from privseg.engine.private_files import make_folder, write_new
from privseg.errors import InputError
from privseg.terms import StaffRole
from privseg.tlog import TlogProof

ABOUT = ("verb", "setting", "segmenter", "report", "source", "request", "reason", "role")
SETS = frozenset({"eligible", "people"})  # keys of a body that hold a set of people
SETS_BY_NAME = "members"


class NoEntryError(InputError):
    """The log has no entry of this number."""

    def __init__(self, number: int, *, size: int) -> None:
        super().__init__(f"the log has {size:,} entries, from 0 on; there is no entry {number}")
        self.number = number
        self.size = size


@dataclass(frozen=True, slots=True)
class Proved:
    """The proof of one entry, in two files: the C2SP tlog-proof, and the entry's bytes."""

    sequence: int
    size: int
    proof: Path
    entry: Path


def tail(house: House, count: int, *, role: StaffRole) -> list[dict[str, object]]:
    """Return the newest entries, oldest of them first; bodies stay where they are."""
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": "audit-tail"}))
    size = house.log.size
    return [
        {
            "sequence": entry.sequence,
            "time": entry.time.isoformat(),
            "kind": entry.kind.value,
            "outcome": entry.outcome.value,
            "actor": entry.actor.value,
            "about": " ".join(str(entry.header[k]) for k in ABOUT if k in entry.header),
            "header": dict(entry.header),
        }
        for stored in house.log.entries(max(0, size - count), size)
        for entry in (parse_entry(stored.entry_bytes),)
    ]


def show(house: House, number: int, *, sets: bool, role: StaffRole) -> dict[str, object]:
    """Return one entry with its body; of a set of people how many they are, unless ``sets``.

    A body names people by number alone; identities are in the vault and stay there.

    Raises:
        NoEntryError: there is none; that it was asked for is on the log.
    """
    verb = "audit-show-sets" if sets else "audit-show"
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": verb}, {"entry": number}))
    stored, size = _stored(house, number)
    entry = parse_entry(stored.entry_bytes)
    state, body = _body(entry, stored)
    return {
        "sequence": entry.sequence,
        "time": entry.time.isoformat(),
        "kind": entry.kind.value,
        "outcome": entry.outcome.value,
        "actor": entry.actor.value,
        "header": dict(entry.header),
        "boot_id": entry.boot_id,
        "monotonic_ns": entry.monotonic_ns,
        "commitment": entry.commitment,
        "leaf": (stored.leaf or b"").hex(),
        "entries": size,
        "body": None if body is None else body if sets else _counted(body),
        "body_state": state,
    }


def prove(house: House, number: int, out: Path, *, role: StaffRole) -> Proved:
    """Write the proof that an entry is in the log, for ``verify.py --proof``.

    Raises:
        NoEntryError: there is no such entry; that it was asked for is on the log.
        AnswerThereError: a file of this name is there.
        ExportFailedError, AnswerNotWrittenError: it cannot be written.
    """
    header: dict[str, str | list[str]] = {"verb": "audit-prove"}
    house.log.append(AuditEvent(Kind.EXPORT, Outcome.OK, role, header, {"entry": number}))
    with house.db.reading():
        stored, size = _stored(house, number)
        head = house.log.head()
        _, path = house.log.proof(number)
    text = TlogProof(number, tuple(path), head).text
    try:
        make_folder(out, mode=0o777)  # whose files are private all the same
    except OSError as error:
        raise ExportFailedError(out, error.strerror or "the system refuses") from None
    proved = Proved(number, size, out / f"entry-{number}.tlog-proof", out / f"entry-{number}.json")
    write_new(proved.entry, stored.entry_bytes)
    write_new(proved.proof, text.encode())
    return proved


def _stored(house: House, number: int) -> tuple[StoredEntry, int]:
    """Return an entry as it is stored, and how many there are."""
    size = house.log.size
    if not 0 <= number < size:
        raise NoEntryError(number, size=size)
    (stored,) = house.log.entries(number, number + 1)
    return stored, size


def _body(entry: Entry, stored: StoredEntry) -> tuple[str, dict[str, Any] | None]:
    """Return whether a body is intact, erased or changed, and what it says if it is intact."""
    if stored.salt is None and stored.body is None:
        return "erased", None
    try:
        return "intact", open_body(entry, stored.salt or b"", stored.body or b"")
    except CommitmentError:
        return "changed", None


def _counted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with the number of people in the place of each set of them."""
    counted: dict[str, Any] = {}
    for key, value in body.items():
        if key == SETS_BY_NAME and isinstance(value, dict):
            counted[key] = {name: _count(text) for name, text in value.items()}
        else:
            counted[key] = _count(value) if key in SETS else value
    return counted


def _count(text: object) -> object:
    """Return how many people a set has; what is no set as it is."""
    try:
        return {"count": len(text_to_people(text))}
    except MalformedPeopleError:
        return text
