# SPDX-License-Identifier: Apache-2.0
"""Going on with an older copy of a workspace: what was erased since is erased again, first.

Two steps, as with the budget: without ``yes`` it is only said what would be done. The erasures, the
suppression list and the log's entries about it are one transaction. Nothing else can be read before
(``keys.memory``). What the other copy's log had beyond this one's is lost with it: heads of it that
were anchored elsewhere will not fit this log, and the entry says from where on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.dsr import RequestKind
from privseg.engine.dsr.opening import jurisdiction_of
from privseg.engine.erasure.keep import keep, to_keep
from privseg.engine.erasure.removing import remove
from privseg.engine.house import House
from privseg.engine.keys.memory import ErasureMemoryMissingError, ErasuresBehindError, LogPoint
from privseg.errors import IntegrityError
from privseg.terms import Ordinal, StaffRole
from privseg.vault.memory import RememberedErasure
from privseg.vault.note import NoteForgedError


@dataclass(frozen=True, slots=True)
class KeysRecovery:
    """What going on with this copy means; ``why`` is empty where nothing is missing.

    ``unknown`` says that nothing is remembered of erasures, so that nobody can tell what is
    missing here; those that this copy knows are remembered anew.
    """

    why: str
    entries: int
    remembered: int
    erasures: int
    unknown: bool
    done: bool


def recover(house: House, *, role: StaffRole, yes: bool) -> KeysRecovery:
    """Replay the erasures that this copy lacks, or say what that would mean (unless ``yes``)."""
    with house.db.transaction():
        why = _why(house)
        before = house.erasures.now()
        known = _known(house)
        missing = house.erasures.lacking(known or ())
        largest = max((e.size for e in missing), default=before.size)
        if yes and why is not None:
            _go_on(house, known or [], missing, largest, before, role)
    if yes and why is not None:
        house.db.empty_journal()
    return KeysRecovery(
        "" if why is None else str(why),
        entries=before.size,
        remembered=largest,
        erasures=len(missing),
        unknown=known is None and why is not None,
        done=yes and why is not None,
    )


def _why(house: House) -> IntegrityError | None:
    """Return what is wrong, if anything is."""
    try:
        house.erasures.require_no_older_copy()
    except (ErasuresBehindError, ErasureMemoryMissingError, NoteForgedError) as refused:
        return refused
    return None


def _known(house: House) -> list[RememberedErasure] | None:
    """Return what is remembered; None where it is nothing that this workspace wrote."""
    try:
        found = house.erasures.told.all()
    except NoteForgedError:
        return None
    return None if found is None else list(found.values())


def _go_on(
    house: House,
    known: Sequence[RememberedErasure],
    missing: Sequence[RememberedErasure],
    largest: int,
    before: LogPoint,
    role: StaffRole,
) -> None:
    """Write it on the log, erase again, and remember everybody erased here."""
    epoch = house.vault.keyring.root_id()
    header: dict[str, str | list[str]] = {
        "verb": "restore", "epoch": epoch, "previous": str(largest),
        "reason": "an older copy" if missing else "nothing was remembered of erasures",
    }  # fmt: skip
    house.log.append(AuditEvent(Kind.KEY, Outcome.OK, role, header))
    again = [_replay(house, each, role) for each in missing]
    kept = {e.ordinal: e for e in known if e not in missing} | {e.ordinal: e for e in again}
    bare = (
        RememberedErasure(Ordinal(o), before.size, before.root, 0, house.now().isoformat())
        for o in house.vault.population.erased()
        if o not in kept
    )
    house.erasures.told.put([*kept.values(), *bare])


def _replay(house: House, erasure: RememberedErasure, role: StaffRole) -> RememberedErasure:
    """Erase somebody again; return how they are remembered from now on."""
    tags = [bytes.fromhex(tag) for tag in erasure.tags]
    header: dict[str, str | list[str]] = {
        "verb": "replay", "case": str(erasure.case), "request": RequestKind.ERASURE.value,
    }  # fmt: skip
    house.log.append(AuditEvent(Kind.DSR, Outcome.OK, role, header))
    people = sorted(_people(house, erasure))
    for person in people:
        where = jurisdiction_of(house, person)
        keep(house, person, erasure.case, to_keep(house, person, where))  # as it was then
        remove(house, person, number=erasure.case, at=house.now(), role=role)
        house.cases.forget(person)
    if people:
        house.vault.erase_many(people, house.columns, suppress=True)
        house.vault.suppress(tags)
    if erasure.ordinal in house.vault.population.erased():
        return erasure
    return replace(erasure, ordinal=house.vault.replay(erasure.ordinal, tags))


def _people(house: House, erasure: RememberedErasure) -> set[Ordinal]:
    """Return who it was in this copy: whoever has their identifiers, else their number."""
    gone = house.vault.population.erased()
    if erasure.marks:
        found = house.vault.marked([bytes.fromhex(mark) for mark in erasure.marks])
        return {person for person in found if person not in gone}
    here = house.vault.is_given(erasure.ordinal) and erasure.ordinal not in gone
    return {erasure.ordinal} if here else set()
