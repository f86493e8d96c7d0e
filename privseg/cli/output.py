# SPDX-License-Identifier: Apache-2.0
"""How the command line talks: data on standard output, talk on standard error, JSON on request."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from privseg.cli.refusals import told
from privseg.cli.table import WIDTH, Table, wrapped
from privseg.errors import PrivsegError

if TYPE_CHECKING:
    from privseg.policy import Finding

__all__ = [
    "WIDTH",
    "Table",
    "count",
    "emit",
    "epilog",
    "finding_document",
    "finding_lines",
    "hand_over",
    "note",
    "on_terminal",
    "refusal",
    "say",
    "wrapped",
    "yes",
]

REFUSED = frozenset({3, 4})  # exit codes of policy, consent, disclosure and budget
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What steers a terminal or turns text around (C0, C1, bidirectional overrides), but no newline."""


def emit(document: object, *, as_json: bool, text: str | Sequence[str]) -> None:
    """Print data on standard output: the JSON document when asked, else the text."""
    if as_json:
        shown = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
    else:
        shown = text if isinstance(text, str) else "\n".join(text)
    typer.echo(harmless(shown))


def hand_over(document: bytes, out: Path | None) -> None:
    """Print a JSON document on standard output, or write it to a new file of its owner's alone."""
    if out is None:
        typer.echo(harmless(document.decode("utf-8")))
        return
    from privseg.engine.private_files import write_new  # noqa: PLC0415  # loaded with the workspace

    write_new(out, document)
    say(f"wrote {out}")


def say(text: str) -> None:
    """Print talk on standard error, where it never mixes with data."""
    typer.echo(harmless(text), err=True)


def note(label: str, text: str, *, colour: str) -> None:
    """Print a labelled line on standard error; colour only adds to what the label says."""
    shown = typer.style(label, fg=colour, bold=True) if on_terminal(coloured=True) else label
    typer.echo(f"{shown} {harmless(text)}", err=True)


def refusal(error: PrivsegError) -> int:
    """Print an error on standard error; return its exit code."""
    refused = error.exit_code in REFUSED
    label, colour = ("refused:", "yellow") if refused else ("error:", "red")
    for line in told(error):
        if line.startswith("  "):
            say(line)
        else:
            note(label, line, colour=colour)
    return error.exit_code


def on_terminal(*, coloured: bool = False) -> bool:
    """Return whether a person watches standard error, and may be shown colours."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return not (coloured and os.environ.get("NO_COLOR"))  # no-color.org: set and not empty


def harmless(text: str) -> str:
    r"""Return ``text`` with the codes of what would steer a terminal (JSON stays JSON).

    >>> harmless("\x1b[2J")
    '\\u001b[2J'
    """
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def count(number: int, thing: str) -> str:
    """Return a number of things.

    >>> count(1, "row"), count(2_000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{number:,} {thing}{'s' if number != 1 else ''}"


def yes(allowed: bool) -> str:  # noqa: FBT001  # a word for a value
    """Return an answer as a word."""
    return "yes" if allowed else "no"


def finding_document(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return findings as JSON."""
    return [
        {"severity": str(f.severity), "message": f.message, "place": str(f.place)} for f in findings
    ]


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Return findings as compilers print them and editors open them: one a line, unbroken."""
    return [str(f) for f in findings]


def epilog(example: str, *shapes: str) -> str:
    """Return the end of a verb's help: an example, and what its JSON looks like."""
    return "\n\n".join([f"Example:  {example}", *(f"JSON:  {shape}" for shape in shapes)])
