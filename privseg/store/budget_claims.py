# SPDX-License-Identifier: Apache-2.0
"""Which charges are still being run: so that identical reports at once are charged once.

A run holds its charge's claim until it ends; the claim of a process that died is given back for it.
Who asks the same of the same edition meanwhile joins the charge: it covers one answer, and one
answer is all that ever leaves. A charge that nobody holds any more and that has no answer is spent.

Claims are taken and looked at inside a transaction that writes, so never by two at once. Beside a
file they are locks of the operating system, on a server the server's (``postgres.claims``).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from privseg.store.private_files import PRIVATE_FILE, PRIVATE_FOLDER
from privseg.store.refusals import DiskFailureError

FOLDER = "running"


class Claim:
    """One run's hold on its charge; given back at the end of a ``with`` block."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def give_back(self) -> None:
        """Give it back. Twice is once."""
        if self._release is not None:
            release, self._release = self._release, None
            release()

    def __del__(self) -> None:
        """Give it back when nobody can any more."""
        self.give_back()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it back."""
        self.give_back()


class Claims(Protocol):
    """Port: the claims on the charges of one workspace."""

    def take(self, number: int) -> Claim:
        """Take a claim on a charge, beside whoever has one.

        Raises:
            DatabaseError: it cannot be taken; whoever wanted it runs nothing.
        """
        ...

    def is_held(self, number: int) -> bool:
        """Return whether a run that is alive holds a claim on a charge."""
        ...


class FolderClaims:
    """Claims as locked files in the workspace's private folder."""

    def __init__(self, private: Path) -> None:
        self._folder = private / FOLDER

    def take(self, number: int) -> Claim:
        """Take a claim on a charge, beside whoever has one.

        Raises:
            DiskFailureError: the workspace's private folder cannot be written.
        """
        path = self._path(number)
        try:
            self._folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            handle = os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE_FILE)
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            raise DiskFailureError(path) from None
        return Claim(partial(_release, path, handle))

    def is_held(self, number: int) -> bool:
        """Return whether a run that is alive holds a claim on a charge."""
        path = self._path(number)
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(handle)

    def _path(self, number: int) -> Path:
        """Return the file of a charge's claim."""
        return self._folder / str(number)


def _release(path: Path, handle: int) -> None:
    """Give a claim back; the last holder removes its file."""
    with suppress(OSError):  # somebody else holds it too, or it is gone
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    os.close(handle)
