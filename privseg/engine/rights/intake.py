# SPDX-License-Identifier: Apache-2.0
"""A file of requests in: every row checked first, then all of them opened, or none.

A row is known by its reference, or by what it says: a file that is imported again opens nothing
twice. What is wrong is told by row and column, and no message, report or log holds an identifier.
"""

from __future__ import annotations

import csv
import hmac
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from privseg.dsr import Asked, Case
from privseg.dsr.kinds import OBEYED
from privseg.engine.dsr.requests import open_request
from privseg.engine.errors import AnswerThereError
from privseg.engine.house import House
from privseg.engine.private_files import write_new
from privseg.engine.rights.intake_checks import mistakes_in
from privseg.loaders.requests_csv import ASIDE, COLUMNS, RequestsFileError, RowMistake
from privseg.loaders.requests_file import RequestRow, RequestsRead, RowSaid, read_requests
from privseg.policy import Policy, SourceKind
from privseg.sources.export import harmless
from privseg.terms import StaffRole, SubjectId
from privseg.tlog import canonical

ROWS = "intake"  # names the secret under which rows are marked
Tell = Callable[[str], None]
REPORT = ("row", "reference", "outcome", "request", "kind", "law", "answer_by", "legal_limit")


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of one row: its request, opened now or by an earlier import."""

    row: int
    reference: str | None
    case: Case
    is_new: bool


@dataclass(frozen=True, slots=True)
class RequestsImported:
    """What an import did, or would do; the report for the officer names no person."""

    file: str
    rows: int
    opened: tuple[Opened, ...] = ()
    would_open: int = 0
    known: int = 0
    rejected: tuple[RowMistake, ...] = ()
    files: tuple[Path, ...] = field(default=())

    @property
    def new(self) -> int:
        """Return how many requests were opened."""
        return sum(o.is_new for o in self.opened)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row that can be opened, and how it is known."""

    row: RequestRow
    subject: SubjectId
    mark: bytes = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def asked(self) -> Asked:
        """Return what exactly is asked for."""
        row = self.row
        return Asked(purpose=row.purpose, categories=row.categories, language=row.language)


def import_requests(
    house: House,
    path: Path,
    *,
    role: StaffRole,
    dry_run: bool = False,
    quarantine: Path | None = None,
    report: Path | None = None,
    tell: Tell = lambda _: None,
) -> RequestsImported:
    """Open the requests of a file: all of them or none; with ``quarantine`` all that can be.

    Raises:
        RequestsFileError: rows, or the file as a whole, cannot be taken; nothing was opened.
        AnswerThereError: a file is to be written where one is; nothing was opened.
    """
    read = read_requests(path, zone=house.zone, now=house.now())
    ready, mistakes = _checked(house, read)
    if mistakes and (quarantine is None or not ready):
        raise RequestsFileError(read.file, mistakes)
    for path_out in (quarantine, report):
        if path_out is not None and path_out.exists():
            raise AnswerThereError(path_out)
    known = house.intake.taken([r.mark for r in ready])
    if dry_run:
        fresh = {r.mark for r in ready} - known.keys()
        gone = len(ready) - len(fresh)
        return RequestsImported(
            read.file, len(read.cells), would_open=len(fresh), known=gone, rejected=mistakes
        )
    files = []
    if quarantine is not None and mistakes:
        files.append(write_new(quarantine, _set_aside(read, mistakes)))
    opened = _open_all(house, ready, role=role, tell=tell)
    done = RequestsImported(
        read.file,
        len(read.cells),
        opened=opened,
        known=sum(not o.is_new for o in opened),
        rejected=mistakes,
        files=tuple(files),
    )
    if report is not None:
        write_new(report, _report(done))
    return done


def _checked(house: House, read: RequestsRead) -> tuple[list[_Ready], tuple[RowMistake, ...]]:
    """Return the rows that can be opened, and everything that is wrong with the others."""
    usual = usual_kind(house.policy)
    found = [*read.mistakes]
    for said in read.said:
        found += mistakes_in(house, said, usual)
    found += _reused(house, read.said)
    bad = {m.row for m in found}
    ready = [_ready(house, row, usual) for row in read.rows if row.row not in bad]
    return ready, tuple(sorted(found, key=_in_order))


def _ready(house: House, row: RequestRow, usual: str | None) -> _Ready:
    """Return one row, and how it is known."""
    kind = row.identifier_kind or usual
    assert kind is not None  # it was checked
    return _Ready(row, SubjectId(kind, row.identifier), *_marks(house, row.reference, row.cells))


