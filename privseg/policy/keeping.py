# SPDX-License-Identifier: Apache-2.0
"""What an erasure must leave: rows that another law orders to be kept, such as invoices.

GDPR Art. 17(3)(b), (e); Cal. Civ. Code §§ 1798.105(d)(8), 1798.145(a). What is kept is taken out of
the column store and sealed apart: nobody reads it but for legal claims, and it goes when the time
is over.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_SPAN = re.compile(r"([1-9][0-9]{0,4})(d|mo|y)")
_LONGEST = {"d": 36_525, "mo": 1_200, "y": 100}  # a hundred years
_MONTHS = {"mo": 1, "y": 12}


@dataclass(frozen=True, slots=True)
class KeepRule:
    """On which grounds rows of a source stay, and how long after each of them.

    ``grounds`` are codes as law packs have them; of several the first one that the person's law
    knows counts. ``span`` is as written: ``10y``, ``18mo``, ``3650d``.
    """

    grounds: tuple[str, ...]
    span: str

    def until(self, of: date) -> date:
        """Return the last day on which a row of that day is kept.

        >>> KeepRule(("A17LegalObligation",), "10y").until(date(2024, 2, 29)).isoformat()
        '2034-02-28'
        >>> KeepRule(("A17LegalObligation",), "30d").until(date(2026, 1, 31)).isoformat()
        '2026-03-02'
        """
        found = _SPAN.fullmatch(self.span)
        assert found is not None  # as the loader took it
        number, unit = int(found[1]), found[2]
        if unit == "d":
            return of + timedelta(days=number)
        year, month = divmod(of.year * 12 + of.month - 1 + number * _MONTHS[unit], 12)
        return date(year, month + 1, min(of.day, monthrange(year, month + 1)[1]))


def is_span(text: str) -> bool:
    """Return whether a text says for how long something is kept.

    >>> is_span("10y"), is_span("0y"), is_span("101y"), is_span("10 years")
    (True, False, False, False)
    """
    found = _SPAN.fullmatch(text)
    return found is not None and int(found[1]) <= _LONGEST[found[2]]
