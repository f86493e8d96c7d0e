# SPDX-License-Identifier: Apache-2.0
"""Who read my data, at the command line: asked on standard input, answered in 80 columns."""

from __future__ import annotations

import csv
import io
import stat
from pathlib import Path

import pytest

from tests.cli.command_line import Shell

SEGMENT = "big-spenders"
WIDTH = 80


@pytest.fixture(scope="module")
def busy(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A copy of the shop in which a segment was run once. It is only asked."""
    ada = Shell.in_copy(shop, tmp_path_factory.mktemp("busy"))
    assert ada("segment", "run", SEGMENT).code == 0
    return ada


def somebody(busy: Shell) -> str:
    """Return the number of a customer whom the run found."""
    listed = busy.folder.parent / "found.csv"
    if not listed.exists():
        asked = ("who", "notify", "--segment", SEGMENT, "--out", str(listed), "--yes")
        assert busy(*asked).code == 0
    rows = csv.DictReader(listed.read_text("utf-8").splitlines())
    return next(r["identifier"] for r in rows if r["kind"] == "customer_number")


def test_a_person_is_told_every_run_that_read_them(busy: Shell) -> None:
    told = busy("who", "person", "--id-from", "-", "--json", given=f"{somebody(busy)}\n")
    assert told.code == 0
    document = told.document
    assert (document["privseg"], document["is_known"], document["whole"]) == (
        "privseg.who-person/1", True, True,
    )  # fmt: skip
    (read,) = document["reads"]
    assert (read["concern"], read["found_in"]) == ("read", [SEGMENT])
    assert set(read["attributes"]) >= {"purchase", "purchase.amount"}
    text = busy("who", "person", "--id-from", "-", given=f"{somebody(busy)}\n").out
    assert text.startswith("1 run read this person, or may have\n")
    assert all(len(line) <= WIDTH for line in text.splitlines())


def test_an_identifier_in_the_arguments_is_refused(busy: Shell) -> None:
    told = busy("who", "person", "--id-from", "C0000001")
    assert (told.code, told.out) == (2, "")
    assert "C0000001" not in told.err


def test_nobody_is_not_told_as_not_read(busy: Shell) -> None:
    told = busy("who", "person", "--id-from", "-", given="C9999999\n")
    assert told.code == 0
    assert told.out.startswith("unknown\n")
    assert "leads to nobody" in " ".join(told.out.split())


def test_runs_are_listed_by_what_they_read(busy: Shell) -> None:
    found = busy("who", "read", "--attribute", "purchase.amount", "--json").document
    (run,) = found["runs"]
    assert (found["people"], found["bound"]) == (run["people"], "exact")
    assert found["asked"] == {"attributes": "purchase.amount"}
    none = busy("who", "read", "--attribute", "religion").out
    assert none.startswith("0 runs, 0 people (exact)")
    text = busy("who", "read").out
    assert all(len(line) <= WIDTH for line in text.splitlines())


def test_runs_are_handed_to_a_spreadsheet_without_formulas(busy: Shell) -> None:
    printed = busy("who", "read", "--csv").out
    (row,) = csv.DictReader(io.StringIO(printed))
    assert row["segments"].startswith(f"{SEGMENT}.")
    assert int(row["people"]) > 0
    assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert busy("who", "read", "--csv", "--json").code == 2


@pytest.mark.parametrize(
    "window", [("--since", "yesterday"), ("--since", "2026-02-01", "--until", "2026-01-01")]
)
def test_a_window_that_is_none_is_refused(busy: Shell, window: tuple[str, ...]) -> None:
    assert busy("who", "read", *window).code == 2


def test_a_breach_is_told_with_its_clock_and_what_is_left_to_fill_in(busy: Shell) -> None:
    asked = ("who", "breach", "--segment", SEGMENT, "--aware-at", "2026-01-05T09:00")
    document = busy(*asked, "--json").document
    assert document["authority_by"] == "2026-01-08T09:00:00+00:00"
    assert set(document["to_fill_in"].values()) == {""}
    text = busy(*asked).out
    assert "to be told by 2026-01-08 09:00 UTC (72 hours" in " ".join(text.split())
    assert all(len(line) <= WIDTH for line in text.splitlines())


def test_a_breach_of_nothing_is_refused(busy: Shell) -> None:
    told = busy("who", "breach", "--since", "2026-01-01")
    assert (told.code, told.out) == (1, "")
    assert "say what the breach is about" in " ".join(told.err.split())


def test_whom_to_tell_is_counted_first_and_written_for_its_owner_alone(
    busy: Shell, tmp_path: Path
) -> None:
    out = tmp_path / "to-tell.csv"
    planned = busy("who", "notify", "--segment", SEGMENT, "--out", str(out))
    assert planned.code == 0
    assert "nothing was written; add --yes" in planned.err
    assert not out.exists()
    assert busy("who", "notify", "--segment", SEGMENT, "--out", str(out), "--yes").code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = busy("who", "notify", "--segment", SEGMENT, "--out", str(out), "--yes")
    assert again.code == 1


def test_the_index_is_built_anew_on_request(busy: Shell) -> None:
    built = busy("who", "rebuild", "--json")
    assert built.document["entries"] > 0
    assert busy("who", "read", "--json").document["runs"]
