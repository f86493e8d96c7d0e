# SPDX-License-Identifier: Apache-2.0
"""The battery can fail: faults reach SQLite's own calls, and careless programs are caught.

A careless program is a few lines here, run under the same injector and the same model of a disk.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import tracing
from tests.faults.calls import Does
from tests.faults.effects import Disk, Effect, cut
from tests.faults.injecting import Fault, Kind, chosen, possible
from tests.faults.nursery import ROOT

OURS = (  # an installed package may be called "tests", too
    f"import sys, types; sys.path.insert(0, {str(ROOT)!r}); tests = types.ModuleType('tests'); "
    f"tests.__path__ = [{str(ROOT / 'tests')!r}]; sys.modules['tests'] = tests"
)
CARELESS = """
import errno, os, sqlite3, sys
from pathlib import Path
from tests.faults.nursery import take_our_tests
take_our_tests()
from tests.faults import tracing
from tests.faults.calls import Does
from tests.faults.effects import Disk, Recorder, cut
from tests.faults.injecting import Fault, Injector, Kind

folder, what = Path(sys.argv[1]), sys.argv[2]

def insert():
    db = sqlite3.connect(folder / "w" / "x.db", isolation_level=None)
    db.execute("PRAGMA synchronous = EXTRA")
    try:
        db.execute("INSERT INTO t VALUES (randomblob(20000))")
    except sqlite3.Error as error:
        return error.sqlite_errorname.encode()
    return b"done"

def hasty():
    path = folder / "w" / "note.new"
    path.write_bytes(b"x" * 4000)
    path.rename(folder / "w" / "note")
    return b"done"

(folder / "w").mkdir()
if what == "sqlite":
    db = sqlite3.connect(folder / "w" / "x.db"); db.execute("CREATE TABLE t (x)"); db.close()
    for does in (Does.PWRITE, Does.SYNC, Does.UNLINK):
        watch = Injector(Fault(Kind.EIO_ONCE, does, 0))
        ended = tracing.run(insert, folder / "w", watch)
        print(does, watch.happened, ended.said.decode())
else:
    import random
    watch = Recorder(world=folder / "w"); watch.begin()
    before = Disk.of(folder / "w", watch.first)
    assert tracing.run(hasty, folder / "w", watch).said == b"done"
    draw, found = random.Random(1), set()
    for _ in range(60):
        at = cut(before, watch.effects, len(watch.effects), draw).lay(folder / "after") / "note"
        data = at.read_bytes() if at.exists() else None
        whole = data == b"x" * 4000
        found.add("gone" if data is None else "whole" if whole else "empty" if not data else "torn")
    print(*sorted(found))
"""


def ran(folder: Path, what: str) -> str:
    """Run a careless program in a process of its own, whose only thread may be forked."""
    script = folder / "careless.py"
    script.write_text(CARELESS, "utf-8")
    code = (
        f"{OURS}; sys.argv = ['x', {str(folder)!r}, {what!r}]; exec(open({str(script)!r}).read())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def _traceable(tmp_path_factory: pytest.TempPathFactory) -> None:
    code = (
        f"{OURS}; from pathlib import Path; from tests.faults import tracing; "
        "print(tracing.unavailable(Path(sys.argv[1])) or '')"
    )
    folder = tmp_path_factory.mktemp("probe")
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    if why := done.stdout.strip():
        pytest.skip(why)


def test_a_fault_reaches_the_calls_that_sqlite_makes_itself(tmp_path: Path) -> None:
    said = ran(tmp_path, "sqlite").splitlines()
    assert len(said) == 3
    for line in said:
        assert " True SQLITE_" in line, line


def test_a_file_that_was_renamed_and_never_synced_is_found_lost_torn_and_empty(
    tmp_path: Path,
) -> None:
    assert ran(tmp_path, "hasty").split() == ["empty", "gone", "torn", "whole"]


def test_what_was_synced_with_its_folder_is_always_there() -> None:
    effects = [
        Effect(Does.CREATE, 0, names=("a",)),
        Effect(Does.WRITE, 0, 0, b"x" * 2000),
        Effect(Does.SYNC, 0),
        Effect(Does.SYNC, names=(".",)),
        Effect(Does.CREATE, 1, names=("b",)),
    ]
    draw = random.Random(2)
    for _ in range(40):
        disk = cut(Disk(), effects, len(effects), draw)
        assert disk.data[disk.names["a"]] == b"x" * 2000


def test_a_rename_is_never_half_there() -> None:
    before = Disk({"old": 0}, {0: bytearray(b"o")})
    effects = [
        Effect(Does.CREATE, 1, names=("new",)),
        Effect(Does.WRITE, 1, 0, b"n"),
        Effect(Does.SYNC, 1),
        Effect(Does.RENAME, names=("new", "old")),
    ]
    draw, found = random.Random(3), set()
    for _ in range(60):
        disk = cut(before, effects, 4, draw)
        found.add(bytes(disk.data[disk.names["old"]]))
    assert found == {b"o", b"n"}


def test_faults_are_spread_over_kinds_and_calls_before_places() -> None:
    seen = {Does.PWRITE: 100, Does.SYNC: 5, Does.UNLINK: 2}
    some = chosen(seen, 12, seed="s")
    assert len({(f.kind, f.does) for f in some}) == 12
    assert some == chosen(seen, 12, seed="s")
    assert set(chosen(seen, 10_000, seed="s")) == set(possible(seen))
    assert Fault(Kind.KILL, Does.UNLINK, 1) in set(possible(seen))


def test_a_machine_whose_calls_are_not_numbered_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "NAMES", {})
    assert "no numbers of system calls" in str(tracing.unavailable(tmp_path))
