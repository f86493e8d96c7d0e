# SPDX-License-Identifier: Apache-2.0
"""What the command line says to do next: send what was written, and only then close."""

from __future__ import annotations

import pytest

from tests.cli.command_line import Shell

ADA = "C0000017\n"
ASK = ("dsr", "open", "--id-from", "-", "--identity", "account")
OPT_IN = ("opt_in", "--purpose", "marketing.lifecycle", "--category", "purchases")


def opened(shell: Shell, *what: str) -> str:
    return str(shell(*ASK, *what, "--json", given=ADA).document["number"])


def test_a_letter_is_sent_before_the_request_is_closed_and_kept_after(ours: Shell) -> None:
    ran = ours(*ASK, "object_marketing", "--run", given=ADA)
    assert ran.err.index("send the letter") < ran.err.index("dsr close")
    assert "receipt" not in ran.err
    (number,) = {line.split()[-1] for line in ran.err.splitlines() if "dsr close" in line}
    page = (ours.folder / "answers" / f"request-{number}.done.html").read_text("utf-8")
    closed = ours("dsr", "close", number)
    again = f"privseg dsr letter {number} done --out FILE"
    assert again in closed.err
    assert not (ours.folder / "answers" / f"request-{number}.done.html").exists()
    assert ours("dsr", "letter", number, "done", "--out", "again.html").code == 0
    assert (ours.folder / "again.html").read_text("utf-8") == page


def test_a_letter_with_a_code_waits_for_the_code_and_is_not_closed(ours: Shell) -> None:
    ran = ours("dsr", "run", opened(ours, *OPT_IN))
    assert "dsr opt-in" in ran.err
    assert "dsr close" not in ran.err
    assert "receipt" not in ran.err


def test_closing_an_answer_says_that_its_passphrase_is_gone(ours: Shell) -> None:
    number = opened(ours, "categories")
    ran = ours("dsr", "run", number)
    assert ran.err.index("send the sealed page") < ran.err.index("dsr close")
    closed = ours("dsr", "close", number, "--json").document
    assert sorted(closed["removed"]) == [
        f"request-{number}.passphrase.html", f"request-{number}.sealed.html",
    ]  # fmt: skip
    assert closed["letters"] == []
    more = opened(ours, "categories")
    ours("dsr", "run", more)
    assert "kept nowhere" in ours("dsr", "close", more).err


@pytest.mark.parametrize("kind", ["object_marketing", "categories"])
def test_a_dry_run_says_what_would_be_done_and_nothing_of_erasing(ours: Shell, kind: str) -> None:
    number = opened(ours, kind)
    shown = ours("dsr", "run", number, "--dry-run")
    assert "erase" not in shown.out + shown.err
    assert f"privseg dsr run {number}" in shown.err
    assert ours("dsr", "show", number, "--json").document["state"] == "received"
