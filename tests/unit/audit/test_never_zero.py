# SPDX-License-Identifier: Apache-2.0
"""``audit/verify.py`` never ends with 0 when it could not do its work, however it is run."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.twins.stand_alone import AUDIT

DEMO, PROGRAM = AUDIT / "demo", AUDIT / "verify.py"
CLEAN, FAILED, TAMPERED = 0, 1, 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "export"))


def _run(*arguments: object, flags: tuple[str, ...] = (), **more: object) -> int:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    command = [sys.executable, *flags, *map(str, arguments)]
    running: subprocess.Popen[bytes] = subprocess.Popen(command, **streams)  # type: ignore[call-overload]
    running.communicate(timeout=60)
    return running.returncode


@pytest.mark.parametrize("flags", [(), ("-I",), ("-O",), ("-OO",), ("-I", "-S", "-W", "error")])
def test_the_verdict_is_the_same_under_any_flag(flags: tuple[str, ...], folder: Path) -> None:
    assert _run(PROGRAM, folder, flags=flags) == CLEAN
    bundle = folder / "tile/entries/000.p/25"
    bundle.write_bytes(bundle.read_bytes().replace(b"crm-team", b"crm-tean"))
    assert _run(PROGRAM, folder, flags=flags) == TAMPERED


def test_a_full_disk_under_the_answer_is_a_failure(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        assert _run(PROGRAM, folder, stdout=full) == FAILED
        assert _run(PROGRAM, folder, "--json", stdout=full) == FAILED
        assert _run(PROGRAM, folder, stdout=full, stderr=full) == FAILED
        (folder / "tile/0/000.p/25").unlink()
        assert _run(PROGRAM, folder, stdout=full) == FAILED


def test_a_closed_output_is_a_failure(folder: Path) -> None:
    for closed in ("1", "1 2"):
        closing = " ".join(f"{each}>&-" for each in closed.split())
        line = f'exec "$0" "$1" "$2" {closing}'
        done = subprocess.run(["sh", "-c", line, sys.executable, PROGRAM, folder], check=False)
        assert done.returncode == FAILED


def test_a_reader_that_goes_away_is_a_failure(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert _run(PROGRAM, folder, stdout=writer) == FAILED
    os.close(writer)


def test_what_cannot_be_read_is_a_failure(folder: Path, tmp_path: Path) -> None:
    assert _run(PROGRAM, tmp_path / "absent") == FAILED
    assert _run(PROGRAM, folder, "--anchors", tmp_path / "absent") == FAILED
    for name in ("checkpoint", "tile/entries/000.p/25", "bodies", "handover/000", "log.vkey"):
        looped = Path(shutil.copytree(DEMO, tmp_path / name.replace("/", "-")))
        place = looped / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        place.symlink_to(place.name)  # a link to itself: no error of absence, and no bytes
        assert _run(PROGRAM, looped) == FAILED, name


def test_an_interrupted_check_is_a_failure(folder: Path) -> None:
    (folder / "checkpoint").unlink()
    os.mkfifo(folder / "checkpoint")  # it waits there for somebody who never writes
    running = subprocess.Popen(
        [sys.executable, PROGRAM, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    writer = os.open(folder / "checkpoint", os.O_WRONLY)  # returns once it has opened the file
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    os.close(writer)
    assert running.returncode == FAILED
    assert b"nothing was shown" in said


def test_too_little_memory_is_a_failure(folder: Path) -> None:
    huge = folder / "tile/entries/000.p/25"
    with huge.open("r+b") as file:
        file.truncate(2**32)

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))

    assert _run(PROGRAM, folder, preexec_fn=little) == FAILED


BUGS: dict[str, Callable[[str], str]] = {
    "in the checks": lambda s: s.replace("def run(self)", "def run(self, missing)", 1),
    "in Ed25519": lambda s: s.replace("def multiply(", "def multiply_(", 1),
    "in the answer": lambda s: s.replace("def state_of(", "def state_off(", 1),
    "at the top": lambda s: s.replace("KIT_FORMAT = ", "KIT_FORMAT = undefined + ", 1),
    "in its syntax": lambda s: s + "\n(",
    "that recurses": lambda s: s.replace(
        "def leaf_hash(entry: bytes) -> bytes:",
        "def root_hash_(n):\n    return root_hash_(n)\n\n\ndef leaf_hash(entry: bytes) -> bytes:",
        1,
    ).replace("self.roots[size] = self.tree.root(", "self.roots[size] = root_hash_(", 1),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_its_own_is_a_failure(bug: str, tmp_path: Path) -> None:
    source = PROGRAM.read_text()
    broken = BUGS[bug](source)
    assert broken != source
    (tmp_path / "verify.py").write_text(broken)
    assert _run(tmp_path / "verify.py", DEMO) == FAILED
