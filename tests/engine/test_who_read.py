# SPDX-License-Identifier: Apache-2.0
"""Who read my data: every run that read a person is told, whatever happened since."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome, text_to_people
from privseg.audit.reads import Concern
from privseg.audit.wanted import Wanted
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.errors import RoleError
from privseg.engine.who.index import check_touched
from privseg.engine.who.views import Bound
from privseg.errors import PrivsegError
from privseg.frames import Consented
from privseg.store.touched_ports import ReadIndexBehindError
from privseg.terms import Purpose, StaffRole, SubjectId
from tests.twins import club
from tests.twins.club import log_of, number, ordinal
from tests.twins.naive_who import concerns, naive_person

READ, POSSIBLE, UNKNOWN = map(str, (Concern.READ, Concern.POSSIBLE, Concern.UNKNOWN))


class PowerCut(BaseException):
    """The process is gone: nothing more is written."""


@dataclass
class Watch:
    """Stands at the port that reads rows, and writes down for itself whom each plan could read."""

    read: dict[str, FrozenBitMap] = field(default_factory=dict)
    cut: bool = False  # the next read ends in a power cut
    fail: bool = False  # the next read ends in an error

    @contextmanager
    def on(self, ws: Workspace) -> Iterator[Watch]:
        compute = ws._house.compute
        through = compute.open

        def watched(plan: Consented, reads: Any) -> Any:
            self.read[plan.run_id] = FrozenBitMap(plan.eligible)
            if self.cut or self.fail:
                raise PowerCut if self.cut else ValueError
            return through(plan, reads)

        compute.open = watched  # type: ignore[method-assign]
        try:
            yield self
        finally:
            del compute.open


def attempt(act: Callable[[], object]) -> None:
    with suppress(PrivsegError, PowerCut):
        act()


def grow(ws: Workspace, watch: Watch, clock: club.Clock, dice: random.Random, steps: int) -> None:
    """Let a random history happen: runs, reports, failures, power cuts, changes of mind, links."""
    members = club.crowd(60)
    for _ in range(steps):
        clock.pass_(minutes=dice.randrange(1, 2_000))
        who, other = dice.sample(members, 2)
        watch.cut, watch.fail = dice.random() < 0.15, dice.random() < 0.15
        acts = _acts(ws, dice, number(who), number(other))
        attempt(dice.choice([*acts[:3], *acts]))
        watch.cut = watch.fail = False


def _acts(
    ws: Workspace, dice: random.Random, who: SubjectId, other: SubjectId
) -> list[Callable[[], object]]:
    return [
        lambda: ws.run_segments(dice.sample(["buyers", "gardeners", "diarists"], 2)),
        lambda: ws.run_segments(["gardeners"]),
        lambda: ws.report(dice.choice(["overview", "sizes", "forbidden"])),
        ws.open_edition,
        lambda: ws.record_consent(who, act="withdraw", purpose=Purpose("marketing")),
        lambda: ws.record_consent(who, act="merge", other=other),
    ]


@pytest.mark.parametrize("seed", [3, 11])
def test_every_run_that_read_a_person_is_told_and_no_other(
    small: Workspace, clock: club.Clock, seed: int
) -> None:
    with Watch().on(small) as watch:
        grow(small, watch, clock, random.Random(seed), steps=16)
    runs = [e.entry.header["run"] for e in log_of(small, Kind.ACCESS_INTENT)]
    assert len(watch.read) >= 6
    assert set(watch.read) <= set(runs)
    for member in club.crowd(60)[::7]:
        profiles = small._house.ledger.linked(FrozenBitMap([ordinal(small, member)]))
        told = small.who_read_person(number(member))
        wanted = {name for name, people in watch.read.items() if not profiles.isdisjoint(people)}
        assert {r.run.run for r in told.reads} == wanted
        assert told.whole
        assert concerns(told) == naive_person(small._house.log.entries(), profiles)
    assert check_touched(small._house) == []


def test_a_run_that_was_cut_short_may_have_read_everybody_it_could(
    small: Workspace,
) -> None:
    member = club.crowd(60)[0]
    with Watch(cut=True).on(small), pytest.raises(PowerCut):
        small.run_segments(["gardeners"])
    (read,) = small.who_read_person(number(member)).reads
    assert (read.concern, read.run.ended, read.found_in) == (POSSIBLE, None, ())
    counted = small.who_read()
    assert (counted.people_read, counted.bound) == (0, Bound.AT_MOST)
    assert counted.people == len(
        text_to_people(log_of(small, Kind.ACCESS_INTENT)[0].body["eligible"])
    )


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A club with two runs a day apart, a failed one and a refused one. It is only asked."""
    clock = club.Clock()
    folder = tmp_path_factory.mktemp("busy")
    with club.found(folder, club.crowd(60), outside=Outside(clock=clock)) as ws:
        ws.run_segments(["gardeners"])
        clock.pass_(days=1)
        ws.report("overview")
        clock.pass_(days=1)
        with Watch(fail=True).on(ws):
            attempt(lambda: ws.report("sizes"))
        attempt(lambda: ws.report("forbidden"))
        clock.pass_(days=1)
        yield ws


