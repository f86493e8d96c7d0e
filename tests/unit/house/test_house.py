# SPDX-License-Identifier: Apache-2.0
"""The house keeps its own rules: licences in one line, claims that name real tests, no secrets."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = sorted(
    p for top in ("privseg", "tests", "bench", "audit", "docs") for p in (ROOT / top).rglob("*.py")
)
CLAIM = re.compile(r"^\|(?P<claim>[^|]+)\|(?P<mechanism>[^|]+)\|(?P<tests>[^|]+)\|\s*$")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_says_its_licence_in_the_first_line(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    first = lines[1] if lines[0].startswith("#!") else lines[0]
    assert first == "# SPDX-License-Identifier: Apache-2.0"


def _claims() -> list[tuple[str, str]]:
    """Return (claim, test id) for every row of SECURITY.md's claims table."""
    text = (ROOT / "SECURITY.md").read_text("utf-8").partition("## Claims")[2]
    rows = [m for line in text.splitlines() if (m := CLAIM.match(line))]
    return [
        (row["claim"].strip(), test)
        for row in rows
        for test in re.findall(r"`([^`]*::[^`]*)`", row["tests"])
    ]


def test_the_claims_table_is_not_empty() -> None:
    assert len(_claims()) >= 15


@pytest.mark.parametrize(("claim", "test"), _claims(), ids=lambda v: v[-60:])
def test_every_claim_names_a_test_that_exists(claim: str, test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    names = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    assert name in names, f"claim {claim!r} rests on a test that is gone"


def test_every_row_of_the_claims_table_names_a_test() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8").partition("## Claims")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert rows
    assert not [row for row in rows if "::" not in row]


def test_no_registry_host_is_named() -> None:
    """A lock that names a host would bind every user to it."""
    hosts = re.compile(r"https?://[a-z.]*(pypi|pythonhosted|npmjs|deb\.debian)\.")
    for lock in ROOT.glob("requirements*.lock"):
        assert not hosts.search(lock.read_text("utf-8"))


def test_every_lock_entry_has_a_hash() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text("utf-8")
        pins = re.findall(r"^[a-z0-9][a-z0-9._-]*==\S+.*$", text, flags=re.MULTILINE)
        assert pins
        assert all(pin.rstrip().endswith("\\") for pin in pins)


def test_help_loads_no_heavy_package() -> None:
    """The command line answers ``--help`` without pandas, DuckDB, PyArrow or the database."""
    code = (
        "import sys\nfrom privseg.cli import app\n"
        "heavy = {'pandas','duckdb','pyarrow','sqlmodel','sqlalchemy','sklearn','diffprivlib',"
        "'cryptography','sqlglot','numpy','pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    python = ROOT / ".venv" / "bin" / "python"
    import sys  # noqa: PLC0415  # the interpreter that runs the suite, if there is no .venv

    done = subprocess.run(
        [str(python) if python.exists() else sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
