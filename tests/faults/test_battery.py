# SPDX-License-Identifier: Apache-2.0
"""Whatever fails while a command writes: what was acknowledged is there, nothing else differs, and
the next command goes on without a hand.

``make test`` tries a command of every kind with some faults and a power cut; ``make test-long`` all
of them, with more than 1,000. ``PRIVSEG_FAULTS=all`` tries every call of every command with every
fault.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from privseg.engine import Workspace
from tests.faults.commands import CHANGE_NOTHING, COMMANDS
from tests.faults.conftest import Nursery

SEED = os.environ.get("PRIVSEG_FAULT_SEED", "1")
IN_EVERY_RUN = (
    "init", "source import (events)", "consent record withdraw", "consent import",
    "policy taken from a folder", "segment run", "report run", "dsr open", "dsr run (access)",
    "dsr run (erasure)", "keys rotate", "keys move", "reidentify open", "audit kit",
)  # fmt: skip
"""One of each way to write: the database alone, files beside it, folders, keys, other systems."""

SHORT = -(-120 // len(IN_EVERY_RUN))
LONG = -(-1_200 // len(COMMANDS))
CUTS, MANY_CUTS = 1, 40
EVERY = 1_000_000


def survived(found: list[dict[str, Any]]) -> None:
    """Fail with every fault that did harm."""
    harm = [f"{f['command']}: {f['fault']}: {w}" for f in found for w in f["wrong"]]
    assert not harm, "\n".join(harm)
    late = [f["fault"] for f in found if not f["happened"]]
    assert len(late) <= len(found) // 10, f"too many did not happen: {late}"


@pytest.mark.parametrize("command", IN_EVERY_RUN)
def test_whatever_fails_leaves_all_of_it_or_nothing(nursery_process: Nursery, command: str) -> None:
    """Faults at calls, then power cuts: what a command does without one is found out once."""
    survived(nursery_process.ask("faults", command, SHORT, seed=SEED))
    survived(nursery_process.ask("power", command, CUTS, seed=SEED))


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS)
def test_many_faults_leave_all_of_it_or_nothing(nursery_process: Nursery, command: str) -> None:
    count = EVERY if os.environ.get("PRIVSEG_FAULTS") == "all" else LONG
    survived(nursery_process.ask("faults", command, count, seed=f"long/{SEED}"))
    survived(nursery_process.ask("power", command, MANY_CUTS, seed=f"long/{SEED}"))


def test_every_verb_of_a_workspace_is_in_the_battery_or_changes_nothing() -> None:
    verbs = {
        name
        for name in dir(Workspace)
        if not name.startswith("_") and callable(getattr(Workspace, name))
    }
    tried = {verb for command in COMMANDS.values() for verb in command.verbs}
    assert not tried & CHANGE_NOTHING.keys()
    assert verbs == tried | CHANGE_NOTHING.keys()
