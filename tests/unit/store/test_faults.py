# SPDX-License-Identifier: Apache-2.0
"""Several processes, kill -9, full and read-only disks: nothing acknowledged is lost, nothing
is half there, and whoever cannot write the log is told so.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from privseg.audit import Outcome, check, open_body, parse_entry
from privseg.store import Database, SqlAuditLog
from tests.twins import store_worker
from tests.twins.store_worker import KEY, open_log


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / ".privseg" / "privseg.sqlite"
    Database.create(found).close()
    return found


def start(verb: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a worker in a process of its own: nothing is shared but the files."""
    return subprocess.Popen(
        [sys.executable, store_worker.__file__, verb, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def result(worker: subprocess.Popen[str]) -> str:
    """Return what a worker said at its end."""
    said, _ = worker.communicate(timeout=180)
    assert worker.returncode == 0
    return said


def is_clean(log: SqlAuditLog) -> bool:
    """Verify everything from the stored bytes, with the remembered head as an anchor."""
    return check(log.entries(), checkpoint_note=log.head(), verifiers=[KEY]).is_clean


def bodies(log: SqlAuditLog) -> Iterator[tuple[int, int]]:
    for stored in log.entries():
        assert stored.salt is not None
        assert stored.body is not None
        body = open_body(parse_entry(stored.entry_bytes), stored.salt, stored.body)
        yield body["who"], body["number"]


def test_four_writers_lose_double_and_fork_nothing(path: Path) -> None:
    times = 30
    assert result(start("together", path, "append_many_times", times, 4)) == "done done done done"
    db, log = open_log(path)
    said = list(bodies(log))
    assert log.size == 4 * times
    for who in range(4):
        assert [number for writer, number in said if writer == who] == list(range(times))
    assert [stored.sequence for stored in log.entries()] == list(range(4 * times))
    assert db.raw("SELECT count(*) FROM consent_evidence") == [(4 * times,)]
    assert is_clean(log)
    assert log.head().split("\n")[2].encode() in (path.parent / "head").read_bytes()


def test_two_processes_cannot_spend_the_same_budget(path: Path) -> None:
    spent = result(start("together", path, "spend", 9, 2)).split()
    assert len(spent) == 2
    assert sum(map(int, spent)) == 10


def test_what_was_acknowledged_outlives_a_kill(path: Path, tmp_path: Path) -> None:
    acknowledged = tmp_path / "acknowledged"
    for _ in range(2):
        before = acknowledged.stat().st_size if acknowledged.exists() else 0
        writer = start("append_until_killed", path, acknowledged)
        deadline = time.monotonic() + 30
        while not (acknowledged.exists() and acknowledged.stat().st_size > before + 20):
            assert writer.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        writer.kill()
        writer.communicate()
    last = int(acknowledged.read_text().split()[-1])
    db, log = open_log(path)
    assert last < log.size <= last + 1 + 3  # one more batch may be durable, unacknowledged
    assert log.size % 3 == 0
    assert db.raw("SELECT count(*) FROM consent_evidence") == [(log.size,)]
    assert is_clean(log)
    assert log.append(store_worker.event(9, 0)) == log.size - 1


def test_what_was_not_committed_is_gone_after_a_kill(path: Path) -> None:
    open_log(path)[1].append(store_worker.event(0, 0))
    writer = start("die_inside", path)
    writer.communicate(timeout=60)
    assert writer.returncode == -signal.SIGKILL
    db, log = open_log(path)
    assert list(bodies(log)) == [(0, 0)]
    assert db.raw("SELECT count(*) FROM consent_evidence") == [(0,)]
    assert db.raw("PRAGMA integrity_check") == [("ok",)]
    assert is_clean(log)


def test_a_file_that_may_not_grow_stops_the_log_cleanly(path: Path) -> None:
    ended = result(start("append_with_little_room", path, 20_000))
    assert ended == "AuditLogUnwritableError DiskFailureError 74"
    _, log = open_log(path)
    assert log.size > 0
    assert is_clean(log)
    assert log.append(store_worker.event(3, 0)) == log.size - 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB; only root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a small disk needs root")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    )
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_on_a_full_disk_the_last_entry_still_fits(small_disk: Path) -> None:
    path = small_disk / ".privseg" / "privseg.sqlite"
    Database.create(path).close()
    filler = small_disk / "filler"
    ended = result(start("append_to_full_disk", path, filler))
    assert ended == "AuditLogUnwritableError DiskFullError 74"
    filler.unlink()
    db, log = open_log(path)
    last = parse_entry(list(log.entries())[-1].entry_bytes)
    assert last.outcome is Outcome.FAILED
    assert last.header["reason"] == "stopped: disk full"
    assert is_clean(log)
    assert (path.parent / "reserve").exists()  # kept anew, now that there is room
    assert log.append(store_worker.event(3, 0)) == log.size - 1
    db.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_a_folder_that_cannot_be_written_stops_the_log(path: Path) -> None:
    open_log(path)[1].append(store_worker.event(0, 0))
    for folder in (path.parent, *path.parent.parents[:3]):
        folder.chmod(0o755)
    ended = result(start("append_as_nobody", path))
    assert ended.startswith("AuditLogUnwritableError")
    assert ended.endswith(" 74")
    _, log = open_log(path)
    assert log.size == 1
