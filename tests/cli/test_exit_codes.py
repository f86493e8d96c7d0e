# SPDX-License-Identifier: Apache-2.0
"""Every exit code that DESIGN lists, shown by a situation in which people meet it."""

from __future__ import annotations

import os
import re
import resource
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command_line import CALL, Shell

WELLNESS = """segment: wellness
segmenter: lifecycle-marketing
where: {attribute: religion, is_known: true}
"""
KILOBYTES_ALLOWED = 16  # of any file written: far less than the database has, as on a full disk


def test_0_when_it_was_done(here: Shell) -> None:
    assert here("segment", "check").code == 0


def test_1_when_something_given_cannot_be_used(here: Shell) -> None:
    answer = here("report", "run", "no-such-report")
    assert answer.code == 1
    assert answer.err.startswith("error: there is no report or segment 'no-such-report'")
    assert not answer.out


def test_2_when_the_command_line_is_wrong(here: Shell) -> None:
    for wrong in (["source", "import", "crm"], ["nosuch"], ["dsr", "open", "theft"], ["--nosuch"]):
        answer = here(*wrong)
        assert answer.code == 2
        assert "Usage: privseg" in answer.err
        assert not answer.out


@pytest.mark.parametrize(
    "line", ["report run wellness", "report run wellness --dry-run", "report check wellness"]
)
def test_3_when_the_policy_refuses(own: Shell, line: str) -> None:
    (own.folder / "segments/wellness.yaml").write_text(WELLNESS, "utf-8")
    answer = own(*line.split())
    assert answer.code == 3
    assert not answer.out
    what, remedy, *_ = answer.err.splitlines()
    assert what.startswith("refused: ")
    assert "may not read religion" in what
    assert re.search(r" \(policies/shop\.yaml:\d+:\d+\)$", what)
    assert remedy.startswith("  to allow it: add religion to its reads")


def test_3_also_for_a_check_and_an_explanation_that_find_a_no(own: Shell) -> None:
    (own.folder / "segments/wellness.yaml").write_text(WELLNESS, "utf-8")
    checked = own("segment", "check")
    assert checked.code == 3
    assert "wellness: refused" in checked.out
    assert "big-spenders: sound" in checked.out
    asked = own("policy", "explain", "lifecycle-marketing", "religion")
    assert asked.code == 3
    assert re.match(r"may segmenter .* read religion\? no", " ".join(asked.out.split()))
    assert {line[:4] for line in asked.out.splitlines()[1:]} >= {"  + ", "  - "}


def test_3_when_a_role_may_not(here: Shell) -> None:
    answer = here("report", "run", "big-spenders", "--as", "engineer")
    assert answer.code == 3
    assert answer.err.startswith("refused: role engineer")


def test_4_when_the_budget_does_not_cover_it_and_nothing_is_charged(own: Shell) -> None:
    policy = own.folder / "policies/shop.yaml"
    small = policy.read_text("utf-8").replace("rho_per_year: 1\n", "rho_per_year: 0.02\n")
    policy.write_text(small.replace("rho: 0.05\n", "rho: 0.0125\n"), "utf-8")
    (own.folder / "policies/learning.yaml").unlink()  # a model costs more than that
    assert own("report", "run", "big-spenders").code == 0
    before = own("budget", "show", "--json").document
    answer = own("report", "run", "window-shoppers")
    assert answer.code == 4
    assert answer.err.startswith("refused: the release needs rho 1/80")
    assert own("report", "check", "window-shoppers").code == 4
    assert "(not enough)" in own("report", "run", "window-shoppers", "--dry-run").out
    assert own("budget", "show", "--json").document == before
    assert not (own.folder / "out/window-shoppers.json").exists()


def test_5_when_a_published_report_was_changed(own: Shell) -> None:
    assert own("report", "run", "big-spenders").code == 0
    release = own.folder / "out/big-spenders.json"
    text = release.read_text("utf-8")
    release.write_text(re.sub(r'"rho":"1/(\d+)"', r'"rho":"1/9\1"', text, count=1), "utf-8")
    answer = own("verify", "out/big-spenders.json")
    assert answer.code == 5
    assert answer.err.startswith("error: this release does not hold at ")
    assert not answer.out


IMPORTED = "SELECT min(sequence) FROM audit_entry WHERE CAST(entry AS TEXT) LIKE '%survey%'"


@pytest.mark.parametrize(
    ("forgery", "named"),
    [("CAST(replace(entry, 'survey', 'orders') AS BLOB)", True), ("x'00'", False)],
    ids=["another entry", "no entry at all"],
)
def test_5_when_the_log_was_tampered_with(own: Shell, forgery: str, named: bool) -> None:  # noqa: FBT001
    with closing(sqlite3.connect(own.folder / ".privseg/workspace.db")) as direct:
        guards = direct.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            direct.execute(f'DROP TRIGGER "{name}"')
        (place,) = direct.execute(IMPORTED).fetchone()
        direct.execute(f"UPDATE audit_entry SET entry = {forgery} WHERE sequence = {place}")
        direct.commit()
    answer = own("audit", "verify")
    assert answer.code == 5
    assert f"the first bad entry is {place}" in answer.out or not named
    assert answer.err


def test_74_when_the_log_cannot_be_written_and_nothing_is_read(own: Shell) -> None:
    def full_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = KILOBYTES_ALLOWED * 1024
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = subprocess.run(
        [*CALL, "consent", "show", "--id-from", "-"], cwd=own.folder, env=own.environment({}),
        input="C0000001\n", capture_output=True, text=True, check=False, preexec_fn=full_disk,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 74
    assert done.stderr.startswith("error: the audit log cannot be written, so nothing is read")
    assert not done.stdout


def test_130_when_stopped_by_the_keyboard(own: Shell) -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [*CALL, "consent", "show", "--id-from", "-"], cwd=own.folder, env=own.environment({}),
        stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # a suite in the background ignores it
    ) as child:  # fmt: skip
        os.close(read)
        try:
            wait_until_it_reads(child.pid)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=30)
        finally:
            os.close(write)  # else who missed the signal would wait for ever
    assert child.returncode == 130
    assert err == "stopped: by the keyboard; no change is half made\n"
    assert not out


def wait_until_it_reads(process: int) -> None:
    """Wait until a process sleeps in a read of a pipe, and goes on sleeping."""
    seen = 0
    for _ in range(600):
        seen = seen + 1 if "pipe" in Path(f"/proc/{process}/wchan").read_text("ascii") else 0
        if seen == 10:
            return
        time.sleep(0.05)
    pytest.fail("it never waited for standard input")
