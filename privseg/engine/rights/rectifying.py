# SPDX-License-Identifier: Apache-2.0
"""Rectification: the right value in every store, the wrong one kept for proof alone.

GDPR Art. 16, 19; Cal. Civ. Code § 1798.106, 11 CCR § 7023. The wrong value goes out of the column
store in every snapshot, so that no segmenter ever reads it again; both values are kept in time,
sealed for the person: they and the compliance officer's answer to them may read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from privseg.dsr import CaseState, StepKind
from privseg.dsr.notice import Corrected, NoticeKind
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.outcomes import Ran
from privseg.engine.dsr.steps import entry_of, person_of_case, take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.engine.notices.notifying import notify
from privseg.engine.rights.corrected_values import opened_values, sealed_values
from privseg.engine.rights.correcting import CorrectionError, Wanted, wanted_of
from privseg.engine.rights.guarding import mark_of
from privseg.engine.rights.reevaluating import CORRECT, amended
from privseg.pseudonym import identifies
from privseg.report.language import marked
from privseg.terms import Attribute, Ordinal, StaffRole, SubjectId
from privseg.vault.correcting import Mend

TOLD = marked("The data about you that you named were corrected.")
NEWS = marked("Whoever got them from us was told.")


@dataclass(frozen=True, slots=True)
class CorrectionMade:
    """One value that was corrected, opened for an answer to its person."""

    case: int
    source: str
    attribute: str
    at: datetime
    old: object = field(repr=False)
    new: object = field(repr=False)


def rectify(house: House, number: int, *, out: Path, role: StaffRole) -> Ran:
    """Correct what was asked for, in one transaction; then tell the person.

    The entry is durable before a row is read. Cut short, it is run again and corrects nothing
    twice.

    Raises:
        CaseStateError: the request is over already; nothing was changed.
        RequestWithoutPersonError: nobody here has the identifier that was given.
        CorrectionError: a value cannot be read, or there is no row to correct; nothing was changed.
    """
    person = person_of_case(house, number)
    wanted = wanted_of(house, house.cases.asked(number).corrections)
    if house.cases.case(number).state is not CaseState.RUNNING:
        take_step(house, number, StepKind.RUNNING, role=role, people=tied(house, person))
    if not house.corrections.of_case(number):
        with house.db.transaction():
            for one in wanted:
                _correct(house, number, person, one)
            _note(house, number, person, role=role)
            told = [Corrected(Attribute(w.column.attribute), w.text) for w in wanted]
            everybody = map(Ordinal, tied(house, person))
            notify(house, number, everybody, NoticeKind.CORRECTED, role, corrected=told)
    facts: dict[str, Sequence[str]] = {"done": [TOLD, NEWS][: 1 + bool(_notices(house, number))]}
    letter = write_letter(house, number, LetterKind.DONE, facts=facts, out=out, role=role)
    take_step(house, number, StepKind.DONE, role=role)
    return Ran([letter], StepKind.DONE)


def corrections_of(house: House, person: Ordinal) -> Iterator[CorrectionMade]:
    """Yield what was corrected of a person, both values opened, for an answer to them."""
    for kept in house.corrections.of(person):
        old, new, _ = opened_values(house, person, kept.sealed)
        yield CorrectionMade(kept.case_number, kept.source, kept.attribute, kept.at, old, new)


def _note(house: House, number: int, person: Ordinal, *, role: StaffRole) -> None:
    """Decide the person's memberships anew, and put on the log which of them changed."""
    entry = entry_of(CORRECT, house.cases.case(number), role, tied(house, person))
    house.log.append(replace(entry, body={**entry.body, **amended(house, person)}))


def _notices(house: House, number: int) -> bool:
    """Return whether somebody had got the data."""
    return bool(house.notices.of_case(number))


def _correct(house: House, number: int, person: Ordinal, wanted: Wanted) -> None:
    """Correct one value and keep both; in the open transaction."""
    if wanted.is_identifier:
        _correct_identifier(house, number, person, wanted)
        return
    attribute = wanted.column.attribute
    old = _stored_value(house, person, wanted)
    mend = Mend(wanted.source.table, int(person), wanted.values, wanted.event_id)
    house.columns.mend(mend)
    row = None if wanted.event_id is None else wanted.event_id.hex()
    house.corrections.add(
        case_number=number,
        subject=person,
        source=wanted.source.name,
        attribute=attribute,
        at=house.now(),
        sealed=sealed_values(house, person, old, wanted.value, row),
    )


def _stored_value(house: House, person: Ordinal, wanted: Wanted) -> object:
    """Return what is stored now.

    Raises:
        CorrectionError: nothing is: there is no such row of this person.
    """
    source = wanted.source
    there = source.table in house.columns.tables()
    rows = (
        house.columns.stamped_rows_of(person, source.table, snapshot=house.columns.snapshot())
        if there
        else []
    )
    if wanted.event_id is not None:
        rows = [r for r in rows if r["event_id"] == wanted.event_id]
    if not rows:
        raise CorrectionError(wanted.number, "nothing is stored of this person there")
    if wanted.column.attribute not in rows[-1]:
        raise CorrectionError(wanted.number, "no import has brought this attribute yet")
    return rows[-1][wanted.column.attribute]


def _correct_identifier(house: House, number: int, person: Ordinal, wanted: Wanted) -> None:
    """Correct who somebody is, in the vault; in the open transaction.

    Raises:
        CorrectionError: it cannot be told which of several is wrong.
    """
    kind = wanted.column.identifier or wanted.column.name
    mine = [s for s in house.vault.identity(person) if s.kind == kind]
    old = _meant(house, wanted, mine)
    new = None if wanted.text is None else SubjectId(kind, wanted.text)
    mark = None if old is None or not identifies(kind) else mark_of(house, old)
    house.vault.replace_identifier(person, old, new)
    house.corrections.add(
        case_number=number,
        subject=person,
        source=wanted.source.name,
        attribute=wanted.column.attribute,
        at=house.now(),
        sealed=sealed_values(house, person, old and old.value, wanted.text, None),
        mark=mark,
    )


def _meant(house: House, wanted: Wanted, mine: Sequence[SubjectId]) -> SubjectId | None:
    """Return which identifier is wrong; None where the person had none of the kind."""
    if wanted.old_text is not None:
        given = SubjectId(wanted.column.identifier or wanted.column.name, wanted.old_text)
        same = [s for s in mine if _same(house, s, given)]
        if not same:
            raise CorrectionError(wanted.number, "the person has no such identifier")
        return same[0]
    if len(mine) > 1:
        raise CorrectionError(wanted.number, "there are several: name the wrong one (row:)")
    return mine[0] if mine else None


def _same(house: House, one: SubjectId, other: SubjectId) -> bool:
    """Return whether two identifiers are one, however they are spelled."""
    return mark_of(house, one) == mark_of(house, other)
