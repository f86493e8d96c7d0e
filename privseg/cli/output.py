# SPDX-License-Identifier: Apache-2.0
"""How the command line talks: tables of 80 columns, JSON on request, refusals in one line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from privseg.errors import PrivsegError

WIDTH = 80  # columns that every table must fit


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; numbers (headings that end in a blank) are aligned to the right."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def lines(self) -> list[str]:
        """Return the table as text lines, two spaces between columns, at most 80 columns."""
        widths = [
            max(len(h.rstrip()), *(len(r[i]) for r in self.rows), 1) if self.rows else len(h)
            for i, h in enumerate(self.headings)
        ]
        spare = WIDTH - sum(widths) - 2 * (len(widths) - 1)
        if spare < 0:
            longest = widths.index(max(widths))
            widths[longest] = max(8, widths[longest] + spare)
        right = [h.endswith(" ") for h in self.headings]
        head = [h.strip() for h in self.headings]
        return [_row(cells, widths, right) for cells in [head, *self.rows]]


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    """Return one line: cells cut to their column's width and aligned."""
    cut = [c if len(c) <= w else c[: w - 1] + "…" for c, w in zip(cells, widths, strict=True)]
    return "  ".join(
        c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cut, widths, right, strict=True)
    ).rstrip()


def emit(document: object, *, as_json: bool, text: str | Sequence[str]) -> None:
    """Print data on standard output: the JSON document when asked, else the text."""
    if as_json:
        typer.echo(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False))
    else:
        typer.echo(text if isinstance(text, str) else "\n".join(text))


def say(text: str) -> None:
    """Print talk on standard error, where it never mixes with data."""
    typer.echo(text, err=True)


def note(label: str, text: str, *, colour: str) -> None:
    """Print a labelled line on standard error; colour only adds to what the label says."""
    plain = "NO_COLOR" in os.environ or not sys.stderr.isatty()
    typer.echo(f"{label if plain else typer.style(label, fg=colour, bold=True)} {text}", err=True)


def refusal(error: PrivsegError) -> int:
    """Print an error as what, why and what next; return its exit code."""
    refused = error.exit_code in {3, 4}
    note("refused:" if refused else "error:", str(error), colour="yellow" if refused else "red")
    return error.exit_code


def read_identifier(given: str) -> str:
    """Return an identifier from standard input; anything but ``-`` is refused.

    Arguments can be seen by every user of a machine and stay in its shells' histories.
    """
    if given != "-":
        raise typer.BadParameter(
            "pass the identifier on standard input: --id-from - "
            "(arguments are visible to others on this machine)"
        )
    return sys.stdin.readline().strip()
