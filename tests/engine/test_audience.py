# SPDX-License-Identifier: Apache-2.0
"""Handing people over: whom policy and consent let, what they let, and all of it on record."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import Kind, Outcome, text_to_people
from privseg.audit.reads import NAMED
from privseg.audit.wanted import Wanted
from privseg.consent import Act
from privseg.engine import Outside, Workspace
from privseg.engine.audience import keeping
from privseg.engine.audience.errors import (
    AudienceFormatError,
    HandOverRefusedError,
    UnknownRecipientError,
)
from privseg.engine.audience.listing import recipients_of
from privseg.engine.audience.rows import AudienceFormat, Line, text_of
from privseg.engine.errors import (
    AnswerNotWrittenError,
    AnswerThereError,
    RoleError,
    UnknownReportError,
)
from privseg.engine.who.breach_views import BreachAsked
from privseg.engine.who.errors import TwoBreachesError
from privseg.errors import PolicyError
from privseg.policy.recipients import Handed
from privseg.pseudonym import Domain
from privseg.terms import Attribute, Category, Ordinal, Place, Purpose, StaffRole
from tests.twins import club
from tests.twins.club import log_of, number, ordinal
from tests.twins.handing import RECIPIENTS, hands_over

MARKETING = Purpose("marketing")
GARDENER = "M0006"


@pytest.fixture
def handing(small: Workspace) -> Workspace:
    """A club of 60 that hands people over, for tests that change something."""
    return hands_over(small)


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A club that has handed its gardeners to two recipients. It is only asked."""
    folder = tmp_path_factory.mktemp("handed")
    outside = Outside(clock=club.Clock())
    with club.found(folder, club.crowd(60), outside=outside) as ws:
        hands_over(ws)
        ws.export_audience("gardeners", to="mailer", out=folder / "mailer.csv")
        ws.export_audience("gardeners", to="broker", out=folder / "broker.jsonl")
        yield ws


def files(ws: Workspace) -> Path:
    return ws.folder.parent


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def people_in(ws: Workspace, path: Path) -> FrozenBitMap:
    vault = ws._house.vault
    found = {row["email"] for row in rows(path)}
    return FrozenBitMap(
        p for p in vault.population.enrolled()
        for s in vault.identity(Ordinal(p)) if s.kind == "email" and s.value in found
    )  # fmt: skip


def nothing_changed(ws: Workspace, out: Path) -> None:
    """Nobody was read, nobody was handed over, and no file is there."""
    assert not log_of(ws, Kind.ACCESS_INTENT)
    assert not log_of(ws, Kind.EXPORT)
    assert not ws._house.disclosures.all()
    assert not out.exists()


# --- what is handed over ---------------------------------------------------------------------


def test_an_audience_is_whom_a_run_finds_with_the_declared_identifier_and_fields_alone(
    handed: Workspace,
) -> None:
    path = files(handed) / "mailer.csv"
    assert people_in(handed, path) == club.internal(handed, "sizes").members["gardeners"]
    assert set(rows(path)[0]) == {"email", "country", "hobby"}
    assert all(row["country"] in {"DE", "FR", ""} for row in rows(path))
    assert all("garden" in row["hobby"].casefold() for row in rows(path))


def test_the_file_is_its_owners_alone(handed: Workspace) -> None:
    assert stat.S_IMODE((files(handed) / "mailer.csv").stat().st_mode) == 0o600


def test_the_intent_comes_first_and_the_export_names_everybody_in_the_file(
    handed: Workspace,
) -> None:
    intent, outcome, export = (
        log_of(handed, kind)[0] for kind in (Kind.ACCESS_INTENT, Kind.ACCESS_OUTCOME, Kind.EXPORT)
    )
    assert intent.entry.sequence < outcome.entry.sequence < export.entry.sequence
    assert export.entry.header["of"] == str(intent.entry.sequence)
    assert export.entry.header["recipient"] == "mailer"
    assert "country" in intent.entry.header["attributes"]
    named = text_to_people(str(export.body[NAMED]))
    assert named == people_in(handed, files(handed) / "mailer.csv")
    assert named <= text_to_people(intent.body["eligible"])


def test_a_hand_over_claims_no_guarantee_and_is_no_release(handed: Workspace) -> None:
    assert not handed._house.releases.all()
    for entry in log_of(handed, Kind.EXPORT):
        assert not {"guarantee", "release", "register"} & entry.entry.header.keys()


def test_two_recipients_cannot_join_their_pseudonyms(handed: Workspace) -> None:
    lines = (files(handed) / "broker.jsonl").read_text("utf-8").splitlines()
    told = {json.loads(line)["pseudonym"] for line in lines}
    people = list(club.internal(handed, "sizes").members["gardeners"])
    own = [Domain(MARKETING, recipient=name, epoch="1") for name in ("broker", "panel")]
    broker, panel = (
        {p.hex() for p in handed._house.vault.pseudonyms(people, domain)} for domain in own
    )
    assert told == broker
    assert not broker & panel
    assert not any("@" in line for line in lines)


