# SPDX-License-Identifier: Apache-2.0
"""``privseg tables`` and ``privseg microdata``: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privseg.cli.table import columns
from tests.cli.command_line import Shell
from tests.twins import panel
from tests.twins.panel_policy import HEAD, RECORDS, TABLES


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a panel, closed: to be copied, never opened."""
    folder = tmp_path_factory.mktemp("panel-cli")
    panel.found(folder, 150).close()
    return folder


@pytest.fixture
def ada(closed: Path, tmp_path: Path) -> Shell:
    """An analyst in a copy of the panel, with its key."""
    shell = Shell.in_copy(closed / "panel", tmp_path)
    settings = shell.folder / "privseg.yaml"
    settings.write_text(settings.read_text().replace(str(closed), str(tmp_path)), "utf-8")
    return shell


def test_tables_are_explained_made_and_verified(ada: Shell) -> None:
    explained = ada("tables", "explain", "panel")
    assert explained.code == 0
    assert "by-region: everybody who may be read by region, age" in explained.out
    assert "not made yet" in explained.out
    made = ada("tables", "run", "panel")
    assert made.code == 0, made.err
    assert "withheld (" in made.out
    assert made.err.splitlines()[-1].startswith("check privseg verify ")
    assert max(map(columns, (explained.out + made.out).splitlines())) <= 80
    (path,) = (ada.folder / "out").iterdir()
    checked = ada("verify", str(path))
    assert checked.code == 0, checked.err
    assert "no count from 1 to k - 1 is printed" in checked.out
    assert "made already" in ada("tables", "check", "panel").out


def test_with_json_standard_output_is_the_release_itself(ada: Shell) -> None:
    made = ada("tables", "run", "panel", "--json")
    assert made.document["privseg"] == "privseg.exact-release/1"
    (path,) = (ada.folder / "out").iterdir()
    assert made.document == json.loads(path.read_text("utf-8"))
    check = ada("tables", "check", "panel", "--json").document
    assert set(check) == {"name", "kind", "plan", "period", "made"}
    assert ada("tables", "explain", "panel", "--json").document["kind"] == "tables"


def test_records_are_checked_made_and_verified(ada: Shell) -> None:
    panel.lay(ada.folder, policy=HEAD + RECORDS)
    assert "sound" in ada("microdata", "check", "panel-records").out
    made = ada("microdata", "run", "panel-records")
    assert made.code == 0, made.err
    assert "chance to find a person known to be there" in made.out
    assert "linkability: Remains." in made.out
    assert max(map(columns, made.out.splitlines())) <= 80
    release = next((ada.folder / "out").glob("*.json"))
    checked = ada("verify", str(release))
    assert checked.code == 0, checked.err
    csv = next((ada.folder / "out").glob("*.csv"))
    assert csv.read_text("utf-8").startswith("region,age,sex,joined,illness,income")


def test_what_is_not_declared_is_an_error_with_what_is_near(ada: Shell) -> None:
    wrong = ada("tables", "run", "panle")
    assert wrong.code == 1
    assert 'did you mean "panel"?' in wrong.err


def test_other_tables_of_the_period_are_refused(ada: Shell) -> None:
    assert ada("tables", "run", "panel").code == 0
    panel.lay(ada.folder, policy=(HEAD + TABLES).replace("[region, sex]", "[sex]"))
    refused = ada("tables", "run", "panel")
    assert refused.code == 3
    assert "released already" in refused.err


def test_exact_tables_of_a_dp_source_are_refused_with_the_rules_place(ada: Shell) -> None:
    panel.lay(ada.folder, policy=(HEAD + TABLES).replace("    family: k\n", ""))
    refused = ada("tables", "run", "panel")
    assert refused.code == 1
    assert "policies/panel.yaml:" in refused.err
    assert "is of a dp source" in refused.err
