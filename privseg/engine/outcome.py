# SPDX-License-Identifier: Apache-2.0
"""What every run leaves when it ends: memberships, its place in the log, what its segments mean.

Protected, exact and learned releases and stored runs all end with these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.house import House
from privseg.engine.reading import reads_of
from privseg.frames import Consented
from privseg.gate import Admission
from privseg.release.exact_statement import Meaning
from privseg.segment import Library, clauses
from privseg.store import Membership, Origin
from privseg.tlog import leaf_hash

COMMITMENT = b"privseg.register/1/audit\n"  # domain of the salted commitment to an audit entry


def commitment(house: House, index: int, salt: bytes) -> bytes:
    """Return the salted commitment to an audit entry; an auditor inside can open it."""
    (stored,) = house.log.entries(index, index + 1)
    return hashlib.sha256(COMMITMENT + salt + leaf_hash(stored.entry_bytes)).digest()


def memberships(
    house: House,
    consented: Consented,
    library: Library,
    members: Mapping[str, FrozenBitMap],
    *,
    versions: Mapping[str, str],
    at: datetime,
    origin: Origin,
) -> list[Membership]:
    """Return who was found in each segment, with all that must be allowed to be told so."""
    return [
        Membership(
            run_id=consented.run_id,
            segment=name,
            version=version,
            edition_id=consented.edition.edition_id,
            at=at,
            people=members[name],
            origin=origin,
            policy=house.policy.digest,
            purpose=consented.purpose,
            reads=reads_of(house, library, [name]),
            reveals=library.reveals(name),
        )
        for name, version in sorted(versions.items())
    ]


def meanings(library: Library, names: Iterable[str]) -> tuple[Meaning, ...]:
    """Return what each segment is called and means, for those who read a release."""
    asked = [library[name] for name in names]
    return tuple(
        Meaning(s.name, s.label.get("en", s.name), "; ".join(clauses(s.where))) for s in asked
    )


def published(
    asked: Admission,
    consented: Consented,
    *,
    release: str,
    register: int,
    guarantee: str,
    plan: str,
    report: str,
) -> AuditEvent:
    """Return the log's entry of a publication; what it holds is public already."""
    header: dict[str, str | list[str]] = {
        "run": asked.run_id,
        "of": str(consented.intent_index),
        "release": release,
        "register": str(register),
        "guarantee": guarantee,
        "plan": plan,
        "report": report,
    }
    return AuditEvent(Kind.RELEASE, Outcome.OK, asked.actor, header)
