# SPDX-License-Identifier: Apache-2.0
"""``python -m bench dsr``: the access answer of one person among 10 M, after 10,000 runs.

A shop whose log, index of reads and stored memberships hold a year of runs. The person's bucket of
the column store is whole (65,536 people, 50 orders and 50 page views each); the other buckets are
not written, for no answer reads them. PRIVSEG_BENCH_PEOPLE and PRIVSEG_BENCH_RUNS set the size.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
from pyroaring import FrozenBitMap

from bench import who
from bench.machine import describe, stage
from privseg.audit import AuditEvent, Kind, Outcome, parse_entry, seal
from privseg.audit.reads import ELIGIBLE, MEMBERS, Said, trace_of
from privseg.dsr import RequestKind
from privseg.dsr.identity import IdentityLevel
from privseg.engine import Workspace
from privseg.engine.answers.access import access_answer
from privseg.engine.answers.delivering import answer_to
from privseg.engine.answers.held import stored_rows
from privseg.engine.answers.reads import reads_of_person
from privseg.engine.house import House
from privseg.engine.importing import account_keys
from privseg.loaders import Shipped
from privseg.store import Membership, Origin, touched
from privseg.terms import Ordinal, Purpose, StaffRole, SubjectId
from privseg.tlog import leaf_hash
from privseg.vault.bound import People
from privseg.vault.pages import BUCKET

EVENTS_EACH = 50
GOAL = 5.0  # seconds for one answer
AT_ONCE = 50  # runs written in one transaction: the building is not what is measured
SEGMENTER, PURPOSE = "lifecycle-marketing", Purpose("marketing.lifecycle")


def main() -> None:
    """Build the shop and answer one person."""
    print(describe())
    print(f"access answer: one of {who.PEOPLE:,} people, {who.RUNS:,} runs")
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        os.environ["PRIVSEG_KEYS"] = f"{folder}/keys"
        root = Path(folder) / "shop"
        with Workspace.create(root, starter=Shipped.SHOP, keys=Path(folder) / "key.json") as ws:
            first = _people(ws)
            person = _runs(ws._house, first)
            database = sum(p.stat().st_size for p in (root / ".privseg").glob("*.db*"))
            print(f"  {database / 2**20:,.0f} MiB of database on disk")
            _ask(ws, person, Path(folder) / "out")


def _people(ws: Workspace) -> int:
    """Enrol the last bucket of people and store what is known of them; return the first."""
    house = ws._house
    first = (who.PEOPLE - 1) // BUCKET * BUCKET
    with stage(f"{BUCKET:,} people, {2 * EVENTS_EACH * BUCKET:,} events of them"):
        with house.vault.bound.changing(People.NUMBERS):
            house.vault._identities.skip_to(first)
        given = [[SubjectId("customer_number", f"C{n:08d}")] for n in range(BUCKET)]
        assert house.vault.enrol(given)[0] == first
        _rows(house, first)
    return first


def _rows(house: House, first: int) -> None:
    """Store attributes and events."""
    dice = np.random.default_rng(7)
    people = np.arange(first, first + BUCKET, dtype=np.uint32)
    now = house.now()
    with house.db.transaction():
        snapshot = house.columns.begin_snapshot()
        crm = {
            "ordinal": people,
            "country": np.array(["DE", "FR", "NL"])[dice.integers(0, 3, BUCKET)],
            "age": dice.integers(18, 90, BUCKET),
        }
        house.columns.write_people("crm", pa.table(crm), snapshot=snapshot, at=now)
        for table, more in (("purchase", "amount"), ("page_view", "section")):
            house.columns.upsert_events(
                table, _events(house, people, more, now, dice), snapshot=snapshot
            )


def _events(
    house: House, people: np.ndarray, more: str, now: datetime, dice: np.random.Generator
) -> pa.Table:
    """Return so many events of everybody."""
    count = EVENTS_EACH * len(people)
    ids = account_keys(house, more, pa.chunked_array([pa.array(np.arange(count).astype(str))]))
    ago = dice.integers(1, 365 * 86_400, count) * 1_000_000
    at = int(now.timestamp() * 1_000_000)
    values = (
        dice.integers(100, 20_000, count)
        if more == "amount"
        else np.array(["home", "sale", "shoes"])[dice.integers(0, 3, count)]
    )
    return pa.table(
        {
            "ordinal": np.repeat(people, EVENTS_EACH),
            "event_id": ids,
            "time": pa.array(at - ago, pa.timestamp("us", tz="UTC")),
            more: values,
        }
    )


def _runs(house: House, first: int) -> Ordinal:
    """Write a year of runs into log, index and memberships; return somebody whom most read."""
    names, read = sorted(house.segments), FrozenBitMap()
    year = enumerate(who._year())
    with stage(f"{who.RUNS:,} runs in the log, the index and the memberships"):
        while some := list(islice(year, AT_ONCE)):
            with house.db.transaction(), house.touched._seals.once():
                for n, (eligible, found) in some:
                    _run(house, n, names[n % len(names)], eligible, found)
            read = some[-1][1][1]
    mine = [p for p in read if p >= first]
    return Ordinal(mine[len(mine) // 2])


def _run(house: House, n: int, segment: str, eligible: FrozenBitMap, found: FrozenBitMap) -> None:
    """Write one run as the log, the index and the memberships would have it."""
    log, index = house.log, house.touched
    state = log._continuity.state()
    start = state.frontier.size
    when = datetime.now(UTC) - timedelta(days=365) * (1 - n / who.RUNS)
    rows, leaves = [], []
    for place, (event, sets) in enumerate(_told(house, n, segment, start, eligible, found)):
        made = seal(
            event, sequence=start + place, time=when, monotonic_ns=start + place,
            boot_id="0b" * 16, salt=bytes(32),
        )  # fmt: skip
        data = made.entry.to_bytes()
        leaves.append(leaf_hash(data))
        line = (start + place, data, leaves[-1])
        house.db.bulk("INSERT INTO audit_entry (sequence, entry, leaf) VALUES (?, ?, ?)", [line])
        rows.append(index._row_of(trace_of(parse_entry(data), Said("", (), sets))))
    house.db.bulk(touched._INSERT, rows)
    index._heads.put(start + 2, index._heads.get().total + index._heads.sum(rows))
    frontier = state.frontier.append(leaves)
    log._continuity.advance(replace(state, frontier=frontier, latest=start + 1))
    house.db.after_commit(lambda: log._remember(frontier))
    house.runs.record([_membership(house, n, segment, when, found)])


def _told(
    house: House, n: int, segment: str, start: int, eligible: FrozenBitMap, found: FrozenBitMap
) -> list[tuple[AuditEvent, dict[str, FrozenBitMap]]]:
    """Return the intent and the outcome of a run, with the sets of their bodies."""
    header: dict[str, str | list[str]] = {
        "run": f"{n:032x}",
        "segmenter": SEGMENTER,
        "purpose": PURPOSE,
        "attributes": ["country", "purchase", "purchase.amount", "age"],
        "segments": [f"{segment}.{house.segments.version(segment)}"],
        "policy": house.policy.digest,
        "edition": "e0" * 16,
    }
    role = StaffRole.MARKETER
    intent = AuditEvent(Kind.ACCESS_INTENT, Outcome.PENDING, role, header, {})
    end = {**header, "of": str(start)}
    outcome = AuditEvent(Kind.ACCESS_OUTCOME, Outcome.OK, role, end, {})
    return [
        (intent, {ELIGIBLE: eligible}),
        (outcome, {ELIGIBLE: eligible, f"{MEMBERS}{segment}": found}),
    ]


def _membership(
    house: House, n: int, segment: str, when: datetime, found: FrozenBitMap
) -> Membership:
    """Return what a run keeps of whom it found."""
    return Membership(
        run_id=f"{n:032x}",
        segment=segment,
        version=house.segments.version(segment),
        edition_id="e0" * 16,
        at=when,
        people=found,
        origin=Origin.RUN,
        policy=house.policy.digest,
        purpose=PURPOSE,
        reads=frozenset(),
        reveals=frozenset(),
    )


def _ask(ws: Workspace, person: Ordinal, out: Path) -> None:
    """Time the parts of the answer, then the whole of it, sealed."""
    house = ws._house
    subject = house.vault.identity(person)[0]
    case = ws.open_request(RequestKind.ACCESS, subject, identity=IdentityLevel.ACCOUNT)
    _show("who read it", lambda: reads_of_person(house, person))
    _show("rows of all sources", lambda: stored_rows(house, person))
    answer = access_answer(house, case, person)
    print(f"  {len(answer.reads):,} reads, {len(answer.memberships):,} memberships told,")
    events = sum(len(d.rows) for d in answer.data)
    print(f"  {events} rows, {len(answer.segments)} segments explained")
    whole = _show(f"the answer (goal {GOAL:.0f} s)", lambda: access_answer(house, case, person))
    _show("  with its page and lists", lambda: answer_to(house, case, person))
    _show("the pages of their bucket, opened one by one", lambda: house.runs.containing(person), 1)
    began = perf_counter()
    files = ws.run_request(case.number, out=out)
    took = perf_counter() - began
    print(f"  run, sealed, on the log, on disk: {took:.2f} s, {files[0].stat().st_size:,} bytes")
    print(f"  {'within' if whole <= GOAL else 'OVER'} the goal: {whole / GOAL:.2f} of it")


def _show(what: str, act: Callable[[], object], rounds: int = 3) -> float:
    """Print the least wall and processor seconds of a few calls; return the first."""
    found = []
    for _ in range(rounds):
        wall, busy = perf_counter(), process_time()
        act()
        found.append((perf_counter() - wall, process_time() - busy))
    wall, busy = min(w for w, _ in found), min(b for _, b in found)
    print(f"  {what:<44} {wall:7.2f} s, {busy:7.2f} s of processor", flush=True)
    return wall


if __name__ == "__main__":
    main()
