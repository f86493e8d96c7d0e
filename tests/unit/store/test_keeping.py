# SPDX-License-Identifier: Apache-2.0
"""Editions, releases, memberships, case files and policies: kept as given, forgotten as told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pyroaring import FrozenBitMap
from sqlalchemy import Delete, Update, delete, update
from sqlmodel import col

from privseg.audit.touched import BUCKET, cut
from privseg.dsr.asked import Asked, Correction
from privseg.dsr.case import CaseState, CaseStateError, Step, StepKind
from privseg.dsr.clock import Deadlines
from privseg.dsr.kinds import RequestKind
from privseg.frames import Edition
from privseg.store import (
    Database,
    Membership,
    MembershipHead,
    Origin,
    PolicyDigestError,
    RegisterOrderError,
    RowRefusedError,
    Shared,
    SqlCases,
    SqlEditions,
    SqlPolicies,
    SqlReleases,
    SqlRuns,
    StoredRelease,
    UnknownCaseError,
    UnknownEditionError,
)
from privseg.store.refusals import MembershipBrokenError
from privseg.store.tables_segment import MembershipBucketRow, MembershipPageRow, MembershipRow
from privseg.terms import Attribute, Category, Jurisdiction, Ordinal, Purpose
from privseg.vault import SealBrokenError
from tests.twins.case_seals import MemoryCaseSeals
from tests.twins.memory_seals import MemoryPageSeals
from tests.twins.on_disk import on_disk

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
FIRST = Edition("0a" * 16, snapshot=1, ledger_position=40, at=NOW)
SECOND = Edition("0b" * 16, snapshot=2, ledger_position=41, at=NOW + timedelta(days=1))
RELEASE = StoredRelease(
    register_index=0,
    leaf=b"leaf of the first",
    statement=b'{"statement":1}',
    plan_hash="ab" * 32,
    edition_id=FIRST.edition_id,
    created_at=NOW,
    salt=b"salt that stays inside the house",
)
ADA, GRACE, FAR = Ordinal(1), Ordinal(65_537), Ordinal(70_000)  # two of one bucket


@pytest.fixture
def db(where: Path | Shared) -> Iterator[Database]:
    with Database.create(where) as database:
        yield database


# --- editions


def test_the_edition_opened_last_is_the_current_one(db: Database) -> None:
    editions = SqlEditions(db)
    assert editions.current_edition() is None
    editions.open_edition(SECOND, opened_at=NOW)
    editions.open_edition(FIRST, opened_at=NOW)
    assert editions.current_edition() == FIRST
    assert editions.find(SECOND.edition_id) == SECOND


def test_an_unknown_edition_is_an_error(db: Database) -> None:
    with pytest.raises(UnknownEditionError) as refused:
        SqlEditions(db).find("ff" * 16)
    assert refused.value.edition_id == "ff" * 16


def test_an_edition_is_opened_once(db: Database) -> None:
    editions = SqlEditions(db)
    editions.open_edition(FIRST, opened_at=NOW)
    with pytest.raises(RowRefusedError):
        editions.open_edition(replace(FIRST, snapshot=9), opened_at=NOW)
    assert editions.current_edition() == FIRST


# --- releases


def test_releases_stand_in_the_order_of_the_register(db: Database) -> None:
    releases = SqlReleases(db)
    second = replace(RELEASE, register_index=1, leaf=b"second", edition_id=SECOND.edition_id)
    assert (releases.size(), releases.leaves()) == (0, [])
    releases.add(RELEASE)
    releases.add(second)
    assert releases.size() == 2
    assert releases.leaves() == [b"leaf of the first", b"second"]
    assert releases.all() == [RELEASE, second]


@pytest.mark.parametrize("index", [0, 2])
def test_a_release_takes_the_registers_next_place_or_none(db: Database, index: int) -> None:
    releases = SqlReleases(db)
    releases.add(RELEASE)
    late = replace(RELEASE, register_index=index, edition_id=SECOND.edition_id)
    with pytest.raises(RegisterOrderError) as refused:
        releases.add(late)
    assert (refused.value.index, refused.value.size) == (index, 1)
    assert releases.all() == [RELEASE]


def test_the_same_plan_on_the_same_edition_is_answered_once(db: Database) -> None:
    releases = SqlReleases(db)
    releases.add(RELEASE)
    with pytest.raises(RowRefusedError):
        releases.add(replace(RELEASE, register_index=1, leaf=b"again"))
    assert releases.all() == [RELEASE]
    found = releases.find(plan_hash=RELEASE.plan_hash, edition_id=FIRST.edition_id)
    assert found == RELEASE
    assert releases.find(plan_hash=RELEASE.plan_hash, edition_id=SECOND.edition_id) is None
    assert releases.find(plan_hash="cd" * 32, edition_id=FIRST.edition_id) is None


def test_the_salt_stays_out_of_sight() -> None:
    assert "stays inside" not in repr(RELEASE)


# --- memberships


def membership(
    run: str, segment: str, *people: int, day: int = 0, origin: Origin = Origin.REPORT
) -> Membership:
    return Membership(
        run_id=run,
        segment=segment,
        version=f"{segment}-v1",
        edition_id=FIRST.edition_id,
        at=NOW + timedelta(days=day),
        people=FrozenBitMap(people),
        origin=origin,
        policy="ab" * 32,
        purpose=Purpose("marketing"),
        reads=frozenset({Attribute("purchase"), Attribute("country")}),
        reveals=frozenset({Category("health")}),
    )


def test_memberships_are_kept_by_run_and_by_segment(db: Database) -> None:
    runs = SqlRuns(db, MemoryPageSeals())
    first = [membership("r1", "lapsed", ADA, GRACE), membership("r1", "new")]
    second = membership("r2", "lapsed", GRACE, day=1)
    runs.record([second])
    runs.record(first)
    runs.record([])
    assert runs.of_run("r1") == first
    assert runs.of_run("r9") == []
    assert runs.history("lapsed") == [first[0], second]
    assert names(runs.containing(ADA)) == [("r1", "lapsed")]
    asked = [(head.found, is_in) for head, is_in in runs.asked_of(ADA)]
    assert asked == [(("r1", "lapsed"), True), (("r1", "new"), False), (("r2", "lapsed"), False)]
    assert runs.containing(ADA)[0].holding(first[0].people) == first[0]


def test_a_run_says_once_whom_it_found(db: Database) -> None:
    runs = SqlRuns(db, MemoryPageSeals())
    runs.record([membership("r1", "lapsed", ADA)])
    with pytest.raises(RowRefusedError):
        runs.record([membership("r1", "new"), membership("r1", "lapsed")])
    assert runs.of_run("r1") == [membership("r1", "lapsed", ADA)]


def test_a_forgotten_person_is_in_no_membership_and_others_buckets_stay(db: Database) -> None:
    seals = MemoryPageSeals()
    runs = SqlRuns(db, seals)
    runs.record([membership("r1", "lapsed", ADA, GRACE, FAR)])
    runs.record([membership("r2", "new", ADA, FAR)])
    before, keys = pages(db), dict(seals.keys)
    disk = on_disk(db)
    assert all(blob in disk for blob in before.values())
    assert runs.forget(GRACE) == 1
    assert runs.containing(GRACE) == []
    assert runs.of_run("r1") == [membership("r1", "lapsed", ADA, FAR)]
    assert runs.of_run("r2") == [membership("r2", "new", ADA, FAR)]
    disk = on_disk(db)
    theirs = {place: blob for place, blob in before.items() if place[2] == GRACE // BUCKET}
    assert (len(theirs), len(before)) == (2, 4)
    assert not any(blob in disk for blob in theirs.values()), "also where nothing changed"
    assert before.items() - theirs.items() <= pages(db).items(), "other buckets are left alone"
    assert [name for name in keys if name not in seals.keys] == ["k3"], "the bucket's old key"
    assert runs.forget(GRACE) == 0


def test_what_was_forgotten_opens_with_no_key_that_is_left(db: Database) -> None:
    seals = MemoryPageSeals()
    runs = SqlRuns(db, seals)
    runs.record([membership("r1", "lapsed", GRACE)])
    ((place, blob),) = pages(db).items()
    runs.forget(GRACE)
    for run in seals.keys.values():
        for bucket in seals.keys.values():
            with pytest.raises(SealBrokenError):
                seals.unseal(run, bucket, "/".join(map(str, place)), blob)


def test_a_person_is_put_into_and_taken_out_of_what_runs_found(db: Database) -> None:
    seals = MemoryPageSeals()
    runs = SqlRuns(db, seals)
    runs.record([membership("r1", "lapsed", ADA), membership("r1", "new", FAR)])
    before = pages(db)
    assert runs.amend(ADA, {}) == 0
    assert pages(db) == before
    assert runs.amend(ADA, {("r1", "lapsed"): False, ("r1", "new"): True}) == 2
    assert runs.of_run("r1") == [membership("r1", "lapsed"), membership("r1", "new", ADA, FAR)]
    assert runs.amend(GRACE, {("r1", "new"): False}) == 1  # she was not in it
    assert runs.amend(2 * BUCKET, {("r1", "lapsed"): True}) == 1  # nobody of the bucket was
    assert runs.of_run("r1") == [
        membership("r1", "lapsed", 2 * BUCKET), membership("r1", "new", ADA, FAR),
    ]  # fmt: skip


def test_nothing_of_a_membership_is_on_the_disk_in_clear(db: Database) -> None:
    SqlRuns(db, MemoryPageSeals()).record([membership("r1", "lapsed", GRACE, FAR)])
    ((_, clear),) = cut(FrozenBitMap([GRACE, FAR]))
    assert clear not in on_disk(db)


def test_a_sealed_page_opens_in_its_own_place_only(db: Database) -> None:
    runs = SqlRuns(db, MemoryPageSeals())
    runs.record([membership("r1", "lapsed", ADA), membership("r1", "new", 2)])
    moved = pages(db)["r1", "lapsed", 0]
    change = update(MembershipPageRow).where(col(MembershipPageRow.segment) == "new")
    db.execute(change.values(people=moved))
    with pytest.raises(SealBrokenError):
        runs.history("new")
    with pytest.raises(SealBrokenError):
        runs.containing(ADA)


@pytest.mark.parametrize(
    "gone",
    [
        delete(MembershipPageRow).where(col(MembershipPageRow.bucket) == 1),
        delete(MembershipBucketRow).where(col(MembershipBucketRow.bucket) == 1),
        update(MembershipRow).values(buckets=b"no set"),
    ],
    ids=["page", "key", "row"],
)
def test_a_set_that_is_not_whole_is_refused_and_never_read_as_smaller(
    db: Database, gone: Delete | Update
) -> None:
    runs = SqlRuns(db, MemoryPageSeals())
    runs.record([membership("r1", "lapsed", ADA, FAR)])
    db.execute(gone)
    with pytest.raises(MembershipBrokenError):
        runs.of_run("r1")
    if not isinstance(gone, Update):
        assert names(runs.containing(ADA)) == [("r1", "lapsed")], "other buckets are whole"
    with pytest.raises(MembershipBrokenError):
        runs.containing(FAR)
    with pytest.raises(MembershipBrokenError):
        runs.forget(FAR)


def test_the_last_run_of_a_segment_is_told_and_reports_are_none(db: Database) -> None:
    runs = SqlRuns(db, MemoryPageSeals())
    assert runs.newest("lapsed") is None
    older, newer = (
        membership(run, "lapsed", ADA, day=day, origin=Origin.RUN)
        for run, day in (("r1", 0), ("r2", 1))
    )
    runs.record([newer])
    runs.record([older])
    runs.record([membership("r3", "lapsed", GRACE, day=2)])
    assert runs.newest("lapsed") == newer
    assert runs.last_runs() == {"lapsed": (newer.at, newer.version)}


def test_memberships_go_when_their_time_is_over_and_their_keys_with_them(db: Database) -> None:
    seals = MemoryPageSeals()
    runs = SqlRuns(db, seals)
    runs.record([membership("r1", "lapsed", ADA, FAR)])
    runs.record([membership("r2", "lapsed", ADA, day=2)])
    before = pages(db)
    usual = NOW - timedelta(days=9)
    limit = {Purpose("marketing"): NOW + timedelta(days=1)}
    assert runs.expire({}, usual=usual) == 0
    assert runs.ended(limit, usual=usual) == 1
    assert runs.expire(limit, usual=usual) == 1
    assert [m.run_id for m in runs.history("lapsed")] == ["r2"]
    assert len(seals.keys) == 2, "the second run's, and the one of the bucket that has a page"
    assert set(pages(db)) == {("r2", "lapsed", 0)}
    old = before["r1", "lapsed", 0]
    for run in seals.keys.values():
        for bucket in seals.keys.values():
            with pytest.raises(SealBrokenError):
                seals.unseal(run, bucket, "r1/lapsed/0", old)


def names(heads: Iterable[MembershipHead]) -> list[tuple[str, str]]:
    """Return run and segment of memberships."""
    return [head.found for head in heads]


def pages(db: Database) -> dict[tuple[str, str, int], bytes]:
    """Return what is stored of the memberships, sealed."""
    rows = db.raw("SELECT run_id, segment, bucket, people FROM membership_page")
    return {(str(r), str(s), int(b)): bytes(people) for r, s, b, people in rows}


def test_people_stay_out_of_sight() -> None:
    assert "65537" not in repr(membership("r1", "lapsed", GRACE))


# --- cases


def open_case(
    cases: SqlCases,
    subject: Ordinal | None = ADA,
    *,
    asked: Asked | None = None,
    asker: bytes | None = None,
) -> int:
    return cases.open_case(
        RequestKind.ACCESS,
        received_at=NOW,
        deadlines=Deadlines("GDPR Art. 12(3)", date(2026, 4, 2), date(2026, 4, 7)),
        jurisdiction=Jurisdiction("DE"),
        subject=subject,
        asked=asked,
        asker=asker,
    ).number


def kept(db: Database) -> SqlCases:
    return SqlCases(db, MemoryCaseSeals())


WISH = Asked(
    purpose=Purpose("marketing"),
    categories=frozenset({Category("contact")}),
    corrections=(Correction("crm", "city", "Berlin", row=None),),
    language="de",
    statement="please make it Berlin, where I live now",
)


def test_a_case_is_read_as_it_was_opened(db: Database) -> None:
    cases = kept(db)
    case = cases.open_case(
        RequestKind.ERASURE,
        received_at=NOW,
        deadlines=Deadlines("CCPA", date(2026, 4, 16), date(2026, 4, 16), date(2026, 3, 16)),
        jurisdiction=None,
        subject=None,
        manner="form",
        asked=WISH,
        duplicate_of=7,
        appeal_of=8,
    )
    assert (case.number, case.kind, case.received_at) == (1, RequestKind.ERASURE, NOW)
    assert case.deadlines.confirm_by == date(2026, 3, 16)
    assert (case.jurisdiction, case.state, case.steps) == (None, CaseState.RECEIVED, ())
    assert (case.manner, case.duplicate_of, case.appeal_of) == ("form", 7, 8)
    assert (cases.subject(1), cases.body(1), cases.asked(1)) == (None, None, WISH)
    assert cases.case(1) == case
    assert open_case(cases) == 2
    assert (cases.case(2).jurisdiction, cases.asked(2)) == ("DE", Asked())
    assert [each.number for each in cases.all()] == [1, 2]


def test_a_case_is_the_fold_of_its_steps(db: Database) -> None:
    cases = kept(db)
    number = open_case(cases)
    later = {"answer_by": "2026-06-02", "legal_limit": "2026-06-02"}
    cases.record_step(number, StepKind.EXTENDED, at=NOW, facts=later)
    cases.record_step(number, StepKind.RUNNING, at=NOW)
    case = cases.record_step(number, StepKind.DONE, at=NOW + timedelta(hours=1))
    assert case.state is CaseState.DONE
    assert case.steps == (
        Step(StepKind.EXTENDED, NOW, later),
        Step(StepKind.RUNNING, NOW),
        Step(StepKind.DONE, NOW + timedelta(hours=1)),
    )
    assert case.deadlines.answer_by == date(2026, 6, 2)
    with pytest.raises(CaseStateError):
        cases.record_step(number, StepKind.RUNNING, at=NOW)
    assert cases.case(number) == case
    assert cases.all() == [case]


def test_a_case_that_is_not_there_is_an_error(db: Database) -> None:
    cases = kept(db)
    for ask in (cases.case, cases.subject, cases.body, cases.asked, cases.papers):
        with pytest.raises(UnknownCaseError) as refused:
            ask(5)
        assert refused.value.number == 5
    with pytest.raises(UnknownCaseError):
        cases.record_step(5, StepKind.RUNNING, at=NOW)
    with pytest.raises(UnknownCaseError):
        cases.keep_paper(5, "letter", b"x", at=NOW)
    with pytest.raises(UnknownCaseError):
        cases.forget_case(5)


def test_papers_are_sealed_and_read_in_order(db: Database) -> None:
    cases = kept(db)
    mine, other = open_case(cases), open_case(cases, GRACE)
    text = b"Dear Ada, we have received your request of today. " * 2
    assert cases.keep_paper(mine, "received", text, at=NOW)
    assert cases.keep_paper(mine, "done", b"Dear Ada", at=NOW + timedelta(hours=1))
    assert [(p.name, p.at, p.text) for p in cases.papers(mine)] == [
        ("received", NOW, text),
        ("done", NOW + timedelta(hours=1), b"Dear Ada"),
    ]
    assert cases.papers(other) == []
    assert "Ada" not in repr(cases.papers(mine))
    assert text not in on_disk(db)


def test_a_forgotten_person_leaves_a_case_of_nobody(db: Database) -> None:
    seals = MemoryCaseSeals()
    cases = SqlCases(db, seals)
    mine, other = open_case(cases, asked=WISH), open_case(cases, GRACE, asked=WISH)
    cases.keep_paper(mine, "received", b"Dear Ada", at=NOW)
    cases.record_step(mine, StepKind.RUNNING, at=NOW)
    assert [case.number for case in cases.of_subject(ADA)] == [mine]
    assert cases.forget(ADA) == 1
    assert (cases.subject(mine), cases.asked(mine), cases.papers(mine)) == (None, Asked(), [])
    assert cases.of_subject(ADA) == []
    assert cases.case(mine).state is CaseState.RUNNING
    assert (cases.subject(other), cases.asked(other)) == (GRACE, WISH)
    assert set(seals.keys) == {other}
    assert not cases.keep_paper(mine, "erased", b"Dear Ada", at=NOW)
    assert (cases.papers(mine), set(seals.keys)) == ([], {other})
    cases.keep_body(mine, b"a receipt about nobody")
    assert cases.body(mine) == b"a receipt about nobody"


def test_somebody_unknown_is_marked_until_their_case_is_forgotten(db: Database) -> None:
    cases = kept(db)
    number = open_case(cases, None, asker=b"mark")
    assert (cases.asker(number), [c.number for c in cases.of_asker(b"mark")]) == (b"mark", [number])
    cases.forget_case(number)
    assert (cases.asker(number), cases.of_asker(b"mark")) == (None, [])


# --- policies


def test_every_policy_that_was_in_force_can_be_read_again(db: Database) -> None:
    policies = SqlPolicies(db)
    assert policies.remember("d1", b"one", at=NOW)
    assert policies.remember("d0", b"two", at=NOW + timedelta(days=1))
    assert not policies.remember("d1", b"one", at=NOW + timedelta(days=2))
    assert (policies.text("d1"), policies.text("d0")) == (b"one", b"two")
    assert policies.digests() == ["d1", "d0"]


def test_one_digest_has_one_text(db: Database) -> None:
    policies = SqlPolicies(db)
    policies.remember("d1", b"one", at=NOW)
    with pytest.raises(PolicyDigestError):
        policies.remember("d1", b"another", at=NOW)
    with pytest.raises(PolicyDigestError):
        policies.text("d2")
    assert policies.text("d1") == b"one"
