# SPDX-License-Identifier: Apache-2.0
"""The log's entry of a record in the consent ledger: it binds what was recorded, word for word.

Its body holds the positions that were given and a digest over what stands there (``SqlLedger.
digest``), and of an erasure which events went; so that an event changed, removed or added later
is found by ``audit verify``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.consent import Recorded
from privseg.engine.house import House
from privseg.terms import Purpose, StaffRole

MOST_BOUND = 65_536
"""Events that one entry binds: 24 bytes each in a bundle of evidence."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The events that one entry of the log binds: their positions, their digest, who went."""

    first: int
    last: int
    digest: str
    erased: str | None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Bound | None:
        """Return what an entry's body binds, None when it recorded nothing."""
        if not body.get("recorded"):
            return None
        return cls(int(body["first"]), int(body["last"]), str(body["digest"]), body.get("erased"))


def ledger_entry(
    house: House,
    verb: str,
    role: StaffRole,
    recorded: Recorded,
    *,
    purposes: Collection[Purpose] = (),
) -> AuditEvent:
    """Return the entry that goes with a record, to be written in the same transaction.

    Every record needs one: events that no entry binds are what ``audit verify`` calls added. The
    entry of an erasure is made after the person's other events went. A header names one purpose
    at most; several stand in the body, as the positions do.
    """
    header: dict[str, str | list[str]] = {"verb": verb}
    body = {"unchanged": recorded.unchanged, **_binding(house, recorded)}
    match sorted(set(purposes)):
        case [one]:
            header["purpose"] = one
        case [_, *_] as several:
            body["purposes"] = several
    return AuditEvent(Kind.CONSENT, Outcome.OK, role, header, body)


def ledger_entries(
    house: House, verb: str, role: StaffRole, recorded: Recorded
) -> Iterator[AuditEvent]:
    """Yield the entries that go with a large record, each for a part of it.

    A part is small enough for the evidence of one of its events to be handed to somebody.
    """
    count = len(recorded.positions) - recorded.unchanged
    last = max(recorded.positions, default=0)
    if count <= MOST_BOUND:
        yield ledger_entry(house, verb, role, recorded)
        return
    known = recorded.unchanged
    for first in range(last - count + 1, last + 1, MOST_BOUND):
        part = tuple(range(first, min(first + MOST_BOUND, last + 1)))
        yield ledger_entry(house, verb, role, Recorded((*part, *[0] * known), known))
        known = 0


def digest_of(positions: Iterable[int]) -> str:
    """Return the SHA-256 (hex) of the positions of events that were erased, in order."""
    return sha256(b"".join(p.to_bytes(8, "big") for p in positions)).hexdigest()


def _binding(house: House, recorded: Recorded) -> dict[str, object]:
    """Return where the new events stand and their digest; new ones follow each other."""
    count = len(recorded.positions) - recorded.unchanged
    if not count:
        return {"recorded": 0}
    last = max(recorded.positions)
    first = last - count + 1
    bound = {"first": first, "last": last, "digest": house.ledger.digest(first, last)}
    went = [p for gone in house.ledger.erasures(first, last).values() for p in gone]
    return {"recorded": count, **bound, **({"erased": digest_of(went)} if went else {})}
