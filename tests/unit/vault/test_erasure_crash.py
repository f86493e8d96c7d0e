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
from pathlib import Path

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
    """Ends the process before its n-th step."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
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


def erase_and_die(place: Place, steps: int) -> None:
    """In a child: erase Ada, dying at a step; exit 0 if the steps were not used up."""
    countdown = Countdown(steps)
    storage = Watched(Database.open(place.workspace / "privseg.sqlite"))
    vault = Vault.open(storage, place.key_file, workspace=WORKSPACE)
    columns = ColumnStore.open(place.columns, storage, vault)
    Watched.step = staticmethod(countdown)
    sys.addaudithook(countdown.hear)
    vault.erase(ADA, columns, suppress=True)
    os._exit(0)


def dies(place: Place, steps: int) -> bool:
    """Return whether the child was killed before it was done."""
    child = os.fork()
    if child == 0:
        try:
            erase_and_die(place, steps)
        finally:
            os._exit(1)  # an error of the test itself
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


def test_killed_at_any_step_the_erasure_happened_or_did_not(tmp_path: Path) -> None:
    start = original(tmp_path / "start")
    outcomes: list[bool] = []
    killed, steps = True, 0
    while killed:
        steps += 1
        place = start.copy_to(tmp_path / str(steps))
        killed = dies(place, steps)
        opened = reopen(place)
        outcomes.append(is_erased(opened))
        if not outcomes[-1]:
            opened.vault.erase(ADA, opened.columns, suppress=True)  # and it can be done again
            assert is_erased(opened)
        opened.close()
        check_nothing_is_left_over(place)
    assert steps > 40
    assert outcomes == sorted(outcomes)  # once it happened it stays so at every later step
    assert not outcomes[0]
    assert outcomes[-2]  # there are steps after the commit, too