def _marks(house: House, reference: str | None, cells: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Return by what a row is known, and its content, both as keyed hashes."""
    content = _hash(house, "row", canonical({k: v for k, v in cells.items() if v.strip()}))
    own = content if reference is None else _hash(house, "reference", reference.encode())
    return own, content


def _in_order(mistake: RowMistake) -> tuple[int, int]:
    """Return where a mistake stands in the file."""
    column = mistake.column
    return mistake.row, -1 if column is None else COLUMNS.index(column)


def _reused(house: House, said: Sequence[RowSaid]) -> Iterator[RowMistake]:
    """Yield the rows whose reference stands for another request already."""
    own = [s for s in said if s.reference is not None]
    marks = {s.row: _marks(house, s.reference, s.cells) for s in own}
    taken = house.intake.taken([mark for mark, _ in marks.values()])
    known = {mark: one.content for mark, one in taken.items()}
    for row, (mark, content) in marks.items():
        if known.setdefault(mark, content) != content:
            yield RowMistake(
                row, "reference", "this reference was used before, for another request"
            )


def _open_all(
    house: House, ready: Sequence[_Ready], *, role: StaffRole, tell: Tell
) -> tuple[Opened, ...]:
    """Open what is not open yet, in one transaction."""
    opened: list[Opened] = []
    with house.db.transaction():
        known = {m: t.case_number for m, t in house.intake.taken([r.mark for r in ready]).items()}
        fresh = [r for r in ready if r.mark not in known]
        house.vault.enrol([[r.subject] for r in fresh if r.row.kind in OBEYED])  # all at once
        taken: list[tuple[bytes, bytes, int]] = []
        for one in ready:
            is_new = one.mark not in known
            if is_new:
                tell(f"row {one.row.row}")
                known[one.mark] = _opened(house, one, role=role).number
                taken.append((one.mark, one.content, known[one.mark]))
            case = house.cases.case(known[one.mark])
            opened.append(Opened(one.row.row, one.row.reference, case, is_new))
        house.intake.add(taken)
    return tuple(opened)


def _opened(house: House, one: _Ready, *, role: StaffRole) -> Case:
    """Open one row's request."""
    row = one.row
    return open_request(
        house,
        row.kind,
        one.subject,
        received_at=row.received_at,
        manner=row.manner,
        identity=row.identity,
        asked=one.asked,
        where=row.jurisdiction,
        role=role,
    )


def usual_kind(policy: Policy) -> str | None:
    """Return the kind of identifier by which rows name people; None where there are several."""
    named = (SourceKind.PEOPLE, SourceKind.EVENTS)
    sources = [s for s in policy.catalogue.sources.values() if s.kind in named]
    kinds = {c.identifier for s in sources for c in s.columns if c.name == s.person}
    return kinds.pop() if len(kinds) == 1 else None


def _hash(house: House, what: str, said: bytes) -> bytes:
    """Return a keyed hash of a row's reference or content."""
    key = house.vault.secret(ROWS)
    return hmac.digest(key, f"{what}:".encode() + said, "sha256")


def _report(done: RequestsImported) -> bytes:
    """Return the report for the officer: which row became which request, due when."""
    rows: list[Sequence[object]] = [REPORT]
    for one in done.opened:
        case, due = one.case, one.case.deadlines
        rows.append(
            (one.row, one.reference or "", "opened" if one.is_new else "known", case.number,
             case.kind.value, due.law, due.answer_by.isoformat(), due.legal_limit.isoformat())
        )  # fmt: skip
    aside = sorted({m.row for m in done.rejected})
    return _csv([*rows, *((row, "", "set aside", "", "", "", "", "") for row in aside)])


def _set_aside(read: RequestsRead, mistakes: Sequence[RowMistake]) -> bytes:
    """Return the rows that were not taken, as they were given, with what is wrong."""
    why: dict[int, list[str]] = {}
    for one in mistakes:
        why.setdefault(one.row, []).append(f"{one.column}: {one.why}" if one.column else one.why)
    names = list(next(iter(read.cells.values()), {}))
    rows: list[Sequence[object]] = [(*ASIDE, *names)]
    for row, reasons in sorted(why.items()):
        cells = read.cells.get(row, {})
        rows.append((row, "; ".join(reasons), *(harmless(cells.get(n, "")) for n in names)))
    return _csv(rows)


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    """Return rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
