# SPDX-License-Identifier: Apache-2.0
"""A report as comma-separated values (RFC 4180), one number a row, for other programs.

Column names are English in every language, so that programs can rely on them. Text that a
spreadsheet would run as a formula stands behind an apostrophe (OWASP, "CSV Injection"); numbers
are written by us from integers and are left as they are, negative ones too.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from privseg.release import Statement
from privseg.report.flat import Flat, flat
from privseg.report.labels import Labels
from privseg.report.language import ENGLISH

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell may not begin with; the last four are the wide forms that spreadsheets fold."""

LEADING = ("report", "at", "table", "quantity", "what", "label", "segment")
TRAILING = ("unit", "estimate", "low", "high", "withheld", "may_understate_by")


def to_csv(statement: Statement) -> str:
    """Return every number of a release; write it as UTF-8, and the line ends as they are."""
    rows = tuple(flat(statement, Labels.of(statement, ENGLISH)))
    deepest = max((len(r.cell[1]) for r in rows), default=0)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*LEADING, *(f"key_{i + 1}" for i in range(deepest)), *TRAILING])
    for row in rows:
        writer.writerow(_cells(statement, row, deepest))
    return out.getvalue()


def harmless(text: str) -> str:
    """Return ``text``, behind an apostrophe where a spreadsheet would take it for a formula.

    It is for text alone. A number never comes here, so "-5" as a name is text as well.

    >>> harmless("=1+1"), harmless("Ada"), harmless("-5")
    ("'=1+1", 'Ada', "'-5")
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def _cells(statement: Statement, row: Flat, deepest: int) -> list[str]:
    plan = statement.plan
    names = [plan.name, plan.at.date().isoformat(), row.table, row.quantity, row.what, row.label]
    segment, found = row.cell
    keys = [*found, *[""] * (deepest - len(found))]
    numbers = [_number(n) for n in row.ends]
    texts = [harmless(t) for t in (*names, segment, *keys, row.unit)]
    return [*texts, *numbers, harmless(row.withheld), _number(row.hides)]


def _number(number: Decimal | None) -> str:
    """Return a number in plain digits, never with an exponent."""
    return "" if number is None else f"{number:f}"
