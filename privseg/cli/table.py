# SPDX-License-Identifier: Apache-2.0
"""Tables of at most 80 columns: what is too long goes on in the next line, nothing is cut off."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

WIDTH = 80  # columns that everything laid out must fit
GAP = "  "
LAST = 12  # columns that the last text keeps while it alone gives way
NARROWEST = 8  # columns that any text keeps
_JOINT = re.compile(r"(?<=[-_./,;:|])")  # where a long word is best broken


@dataclass(frozen=True, slots=True)
class Table:
    r"""Rows under headings; numbers (headings that end in a blank) are aligned to the right.

    >>> print(*Table(("what", "rows "), [("crm", "2,000"), ("web", "9")]).lines(), sep="\n")
    what   rows
    crm   2,000
    web       9
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    width: int = WIDTH

    def lines(self) -> list[str]:
        """Return the table as text lines; numbers are never broken."""
        right = [h.endswith(" ") for h in self.headings]
        cells = [[h.strip() for h in self.headings], *self.rows]
        widths = self._widths(cells, right)
        return [line for row in cells for line in _lines(row, widths, right)]

    def _widths(self, cells: Sequence[Sequence[str]], right: Sequence[bool]) -> list[int]:
        """Return how wide each column is, taking from the widest texts what is over."""
        room = self.width - len(GAP) * (len(right) - 1)
        widths = [min(room, max(map(columns, column))) for column in zip(*cells, strict=True)]
        texts = [i for i, number in enumerate(right) if not number]
        while texts and sum(widths) > room:
            widest = texts[-1] if widths[texts[-1]] > LAST else max(texts, key=widths.__getitem__)
            if widths[widest] <= NARROWEST:
                break
            widths[widest] -= 1
        return widths


def columns(text: str) -> int:
    r"""Return how many columns of a terminal ``text`` takes.

    >>> columns("Ada"), columns("東京"), columns("e\u0301")
    (3, 4, 1)
    """
    return sum(_columns(c) for c in text)


def wrapped(text: str, *, indent: str = "", after: str | None = None) -> list[str]:
    """Return ``text`` in lines of 80 columns; ``after`` indents all lines but the first.

    A word that is too long for a line, such as a path, stays whole: people copy it.
    """
    rest = indent if after is None else after
    lines = _filled(text.split(), WIDTH - max(len(indent), len(rest)))
    return [(rest if number else indent) + line for number, line in enumerate(lines)]


def _filled(words: Iterable[str], width: int) -> list[str]:
    """Return words in lines of ``width`` columns, as many to a line as fit."""
    lines = [""]
    for word in words:
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if columns(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def _cell(text: str, width: int) -> list[str]:
    """Return the lines of a cell: broken between words, else at joints, else anywhere."""
    lines: list[str] = []
    for word in text.split():
        for number, part in enumerate(_parts(word, width)):
            glue = "" if number else " "
            if lines and columns(lines[-1] + glue + part) <= width:
                lines[-1] += glue + part
            else:
                lines.append(part)
    return lines or [""]


def _parts(word: str, width: int) -> Iterator[str]:
    """Yield a word, in parts if it is too long."""
    for part in [word] if columns(word) <= width else _JOINT.split(word):
        piece = ""
        for character in part:
            if piece and columns(piece + character) > width:
                yield piece
                piece = ""
            piece += character
        yield piece


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    """Yield the lines of one row."""
    parts = [
        [cell] if columns(cell) <= w or number else _cell(cell, w)
        for cell, w, number in zip(row, widths, right, strict=True)
    ]
    for line in zip_longest(*parts, fillvalue=""):
        yield GAP.join(map(_padded, line, widths, right)).rstrip()


def _padded(cell: str, width: int, right: bool) -> str:  # noqa: FBT001  # a column's own flag
    """Return a cell filled up to its column's width."""
    blank = " " * (width - columns(cell))
    return blank + cell if right else cell + blank


def _columns(character: str) -> int:
    """Return how many columns one character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
