# SPDX-License-Identifier: Apache-2.0
"""The audit log: entries made durable, entries verified, the size and time of a proof.

What a disk can do bounds the first: a commit waits for it a few times, whatever it holds. So the
same rows are written by SQLite alone, without hashes, seals or an index, and printed beside.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench.machine import describe
from privseg.audit import AuditEvent, Kind, Outcome, check, export
from privseg.engine import Workspace
from privseg.engine.house import House
from privseg.store.sqlite import connect
from privseg.terms import StaffRole
from privseg.tlog import Checkpoint, Frontier, TlogProof, prove, siblings, vkey
from privseg.vault import Ed25519Signer

T = TypeVar("T")
BATCHES = (1, 256, 4_096)
SECONDS = 4.0  # each batch size is written for so long
ENTRY, BODY = 420, 1_072  # bytes of a stored entry and body, as the log writes them here
GOALS = {256: 50_000, 4_096: 100_000}
VERIFIED = 50_000  # entries
MILLION, HUNDRED_MILLION = 10**6, 10**8
VERIFIER = Path(__file__).parent.parent / "audit" / "verify.py"


def main() -> None:
    """Print every figure."""
    print(describe())
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        root = Path(folder)
        print(f"one wait for this disk (fsync of 4 KiB): {1000 * _fsync(root):.1f} ms")
        with Workspace.create(root / "ws", keys=root / "keys.json") as ws:
            for batch in BATCHES:
                _append(ws._house, batch, root)
            _grow(ws._house)
            _verify(ws._house, root)
    _proofs()


def event(number: int) -> AuditEvent:
    """Return the entry of a person's choice, as recording one writes it."""
    return AuditEvent(
        Kind.CONSENT,
        Outcome.OK,
        StaffRole.COMPLIANCE_OFFICER,
        {"verb": "record", "purpose": "marketing.email", "source": "web-form"},
        {"first": number, "last": number, "recorded": 1, "digest": f"{number:064x}"},
    )


def _append(house: House, batch: int, root: Path) -> None:
    """Print how many entries a second become durable, and processor time and disk apart."""
    events = [event(n) for n in range(batch)]
    house.log.append_many(events)
    done, waits = _for_a_while(lambda: house.log.append_many(events))
    began = time.process_time()
    house.log.append_many(events)
    busy = (time.process_time() - began) / batch
    alone = _rows_alone(root / f"rows-{batch}.db", batch)
    goal = f", goal {GOALS[batch]:,}" if batch in GOALS else ""
    print(
        f"  append, {batch:>5} at once: {batch * done / sum(waits):>9,.0f} entries/s durable"
        f" (median commit {1000 * median(waits):.1f} ms; {1e6 * busy:.1f} us of processor an entry"
        f"{goal}); the rows alone {alone:,.0f}/s",
        flush=True,
    )


def _for_a_while(run: Callable[[], object]) -> tuple[int, list[float]]:
    """Run as often as the time allows; return how often, and how long each took."""
    waits: list[float] = []
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        began = time.perf_counter()
        run()
        waits.append(time.perf_counter() - began)
    return len(waits), waits


def _rows_alone(path: Path, batch: int) -> float:
    """Return how many rows of the same size SQLite writes a second, with the log's settings."""
    entry, body = secrets.token_bytes(ENTRY), secrets.token_bytes(BODY)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for pragma in connect.pragmas(sqlite3.sqlite_version_info):
            raw.execute(f"PRAGMA {pragma}").fetchall()
        raw.execute("CREATE TABLE e (n INTEGER PRIMARY KEY, entry BLOB, leaf BLOB)")
        raw.execute("CREATE TABLE b (n INTEGER PRIMARY KEY, salt BLOB, body BLOB)")
        first = 0

        def write() -> None:
            nonlocal first
            numbers = range(first, first + batch)
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(
                "INSERT INTO e VALUES (?, ?, ?)", [(n, entry, entry[:32]) for n in numbers]
            )
            raw.executemany(
                "INSERT INTO b VALUES (?, ?, ?)", [(n, body[:32], body) for n in numbers]
            )
            raw.execute("COMMIT")
            first += batch

        done, waits = _for_a_while(write)
    return batch * done / sum(waits)


def _grow(house: House) -> None:
    """Give the log as many entries as are verified, at least."""
    while house.log.size < VERIFIED:
        house.log.append_many([event(n) for n in range(4_096)])


def _verify(house: House, root: Path) -> None:
    """Print how many entries a second ``check`` and the stand-alone verifier look through."""
    read, stored = _timed(lambda: list(house.log.entries(0, VERIFIED)))
    frontier = Frontier().append(each.leaf or b"" for each in stored)
    signer = house.audit_signer
    note = Checkpoint(signer.name, VERIFIED, frontier.root()).sign(signer)
    took, report = _timed(
        lambda: check(stored, checkpoint_note=note, verifiers=house.audit_verifiers)
    )
    assert report.is_clean, report
    print(f"  read and unsealed from the database: {VERIFIED / read:>9,.0f} entries/s")
    print(
        f"  check, bodies and all:               {VERIFIED / took:>9,.0f} entries/s, goal 200,000"
    )
    out = root / "export"
    key = vkey(signer.name, signer.public_key)
    for name, data in export(stored, checkpoint_note=note, vkeys=(key,), with_bodies=True):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    command = [sys.executable, str(VERIFIER), str(out), "--key", key]
    took, run = _timed(lambda: subprocess.run(command, capture_output=True, check=False))
    print(
        f"  audit/verify.py, a process:          {VERIFIED / took:>9,.0f} entries/s "
        f"(exit {run.returncode})"
    )


def _proofs() -> None:
    """Print how large and how quick a proof is."""
    leaves = [sha256(n.to_bytes(8)).digest() for n in range(MILLION)]
    signer = Ed25519Signer.from_seed("privseg/ws-0123456789abcdef/audit", bytes(32))

    def some(first: int, end: int) -> Iterator[bytes]:
        return iter(leaves[first:end])

    took, path = _timed(lambda: prove(123_456, MILLION, some))
    head = Checkpoint(signer.name, MILLION, Frontier().append(leaves).root()).sign(signer)
    print(f"  proof among 10^6 entries: {len(_text(path, head)):,} bytes, {took:.2f} s")
    longest = max(len(siblings(n, HUNDRED_MILLION)) for n in range(0, HUNDRED_MILLION, 99_991))
    head = Checkpoint(signer.name, HUNDRED_MILLION, bytes(32)).sign(signer)
    size = len(_text([bytes(32)] * longest, head, index=HUNDRED_MILLION - 1))
    print(f"  proof among 10^8 entries: {size:,} bytes (computed), goal 1,536")


def _text(path: list[bytes], head: str, *, index: int = 123_456) -> bytes:
    return TlogProof(index, tuple(path), head).text.encode()


def _fsync(folder: Path) -> float:
    """Return the median wait for the disk."""
    waits = []
    handle = os.open(folder / "probe", os.O_CREAT | os.O_WRONLY)
    for _ in range(30):
        os.write(handle, bytes(4_096))
        began = time.perf_counter()
        os.fsync(handle)
        waits.append(time.perf_counter() - began)
    os.close(handle)
    return median(waits)


def _timed(run: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = run()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    main()