def test_nothing_says_how_many_people_were_handed_over(handed: Workspace) -> None:
    plan = handed.plan_audience("gardeners", to="mailer")
    assert not any(isinstance(getattr(plan, slot), int) for slot in plan.__slots__)
    for view in handed.recipients():
        assert "people" not in repr(view.handed)


def test_what_would_run_in_a_spreadsheet_is_text_and_a_telephone_number_stays_one() -> None:
    gets = Handed("phone", frozenset({Attribute("hobby")}), Place("p.yaml", 1))
    said = [Line(Ordinal(1), "+49 30 12345", ("=1+1",)), Line(Ordinal(2), "-1", (["a", "@b"],))]
    text = text_of(said, gets, AudienceFormat.CSV).decode().splitlines()
    assert text == ["phone,hobby", "+49 30 12345,'=1+1", "-1,a|@b"]
    assert "12345" not in repr(said)


# --- consent, at that very moment ----------------------------------------------------------------


def test_whoever_withdrew_since_the_edition_was_opened_is_not_handed_over(
    handing: Workspace,
) -> None:
    handing.open_edition()
    first = files(handing) / "first.csv"
    handing.export_audience("gardeners", to="mailer", out=first)
    gone = ordinal(handing, GARDENER)
    assert gone in people_in(handing, first)
    handing.record_consent(number(GARDENER), act=Act.WITHDRAW, purpose=MARKETING)
    second = files(handing) / "second.csv"
    handing.export_audience("gardeners", to="mailer", out=second)
    assert people_in(handing, second) == people_in(handing, first) - FrozenBitMap([gone])
    assert [d.number for d in handing._house.disclosures.of(gone)] == [1]


def test_consent_to_what_is_handed_over_is_needed_beside_that_to_what_the_segment_reads(
    handing: Workspace,
) -> None:
    location = frozenset({Category("location")})
    handing.record_consent(
        number(GARDENER), act=Act.WITHDRAW, purpose=MARKETING, categories=location
    )
    handing.run_segments(["gardeners"])  # it reads hobby and purchase, and nobody's country
    ran = handing._house.runs.newest("gardeners")
    assert ran is not None
    assert ordinal(handing, GARDENER) in ran.people
    out = files(handing) / "x.csv"
    handing.export_audience("gardeners", to="mailer", out=out)
    assert people_in(handing, out) == ran.people - FrozenBitMap([ordinal(handing, GARDENER)])


# --- refusals: each changes nothing --------------------------------------------------------------


@pytest.mark.parametrize(
    ("segment", "to", "refusal"),
    [
        ("gardeners", "nobody", UnknownRecipientError),
        ("nothing", "mailer", UnknownReportError),
        ("gardeners", "bookkeeper", HandOverRefusedError),  # is named, and gets nobody
        ("confiding", "mailer", HandOverRefusedError),  # is not named for this purpose
        ("confiding", "panel", HandOverRefusedError),  # would be told of diaries
        ("diarists", "mailer", PolicyError),  # the segmenter may not read what it reads
    ],
)
def test_what_the_policy_does_not_name_is_refused_before_anything_is_read(
    handing: Workspace, segment: str, to: str, refusal: type[Exception]
) -> None:
    out = files(handing) / "never.csv"
    handing.role = StaffRole.ANALYST
    with pytest.raises(refusal):
        handing.export_audience(segment, to=to, out=out)
    nothing_changed(handing, out)
    denied = log_of(handing, Kind.ACCESS_DENIED)
    assert bool(denied) == issubclass(refusal, PolicyError)


def test_a_file_that_is_there_or_of_no_format_of_ours_is_refused(handing: Workspace) -> None:
    there = files(handing) / "there.csv"
    there.write_text("something")
    tried = ((there, AnswerThereError), (there.with_suffix(".xls"), AudienceFormatError))
    for out, refusal in tried:
        with pytest.raises(refusal):
            handing.export_audience("gardeners", to="mailer", out=out)
    assert there.read_text() == "something"
    assert not log_of(handing, Kind.ACCESS_INTENT)


@pytest.mark.parametrize("role", sorted(set(StaffRole) - {StaffRole.MARKETER, StaffRole.ANALYST}))
def test_only_marketers_and_analysts_hand_people_over(handed: Workspace, role: StaffRole) -> None:
    before = len(handed._house.disclosures.all())
    with pytest.raises(RoleError):
        _hand_over_as(handed, role)
    handed.role = None
    assert len(handed._house.disclosures.all()) == before


