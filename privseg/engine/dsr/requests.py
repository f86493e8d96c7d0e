# SPDX-License-Identifier: Apache-2.0
"""Data-subject requests: opened, answered from every store, erased from every store."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import holidays
from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.consent import Act
from privseg.dsr import (
    RESIDUES,
    Case,
    CaseState,
    Erased,
    Receipt,
    RequestKind,
    deadlines,
    signed,
)
from privseg.engine.dsr.answering import access_answer, stored_rows
from privseg.engine.dsr.erasing import more_residues, outstanding, remove, what_ends
from privseg.engine.dsr.looking import naming, tied
from privseg.engine.dsr.receipts import commitment
from privseg.engine.errors import RequestWithoutPersonError
from privseg.engine.house import House
from privseg.engine.private_files import write_over
from privseg.engine.scope import require_person
from privseg.engine.views import ErasurePlanned
from privseg.report import render_access
from privseg.terms import Jurisdiction, Ordinal, StaffRole, SubjectId

NOBODY: FrozenBitMap = FrozenBitMap()
ANSWERS = "answers"  # where answers are written unless another folder is named


def open_request(
    house: House,
    kind: RequestKind,
    subject: SubjectId,
    *,
    received_at: datetime | None,
    role: StaffRole,
) -> Case:
    """Open a request and start its clock. Somebody unknown gets a case, too.

    The identifier itself is not kept in the case.
    """
    require_person(house.policy, subject)
    person = house.vault.resolve(subject)
    where = _jurisdiction(house, person)
    received = received_at or house.now()
    clock = deadlines(where, received.astimezone(house.zone).date(), is_holiday=_holidays(where))
    with house.db.transaction():
        case = house.cases.open_case(
            kind, received_at=received, deadlines=clock, jurisdiction=where, subject=person
        )
        house.log.append(_entry("open", case, role, tied(house, person)))
    return case


def run_access(house: House, number: int, *, out: Path, role: StaffRole) -> list[Path]:
    """Answer an access request: a JSON document and a page to read, both for the person alone.

    The entry is durable before a row is read.

    Raises:
        CaseStateError: the request is answered already.
        RequestWithoutPersonError: nobody here has the identifier that was given.
    """
    person = _person(house, number)
    with house.db.transaction():
        house.cases.record_step(number, CaseState.RUNNING, at=house.now())
        house.log.append(_entry("read", house.cases.case(number), role, tied(house, person)))
    answer = access_answer(house, house.cases.case(number), person)
    document = answer.document()
    files = [
        _private(
            out / f"request-{number}.json", json.dumps(document, indent=2, ensure_ascii=False)
        ),
        _private(out / f"request-{number}.html", render_access(document)),
    ]
    with house.db.transaction():
        house.cases.record_step(number, CaseState.DONE, at=house.now())
        house.log.append(_entry("answer", house.cases.case(number), role))
    return files


def plan_erasure(house: House, number: int, *, role: StaffRole) -> ErasurePlanned:
    """Return what an erasure would remove, store by store, and what would stay.

    Raises:
        RequestWithoutPersonError: nobody here has the identifier that was given.
    """
    person = _person(house, number)
    house.log.append(_entry("plan", house.cases.case(number), role, tied(house, person)))
    held = {
        "vault: identifiers": len(house.vault.identity(person)),
        "consent ledger: events": len(house.ledger.history(person)),
        "segment memberships": len(house.runs.containing(person)),
        **{f"column store: {s}": len(rows) for s, rows in stored_rows(house, person).items()},
    }
    stays = (*_linked(house, person), *RESIDUES, *more_residues(house))
    return ErasurePlanned(tuple(held.items()), stays)


def _linked(house: House, person: Ordinal) -> tuple[str, ...]:
    """Return a line on the profiles that are, or were, tied to a person's; none for none."""
    others = len(house.ledger.linked(FrozenBitMap([person]))) - 1
    if not others:
        return ()
    what = f"{others} linked profile{'s' if others > 1 else ''}, with identifiers and data"
    return (f"{what}: open a request for each; nothing of them is read from then on",)


