# SPDX-License-Identifier: Apache-2.0
"""From an empty folder and somebody's own CSV file to a report that verifies, as the hints lead."""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import Shell

PEOPLE = 400
COUNTRIES = ("DE", "FR", "NL")
SEGMENT = """segment: sea-lovers
label: {en: Sea lovers}
segmenter: guests-reports
where: {attribute: likes, equals: sea}
"""


def guests() -> Iterator[list[str]]:
    """Yield invented guests of an invented hotel, and one row that cannot be read."""
    yield ["guest_id", "email", "country", "likes", "nights"]
    for n in range(PEOPLE):
        country, likes = COUNTRIES[n % 3], ("sea", "snow")[n % 5 > 2]
        yield [f"G{n:05}", f"guest{n}@example.com", country, likes, str(n % 20)]


def consents(purpose: str, categories: str, notice: str) -> Iterator[list[str]]:
    """Yield what the guests said: where they live, and for most of them yes.

    Guests are known by their address, which the policy says; no option has to.
    """
    yield ["event_id", "email", "act", "event_time", "purpose", "categories", "notice",
           "method", "value"]  # fmt: skip
    for n in range(PEOPLE):
        who, when, live = f"guest{n}@example.com", "2026-01-05T10:00:00Z", COUNTRIES[n % 3]
        yield [f"J{n}", who, "attest_jurisdiction", when, "", "", "", "form", live]
        if n % 10:
            yield [f"K{n}", who, "grant", when, purpose, categories, notice, "form", ""]