def _hand_over_as(ws: Workspace, role: StaffRole) -> None:
    ws.role = role  # the maker may not even hold it
    ws.export_audience("gardeners", to="mailer", out=files(ws) / "no.csv")


def test_a_dry_run_reads_nothing(handing: Workspace) -> None:
    told = handing.plan_audience("gardeners", to="mailer")
    assert (told.identifier, told.attributes, told.path) == ("email", ("country", "hobby"), None)
    assert not log_of(handing, Kind.ACCESS_INTENT)
    assert not handing._house.disclosures.all()


def test_a_file_that_cannot_be_written_hands_nobody_over(handing: Workspace) -> None:
    blocked = files(handing) / "blocked"
    blocked.write_text("a file, and no folder")
    with pytest.raises(AnswerNotWrittenError):
        handing.export_audience("gardeners", to="mailer", out=blocked / "x.csv")
    assert not handing._house.disclosures.all()
    assert [e.entry.outcome for e in log_of(handing, Kind.EXPORT)] == [Outcome.OK, Outcome.FAILED]
    assert handing.audit_verify()["ok"]


def test_a_narrower_policy_hands_less_over_from_that_moment(handing: Workspace) -> None:
    handing.export_audience("gardeners", to="mailer", out=files(handing) / "1.csv")
    narrower = RECIPIENTS.replace("attributes: [country, hobby]", "attributes: [country]")
    hands_over(handing, recipients=narrower)
    handing.export_audience("gardeners", to="mailer", out=files(handing) / "2.csv")
    assert set(rows(files(handing) / "2.csv")[0]) == {"email", "country"}


# --- who was told of whom ------------------------------------------------------------------------


def test_a_person_is_told_every_recipient_and_what_it_got(handed: Workspace) -> None:
    got = recipients_of(handed._house, ordinal(handed, GARDENER))
    assert [(g.title, g.country, g.fields) for g in got] == [
        ("Example Mail", "DE", ("email", "country", "hobby")),
        ("Example Broker", "US", ("pseudonym", "country")),
    ]
    strangers = handed._house.vault.population.enrolled() - people_in(
        handed, files(handed) / "mailer.csv"
    )
    assert recipients_of(handed._house, Ordinal(min(strangers))) == []


def test_a_breach_at_a_recipient_concerns_whom_it_was_handed_and_what(handed: Workspace) -> None:
    facts = handed.breach(BreachAsked(recipients=frozenset({"mailer"})))
    path = files(handed) / "mailer.csv"
    assert (facts.nature, facts.people, facts.certain) == (
        "at a recipient", len(rows(path)), len(rows(path)),
    )  # fmt: skip
    assert facts.attributes == ("country", "email", "hobby")
    assert "purchases" in facts.categories  # of which being in the segment tells
    assert [h.recipient for h in facts.handed] == ["mailer"]


def test_a_leaked_segment_tells_to_whom_it_had_gone(handed: Workspace) -> None:
    facts = handed.breach(BreachAsked(wanted=Wanted(segments=frozenset({"gardeners"}))))
    assert {h.recipient for h in facts.handed} == {"mailer", "broker"}


def test_a_recipient_that_nobody_knows_and_two_breaches_at_once_are_refused(
    handed: Workspace,
) -> None:
    with pytest.raises(UnknownRecipientError):
        handed.breach(BreachAsked(recipients=frozenset({"nobody"})))
    both = BreachAsked(recipients=frozenset({"mailer"}), sources=frozenset({"members"}))
    with pytest.raises(TwoBreachesError):
        handed.breach(both)


# --- the record of it ----------------------------------------------------------------------------


def test_a_hand_over_that_was_changed_or_taken_away_is_noticed(handing: Workspace) -> None:
    handing.export_audience("gardeners", to="mailer", out=files(handing) / "x.csv")
    house = handing._house
    assert handing.audit_verify()["ok"]
    with house.db.transaction():
        house.db.raw("UPDATE disclosure SET recipient = 'broker'")
    assert any("hand-over 1" in f for f in handing.audit_verify()["findings"])
    with house.db.transaction():
        house.db.raw("DELETE FROM disclosure")
    assert any("is gone" in f for f in handing.audit_verify()["findings"])


def test_hand_overs_are_kept_as_long_as_the_bodies_of_the_log(
    handing: Workspace, clock: club.Clock
) -> None:
    handing.export_audience("gardeners", to="mailer", out=files(handing) / "x.csv")
    house = handing._house
    handing.expire()
    assert house.disclosures.all()
    clock.pass_(days=3 * 366 + 31)
    assert keeping.expire(house, role=StaffRole.ENGINEER, dry_run=True) == 1
    assert keeping.expire(house, role=StaffRole.ENGINEER) == 1
    assert not house.disclosures.all()
    assert not house.db.raw("SELECT kind FROM wrapped_key WHERE kind = 'disclosure'")