CHOICES: list[tuple[Wanted, int]] = [
    (Wanted(), 3),
    (Wanted(attributes=frozenset({"hobby"})), 3),
    (Wanted(attributes=frozenset({"purchase.amount"})), 1),
    (Wanted(attributes=frozenset({"diary"})), 0),
    (Wanted(categories=frozenset({"interests"})), 3),
    (Wanted(categories=frozenset({"secrets"})), 0),
    (Wanted(purposes=frozenset({"marketing"})), 3),
    (Wanted(purposes=frozenset({"care"})), 0),
    (Wanted(segmenters=frozenset({"letters"})), 3),
    (Wanted(segments=frozenset({"buyers"})), 1),
    (Wanted(reports=frozenset({"overview"})), 1),
    (Wanted(roles=frozenset({"marketer"})), 3),
    (Wanted(roles=frozenset({"analyst"})), 0),
    (Wanted(users=frozenset({"nobody.here"})), 0),
    (Wanted(since=club.NOW + timedelta(days=1)), 2),
    (Wanted(until=club.NOW + timedelta(days=1)), 1),
    (Wanted(since=club.NOW, until=club.NOW), 0),
    (Wanted(since=club.NOW + timedelta(hours=2), until=club.NOW + timedelta(days=2)), 1),
]


@pytest.mark.parametrize(("wanted", "runs"), CHOICES)
def test_runs_are_found_by_what_they_read_for_what_by_whom_and_when(
    busy: Workspace, wanted: Wanted, runs: int
) -> None:
    found = busy.who_read(wanted)
    assert (len(found.runs), found.unsure) == (runs, ())


def test_the_number_of_people_is_that_of_everybody_whom_the_runs_could_read(
    busy: Workspace,
) -> None:
    intents = [text_to_people(e.body["eligible"]) for e in log_of(busy, Kind.ACCESS_INTENT)]
    found = busy.who_read()
    assert found.people == len(FrozenBitMap.union(*intents))
    assert [run.people for run in found.runs] == [len(people) for people in intents]
    assert [run.concern for run in found.runs] == [READ, READ, POSSIBLE]


def test_refused_attempts_are_told_beside_the_runs(busy: Workspace) -> None:
    (denied,) = busy.who_read(Wanted(attributes=frozenset({"diary"}))).denied
    assert (denied.segmenter, denied.attributes, denied.reason) == ("letters", ("diary",), "policy")


def test_a_run_says_whose_keyboard_it_was_to_whoever_may_ask(busy: Workspace) -> None:
    user = busy._house.outside.user()
    assert {run.run.user for run in busy.who_read(Wanted(users=frozenset({user}))).runs} == {user}


