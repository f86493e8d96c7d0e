# SPDX-License-Identifier: Apache-2.0
"""CSV and workbooks: every number once, no formula, nothing of the machine or its user."""

import csv
import io
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.release import Statement
from privseg.report import language, to_csv, to_xlsx
from privseg.report.export_csv import FORMULA, harmless
from privseg.report.export_xlsx import FORBIDDEN, LONGEST_NAME, sheet_name
from tests.twins import marketer_report, pseudo_language

HOSTILE = '=HYPERLINK("https://example.com","x")'
WIDE = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
NUMBERS = ("estimate", "low", "high", "may_understate_by")


@pytest.fixture(scope="module")
def statement() -> Statement:
    return marketer_report.statement()


@pytest.fixture(scope="module")
def rows(statement: Statement) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(statement), newline="")))


@pytest.fixture(scope="module")
def workbook(statement: Statement) -> bytes:
    return to_xlsx(statement)


def test_lines_end_and_fields_are_quoted_as_rfc_4180_has_it(statement: Statement) -> None:
    text = to_csv(statement)
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lengths = {len(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)}
    assert len(lengths) == 1


def test_every_cell_of_the_release_is_a_row(
    statement: Statement, rows: list[dict[str, str]]
) -> None:
    for table in statement.protected.tables:
        planned = next(t for t in statement.plan.tables if t.block.name == table.name)
        names = [m.name for m in planned.block.measures]
        shown = next(n for n in ("count", "size") if n in names)
        found = [r for r in rows if r["table"] == table.name and r["quantity"] == shown]
        assert len(found) == len(table.cells)
        keys = [tuple(harmless(k) for k in c.keys) for c in table.cells]
        assert [tuple(v for k, v in r.items() if k.startswith("key_") and v) for r in found] == keys


def test_numbers_are_plain_decimals_of_what_was_released(
    statement: Statement, rows: list[dict[str, str]]
) -> None:
    written = [r[n] for r in rows for n in NUMBERS if r[n]]
    assert all(NUMBER.fullmatch(n) for n in written)
    revenue = next(r for r in rows if r["quantity"] == "revenue")
    cell = statement.protected.tables[0].cells[0].numbers["revenue"]
    assert cell.estimate is not None
    assert Decimal(revenue["estimate"]) * 100 == cell.estimate.value


def test_negative_numbers_stay_numbers(rows: list[dict[str, str]]) -> None:
    (net,) = [r for r in rows if r["quantity"] == "net"]
    assert (net["estimate"], net["low"], net["high"]) == ("-164", "-201", "-127")


def test_a_withheld_number_is_empty_with_its_reason_never_zero(rows: list[dict[str, str]]) -> None:
    gone = [r for r in rows if r["withheld"]]
    assert gone
    assert all(r["estimate"] == r["low"] == r["high"] == "" for r in gone)
    assert {r["withheld"] for r in gone} == {"too_few_people", "too_noisy"}


def test_a_town_that_begins_like_a_formula_is_made_harmless(rows: list[dict[str, str]]) -> None:
    towns = [r["key_1"] for r in rows if r["table"] == "towns"]
    assert "'=Köln" in towns
    assert "تهران" in towns


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", *WIDE])
def test_no_text_of_a_csv_begins_like_a_formula(statement: Statement, start: str) -> None:
    hostile = marketer_report.with_labels(statement, f"{start}cmd|' /C calc'!A0")
    read = csv.DictReader(io.StringIO(to_csv(hostile), newline=""))
    for row in read:
        texts = [v for k, v in row.items() if k not in NUMBERS]
        assert not [t for t in texts if t.startswith(FORMULA)]


@given(st.text(max_size=30))
def test_harmless_text_loses_nothing(text: str) -> None:
    made = harmless(text)
    assert made in (text, "'" + text)
    assert not made.startswith(FORMULA)


def test_the_same_release_gives_the_same_bytes(statement: Statement, workbook: bytes) -> None:
    assert to_xlsx(statement) == workbook
    assert to_csv(statement) == to_csv(statement)


def test_a_workbook_has_a_sheet_a_table_and_one_with_the_statement(
    statement: Statement, workbook: bytes
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    assert len(book.sheetnames) == 1 + len(statement.plan.tables)
    assert book.sheetnames[0] == "About"
    assert all(sheet.freeze_panes == "A2" for sheet in book)
    about = {c.value for row in book["About"].iter_rows() for c in row}
    assert statement.plan.plan_hash in about
    assert statement.edition_id in about


def test_texts_are_texts_and_numbers_are_numbers(statement: Statement) -> None:
    hostile = marketer_report.with_labels(statement, HOSTILE)
    data = to_xlsx(hostile)
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert HOSTILE in {c.value for c in cells}
    assert {c.data_type for c in cells} == {"s", "n"}
    assert not [c for c in cells if c.hyperlink is not None]
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheets = [packed.read(n) for n in packed.namelist() if "worksheets/" in n]
    assert not any(b"<f>" in s or b"<hyperlink" in s for s in sheets)


def test_a_workbook_holds_the_released_numbers(
    statement: Statement, workbook: bytes, rows: list[dict[str, str]]
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    numbers = [
        round(float(c.value), 9)
        for sheet in book
        for row in sheet.iter_rows()
        for c in row
        if c.data_type == "n" and c.value is not None
    ]
    tables = {t.block.name for t in statement.plan.tables}
    asked = [r for r in rows if r["table"] in tables]
    assert sorted(numbers) == sorted(round(float(r[n]), 9) for r in asked for n in NUMBERS if r[n])


def test_a_workbook_tells_nothing_of_machine_or_user(statement: Statement, workbook: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        names = packed.namelist()
        assert not [n for n in names if "vba" in n.lower() or "externalLink" in n or "media" in n]
        assert {i.date_time for i in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = ET.fromstring(packed.read("docProps/core.xml"))
    said = {e.tag.rpartition("}")[2]: e.text for e in core}
    moment = statement.released_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert said.pop("title") == statement.plan.title
    assert {said.pop("created"), said.pop("modified")} == {moment}
    assert not any(said.values())  # creator and lastModifiedBy are empty


@given(st.lists(st.text(min_size=0, max_size=60), max_size=6))
def test_names_of_sheets_are_such_as_excel_takes_and_differ(titles: list[str]) -> None:
    taken: set[str] = set()
    names = [sheet_name(t, taken) for t in titles]
    assert len({n.casefold() for n in names}) == len(names)
    for name in names:
        assert 1 <= len(name) <= LONGEST_NAME
        assert not FORBIDDEN.search(name)
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"


def test_a_workbook_speaks_the_language_and_runs_its_way(statement: Statement) -> None:
    german = openpyxl.load_workbook(io.BytesIO(to_xlsx(statement, language=language("de"))))
    assert german.sheetnames[0] == "Über den Bericht"
    mirrored = to_xlsx(statement, language=pseudo_language.MIRRORED)
    book = openpyxl.load_workbook(io.BytesIO(mirrored))
    assert all(sheet.sheet_view.rightToLeft for sheet in book)
