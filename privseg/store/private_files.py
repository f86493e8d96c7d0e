# SPDX-License-Identifier: Apache-2.0
"""Files and folders that nobody but their owner can read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
OTHERS = 0o077  # what a mode grants to anybody but the owner


def make_private_file(path: Path) -> None:
    """Make an empty file for its owner alone, in a folder that only they can enter.

    Raises:
        FileExistsError: something is already there.
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))


def keep_private(path: Path) -> None:
    """Take from others what a copy or a restore may have granted them, where we own the file."""
    mode = path.stat().st_mode
    if mode & OTHERS:
        with suppress(PermissionError):
            path.chmod(mode & ~OTHERS)


def sync_folder(folder: Path) -> None:
    """Make a new file's name in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