def test_a_question_about_a_person_is_on_the_log_before_it_is_answered_and_commits_to_them(
    busy: Workspace,
) -> None:
    member, before = club.crowd(60)[0], busy._house.log.size
    busy.who_read_person(number(member))
    (entry,) = log_of(busy)[before:]
    assert entry.entry.kind is Kind.ACTOR
    assert entry.entry.actor in {StaffRole.AUDITOR, StaffRole.COMPLIANCE_OFFICER}
    assert dict(entry.entry.header) == {"verb": "who-person"}
    assert text_to_people(entry.body["people"]) == FrozenBitMap([ordinal(busy, member)])
    named = busy.who_read_person(number(member)).named
    assert [n.verb for n in named][-2:] == ["who-person", "who-person"]
    other = busy.who_read_person(number(club.crowd(60)[1])).named
    assert len(other) == 1  # nobody else is told of it


def test_a_question_about_runs_is_on_the_log_with_what_was_asked(busy: Workspace) -> None:
    before = busy._house.log.size
    busy.who_read(Wanted(attributes=frozenset({"hobby"}), since=club.NOW))
    (entry,) = log_of(busy)[before:]
    assert dict(entry.entry.header) == {"verb": "who-read"}
    assert entry.body["asked"] == [["attributes", "hobby"], ["since", club.NOW.isoformat()]]


@pytest.mark.parametrize("role", [StaffRole.MARKETER, StaffRole.ADMIN, StaffRole.ENGINEER])
def test_marketers_and_administrators_may_not_ask(busy: Workspace, role: StaffRole) -> None:
    busy.role = role
    try:
        for ask in (
            busy.who_read,
            lambda: busy.who_read_person(number("M0000")),
            busy.rebuild_reads,
        ):
            with pytest.raises(RoleError):
                ask()
    finally:
        busy.role = None


def test_an_identifier_that_leads_nowhere_is_no_proof_that_nobody_was_read(
    busy: Workspace,
) -> None:
    told = busy.who_read_person(number("N0BODY"))
    assert (told.is_known, told.whole, told.reads) == (False, False, ())
    assert "leads to nobody" in told.limits[0]


def test_after_an_erasure_nobody_is_there_any_more_and_whoever_comes_back_is_somebody_new(
    small: Workspace, tmp_path: Path
) -> None:
    member = club.crowd(60)[0]
    small.run_segments(["gardeners"])
    assert len(small.who_read_person(number(member)).reads) == 1
    case = small.open_request(RequestKind.ERASURE, number(member), identity=IdentityLevel.ACCOUNT)
    small.run_request(case.number, out=tmp_path / "receipt")
    gone = small.who_read_person(number(member))
    assert (gone.is_known, gone.whole, gone.reads) == (False, False, ())
    small._house.vault.lift_suppression(number(member))  # they came back of their own accord
    small.load(club.member_rows([member]), source="members")
    back = small.who_read_person(number(member))
    assert (back.is_known, back.whole, back.reads) == (True, True, ())
    assert any("erased here" in limit for limit in back.limits)
    assert check_touched(small._house) == []


def test_what_a_linked_profile_had_read_is_told_also_when_the_link_is_undone(
    small: Workspace, clock: club.Clock
) -> None:
    one, other = club.crowd(60)[0], club.crowd(60)[7]  # the other one refused
    small.run_segments(["gardeners"])
    assert small.who_read_person(number(other)).reads == ()
    small.record_consent(number(other), act="merge", other=number(one))
    clock.pass_(days=1)
    small.record_consent(number(other), act="unmerge", other=number(one))
    told = small.who_read_person(number(other))
    assert (told.profiles, len(told.reads)) == (2, 1)


def test_a_month_whose_bodies_are_erased_is_unknown_and_says_since_when(
    small: Workspace,
) -> None:
    member = club.crowd(60)[7]  # refused: no run ever read them
    small.run_segments(["gardeners"])
    house = small._house
    assert small.who_read_person(number(member)).reads == ()
    (intent,) = (e.entry.sequence for e in log_of(small, Kind.ACCESS_INTENT))
    erase(small, intent, intent + 1)
    told = small.who_read_person(number(member))
    (read,) = told.reads
    assert (read.concern, read.found_in, told.whole) == (UNKNOWN, None, False)
    assert read.because.startswith("cannot be said any more: erased on 2026-03-02 by entry ")
    counted = small.who_read()
    assert (counted.people, counted.bound) == (0, Bound.AT_LEAST)
    assert [run.people for run in counted.runs] == [None]
    assert len(small.who_read(Wanted(users=frozenset({"nobody.here"}))).unsure) == 1
    assert check_touched(house) == []


