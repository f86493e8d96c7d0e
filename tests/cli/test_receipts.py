# SPDX-License-Identifier: Apache-2.0
"""An erasure's receipt at the command line: given again, checked by anybody, claimed by one."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.command_line import Shell

NORA = "C0000017\n"
KIND = ("--id-kind", "customer_number")


@dataclass(frozen=True)
class Gone:
    """A shop that erased somebody: its receipt, its key, and the secret on the letter."""

    shell: Shell
    receipt: Path
    key: str
    secret: str


@pytest.fixture(scope="module")
def gone(ours: Shell) -> Gone:
    opened = ours("dsr", "open", "erasure", "--id-from", "-", *KIND, "--identity", "account",
                  "--json", given=NORA)  # fmt: skip
    number = str(opened.document["number"])
    done = ours("dsr", "run", number, "--yes", "--out", "../handed", "--json")
    assert done.code == 0, done.err
    receipt, letter, *_ = (ours.folder / f for f in done.document["files"])
    (secret,) = set(re.findall(r"(?:[A-Z2-7]{4}-){6}[A-Z2-7]{2}", letter.read_text("utf-8")))
    key = ours("keys", "show", "--json").document["release"]
    return Gone(ours, receipt, key, secret)


def test_a_receipt_is_written_again_as_it_was(gone: Gone) -> None:
    number = json.loads(gone.receipt.read_bytes())["receipt"]["request"]
    again = gone.shell("dsr", "receipt", str(number), "--out", "../again", "--json")
    assert again.code == 0, again.err
    written = gone.shell.folder / again.document["file"]
    assert written.read_bytes() == gone.receipt.read_bytes()
    opened = gone.shell("dsr", "receipt", str(number), "--opening", "--json").document
    assert opened["before"]["size"] < opened["after"]["size"]


def test_anybody_checks_a_receipt_with_the_key_alone(gone: Gone, outside: Shell) -> None:
    shutil.copy(gone.receipt, outside.folder / "r.json")
    found = outside("dsr", "receipt", "--check", "r.json", "--key", gone.key, "--json")
    assert found.code == 0, found.err
    assert (found.document["ok"], found.document["theirs"]) == (True, None)
    assert outside("dsr", "receipt", "--check", "r.json").code != 0, "whose key it is must be said"


def test_only_the_secret_of_the_letter_claims_it_and_it_never_stands_in_an_argument(
    gone: Gone, outside: Shell
) -> None:
    shutil.copy(gone.receipt, outside.folder / "r.json")
    asked = ("dsr", "receipt", "--check", "r.json", "--key", gone.key, "--secret-from")
    assert outside(*asked, "-", "--json", given=gone.secret).document["theirs"] is True
    other = outside(*asked, "-", given="AAAA-" * 6 + "AA")
    assert (other.code, "not this one's" in other.out) == (3, True)
    assert outside(*asked, gone.secret).code == 2
    nothing = outside(*asked, "-", given="hello")
    assert (nothing.code, "hello" in nothing.err) == (1, False)


def test_a_changed_receipt_is_refused_with_its_own_exit_code(gone: Gone, outside: Shell) -> None:
    forged = gone.receipt.read_text("utf-8").replace('"found": 0', '"found": 1')
    (outside.folder / "r.json").write_text(forged, "utf-8")
    assert outside("dsr", "receipt", "--check", "r.json", "--key", gone.key).code == 5


def test_the_secret_is_nowhere_in_the_workspace(gone: Gone) -> None:
    plain = gone.secret.replace("-", "").encode()
    files = [p for p in gone.shell.folder.parent.rglob("*") if p.is_file()]
    holding = [p.name for p in files if plain in p.read_bytes().replace(b"-", b"")]
    assert [name for name in holding if not name.endswith(".erased.html")] == []


def test_only_an_identifier_says_who_was_erased(gone: Gone) -> None:
    found = gone.shell("dsr", "suppressed", "--id-from", "-", *KIND, "--json", given=NORA)
    assert found.document["suppressed"] is True
    assert found.document["requests"]
    other = gone.shell("dsr", "suppressed", "--id-from", "-", *KIND, "--json", given="C0000018\n")
    assert other.document == {"suppressed": False, "requests": [], "kept": [], "back": {}}
    assert gone.shell("dsr", "suppressed", "--id-from", NORA.strip()).code == 2
    assert gone.shell("dsr", "kept", "--json").document == []
    assert gone.shell("dsr", "matches", "--json").code == 0
