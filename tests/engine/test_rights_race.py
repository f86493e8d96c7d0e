# SPDX-License-Identifier: Apache-2.0
"""While others read without pause, a right takes effect in the very next read.

Judged by the log alone: of every read whose intent stands after the act, and of every result that
was asked for consent after it, the person is in no set.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome, text_to_people
from privseg.dsr import Asked, IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.rights.case_acts import acts_of_case
from privseg.terms import Category
from tests.twins import rights_club
from tests.twins.club import Logged, Member, log_of, number, ordinal

K = RequestKind
WORKER = Path(rights_club.__file__).with_name("rights_worker.py")
BARRED = {
    K.OBJECT_MARKETING: {"letters", "posters"},
    K.RESTRICTION: {"letters", "posters", "insights", "banners"},
    K.OPT_OUT_SALE: {"banners"},
    K.LIMIT: {"insights", "banners"},
    K.OBJECTION: {"insights", "posters"},
}
"""The segmenters that may not read somebody any more, by what they asked for."""
TURNS = (
    (K.OBJECT_MARKETING, "DE"), (K.LIMIT, "US"), (K.RESTRICTION, "DE"), (K.OPT_OUT_SALE, "US"),
    (K.OBJECTION, "DE"),
)  # fmt: skip


@dataclass(frozen=True)
class Acted:
    """One act: whose, what may not read them since, and where it stands in the log and in time."""

    person: int
    barred: set[str]
    entry: int
    recorded: datetime


Reader = subprocess.Popen[str]


@contextmanager
def reading(root: Path, readers: int) -> Iterator[list[Reader]]:
    """Run readers for as long as the block lasts, from when all have begun; each must end well."""
    stop = root.parent / "stop"
    started = [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(root), str(stop)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(readers)
    ]  # fmt: skip
    try:
        for reader in started:
            assert reader.stdout is not None
            reader.stdout.readline()  # a process takes seconds to start, which say nothing of turns
        yield started
    finally:
        stop.touch()
        done = [(worker.communicate(timeout=120)[1], worker.returncode) for worker in started]
        assert all(code == 0 for _, code in done), [err[-1500:] for err, _ in done]


def race(folder: Path, *, database: str | None, readers: int, acts: int) -> None:
    """Let readers read while people exercise their rights, then ask the log."""
    people = [Member(number=f"M{n:04d}", country=TURNS[n % 5][1]) for n in range(max(acts, 8))]
    with rights_club.found(folder, people, database=database, outside=Outside()) as ws:
        policy = ws.folder / "policies" / "club.yaml"
        policy.write_text(policy.read_text().replace("rho_per_year: 2", "rho_per_year: 900"))
    with Workspace.open(folder / "club") as ws:
        with reading(ws.folder, readers) as others:
            _wait_for_reads(ws, others, 6 * readers)
            done = [_act(ws, others, n, people[n]) for n in range(acts)]
            _wait_for_reads(ws, others, 6 * readers)
        judge(log_of(ws), done)
        assert ws.audit_verify()["ok"]


def judge(entries: list[Logged], done: list[Acted]) -> None:
    """Ask the log of every read before and after each act."""
    before = after = again = 0
    intents = {e.entry.header["run"]: e for e in entries if e.entry.kind is Kind.ACCESS_INTENT}
    for act in done:
        for e in intents.values():
            if e.entry.header["segmenter"] in act.barred:
                is_later = e.entry.sequence > act.entry
                assert not (is_later and act.person in e.eligible)
                before += act.person in e.eligible
                after += is_later
        for e in entries:
            if e.entry.kind is not Kind.ACCESS_OUTCOME or e.entry.outcome is not Outcome.OK:
                continue
            is_barred = intents[e.entry.header["run"]].entry.header["segmenter"] in act.barred
            judged = datetime.fromisoformat(e.body["judged_at"])
            if is_barred and judged > act.recorded:
                again += 1
                found = [e.eligible, *map(text_to_people, e.body["members"].values())]
                assert not any(act.person in people for people in found)
    assert min(before, after, again) > 0


def _act(ws: Workspace, others: list[Reader], turn: int, member: Member) -> Acted:
    """Let somebody exercise a right."""
    kind = TURNS[turn % len(TURNS)][0]
    asked = Asked(categories=frozenset({Category("interests")} if kind is K.LIMIT else ()))
    case = ws.open_request(kind, number(member), identity=IdentityLevel.ACCOUNT, asked=asked)
    ws.run_request(case.number)
    _wait_for_reads(ws, others, 4)
    person = ordinal(ws, member)
    verb = "open" if kind is K.OBJECTION else "running"  # an objection restricts from the first
    (entry,) = (
        e.entry.sequence
        for e in log_of(ws, Kind.DSR)
        if e.entry.header.get("case") == str(case.number) and e.entry.header["verb"] == verb
    )
    recorded = min(e.record_time for e in acts_of_case(ws._house, case, person))
    return Acted(person, BARRED[kind], entry, recorded)


def _wait_for_reads(ws: Workspace, others: list[Reader], entries: int) -> None:
    """Wait until the log has grown by what others read."""
    there, until = ws._house.log.size, time.monotonic() + 60
    while ws._house.log.size < there + entries:
        assert all(reader.poll() is None for reader in others), "a reader ended"
        assert time.monotonic() < until, "nobody reads"
        time.sleep(0.02)


def test_a_right_takes_effect_in_the_very_next_read(tmp_path: Path) -> None:
    race(tmp_path, database=None, readers=1, acts=3)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rights_take_effect_under_many_readers(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("postgres") if kind == "postgresql" else None
    race(tmp_path, database=database, readers=4, acts=40)
