# SPDX-License-Identifier: Apache-2.0
"""Data, talk and colours: what a pipe, a full disk, an old terminal and a new one get."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress

import pytest

from tests.cli.command_line import CALL, Shell

ESCAPE = "\x1b"
REFUSED = ("source", "propose", "data/crm.csv", "--out", "privseg.yaml")  # an error soon told
SEGMENT = """segment: {name}
segmenter: lifecycle-marketing
label: {{en: "{label}"}}
where: {{attribute: country, equals: DE}}
"""


def on_a_terminal(shell: Shell, *arguments: str, more: Mapping[str, str] | None = None) -> str:
    """Return what a command shows on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    environment = shell.environment({"TERM": "xterm-256color", "COLUMNS": "80", **(more or {})})
    with subprocess.Popen(
        [*CALL, *arguments], cwd=shell.folder, env=environment, stdin=theirs, stdout=theirs,
        stderr=theirs,
    ) as child:  # fmt: skip
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the terminal is gone when the command has ended
            while part := os.read(ours, 65_536):
                shown += part
        child.wait(timeout=60)
    os.close(ours)
    return shown.decode("utf-8").replace("\r\n", "\n")


def test_a_terminal_gets_a_coloured_label_and_the_same_words(here: Shell) -> None:
    shown = on_a_terminal(here, *REFUSED)
    assert shown.startswith(f"{ESCAPE}[31m{ESCAPE}[1merror:{ESCAPE}[0m privseg.yaml is there")
    assert re.sub(r"\x1b\[\d+m", "", shown) == here(*REFUSED).err


@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_whoever_wants_no_colour_gets_none(here: Shell, more: dict[str, str]) -> None:
    assert ESCAPE not in on_a_terminal(here, *REFUSED, more=more)


def test_long_work_shows_on_a_terminal_what_is_done_and_for_how_long(own: Shell) -> None:
    shown = on_a_terminal(own, "source", "import", "crm", "data/crm.csv")
    assert "importing crm.csv (0." in shown
    assert re.search(r"0:00:0\d", shown)
    assert "imported 2,000 rows" in shown


def test_where_there_is_no_terminal_nothing_moves(own: Shell) -> None:
    answer = own.process("source", "import", "crm", "data/crm.csv")
    assert answer.out == "imported 2,000 rows\n"
    assert ESCAPE not in answer.err
    assert "importing" not in answer.err


def test_data_can_be_piped_while_hints_are_read(here: Shell) -> None:
    answer = here.process("segment", "guide", "--json")
    assert len(json.loads(answer.out)) == 6
    assert not answer.err


def test_a_reader_who_goes_away_is_no_error_to_shout_about(here: Shell) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" | true', "sh", *CALL, "consent", "record", "--help"],
        cwd=here.folder, env=here.environment({}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr


def test_a_full_disk_under_standard_output_is_one_line(here: Shell) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123  # a device
        done = subprocess.run(
            [*CALL, "--version"], cwd=here.folder, env=here.environment({}),
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert re.fullmatch(r"error: [^\n]*No space left on device[^\n]*\n", done.stderr)


def test_letters_of_every_script_are_printed_whatever_the_locale_says(own: Shell) -> None:
    text = SEGMENT.format(name="cafe", label="Café 東京")
    (own.folder / "segments/cafe.yaml").write_text(text, "utf-8")
    answer = own.process("segment", "guide", environment={"PYTHONIOENCODING": "ascii"})
    assert answer.code == 0
    assert "Café 東京" in answer.out


def test_a_label_cannot_steer_the_terminal(own: Shell) -> None:
    text = SEGMENT.format(name="sly", label=r"\e[2Jgone \u202e\x9b1m")
    (own.folder / "segments/sly.yaml").write_text(text, "utf-8")
    for answer in (own("segment", "guide"), own("segment", "guide", "--json")):
        assert not set(answer.out + answer.err) & set("\x1b\x9b\u202e")


def test_a_file_name_cannot_steer_the_terminal(here: Shell) -> None:
    answer = here("source", "import", "crm", "\x1b[2J.csv")
    assert answer.code == 1
    assert ESCAPE not in answer.err


def test_a_closed_standard_input_is_told(here: Shell) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" <&-', "sh", *CALL, "consent", "show", "--id-from", "-"],
        cwd=here.folder, env=here.environment({}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr


def test_at_a_terminal_the_identifier_is_asked_for(here: Shell) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*CALL, "consent", "show", "--id-from", "-", "--json"], cwd=here.folder, stdin=theirs,
        env=here.environment({}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        os.write(ours, b"C0000001\n")
        out, err = child.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert err == "type the identifier, then Enter:\n"
    assert json.loads(out)["known"] is True
