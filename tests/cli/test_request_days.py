# SPDX-License-Identifier: Apache-2.0
"""Days of requests at the command line: those of the workspace, wherever they are shown."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.cli.command_line import Shell

WEST = ZoneInfo("America/Los_Angeles")
OPEN = ("dsr", "open", "opt_out_sale", "--id-from", "-")


@pytest.fixture(scope="module")
def desk(ours: Shell) -> Shell:
    """A copy of the shop whose days are Californian."""
    settings = ours.folder / "privseg.yaml"
    text = settings.read_text("utf-8")
    settings.write_text(
        re.sub(r"time_zone: \S+", 'time_zone: "America/Los_Angeles"', text), "utf-8"
    )
    return ours


def test_a_day_is_one_of_the_workspace_wherever_it_is_shown(desk: Shell) -> None:
    day = "2026-03-18"
    opened = desk(*OPEN, "--received", day, "--jurisdiction", "US-CA", given="C9000001\n")
    assert opened.code == 0, opened.err
    assert f"received    {day}\n" in opened.out
    number = opened.out.split()[1].rstrip(":")
    document = desk("dsr", "show", number, "--json").document
    assert document["received_at"] == f"{day}T00:00:00-07:00"
    assert f"received    {day}\n" in desk("dsr", "show", number).out
    assert day in desk("dsr", "list").out
    letter = desk("dsr", "confirm", number, "--json").document["files"][0]
    with open(letter, encoding="utf-8") as page:  # noqa: PTH123
        assert "18 March 2026" in page.read()


def test_a_day_that_has_not_begun_there_is_refused(desk: Shell) -> None:
    before = desk("dsr", "list", "--json").document
    tomorrow = (datetime.now(WEST) + timedelta(days=1)).date()
    refused = desk(*OPEN, "--received", tomorrow.isoformat(), given="C9000002\n")
    assert (refused.code, "lies ahead" in refused.err) == (2, True)
    assert desk("dsr", "list", "--json").document == before
    today = datetime.now(WEST).date()
    assert desk(*OPEN, "--received", today.isoformat(), given="C9000002\n").code == 0


def test_two_places_are_told_in_words(desk: Shell) -> None:
    said = "US-CA"

    opened = desk("dsr", "open", "access", "--id-from", "-", "--jurisdiction", said,
                  given="C0000001\n")  # fmt: skip
    (place,) = (line for line in opened.out.splitlines() if line.startswith("place "))
    assert place.endswith(f"said {said}: the earlier of both laws")
    number = opened.out.split()[1].rstrip(":")
    shown = desk("dsr", "plan", number)
    assert place in shown.out
    assert re.search(r"^law +the strictest of those of \S+ and US-CA$", shown.out, re.MULTILINE)
    assert max(map(len, shown.out.splitlines())) <= 80
    assert place in desk("dsr", "show", number).out
    stranger = desk("dsr", "open", "access", "--id-from", "-", given="C9000003\n")
    shown = desk("dsr", "plan", stranger.out.split()[1].rstrip(":"))
    assert "strictest of all: nobody knows where the person lives" in shown.out


def test_the_numbers_of_california_say_how_many_were_left_out(desk: Shell) -> None:
    year = str(datetime.now(WEST).year)
    shown = desk("dsr", "metrics", "--year", year)
    assert re.search(r"left out: \d+ requests? of which nobody knows where", shown.out)
    document = desk("dsr", "metrics", "--year", year, "--json").document
    assert document["place_unknown"] >= 1


def test_points_of_no_kind_are_told_which_kinds_there_are(desk: Shell) -> None:
    opened = desk("dsr", "open", "erasure", "--id-from", "-", given="C0000002\n")
    number = opened.out.split()[1].rstrip(":")
    wrong = desk("dsr", "verify", number, "--points-from", "-",
                 given="mail: ada@example.com\ncity: Berlin\n")  # fmt: skip
    assert wrong.code != 0
    assert "email" in wrong.err
    assert "ada@example.com" not in wrong.err


def test_two_points_that_are_soon_guessed_prove_nobody(desk: Shell) -> None:
    opened = desk(
        "dsr", "open", "erasure", "--id-from", "-", "--jurisdiction", "DE", given="C0000002\n"
    )
    number = opened.out.split()[1].rstrip(":")
    for guess in ("gender: female\ncountry: DE\n", "uses_app: true\nloyalty_tier: gold\n"):
        wrong = desk("dsr", "verify", number, "--points-from", "-", given=guess)
        assert wrong.code == 1
        assert "have few possible values each; take another data point" in wrong.err
    assert "attempt" not in desk("dsr", "show", number).out


def test_what_a_file_of_requests_may_say_is_the_same_in_help_and_errors(desk: Shell) -> None:
    file = desk.folder / "few.csv"
    file.write_text(
        "kind,identifier,manner\nappeal,C0000003,letter\nnone,C0000003,pigeon\n", "utf-8"
    )
    refused = desk("dsr", "import", str(file), "--dry-run")
    assert refused.code != 0
    told = " ".join(refused.err.split()) + " ".join(refused.out.split())
    assert "open it by hand" in told
    kinds, manners = re.findall(r"not one of ([a-z_, ]+)", told)[:2]
    assert not {"appeal", "rectification"} & set(re.findall(r"[a-z_]+", kinds))
    help_ = " ".join(desk("dsr", "import", "--help").out.split())
    names = [
        name for name in re.findall(r"[a-z]+", manners) if name in {"letter", "invited", "import"}
    ]
    assert len(names) == 3
    assert "rectification and appeal, which are opened by hand" in help_
    assert "agent, invited and import" in help_