def save(path: Path, rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture
def hotel(outside: Shell) -> Shell:
    """An empty workspace, and beside it a file of guests."""
    made = outside("init", "hotel")
    assert made.code == 0
    assert made.err == "next: cd hotel; privseg source propose FILE > policies/mine.yaml\n"
    save(outside.folder / "guests.csv", guests())
    (outside.folder / "keys").symlink_to(outside.keys)
    return Shell(outside.folder / "hotel")


@pytest.fixture
def ready(hotel: Shell) -> Shell:
    """The hotel with the proposed policy, a segment and consents."""
    proposed = hotel("source", "propose", "../guests.csv", "--out", "policies/guests.yaml")
    assert proposed.code == 0, proposed.err
    text = (hotel.folder / "policies/guests.yaml").read_text("utf-8")
    purpose = re.search(r"^purposes:\n  ([a-z._]+):", text, re.MULTILINE)
    kinds = re.search(r"^    categories: \[(.*)\]", text, re.MULTILINE)
    notice = re.search(r'^notices:\n  ([a-z-]+):\n    version: "(\d+)"', text, re.MULTILINE)
    assert purpose
    assert kinds
    assert notice
    (hotel.folder / "segments/sea-lovers.yaml").write_text(SEGMENT, "utf-8")
    said = consents(purpose[1], kinds[1].replace(", ", "|"), f"{notice[1]}@{notice[2]}")
    save(hotel.folder / "consents.csv", said)
    return hotel


def test_from_an_empty_folder_to_a_report_that_verifies(ready: Shell) -> None:
    assert ready("policy", "check").code == 0
    assert ready("segment", "check").out == "sea-lovers: sound\n"
    assert ready("source", "import", "guests", "../guests.csv").out == "imported 400 rows\n"
    done = ready("consent", "import", "consents.csv")
    assert done.out == "read 760 events: 760 recorded, 0 known\n", done.err
    foretold = ready("report", "run", "sea-lovers", "--by", "country", "--dry-run")
    assert foretold.code == 0
    answer = ready("report", "run", "sea-lovers", "--by", "country")
    assert answer.code == 0, answer.err
    shown = re.search(r"Sea lovers +([\d,]+) ", answer.out)
    assert shown
    assert 150 < int(shown[1]) < 270  # 216 of 240 said yes; the noise is wide for so few
    page, check = answer.err.split()[1], answer.err.split()[-1]
    assert "<h1" in Path(page).read_text("utf-8")
    assert ready("verify", check).code == 0
    assert ready("audit", "verify").code == 0


def test_the_proposal_printed_and_the_proposal_saved_are_the_same(hotel: Shell) -> None:
    printed = hotel("source", "propose", "../guests.csv")
    saved = hotel("source", "propose", "../guests.csv", "--out", "policies/guests.yaml")
    assert saved.out == "wrote policies/guests.yaml\n"
    assert (hotel.folder / "policies/guests.yaml").read_text("utf-8") + "\n" == printed.out
    again = hotel("source", "propose", "../guests.csv", "--out", "policies/guests.yaml")
    assert again.code == 1
    assert "is not overwritten" in again.err


def test_a_report_before_any_data_says_what_to_bring_and_costs_nothing(ready: Shell) -> None:
    answer = ready("report", "run", "sea-lovers")
    assert answer.code == 1
    assert "bring it in with: privseg source import guests FILE" in answer.err
    assert ready("budget", "show", "--json").document["reports"] == 0


def test_rows_that_cannot_be_read_can_be_set_aside_corrected_and_imported(ready: Shell) -> None:
    rows = list(guests())
    rows[3][4], rows[7][1] = "seven", "no address"
    save(ready.folder / "bad.csv", iter(rows))
    whole = ready("source", "import", "guests", "bad.csv")
    assert whole.code == 1
    assert "2 problems in 2 rows, nothing was imported" in whole.err
    assert "bad.csv:4: column nights: not a whole number" in whole.err
    assert "add --quarantine" in whole.err

    answer = ready("source", "import", "guests", "bad.csv", "--quarantine", "aside.csv")
    assert answer.out == "imported 398 rows, 2 set aside in aside.csv\n"
    assert answer.err == "next: correct aside.csv, then import it into guests\n"
    aside = ready.folder / "aside.csv"
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    with aside.open(encoding="utf-8", newline="") as file:
        rejected = list(csv.reader(file))
    assert rejected[0][:2] == ["line", "problem"]
    assert [r[0] for r in rejected[1:]] == ["4", "8"]

    rejected[1][rejected[0].index("nights")] = "7"
    rejected[2][rejected[0].index("email")] = "guest6@example.com"
    save(ready.folder / "corrected.csv", iter(r[2:] for r in rejected))
    assert ready("source", "import", "guests", "corrected.csv").out == "imported 2 rows\n"


def test_a_quarantine_is_a_new_file_and_else_nothing_is_imported(ready: Shell) -> None:
    rows = list(guests())
    rows[3][4] = "seven"
    save(ready.folder / "bad.csv", iter(rows))
    answer = ready("source", "import", "guests", "bad.csv", "--quarantine", "bad.csv")
    assert answer.code == 1
    assert "cannot be made" in answer.err
    kept = (ready.folder / "bad.csv").read_text("utf-8")
    assert list(csv.reader(kept.splitlines())) == rows
    assert "import" not in [e["kind"] for e in ready("audit", "tail", "--json").document]


def test_a_quarantine_is_not_written_by_a_dry_run_or_for_a_clean_file(ready: Shell) -> None:
    answer = ready("source", "import", "guests", "../guests.csv", "--quarantine", "aside.csv")
    assert answer.out == "imported 400 rows\n"
    rows = list(guests())
    rows[3][4] = "seven"
    save(ready.folder / "bad.csv", iter(rows))
    tried = ("source", "import", "guests", "bad.csv", "--quarantine", "aside.csv", "--dry-run")
    assert ready(*tried).out == "would import 399 rows, 1 set aside\n"
    assert not (ready.folder / "aside.csv").exists()


def test_events_that_come_again_change_nothing(ready: Shell) -> None:
    ready("consent", "import", "consents.csv")
    again = ready("consent", "import", "consents.csv", "--json").document
    counts = {name: again[name] for name in ("rows", "recorded", "unchanged")}
    assert counts == {"rows": 760, "recorded": 0, "unchanged": 760}
