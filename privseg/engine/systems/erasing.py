# SPDX-License-Identifier: Apache-2.0
"""Erasing somebody from the other systems, one durable step each, before our own stores.

A saga: every system is erased by itself, on the log before and after. What was cut short is done
again, and finds what is left; what was finished is not repeated. Our own store is the last, as its
identifiers are needed to find the person in the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from privseg.audit import Outcome
from privseg.dsr import Case, RequestKind, StepKind
from privseg.dsr.systems import (
    Reach,
    System,
    SystemErased,
    TableCount,
    TableErased,
    TableKept,
    WorkOrder,
)
from privseg.dsr.work_order import Order, needed, signed_order
from privseg.engine.dsr.outcomes import private_file
from privseg.engine.dsr.steps import entry_of, people_of_case, take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.errors import PolicyError
from privseg.systems import WorkOrderSystem
from privseg.terms import StaffRole, SubjectId

WORK_ORDERS = "work-orders"  # where they lie until their proof comes; not among the answers
Outside = list[SystemErased | WorkOrder]


class KeptWithoutGroundError(PolicyError):
    """A table is kept on a ground that the law of the request does not have; nothing was erased."""

    def __init__(self, system: str, table: str, ground: str, law: str) -> None:
        super().__init__(
            f"{system}, {table}: it is kept on the ground {ground}, which the law of this request "
            f"({law}) does not have; nothing was erased; change keep in privseg.yaml, or refuse "
            "the request with its ground"
        )
        self.system, self.table, self.ground, self.law = system, table, ground, law


def erase_outside(
    house: House, number: int, ids: Sequence[SubjectId], role: StaffRole, *, anew: bool = False
) -> Outside:
    """Erase a person in every other system, and write work orders for those out of reach.

    Every system that is not done yet is tried first, so that most of what could stop an erasure
    stops it before anything is gone. ``anew`` goes through all of them once more, where more is
    known to search by than in an earlier attempt.

    Raises:
        KeptWithoutGroundError: something would stay without a ground; nothing was touched.
        PrivsegError: a system refuses or is out of reach; those before it are done, and are not
            repeated when the request is run again.
    """
    case = house.cases.case(number)
    done = {} if anew else _done(case)
    _require_grounds(house, case)
    for system in house.systems:
        if system.name not in done:
            _try(house, number, system, role)
    return [done.get(s.name) or _one(house, number, s, ids, role) for s in house.systems]


def count_outside(house: House, ids: Sequence[SubjectId]) -> list[tuple[str, Sequence[TableCount]]]:
    """Return how many rows of a person each system that we reach has; nothing is changed."""
    return [(s.name, s.count(ids)) for s in house.systems if s.reach is Reach.IN_PLACE]


def unproved(case: Case) -> tuple[str, ...]:
    """Return the systems whose people were asked to erase and have not proved it yet."""
    asked = dict.fromkeys(_systems(case, StepKind.WORK_ORDERED))
    proved = set(_systems(case, StepKind.PROVED))
    return tuple(system for system in asked if system not in proved)


def impossible(case: Case) -> dict[str, str]:
    """Return the systems whose people cannot erase, each with the ground of the law."""
    steps = [s for s in case.steps if s.kind is StepKind.PROVED]
    return {s.facts["system"]: s.facts["ground"] for s in steps if "ground" in s.facts}


def orders_of(house: House, number: int, system: str) -> list[Path]:
    """Return the files of a work order that are still there: they name the person."""
    folder = house.config.root / WORK_ORDERS / system
    return sorted(folder.glob(f"request-{number}.*"))


def _require_grounds(house: House, case: Case) -> None:
    """Refuse to keep anything on a ground that the law of the request does not have.

    Raises:
        KeptWithoutGroundError: nothing was touched.
    """
    law = house.request_law(case.where)
    known = {ground.code for ground in law.grounds(RequestKind.ERASURE)}
    for rules in house.config.systems:
        for table in rules.tables:
            if table.keep is not None and table.keep.ground not in known:
                raise KeptWithoutGroundError(rules.name, table.name, table.keep.ground, law.pack)


def _try(house: House, number: int, system: System, role: StaffRole) -> None:
    """Look whether a system can be erased; a no goes on the log, and nothing was touched."""
    with _told(house, number, system, role):
        system.check()


def _one(
    house: House, number: int, system: System, ids: Sequence[SubjectId], role: StaffRole
) -> SystemErased | WorkOrder:
    """Erase in one system, or have its people asked; not where nothing is known to search by."""
    if isinstance(system, WorkOrderSystem):
        tables = system.rules.tables
        if not needed(ids, tables):
            return SystemErased(
                system=system.name, tables=(), unsearched=tuple(t.name for t in tables)
            )
        return _ordered(house, number, system, ids, role)
    return _erased(house, number, system, ids, role)


def _erased(
    house: House, number: int, system: System, ids: Sequence[SubjectId], role: StaffRole
) -> SystemErased:
    """Erase in one system: on the log before, and after with what it lost."""
    with _told(house, number, system, role):
        held = {t.name: t.rows for t in system.count(ids)}
    facts = {"system": system.name, "held": json.dumps(held, ensure_ascii=False)}
    people = people_of_case(house, number)
    case = take_step(house, number, StepKind.SYSTEM_ERASING, role=role, facts=facts, people=people)
    with _told(house, number, system, role):
        gone = _with_earlier(system.erase(ids), case)
    facts = {"system": system.name, "result": _packed(gone)}
    take_step(house, number, StepKind.SYSTEM_ERASED, role=role, facts=facts)
    return gone


def _with_earlier(gone: SystemErased, case: Case) -> SystemErased:
    """Return what a system lost, counting what an attempt that was cut short took before."""
    steps = [s for s in case.steps if s.kind is StepKind.SYSTEM_ERASING]
    held = [json.loads(s.facts["held"]) for s in steps if s.facts["system"] == gone.system]
    tables = tuple(
        TableErased(t.name, max(t.rows, *(h.get(t.name, 0) for h in held)), t.fields)
        for t in gone.tables
    )
    return SystemErased(
        system=gone.system,
        tables=tables,
        kept=gone.kept,
        unsearched=gone.unsearched,
        overwritten=gone.overwritten,
    )


def _ordered(
    house: House,
    number: int,
    system: WorkOrderSystem,
    ids: Sequence[SubjectId],
    role: StaffRole,
) -> WorkOrder:
    """Write a work order, for machines and for people, then say so on the log."""
    case = house.cases.case(number)
    order = Order(
        controller=house.policy.controller,
        request=number,
        system=system.name,
        people=system.rules.people,
        asked_at=house.now(),
        by=case.deadlines.answer_by,
        tables=system.rules.tables,
        identifiers=needed(ids, system.rules.tables),
    )
    folder = house.config.root / WORK_ORDERS / system.name
    text = signed_order(order, house.release_signer)
    files = [
        private_file(folder / f"request-{number}.work-order.json", text),
        write_letter(
            house,
            number,
            LetterKind.WORK_ORDER,
            facts={
                "system": system.rules.people,
                "act": "erase",
                "identifiers": [f"{i.kind}: {i.value}" for i in order.identifiers],
                "tables": [t.name for t in order.tables],
                "by": order.by.isoformat(),
            },
            out=folder,
            role=role,
        ),
    ]
    take_step(house, number, StepKind.WORK_ORDERED, role=role, facts={"system": system.name})
    return WorkOrder(system=system.name, files=tuple(map(str, files)))


@contextmanager
def _told(house: House, number: int, system: System, role: StaffRole) -> Iterator[None]:
    """Put on the log that a system was not erased, whatever stood against it."""
    try:
        yield
    except Exception:
        verb, case = StepKind.SYSTEM_ERASING.value, house.cases.case(number)
        told = {"system": system.name}
        house.log.append(entry_of(verb, case, role, told=told, outcome=Outcome.FAILED))
        raise


def _done(case: Case) -> Mapping[str, SystemErased | WorkOrder]:
    """Return what was finished in an earlier attempt."""
    waits = set(unproved(case))
    ordered = {
        system: WorkOrder(system=system, is_proved=system not in waits)
        for system in _systems(case, StepKind.WORK_ORDERED)
    }
    erased = [s.facts["result"] for s in case.steps if s.kind is StepKind.SYSTEM_ERASED]
    return ordered | {gone.system: gone for gone in map(_unpacked, erased)}


def _systems(case: Case, kind: StepKind) -> list[str]:
    return [s.facts["system"] for s in case.steps if s.kind is kind]


def _packed(gone: SystemErased) -> str:
    """Return what a system lost as a text: names of rules, and counts."""
    return json.dumps(
        {
            "system": gone.system,
            "tables": [[t.name, t.rows, list(t.fields)] for t in gone.tables],
            "kept": [[k.name, k.rows, k.ground, k.until] for k in gone.kept],
            "unsearched": list(gone.unsearched),
            "overwritten": gone.overwritten,
        },
        ensure_ascii=False,
    )


def _unpacked(text: str) -> SystemErased:
    said = json.loads(text)
    return SystemErased(
        system=said["system"],
        tables=tuple(TableErased(n, rows, tuple(fields)) for n, rows, fields in said["tables"]),
        kept=tuple(TableKept(*each) for each in said["kept"]),
        unsearched=tuple(said["unsearched"]),
        overwritten=said["overwritten"],
    )
