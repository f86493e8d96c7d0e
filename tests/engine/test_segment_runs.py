# SPDX-License-Identifier: Apache-2.0
"""Finding a segment's members and keeping them: through the gate, free, sealed, never half done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import Kind, Outcome
from privseg.consent import Act
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.engine.errors import UnknownReportError
from privseg.engine.segment.due import EARLY
from privseg.engine.segment.memberships import USUAL_DAYS, members_now
from privseg.engine.segment.running import RunState
from privseg.errors import AuditWriteError, PolicyError
from privseg.store import AuditLogUnwritableError, Membership
from privseg.store.sqlite.connect import APPLICATION_ID
from privseg.terms import Purpose, StaffRole
from privseg.vault import KeyDestroyedError, SealBrokenError
from tests.twins import club
from tests.twins.club import Clock, Counting, last_outcome, log_of, number, ordinal

GARDENER = "M0006"


def kept(ws: Workspace, segment: str) -> Membership:
    """Return what the last run of a segment keeps."""
    found = ws._house.runs.newest(segment)
    assert found is not None
    return found


def write(ws: Workspace, name: str, text: str) -> None:
    """Put a segment file into the workspace, as somebody with an editor would."""
    (ws.folder / "segments" / f"{name}.yaml").write_text(text, "utf-8")
    forget_rules(ws)


def forget_rules(ws: Workspace) -> None:
    """Read the rules anew, as a new process would."""
    ws._house.forget_rules()


def schedule(ws: Workspace, name: str, every: str) -> None:
    write(ws, name, club.SEGMENTS[name] + f"every: {every}\n")


def states(ran: Any) -> dict[str, str]:
    return {r.segment: str(r.state) for r in ran}


# --- what a run does -----------------------------------------------------------------------------


def test_a_run_finds_whom_a_report_counts_and_says_so_on_the_log(small: Workspace) -> None:
    small.run_segments(["gardeners"])
    found = kept(small, "gardeners").people
    assert found
    assert last_outcome(small).members == {"gardeners": found}
    assert found == club.internal(small, "sizes").members["gardeners"]


def test_a_run_releases_no_number_and_is_charged_nothing(small: Workspace) -> None:
    before = small.budget()
    (ran,) = small.run_segments(["gardeners"])
    assert small.budget() == before
    assert not small._house.releases.all()
    assert not any(isinstance(getattr(ran, slot), int) for slot in ran.__slots__)


def test_the_log_still_holds_and_its_charges_are_those_of_the_budget(small: Workspace) -> None:
    small.run_segments(["gardeners"])
    small.report("sizes")
    verified = small.audit_verify()
    assert (verified["ok"], verified["findings"]) == (True, [])


def test_what_is_kept_names_its_definition_its_edition_and_its_policy(small: Workspace) -> None:
    (ran,) = small.run_segments(["gardeners"])
    membership, house = kept(small, "gardeners"), small._house
    assert membership.version == ran.version == house.segments.version("gardeners")
    assert membership.edition_id == ran.edition_id
    assert membership.policy == house.policy.digest
    assert house.definitions.text(ran.version)


def test_segments_that_need_the_same_consents_are_one_plan_and_one_read(small: Workspace) -> None:
    write(small, "shoppers", "segment: shoppers\nsegmenter: letters\nwhere: {event: purchase}\n")
    counting = Counting(small._house)
    small.run_segments(["buyers", "shoppers"])
    assert counting.opens == 1
    assert set(last_outcome(small).members) == {"buyers", "shoppers"}
    small.run_segments(["buyers", "gardeners"])  # the second reads interests, too
    assert counting.opens == 3


def test_who_needs_more_consents_is_not_asked_for_by_a_segment_beside(small: Workspace) -> None:
    """Sharing a read never narrows or widens who is eligible for a segment."""
    alone = {n: kept(small, n).people for n in ("buyers",) if small.run_segments([n])}
    small.run_segments(["buyers", "gardeners"])
    assert kept(small, "buyers").people == alone["buyers"]


def test_a_segment_that_the_policy_refuses_does_not_stop_the_others(small: Workspace) -> None:
    ran = small.run_segments(["diarists", "gardeners"])
    assert states(ran) == {"diarists": "refused", "gardeners": "done"}
    assert "diary" in ran[0].why
    assert log_of(small, Kind.ACCESS_DENIED)[-1].entry.header["reason"] == "policy"
    assert small._house.runs.newest("diarists") is None


def test_a_file_with_mistakes_does_not_stop_the_others(small: Workspace) -> None:
    write(small, "broken", "segment: broken\nsegmenter: letters\nwhere: {attribute: hobbi}\n")
    ran = small.run_segments(["broken", "gardeners"])
    assert states(ran) == {"broken": "failed", "gardeners": "done"}
    assert "hobb" in ran[0].why


def test_an_engine_that_fails_on_one_segment_does_not_stop_the_others(small: Workspace) -> None:
    write(small, "shoppers", "segment: shoppers\nsegmenter: letters\nwhere: {event: purchase}\n")
    failing = Failing(small._house, segment="shoppers")
    ran = small.run_segments(["buyers", "shoppers"])
    failing.leave()
    assert states(ran) == {"buyers": "done", "shoppers": "failed"}
    assert small._house.runs.newest("shoppers") is None
    assert kept(small, "buyers").people
    outcomes = [e.entry.outcome for e in log_of(small, Kind.ACCESS_OUTCOME)]
    assert outcomes == [Outcome.FAILED, Outcome.OK, Outcome.FAILED]


def test_an_unknown_segment_is_named_and_nothing_is_run(small: Workspace) -> None:
    counting = Counting(small._house)
    with pytest.raises(UnknownReportError, match="gardeners"):
        small.run_segments(["buyers", "gardner"])
    assert counting.opens == 0


def test_without_the_log_nothing_is_read_or_kept(
    small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(small._house)
    small.open_edition()

    def full(_: object) -> int:
        raise AuditLogUnwritableError(OSError())

    monkeypatch.setattr(small._house.log, "append", full)
    with pytest.raises(AuditWriteError):
        small.run_segments(["gardeners"])
    assert counting.opens == 0
    assert small._house.runs.newest("gardeners") is None


def test_a_run_in_no_role_of_the_policy_is_refused(small: Workspace) -> None:
    small.role = StaffRole.ENGINEER
    (ran,) = small.run_segments(["gardeners"])
    assert ran.state is RunState.REFUSED


def test_under_a_policy_that_nobody_approved_nothing_is_run(small: Workspace) -> None:
    policy = small.folder / "policies" / "club.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(
        text.replace("controller: club\n", "controller: club\napproval: second_person\n")
    )
    forget_rules(small)
    counting = Counting(small._house)
    ran = small.run_segments(["gardeners", "buyers"])
    assert states(ran) == {"gardeners": "refused", "buyers": "refused"}
    assert counting.opens == 0
    assert log_of(small, Kind.ACCESS_DENIED)[-1].entry.header["reason"] == "approval"


def test_without_a_chosen_role_each_runs_in_one_that_may(small: Workspace) -> None:
    assert states(small.run_segments(["confiding"])) == {"confiding": "done"}
    assert log_of(small, Kind.ACCESS_INTENT)[-1].entry.actor is StaffRole.ANALYST


# --- runs that are cut short ---------------------------------------------------------------------


def test_a_killed_run_leaves_an_intent_and_no_half_membership(small: Workspace) -> None:
    class Killed(BaseException):
        """What no handler catches."""

    counting = Counting(small._house, fail=Killed())
    with pytest.raises(Killed):
        small.run_segments(["gardeners"])
    counting.leave()
    assert log_of(small, Kind.ACCESS_INTENT)
    assert not log_of(small, Kind.ACCESS_OUTCOME)
    assert small._house.runs.newest("gardeners") is None
    (run,) = small.segment_history("gardeners").runs
    assert run.outcome == "not ended"


def test_nothing_is_stuck_after_a_killed_run(small: Workspace) -> None:
    class Killed(BaseException):
        """What no handler catches."""

    schedule(small, "gardeners", "1d")
    counting = Counting(small._house, fail=Killed())
    with pytest.raises(Killed):
        small.run_due()
    counting.leave()
    assert states(small.run_due().ran) == {"gardeners": "done"}


def test_somebody_erased_while_a_run_reads_is_in_no_membership(
    small: Workspace, tmp_path: Path
) -> None:
    who = ordinal(small, GARDENER)
    case = small.open_request(RequestKind.ERASURE, number(GARDENER), identity=IdentityLevel.ACCOUNT)
    with club.opened(small.folder) as second:
        Counting(small._house, last=lambda: second.run_request(case.number, out=tmp_path))
        small.run_segments(["gardeners"])
    assert who not in kept(small, "gardeners").people
    assert who not in last_outcome(small).members["gardeners"]


# --- what is kept is personal data ---------------------------------------------------------------


def test_who_withdraws_is_out_of_every_stored_membership_at_once(small: Workspace) -> None:
    small.run_segments(["gardeners"])
    membership, who = kept(small, "gardeners"), ordinal(small, GARDENER)
    assert who in members_now(small._house, membership)
    small.record_consent(number(GARDENER), act=Act.WITHDRAW, purpose=Purpose("marketing"))
    assert who in kept(small, "gardeners").people, "history stays as it was"
    assert members_now(small._house, membership) == membership.people - FrozenBitMap([who])


def test_a_membership_whose_purpose_is_gone_has_nobody_in_it(small: Workspace) -> None:
    small.run_segments(["confiding", "gardeners"])
    membership = kept(small, "gardeners")
    policy = small.folder / "policies" / "club.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(
        text.replace(
            "      hobby: {type: text, category: interests}",
            "      hobby: {type: text, category: likes}",
        ).replace("interests,", "likes,")
    )
    forget_rules(small)
    assert not members_now(small._house, membership), "nobody has allowed what it is called now"


def test_a_membership_that_is_older_than_it_may_be_kept_has_nobody_in_it(
    small: Workspace, clock: Clock
) -> None:
    small.run_segments(["gardeners"])
    membership = kept(small, "gardeners")
    clock.pass_(days=USUAL_DAYS)
    assert members_now(small._house, membership)
    clock.pass_(days=1)
    assert not members_now(small._house, membership)


def test_an_erasure_takes_the_person_out_and_destroys_the_old_bytes(
    small: Workspace, tmp_path: Path
) -> None:
    small.run_segments(["gardeners"])
    small.run_segments(["buyers"])
    who, old = ordinal(small, GARDENER), rows(small)
    before = tmp_path / "before"
    shutil.copytree(small.folder / ".privseg", before)
    case = small.open_request(RequestKind.ERASURE, number(GARDENER), identity=IdentityLevel.ACCOUNT)
    planned = dict(small.plan_erasure(case.number).erases)
    receipt = small.run_request(case.number, out=tmp_path / "out")[0].read_text()
    assert planned["segment memberships"] == 2
    assert '"segment memberships"' in receipt
    assert not small._house.runs.containing(who)
    new = rows(small)
    assert not {blob for _, blob in old} & {blob for _, blob in new}, "all are written anew"
    assert not {key for key, _ in old} & {key for key, _ in new}, "under a new key"
    data = b"".join(p.read_bytes() for p in (small.folder / ".privseg").rglob("*") if p.is_file())
    assert not any(blob in data for _, blob in old)


def test_a_copy_of_before_an_erasure_opens_no_membership_any_more(
    small: Workspace, tmp_path: Path
) -> None:
    small.run_segments(["gardeners"])
    ((key, blob),) = rows(small)
    case = small.open_request(RequestKind.ERASURE, number(GARDENER), identity=IdentityLevel.ACCOUNT)
    small.run_request(case.number, out=tmp_path)
    seals, run = small._house.runs._seals, kept(small, "gardeners").run_id
    with pytest.raises(KeyDestroyedError):
        seals.key(key)
    left = seals.every_key().values()
    for one, other in product(left, left):
        with pytest.raises(SealBrokenError):
            seals.unseal(one, other, f"{run}/gardeners/0", blob)


def test_an_access_answer_lists_the_memberships(small: Workspace, tmp_path: Path) -> None:
    small.run_segments(["gardeners"])
    small.report("sizes")
    case = small.open_request(RequestKind.ACCESS, number(GARDENER), identity=IdentityLevel.ACCOUNT)
    files = small.run_request(case.number, out=tmp_path, plain=True)
    told = json.loads(files[0].read_text("utf-8"))["memberships"]
    version = kept(small, "gardeners").version
    assert {(m["segment"], m["version"], m["found_by"]) for m in told} == {
        ("gardeners", version, "a run of the segment"), ("gardeners", version, "a report")
    }  # fmt: skip
    assert all("garden" in m["meaning"] for m in told)
    assert "Gardeners" in files[1].read_text("utf-8")


def test_a_person_who_was_found_nowhere_has_no_membership_in_the_answer(
    small: Workspace, tmp_path: Path
) -> None:
    small.run_segments(["gardeners"])
    case = small.open_request(RequestKind.ACCESS, number("M0002"), identity=IdentityLevel.ACCOUNT)
    files = small.run_request(case.number, out=tmp_path, plain=True)
    assert json.loads(files[0].read_text("utf-8"))["memberships"] == []


def test_nothing_of_a_membership_is_on_the_disk_in_clear(small: Workspace) -> None:
    small.run_segments(["gardeners"])
    clear = kept(small, "gardeners").people.serialize()
    data = (small.folder / ".privseg").rglob("*")
    stored = [p.read_bytes() for p in data if p.is_file()]
    assert any(APPLICATION_ID.to_bytes(4) in d for d in stored), "the database is among them"
    assert not any(clear in d for d in stored)


def test_memberships_go_when_the_purposes_time_is_over(small: Workspace, clock: Clock) -> None:
    small.run_segments(["gardeners"])
    clock.pass_(days=USUAL_DAYS)
    assert [p for p in small.expire(dry_run=True) if p.table == "membership"] == []
    clock.pass_(days=1)
    (foreseen,) = [p for p in small.expire(dry_run=True) if p.table == "membership"]
    assert kept(small, "gardeners"), "a dry run changes nothing"
    (gone,) = [p for p in small.expire() if p.table == "membership"]
    assert foreseen.rows == gone.rows == 1
    assert small._house.runs.newest("gardeners") is None
    assert log_of(small, Kind.IMPORT)[-1].entry.header == {"verb": "expire", "table": "membership"}


def test_a_shorter_retention_of_the_purpose_holds_and_the_next_run_keeps_it(
    small: Workspace, clock: Clock
) -> None:
    policy = small.folder / "policies" / "club.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(
        text.replace(
            "    title: Letters that fit\n", "    title: Letters that fit\n    retention: 400d\n"
        )
    )
    forget_rules(small)
    small.run_segments(["gardeners"])
    first = kept(small, "gardeners").run_id
    clock.pass_(days=401)
    small.run_segments(["gardeners"])
    assert first not in [m.run_id for m in small._house.runs.history("gardeners")]


# --- schedules -----------------------------------------------------------------------------------


def test_what_has_a_schedule_is_due_once_and_then_when_its_time_is_over(
    small: Workspace, clock: Clock
) -> None:
    schedule(small, "gardeners", "1d")
    assert states(small.run_due().ran) == {"gardeners": "done"}
    again = small.run_due()
    assert (again.ran, again.not_due) == ((), ("gardeners",))
    clock.pass_(hours=23)
    assert not small.run_due().ran
    clock.pass_(hours=1)
    assert states(small.run_due().ran) == {"gardeners": "done"}


def test_a_job_that_starts_a_little_earlier_than_yesterday_skips_no_day(
    small: Workspace, clock: Clock
) -> None:
    schedule(small, "gardeners", "1d")
    small.run_due()
    clock.now += timedelta(days=1) - EARLY
    assert small.run_due().ran


def test_a_changed_definition_is_due_at_once(small: Workspace) -> None:
    schedule(small, "gardeners", "1w")
    small.run_due()
    changed = club.SEGMENTS["gardeners"].replace("7d", "30d")
    write(small, "gardeners", changed + "every: 1w\n")
    assert states(small.run_due().ran) == {"gardeners": "done"}


def test_a_changed_schedule_is_no_new_version(small: Workspace) -> None:
    schedule(small, "gardeners", "1d")
    version = small._house.segments.version("gardeners")
    schedule(small, "gardeners", "1w")
    assert small._house.segments.version("gardeners") == version


def test_a_report_is_no_run_of_the_schedule(small: Workspace) -> None:
    schedule(small, "gardeners", "1d")
    small.report("sizes")
    assert states(small.run_due().ran) == {"gardeners": "done"}


def test_without_a_schedule_nothing_is_due(small: Workspace) -> None:
    assert small.run_due().ran == ()


def test_what_is_broken_or_refused_is_told_every_time_and_the_rest_runs(small: Workspace) -> None:
    schedule(small, "diarists", "1d")
    schedule(small, "gardeners", "1d")
    write(small, "broken", "segment: broken\n")
    done = small.run_due()
    expected = {"broken": "failed", "diarists": "refused", "gardeners": "done"}
    assert states(done.ran) == expected
    assert not done.is_well
    assert set(states(small.run_due().ran)) == {"broken", "diarists"}


def test_two_processes_run_what_is_due_once(small: Workspace) -> None:
    schedule(small, "gardeners", "1d")
    small.open_edition()
    seen = []
    with club.opened(small.folder) as second:
        Counting(small._house, first=lambda: seen.append(second.run_due()))
        done = small.run_due()
        assert [s.is_busy for s in seen] == [True]
        assert seen[0].ran == ()
        assert states(done.ran) == {"gardeners": "done"}
        assert not second.run_due().ran
    assert len(small._house.runs.history("gardeners")) == 1


# --- helpers -------------------------------------------------------------------------------------


def rows(ws: Workspace) -> list[tuple[str, bytes]]:
    """Return every page of every membership, sealed, with the name of its bucket's key."""
    found = ws._house.db.raw(
        "SELECT b.key, p.people FROM membership_page p JOIN membership_bucket b "
        "ON b.bucket = p.bucket ORDER BY p.run_id, p.segment, p.bucket"
    )
    return [(str(key), bytes(blob)) for key, blob in found]


class Failing(Counting):
    """A ``Compute`` whose scan fails whenever one segment is asked for."""

    def __init__(self, house: Any, *, segment: str) -> None:
        super().__init__(house)
        self.segment = segment

    @contextmanager
    def open(self, plan: Any, attributes: Any) -> Iterator[Any]:
        with super().open(plan, attributes) as scan:
            yield _FailingScan(scan, self.segment)


class _FailingScan:
    def __init__(self, scan: Any, segment: str) -> None:
        self._scan, self._segment = scan, segment
        self.tally: Callable[..., Any] = scan.tally

    def members(self, query: Any) -> Any:
        if self._segment in query.finds:
            raise PolicyError
        return self._scan.members(query)
