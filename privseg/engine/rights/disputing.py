# SPDX-License-Identifier: Apache-2.0
"""Corrections that a later import would have undone: a list for the compliance officer.

It names no person and no value: the request that corrected, the source and the attribute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.dsr.looking import naming
from privseg.engine.errors import UnknownNameError
from privseg.engine.house import House
from privseg.store.corrections import StoredCorrection
from privseg.terms import StaffRole


class Settlement(StrEnum):
    """What an officer makes of a wrong value that came again."""

    KEEP = "keep"  # the correction is right; the source is told to correct itself
    RELEASE = "release"  # the value is right after all, or is another person's by now


class UnknownSettlementError(UnknownNameError):
    """A dispute is settled by one of two words."""

    what = "way to settle it"
    see = "privseg dsr settle --help"


@dataclass(frozen=True, slots=True)
class Disputed:
    """One correction that imports would have undone, and how often."""

    number: int
    case: int
    source: str
    attribute: str
    corrected_at: datetime
    seen: int
    last_seen: datetime | None


def disputed(house: House, *, role: StaffRole) -> tuple[Disputed, ...]:
    """Return what imports brought again although it was corrected; looking is on the log."""
    found = house.corrections.disputed()
    people = FrozenBitMap([c.subject for c in found])
    header: dict[str, str | list[str]] = {"verb": "disputed"}
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, header, naming(people)))
    return tuple(map(_shown, found))


def settle(house: House, number: int, outcome: str, *, role: StaffRole) -> Disputed:
    """Keep a correction, or release it: then later imports count as they come.

    Raises:
        UnknownSettlementError: it is settled in another way.
        UnknownCorrectionError: no correction that is open has this number.
    """
    if outcome not in set(Settlement):
        raise UnknownSettlementError(outcome, known=tuple(Settlement))
    with house.db.transaction():
        found = house.corrections.settle(number, outcome)
        header: dict[str, str | list[str]] = {
            "verb": f"dispute-{outcome}", "case": str(found.case_number),
        }  # fmt: skip
        people = naming(FrozenBitMap([found.subject]))
        house.log.append(AuditEvent(Kind.DSR, Outcome.OK, role, header, people))
    return _shown(found)


def _shown(found: StoredCorrection) -> Disputed:
    """Return a correction without what is personal."""
    return Disputed(
        found.number, found.case_number, found.source, found.attribute, found.at, found.seen,
        found.last_seen,
    )  # fmt: skip
