# SPDX-License-Identifier: Apache-2.0
"""Recipients are told what people ask for: with the act or not at all, and never not at all."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.dsr.case import StepKind
from privseg.dsr.due import Todo
from privseg.dsr.notice import Corrected, Notice, NoticeForgedError, NoticeKind, check_notice
from privseg.dsr.unsent import Mail, Unsent
from privseg.engine import Workspace
from privseg.engine.erasure.run import _require_all_told
from privseg.engine.notices.delivering import FIRST_WAIT, NOWHERE
from privseg.engine.notices.errors import NothingToPostError, NoticesWaitingError
from privseg.engine.notices.notifying import (
    forget_notices,
    notify,
    recipients_told,
    require_delivered,
)
from privseg.sources.webhook import NotDeliveredError, Webhooks
from privseg.store.notices import Ended
from privseg.terms import Attribute, Ordinal, Purpose, StaffRole
from privseg.vault.signing import verifier
from tests.twins import club
from tests.twins.club import number, ordinal
from tests.twins.handing import Machine, hands_over, machine, opened_copy

ROLE = StaffRole.COMPLIANCE_OFFICER
GARDENER = "M0006"
EMAIL = "m0006@example.com"


@pytest.fixture(scope="module")
def mailer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A recipient's machine."""
    with machine(tmp_path_factory.mktemp("machine")) as made:
        yield made


