# SPDX-License-Identifier: Apache-2.0
"""JSON lines: exact numbers, one object a line, nothing that could be read in two ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.policy.catalogue import ColumnType
from privseg.sources import Fault, FileError, RowError, read_table
from tests.twins.source_builders import column, money, people

SOURCE = people(
    column("note", ColumnType.TEXT),
    column("visits", ColumnType.INTEGER),
    money("spent"),
    column("likes", ColumnType.SET, values=("tea", "coffee")),
)


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "crm.jsonl"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_numbers_keep_every_digit_they_are_written_with(tmp_path: Path) -> None:
    line = '{"id": 17850, "note": "a", "visits": 9007199254740993, "spent": 0.125, "likes": null}'
    batch = read_table(written(tmp_path, line), SOURCE)
    assert batch.person.values.to_pylist() == ["17850"]
    assert batch.table["visits"].to_pylist() == [9007199254740993]
    assert batch.table["spent"].to_pylist() == [12]
    assert batch.rounded == {"spent": 1}


def test_empty_text_is_known_null_and_an_absent_key_are_missing(tmp_path: Path) -> None:
    lines = (
        '{"id": "1", "note": "", "visits": 1, "spent": 1, "likes": []}\n{"id": "2", "note": null}\n'
    )
    batch = read_table(written(tmp_path, lines), SOURCE)
    assert batch.table["note"].to_pylist() == ["", None]
    assert batch.table["visits"].to_pylist() == [1, None]
    assert batch.table["likes"].to_pylist() == [[], None]


def test_sets_are_lists_or_texts_and_come_in_the_declared_order_once_each(tmp_path: Path) -> None:
    rest = '"note": "a", "visits": 1, "spent": 1'
    lines = [
        f'{{"id": "1", {rest}, "likes": ["coffee", "tea", "coffee"]}}',
        f'{{"id": "2", {rest}, "likes": "coffee|tea"}}',
    ]
    batch = read_table(written(tmp_path, "\n".join(lines)), SOURCE)
    assert batch.table["likes"].to_pylist() == [["tea", "coffee"]] * 2


def test_text_may_hold_marks_joiners_and_nul(tmp_path: Path) -> None:
    line = r'{"id": "1", "note": "a\u0000\u200f\u200cb", "visits": 1, "spent": 1, "likes": null}'
    batch = read_table(written(tmp_path, line), SOURCE)
    assert batch.table["note"].to_pylist() == ["a\0\u200f\u200cb"]


DEEP = '{"id": ' + "[" * 100_000 + "]" * 100_000 + "}"
LONG = f'{{"id": "1", "visits": {"9" * 5000}}}'
LINES = {
    "no JSON": ("nonsense", Fault.NOT_JSON),
    "cut off": ('{"id": "1"', Fault.NOT_JSON),
    "two objects": ('{"id": "1"} {"id": "2"}', Fault.NOT_JSON),
    "a list": ('["1"]', Fault.NOT_JSON),
    "a number": ("1", Fault.NOT_JSON),
    "a blank line": ("", Fault.BLANK),
    "a duplicate key": ('{"id": "1", "note": "a", "note": "b"}', Fault.DUPLICATE_KEY),
    "a duplicate key by escape": (r'{"id": "1", "\u0069d": "2"}', Fault.DUPLICATE_KEY),
    "NaN": ('{"id": "1", "visits": NaN}', Fault.NOT_FINITE),
    "Infinity": ('{"id": "1", "spent": -Infinity}', Fault.NOT_FINITE),
    "an object for a value": ('{"id": "1", "note": {"a": 1}}', Fault.NOT_A_VALUE),
    "a list for a value": ('{"id": "1", "note": ["a"]}', Fault.NOT_A_VALUE),
    "truth in a set": ('{"id": "1", "likes": [true]}', Fault.NOT_A_VALUE),
    "half a surrogate pair": (r'{"id": "1", "note": "\ud800"}', Fault.NOT_UTF8),
    "half a pair in a list": (r'{"id": "1", "likes": ["\udc00"]}', Fault.NOT_UTF8),
    "nested deeper than Python reads": (DEEP, Fault.NOT_JSON),
    "text in a number": ('{"id": "1", "visits": "many"}', Fault.NOT_INTEGER),
    "empty text in a number": ('{"id": "1", "visits": ""}', Fault.NOT_INTEGER),
    "65 bits": ('{"id": "1", "visits": 9223372036854775808}', Fault.BEYOND_64_BITS),
    "more digits than Python converts": (LONG, Fault.BEYOND_64_BITS),
    "a huge exponent": ('{"id": "1", "spent": 1e999999999}', Fault.NOT_NUMBER),
    "a value not declared": ('{"id": "1", "likes": ["wine"]}', Fault.NOT_DECLARED),
    "nobody": ('{"id": "", "note": "a"}', Fault.NO_PERSON),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_a_line_that_is_no_plain_object_is_named(tmp_path: Path, case: str) -> None:
    line, fault = LINES[case]
    good = '{"id": "%s", "note": "a", "visits": 1, "spent": 1, "likes": null}'
    content = f"{good % 'x'}\n{line}\n{good % 'y'}\n"
    with pytest.raises(RowError) as refusal:
        read_table(written(tmp_path, content), SOURCE)
    assert [(p.line, p.fault) for p in refusal.value.problems] == [(2, fault)]


FILES = {
    "empty": (b"", "is empty"),
    "not UTF-8": (b'{"id": "1", "note": "\xfc"}\n', ":1: it is not UTF-8"),
    "UTF-16": ('{"id": "1"}'.encode("utf-16"), "UTF-16"),
    "a raw NUL byte": (b'{"id": "1", "note": "\x00"}\n', "NUL"),
    "an undeclared key": (b'{"id": "1", "shoe": 38}\n', "does not know 'shoe'"),
    "a column that no row has": (b'{"id": "1", "note": "a", "visits": 1, "spent": 1}\n', "'likes'"),
    "nothing but nonsense": (b"nonsense\n", "problem"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, case: str) -> None:
    content, why = FILES[case]
    with pytest.raises((FileError, RowError), match=why):
        read_table(written(tmp_path, content), SOURCE)


def test_a_key_that_first_comes_late_is_refused_by_its_line(tmp_path: Path) -> None:
    good = '{"id": "%d", "note": "a", "visits": 1, "spent": 1, "likes": null}\n'
    content = "".join(good % n for n in range(1_500)) + '{"id": "x", "ada@example.com": 1}\n'
    with pytest.raises(RowError) as refusal:
        read_table(written(tmp_path, content), SOURCE)
    assert [(p.line, p.fault) for p in refusal.value.problems] == [(1_501, Fault.NEW_KEY)]
    assert "example.com" not in str(refusal.value)
