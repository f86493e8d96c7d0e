# SPDX-License-Identifier: Apache-2.0
"""Kept eligible sets: only what we wrote whole, over this very ledger, is ever taken."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from privseg.consent import Act, Event
from privseg.gate import SetName
from privseg.store import Database, FolderOfSets, SqlLedger
from privseg.store.eligible_files import KEPT
from privseg.vault import KeyFileMissingError
from tests.twins import eligible_worker
from tests.twins.consent_shop import event
from tests.twins.eligible_worker import KEY, files, name

LATEST = name(2**63 - 1, 2**63 - 1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database.create(tmp_path / ".privseg" / "privseg.sqlite") as database:
        yield database


def refusal(n: int) -> Event:
    """Return an invented event."""
    return event(Act.REFUSE, n=n, position=n)


def grow(db: Database, *numbers: int) -> int:
    """Record events; return the ledger's position."""
    SqlLedger(db).record([refusal(n) for n in numbers])
    return SqlLedger(db).position()


def found(db: Database, latest: SetName = LATEST) -> list[bytes]:
    return list(files(db).kept(latest))


def folder(db: Database) -> Path:
    return db.private / "eligible"


def only_file(db: Database) -> Path:
    (path,) = folder(db).iterdir()
    return path


def start(verb: str, db: Database, number: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, eligible_worker.__file__, verb, str(db.place), str(number)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_what_was_kept_is_found_again_byte_for_byte(db: Database) -> None:
    assert found(db) == []
    position = grow(db, 1, 2)
    assert files(db).keep(name(position, -5), b"one")
    assert found(db) == [b"one"]


def test_only_the_owner_can_read_a_kept_set_and_its_name_says_no_purpose(db: Database) -> None:
    files(db).keep(name(0, 5), b"one")
    assert stat.S_IMODE(folder(db).stat().st_mode) == 0o700
    assert stat.S_IMODE(only_file(db).stat().st_mode) == 0o600
    assert set(only_file(db).stem) <= set("0123456789abcdef-")


def test_the_newest_at_or_before_a_position_and_a_moment_comes_first(db: Database) -> None:
    for n in (1, 2, 3):
        position = grow(db, n)
        files(db).keep(name(position, 100 - n), b"%d" % n)
    assert found(db) == [b"3", b"2", b"1"]
    assert found(db, name(2, 1_000)) == [b"2", b"1"]
    assert found(db, name(3, 98)) == [b"3", b"2"]
    assert found(db, name(3, 96)) == []
    assert found(db, name(0, 1_000)) == []
    assert found(db, name(3, 1_000, about="ef" * 32)) == []


def test_a_file_cut_short_anywhere_is_as_if_absent(db: Database) -> None:
    files(db).keep(name(0, 5), b"people")
    whole = only_file(db).read_bytes()
    for size in range(len(whole)):
        only_file(db).write_bytes(whole[:size])
        assert found(db) == []
    only_file(db).write_bytes(whole)
    assert found(db) == [b"people"]


def test_a_file_with_any_bit_flipped_is_as_if_absent(db: Database) -> None:
    files(db).keep(name(0, 5), b"people")
    whole = only_file(db).read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        only_file(db).write_bytes(changed)
        assert found(db) == []


def test_who_has_not_the_key_adds_nobody(db: Database) -> None:
    forger = FolderOfSets(folder(db), db, lambda: bytes(32))
    assert forger.keep(name(0, 5), b"people")
    assert found(db) == []


def test_a_file_does_not_pass_under_another_name(db: Database) -> None:
    files(db).keep(name(0, 5), b"people")
    kept = only_file(db)
    files(db).keep(name(0, 6), b"later")
    kept.rename(kept.with_name(kept.name.replace("005.", "007.")))
    assert found(db) == [b"later"]


def test_what_is_no_file_is_not_waited_for(db: Database) -> None:
    files(db).keep(name(0, 5), b"people")
    path = only_file(db)
    path.unlink()
    os.mkfifo(path)
    assert found(db) == []
    path.unlink()
    path.mkdir()
    assert found(db) == []
    assert not files(db).keep(name(0, 5), b"people")


def test_a_set_of_a_ledger_that_was_put_back_is_not_taken(db: Database) -> None:
    grow(db, 1)
    backup = db.place.with_name("backup")
    shutil.copy(db.place, backup)
    position = grow(db, 2)
    files(db).keep(name(position, 5), b"people")
    db.close()
    shutil.copy(backup, db.place)
    with Database.open(db.place) as restored:
        assert found(restored, name(1, 9)) == []
        assert grow(restored, 3) == position
        assert found(restored) == []


def test_a_set_beyond_the_end_of_the_ledger_is_not_taken_and_goes(db: Database) -> None:
    beyond = SetName(name(0, 0).rules, name(0, 0).about, position=9, at=5, checked=0)
    assert files(db).keep(beyond, b"people")
    assert found(db) == []
    assert files(db).keep(name(0, 6), b"later")
    assert found(db) == [b"later"]
    only_file(db)


def test_nothing_is_kept_of_a_ledger_that_has_moved_since(db: Database) -> None:
    grow(db, 1, 2)
    assert not files(db).keep(name(1, 5), b"people")
    assert found(db) == []


def test_in_a_transaction_nothing_is_settled(db: Database) -> None:
    happened: list[str] = []
    assert files(db).is_settled()
    with suppress(ZeroDivisionError), db.transaction():
        assert not files(db).is_settled()
        files(db).when_settled(lambda: happened.append("undone"))
        assert 1 / 0
    assert happened == []
    with db.transaction():
        files(db).when_settled(lambda: happened.append("committed"))
        assert happened == []
    assert happened == ["committed"]
    files(db).when_settled(lambda: happened.append("at once"))
    assert happened == ["committed", "at once"]
    with db.reading():
        assert files(db).is_settled()


def test_sets_of_other_rules_go_when_one_is_kept(db: Database) -> None:
    files(db).keep(name(0, 5, rules="12" * 32), b"old rules")
    files(db).keep(name(0, 5), b"new rules")
    assert found(db) == [b"new rules"]
    only_file(db)


def test_few_are_kept_and_what_was_used_last_stays(db: Database) -> None:
    for at in range(KEPT):
        files(db).keep(name(0, at), b"%d" % at)
    paths = sorted(folder(db).iterdir())
    for age, path in enumerate(paths):
        os.utime(path, (age, age))
    assert next(files(db).kept(name(0, 0))) == b"0"
    files(db).keep(name(0, KEPT), b"new")
    assert found(db) == [b"new", b"2", b"0"]
    files(db).keep(name(0, 9, about="ef" * 32), b"another set")
    assert found(db) == [b"new", b"2", b"0"]


def test_forgetting_leaves_no_file_whole_or_half(db: Database) -> None:
    files(db).forget()
    files(db).keep(name(0, 5), b"people")
    (folder(db) / "half.eligible.new").write_bytes(b"peop")
    files(db).forget()
    assert list(folder(db).iterdir()) == []


def test_a_folder_that_cannot_be_is_no_error(db: Database) -> None:
    folder(db).write_bytes(b"")
    assert not files(db).keep(name(0, 5), b"people")
    assert found(db) == []
    files(db).forget()


def test_a_key_that_cannot_be_had_is_no_error(db: Database) -> None:
    files(db).keep(name(0, 5), b"people")

    def locked() -> bytes:
        raise KeyFileMissingError(folder(db))

    without = FolderOfSets(folder(db), db, locked)
    assert list(without.kept(LATEST)) == []
    assert not without.keep(name(0, 6), b"later")


def test_on_a_full_disk_nothing_is_kept_and_nothing_half_stays(db: Database) -> None:
    files(db).keep(name(0, 5), b"before")
    full = start("keep_with_little_room", db, 20_000)
    assert full.communicate(timeout=60)[0] == "False"
    assert found(db) == [b"before"]
    only_file(db)


def test_what_a_killed_writer_left_is_not_taken_and_goes_with_the_next(db: Database) -> None:
    killed = start("die_while_writing", db, 20_000)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGXFSZ
    assert only_file(db).suffix == ".new"
    assert found(db) == []
    assert files(db).keep(name(0, 7), b"whole")
    assert found(db) == [b"whole"]
    only_file(db)


def test_two_processes_that_keep_the_same_sets_leave_whole_ones(db: Database) -> None:
    seen = 0
    with start("keep_many", db, 1) as one, start("keep_many", db, 2) as two:
        while one.poll() is None or two.poll() is None:
            for data in found(db):
                assert data == data[: len(data) // 1_000] * 1_000
                assert data[:2] in {b"1 ", b"2 "}
                seen += 1
    assert one.returncode == two.returncode == 0
    assert seen
    assert len(found(db)) == KEPT
    assert found(db)[0].endswith(b" 39")
    assert {path.suffix for path in folder(db).iterdir()} == {".eligible"}


def test_files_are_believed_under_a_key_of_their_own(db: Database) -> None:
    files(db).keep(name(0, 5), b"people")
    assert KEY not in only_file(db).read_bytes()
