# SPDX-License-Identifier: Apache-2.0
"""The plan of an erasure: every place, counted, and what becomes of it. Looking is on the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from privseg.dsr import RESIDUES, Case, ErasurePlanned, Fate, PlanItem
from privseg.dsr.erasure import OF_A_REQUEST
from privseg.dsr.systems import Reach
from privseg.engine.answers.held import stored_rows
from privseg.engine.dsr.linked import profiles_linked_now, requests_with
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.newcomers import asked_while_unknown
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.dsr.steps import entry_of
from privseg.engine.erasure.freeze import waiting_copies
from privseg.engine.erasure.keep import summed, to_keep
from privseg.engine.erasure.nobody import require_given, require_nothing_kept, whose
from privseg.engine.erasure.removing import more_residues, outstanding
from privseg.engine.erasure.search import elsewhere
from privseg.engine.house import House
from privseg.terms import Ordinal, StaffRole, SubjectId

NOBODY_HERE = "of ours: nobody here has the identifier that was given"


def plan_erasure(house: House, number: int, *, role: StaffRole) -> ErasurePlanned:
    """Return what an erasure would do, place by place, before anything is done.

    Raises:
        RequestWithoutPersonError: the person was erased since by another request.
        GroundNotOfLawError: something is to be kept on a ground that the person's law has not.
        StillKeptError: rows of somebody who was erased before are kept.
    """
    person = whose(house, number)
    if person is None:
        return _of_nobody(house, number, role)
    house.log.append(entry_of("plan", house.cases.case(number), role, tied(house, person)))
    case, ids = house.cases.case(number), house.vault.identity(person)
    copies = tuple(c.number for c in waiting_copies(house, person))
    own = [c.number for c in _asked(house, person)]
    items = (
        *_here(house, person, ids),
        *_kept(house, person, case),
        *_outside(house, person, ids),
        *_by_hand(house, number, person, ids, own),
        *(PlanItem(text, Fate.KEEP) for text in (*RESIDUES, *more_residues(house))),
    )
    return ErasurePlanned(items, copies)


def _of_nobody(house: House, number: int, role: StaffRole) -> ErasurePlanned:
    """Return what an erasure of somebody unknown here would do: search, and ask elsewhere."""
    given, case = require_given(house, number), house.cases.case(number)
    house.log.append(entry_of("plan", case, role))
    require_nothing_kept(house, number, given)
    return ErasurePlanned(
        (
            PlanItem(NOBODY_HERE, Fate.ERASE, 0),
            *_systems(house, [given]),
            *_files(house, [given], [number]),
            PlanItem(OF_A_REQUEST, Fate.KEEP),
        )
    )


def _here(house: House, person: Ordinal, ids: Sequence[SubjectId]) -> Iterator[PlanItem]:
    """Yield our own stores, each with how many records of the person it has."""
    cases = _asked(house, person)
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


def _asked(house: House, person: Ordinal) -> list[Case]:
    """Return a person's requests, with those that they made while nobody here knew them."""
    theirs = [*house.cases.of_subject(person), *asked_while_unknown(house, person)]
    return list({case.number: case for case in theirs}.values())


def _answers(house: House, case: Case) -> int:
    """Return how many files of a request lie in the workspace's folder of answers."""
    return sum(1 for _ in (house.config.root / ANSWERS).glob(f"request-{case.number}.*"))


def _kept(house: House, person: Ordinal, case: Case) -> Iterator[PlanItem]:
    """Yield rows that stay on a ground of the law."""
    for kept in summed(group.kept for group in to_keep(house, person, case.where)):
        yield PlanItem(
            f"column store: {kept.store}", Fate.KEEP, kept.records, kept.ground,
            kept.until.isoformat(), f"{kept.article}; sealed, read by nobody but for legal claims",
        )  # fmt: skip


def _outside(house: House, person: Ordinal, ids: Sequence[SubjectId]) -> Iterator[PlanItem]:
    """Yield other systems and recipients."""
    yield from _systems(house, ids)
    for recipient in sorted({told.recipient for told in house.disclosures.of(person)}):
        yield PlanItem(recipient, Fate.NOTIFY)


def _systems(house: House, ids: Sequence[SubjectId]) -> Iterator[PlanItem]:
    """Yield other systems, counted where we reach them."""
    for system in house.systems:
        if system.reach is Reach.WORK_ORDER:
            yield PlanItem(system.name, Fate.WORK_ORDER)
            continue
        for table in system.count(ids):
            yield PlanItem(f"{system.name}: {table.name}", Fate.ERASE, table.rows)


def _by_hand(
    house: House, number: int, person: Ordinal, ids: Sequence[SubjectId], own: Sequence[int]
) -> Iterator[PlanItem]:
    """Yield what people have to see to themselves."""
    yield from _linked(house, person, number)
    yield from _files(house, ids, own)
    for backup in outstanding(house):
        why = "opens copies of the workspace from before, until it is destroyed"
        yield PlanItem(f"key backup {backup.backup_id}", Fate.KEEP, why=why)


def _files(house: House, ids: Sequence[SubjectId], own: Sequence[int]) -> Iterator[PlanItem]:
    """Yield the files in the workspace's folder that are not ours and name the person."""
    if files := elsewhere(house, ids, own=own):
        what = f"{len(files)} file{'s' if len(files) > 1 else ''} in the workspace's folder"
        why = f"not ours, and naming the person: see to them: {', '.join(files)}"
        yield PlanItem(what, Fate.KEEP, why=why)


def _linked(house: House, person: Ordinal, number: int) -> Iterator[PlanItem]:
    """Yield the profiles linked to the person: an erasure takes none of them by itself."""
    first = house.cases.case(number).goes_with or number
    own = {house.cases.subject(c.number): c.number for c in requests_with(house, first)}
    own[house.cases.subject(first)] = first
    profiles = profiles_linked_now(house, person)
    asked = [own[profile] for profile in profiles if profile in own]
    if others := len(profiles) - len(asked):
        what = f"{others} linked profile{'s' if others > 1 else ''}, with identifiers and data"
        why = (
            "nothing of them is read from then on; to erase them as well, open a request for each: "
            f"privseg dsr linked {first}"
        )
        yield PlanItem(what, Fate.KEEP, why=why)
    if asked:
        what = f"{len(asked)} linked profile{'s' if len(asked) > 1 else ''}"
        numbers = ", ".join(map(str, sorted(asked)))
        yield PlanItem(what, Fate.KEEP, why=f"with requests of their own: {numbers}")
