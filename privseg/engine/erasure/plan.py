# SPDX-License-Identifier: Apache-2.0
"""The plan of an erasure: every place, counted, and what becomes of it. Looking is on the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyroaring import FrozenBitMap

from privseg.dsr import RESIDUES, Case, ErasurePlanned, Fate, PlanItem
from privseg.dsr.systems import Reach
from privseg.engine.answers.held import stored_rows
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.dsr.steps import entry_of, person_of_case
from privseg.engine.erasure.freeze import waiting_copies
from privseg.engine.erasure.keep import summed, to_keep
from privseg.engine.erasure.removing import more_residues, outstanding
from privseg.engine.erasure.search import elsewhere
from privseg.engine.house import House
from privseg.terms import Ordinal, StaffRole, SubjectId


def plan_erasure(house: House, number: int, *, role: StaffRole) -> ErasurePlanned:
    """Return what an erasure would do, place by place, before anything is done.

    Raises:
        RequestWithoutPersonError: nobody here has the identifier that was given.
        GroundNotOfLawError: something is to be kept on a ground that the person's law has not.
    """
    person = person_of_case(house, number)
    house.log.append(entry_of("plan", house.cases.case(number), role, tied(house, person)))
    case, ids = house.cases.case(number), house.vault.identity(person)
    copies = tuple(c.number for c in waiting_copies(house, person))
    own = [c.number for c in house.cases.of_subject(person)]
    items = (
        *_here(house, person, ids),
        *_kept(house, person, case),
        *_outside(house, person, ids),
        *_by_hand(house, person, ids, own),
        *(PlanItem(text, Fate.KEEP) for text in (*RESIDUES, *more_residues(house))),
    )
    return ErasurePlanned(items, copies)


def _here(house: House, person: Ordinal, ids: Sequence[SubjectId]) -> Iterator[PlanItem]:
    """Yield our own stores, each with how many records of the person it has."""
    cases = house.cases.of_subject(person)
    counted = {
        "vault: identifiers": len(ids),
        "consent ledger: events": len(house.ledger.history(person)),
        "segment memberships": len(house.runs.containing(person)),
        **{f"column store: {s}": len(rows) for s, rows in stored_rows(house, person).items()},
        "hand-overs to recipients": len(house.disclosures.of(person)),
        "links of requests to the person": len(cases),
        "papers of requests": sum(len(house.cases.papers(c.number)) for c in cases),
        "files in the folder of answers": sum(_answers(house, c) for c in cases),
    }
    usual = tuple(counted)[:3]
    for place, count in counted.items():
        if count or place in usual or place.startswith("column store"):
            yield PlanItem(place, Fate.ERASE, count)
    yield PlanItem("keys: the person's, their files' and the root", Fate.ERASE)


def _answers(house: House, case: Case) -> int:
    """Return how many files of a request lie in the workspace's folder of answers."""
    return sum(1 for _ in (house.config.root / ANSWERS).glob(f"request-{case.number}.*"))


def _kept(house: House, person: Ordinal, case: Case) -> Iterator[PlanItem]:
    """Yield rows that stay on a ground of the law."""
    for kept in summed(group.kept for group in to_keep(house, person, case.jurisdiction)):
        yield PlanItem(
            f"column store: {kept.store}", Fate.KEEP, kept.records, kept.ground,
            kept.until.isoformat(), f"{kept.article}; sealed, read by nobody but for legal claims",
        )  # fmt: skip


def _outside(house: House, person: Ordinal, ids: Sequence[SubjectId]) -> Iterator[PlanItem]:
    """Yield other systems and recipients."""
    for system in house.systems:
        if system.reach is Reach.WORK_ORDER:
            yield PlanItem(system.name, Fate.WORK_ORDER)
            continue
        for table in system.count(ids):
            yield PlanItem(f"{system.name}: {table.name}", Fate.ERASE, table.rows)
    for recipient in sorted({told.recipient for told in house.disclosures.of(person)}):
        yield PlanItem(recipient, Fate.NOTIFY)


def _by_hand(
    house: House, person: Ordinal, ids: Sequence[SubjectId], own: Sequence[int]
) -> Iterator[PlanItem]:
    """Yield what people have to see to themselves."""
    if others := len(house.ledger.linked(FrozenBitMap([person]))) - 1:
        what = f"{others} linked profile{'s' if others > 1 else ''}, with identifiers and data"
        why = "open a request for each; nothing of them is read from then on"
        yield PlanItem(what, Fate.KEEP, why=why)
    if files := elsewhere(house, ids, own=own):
        what = f"{len(files)} file{'s' if len(files) > 1 else ''} in the workspace's folder"
        why = f"not ours, and naming the person: see to them: {', '.join(files)}"
        yield PlanItem(what, Fate.KEEP, why=why)
    for backup in outstanding(house):
        why = "opens copies of the workspace from before, until it is destroyed"
        yield PlanItem(f"key backup {backup.backup_id}", Fate.KEEP, why=why)
