# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a file, a row or a cell: a closed list, so that no value can be printed.

Messages name the file, the line and the column. They never carry what stands in the cell, nor a
header that might be a person's data because the header line is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from privseg.errors import InputError

MAX_LISTED = 20
MAX_CELL = 131_072  # bytes of one cell: what Python's csv module takes, far above real data
MAX_ROW = 4_194_304  # bytes of one line


class Fault(StrEnum):
    """Why a row or cell was not taken."""

    RAGGED = "the row has another number of cells than the header"
    BLANK = "the row is empty"
    TOO_LONG = f"longer than {MAX_CELL:,} bytes"
    NOT_UTF8 = "not valid Unicode text"
    NO_PERSON = "nothing says whom the row is about"
    SAME_PERSON = "an earlier row is about the same person"
    NOT_IDENTIFIER = (
        "not usable as an identifier (an e-mail has one @, a phone starts with + and its country)"
    )
    NO_ACCOUNT = "nothing says which account the row is about"
    SAME_ACCOUNT = "an earlier row is about the same account"
    NOT_ACCOUNT = "not usable as an account's name (too long, or it holds what cannot be seen)"
    NO_TIME = "nothing says when it happened"
    NO_EVENT_ID = "the event has no id"
    NOT_INTEGER = "not a whole number"
    NOT_NUMBER = "not a plain decimal number (write 1234.50: no grouping, no currency sign)"
    NOT_FINITE = "not a finite number"
    BEYOND_64_BITS = "too large for 64 bits"
    NOT_BOOLEAN = "not one of true, false, yes, no, 1, 0"
    NOT_DATE = "not a calendar day written like 2026-11-21"
    DATE_WITH_TIME = "a day is wanted, and this has a time of day"
    NOT_TIME = "not a moment written like 2026-11-21T21:04:00Z"
    OUTSIDE_YEARS = "outside the years 1800 to 2299"
    IMPOSSIBLE_TIME = "a local time that the clock skipped; write it with its offset"
    AMBIGUOUS_TIME = "a local time that the clock passed twice; write it with its offset"
    NOT_DECLARED = "not one of the values that the catalogue declares"
    NOT_A_LIST = "not a list of texts"
    NOT_A_VALUE = "a list or object where one value is wanted"
    NOT_TEXT = "a number with a fraction where text is wanted"
    NOT_JSON = "not one JSON object"
    DUPLICATE_KEY = "the same key stands twice in the object"
    NEW_KEY = "a key that is neither in the catalogue nor in the first rows"
    NOT_ACT = "not a consent act"
    NOT_METHOD = "not a method of consent"
    NOT_AUTHORITY = "not one of subject, guardian, agent, staff"
    NOT_PURPOSE = "not a purpose name (letters, digits, _ and - between dots)"
    NOT_CATEGORY = "not a list of category names separated by |"
    NOT_NOTICE = "not a notice written like id@version"
    NOT_JURISDICTION = "not a jurisdiction like DE or US-CA"
    NO_ACT = "nothing says what was done"
    NO_METHOD = "a grant must say how it was made"
    NO_PURPOSE = "this act must name its purpose"
    NO_CATEGORIES = "a grant must name its categories"
    NO_VALUE = "nothing says what is attested, or what happened"
    NOT_BY_FILE = "an officer settles events one by one, not by a file"
    NOT_LANGUAGE = "not a language tag like en or pt-BR"
    NOT_SHA256 = "not a SHA-256: 64 hexadecimal digits in lower case"
    NOT_HAPPENING = "not the name of something that may happen, like contract.ended"
    NOT_COUNT = "not a whole number from 1"
    NOT_DURATION = "not a number of days written like 730d"
    TWO_ENDS = "both expires_at and expires_after are said"
    NO_TARGET = "a merge names the other profile, and only a merge does"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, and where: line (or row) from 1, column by its name in the catalogue."""

    line: int
    column: str | None
    fault: Fault

    def __str__(self) -> str:
        """Return one line for a person."""
        where = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{where}: {self.fault}"


class FileError(InputError):
    """A file as a whole cannot be read; nothing was imported.

    Args:
        file: its name, without folders.
        why: what is wrong with it.
        hint: what to do next.
        line: where, when one line is to blame.
    """

    def __init__(self, *, file: str, why: str, hint: str, line: int | None = None) -> None:
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {why}; {hint}")
        self.file = file
        self.why = why
        self.hint = hint
        self.line = line


class RowError(InputError):
    """Some rows cannot be read, so none was imported; the first problems are listed."""

    def __init__(self, *, file: str, problems: Sequence[Problem], total: int, rows: int) -> None:
        listed = "".join(f"\n  {p}" for p in problems[:MAX_LISTED])
        more = f"\n  and {total - MAX_LISTED:,} more" if total > MAX_LISTED else ""
        super().__init__(
            f"{file}: {total:,} problem{'s'[: total != 1]} in {rows:,} row{'s'[: rows != 1]}, "
            f"nothing was imported; correct the file, or import it with quarantine{listed}{more}"
        )
        self.file = file
        self.problems = tuple(problems[:MAX_LISTED])
        self.total = total
        self.rows = rows


_HEADER = re.compile(r"[^\W\d][\w .:/()\[\]%#-]{0,63}")
_LONG_NUMBER = re.compile(r"\d{4}")


def is_printable(name: str) -> bool:
    """Return whether a name reads as one of a column or a choice, and not as somebody's data.

    >>> is_printable("Age"), is_printable("usca.Sale[2]"), is_printable("ada@example.com")
    (True, True, False)
    """
    return _HEADER.fullmatch(name) is not None and not _LONG_NUMBER.search(name)


def printable_names(names: Iterable[str]) -> str:
    """Return column names for a message; what may be data (no header line) is only counted.

    >>> printable_names(["Age", "ada@example.com", "0049 30 1234"])
    "'Age' and 2 whose names may be data"
    """
    listed = sorted(set(names))
    safe = [n for n in listed if is_printable(n)]
    hidden = len(listed) - len(safe)
    shown = ", ".join(repr(n) for n in safe[:MAX_LISTED])
    more = len(safe) - MAX_LISTED
    parts = [shown] * bool(shown) + [f"{more} more"] * (more > 0)
    return " and ".join(parts + [f"{hidden} whose names may be data"] * bool(hidden))
