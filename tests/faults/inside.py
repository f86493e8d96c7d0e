# SPDX-License-Identifier: Apache-2.0
"""What the product says of a world that was cut short: it opens by itself, checks itself, and
reads back the rows, identities and consents that it holds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from privseg.engine import Workspace
from privseg.engine.beginning import MARK, PRIVATE
from privseg.errors import PrivsegError
from tests.faults.state import State, read
from tests.faults.worlds import opened

EXPECTED = ("warning",)  # an intent without its outcome is one; anything else is no warning


@dataclass(frozen=True, slots=True)
class Seen:
    """A world as the next command finds it."""

    state: State | None  # None: it does not open
    wrong: tuple[str, ...] = ()


def look(world: Path, shut: tuple[str, ...] = ()) -> Seen:
    """Open a world again and return what it holds, and what it finds wrong; no hand touches it.

    ``shut`` names refusals with which it may stay closed: those that the command is to mend.
    """
    if (world / "ws" / PRIVATE / MARK).exists():
        return Seen(State())  # nothing was put in, and the same command begins it again
    if not (world / "ws" / "privseg.yaml").is_file():
        return Seen(read(world))
    try:
        with opened(world) as ws:
            state = replace(read(world), inside=_holds(ws))  # before the check writes its entry
            return Seen(state, tuple(verified(ws)))
    except AssertionError as error:
        return Seen(None, (str(error),))
    except PrivsegError as error:
        name = type(error).__name__
        if name in shut:
            return Seen(replace(read(world), inside=f"shut: {name}"))
        return Seen(None, (f"{name}: {error}",))


def verified(ws: Workspace) -> list[str]:
    """Return what ``audit verify`` finds, but for intents whose outcome is missing."""
    said = ws.audit_verify()
    findings = said["findings"]
    assert isinstance(findings, list)
    wrong = [str(f) for f in findings if not (str(f).startswith(EXPECTED) and "outcome" in str(f))]
    return wrong if said["ok"] else [*wrong, "audit verify is not content"]


def _holds(ws: Workspace) -> str:
    """Return a digest of everything that can be read of people: rows and identities, decrypted."""
    house = ws._house
    found: list[object] = []
    snapshots = house.db.raw("SELECT coalesce(max(number), 0) FROM snapshot")
    for (snapshot,) in snapshots:
        if not snapshot:
            break
        with house.db.reading():
            people = sorted(house.vault.people(snapshot))
            found.append([(p, sorted(map(repr, house.vault.identity(p)))) for p in people])
        for table in sorted(t for (t,) in house.db.raw("SELECT name FROM column_table")):
            rows = house.columns.dataset(table, snapshot=snapshot).to_table().to_pylist()
            found.append((table, sorted(json.dumps(r, sort_keys=True, default=str) for r in rows)))
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]
