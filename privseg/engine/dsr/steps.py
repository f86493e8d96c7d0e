# SPDX-License-Identifier: Apache-2.0
"""One step of a request: recorded in its case file and on the log, both or neither."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.dsr import Case, StepKind
from privseg.engine.dsr.errors_case import CounselsOrderError
from privseg.engine.dsr.looking import naming, tied
from privseg.engine.errors import RequestWithoutPersonError
from privseg.engine.house import House
from privseg.terms import Ordinal, StaffRole

NOBODY: FrozenBitMap = FrozenBitMap()
OPEN = "open"  # the verb of the entry that a case begins with
ON_LOG = frozenset(
    {"ground", "law", "letter", "level", "lifts_on", "purpose", "recipient", "system"}
)  # facts that headers tell


def take_step(
    house: House,
    number: int,
    kind: StepKind,
    *,
    role: StaffRole,
    facts: Mapping[str, str] | None = None,
    people: FrozenBitMap = NOBODY,
    at: datetime | None = None,
) -> Case:
    """Take a step of a case, on the log with it; return the case after it.

    ``people`` are those whose data is looked at, for the entry's body alone. Facts that are codes
    of law or policy stand in its header.

    Raises:
        UnknownCaseError: no request has this number.
        CaseStateError: the case cannot take it; nothing was recorded.
    """
    with house.db.transaction():
        case = house.cases.record_step(number, kind, at=at or house.now(), facts=facts)
        told = {key: text for key, text in (facts or {}).items() if key in ON_LOG}
        house.log.append(entry_of(kind.value, case, role, people, told))
    return case


def entry_of(
    verb: str,
    case: Case,
    role: StaffRole,
    people: FrozenBitMap = NOBODY,
    told: Mapping[str, str] | None = None,
    outcome: Outcome = Outcome.OK,
) -> AuditEvent:
    """Return the log's entry of a step; whose data it looks at stands in the body alone."""
    header: dict[str, str | list[str]] = {
        "verb": verb, "case": str(case.number), "request": case.kind.value, **(told or {}),
    }  # fmt: skip
    return AuditEvent(Kind.DSR, outcome, role, header, naming(people))


def person_of_case(house: House, number: int) -> Ordinal:
    """Return whose request it is.

    Raises:
        RequestWithoutPersonError: nobody here has the identifier that was given.
    """
    person = house.cases.subject(number)
    if person is None:
        raise RequestWithoutPersonError(number)
    return person


def require_of_person(case: Case) -> None:
    """Refuse to treat counsel's order as a person's request.

    Raises:
        CounselsOrderError: it is a legal hold.
    """
    if not case.kind.is_of_person:
        raise CounselsOrderError(case.number)


def people_of_case(house: House, number: int) -> FrozenBitMap:
    """Return whose request it is, with every profile ever tied to theirs; nobody for nobody."""
    return tied(house, house.cases.subject(number))
