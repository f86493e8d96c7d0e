# SPDX-License-Identifier: Apache-2.0
"""Rules put in the place of others: all of the folders or none, whenever it is cut short.

They are laid ready beside, made durable, said on the log, and then take one name (``.taken``): from
then on they are in force, and whoever opens the workspace next finishes what is left to be moved.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from privseg.engine.private_files import sync_folder
from privseg.errors import StorageError

TAKEN = ".taken"
READY = ".new-"  # a folder that begins so was never said to be in force: nothing reads it


class RulesNotTakenError(StorageError):
    """Rules could not be put in the place of others."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the rules could not be taken ({why}); those before stand, or the next command "
            "finishes; try again"
        )


def take(root: Path, path: Path, folders: Iterable[str], *, said: Callable[[], object]) -> None:
    """Take the ``folders`` of ``path``, or the one policy file that it is, once ``said`` is done.

    Raises:
        RulesNotTakenError: the rules before are untouched, or the next opening finishes.
    """
    try:
        for old in root.glob(f"{READY}*"):
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(dir=root, prefix=READY) as aside:
            _lay(Path(aside), path, folders)
            said()
            Path(aside).rename(root / TAKEN)
            sync_folder(root)
    except (OSError, shutil.Error) as error:
        raise RulesNotTakenError(getattr(error, "strerror", None) or "a file refuses") from None
    finish_taking(root)


def finish_taking(root: Path) -> None:
    """Move what was taken to its place, folder by folder; nothing to do is the usual case.

    Raises:
        RulesNotTakenError: it cannot be; the next opening tries again.
    """
    taken = root / TAKEN
    try:
        for made in sorted(taken.iterdir()) if taken.is_dir() else ():
            if (root / made.name).exists():
                shutil.rmtree(root / made.name)
            made.rename(root / made.name)
            sync_folder(root)
            sync_folder(taken)
        if taken.is_dir():
            taken.rmdir()
            sync_folder(root)
    except OSError as error:
        raise RulesNotTakenError(error.strerror or "the system refuses") from None


def _lay(aside: Path, path: Path, folders: Iterable[str]) -> None:
    """Copy rules into a folder, durably."""
    if path.is_dir():
        for folder in folders:
            shutil.copytree(path / folder, aside / folder)
    else:
        (aside / "policies").mkdir()
        shutil.copy(path, aside / "policies" / path.name)
    for folder, _, files in os.walk(aside):
        for name in files:
            handle = os.open(Path(folder) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(folder))
