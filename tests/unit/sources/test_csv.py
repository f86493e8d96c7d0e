# SPDX-License-Identifier: Apache-2.0

"""CSV: what is read, what is refused, and how a refusal names the place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from privseg.policy.catalogue import ColumnType
from privseg.sources import Batch, Fault, FileError, RowError, read_table, scan
from privseg.sources.reader import opened
from tests.twins.source_builders import EVERY_TYPE, column, events, money, people

HEADER = "id,email,note,city,visits,score,member,born,seen,spent,likes"
PLAIN = people(column("note", ColumnType.TEXT), column("visits", ColumnType.INTEGER))


def written(folder: Path, content: str | bytes, name: str = "crm.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes, **how: object) -> Batch:
    return read_table(written(folder, content), PLAIN, **how)


def test_every_type_is_read_exactly(tmp_path: Path) -> None:
    row = '7,ada@example.com,"Grüß, Gott",Köln,-3,1.25,Yes,1990-02-28,2026-07-01 12:00,12.345,'
    row += "tea|water"
    batch = read_table(written(tmp_path, f"{HEADER}\n{row}\n"), EVERY_TYPE)
    assert batch.table.to_pylist() == [
        {
            "note": "Grüß, Gott",
            "note__folded": "grüss, gott",
            "city": "Köln",
            "visits": -3,
            "score": 1250,
            "member": True,
            "born": date(1990, 2, 28),
            "seen": datetime(2026, 7, 1, 10, tzinfo=UTC),
            "spent": 1234,  # half to even
            "likes": ["tea", "water"],
        }
    ]
    assert batch.identifiers["email"].values.to_pylist() == ["ada@example.com"]
    assert batch.person.values.to_pylist() == ["7"]
    assert batch.rounded == {"spent": 1}
    assert batch.event_ids is None
    assert batch.times is None


def test_an_empty_cell_is_missing_quoted_or_not(tmp_path: Path) -> None:
    batch = read(tmp_path, 'id,note,visits\n1,,\n2,"",""\n')
    assert batch.table.to_pylist() == [{"note": None, "note__folded": None, "visits": None}] * 2


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_byte_order_mark_line_ends_and_delimiters_are_found(
    tmp_path: Path, mark: bytes, end: str, delimiter: str
) -> None:
    rows = [["id", "note", "visits"], ["1", "a", "5"], ["2", '"x\ny"', "6"]]
    text = end.join(delimiter.join(r) for r in rows)
    batch = read(tmp_path, mark + text.encode())
    assert batch.table["note"].to_pylist() == ["a", "x\ny"]
    assert batch.table["visits"].to_pylist() == [5, 6]


def test_the_delimiter_under_which_the_header_fits_the_catalogue_wins(tmp_path: Path) -> None:
    batch = read(tmp_path, "id;note,x;visits\n1;a,b;5\n".replace("note,x", '"note"'))
    assert batch.table["note"].to_pylist() == ["a,b"]


def test_columns_may_stand_in_any_order_and_blank_lines_may_end_the_file(tmp_path: Path) -> None:
    batch = read(tmp_path, "visits,id,note\n5,1,a\n\n\n")
    assert batch.rows == 1
    assert batch.table["visits"].to_pylist() == [5]


def test_formula_like_text_is_text(tmp_path: Path) -> None:
    assert read(tmp_path, "id,note,visits\n1,=1+1,2\n").table["note"].to_pylist() == ["=1+1"]


WHOLE_FILE = {
    "empty": (b"", "is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "is empty"),
    "only blank lines": (b"\n\r\n \n", "is empty"),
    "a header and nothing else": (b"id,note,visits\n", "no rows"),
    "UTF-16": ("id,note,visits\n1,a,2\n".encode("utf-16"), "UTF-16"),
    "gzip": (b"\x1f\x8b\x08\x00 something", "gzip"),
    "a workbook": (b"PK\x03\x04 something", "Excel"),
    "Parquet by another name": (b"PAR1 something", "Parquet"),
    "Latin-1": (b"id,note,visits\n1,a,2\n2,Gr\xfc\xdf,3\n", ":3: it is not UTF-8"),
    "a cut-off character": (b"id,note,visits\n1,\xe2\x82,2\n", ":2: it is not UTF-8"),
    "an encoded surrogate": (b"id,note,visits\n1,\xed\xa0\x80,2\n", ":2: it is not UTF-8"),
    "a NUL byte": (b"id,note,visits\n1,a\x00b,2\n", ":2: a NUL byte"),
    "a quote never closed": (b'id,note,visits\n1,a,2\n2,"b,3\n', ":3: a quote is opened"),
    "a quote in a bare cell": (b'id,note,visits\n1,a"b,2\n', ":2: a quote stands"),
    "text after a quote": (b'id,note,visits\n1,"a"b,2\n', ":2: a quote stands"),
    "a space before a quote": (b'id,note,visits\n1, "a",2\n', ":2: a quote stands"),
    "old Mac line ends": (b"id,note,visits\r1,a,2\r", "carriage return"),
    "a lone carriage return": (b"id,note,visits\n1,a\rb,2\n", ":2: a carriage return"),
    "a repeated header": (b"id,note,visits,note\n1,a,2,b\n", "columns 2 and 4 have the same name"),
    "an unnamed column": (b"id,,note,visits\n1,a,b,2\n", "column 2 has no name"),
    "a missing column": (b"id,note\n1,a\n", "lacks 'visits'"),
    "no header line": (b"1,a,2\n2,b,3\n", "none of the declared columns"),
    "an undeclared column": (b"id,note,visits,Shoe size\n1,a,2,38\n", "does not know 'Shoe size'"),
    "an endless line": (b"id,note,visits\n" + b"a" * 5_000_000, "longer than"),
}


@pytest.mark.parametrize("case", WHOLE_FILE)
def test_a_file_that_cannot_be_read_in_one_way_only_is_refused(tmp_path: Path, case: str) -> None:
    content, why = WHOLE_FILE[case]
    with pytest.raises(FileError) as refusal:
        read(tmp_path, content)
    assert why in str(refusal.value)
    assert str(refusal.value).startswith("crm.csv")
    assert refusal.value.hint


CELLS = {
    "text in a number": ("1,a,many", "visits", Fault.NOT_INTEGER),
    "a fraction in a whole number": ("1,a,1.5", "visits", Fault.NOT_INTEGER),
    "NaN": ("1,a,NaN", "visits", Fault.NOT_FINITE),
    "Infinity": ("1,a,-Infinity", "visits", Fault.NOT_FINITE),
    "65 bits": ("1,a,9223372036854775808", "visits", Fault.BEYOND_64_BITS),
    "hexadecimal": ("1,a,0x10", "visits", Fault.NOT_INTEGER),
    "a thousand separator": ('1,a,"1,000"', "visits", Fault.NOT_INTEGER),
    "an underscore": ("1,a,1_000", "visits", Fault.NOT_INTEGER),
    "a huge number": (f"1,a,{'9' * 5000}", "visits", Fault.BEYOND_64_BITS),
    "a huge cell": (f"1,{'a' * 131_073},2", "note", Fault.TOO_LONG),
    "nobody": (",a,2", "id", Fault.NO_PERSON),
    "too few cells": ("1,a", None, Fault.RAGGED),
    "too many cells": ("1,a,2,", None, Fault.RAGGED),
    "a blank line": ("", None, Fault.BLANK),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_bad_cell_is_named_by_line_and_column_and_nothing_is_taken(
    tmp_path: Path, case: str
) -> None:
    row, name, fault = CELLS[case]
    with pytest.raises(RowError) as refusal:
        read(tmp_path, f'id,note,visits\n5,"two\nlines",1\n{row}\n6,b,2\n')
    problem = refusal.value.problems[0]
    assert (problem.line, problem.column, problem.fault) == (4, name, fault)
    assert refusal.value.total == 1


def test_all_problems_are_counted_and_the_first_twenty_are_listed(tmp_path: Path) -> None:
    rows = "".join(f"{n},a,x\n" for n in range(50)) + "1,2\n,,3\n"
    with pytest.raises(RowError) as refusal:
        read(tmp_path, f"id,note,visits\n{rows}")
    assert (refusal.value.total, refusal.value.rows) == (52, 52)
    assert [p.line for p in refusal.value.problems] == list(range(2, 22))
    assert "and 32 more" in str(refusal.value)


def test_two_faults_in_one_row_are_two_problems_of_one_row(tmp_path: Path) -> None:
    source = people(column("a", ColumnType.INTEGER), column("b", ColumnType.INTEGER))
    with pytest.raises(RowError) as refusal:
        read_table(written(tmp_path, "id,a,b\n1,x,y\n"), source)
    assert (refusal.value.total, refusal.value.rows) == (2, 1)


def test_the_same_person_twice_in_a_people_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RowError) as refusal:
        read(tmp_path, "id,note,visits\n1,a,1\n2,b,2\n1,c,3\n")
    [problem] = refusal.value.problems
    assert (problem.line, problem.column, problem.fault) == (4, "id", Fault.SAME_PERSON)


def test_a_later_event_with_the_same_id_replaces_the_earlier_the_person_included(
    tmp_path: Path,
) -> None:
    content = "order,id,at,amount\nO1,1,2026-01-01,5\nO2,2,2026-01-02,6\nO1,3,2026-01-03,7\n"
    batch = read_table(written(tmp_path, content), events(money()))
    assert batch.event_ids is not None
    assert batch.event_ids.to_pylist() == ["O2", "O1"]
    assert batch.person.values.to_pylist() == ["2", "3"]
    assert batch.table["amount"].to_pylist() == [600, 700]
    assert batch.replaced == 1


@pytest.mark.parametrize(
    ("row", "name", "fault"),
    [
        ("O1,1,,5", "at", Fault.NO_TIME),
        (",1,2026-01-01,5", "order", Fault.NO_EVENT_ID),
        ("O1,,2026-01-01,5", "id", Fault.NO_PERSON),
        ("O1,1,yesterday,5", "at", Fault.NOT_TIME),
    ],
)
def test_an_event_says_what_whom_and_when(
    tmp_path: Path, row: str, name: str, fault: Fault
) -> None:
    with pytest.raises(RowError) as refusal:
        read_table(written(tmp_path, f"order,id,at,amount\n{row}\n"), events(money()))
    assert [(p.column, p.fault) for p in refusal.value.problems] == [(name, fault)]


def test_without_an_id_column_the_content_names_an_event_and_equals_are_numbered(
    tmp_path: Path,
) -> None:
    source = events(money(), event_id="(content)")
    content = "id,at,amount\n1,2026-01-01,5\n1,2026-01-01,5\n2,2026-01-01,5\n"
    first = read_table(written(tmp_path, content), source).event_ids
    again = read_table(written(tmp_path, content), source).event_ids
    assert first is not None
    assert again is not None
    assert len(set(first.to_pylist())) == 3
    assert first.equals(again)


def test_ignored_columns_may_be_there_and_are_not_read(tmp_path: Path) -> None:
    batch = read(tmp_path, "id,note,visits,extra\n1,a,2,b\n", ignore=["extra"])
    assert "extra" not in batch.table.column_names


def test_names_that_may_be_data_are_counted_and_not_printed(tmp_path: Path) -> None:
    with pytest.raises(FileError) as refusal:
        read(tmp_path, "id,note,visits,ada@example.com\n1,a,2,b\n")
    assert "1 whose names may be data" in str(refusal.value)
    assert "example.com" not in str(refusal.value)


@pytest.mark.parametrize("name", ["missing.csv", "folder.csv", "crm.xlsx"])
def test_what_is_no_file_of_a_known_format_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "crm.xlsx").write_bytes(b"PK")
    with pytest.raises(FileError, match=name):
        read_table(tmp_path / name, PLAIN)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "id\n1\n")
    with pytest.raises(FileError, match="changed"), opened(path):
        path.write_text("id\n1\n2\n")


def test_records_are_read_across_the_borders_of_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(str(n), f'"{"x" * (n % 40)}\n""{n}"""', str(n)) for n in range(400)]
    content = "id,note,visits\n" + "".join(",".join(r) + "\r\n" for r in rows) + "bad,row\n"
    whole = read(tmp_path, content, quarantine=True)
    monkeypatch.setattr(scan, "BLOCK", 64)
    pieces = read(tmp_path, content, quarantine=True)
    assert pieces.table.equals(whole.table)
    assert pieces.table["note"][7].as_py() == 'xxxxxxx\n"7"'
    assert pieces.rejects.lines == whole.rejects.lines == (802,)


def test_only_the_first_byte_order_mark_is_one(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfid,note,visits\n1,a,2\n").rows == 1
    with pytest.raises(RowError):  # an identifier with a character that cannot be seen is nobody's
        read(tmp_path, b"\xef\xbb\xbfid,note,visits\n\xef\xbb\xbf1,a,2\n")