def erase(ws: Workspace, first: int, last: int) -> None:
    """Erase bodies as retention does: they are gone, and an entry says so."""
    with ws._house.db.transaction():
        ws._house.log.erase_bodies(range(first, last + 1))
        header: dict[str, str | list[str]] = {"verb": "erase", "erased": [f"{first}-{last}"]}
        ws._house.log.append(AuditEvent(Kind.RETENTION, Outcome.OK, StaffRole.ADMIN, header))


def test_an_index_that_lost_a_row_answers_nothing_is_found_and_is_built_anew(
    small: Workspace,
) -> None:
    member = club.crowd(60)[0]
    small.run_segments(["gardeners"])
    before = concerns(small.who_read_person(number(member)))
    small._house.db.bulk("DELETE FROM touched_head WHERE only = ?", [(1,)])
    with pytest.raises(ReadIndexBehindError):
        small.who_read_person(number(member))
    with pytest.raises(ReadIndexBehindError):
        small.who_read()
    assert check_touched(small._house)
    assert small.rebuild_reads() > 0
    assert check_touched(small._house) == []
    assert concerns(small.who_read_person(number(member))) == before


def test_an_answer_to_a_person_is_whole_even_when_the_index_is_not(
    small: Workspace, tmp_path: Path
) -> None:
    member = club.crowd(60)[0]
    small.run_segments(["gardeners"])
    small._house.db.bulk("DELETE FROM touched_head WHERE only = ?", [(1,)])
    case = small.open_request(RequestKind.ACCESS, number(member), identity=IdentityLevel.ACCOUNT)
    document = json.loads(
        small.run_request(case.number, out=tmp_path, plain=True)[0].read_text("utf-8")
    )
    (read,) = document["who_read_it"]
    assert (read["concern"], read["found_in"]) == (READ, ["gardeners"])


def test_a_month_whose_key_is_destroyed_takes_its_part_of_the_index_and_nothing_else(
    small: Workspace, clock: club.Clock
) -> None:
    member = club.crowd(60)[0]
    small.run_segments(["gardeners"])
    clock.pass_(days=40)
    small.run_segments(["gardeners"])
    log = small._house.log
    first = log.months()[0]
    with small._house.db.transaction():
        gone = log.bodies_of(first)
        log.erase_month(first)
        spans = [str(n) for n in gone]
        header: dict[str, str | list[str]] = {"verb": "expire", "erased": spans}
        log.append(AuditEvent(Kind.RETENTION, Outcome.OK, StaffRole.ADMIN, header))
    told = small.who_read_person(number(member))
    assert [read.concern for read in told.reads] == [UNKNOWN, READ]
    assert check_touched(small._house) == []
    assert small.rebuild_reads() > 0
    assert check_touched(small._house) == []


def test_looking_at_a_person_outside_a_run_is_part_of_their_answer(
    small: Workspace, tmp_path: Path
) -> None:
    subject = number("M0006")
    case = small.open_request(RequestKind.ACCESS, subject, identity=IdentityLevel.ACCOUNT)
    small.run_request(case.number, out=tmp_path / "answer")
    small.consent_of(subject)
    small.consent_receipt(subject)
    small.taint(subject=subject)
    small.export_consents(tmp_path / "one.jsonl", subject=subject)
    told = [named.verb for named in small.who_read_person(subject).named][-7:]
    looks = ["consent-show", "consent-receipt", "consent-taint", "consents", "who-person"]
    assert told == ["open", "running", *looks]
    assert not [n for n in small.who_read_person(number("M0009")).named if n.verb == "open"]
