# SPDX-License-Identifier: Apache-2.0
"""Papers, reasons and data points, which come by a file or standard input: never in arguments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from privseg.cli.output import say

LONGEST = 10_000_000  # bytes of one paper, such as a scan
STDIN = "-"

OutFolder = Annotated[
    Path | None, typer.Option("--out", help="The folder for the letter; else answers.")
]
ReasonsFrom = Annotated[
    str,
    typer.Option("--reasons-from", help="A file with the reasons, one a line; - for stdin."),
]


def lines_from(given: str) -> list[str]:
    """Return the lines of a file or of standard input, without empty ones.

    Raises:
        typer.BadParameter: it cannot be read, or is not text.
    """
    return [line.strip() for line in _text(given).splitlines() if line.strip()]


def paper_from(path: Path | None) -> bytes | None:
    """Return the bytes of a paper; None where none is given.

    Raises:
        typer.BadParameter: it cannot be read, or is too large.
    """
    if path is None:
        return None
    try:
        if path.stat().st_size > LONGEST:
            raise typer.BadParameter(f"{path.name} is larger than 10 MB")
        return path.read_bytes()
    except OSError:
        raise typer.BadParameter(f"{path.name} cannot be read") from None


def _text(given: str) -> str:
    """Return the text of a file, or of standard input for ``-``."""
    try:
        if given != STDIN:
            return (paper_from(Path(given)) or b"").decode("utf-8")
        stdin: TextIO | None = sys.stdin  # None when the shell closed it
        if stdin is None:
            raise typer.BadParameter("standard input is closed; pass the lines on it")
        if stdin.isatty():
            say("type the lines, then Ctrl-D:")
        return stdin.read(LONGEST)
    except UnicodeDecodeError:
        raise typer.BadParameter("it is not UTF-8 text") from None
