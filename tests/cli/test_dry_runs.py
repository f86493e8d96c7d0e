# SPDX-License-Identifier: Apache-2.0
"""A dry run changes nothing: not a file, not a row, no edition that a later report would read."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command_line import Shell

ADA = "C0000001\n"
LOG = {  # looking at a person is on it, and in the index of who was looked at
    "audit_entry", "audit_body", "audit_head", "audit_month", "sqlite_sequence",
    "touched_entry", "touched_head", "touched_part",
}  # fmt: skip


def everything(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a workspace."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def rows(folder: Path, *, without: Iterable[str] = ()) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table of a workspace's database."""
    with closing(sqlite3.connect(folder / ".privseg/workspace.db")) as direct:
        named = direct.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = sorted(name for (name,) in named if name not in set(without))
        return {t: direct.execute(f'SELECT * FROM "{t}"').fetchall() for t in tables}


@pytest.mark.parametrize(
    "line",
    [
        "source import crm data/crm.csv --dry-run",
        "source import crm bad.csv --dry-run --quarantine aside.csv",
        "source propose data/crm.csv",
        "report run customer-overview --dry-run",
        "report run big-spenders --by country --dry-run --json",
        "report check customer-overview",
        "report explain customer-overview",
        "report run big-spenders --by religion --dry-run",
        "segment check",
        "segment explain big-spenders",
        "policy check",
        "policy explain lifecycle-marketing religion",
        "budget show",
        "source list",
    ],
)
def test_nothing_is_changed_by(ours: Shell, line: str) -> None:
    header, first, second, *_ = (ours.folder / "data/crm.csv").read_text("utf-8").splitlines()
    bad = "\n".join([header, first, re.sub(r",\d+,", ",old,", second)])
    (ours.folder / "bad.csv").write_text(bad, "utf-8")
    before, tables = everything(ours.folder), rows(ours.folder)
    answer = ours(*line.split())
    assert answer.out or answer.code == 3
    assert rows(ours.folder) == tables
    assert everything(ours.folder) == before


@pytest.mark.parametrize("kind", ["access", "erasure"])
def test_a_request_run_dry_reads_and_erases_nothing(own: Shell, kind: str) -> None:
    own("dsr", "open", kind, "--id-from", "-", given=ADA)
    before = rows(own.folder, without=LOG)
    answer = own("dsr", "run", "1", "--dry-run", "--json")
    assert answer.code == 0
    assert answer.document["done"] is False
    assert answer.document["files"] == []
    assert bool(answer.document["erases"]) == (kind == "erasure")
    assert rows(own.folder, without=LOG) == before
    assert not (own.folder / "answers").exists()


def test_an_erasure_shows_its_plan_until_it_is_told_to_go_ahead(own: Shell) -> None:
    own("dsr", "open", "erasure", "--id-from", "-", "--identity", "account", given=ADA)
    planned = own("dsr", "run", "1")
    assert planned.out.startswith("would erase\n")
    assert planned.err == "nothing was erased; to do it: privseg dsr run 1 --yes\n"
    assert own("consent", "show", "--id-from", "-", "--json", given=ADA).document["known"]
    done = own("dsr", "run", "1", "--yes", "--json").document
    assert done["done"] is True
    assert [Path(f).name for f in done["files"]] == [
        "request-1-receipt.json",
        "request-1.erased.html",
    ]
    assert not own("consent", "show", "--id-from", "-", "--json", given=ADA).document["known"]


def test_a_dry_run_does_not_fix_what_the_day_s_reports_read(own: Shell) -> None:
    """Else whoever looks before all data are in would get reports without them for the day."""
    own("report", "run", "big-spenders", "--dry-run")
    own("source", "import", "crm", "data/crm.csv")
    kinds = [e["kind"] for e in own("audit", "tail", "--json").document]
    assert "configuration" not in kinds


def test_a_dry_run_foretells_what_the_run_then_costs(own: Shell) -> None:
    foretold = own("report", "run", "big-spenders", "--dry-run", "--json").document
    assert own("report", "run", "big-spenders", "--json").code == 0
    budget = own("budget", "show", "--json").document
    assert budget["rho_spent"] == foretold["rho"]
    assert budget["delta_spent"] == foretold["selection_delta"]
