# SPDX-License-Identifier: Apache-2.0
"""Receipts of erasures in the house: bound to the log, signed anew when others have done theirs.

A receipt commits to how far the log had come before and after (``dsr.log_points``). The salts are
the workspace's; how many entries there were stands in the case's last step.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from privseg.audit import Entry, Kind
from privseg.dsr import Case, CaseStateError, RequestKind, StepKind
from privseg.dsr.erasure import Ordered, Proof
from privseg.dsr.erasure_receipt import sign_document, with_orders, with_recipients, without_backup
from privseg.dsr.log_points import Opening, commitment
from privseg.engine.dsr.outcomes import private_file
from privseg.engine.dsr.steps import entry_of
from privseg.engine.house import House
from privseg.engine.keys.memory import LogPoint
from privseg.engine.notices.delivering import recipients_so_far
from privseg.store import UnknownCaseError
from privseg.terms import StaffRole
from privseg.tlog import Frontier

SECRET = "receipt"  # noqa: S105  # a secret's name
BEFORE, AFTER = "log_before", "log_after"  # facts of the step that ends an erasure
SETTLED = "settled"  # the log's verb when a receipt is signed anew


def committed(house: House, number: int, which: str, point: LogPoint) -> str:
    """Return what the receipt of a request says of a point of the log."""
    return commitment(_opening(house, number, which, point.size, bytes.fromhex(point.root)))


def openings(house: House, number: int) -> Mapping[str, Opening]:
    """Return what opens the commitments of a receipt, for an auditor inside.

    Raises:
        UnknownCaseError: no request has this number.
        CaseStateError: the request is no erasure that was done.
    """
    return _openings(house, [_erased(house, number)])[number]


def document_in(kept: bytes) -> dict[str, Any]:
    """Return the document of a kept receipt."""
    found: dict[str, Any] = json.loads(kept)["receipt"]
    return found


def hand_out(house: House, number: int, out: Path) -> Path:
    """Write the receipt of an erasure once more, without the secret, which nobody here has.

    Raises:
        UnknownCaseError: no request has this number.
        CaseStateError: the request is no erasure that was done.
    """
    _erased(house, number)
    kept = house.cases.body(number)
    assert kept is not None  # kept with the step that ended it
    return private_file(out / f"request-{number}-receipt.json", kept.decode())


def settle_receipts(house: House, *, role: StaffRole) -> list[int]:
    """Sign anew the receipts that named what is done by now; return their requests.

    Backups of the keys that were destroyed, systems whose people have proved their erasure, and
    recipients to whom a letter was posted.
    With the last of them a receipt is final. In the open transaction.
    """
    gone = {b.backup_id for b in house.backups.all() if not b.is_outstanding}
    settled = []
    for case in _done(house.cases.all()):
        kept = house.cases.body(case.number)
        document = None if kept is None else _settled(house, case, document_in(kept), gone)
        if document is not None:
            sign_anew(house, case, document, role=role)
            settled.append(case.number)
    return settled


def sign_anew(house: House, case: Case, document: Mapping[str, object], *, role: StaffRole) -> None:
    """Keep another receipt of the same erasure, and say so on the log."""
    with house.db.transaction():
        text = sign_document(document, house.release_signer)
        house.cases.keep_body(case.number, text.encode())
        house.log.append(entry_of(SETTLED, case, role))


def check_receipts(house: House, entries: Iterable[Entry]) -> list[str]:
    """Return which kept receipts are not of the erasure that the log tells of."""
    numbers = [int(str(e.header["case"])) for e in entries if _is_erasure(e)]
    known = [case for number in numbers if (case := _known(house, number)) is not None]
    right = _openings(house, [case for case in known if _points(case)])
    odd = []
    for number in numbers:
        kept = _kept(house, number)
        said = None if kept is None else document_in(kept)["log"]
        fits = {which: commitment(opening) for which, opening in right.get(number, {}).items()}
        if said is None or said != fits:
            odd.append(f"tampered: the kept receipt of request {number} is not the log's")
    return odd


def _settled(
    house: House, case: Case, document: dict[str, Any], gone: set[str]
) -> dict[str, Any] | None:
    """Return a document after what is done by now; None where that changes nothing."""
    now = without_backup(document, gone) or document
    now = with_orders(now, answered_orders(case)) or now
    now = with_recipients(now, recipients_so_far(house, case.number)) or now
    return None if now is document else now


def answered_orders(case: Case) -> dict[str, Ordered]:
    """Return what the people of other systems proved, or on which ground they cannot."""
    return {
        step.facts["system"]: Ordered(
            step.facts["system"],
            Proof(step.facts["sha256"], step.at) if "sha256" in step.facts else None,
            step.facts.get("ground"),
        )
        for step in case.steps
        if step.kind is StepKind.PROVED
    }


def _openings(house: House, cases: Sequence[Case]) -> dict[int, dict[str, Opening]]:
    """Return the openings of receipts; the log is gone through once for all of them."""
    wanted = sorted({size for case in cases for size in _points(case).values()})
    roots, frontier = {}, Frontier()
    for size in wanted:
        if size <= house.log.size:
            frontier = frontier.append(house.log.leaves(frontier.size, size))
            roots[size] = frontier.root()
    return {
        case.number: {
            which: _opening(house, case.number, which, size, roots.get(size, b""))
            for which, size in _points(case).items()
        }
        for case in cases
    }


def _points(case: Case) -> dict[str, int]:
    """Return how many entries the log had before and after an erasure; nothing before its end."""
    facts = next((s.facts for s in case.steps if BEFORE in s.facts), {})
    with suppress(KeyError, ValueError):
        return {"before": int(facts[BEFORE]), "after": int(facts[AFTER])}
    return {}


def _opening(house: House, number: int, which: str, size: int, root: bytes) -> Opening:
    said = f"{number}/{which}".encode()
    return Opening(hmac.digest(house.vault.secret(SECRET), said, "sha256"), size, root)


def _done(cases: Sequence[Case]) -> list[Case]:
    """Return the erasures that are done."""
    return [c for c in cases if c.kind is RequestKind.ERASURE and c.is_done]


def _erased(house: House, number: int) -> Case:
    """Return the case of an erasure that was done."""
    case = house.cases.case(number)
    if not _done([case]):
        raise CaseStateError(number=number, state=case.state, wanted=StepKind.DONE)
    return case


def _known(house: House, number: int) -> Case | None:
    """Return a case, if there is one of that number."""
    with suppress(UnknownCaseError):
        return house.cases.case(number)
    return None


def _kept(house: House, number: int) -> bytes | None:
    """Return a request's receipt, if there is one."""
    with suppress(UnknownCaseError):
        kept = house.cases.body(number)
        return kept if kept is not None and b'"receipt"' in kept[:64] else None
    return None


def _is_erasure(entry: Entry) -> bool:
    """Return whether an entry is that of an erasure which was done."""
    header = entry.header
    is_done = header.get("verb") in {StepKind.DONE.value, StepKind.PARTLY_DONE.value}
    is_erasure = header.get("request") == RequestKind.ERASURE.value
    return entry.kind is Kind.DSR and is_done and is_erasure
