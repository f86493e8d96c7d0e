# SPDX-License-Identifier: Apache-2.0
"""Changes of projections, by Alembic: caches that are made anew from the histories, nothing else.

Histories never migrate: their bytes are what the log's leaves and the budget's links are made of.
A projection's revision stands in ``projection_version``; whoever opens the database brings it up to
date in one transaction, as the one writer. One that is ahead of the program is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

FOLDER = Path(__file__).parent
VERSIONS = "projection_version"


def upgrade(connection: Connection, *, to: str = "head", folder: Path = FOLDER) -> None:
    """Bring the projections up to a revision, in the open transaction."""
    script = _scripts(folder)
    _run(connection, script, lambda now, _: script._upgrade_revs(to, now))  # noqa: SLF001  # as its own commands do


def downgrade(connection: Connection, *, to: str = "base", folder: Path = FOLDER) -> None:
    """Take the projections back to a revision, in the open transaction."""
    script = _scripts(folder)
    _run(connection, script, lambda now, _: script._downgrade_revs(to, now))  # noqa: SLF001  # as above


def head(folder: Path = FOLDER) -> str:
    """Return the newest revision that the scripts know."""
    found = _scripts(folder).get_current_head()
    assert found is not None, "there is a first revision"
    return found


def _scripts(folder: Path) -> ScriptDirectory:
    """Return the scripts of a folder."""
    return ScriptDirectory(str(folder))


def _run(connection: Connection, script: ScriptDirectory, steps: Callable[..., Any]) -> None:
    """Run steps over our own connection; the transaction is ours, too."""
    environment = EnvironmentContext(Config(), script, fn=steps)
    with environment:
        environment.configure(connection=connection, version_table=VERSIONS)
        environment.run_migrations()
