# SPDX-License-Identifier: Apache-2.0
"""Erasing somebody whose identifier nobody here has: searched for, answered, and then forgotten.

The other systems are asked, since they may have what we do not (GDPR Art. 17(1), 19). The search
and the receipt are those of every erasure. What the case itself holds of the person, the identifier
before all, goes when they are answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from privseg.dsr import Case, Receipt, StepKind, document_of
from privseg.dsr.erasure import OF_A_REQUEST
from privseg.engine.dsr.newcomers import identifier_of, person_now
from privseg.engine.dsr.steps import take_step
from privseg.engine.erasure.draft import Draft, draft_of, put_draft
from privseg.engine.erasure.letter import unsearched
from privseg.engine.erasure.outside import Outside, orders_told, outside_of, systems_told
from privseg.engine.erasure.removing import more_residues, remove_files
from privseg.engine.erasure.search import elsewhere
from privseg.engine.errors import RequestWithoutPersonError
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.errors import InputError, PolicyError
from privseg.terms import Ordinal, StaffRole, SubjectId

WHO, UNKNOWN = "who", "unknown"  # the fact that a run began while nobody here knew them


class StillKeptError(PolicyError):
    """Rows of the person stay since an earlier erasure, so nobody says that there is nothing."""

    def __init__(self, number: int, kept: tuple[int, ...]) -> None:
        super().__init__(
            f"request {number} is of somebody who was erased, and of whom a law keeps rows "
            f"(privseg dsr kept: {', '.join(map(str, kept))}); nothing was done: refuse it on that "
            "ground (privseg dsr refuse)"
        )
        self.number = number
        self.kept = kept


class NamedInFilesError(InputError):
    """Files that people put into the workspace's folder name somebody unknown here."""

    def __init__(self, number: int, files: int) -> None:
        what = "a file" if files == 1 else f"{files} files"
        super().__init__(
            f"{what} in the workspace's folder, not ours, would make it untrue that nothing is "
            f"held of whom request {number} is about; see to them (privseg dsr run {number} "
            "--dry-run names them), then run it again"
        )
        self.number = number
        self.files = files


class CameMeanwhileError(InputError):
    """Somebody unknown came in while their erasure was run; nothing of theirs was erased here."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"whom request {number} is about came in while it was run; run it again, and they are "
            f"erased here, too: privseg dsr run {number} --yes"
        )
        self.number = number


def search_outside(house: House, number: int, role: StaffRole) -> None:
    """Erase somebody unknown in other systems, keep the draft of the receipt, forget who it was.

    Raises:
        RequestWithoutPersonError: the person was erased since by another request.
        StillKeptError, NamedInFilesError: nothing was done.
        CameMeanwhileError: they are known by now; the request is run again.
    """
    given = require_given(house, number)
    require_nothing_kept(house, number, given)
    require_named_nowhere(number, len(elsewhere(house, [given], own=[number])))
    take_step(house, number, StepKind.RUNNING, role=role, facts={WHO: UNKNOWN})
    outside = outside_of(house, number, [given], role)
    with house.db.transaction():
        if house.vault.resolve(given) is not None:
            raise CameMeanwhileError(number)
        _close(house, number, given, outside, role)


def whose(house: House, number: int) -> Ordinal | None:
    """Return whom an erasure is about; None for somebody whom nobody here knows (any more).

    They are looked up again also where a run that was cut short has forgotten who asked.
    """
    if (person := person_now(house, number)) is not None:
        return person
    given = _drafted(house, number)
    return None if given is None else house.vault.resolve(given)


def require_given(house: House, number: int) -> SubjectId:
    """Return by what somebody unknown asked to be erased, also after a run that was cut short.

    Raises:
        RequestWithoutPersonError: nobody can say so any more.
    """
    given = identifier_of(house, number) or _drafted(house, number)
    if given is None:
        raise RequestWithoutPersonError(number)
    return given


def require_still_nobody(house: House, number: int, ids: Sequence[SubjectId]) -> None:
    """Refuse to answer somebody who came in since that they are not known.

    Raises:
        CameMeanwhileError: they are known by now; the request is run again, and erases them.
    """
    if any(house.vault.resolve(given) is not None for given in ids):
        raise CameMeanwhileError(number)


def require_nothing_kept(house: House, number: int, given: SubjectId) -> None:
    """Refuse to say that nothing is held of somebody of whom a law keeps rows.

    Raises:
        StillKeptError: it does.
    """
    if kept := tuple(house.kept.of_marks(house.vault.tags_of([given]))):
        raise StillKeptError(number, kept)


def require_named_nowhere(number: int, files: int) -> None:
    """Refuse to say that nothing is held of somebody whom files in our folder name.

    Raises:
        NamedInFilesError: they do.
    """
    if files:
        raise NamedInFilesError(number, files)


def came_since(case: Case) -> bool:
    """Return whether an earlier attempt was made while nobody here knew the person."""
    return any(step.facts.get(WHO) == UNKNOWN for step in case.steps)


def is_of_nobody(document: Mapping[str, Any]) -> bool:
    """Return whether a receipt is about somebody of whom nothing of ours was held."""
    return not document["erased"]


def is_nothing(house: House, document: Mapping[str, Any], ids: Sequence[SubjectId]) -> bool:
    """Return whether nothing was found of somebody: not here, nor in any system that we reach.

    Where a text about somebody else names them, or others were asked to look, that is told instead;
    and nobody says it of whom a law keeps rows, since they came and were erased meanwhile.
    """
    held = (t["records"] for s in document["systems"] for t in (*s["tables"], *s["kept"]))
    found = any(held) or document["search"]["elsewhere"] or document["work_orders"]
    if not is_of_nobody(document) or found:
        return False
    return not house.kept.of_marks(house.vault.tags_of(ids))


def write_nothing_held(
    house: House,
    number: int,
    document: Mapping[str, Any],
    _secret: str,
    *,
    out: Path,
    role: StaffRole,
    language: str | None,
) -> Path:
    """Write the letter that nothing is held; it needs no secret, for the receipt names nothing."""
    kind, facts = LetterKind.NOTHING_HELD, {"unsearched": unsearched(house, document)}
    return write_letter(house, number, kind, facts=facts, out=out, role=role, language=language)


def _drafted(house: House, number: int) -> SubjectId | None:
    """Return by what somebody unknown asked, of whom a run was cut short before its letter."""
    draft = draft_of(house, number)
    return draft.ids[0] if draft is not None and is_of_nobody(draft.document) else None


def _close(house: House, number: int, given: SubjectId, outside: Outside, role: StaffRole) -> None:
    """Keep the draft, and forget what the person's answered requests hold, in the transaction."""
    at, case, before = house.now(), house.cases.case(number), house.erasures.now()
    language = house.cases.asked(number).language
    receipt = Receipt(
        controller=house.policy.controller,
        case=number,
        erased_at=at,
        erased=(),
        systems=systems_told(outside),
        work_orders=orders_told(case, outside),
        destroyed_keys=(),
        before="",
        after="",
        residues=(OF_A_REQUEST,),
        more_residues=more_residues(house),
    )
    mark = house.cases.asker(number)
    theirs = [] if mark is None else house.cases.of_asker(mark)
    over = {number, *(c.number for c in theirs if not c.state.is_open)}
    for each in over:
        house.cases.forget_asker(each)
    take_step(house, number, StepKind.RUNNING, role=role, facts={"stage": "erased"}, at=at)
    put_draft(
        house,
        number,
        Draft(document_of(receipt), before, (given,), (), language, None, receipt.is_partial),
    )
    remove_files(house, over, but=number)
