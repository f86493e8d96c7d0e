# SPDX-License-Identifier: Apache-2.0
"""The log handed out as C2SP tlog-tiles: all of it or nothing, an entry at a time.

Files are written into a folder beside the one that was named, which takes its name when the last
of them is durable. So a folder of that name is a whole export; what was cut short has another name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from privseg.audit import AuditEvent, Kind, Outcome, export
from privseg.engine.errors import WorkspaceExistsError
from privseg.engine.house import House
from privseg.errors import StorageError
from privseg.store.private_files import sync_folder
from privseg.terms import StaffRole
from privseg.tlog import vkey

PARTIAL = ".partial"


class ExportFailedError(StorageError):
    """An export could not be written; nothing of it is left."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"{folder} cannot be written: {why}; nothing was exported; try again")
        self.folder = folder


def export_tiles(house: House, out: Path, *, role: StaffRole) -> int:
    """Write the log as tiles with its keys; bodies, which hold people sets, stay inside.

    Raises:
        WorkspaceExistsError: the folder is not empty.
        ExportFailedError: it cannot be written.
    """
    header: dict[str, str | list[str]] = {"verb": "audit-export", "format": "tlog-tiles"}
    require_empty(out)
    house.log.append(AuditEvent(Kind.EXPORT, Outcome.OK, role, header))
    with whole(out) as folder:
        return write_all(folder, log_files(house, with_bodies=False))


def log_files(house: House, *, with_bodies: bool) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of the export of the log as it is now; nothing of it is held."""
    with house.db.reading():
        size, head, handovers = house.log.size, house.log.head(), house.log.handovers()
    yield from export(
        house.log.entries(0, size),
        checkpoint_note=head,
        vkeys=vkeys(house),
        handovers=handovers,
        with_bodies=with_bodies,
    )


def vkeys(house: House) -> list[str]:
    """Return every key of the log as text, oldest first."""
    return [vkey(each.name, each.public_key) for each in house.audit_verifiers]


def require_empty(out: Path) -> None:
    """Refuse a folder with something in it.

    Raises:
        WorkspaceExistsError: there is.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WorkspaceExistsError(out)


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Yield a folder to write into; it becomes ``out`` if all went well, and else is gone.

    Raises:
        ExportFailedError: it cannot be written.
    """
    partial = out.with_name(f"{out.name}{PARTIAL}")
    try:
        if partial.is_dir():
            shutil.rmtree(partial)  # of a run that was cut short
        partial.mkdir(parents=True)
        yield partial
        os.sync()  # once, for thousands of files and their folders
        with suppress(FileNotFoundError):
            out.rmdir()  # it was found to be empty
        partial.rename(out)
        sync_folder(out.parent)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise ExportFailedError(out, error.strerror or "the system refuses") from None
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_all(folder: Path, files: Iterable[tuple[str, bytes]]) -> int:
    """Write files below a folder; return how many."""
    count = 0
    for name, data in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        count += 1
    return count
