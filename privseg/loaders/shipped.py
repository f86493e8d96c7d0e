# SPDX-License-Identifier: Apache-2.0
"""The policies that come with the package: a shop to try, and a starter to fill in.

They lie in ``policies/`` of the source tree and in ``privseg/_policies`` of an installed package.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from privseg.errors import InputError

ROOT = "_policies"


class Shipped(StrEnum):
    """What comes with the package; each is laid out like a workspace."""

    SHOP = "shop"
    STARTER = "starter"


class OccupiedError(InputError):
    """A file that would be written is there already; nothing was written."""

    def __init__(self, path: Path) -> None:
        """Keep the path."""
        super().__init__(f"{path} is there already; choose an empty folder, or move it away")
        self.path = path


def shipped(which: Shipped) -> Traversable:
    """Return the folder of what comes with the package: policies, segments and reports in it.

    >>> sorted(p.name for p in shipped(Shipped.SHOP).iterdir())
    ['policies', 'reports', 'segments']
    """
    return files("privseg").joinpath(ROOT, str(which))


def copy_shipped(which: Shipped, folder: Path) -> tuple[Path, ...]:
    """Copy what comes with the package into ``folder``; return the files written.

    Raises:
        OccupiedError: one of them is there already; then none is written.
    """
    planned = [(source, folder.joinpath(*parts)) for source, parts in _walk(shipped(which))]
    if there := next((target for _, target in planned if target.exists()), None):
        raise OccupiedError(there)
    for source, target in planned:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    return tuple(target for _, target in planned)


def _walk(folder: Traversable, *above: str) -> Iterator[tuple[Traversable, tuple[str, ...]]]:
    """Yield every file below a folder with its path in it, by name."""
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _walk(entry, *above, entry.name)
        else:
            yield entry, (*above, entry.name)
