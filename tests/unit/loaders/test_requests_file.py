# SPDX-License-Identifier: Apache-2.0
"""A file of requests: every mistake by row and column, and nothing of what was written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.loaders.requests_csv import RequestsFileError, RowMistake, mistake_lines
from privseg.loaders.requests_file import RequestsRead, read_requests

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SECRET = "ada.secret@example.com"


def read(folder: Path, text: str | bytes) -> RequestsRead:
    path = folder / "requests.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_requests(path, zone=BERLIN, now=NOW)


def test_a_row_says_what_is_asked_when_and_how(tmp_path: Path) -> None:
    (row,) = read(
        tmp_path,
        "kind;identifier_kind;identifier;received;manner;jurisdiction;purpose;categories;language;"
        "identity;reference\n"
        "limit;email;ada@example.com;2026-03-01;phone;US-CA;ads.banners;location|health;de;account;"
        "T-1\n",
    ).rows
    assert (row.row, row.kind, row.identifier_kind) == (2, RequestKind.LIMIT, "email")
    assert row.received_at == datetime(2026, 3, 1, tzinfo=BERLIN)
    assert (row.manner, row.jurisdiction, row.purpose) == ("phone", "US-CA", "ads.banners")
    assert row.categories == {"location", "health"}
    assert (row.language, row.identity, row.reference) == ("de", IdentityLevel.ACCOUNT, "T-1")
    assert "ada@example.com" not in repr(row)


def test_a_moment_without_a_zone_is_local(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "kind,identifier,received\naccess,M1,2026-03-01T08:30\n").rows
    assert row.received_at == datetime(2026, 3, 1, 7, 30, tzinfo=UTC)


def test_blank_rows_and_a_byte_order_mark_are_no_mistake(tmp_path: Path) -> None:
    found = read(tmp_path, b"\xef\xbb\xbfkind,identifier\n\naccess,M1\n,\n")
    assert [r.row for r in found.rows] == [3]
    assert not found.mistakes


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"kind": SECRET}, "kind"),
        ({"kind": ""}, "kind"),
        ({"kind": "legal_hold"}, "kind"),
        ({"kind": "rectification"}, "kind"),
        ({"kind": "appeal"}, "kind"),
        ({"identifier": ""}, "identifier"),
        ({"identifier": "x" * 1_001}, "identifier"),
        ({"received": SECRET}, "received"),
        ({"received": "2026-13-01"}, "received"),
        ({"received": "2026-03-09"}, "received"),
        ({"manner": SECRET}, "manner"),
        ({"jurisdiction": "Bavaria"}, "jurisdiction"),
        ({"purpose": SECRET}, "purpose"),
        ({"language": "Deutsch!"}, "language"),
        ({"identity": "three_points"}, "identity"),
        ({"reference": SECRET}, "reference"),
    ],
)
def test_a_mistake_is_told_by_row_and_column_and_never_by_value(
    tmp_path: Path, cells: dict[str, str], column: str
) -> None:
    good = {"kind": "access", "identifier": "M1"}
    row = {**good, **cells}
    names = ",".join(row)
    text = f"{names}\n" + ",".join({**row, **good}.values()) + "\n" + ",".join(row.values()) + "\n"
    found = read(tmp_path, text)
    assert {(m.row, m.column) for m in found.mistakes if m.row == 3} == {(3, column)}
    told = str(RequestsFileError("f", found.mistakes))
    assert SECRET not in told
    assert SECRET not in repr(found)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    found = read(tmp_path, "kind,identifier,manner\nfoo,,bar\naccess,M1\n")
    assert [(m.row, m.column) for m in found.mistakes] == [
        (2, "kind"), (2, "identifier"), (2, "manner"), (3, None),
    ]  # fmt: skip


def test_the_same_mistake_of_many_rows_is_one_line() -> None:
    lies = [RowMistake(row, "received", "lies ahead") for row in (9, 2, 3, 4)]
    told = str(RequestsFileError("f", [*lies, RowMistake(5, None, "odd")]))
    assert told.startswith("f: 5 mistakes, no request was opened; ")
    assert told.splitlines()[1:] == [
        "  rows 2 to 4, 9, column received: lies ahead", "  row 5: odd",
    ]  # fmt: skip
    every_other = [RowMistake(2 * n, "kind", "nothing stands there") for n in range(1, 200)]
    (line,) = mistake_lines(every_other)
    assert line.endswith("98, 100 and 149 more, column kind: nothing stands there")


def test_every_mistake_of_a_header_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RequestsFileError) as refused:
        read(tmp_path, f"manner,manner,{SECRET}\nform,form,x\n")
    assert [(m.row, m.column) for m in refused.value.mistakes] == [
        (1, "kind"), (1, "identifier"), (1, "manner"), (1, None),
    ]  # fmt: skip
    assert "column 3 is called otherwise" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_what_a_row_says_is_kept_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    """So that the workspace can check it in the same round; a wrong cell says nothing more."""
    found = read(tmp_path, f"kind,identifier,purpose,language\nsing,{SECRET},ads,D!\naccess,M1\n")
    (said,) = found.said  # the second row has another number of cells than the header
    assert (said.kind, said.identifier, said.purpose, said.language) == (None, SECRET, "ads", None)
    assert said.wrong == {"kind", "language"}
    assert SECRET not in repr(found) + repr(said)
    assert found.rows == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"identifier\nM1\n",
        b"kind,identifier,kind\naccess,M1,access\n",
        b"kind,identifier,secret_name\naccess,M1,x\n",
        b'kind,identifier\naccess,"M1\n',
        b"kind,identifier\naccess,\xff\n",
        f"access,{SECRET}\n".encode(),
    ],
    ids=["empty", "no kind", "twice", "unknown", "open quote", "not utf-8", "no header"],
)
def test_a_file_that_is_none_is_refused_as_a_whole(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RequestsFileError) as refused:
        read(tmp_path, data)
    assert SECRET not in str(refused.value)
    assert "secret_name" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestsFileError):
        read_requests(tmp_path / "none.csv", zone=BERLIN, now=NOW)
