# SPDX-License-Identifier: Apache-2.0
"""Looking at one person outside a run: an entry that names them, before anything is looked at.

A body with the person's profiles makes the look part of their own answer ("looked up"). The entry
is the actor's, so that its body goes when the bodies of its month go.
"""

from __future__ import annotations

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome, people_to_text
from privseg.audit.reads import NAMED
from privseg.engine.house import House
from privseg.terms import Ordinal, StaffRole, SubjectId


def profiles_of(house: House, subject: SubjectId) -> FrozenBitMap:
    """Return the profiles that are a person's, or that any link, undone or not, ever tied to it."""
    return tied(house, house.vault.resolve(subject))


def tied(house: House, person: Ordinal | None) -> FrozenBitMap:
    """Return a profile with every other that any link ever tied to it; nobody for None."""
    return FrozenBitMap() if person is None else house.ledger.linked(FrozenBitMap([person]))


def naming(people: FrozenBitMap) -> dict[str, object]:
    """Return what a body says of whom an entry is about; nothing where it is about nobody."""
    return {NAMED: people_to_text(people)} if people else {}


def look(house: House, verb: str, people: FrozenBitMap, *, role: StaffRole) -> None:
    """Put on the log that somebody looks at people; only then may it be done.

    Raises:
        AuditWriteError: the log cannot be written; nothing may be looked at.
    """
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": verb}, naming(people)))