def run_erasure(house: House, number: int, *, out: Path, role: StaffRole) -> list[Path]:
    """Erase a person everywhere in one transaction and write the signed receipt.

    Either all of it happens or none; a run that was cut short is simply run again.

    Raises:
        CaseStateError: the request is done already.
        RequestWithoutPersonError: nobody here has the identifier that was given.
    """
    if (kept := house.cases.body(number)) is not None:  # done before; the file was not written
        house.db.empty_journal()
        return [_private(out / f"request-{number}-receipt.json", kept.decode())]
    person = _person(house, number)
    answered = house.cases.of_subject(person)
    at = house.now()
    with house.db.transaction():
        before = house.erasures.now()
        house.cases.record_step(number, CaseState.RUNNING, at=at)
        house.log.append(_entry("erase", house.cases.case(number), role))
        removed = remove(house, person, at=at, role=role)
        house.erasures.remember(person, case=number, before=before, at=at)
        facts = house.vault.erase(person, house.columns, suppress=True)
        house.cases.record_step(number, CaseState.DONE, at=at)
        house.cases.forget(person)
        told = house.log.append(_entry("erased", house.cases.case(number), role))
        erased = (
            *(Erased(s.store, s.rows, s.fields) for s in facts.stores),
            Erased("consent ledger", removed.consents, ()),
            Erased("segment memberships", removed.memberships, ()),
        )
        receipt = Receipt(
            controller=house.policy.controller,
            case=number,
            erased_at=at,
            erased=erased,
            destroyed_keys=facts.destroyed_keys,
            entry=commitment(house, number, told),
            backups=outstanding(house),
            ends=what_ends(house, at),
            more_residues=more_residues(house),
        )
        text = signed(receipt, house.release_signer)
        house.cases.keep_body(number, text.encode())  # nobody's data: it can be handed out again
        _remove_answers(house, answered)  # now: after the commit nobody knows whose they were
    house.db.empty_journal()
    return [_private(out / f"request-{number}-receipt.json", text)]


def _remove_answers(house: House, cases: Sequence[Case]) -> None:
    """Remove the person's own answers from the workspace's folder of answers."""
    for case in cases:
        for name in (f"request-{case.number}.*", f".request-{case.number}.*"):  # or half written
            for path in (house.config.root / ANSWERS).glob(name):
                path.unlink(missing_ok=True)


def _person(house: House, number: int) -> Ordinal:
    """Return whose request it is."""
    person = house.cases.subject(number)
    if person is None:
        raise RequestWithoutPersonError(number)
    return person


def _jurisdiction(house: House, person: Ordinal | None) -> Jurisdiction | None:
    """Return the one jurisdiction attested for a person; None when unknown or several."""
    history = house.ledger.history(person) if person is not None else []
    attested = {e.value for e in history if e.act is Act.ATTEST_JURISDICTION and e.value}
    return Jurisdiction(attested.pop()) if len(attested) == 1 else None


def _holidays(where: Jurisdiction | None) -> Callable[[date], bool]:
    """Return whether a day is a public holiday where the law applies (holidays package)."""
    code = (where or "DE").partition("-")
    calendar = holidays.country_holidays(code[0], subdiv=code[2] or None)
    return lambda day: day in calendar


def _entry(verb: str, case: Case, role: StaffRole, people: FrozenBitMap = NOBODY) -> AuditEvent:
    """Return the log's entry of a step; whose data it looks at stands in the body alone."""
    header: dict[str, str | list[str]] = {
        "verb": verb, "case": str(case.number), "request": case.kind.value,
    }  # fmt: skip
    return AuditEvent(Kind.DSR, Outcome.OK, role, header, naming(people))


def _private(path: Path, text: str) -> Path:
    """Write a file that only its owner can read, whole and durably."""
    return write_over(path, text.encode())
