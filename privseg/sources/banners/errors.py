# SPDX-License-Identifier: Apache-2.0
"""How a banner's data are refused: a place and a reason, never what stands there.

::

    InputError
    ├── MalformedStringError   a TC, GPP or US Privacy string: which character, which bit
    ├── BadValueError          a value of a record cannot be meant (too deep, twice, no moment, ...)
    └── BannerError            a file of records: the first problems, with lines; none was taken
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privseg.errors import InputError
from privseg.sources.faults import MAX_LISTED


class MalformedStringError(InputError):
    """A consent string does not say what its format must say.

    ``character`` counts from 1 in the whole string, ``bit`` from 1 in its segment; 0 where the
    place is the string as a whole.
    """

    def __init__(self, *, what: str, why: str, character: int = 0, bit: int = 0) -> None:
        place = f", character {character}" * bool(character) + f" (bit {bit})" * bool(bit)
        super().__init__(
            f"not a usable {what}{place}: {why}; take the string again from its banner"
        )
        self.what = what
        self.why = why
        self.character = character
        self.bit = bit


class BadValueError(InputError):
    """A value in a record is not usable; carries the reason and the key's path, no value."""

    def __init__(self, why: str, *, path: str = "") -> None:
        super().__init__(f"{path}: {why}" if path else why)
        self.why = why
        self.path = path


@dataclass(frozen=True, slots=True)
class RecordProblem:
    """What is wrong with one record: its line (or number, from 1) and why."""

    line: int
    why: str

    @property
    def column(self) -> None:
        """Return nothing: a record has no columns; ``why`` names the path."""
        return

    @property
    def fault(self) -> str:
        """Return what is wrong, as a row's problem has it."""
        return self.why

    def __str__(self) -> str:
        """Return one line for a person."""
        return f"line {self.line}: {self.why}"


class BannerError(InputError):
    """A banner's export cannot be read, so nothing of it was taken."""

    def __init__(self, *, file: str, problems: Sequence[RecordProblem], total: int) -> None:
        listed = "".join(f"\n  {p}" for p in problems[:MAX_LISTED])
        more = f"\n  and {total - MAX_LISTED:,} more" if total > MAX_LISTED else ""
        super().__init__(
            f"{file}: {total:,} problem{'s'[: total != 1]}, nothing was imported; "
            f"correct the export, or the map{listed}{more}"
        )
        self.file = file
        self.problems = tuple(problems[:MAX_LISTED])
        self.total = total
