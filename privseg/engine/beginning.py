# SPDX-License-Identifier: Apache-2.0
"""Making a workspace: cut short at any moment, it is made by the same command once more.

A mark stands in the folder from the first step to the last. A folder with it is no workspace yet:
nothing was ever put in, so that it may be emptied and begun again. The mark holds the id that the
workspace is going to have: a key container that was made for it already is taken up again.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from privseg.engine.errors import WorkspaceExistsError
from privseg.engine.opening import empty_again
from privseg.engine.private_files import PRIVATE_FOLDER, sync_folder
from privseg.errors import InputError, StorageError
from privseg.loaders import Shipped, copy_shipped
from privseg.loaders.workspace import SETTINGS

PRIVATE = ".privseg"
MARK = "unfinished"
_ID = re.compile(r"ws-[0-9a-f]{16}")


class WorkspaceUnfinishedError(InputError):
    """The making of a workspace was cut short; it holds nothing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is a workspace that was cut short while it was made, and holds nothing; "
            "make it once more: privseg init"
        )
        self.folder = folder


class WorkspaceNotMadeError(StorageError):
    """A workspace could not be made."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"no workspace can be made in {folder}: {why}; see to it, then try again")
        self.folder = folder


def begin(root: Path) -> str:
    """Mark a new, empty or unfinished folder; return the id of the workspace to be made there.

    Raises:
        WorkspaceExistsError: there is something in the folder; nothing was changed.
        WorkspaceNotMadeError: the folder cannot be written.
    """
    mark = root / PRIVATE / MARK
    try:
        if mark.exists():
            return _again(root, mark)
        if root.exists() and not _is_empty(root):
            raise WorkspaceExistsError(root)
        _make(root / PRIVATE)
        return _marked(mark)
    except OSError as error:
        raise WorkspaceNotMadeError(root, error.strerror or "the system refuses") from None


def lay(root: Path, settings: str, starter: Shipped) -> None:
    """Write settings and the starter's files.

    Raises:
        WorkspaceNotMadeError: they cannot be written.
    """
    try:
        (root / SETTINGS).write_text(settings, "utf-8")
        copy_shipped(starter, root)
        for name in ("policies", "segments", "reports"):
            (root / name).mkdir(exist_ok=True)
    except OSError as error:
        raise WorkspaceNotMadeError(root, error.strerror or "the system refuses") from None


def forget_notes(named: str, *, beside: Path) -> None:
    """Remove the notes that an unfinished workspace of this id left beside its key container.

    They are sealed under secrets of a database that was never finished.

    Raises:
        WorkspaceNotMadeError: one cannot be removed.
    """
    try:
        for pattern in (f"{named}.*", f".{named}.*"):
            for note in beside.parent.glob(pattern):
                if note.name != beside.name:
                    note.unlink()
    except OSError as error:
        raise WorkspaceNotMadeError(beside.parent, error.strerror or "the system refuses") from None


def finish(root: Path) -> None:
    """Make all that was made survive a power cut, then take the mark away.

    Raises:
        WorkspaceNotMadeError: it cannot be; the folder stays unfinished.
    """
    try:
        for folder, _, files in os.walk(root):
            for name in files:
                _sync(Path(folder) / name)
            sync_folder(Path(folder))
        (root / PRIVATE / MARK).unlink()
        sync_folder(root / PRIVATE)
    except OSError as error:
        raise WorkspaceNotMadeError(root, error.strerror or "the system refuses") from None


def abandon(root: Path) -> None:
    """Empty the folder of a workspace that could not be made, unless it came as far as its keys.

    Then it stays unfinished: the next try takes up what was made for its id.
    """
    with suppress(OSError):
        if [each.name for each in (root / PRIVATE).iterdir()] == [MARK]:
            empty_again(root)


def require_finished(root: Path) -> None:
    """Return if a workspace was made to its end.

    Raises:
        WorkspaceUnfinishedError: it was not.
    """
    if (root / PRIVATE / MARK).exists():
        raise WorkspaceUnfinishedError(root)


def _is_empty(root: Path) -> bool:
    """Return whether nothing is in a folder, or only what comes before the mark."""
    found = list(root.iterdir())
    return not found or (found == [root / PRIVATE] and not any((root / PRIVATE).iterdir()))


def _again(root: Path, mark: Path) -> str:
    """Empty an unfinished folder, the mark last; return the id it was to have."""
    said = mark.read_text("ascii")
    for each in [*root.iterdir(), *(root / PRIVATE).iterdir()]:
        if each in {root / PRIVATE, mark}:
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
    return said if _ID.fullmatch(said) else _marked(mark)


def _make(folder: Path) -> None:
    """Make a folder with those above it, so that a power cut takes none of them away."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    for each in reversed(missing):
        sync_folder(each.parent)


def _marked(mark: Path) -> str:
    """Write the mark with a new id, durably."""
    made = f"ws-{secrets.token_hex(8)}"
    with mark.open("w", encoding="ascii") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(mark.parent)
    return made


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
