# SPDX-License-Identifier: Apache-2.0
"""After an erasure: who was erased, what is kept of them, and whether they are back somewhere.

All of it is asked with an identifier that the person gives again: here nobody can say who it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.dsr import RequestKind, Search
from privseg.dsr.erasure_receipt import with_search
from privseg.dsr.systems import Reach
from privseg.engine.dsr.looking import look
from privseg.engine.dsr.outcomes import private_file
from privseg.engine.dsr.steps import NOBODY
from privseg.engine.erasure.matches import requests_by_mark
from privseg.engine.erasure.nobody import is_of_nobody
from privseg.engine.erasure.receipts import document_in, sign_anew
from privseg.engine.erasure.search import StillFoundError, search
from privseg.engine.house import House
from privseg.engine.scope import require_kind
from privseg.errors import InputError
from privseg.terms import StaffRole, SubjectId

LOOK = "dsr-suppressed"  # the log's verb
OPENED = "kept-opened"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Whether somebody is on the suppression list; by which requests, and what is kept of them.

    ``back`` are other systems that hold rows of theirs, by how many: put back from a backup, say.
    """

    is_suppressed: bool
    requests: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    back: Mapping[str, int] | None = None


class NotTheirsError(InputError):
    """An identifier is not of whoever a request erased; nothing was searched."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} erased nobody with this identifier; give one that they had here"
        )
        self.number = number


def suppressed(house: House, subject: SubjectId, *, role: StaffRole) -> Suppressed:
    """Return what is known of somebody who may have been erased; that one looks is on the log.

    Raises:
        UnknownNameError: the policy has no such kind of identifier.
    """
    require_kind(house.policy, subject.kind)
    look(house, LOOK, NOBODY, role=role)
    mark = house.vault.tags_of([subject])
    by = requests_by_mark(house)
    back = {
        s.name: n for s in house.systems if s.reach is Reach.IN_PLACE and (n := s.left([subject]))
    }
    return Suppressed(
        house.vault.suppressed(subject),
        tuple(sorted({by[m.hex()] for m in mark if m.hex() in by})),
        tuple(house.kept.of_marks(mark)),
        back,
    )


def search_again(house: House, number: int, subject: SubjectId, *, role: StaffRole) -> Search:
    """Search once more for somebody erased, with an identifier that they gave; settle the receipt.

    Of somebody unknown nothing is kept to compare it with: it is taken as given.

    Raises:
        CaseStateError: the request is no erasure that was done.
        NotTheirsError: the identifier is not of whom it erased.
        StillFoundError: it stands in a place of ours.
    """
    kept = house.cases.body(number)
    case = house.cases.case(number)
    if kept is None or case.kind is not RequestKind.ERASURE or not case.is_done:
        raise NotTheirsError(number)
    document = document_in(kept)
    by, marks = requests_by_mark(house), house.vault.tags_of([subject])
    if not is_of_nobody(document) and number not in {by.get(mark.hex()) for mark in marks}:
        raise NotTheirsError(number)
    found = search(house, [subject], bucket=None, own=(number, *document["sealed_copies"]))
    if found.ours:
        raise StillFoundError(number, sorted(found.ours))
    sign_anew(house, case, with_search(document, found.said), role=role)
    return found.said


def open_kept(house: House, number: int, *, out: Path, role: StaffRole) -> Path:
    """Write what is kept under a number into a file, for a legal claim; it is on the log before.

    Raises:
        UnknownKeptError: nothing has this number.
    """
    kept = house.kept.opened(number)
    header: dict[str, str | list[str]] = {
        "verb": OPENED, "case": str(kept.case), "request": RequestKind.ERASURE.value,
        "ground": kept.ground,
    }  # fmt: skip
    house.log.append(AuditEvent(Kind.DSR, Outcome.OK, role, header))
    return private_file(out / f"kept-{number}.json", kept.text.decode())
