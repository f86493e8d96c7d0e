# SPDX-License-Identifier: Apache-2.0
"""The printed guide: what the suite runs is what is printed, with the workspace's own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from privseg.dsr import RequestKind
from privseg.engine import Outside, Workspace
from privseg.report import LanguageNotThereError
from privseg.report.guide import FILES, guide_text
from tests.docs.console import steps
from tests.twins import club

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "docs/guide/requests.md"
TYPED = re.compile(r'<div class="type"><span>Type</span><pre>(.*?)</pre>', re.DOTALL)
CONTACT = "Data protection <desk>, 1 Example Street"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("guide")
    with club.create(folder, outside=Outside(clock=club.Clock())) as made:
        policies = list((made.folder / "policies").glob("*.yaml"))
        text = policies[0].read_text("utf-8")
        policies[0].write_text(f'{text}\ncontact: "{CONTACT}"\n', "utf-8")
        yield made


@pytest.fixture(scope="module")
def page(ws: Workspace) -> str:
    return ws.request_guide()


def test_what_is_printed_is_the_text_that_the_suite_runs(page: str) -> None:
    assert guide_text("en") == SOURCE.read_text("utf-8")
    printed = [unescape(line) for line in TYPED.findall(page)]
    run = [s.text for s in steps(SOURCE.read_text("utf-8")) if s.kind == "command"]
    assert printed == run
    assert len(run) > 25


def test_every_kind_of_request_has_its_place(page: str) -> None:
    for kind in RequestKind:
        assert not kind.is_of_person or f"<code>{kind.value}</code>" in page or kind.value in page


def test_the_first_page_has_the_workspaces_own_names_laws_and_contact(
    page: str, ws: Workspace
) -> None:
    first = page.partition("</section>")[0]
    assert "<h1>club: answering people" in first
    assert "Data protection &lt;desk&gt;, 1 Example Street" in first
    assert f"<pre>cd {ws.folder}</pre>" in first
    assert "2 March 2026" in first
    assert "10 business days" in page  # California confirms
    assert "The person lives in" in page
    assert "supervisory" in page or "data protection authority" in page


def test_boxes_can_be_ticked_and_every_heading_begins_a_page(page: str) -> None:
    text = SOURCE.read_text("utf-8")
    assert page.count('<span class="box">') == text.count("- [ ] ")
    assert "[ ]" not in page
    assert page.count("<section>") == text.count("\n## ")


def test_the_page_loads_and_runs_nothing(page: str) -> None:
    assert "default-src 'none'; style-src 'sha256-" in page
    assert not re.search(r"<script|<a |src=|href=|<img|@import|url\(", page)


def test_no_command_names_a_person_in_its_arguments(page: str) -> None:
    for command in TYPED.findall(page):
        assert "@" not in command
        assert not re.search(r"C\d{7}", command)


def test_a_language_that_the_guide_is_not_written_in_is_refused(ws: Workspace) -> None:
    with pytest.raises(LanguageNotThereError):
        ws.request_guide(language="tlh")
    assert set(FILES) == {"en"}
