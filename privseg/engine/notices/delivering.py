# SPDX-License-Identifier: Apache-2.0
"""Delivering notices: to a recipient's machine, or as a letter for somebody to post.

An attempt is counted before it is made, so that a kill in the middle leads to another one: a
recipient may get a notice twice, with one id, and never not at all. A letter that was written tells
nobody yet: it can be written again until somebody says that it was posted (``posting``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from privseg.dsr.case import CaseState, StepKind
from privseg.dsr.erasure import Told
from privseg.dsr.notice import Notice, parse_kept, signed_notice
from privseg.engine.dsr.steps import entry_of, take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LETTER, LetterKind, letter_page
from privseg.engine.notices.errors import NoticesWaitingError
from privseg.engine.private_files import write_over
from privseg.policy.recipients import Letter, Recipient, Webhook
from privseg.sources.webhook import NotDeliveredError, Webhooks
from privseg.store.notices import WRITTEN, Ended, StoredNotice
from privseg.terms import StaffRole

ANSWERS = "answers"  # where letters are written unless another folder is named
NOTIFIED = "notified"
FIRST_WAIT = timedelta(minutes=1)  # doubled at each attempt
LONGEST_WAIT = timedelta(days=1)
NOWHERE = "the policy says of no place where it takes notices"


class Transport(Protocol):
    """Port: how a recipient's machine is reached."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Return when a body was taken; ``NotDeliveredError`` when it was not."""
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one notice: how it is told (a letter is to be posted), or why it waits."""

    notice_id: str
    recipient: str
    kind: str
    case_number: int
    how: Ended | None = None
    path: Path | None = None
    why: str = ""
    next_at: datetime | None = None


def deliver(
    house: House,
    role: StaffRole,
    transport: Transport | None = None,
    *,
    number: int | None = None,
    out: Path | None = None,
    by_letter: bool = False,
) -> list[Delivered]:
    """Try to deliver what is due: of one request, of which everything is due, or of all.

    ``by_letter`` writes letters also to recipients that have a machine for it; with ``number``, it
    writes those of that request again that were written and not posted.
    """
    due = None if number is not None else house.now()
    waiting = [n for n in house.notices.waiting(due=due) if number in {None, n.case_number}]
    if by_letter and number is not None:
        waiting = [*house.notices.to_post(number), *waiting]  # the newest of a recipient is last
    folder = out or house.config.root / ANSWERS
    reached = transport or Webhooks()
    return [_deliver(house, role, n, reached, folder, by_letter=by_letter) for n in waiting]


def undelivered(house: House, number: int) -> list[StoredNotice]:
    """Return the notices of a request that nobody has told or written yet."""
    return [n for n in house.notices.of_case(number) if n.is_waiting]


def require_delivered(house: House, number: int) -> None:
    """Refuse to go on while a recipient was neither told nor written to: whom, is erased next.

    Raises:
        NoticesWaitingError: naming the recipients.
    """
    waiting = undelivered(house, number)
    if waiting:
        raise waiting_error(house, number, {n.recipient for n in waiting})


def waiting_error(house: House, number: int, recipients: Iterable[str]) -> NoticesWaitingError:
    """Return the refusal: who waits, and what was done outside already and is not done again."""
    facts = {
        kind: tuple(s.facts["system"] for s in house.cases.case(number).steps if s.kind is kind)
        for kind in (StepKind.SYSTEM_ERASED, StepKind.WORK_ORDERED)
    }
    return NoticesWaitingError(
        number,
        recipients=tuple(sorted(recipients)),
        erased=tuple(dict.fromkeys(facts[StepKind.SYSTEM_ERASED])),
        asked=tuple(dict.fromkeys(facts[StepKind.WORK_ORDERED])),
    )


def recipients_so_far(house: House, number: int) -> list[Told]:
    """Return every recipient concerned by a request, and how far telling it has come."""
    return [
        Told(title_of(house, n.recipient), n.how, n.ended_at or n.written_at)
        for n in house.notices.of_case(number)
        if n.ended is not Ended.FORGOTTEN
    ]


def recipients_told(house: House, number: int) -> list[tuple[str, Ended, datetime]]:
    """Return who was told of a request, how and when, for the person (GDPR Art. 19).

    Not those to whom a letter was only written.
    """
    ended = [n for n in house.notices.of_case(number) if n.ended and n.ended_at]
    return [
        (title_of(house, n.recipient), n.ended, n.ended_at)
        for n in ended
        if n.ended and n.ended_at and n.ended is not Ended.FORGOTTEN
    ]


def title_of(house: House, recipient: str) -> str:
    """Return what a recipient is called; one that the policy names no more, by its old name."""
    known = house.policy.recipients.get(recipient)
    return recipient if known is None else known.title


def _deliver(
    house: House,
    role: StaffRole,
    stored: StoredNotice,
    transport: Transport,
    out: Path,
    *,
    by_letter: bool,
) -> Delivered:
    """Deliver one notice in the way that its recipient takes them."""
    assert stored.payload is not None, "it waits, so it says something"
    notice = parse_kept(stored.payload)
    recipient = house.policy.recipients.get(stored.recipient)
    reached = None if recipient is None else recipient.notices
    match reached:
        case Webhook(url) if not by_letter:
            return _post(house, role, stored, notice, url, transport)
        case Webhook() | Letter():
            assert recipient is not None, "it says where"
            return _write(house, role, stored, notice, recipient, out)
    return Delivered(
        stored.notice_id, stored.recipient, stored.kind, stored.case_number, why=NOWHERE
    )


def _post(
    house: House, role: StaffRole, stored: StoredNotice, notice: Notice, url: str,
    transport: Transport,
) -> Delivered:  # fmt: skip
    """Post one notice; what is not taken waits, each time twice as long."""
    wait = min(FIRST_WAIT * 2 ** min(stored.attempts, 20), LONGEST_WAIT)
    next_at = house.now() + wait
    house.notices.tried(stored.notice_id, next_at=next_at)
    body = signed_notice(notice.document(), house.release_signer)
    headers = {"Content-Type": "application/json", "Idempotency-Key": stored.notice_id}
    try:
        transport.post(url, body, headers)
    except NotDeliveredError as error:
        return Delivered(
            stored.notice_id,
            stored.recipient,
            stored.kind,
            stored.case_number,
            why=error.why,
            next_at=next_at,
        )
    end_notice(house, role, stored, Ended.WEBHOOK)
    return Delivered(
        stored.notice_id, stored.recipient, stored.kind, stored.case_number, Ended.WEBHOOK
    )


def _write(
    house: House, role: StaffRole, stored: StoredNotice, notice: Notice, recipient: Recipient,
    out: Path,
) -> Delivered:  # fmt: skip
    """Write one notice as a letter, which is kept in no case file: the sealed notice is."""
    lines = recipient.notices.lines if isinstance(recipient.notices, Letter) else ()
    facts = {
        "recipient": ", ".join((recipient.title, *lines)),
        "act": notice.kind.value,
        "identifier_kind": ", ".join(dict.fromkeys(n.kind for n in notice.named)),
        "identifier": ", ".join(dict.fromkeys(n.value for n in notice.named)),
        "fields": (*notice.fields, *_corrections(notice)),
        "by": notice.reply_by,
    }
    page = letter_page(house, stored.case_number, LetterKind.NOTICE, facts=facts)
    path = write_over(out / letter_name(stored), page.encode())
    case = house.cases.case(stored.case_number)
    with house.db.transaction():
        told = {"letter": LetterKind.NOTICE.value}
        house.log.append(entry_of(LETTER, case, role, told=told))
        if not stored.is_to_post:
            house.notices.written(stored.notice_id, at=house.now())
            _step(house, role, stored, WRITTEN)
    return Delivered(
        stored.notice_id, stored.recipient, stored.kind, stored.case_number, Ended.LETTER, path
    )


def letter_name(stored: StoredNotice) -> str:
    """Return how the file of a notice's letter is called: unlike what goes with the request."""
    return f"request-{stored.case_number}-notice.{stored.recipient}.{stored.kind}.html"


def _corrections(notice: Notice) -> tuple[str, ...]:
    """Return what is to be put right, a line each."""
    return tuple(f"{c.attribute} = {c.value or '-'}" for c in notice.corrected)


def end_notice(house: House, role: StaffRole, stored: StoredNotice, how: Ended) -> None:
    """End a notice, in the case file and on the log, in one transaction."""
    with house.db.transaction():
        house.notices.end(stored.notice_id, how, at=house.now())
        _step(house, role, stored, how.value)


def _step(house: House, role: StaffRole, stored: StoredNotice, how: str) -> None:
    """Say in the case file and on the log how far telling a recipient has come."""
    case = house.cases.case(stored.case_number)
    if case.state is CaseState.CLOSED:  # it ended in the meantime: the log alone can say so
        told = {"recipient": stored.recipient}
        house.log.append(entry_of(NOTIFIED, case, role, told=told))
        return
    facts = {"recipient": stored.recipient, "how": how, "act": stored.kind}
    take_step(house, stored.case_number, StepKind.NOTIFIED, role=role, facts=facts)
