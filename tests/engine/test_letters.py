# SPDX-License-Identifier: Apache-2.0
"""Letters of a request: the same for everybody until we know who asks, kept sealed, on the log."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.dsr import Asked, IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.letters.writing import (
    GalleryThereError,
    LetterTellsError,
    UnknownLetterError,
    letter_page,
    write_letter,
)
from privseg.errors import InputError, PolicyError
from privseg.loaders import DocumentError, load_workspace
from privseg.report.letter_kinds import OWN, TELL, TO_OTHERS, LetterKind
from privseg.report.letter_templates import LetterTemplateError, shipped
from privseg.report.letters import LetterFactError
from privseg.report.specimens import INVENTED
from privseg.terms import Jurisdiction, StaffRole, SubjectId
from tests.twins import club
from tests.twins.club import Member, log_of, number

ADA = Member(number="A1", name="Ada Lovelace")
GRACE = Member(number="G2", name="Grace Hopper")
NOBODY = SubjectId("customer_number", "Z9")
ROLE = StaffRole.COMPLIANCE_OFFICER
SECRET = "7QZP-K3VM-1XHD-9RTA"


@pytest.fixture(scope="module")
def clock() -> club.Clock:
    return club.Clock()


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory, clock: club.Clock) -> Iterator[Workspace]:
    """A club of two and a few requests. Tests open requests of their own."""
    folder = tmp_path_factory.mktemp("letters")
    with club.found(folder, [ADA, GRACE], outside=Outside(clock=clock)) as made:
        made.record_consent(number(ADA), act="attest_jurisdiction", value="DE")
        settings = made.folder / "privseg.yaml"
    text = settings.read_text("utf-8")
    assert 'time_zone: "UTC"' in text
    settings.write_text(text.replace('"UTC"', '"Europe/Berlin"'), "utf-8")
    with club.opened(settings.parent, clock=clock) as made:
        yield made


def _open(
    ws: Workspace, who: SubjectId, kind: RequestKind = RequestKind.ACCESS, **more: object
) -> int:
    return ws.open_request(kind, who, **more).number  # type: ignore[arg-type]


def _state(ws: Workspace) -> tuple[int, set[str], int]:
    """Return what a refusal must leave alone: the log, the answers and every paper."""
    files = {p.name for p in (ws.folder / "answers").glob("*")}
    papers = sum(len(ws._house.cases.papers(c.number)) for c in ws.requests())
    return ws._house.log.size, files, papers


def _without_number(page: str, number_: int) -> str:
    return page.replace(f">{number_}<", ">#<").replace(f"reference {number_}", "reference #")


@pytest.mark.parametrize(
    ("kind", "asks"),
    [
        (LetterKind.RECEIVED, RequestKind.ACCESS),
        (LetterKind.RECEIVED, RequestKind.OPT_OUT_SALE),
        (LetterKind.IDENTITY_NEEDED, RequestKind.ERASURE),
        (LetterKind.REFUSED, RequestKind.ACCESS),
        (LetterKind.EXTENDED, RequestKind.ACCESS),
        (LetterKind.DONE, RequestKind.OPT_OUT_SALE),
    ],
)
def test_until_we_know_who_asks_a_letter_is_the_same_for_everybody(
    kind: LetterKind, asks: RequestKind, ws: Workspace
) -> None:
    known, other, unknown = (_open(ws, who, asks) for who in (number(ADA), number(GRACE), NOBODY))
    pages = [
        _without_number(letter_page(ws._house, n, kind, facts=INVENTED[kind]), n)
        for n in (known, other, unknown)
    ]
    assert pages[0] == pages[1] == pages[2]  # though only Ada's place, and her law, are known
    assert "General Data Protection" not in pages[0]


def test_once_we_know_who_asks_the_letter_goes_by_their_law(ws: Workspace) -> None:
    case = _open(ws, number(ADA), identity=IdentityLevel.ACCOUNT)
    page = letter_page(ws._house, case, LetterKind.RECEIVED)
    assert "General Data Protection Regulation (EU) 2016/679 (GDPR), Art. 12(3)" in page
    assert "You get our answer by" in page


@pytest.mark.parametrize("kind", sorted(TELL))
def test_a_letter_that_tells_of_data_is_refused_while_nobody_knows_who_asks(
    kind: LetterKind, ws: Workspace
) -> None:
    case = _open(ws, number(ADA))
    before = _state(ws)
    with pytest.raises(LetterTellsError, match="identify them first") as refused:
        ws.write_letter(case, kind, facts=INVENTED[kind])
    assert isinstance(refused.value, PolicyError)
    assert _state(ws) == before


@pytest.mark.parametrize("kind", sorted(TELL - {LetterKind.DONE}))
def test_who_needs_no_proof_for_an_opt_out_learns_nothing_by_it(
    kind: LetterKind, ws: Workspace
) -> None:
    case = _open(ws, number(ADA), RequestKind.OPT_OUT_SALE)
    with pytest.raises(LetterTellsError):
        ws.write_letter(case, kind, facts=INVENTED[kind])


def test_a_letter_without_its_facts_is_refused_and_nothing_is_written(ws: Workspace) -> None:
    case = _open(ws, number(ADA))
    before = _state(ws)
    with pytest.raises(LetterFactError, match="'reasons': it is missing"):
        ws.write_letter(case, LetterKind.EXTENDED, facts={"until": "2026-05-01"})
    assert _state(ws) == before


def test_a_letter_is_its_owners_alone_kept_sealed_and_on_the_log(ws: Workspace) -> None:
    case = _open(ws, number(ADA))
    reason = "an invented reason that stands in no other file"
    facts = {"until": "2026-05-01", "reasons": [reason]}
    file = ws.write_letter(case, LetterKind.EXTENDED, facts=facts)
    assert file.name == f"request-{case}.extended.html"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [k.name for k in ws.letters(case)] == ["extended"]
    assert ws.letter_again(case, "extended") == file.read_bytes()
    headers = [e.entry.header for e in log_of(ws, Kind.DSR)]
    mine = [h for h in headers if h["case"] == str(case)]
    assert [(h["verb"], h.get("letter")) for h in mine] == [
        ("open", None), ("letter", "extended"), ("letter", "extended"),
    ]  # fmt: skip
    assert _files_with(ws, reason) == {file.name}


def _files_with(ws: Workspace, text: str) -> set[str]:
    """Return the files of a workspace in which a text can be read."""
    found = (p for p in ws.folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes())
    return {p.name for p in found}


def test_the_same_letter_is_kept_once_and_a_later_one_beside_it(
    ws: Workspace, clock: club.Clock
) -> None:
    case = _open(ws, number(ADA))
    first = ws.write_letter(case, LetterKind.RECEIVED)
    assert ws.write_letter(case, LetterKind.RECEIVED) == first
    assert [k.name for k in ws.letters(case)] == ["received"]
    clock.now += timedelta(days=1)
    later = ws.write_letter(case, LetterKind.RECEIVED)
    assert later.name == f"request-{case}.received-2.html"
    assert [k.name for k in ws.letters(case)] == ["received", "received-2"]
    assert first.read_bytes() != later.read_bytes()


def test_a_letter_that_the_case_does_not_hold_is_not_made_up(ws: Workspace) -> None:
    case = _open(ws, number(ADA))
    ws.write_letter(case, LetterKind.RECEIVED)
    before = _state(ws)
    with pytest.raises(UnknownLetterError, match='did you mean "received"'):
        ws.letter_again(case, "receive")
    assert _state(ws) == before


def test_a_letter_is_in_the_persons_language_with_the_days_of_the_workspace(
    ws: Workspace,
) -> None:
    late = datetime(2026, 2, 27, 23, 30, tzinfo=UTC)  # the 28th in Berlin
    case = _open(ws, number(ADA), received_at=late, asked=Asked(language="de"))
    page = ws.write_letter(case, LetterKind.RECEIVED).read_text("utf-8")
    assert '<html lang="de"' in page
    assert "28. Februar 2026" in page
    english = _open(ws, number(ADA), received_at=late)
    assert "28 February 2026" in ws.write_letter(english, LetterKind.RECEIVED).read_text("utf-8")


def test_a_refusal_names_its_ground_with_the_article_for_this_kind_of_request(
    ws: Workspace,
) -> None:
    facts = {"grounds": ["LegalClaimImpaired"], "reasons": ["A claim is before a court."]}
    told = {}
    for kind in (RequestKind.ERASURE, RequestKind.RESTRICTION):
        case = _open(ws, number(ADA), kind, identity=IdentityLevel.ACCOUNT)
        told[kind] = letter_page(ws._house, case, LetterKind.REFUSED, facts=facts)
    title = "The data are needed to establish, exercise or defend legal claims."
    assert f"{title} (Art. 17(3)(e))" in told[RequestKind.ERASURE]
    assert f"{title} (Art. 18(2))" in told[RequestKind.RESTRICTION]
    assert "you can go to court" in told[RequestKind.ERASURE]


def test_a_secret_of_the_person_is_kept_nowhere(ws: Workspace, tmp_path: Path) -> None:
    case = _open(ws, number(GRACE), RequestKind.ERASURE, identity=IdentityLevel.ACCOUNT)
    facts = {**INVENTED[LetterKind.ERASED], "secret": SECRET}
    file = write_letter(
        ws._house, case, LetterKind.ERASED, facts=facts, out=tmp_path / "out", role=ROLE
    )
    assert SECRET in file.read_text("utf-8")
    assert ws.letters(case) == []
    assert _files_with(ws, SECRET) == set()


def test_a_letter_that_was_kept_goes_when_the_person_is_erased(small: Workspace) -> None:
    someone = SubjectId("customer_number", club.crowd(60)[0].number)
    case = small.open_request(RequestKind.ACCESS, someone, identity=IdentityLevel.ACCOUNT).number
    small.write_letter(case, LetterKind.RECEIVED)
    small._house.cases.forget(small._house.vault.resolve(someone))
    assert small.letters(case) == []


def test_a_workspaces_own_template_is_used_and_a_bad_one_stops_the_letter(ws: Workspace) -> None:
    case = _open(ws, number(ADA))
    own = ws.folder / "letters"
    own.mkdir()
    file = own / "received.html.j2"
    try:
        text = shipped("received.html.j2")
        file.write_text(text.replace("You need not do anything now.", "Sit back."), "utf-8")
        assert "Sit back." in ws.write_letter(case, LetterKind.RECEIVED).read_text("utf-8")
        file.write_text(text.replace("{{ _(", "{{ lost(", 1), "utf-8")
        before = _state(ws)
        with pytest.raises(LetterTemplateError, match=r"letters/received\.html\.j2:2:1: .*'lost'"):
            ws.write_letter(case, LetterKind.RECEIVED)
        assert _state(ws) == before
    finally:
        file.unlink()
        own.rmdir()


def test_specimens_are_written_into_a_new_folder_alone(ws: Workspace, tmp_path: Path) -> None:
    files = ws.letter_specimens(tmp_path / "specimens")
    assert len(files) == 2 * len(LetterKind) + 1
    assert all(f.is_file() for f in files)
    with pytest.raises(GalleryThereError, match="not empty") as refused:
        ws.letter_specimens(tmp_path)
    assert isinstance(refused.value, InputError)


def test_a_notice_to_somebody_else_names_no_letter_to_the_person(ws: Workspace) -> None:
    case = _open(ws, number(ADA), RequestKind.ERASURE, identity=IdentityLevel.ACCOUNT)
    for kind in TO_OTHERS:
        page = letter_page(ws._house, case, kind, facts=INVENTED[kind])
        assert "the person who wrote to us" not in page
        assert "General Data Protection Regulation (EU) 2016/679 (GDPR)</dd>" in page
        assert OWN[kind]


def test_a_language_without_letters_is_refused_in_the_settings(
    ws: Workspace, tmp_path: Path
) -> None:
    text = (ws.folder / "privseg.yaml").read_text("utf-8")
    (tmp_path / "privseg.yaml").write_text(f"{text}language: tlh\n", "utf-8")
    with pytest.raises(DocumentError, match=r"privseg\.yaml:\d+:\d+.*there are letters in en, de"):
        load_workspace(tmp_path)
    (tmp_path / "privseg.yaml").write_text(f"{text}language: de\n", "utf-8")
    assert load_workspace(tmp_path).language == "de"


def test_a_letter_goes_by_the_place_that_the_request_itself_names(ws: Workspace) -> None:
    pages = []
    for who in (number(ADA), NOBODY):
        case = _open(ws, who, where=Jurisdiction("FR"))
        page = letter_page(ws._house, case, LetterKind.RECEIVED)
        assert "General Data Protection Regulation" in page
        pages.append(_without_number(page, case))
    assert pages[0] == pages[1]
