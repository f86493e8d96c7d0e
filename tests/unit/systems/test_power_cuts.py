# SPDX-License-Identifier: Apache-2.0
"""Power lost at any step of an erasure: each file is old or new, and it can be finished."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.twins.other_systems import Table, email, make, rules
from tests.twins.power_cut import PowerCut

ADA = "ada@example.com"
ROWS = [(ADA, "bees"), ("grace@example.com", "compilers"), (ADA, "mills"), ("kay@example.com", "x")]
TABLES = {name: Table(("email", "note"), ROWS) for name in ("customers", "orders")}
OTHERS = [ROWS[1], ROWS[3]]
STEPS = ("rename", "unlink", "fsync", "chmod", "rmdir")


@contextmanager
def dead_from(last: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Let the process do nothing to any file from its ``last`` step on: not even tidy up."""
    taken = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **more: object) -> object:
            nonlocal taken
            taken += 1
            if taken >= last:
                raise PowerCut
            return real(*args, **more)

        return step

    with monkeypatch.context() as patch:
        for name in STEPS:
            patch.setattr(os, name, counted(getattr(os, name)))
        yield lambda: taken


@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb"])
def test_cut_at_any_step_every_file_is_old_or_new_and_the_next_run_finishes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened = []
    for last in range(1, 100):
        made = make(kind, tmp_path / str(last))
        made.lay(TABLES)
        system = made.system(rules("customers"), rules("orders"))
        with dead_from(last, monkeypatch) as taken:
            with suppress(PowerCut):
                system.erase(email(ADA))
            steps = taken()
        found = made.meaning(TABLES)
        assert all(rows in (ROWS, OTHERS) for rows in found.values())
        happened.append(sum(rows == OTHERS for rows in found.values()))
        system.erase(email(ADA))
        assert made.meaning(TABLES) == {"customers": OTHERS, "orders": OTHERS}
        folder = made.place if made.place.is_dir() else made.place.parent
        assert not [p.name for p in folder.iterdir() if p.name.startswith(".")]
        assert ADA.encode() not in made.raw()
        if steps < last:
            break
    assert happened == sorted(happened)
    assert set(happened) >= {0, 2}


KILLED = """
import os, sys
from privseg.dsr.system_rules import SystemKind, SystemRules, TableRules
from privseg.systems.sqlite import SqliteSystem
from privseg.terms import SubjectId
setattr(SqliteSystem, sys.argv[2], lambda *_: os._exit(9))
tables = [TableRules(name=n, person="email", identifier="email") for n in ("customers", "orders")]
said = SystemRules(name="crm", kind=SystemKind.SQLITE, where=sys.argv[1], tables=tuple(tables))
SqliteSystem(said).erase([SubjectId("email", "ada@example.com")])
"""


@pytest.mark.parametrize(("when", "left"), [("_require_gone", ROWS), ("_scrub", OTHERS)])
def test_a_process_that_is_killed_around_the_commit_leaves_all_or_nothing(
    when: str, left: list[tuple[str, str]], tmp_path: Path
) -> None:
    made = make("sqlite", tmp_path)
    made.lay(TABLES)
    done = subprocess.run([sys.executable, "-c", KILLED, str(made.place), when], check=False)
    assert done.returncode == 9
    assert made.meaning(TABLES) == {"customers": left, "orders": left}
    made.system(rules("customers"), rules("orders")).erase(email(ADA))
    assert made.meaning(TABLES) == {"customers": OTHERS, "orders": OTHERS}
    assert ADA.encode() not in made.raw()
