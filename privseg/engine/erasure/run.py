# SPDX-License-Identifier: Apache-2.0
"""Running an erasure: what is outside first, our own stores in one transaction, then the proof.

1. *Begin*: durable and on the log, with the requests for a copy that are answered before.
2. *Copies* are made and sealed for the person.
3. *Outside*: other systems are erased or their people asked; recipients are told. All of it needs
   the person's identifiers, which is why our own store comes last.
4. *Here*: every store of ours, in one transaction, with a draft of the receipt.
5. *Search* every byte for the person; then the receipt and the letter with its secret; then done.

Whoever has an identifier that nobody here knows is searched for and answered all the same
(``erasure.nobody``): without steps 2 and 4, and with a letter that says that nothing was held.

Each step is durable before the next one and harmless when done again: a run that was cut short is
simply run again, and ends as if it had not been (GDPR Art. 17, 19; § 1798.105(c)).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from privseg.dsr import Case, Erased, Receipt, StepKind, document_of
from privseg.dsr.erasure_claim import SECRET_BYTES, claim, printed
from privseg.dsr.erasure_receipt import finished, sign_document
from privseg.dsr.notice import NoticeKind
from privseg.dsr.systems import Reach
from privseg.engine.dsr.holds import require_not_held
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.newcomers import tie_to
from privseg.engine.dsr.outcomes import Ran, private_file
from privseg.engine.dsr.steps import take_step
from privseg.engine.erasure.draft import Draft, draft_of, drop_draft_key, put_draft
from privseg.engine.erasure.freeze import COPIES, copies_of, make_copies, require_copies
from privseg.engine.erasure.keep import ToKeep, keep, summed, to_keep
from privseg.engine.erasure.letter import write_erased_letter
from privseg.engine.erasure.nobody import (
    came_since,
    is_nothing,
    is_of_nobody,
    require_named_nowhere,
    require_still_nobody,
    search_outside,
    whose,
    write_nothing_held,
)
from privseg.engine.erasure.outside import Outside, orders_told, outside_of, systems_told
from privseg.engine.erasure.receipts import AFTER, BEFORE, committed, hand_out
from privseg.engine.erasure.removing import (
    more_residues,
    outstanding,
    remove,
    remove_files,
    what_ends,
)
from privseg.engine.erasure.search import StillFoundError, search
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind
from privseg.engine.notices.delivering import recipients_so_far, waiting_error
from privseg.engine.notices.notifying import deliver, notify, require_delivered
from privseg.terms import Ordinal, StaffRole, SubjectId
from privseg.vault.erasure import ErasureFacts
from privseg.vault.pages import bucket_of


def run_erasure(house: House, number: int, *, out: Path, role: StaffRole) -> Ran:
    """Erase a person everywhere; return the receipt, the letter, and copies made before.

    Raises:
        CaseStateError: the request cannot be run from where it stands.
        RequestWithoutPersonError: the person was erased since by another request.
        GroundNotOfLawError, AnswerFirstError, StillKeptError, NamedInFilesError: nothing was done.
        CameMeanwhileError: somebody unknown came in while other systems were erased.
        NoticesWaitingError: a recipient has not been told; nothing of ours was erased.
        HeldError: counsel ordered meanwhile that it is kept; nothing of ours was erased.
        StillFoundError: something of the person was found after all; no receipt was made.
    """
    case = house.cases.case(number)
    if case.is_done:
        house.db.empty_journal()
        return Ran([hand_out(house, number, out)], _ended(case))
    files: list[Path] = []
    person = whose(house, number)
    if person is not None:
        files = _erase(house, number, person, out=out, role=role)
    elif draft_of(house, number) is None:
        search_outside(house, number, role)
    house.db.empty_journal()
    return _finish(house, number, files, out=out, role=role)


def _erase(house: House, number: int, person: Ordinal, *, out: Path, role: StaffRole) -> list[Path]:
    """Erase a person outside and here; return the copies that were made for them before."""
    require_not_held(house, number, person)  # they may have come in since a run was cut short
    anew = came_since(house.cases.case(number))
    _begin(house, number, person, role)
    files = make_copies(house, number, out=out, role=role)
    ids = house.vault.identity(person)
    outside = outside_of(house, number, ids, role, anew=anew)
    _tell(house, number, person, out=out, role=role)
    _erase_here(house, number, person, ids, outside, role)
    return files


def _ended(case: Case) -> StepKind:
    """Return how a request ended that is done."""
    partly = any(step.kind is StepKind.PARTLY_DONE for step in case.steps)
    return StepKind.PARTLY_DONE if partly else StepKind.DONE


def _begin(house: House, number: int, person: Ordinal, role: StaffRole) -> None:
    """Record that it begins, once all that could refuse it was asked."""
    to_keep(house, person, house.cases.case(number).where)
    copies = require_copies(house, number, person)
    facts = {COPIES: ",".join(map(str, copies))} if copies else {}
    people = tied(house, person)
    with house.db.transaction():
        house.cases.found(number, person)  # they may have come in since it was opened
        tie_to(house, person)  # and asked for more before
        take_step(house, number, StepKind.RUNNING, role=role, facts=facts, people=people)


def _tell(house: House, number: int, person: Ordinal, *, out: Path, role: StaffRole) -> None:
    """Tell every recipient of the person's data, by machine or a letter made (GDPR Art. 19).

    Raises:
        NoticesWaitingError: somebody could not be told.
    """
    with house.db.transaction():
        notify(house, number, [person], NoticeKind.ERASED, role)
    deliver(house, role, number=number, out=out)
    require_delivered(house, number)


def _require_all_told(house: House, number: int, person: Ordinal, role: StaffRole) -> None:
    """Refuse where the person was handed to somebody since recipients were told.

    Raises:
        NoticesWaitingError: nothing of ours is erased; run again, the request tells them first.
    """
    if late := notify(house, number, [person], NoticeKind.ERASED, role):
        raise waiting_error(house, number, {n.recipient for n in late})


def _erase_here(
    house: House,
    number: int,
    person: Ordinal,
    ids: Sequence[SubjectId],
    outside: Outside,
    role: StaffRole,
) -> None:
    """Take the person out of every store of ours in one transaction, and keep the draft."""
    at, case = house.now(), house.cases.case(number)
    language = _language(house, number)
    with house.db.transaction():
        require_not_held(house, number, person)  # counsel may have ordered it meanwhile
        tie_to(house, person)
        cases = [each.number for each in house.cases.of_subject(person)]
        before = house.erasures.now()
        _require_all_told(house, number, person, role)
        groups = to_keep(house, person, case.where)
        keep(house, person, number, groups)
        removed = remove(house, person, number=number, at=at, role=role)
        house.erasures.remember(person, case=number, before=before, at=at)
        facts = house.vault.erase(person, house.columns, suppress=True)
        house.cases.forget(person)
        take_step(house, number, StepKind.RUNNING, role=role, facts={"stage": "erased"}, at=at)
        receipt = _receipt(
            house, number, at, (*_stores(facts, groups), *removed.stores), groups, outside, facts
        )
        draft = Draft(
            document_of(receipt), before, tuple(ids), copies_of(case), language,
            bucket_of(person), receipt.is_partial,
        )  # fmt: skip
        put_draft(house, number, draft)
        remove_files(house, set(cases) - set(draft.copies), but=number)  # whose, nobody knows


def _language(house: House, number: int) -> str | None:
    """Return the person's language, also where a run that was cut short has forgotten who asked."""
    draft = draft_of(house, number)
    return house.cases.asked(number).language if draft is None else draft.language


