# SPDX-License-Identifier: Apache-2.0
"""Deadlines at the command line: what is late says so, and nothing goes without a yes."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.command_line import Shell
from tests.twins.strict_calendar import read

WHO = "C0000017\n"
LONG_AGO = (datetime.now(UTC) - timedelta(days=1500)).isoformat()


@pytest.fixture(scope="module")
def desk(ours: Shell) -> Shell:
    """A copy of the shop with one request that is late, and one that is not."""
    opened = ("dsr", "open", "object_marketing", "--id-from", "-")
    assert ours(*opened, "--received", LONG_AGO, given=WHO).code == 0
    assert ours(*opened, given="C0000018\n").code == 0
    return ours


def test_what_is_late_says_so_in_words_and_on_standard_error(desk: Shell) -> None:
    shown = desk("dsr", "due")
    assert shown.code == 0
    first, second = shown.out.splitlines()[1:3]
    assert "LATE: answer" in shown.out
    assert first.split()[2] == "1"
    assert "LATE" not in second.split("  ")
    assert shown.err.startswith("late: request 1: ")
    document = desk("dsr", "due", "--json").document
    assert [d["late"] for d in document["due"]] == [True, False]
    assert document["today"] >= date(2026, 1, 1).isoformat()
    assert "C0000017" not in shown.out + shown.err


def test_only_what_is_near_is_shown_and_what_is_late_always(desk: Shell) -> None:
    numbers = [d["number"] for d in desk("dsr", "due", "--within", "1d", "--json").document["due"]]
    assert numbers == [1]
    for wrong in ("14", "0d", "2w", "-1d"):
        assert desk("dsr", "due", "--within", wrong).code == 2


def test_letters_that_nobody_is_known_to_have_sent_are_told_and_name_nobody(
    desk: Shell, tmp_path: Path
) -> None:
    here = Shell.in_copy(desk.folder, tmp_path)

    def told(*more: str) -> str:
        return here("dsr", "due", *more).out.partition("answered, and")[0]

    calendar = here("dsr", "calendar", "--out", str(tmp_path / "before.ics"), "--json").document
    assert here("dsr", "due", "--json").document["mail"] == []
    assert here("dsr", "confirm", "2").code == 0
    assert "lie in answers/: 1 request (2)\n  next: send them, then remove" in told()
    assert "1 request (2)" in told("--within", "1d")  # it has no day that is near or far
    (letter,) = (here.folder / "answers").glob("request-2.*")
    letter.unlink()
    assert here("dsr", "due", "--json").document["mail"] == []

    assert here("dsr", "run", "1").code == 0
    assert here("dsr", "run", "2").code == 0
    shown = here("dsr", "due")
    assert shown.out.splitlines() == [
        "nothing is due",
        "answered, and not closed: 2 requests (1, 2)",
        "  next: send what is not sent yet, then for each: privseg dsr close NUMBER",
    ]
    assert here("dsr", "close", "2").code == 0
    assert here("dsr", "due", "--json").document["mail"] == [
        {"mail": "answers", "count": 1, "requests": [1],
         "next": "send what is not sent yet, then for each: privseg dsr close 1"},
    ]  # fmt: skip
    assert not any(who in shown.out + shown.err for who in ("C0000017", "C0000018"))
    assert calendar["events"] == 2
    after = here("dsr", "calendar", "--out", str(tmp_path / "after.ics"), "--json").document
    assert after["events"] == 0  # a calendar holds days alone


def test_the_calendar_is_written_whole(desk: Shell, tmp_path: Path) -> None:
    out = tmp_path / "deadlines.ics"
    answer = desk("dsr", "calendar", "--out", str(out), "--json")
    assert answer.document == {"file": str(out), "events": 2}
    assert len(read(out.read_bytes()).inside) == 2


def test_the_numbers_of_a_year_come_as_csv_into_a_new_file(desk: Shell, tmp_path: Path) -> None:
    out = tmp_path / "requests.csv"
    year = str(datetime.now(UTC).year)
    assert desk("dsr", "metrics", "--year", year, "--out", str(out)).code == 0
    rows = list(csv.reader(out.read_text("utf-8").splitlines()))
    assert rows[0][:4] == ["year", "counted", "right", "received"]
    assert [row[2] for row in rows[1:]] == [
        "delete", "correct", "know", "opt_out_of_sale_or_sharing", "limit",
        "opt_out_of_automated_decisions",
    ]  # fmt: skip
    again = desk("dsr", "metrics", "--year", year, "--out", str(out))
    assert again.code != 0  # never over a file that is there
    assert desk("dsr", "metrics", "--year", "1999").code == 2
    shown = desk("dsr", "metrics", "--year", year, "--everyone")
    assert max(map(len, shown.out.splitlines())) <= 80


def test_records_are_only_shown_until_somebody_says_yes(desk: Shell) -> None:
    assert desk("dsr", "expire", "--json").document == {"done": False, "expired": [], "held": []}
    shown = desk("dsr", "expire", "--yes")
    assert (shown.code, shown.out) == (0, "no record of a request is over\n")
