# SPDX-License-Identifier: Apache-2.0
"""Which charges are still being run: so that identical reports at once are charged once.

A run holds its charge's claim until it ends; the operating system gives the claim of a process
that died back. Who asks the same of the same edition meanwhile joins the charge: it covers one
answer, and one answer is all that ever leaves. A charge that nobody holds any more and that has no
answer is spent.

Claims are taken and looked at inside a transaction that writes, so never by two at once.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from privseg.store.connect import PRIVATE_FILE
from privseg.store.refusals import DiskFailureError

FOLDER = "running"
PRIVATE_FOLDER = 0o700


class Claim:
    """One run's hold on its charge; given back at the end of a ``with`` block."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle: int | None = handle

    def give_back(self) -> None:
        """Give it back; the last holder removes its file. Twice is once."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        with suppress(OSError):  # somebody else holds it too, or it is gone
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._path.unlink()
        os.close(handle)

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


class Claims:
    """The claims on the charges of one workspace."""

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
        return Claim(path, handle)

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