def _stores(facts: ErasureFacts, groups: Sequence[ToKeep]) -> list[Erased]:
    """Return what the vault's stores lost; rows that stay elsewhere were not erased."""
    stay: dict[str, int] = {}
    for group in groups:
        stay[group.source.table] = stay.get(group.source.table, 0) + len(group.rows)
    left = [Erased(s.store, s.rows - stay.get(s.store, 0), s.fields) for s in facts.stores]
    return [each for each in left if each.records > 0]


def _receipt(
    house: House,
    number: int,
    at: datetime,
    erased: Sequence[Erased],
    groups: Sequence[ToKeep],
    outside: Outside,
    facts: ErasureFacts,
) -> Receipt:
    """Return what is known of the receipt within the transaction; the rest comes with its end."""
    case = house.cases.case(number)
    return Receipt(
        controller=house.policy.controller,
        case=number,
        erased_at=at,
        erased=tuple(erased),
        kept=summed(group.kept for group in groups),
        systems=systems_told(outside),
        work_orders=orders_told(case, outside),
        recipients=tuple(recipients_so_far(house, number)),
        copies=copies_of(case),
        destroyed_keys=facts.destroyed_keys,
        before="",
        after="",
        ends=what_ends(house, at),
        more_residues=more_residues(house),
    )


def _finish(house: House, number: int, files: Sequence[Path], *, out: Path, role: StaffRole) -> Ran:
    """Search, write the receipt and the letter with its secret, and only then say it is done."""
    draft = draft_of(house, number)
    assert draft is not None  # it was put there with the erasure
    found = search(house, draft.ids, bucket=draft.bucket, own=(number, *draft.copies))
    if found.ours:
        raise StillFoundError(number, sorted(found.ours))
    if is_of_nobody(draft.document):
        require_named_nowhere(number, len(found.elsewhere))
        require_still_nobody(house, number, draft.ids)
    secret, after = secrets.token_bytes(SECRET_BYTES), house.erasures.now()
    document = finished(
        {**draft.document, "log": {
            "before": committed(house, number, "before", draft.before),
            "after": committed(house, number, "after", after),
        }},
        search=found.said,
        left=_left(house, draft.ids),
        backups=() if is_of_nobody(draft.document) else outstanding(house),
        claim=claim(secret),
    )  # fmt: skip
    text = sign_document(document, house.release_signer)
    written = private_file(out / f"request-{number}-receipt.json", text)
    nothing = is_nothing(house, document, draft.ids)
    write = write_nothing_held if nothing else write_erased_letter
    letter = write(
        house, number, document, printed(secret), out=out, role=role, language=draft.language
    )
    ended = StepKind.PARTLY_DONE if draft.is_partial else StepKind.DONE
    with house.db.transaction():
        house.cases.keep_body(number, text.encode())  # nobody's data: it can be handed out again
        drop_draft_key(house, number)
        points = {BEFORE: str(draft.before.size), AFTER: str(after.size)}
        letter_told = {"letter": LetterKind.NOTHING_HELD.value} if nothing else {}
        told = {**points, **_ground(document), **letter_told}
        take_step(house, number, ended, role=role, facts=told)
    house.db.empty_journal()
    return Ran([written, letter, *files], ended)


def _left(house: House, ids: Sequence[SubjectId]) -> dict[str, int]:
    """Return how many rows each system that we reach still has of those that were to go."""
    return {s.name: s.left(ids) for s in house.systems if s.reach is Reach.IN_PLACE}


def _ground(document: Mapping[str, object]) -> dict[str, str]:
    """Return the first ground on which something stays, for the case and the log."""
    kept = document["kept"]
    assert isinstance(kept, list)
    return {"ground": kept[0]["ground"]} if kept else {}
