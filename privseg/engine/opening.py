# SPDX-License-Identifier: Apache-2.0
"""From a workspace's settings to its database: a file, or a schema on a server."""

from __future__ import annotations

import shutil
from pathlib import Path

from privseg.loaders import WorkspaceConfig
from privseg.loaders.database_address import address, is_address
from privseg.loaders.errors import Mistakes
from privseg.loaders.workspace import Environment
from privseg.store import Database, Shared, UnsafeDatabaseError
from privseg.terms import Place


def place_of(config: WorkspaceConfig) -> Path | Shared:
    """Return where the database of a workspace is."""
    if isinstance(config.database, Path):
        return config.database
    return Shared(config.database, config.workspace_id, config.private)


def require_address(database: str | None) -> None:
    """Refuse what cannot stand in privseg.yaml before it does: a password, above all.

    Raises:
        DocumentError: it is an address that is refused there.
    """
    if database is not None and is_address(database):
        mistakes = Mistakes()
        address(database, Place("--database", 1), mistakes)
        mistakes.refuse()


def empty_again(folder: Path) -> None:
    """Remove all that is in a folder which was empty before: its workspace could not be made."""
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()


def open_database(config: WorkspaceConfig, *, new: bool) -> Database:
    """Make or open the database of a workspace.

    Raises:
        UnsafeDatabaseError: the server could lose what it acknowledged, and this is production.
        DatabaseError: it cannot be made or opened.
    """
    make = Database.create if new else Database.open
    db = make(place_of(config))
    if config.environment is Environment.PRODUCTION and (weak := db.weaknesses):
        db.close()
        raise UnsafeDatabaseError(db.place, weaknesses=weak)
    return db
