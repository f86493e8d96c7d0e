# SPDX-License-Identifier: Apache-2.0
"""A process killed at any step of an erasure: nobody else loses anything, and erased is erased.

A child process is killed (``os._exit``: no handler, no rollback runs) just before its n-th step,
for every n: a step is a call of the storage port, the commit, or a change of a file's name, of its
existence or of its bytes. Then the workspace is opened as after a power cut.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from privseg.store.database import Database
from privseg.store.people import VaultTables
from privseg.terms import Ordinal, SubjectId
from privseg.vault import ColumnStore, PersonErasedError, Vault, keyfile
from privseg.vault.keyfile import Environment
from tests.twins.vault_workspace import (
    WORKSPACE,
    Opened,
    Place,
    countries,
    create,
    import_rows,
    purchases,
    reopen,
)

ADA, GRACE = Ordinal(0), Ordinal(1)
KILLED = 9
FILE_STEPS = {"os.rename", "os.remove", "os.truncate", "os.mkdir"}


class Countdown:
    """Counts steps, and ends the process before the n-th one."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.taken = 0

    def __call__(self) -> None:
        self.taken += 1
        if self.taken == self.last:
            os._exit(KILLED)

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        """Count what the interpreter reports about files (an audit hook, PEP 578)."""
        opens_to_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
        if event in FILE_STEPS or opens_to_write:
            self()


class Watched(VaultTables):
    """The storage, with every call a step."""

    step = staticmethod(lambda: None)

    def __getattribute__(self, name: str) -> object:
        if not name.startswith("_") and name not in {"step", "transaction", "reading"}:
            type(self).step()
        return super().__getattribute__(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            type(self).step()  # before the commit, if this is the outermost
        type(self).step()  # after it


def original(folder: Path) -> Place:
    opened = create(folder)
    opened.vault.enrol([[SubjectId("email", f"{n}@example.com")] for n in ("ada", "grace")])
    import_rows(opened, {ADA: "FR", GRACE: "DE"}, [(1, ADA, 10), (2, GRACE, 20)])
    import_rows(opened, {ADA: "GB"})
    opened.close()
    return opened.place


def erase_and_die(place: Place, last: int) -> int:
    """Erase Ada, dying before the step ``last``; return how many steps it took."""
    countdown = Countdown(last)
    storage = Watched(Database.open(place.workspace / "privseg.sqlite"))
    vault = Vault.open(storage, place.key_file, workspace=WORKSPACE)
    columns = ColumnStore.open(place.columns, storage, vault)
    Watched.step = staticmethod(countdown)
    sys.addaudithook(countdown.hear)
    vault.erase(ADA, columns, suppress=True)
    return countdown.taken


def in_a_child(place: Place, last: int, told: Path) -> bool:
    """Run ``erase_and_die`` in a child; return whether it was killed. It tells its steps."""
    child = os.fork()
    if child == 0:
        code = 1  # an error of the test itself
        try:
            taken = erase_and_die(place, last)
            os.write(os.open(told, os.O_RDWR), str(taken).encode())
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, KILLED}
    return code == KILLED


def is_erased(opened: Opened) -> bool:
    """Return whether Ada is gone; she must be wholly there or wholly gone, and Grace there."""
    assert opened.vault.identity(GRACE) == [SubjectId("email", "grace@example.com")]
    assert countries(opened, 2)[GRACE] == countries(opened, 1)[GRACE] == "DE"
    assert purchases(opened, 2)[2] == (GRACE, 20)
    address = SubjectId("email", "ada@example.com")
    gone = opened.vault.resolve(address) is None
    assert opened.vault.suppressed(address) is gone
    assert (ADA in opened.vault.people(2)) is not gone
    assert (ADA in countries(opened, 1)) is not gone
    assert (ADA in countries(opened, 2)) is not gone
    assert (1 in purchases(opened, 2)) is not gone
    try:
        named = opened.vault.identity(ADA)
    except PersonErasedError:
        assert gone
    else:
        assert not gone
        assert named == [address]
    return gone


def check_nothing_is_left_over(place: Place) -> None:
    """One root in the key file, nothing beside it, and no file that no list names."""
    content = keyfile.read(place.key_file, workspace=WORKSPACE, environment=Environment.PRODUCTION)
    assert len(content.roots) == 1
    assert list(place.key_file.parent.iterdir()) == [place.key_file]
    opened = reopen(place)
    listed = {file.name for file in opened.columns._files.listed()}
    assert {path.name for path in place.columns.iterdir()} == listed
    opened.close()


@dataclass(frozen=True)
class Trial:
    """A workspace from which Ada is to be erased again and again, by processes that are killed."""

    start: Place
    folder: Path

    def steps(self) -> int:
        """Return how many steps an erasure takes that nobody interrupts."""
        told = self.folder / "told"
        told.touch()
        assert not in_a_child(self.start.copy_to(self.folder / "whole"), 0, told)
        return int(told.read_text())

    def happens(self, last: int) -> bool:
        """Kill an erasure before a step; return whether it happened. Laws hold either way."""
        place = self.start.copy_to(self.folder / str(last))
        assert in_a_child(place, last, self.folder / "told")
        opened = reopen(place)
        happened = is_erased(opened)
        check_nothing_is_left_over(place)
        if not happened:
            opened.vault.erase(ADA, opened.columns, suppress=True)  # it can be done again
            assert is_erased(opened)
            check_nothing_is_left_over(place)
        opened.close()
        return happened


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(original(tmp_path / "start"), tmp_path)


def test_killed_just_before_and_after_the_commit_an_erasure_did_not_happen_or_did(
    trial: Trial,
) -> None:
    before, after = 1, trial.steps()
    assert after > 40
    assert not trial.happens(before)
    assert trial.happens(after)
    while after - before > 1:  # towards the step that decides, checking every law on the way
        middle = (before + after) // 2
        if trial.happens(middle):
            after = middle
        else:
            before = middle


@pytest.mark.long
def test_killed_at_any_step_an_erasure_happened_or_did_not(trial: Trial) -> None:
    outcomes = [trial.happens(last) for last in range(1, trial.steps() + 1)]
    assert outcomes == sorted(outcomes)  # once it happened it stays so at every later step
    assert len(set(outcomes)) == 2
