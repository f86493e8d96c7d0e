# SPDX-License-Identifier: Apache-2.0
"""Documents are run: commands, files, Python and links in them are those of this version."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.console import Terminal, alike, steps

ROOT = Path(__file__).parents[2]
RUN = (
    "README.md",
    "docs/tutorial/first-report.md",
    "docs/how-to/marketer.md",
    "docs/how-to/segments/README.md",
    "docs/how-to/compliance-officer.md",
    "docs/how-to/answer-a-request.md",
    "docs/how-to/answer-requests.md",
    "docs/guide/requests.md",
    "docs/how-to/import-consents.md",
    "docs/how-to/import-data.md",
    "docs/how-to/engineer.md",
    "docs/how-to/policy-review.md",
    "docs/how-to/auditor.md",
    "docs/how-to/who-read-my-data.md",
    "docs/how-to/deadlines.md",
    "docs/how-to/erase.md",
    "docs/how-to/other-systems.md",
    "docs/how-to/recipients.md",
    "docs/how-to/registers.md",
    "docs/how-to/objections.md",
    "docs/how-to/many-requests.md",
    "docs/how-to/roles.md",
    "docs/how-to/re-identify.md",
    "docs/how-to/reports.md",
    "docs/how-to/plan-a-budget.md",
    "docs/how-to/keys.md",
    "docs/how-to/personas-and-propensity.md",
    "docs/explanation/accounting.md",
    "docs/explanation/error-bars.md",
)
NOTEBOOK = ROOT / "docs/tutorial/first-report.ipynb"
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "audit/*.md")
    for path in ROOT.glob(pattern)
    if not path.is_relative_to(ROOT / "docs/reference/schemas")
)
LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]+))?\)")
PEOPLE = 2_000  # of the shop in which the documents run: large enough, and made in seconds


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop: Path) -> Terminal:
    """Return a terminal in an empty folder beside the source's ``docs`` and ``audit``."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("docs", "audit"):
        (home / name).symlink_to(ROOT / name)
    shutil.copytree(shop / "keys", tmp_path / "keys")
    monkeypatch.setenv("PRIVSEG_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("PRIVSEG_WORKSPACE", raising=False)

    def enter(terminal: Terminal) -> str:
        shutil.copytree(shop / "shop", home / "shop")
        terminal.folder = home / "shop"
        return ""

    def play(terminal: Terminal) -> str:
        return terminal.command("privseg demo --play demo-shop --people 5000")[1]

    return Terminal(
        home,
        instead={
            "privseg demo shop && cd shop": enter,  # made once, and smaller: see PEOPLE
            f"privseg demo shop --people {PEOPLE} && cd shop": enter,
            "make demo": play,  # what the target runs once .venv is there
            "make test": lambda _: "",  # this is it
        },
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the demo shop and its key, to be copied."""
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRIVSEG_KEYS", str(folder / "keys"))
        code, said = Terminal(folder).command(f"privseg demo shop --people {PEOPLE}")
    assert code == 0, said
    return folder


@pytest.mark.parametrize("name", RUN)
def test_a_document_does_what_it_shows(name: str, terminal: Terminal) -> None:
    todo = list(steps((ROOT / name).read_text("utf-8")))
    assert todo
    for step in todo:
        code, printed = terminal.run(step)
        place = f"{name}:{step.line}: {step.text[:100]}\n{printed}"
        assert code == step.exit_code, place
        if step.expected.strip():
            assert alike(step.expected, printed), f"{place}\n--- is shown as\n{step.expected}"


def test_a_document_that_shows_something_else_is_caught(terminal: Terminal) -> None:
    """The positive control: a changed word, a changed exit code."""
    (step,) = steps("```console\n$ echo withheld people\nwithheld persons\n```\n")
    code, printed = terminal.run(step)
    assert code == 0
    assert not alike(step.expected, printed)
    (step,) = steps("```console\n$ privseg verify absent.json\n```\n")
    assert terminal.run(step)[0] != step.exit_code


def test_the_notebook_runs_and_keeps_no_output(terminal: Terminal) -> None:
    assert terminal.command("python3 docs/tutorial/invent.py")[0] == 0
    cells = [c for c in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if "outputs" in c]
    assert cells
    for cell in cells:
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
        terminal.python("".join(cell["source"]))
    assert "<table>" in terminal.names["report"]._repr_html_()
    assert (terminal.folder / "out/crime-readers.html").is_file()


def test_the_generated_reference_is_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"run make docs\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.finditer(_outside_code(page)):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        assert target.exists(), f"{page.name}: {link[0]}"
        if link["heading"]:
            assert link["heading"] in _headings(target), f"{page.name}: {link[0]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_document_claims_more_than_can_be_shown(page: Path) -> None:
    text = page.read_text("utf-8").lower()
    assert not re.findall(r"guaranteed|gdpr.compliant|fully compliant", text)
    assert not re.findall(r'(?<!not ")\banonymous\b|\banonymised\b', text)


@pytest.mark.parametrize("target", ["demo", "test", "docs"])
def test_make_knows_the_targets_that_documents_name(target: str) -> None:
    assert re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def _outside_code(page: Path) -> str:
    """Return a page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def _headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as hosts of Markdown spell them."""
    found = re.findall(r"^#+ (.+)$", _outside_code(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in found}
