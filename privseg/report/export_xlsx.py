# SPDX-License-Identifier: Apache-2.0
"""A report as a workbook: a sheet a table, and one with the words and the proof.

Strings are written as strings and numbers as numbers, so no text can become a formula or a link.
The file is a function of the release alone: its dates are the release's, nobody is its author.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING

from privseg.protect import Withheld
from privseg.release import Statement
from privseg.release.plan import PlannedTable
from privseg.report.bulletin import Bulletin
from privseg.report.compose import compose
from privseg.report.flat import Flat, of_table
from privseg.report.labels import Labels
from privseg.report.language import ENGLISH, Language
from privseg.report.panels import withheld_words
from privseg.report.sections import title_of

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_NAME = 31  # characters of a sheet's name, by Excel's limit
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")  # in a sheet's name
RESERVED = frozenset({"history"})
LONGEST_TEXT = 32_767  # characters of a cell, by Excel's limit
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NARROWEST, WIDEST = 10, 60  # characters of a column
MOST_PLACES = 8

Value = str | Decimal | None


def to_xlsx(statement: Statement, *, language: Language = ENGLISH) -> bytes:
    """Return the workbook of a release. Law: the same release gives the same bytes."""
    from xlsxwriter.workbook import Workbook  # noqa: PLC0415  # only who wants a workbook loads it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(
        out, {**options, "strings_to_numbers": False, "nan_inf_to_errors": False}
    ) as book:
        made = statement.released_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": _clean(statement.plan.title), "created": made})
        _Book(book, language).fill(statement)
    return out.getvalue()


@dataclass(slots=True)
class _Book:
    """A workbook while it is filled."""

    book: Workbook
    language: Language
    names: set[str] = field(default_factory=set)
    formats: dict[str, Format] = field(default_factory=dict)

    def fill(self, statement: Statement) -> None:
        """Write the statement's sheet, then one a table."""
        bulletin = compose(statement, file="report.json", language=self.language)
        labels = Labels.of(statement, self.language)
        self._about(bulletin)
        for planned in statement.plan.tables:
            self._table(statement, planned, labels)

    def _about(self, b: Bulletin) -> None:
        _ = self.language
        rows: list[tuple[str, Value]] = [
            (_("Title"), b.title),
            (_("State"), b.period),
            (_("In short"), b.answer),
            *((_("Segment"), f"{k.label}: {k.meaning} {k.size}".strip()) for k in b.key),
            (_("What is left out, and why"), b.not_included),
            *((_("Withheld"), line) for line in b.withheld),
            *((_("What this cannot tell you"), line) for line in b.cannot_tell),
            (_("How sure we are"), b.noise),
            (_("To check it"), b.command),
            *((f.name, f.value) for f in b.facts),
        ]
        sheet = self._sheet(_("About"), (_("What"), _("In words")), rows)
        sheet.set_column(1, 1, WIDEST + 20, self._format(wrap=True))

    def _table(self, statement: Statement, planned: PlannedTable, labels: Labels) -> None:
        _ = self.language
        rows = tuple(of_table(statement, planned, labels))
        count = len(planned.block.dimensions)
        heads = [_("Quantity"), _("Of"), _("Segment")]
        heads += [labels.dimension(planned, i) for i in range(count)]
        heads += [_("Unit"), _("Estimate"), _("Low (19 in 20)"), _("High (19 in 20)")]
        heads += [_("Withheld"), _("May understate by")]
        values = [self._values(row, count) for row in rows]
        self._sheet(title_of(planned, labels), heads, values, [r.places for r in rows])

    def _values(self, row: Flat, count: int) -> list[Value]:
        _ = self.language
        words = [*row.words, *[""] * (count + 1 - len(row.words))]
        why = withheld_words(Withheld(row.withheld), _) if row.withheld else ""
        return [row.what, row.label, *words, _(row.unit), *row.ends, why, row.hides]

    def _sheet(
        self,
        title: str,
        heads: Iterable[str],
        rows: Iterable[Iterable[Value]],
        places: list[int] | None = None,
    ) -> Worksheet:
        sheet = self.book.add_worksheet(sheet_name(title, self.names))
        if self.language.direction == "rtl":
            sheet.right_to_left()
        lines: list[list[Value]] = [list(heads), *(list(r) for r in rows)]
        for i, line in enumerate(lines):
            for j, value in enumerate(line):
                decimals = places[i - 1] if places and i else 0
                self._write(sheet, i, j, value, decimals=decimals)
        for j, width in enumerate(_widths(lines)):
            sheet.set_column(j, j, width)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
        sheet.set_landscape()
        return sheet

    def _write(
        self, sheet: Worksheet, row: int, column: int, value: Value, *, decimals: int
    ) -> None:
        if isinstance(value, Decimal):
            places = min(max(decimals, -int(value.as_tuple().exponent)), MOST_PLACES)
            sheet.write_number(row, column, float(value), self._format(places=places))
        elif value:
            sheet.write_string(row, column, _clean(value), self._format(bold=row == 0, wrap=True))

    def _format(self, *, places: int = -1, bold: bool = False, wrap: bool = False) -> Format:
        """Return a format of the workbook, each made once."""
        key = f"{places}{bold}{wrap}"
        if key not in self.formats:
            facts: dict[str, object] = {"bold": bold, "valign": "top"}
            if places >= 0:
                facts["num_format"] = "#,##0" + ("." + "0" * places if places else "")
            if wrap:
                facts["text_wrap"] = True
            self.formats[key] = self.book.add_format(facts)
        return self.formats[key]


def sheet_name(title: str, taken: set[str]) -> str:
    """Return a name that Excel takes and no other sheet has; ``taken`` learns it.

    >>> taken: set[str] = set()
    >>> sheet_name("A/B: who?", taken), sheet_name("a b  who ", taken)
    ('A B  who', 'a b  who 2')
    """
    plain = FORBIDDEN.sub(" ", title).strip().strip("'").strip()[:LONGEST_NAME].strip() or "-"
    name, number = plain, 1
    while name.casefold() in taken | RESERVED:
        number += 1
        end = f" {number}"
        name = plain[: LONGEST_NAME - len(end)].rstrip() + end
    taken.add(name.casefold())
    return name


def _clean(text: str) -> str:
    """Return a text without what a workbook cannot hold."""
    return UNPRINTABLE.sub(" ", text)[:LONGEST_TEXT]


def _widths(lines: list[list[Value]]) -> list[int]:
    """Return how wide columns are, by their longest text."""
    columns = range(max(len(line) for line in lines))
    longest = (max(len(str(line[j] or "")) for line in lines if j < len(line)) for j in columns)
    return [min(max(n + 2, NARROWEST), WIDEST) for n in longest]
