# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PD011 - values of Arrow, not of pandas
"""Parquet and DataFrames: types of their own, missing values, and what is not a table."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privseg.policy.catalogue import ColumnType
from privseg.sources import Batch, Fault, FileError, RowError, from_dataframe, read_table
from tests.twins.source_builders import EVERY_TYPE, column, events, money, people

ROW: dict[str, Any] = {
    "id": 7,
    "email": "ada@example.com",
    "note": "Tea",
    "city": "Köln",
    "visits": -3,
    "score": Decimal("1.250"),
    "member": True,
    "born": date(1990, 2, 28),
    "seen": datetime(2026, 7, 1, 10, tzinfo=UTC),
    "spent": 12.34,
    "likes": ["water", "tea"],
}
STORED = {
    "note": "Tea",
    "note__folded": "tea",
    "city": "Köln",
    "visits": -3,
    "score": 1250,
    "member": True,
    "born": date(1990, 2, 28),
    "seen": datetime(2026, 7, 1, 10, tzinfo=UTC),
    "spent": 1234,
    "likes": ["tea", "water"],
}


def parquet(folder: Path, table: pa.Table) -> Path:
    path = folder / "crm.parquet"
    pq.write_table(table, path)
    return path


def one(type_: ColumnType, values: Any, **more: Any) -> Batch:
    source = people(column("x", type_, **more))
    return from_dataframe(pd.DataFrame({"id": range(len(values)), "x": values}), source)


def test_a_parquet_file_is_read_in_its_own_types(tmp_path: Path) -> None:
    missing = dict.fromkeys(ROW) | {"id": 8}
    batch = read_table(parquet(tmp_path, pa.Table.from_pylist([ROW, missing])), EVERY_TYPE)
    assert batch.table.to_pylist() == [STORED, dict.fromkeys(STORED)]
    assert batch.person.values.to_pylist() == ["7", "8"]


def test_a_dataframe_is_read_in_its_own_types_and_nan_is_missing() -> None:
    frame = pd.DataFrame([ROW, dict.fromkeys(ROW) | {"id": 8, "spent": float("nan")}])
    batch = from_dataframe(frame, EVERY_TYPE)
    assert batch.table.to_pylist() == [STORED, dict.fromkeys(STORED)]
    assert batch.person.values.to_pylist() == ["7", "8"]


def test_dictionaries_and_large_strings_are_plain_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array(["1", "2"]).dictionary_encode(),
            "x": pa.array(["a", None], pa.large_string()),
        }
    )
    batch = read_table(parquet(tmp_path, table), people(column("x", ColumnType.TEXT)))
    assert batch.table["x"].to_pylist() == ["a", None]
    assert pd.Series(batch.person.values.to_pylist()).tolist() == ["1", "2"]


def test_whole_floats_are_numbers_of_people_as_pandas_writes_them() -> None:
    frame = pd.DataFrame({"id": [17850.0, 123456789012.0]})
    assert from_dataframe(frame, people()).person.values.to_pylist() == ["17850", "123456789012"]


def test_floats_are_taken_by_their_shortest_text() -> None:
    batch = from_dataframe(
        pd.DataFrame({"id": [1, 2, 3], "amount": [0.1 + 0.2, 22.200000000000003, 1e-7]}),
        people(money()),
    )
    assert batch.table["amount"].to_pylist() == [30, 2220, 0]
    assert batch.rounded == {"amount": 3}


@pytest.mark.parametrize(
    ("value", "type_", "fault"),
    [
        (float("inf"), ColumnType.INTEGER, Fault.NOT_FINITE),
        (1.5, ColumnType.INTEGER, Fault.NOT_INTEGER),
        (1.5, ColumnType.TEXT, Fault.NOT_TEXT),
        (2.0**53, ColumnType.TEXT, Fault.NOT_TEXT),
        (2**63, ColumnType.INTEGER, Fault.BEYOND_64_BITS),
        (datetime(2026, 1, 1, 12), ColumnType.DATE, Fault.DATE_WITH_TIME),  # noqa: DTZ001
        (datetime(1492, 10, 12, tzinfo=UTC), ColumnType.TIME, Fault.OUTSIDE_YEARS),
        ({"a": 1}, ColumnType.TEXT, None),
        (b"bytes", ColumnType.INTEGER, None),
    ],
)
def test_values_that_are_not_of_the_declared_type_are_refused(
    value: Any, type_: ColumnType, fault: Fault | None
) -> None:
    with pytest.raises((RowError, FileError)) as refusal:
        one(type_, [value])
    if fault is not None:
        assert isinstance(refusal.value, RowError)
        assert [p.fault for p in refusal.value.problems] == [fault]
    assert "column x" in str(refusal.value)


def test_objects_of_mixed_types_are_read_one_by_one() -> None:
    values = ["1", 2, 3.0, Decimal(4), None, float("nan"), pd.NA]
    assert one(ColumnType.INTEGER, pd.Series(values, dtype=object)).table["x"].to_pylist() == [
        1, 2, 3, 4, None, None, None,
    ]  # fmt: skip
    noon = datetime(2026, 7, 1, 10, tzinfo=UTC)
    moments = pd.Series([noon, datetime(2026, 7, 1), pd.NaT], dtype=object)  # noqa: DTZ001
    found = one(ColumnType.TIME, moments).table["x"].to_pylist()
    assert found == [
        datetime(2026, 7, 1, 10, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
        None,
    ]
    with pytest.raises(RowError) as refusal:
        one(ColumnType.TEXT, pd.Series(["a", object(), "\ud800"], dtype=object))
    assert [(p.line, p.fault) for p in refusal.value.problems] == [
        (2, Fault.NOT_A_VALUE),
        (3, Fault.NOT_A_VALUE),
    ]


def test_a_nan_in_a_parquet_file_is_no_number(tmp_path: Path) -> None:
    table = pa.table({"id": ["1", "2"], "amount": [1.0, float("nan")]})
    with pytest.raises(RowError) as refusal:
        read_table(parquet(tmp_path, table), people(money()))
    assert [(p.line, p.fault) for p in refusal.value.problems] == [(2, Fault.NOT_FINITE)]


def test_text_in_a_parquet_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    raw = pa.array([b"fine", b"\xff\xfe", None], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    path = parquet(tmp_path, pa.table({"id": ["1", "2", "3"], "x": text}))
    with pytest.raises(RowError) as refusal:
        read_table(path, people(column("x", ColumnType.TEXT)))
    assert [(p.line, p.fault) for p in refusal.value.problems] == [(2, Fault.NOT_UTF8)]


def test_timestamps_without_a_zone_are_local_and_nanoseconds_are_cut() -> None:
    when = np.array(["2026-07-01T12:00:00.123456789"], "datetime64[ns]")
    source = events(money(), time_zone="Europe/Berlin")
    frame = pd.DataFrame({"order": ["1"], "id": ["1"], "at": when, "amount": [1]})
    found = from_dataframe(frame, source).times
    assert found is not None
    assert found.to_pylist() == [datetime(2026, 7, 1, 10, 0, 0, 123456, tzinfo=UTC)]


def test_timestamps_in_a_zone_keep_their_moment() -> None:
    when = pd.Series(pd.to_datetime(["2026-07-01 12:00"])).dt.tz_localize("Asia/Tokyo")
    assert one(ColumnType.TIME, when).table["x"].to_pylist() == [
        datetime(2026, 7, 1, 3, tzinfo=UTC)
    ]


def damaged(folder: Path) -> Path:
    path = parquet(folder, pa.table({"id": [os.urandom(30).hex() for _ in range(2_000)]}))
    data = bytearray(path.read_bytes())
    data[100:2000] = bytes(1900)
    path.write_bytes(data)
    return path


def test_a_file_that_is_no_whole_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "crm.parquet"
    for content in (b"", b"PAR1", b"id,note\n1,2\n", b"PARE" + bytes(100), os.urandom(500)):
        path.write_bytes(content)
        with pytest.raises(FileError, match=r"crm\.parquet"):
            read_table(path, people())
    with pytest.raises((FileError, RowError), match=r"crm\.parquet"):
        read_table(damaged(tmp_path), people())


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (pd.DataFrame({"id": []}), "no rows"),
        (pd.DataFrame({1: ["a"]}), "not text"),
        (pd.DataFrame([["1", "2"]], columns=["id", "id"]), "the same name"),
        (pd.DataFrame({"id": ["1"], "shoe": [38]}), "does not know 'shoe'"),
        (pd.DataFrame({"other": ["1"]}), "none of the declared columns"),
    ],
)
def test_a_dataframe_that_does_not_fit_is_refused(frame: pd.DataFrame, why: str) -> None:
    with pytest.raises(FileError, match=why):
        from_dataframe(frame, people())


def test_an_empty_parquet_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no rows"):
        read_table(parquet(tmp_path, pa.table({"id": pa.array([], pa.string())})), people())


def test_a_batch_shows_no_data() -> None:
    batch = from_dataframe(pd.DataFrame([ROW]), EVERY_TYPE)
    assert "ada" not in repr(batch)
    assert "ada" not in repr(batch.identifiers)
    assert "email" in repr(batch.identifiers)