@pytest.fixture(scope="module")
def before(sixty: Path, mailer: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a club that handed its gardeners to the mailer and the broker; closed."""
    folder = tmp_path_factory.mktemp("before")
    with opened_copy(sixty, folder) as ws:
        hands_over(ws, url=mailer.url)
        for to in ("mailer", "broker"):
            ws.export_audience("gardeners", to=to, out=folder / f"{to}.csv")
    return folder


@pytest.fixture
def told(before: Path, mailer: Machine, tmp_path: Path, clock: club.Clock) -> Iterator[Workspace]:
    """A club that handed its gardeners to the mailer's machine and to the broker's letter box."""
    mailer.got.clear()
    mailer.answers.clear()
    with opened_copy(before, tmp_path, clock) as ws:
        yield ws


def asked(ws: Workspace, kind: RequestKind = RequestKind.RESTRICTION) -> int:
    return ws.open_request(kind, number(GARDENER), identity=IdentityLevel.ACCOUNT).number


def noticed(ws: Workspace, case: int, kind: NoticeKind, **more: object) -> list[Notice]:
    """Put notices into the outbox, as the act that they tell of does."""
    people = [ordinal(ws, GARDENER)]
    with ws._house.db.transaction():
        return notify(ws._house, case, people, kind, ROLE, **more)  # type: ignore[arg-type]


def send(ws: Workspace, mailer: Machine, **how: object) -> dict[str, Ended | None]:
    sent = ws.send_notices(transport=Webhooks(mailer.trust, seconds=5), **how)  # type: ignore[arg-type]
    return {s.recipient: s.how for s in sent}


# --- whom, and what ------------------------------------------------------------------------------


def test_each_recipient_is_told_of_the_person_as_it_knows_them(
    told: Workspace, mailer: Machine
) -> None:
    case = asked(told)
    noticed(told, case, NoticeKind.ERASED)
    assert send(told, mailer) == {"mailer": Ended.WEBHOOK, "broker": Ended.LETTER}
    (notice,) = mailer.notices
    assert notice["act"] == "erased"
    assert notice["people"] == [{"kind": "email", "value": EMAIL, "purpose": "marketing"}]
    assert notice["fields"] == ["email", "country", "hobby"]
    (letter,) = (told.folder / "answers").glob("*notice*")
    page = letter.read_text("utf-8")
    assert "Example Broker" in page
    assert "12345 Exampletown" in page
    assert EMAIL not in page


def test_a_notice_is_signed_and_carries_an_id_of_its_own(told: Workspace, mailer: Machine) -> None:
    noticed(told, asked(told), NoticeKind.ERASED)
    send(told, mailer)
    ((path, headers, body),) = mailer.got
    keys = [verifier(told.public_keys()["release"])]
    document = check_notice(body, keys)
    assert (path, headers["Idempotency-Key"]) == ("/notices", document["id"])
    forged = json.loads(body)
    forged["notice"]["act"] = "restricted"
    with pytest.raises(NoticeForgedError):
        check_notice(json.dumps(forged).encode(), keys)


def test_a_correction_tells_each_recipient_only_what_it_was_handed(told: Workspace) -> None:
    changed = [Corrected(Attribute("country"), "FR"), Corrected(Attribute("diary"), "secret")]
    found = noticed(told, asked(told), NoticeKind.CORRECTED, corrected=changed)
    by_name = {n.recipient: [c.attribute for c in n.corrected] for n in found}
    assert by_name == {"mailer": ["country"], "broker": ["country"]}
    other = [Corrected(Attribute("hobby"), "chess")]
    case = asked(told)
    assert [n.recipient for n in noticed(told, case, NoticeKind.CORRECTED, corrected=other)] == [
        "mailer"
    ]
    assert not any("chess" in repr(n) or EMAIL in repr(n) for n in found)


def test_an_opt_out_tells_third_parties_that_got_the_person_since_it_was_asked(
    told: Workspace, clock: club.Clock
) -> None:
    clock.pass_(hours=1)
    case = asked(told, RequestKind.OPT_OUT_SALE)
    assert noticed(told, case, NoticeKind.OPTED_OUT) == []  # they got the person before
    clock.pass_(hours=1)
    for to in ("mailer", "broker"):
        told.export_audience("gardeners", to=to, out=told.folder.parent / f"{to}-2.csv")
    assert [n.recipient for n in noticed(told, case, NoticeKind.OPTED_OUT)] == ["broker"]


def test_an_objection_to_one_purpose_tells_who_got_the_person_for_it(told: Workspace) -> None:
    case = asked(told, RequestKind.OBJECTION)
    care = noticed(told, case, NoticeKind.OBJECTED, purpose=Purpose("care"))
    assert care == []
    marketing = noticed(told, case, NoticeKind.OBJECTED, purpose=Purpose("marketing"))
    assert {n.recipient for n in marketing} == {"mailer", "broker"}


def test_somebody_whom_nobody_got_has_no_notices(told: Workspace) -> None:
    with told._house.db.transaction():
        stranger = ordinal(told, "M0001")
        assert notify(told._house, asked(told), [stranger], NoticeKind.ERASED, ROLE) == []


# --- with the act or not at all; once or twice, never none ---------------------------------------


def test_notices_of_an_act_that_is_undone_are_undone(told: Workspace) -> None:
    case = asked(told)
    with pytest.raises(RuntimeError):
        _undone(told, case)
    assert told.recipient_notices() == []


def _undone(ws: Workspace, case: int) -> None:
    with ws._house.db.transaction():
        assert noticed(ws, case, NoticeKind.ERASED)
        raise RuntimeError


def test_telling_of_the_same_act_again_adds_no_notice(told: Workspace, mailer: Machine) -> None:
    case = asked(told)
    assert len(noticed(told, case, NoticeKind.ERASED)) == 2
    assert noticed(told, case, NoticeKind.ERASED) == []
    send(told, mailer)
    assert noticed(told, case, NoticeKind.ERASED) == []


def test_a_recipient_that_was_handed_the_person_after_it_was_told_is_told_again(
    told: Workspace, mailer: Machine
) -> None:
    """The clock stands still here: what counts is the order on the log."""
    case = asked(told, RequestKind.ERASURE)
    noticed(told, case, NoticeKind.ERASED)
    send(told, mailer)
    told.export_audience("gardeners", to="mailer", out=told.folder.parent / "since.csv")
    house, person = told._house, ordinal(told, GARDENER)
    with pytest.raises(NoticesWaitingError, match="mailer"), house.db.transaction():
        _require_all_told(house, case, person, ROLE)
    assert [n.recipient for n in noticed(told, case, NoticeKind.ERASED)] == ["mailer"]
    assert noticed(told, case, NoticeKind.ERASED) == []


def test_who_is_being_erased_is_handed_to_nobody_more(told: Workspace) -> None:
    case = asked(told, RequestKind.ERASURE)
    with pytest.raises(NoticesWaitingError, match="mailer"):
        told.run_request(case)
    file = told.folder.parent / "since.csv"
    made = told.export_audience("gardeners", to="mailer", out=file)
    assert made.disclosure is not None
    assert ordinal(told, GARDENER) not in told._house.disclosures.people(made.disclosure)
    assert "@example.com" in file.read_text("utf-8")
    assert EMAIL not in file.read_text("utf-8")


@pytest.mark.parametrize("answer", [503, 404, 0])
def test_what_is_not_taken_waits_twice_as_long_each_time_and_comes_again_under_one_id(
    told: Workspace, mailer: Machine, clock: club.Clock, answer: int
) -> None:
    noticed(told, asked(told), NoticeKind.ERASED)
    mailer.answers = [answer, answer]
    assert send(told, mailer)["mailer"] is None
    assert send(told, mailer) == {}  # not due yet
    waits = []
    for _ in range(2):
        (waiting,) = [n for n in told.recipient_notices() if n.is_waiting]
        waits.append(waiting.next_at - clock.now)
        clock.now = waiting.next_at
        last = send(told, mailer)
    assert waits == [FIRST_WAIT, 2 * FIRST_WAIT]
    assert last == {"mailer": Ended.WEBHOOK}
    assert len({n["id"] for n in mailer.notices}) == 1
    assert len(mailer.notices) == 3


def test_why_a_machine_was_not_reached_is_said_in_words() -> None:
    closed = "https://localhost:9/notices"
    with pytest.raises(NotDeliveredError, match="it refused or cut the connection"):
        Webhooks(ssl.create_default_context(), seconds=5).post(closed, b"{}", {})


def test_a_redirect_is_not_followed(told: Workspace, mailer: Machine) -> None:
    noticed(told, asked(told), NoticeKind.ERASED)
    mailer.answers = [307]
    assert send(told, mailer)["mailer"] is None
    assert [path for path, _, _ in mailer.got] == ["/notices"]


def test_a_machine_that_cannot_prove_who_it_is_gets_nothing(
    told: Workspace, mailer: Machine
) -> None:
    noticed(told, asked(told), NoticeKind.ERASED)
    sent = told.send_notices(transport=Webhooks(ssl.create_default_context(), seconds=5))
    assert [s.how for s in sent if s.recipient == "mailer"] == [None]
    assert mailer.got == []


def test_nothing_is_posted_without_encryption(mailer: Machine) -> None:
    plain = mailer.url.replace("https://", "http://")
    with pytest.raises(NotDeliveredError, match="not https"):
        Webhooks(mailer.trust).post(plain, b"{}", {})
    assert mailer.got == []


def test_a_machine_that_does_not_answer_can_be_written_to(told: Workspace, mailer: Machine) -> None:
    noticed(told, asked(told), NoticeKind.ERASED)
    how = send(told, mailer, by_letter=True)
    assert how == {"mailer": Ended.LETTER, "broker": Ended.LETTER}
    assert mailer.got == []


# --- letters that were written, and not posted yet ------------------------------------------------


def _receipt(files: list[Path]) -> dict[str, Any]:
    (file,) = [f for f in files if f.name.endswith("receipt.json")]
    said: dict[str, Any] = json.loads(file.read_bytes())["receipt"]
    return said


def _erased(ws: Workspace) -> tuple[int, list[Path]]:
    """Erase the gardener after letters to both recipients."""
    case = asked(ws, RequestKind.ERASURE)
    with pytest.raises(NoticesWaitingError, match="mailer"):
        ws.run_request(case)
    ws.send_notices(request=case, by_letter=True)
    return case, ws.run_request(case)


def test_letters_of_an_erasure_stay_until_posted_and_can_be_written_again(told: Workspace) -> None:
    case, files = _erased(told)
    answers = told.folder / "answers"
    letters = sorted(answers.glob("*notice*"))
    assert len(letters) == 2, "the erasure took away letters that nobody posted"
    pages = [letter.read_text("utf-8") for letter in letters]
    assert any(EMAIL in page for page in pages)
    receipt = _receipt(files)
    assert {(r["recipient"], r["how"]) for r in receipt["recipients"]} == {
        ("Example Mail", "letter_written"), ("Example Broker", "letter_written"),
    }  # fmt: skip
    assert receipt["provisional"] is True
    for letter in letters:
        letter.unlink()
    told.send_notices(request=case, by_letter=True)
    assert [letter.read_text("utf-8") for letter in sorted(answers.glob("*notice*"))] == pages


def test_closing_a_request_leaves_letters_to_recipients_that_nobody_posted(
    told: Workspace,
) -> None:
    case, _ = _erased(told)
    told.close_request(case)
    assert len(list((told.folder / "answers").glob("*notice*"))) == 2
    told.posted_notices(case)
    assert list((told.folder / "answers").glob("*notice*")) == []


def test_a_receipt_is_final_once_somebody_says_that_the_last_letter_was_posted(
    told: Workspace, tmp_path: Path
) -> None:
    case, _ = _erased(told)
    house = told._house
    told.posted_notices(case, recipient="broker")
    assert [n.how for n in told.recipient_notices() if n.recipient == "mailer"] == [
        "letter_written"
    ]
    half = _receipt([told.erasure_receipt(case, out=tmp_path / "half")])
    assert half["provisional"] is True
    told.posted_notices(case)
    whole = _receipt([told.erasure_receipt(case, out=tmp_path / "whole")])
    assert {r["how"] for r in whole["recipients"]} == {"letter"}
    assert not any("posted" in because for because in whole["provisional_because"])
    assert house.db.raw("SELECT name FROM wrapped_key WHERE kind = 'notice'") == []
    assert list((told.folder / "answers").glob("*notice*")) == []
    with pytest.raises(NothingToPostError):
        told.posted_notices(case)
    assert told.audit_verify()["ok"]


def test_what_is_still_to_be_done_after_an_erasure_is_due(told: Workspace) -> None:
    case, _ = _erased(told)
    assert [d.todo for d in told.due().dues if d.number == case] == [Todo.POST]
    assert told.due().mail == (Unsent(Mail.ANSWERS, (case,)), Unsent(Mail.NOTICES, (case,)))
    told.close_request(case)
    assert [d.todo for d in told.due().dues if d.number == case] == [Todo.POST]
    assert told.due(within=timedelta(days=1)).mail == (Unsent(Mail.NOTICES, (case,)),)
    told.posted_notices(case)
    assert [d.todo for d in told.due().dues if d.number == case] == []
    assert told.due().mail == ()


def test_the_letter_to_the_person_tells_what_was_erased_from_who_was_only_asked(
    told: Workspace,
) -> None:
    _, files = _erased(told)
    (file,) = [f for f in files if f.name.endswith(".erased.html")]
    erased, _, others = file.read_text("utf-8").partition("Others who have, or may have, data")
    assert "what we knew you by: " in erased
    assert "Example Mail" not in erased.partition("We erased:")[2]
    assert "Example Mail: a letter that tells them to erase" in others
    assert "it is not finished everywhere yet" in erased
    assert "provisional" in others
    assert "no old file brings you back" in others
    assert "consent ledger" not in erased


# --- what is left of it --------------------------------------------------------------------------


def test_what_a_notice_says_of_whom_goes_with_its_key_once_it_was_told(
    told: Workspace, mailer: Machine
) -> None:
    case = asked(told)
    noticed(told, case, NoticeKind.ERASED)
    house = told._house
    keys = "SELECT name FROM wrapped_key WHERE kind = 'notice'"
    assert len(house.db.raw(keys)) == 2
    send(told, mailer)
    assert len(house.db.raw(keys)) == 1, "a letter was written, and may have to be again"
    assert [title for title, _, _ in recipients_told(house, case)] == ["Example Mail"]
    told.posted_notices(case)
    assert house.db.raw(keys) == []
    assert house.db.raw("SELECT payload, key FROM dsr_notice") == [(None, None), (None, None)]
    steps = [s for s in house.cases.case(case).steps if s.kind is StepKind.NOTIFIED]
    assert {(s.facts["recipient"], s.facts["how"]) for s in steps} == {
        ("mailer", "webhook"), ("broker", "letter_written"), ("broker", "letter"),
    }  # fmt: skip
    assert {title for title, _, _ in recipients_told(house, case)} == {
        "Example Mail", "Example Broker",
    }  # fmt: skip


def test_an_erased_person_is_taken_out_of_the_outbox(told: Workspace, mailer: Machine) -> None:
    noticed(told, asked(told), NoticeKind.RESTRICTED)
    house = told._house
    assert forget_notices(house, ordinal(told, "M0001")) == 0
    assert forget_notices(house, ordinal(told, GARDENER)) == 2
    assert send(told, mailer) == {}
    assert {n.ended for n in told.recipient_notices()} == {Ended.FORGOTTEN}


def test_a_recipient_without_an_address_waits_and_the_erasure_says_what_to_do(
    told: Workspace,
) -> None:
    said = (told.folder / "policies" / "recipients.yaml").read_text("utf-8")
    box = "    notices: [1 Example Street, 12345 Exampletown]\n"
    assert box in said
    hands_over(told, recipients=said.replace(box, ""))
    case = asked(told)
    noticed(told, case, NoticeKind.ERASED)
    sent = told.send_notices(request=case, by_letter=True)
    assert {s.recipient: s.why for s in sent if s.how is None} == {"broker": NOWHERE}
    with pytest.raises(NoticesWaitingError, match="broker"):
        require_delivered(told._house, case)


def test_an_erasure_takes_the_person_out_of_every_hand_over_after_the_recipients_were_told(
    told: Workspace, mailer: Machine
) -> None:
    person, house = ordinal(told, GARDENER), told._house
    letters = (told.folder / "policies" / "recipients.yaml").read_text("utf-8")
    hands_over(told, recipients=letters.replace(mailer.url, "[2 Example Street]"))
    before = {d.number: house.disclosures.people(d.number) for d in house.disclosures.all()}
    old = {row[0] for row in house.db.raw("SELECT key FROM disclosure")}
    case = asked(told, RequestKind.ERASURE)
    told.run_request(case)
    assert [n.how for n in told.recipient_notices()] == ["letter_written", "letter_written"]
    assert house.disclosures.of(person) == []
    for hand_over in house.disclosures.all():
        left = house.disclosures.people(hand_over.number)
        assert before[hand_over.number] - left == type(left)([person])
    assert not old & {row[0] for row in house.db.raw("SELECT key FROM disclosure")}
    assert not old & {row[0] for row in house.db.raw("SELECT name FROM wrapped_key")}
    assert told.audit_verify()["ok"]


def test_an_erasure_that_cannot_tell_a_recipient_erases_nothing_of_ours(
    told: Workspace, mailer: Machine
) -> None:
    person, house = ordinal(told, GARDENER), told._house
    letters = (told.folder / "policies" / "recipients.yaml").read_text("utf-8")
    hands_over(told, recipients=letters.replace(f"    notices: {mailer.url}\n", ""))
    case = asked(told, RequestKind.ERASURE)
    with pytest.raises(NoticesWaitingError, match="mailer"):
        told.run_request(case)
    assert house.vault.identity(person)
    assert len(house.disclosures.of(person)) == 2


def test_a_waiting_notice_names_nobody_in_lists_or_representations(told: Workspace) -> None:
    noticed(told, asked(told), NoticeKind.ERASED)
    (first, *_) = told._house.notices.waiting()
    assert first.payload is not None
    assert EMAIL not in repr(told.recipient_notices()) + repr(first)
    assert all(n.payload is None for n in told.recipient_notices())
    stored = (told.folder / ".privseg").rglob("*")
    assert not any(EMAIL.encode() in p.read_bytes() for p in stored if p.is_file())


def test_telling_takes_the_longest_wait_at_most(told: Workspace, mailer: Machine) -> None:
    noticed(told, asked(told), NoticeKind.ERASED)
    house = told._house
    with house.db.transaction():
        house.db.raw("UPDATE dsr_notice SET attempts = 50 WHERE recipient = 'mailer'")
    mailer.answers = [500]
    send(told, mailer)
    (waiting,) = [n for n in told.recipient_notices() if n.is_waiting]
    assert waiting.next_at - house.now() == timedelta(days=1)


def test_people_are_ours_and_never_in_a_notice(told: Workspace, mailer: Machine) -> None:
    (first, *_) = noticed(told, asked(told), NoticeKind.ERASED)
    assert first.people == (Ordinal(ordinal(told, GARDENER)),)
    send(told, mailer)
    assert '"people": [{"kind"' in mailer.got[0][2].decode()
