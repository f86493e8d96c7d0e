# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PD011 - values of Arrow, not of pandas
"""Whatever is written as a file is read back the same, and fast and exact paths agree."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import assume, example, given
from hypothesis import strategies as st

from privseg.policy.catalogue import ColumnType
from privseg.segment.text import fold_text, normal_text
from privseg.sources import FileError, RowError, from_dataframe, read_table
from privseg.sources.batch import Batch
from privseg.sources.convert import by_distinct
from privseg.sources.csv_in import CsvReader
from privseg.sources.faults import Fault
from privseg.sources.moments import from_local
from privseg.sources.numbers import integers, scaled
from tests.twins.source_builders import column, money, people

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
SOURCE = people(
    column("note", ColumnType.TEXT), column("visits", ColumnType.INTEGER), money("spent")
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "note": st.none() | ANY_TEXT.filter(bool),
            "visits": st.none() | st.integers(-(2**63), 2**63 - 1),
            "spent": st.none() | st.decimals(-(10**12), 10**12, places=2),
        }
    ),
    min_size=1,
    max_size=12,
)


def read(content: bytes, name: str) -> Batch:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return read_table(path, SOURCE)


def stored(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the column store should get, by plain Python."""
    return [
        {
            "note": None if r["note"] is None else normal_text(r["note"]),
            "note__folded": None if r["note"] is None else fold_text(r["note"]),
            "visits": r["visits"],
            "spent": None if r["spent"] is None else int(r["spent"] * 100),
        }
        for r in rows
    ]


def as_csv(rows: list[dict[str, Any]], quoting: Any, end: str, delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=end, delimiter=delimiter)
    writer.writerow(["id", *rows[0]])
    names = list(rows[0])
    for n, row in enumerate(rows):
        writer.writerow([n, *("" if row[name] is None else row[name] for name in names)])
    return out.getvalue().encode()


@given(
    ROWS,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_the_csv_module_writes_is_read_back_the_same(
    rows: list[dict[str, Any]], quoting: Any, end: str, delimiter: str
) -> None:
    # The csv module leaves a lone carriage return bare where it ends no line: we refuse that.
    assume(
        quoting == csv.QUOTE_ALL or "\r" in end or all("\r" not in (r["note"] or "") for r in rows)
    )
    assert read(as_csv(rows, quoting, end, delimiter), "crm.csv").table.to_pylist() == stored(rows)


@given(ROWS)
def test_what_is_written_as_json_lines_is_read_back_the_same(rows: list[dict[str, Any]]) -> None:
    lines = []
    for n, row in enumerate(rows):
        spent = "null" if row["spent"] is None else str(row["spent"])
        rest = json.dumps({"id": str(n), "note": row["note"], "visits": row["visits"]})
        lines.append(f'{rest[:-1]}, "spent": {spent}}}')
    assert read("\n".join(lines).encode(), "crm.jsonl").table.to_pylist() == stored(rows)


@given(ROWS)
def test_what_is_written_as_parquet_or_a_dataframe_is_read_back_the_same(
    rows: list[dict[str, Any]],
) -> None:
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("note", pa.string()),
            ("visits", pa.int64()),
            ("spent", pa.decimal128(18, 2)),
        ]
    )
    table = pa.Table.from_pylist([{"id": n} | r for n, r in enumerate(rows)], schema)
    out = io.BytesIO()
    pq.write_table(table, out)
    assert read(out.getvalue(), "crm.parquet").table.to_pylist() == stored(rows)
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    assert from_dataframe(frame, SOURCE).table.to_pylist() == stored(rows)


@given(st.text(st.sampled_from('a,"\n\r;'), max_size=30))
@example('a"')
@example('"a\n')
def test_any_bytes_are_read_as_the_strict_csv_module_reads_them_or_refused(body: str) -> None:
    text = f"x,y\n{body}\n1,2\n"
    with tempfile.TemporaryFile() as handle:
        handle.write(text.encode())
        handle.flush()
        try:
            reader = CsvReader(handle, "a.csv", delimiter=",")
            batches = list(reader.batches())
        except FileError:
            return
        found = [list(r.values()) for b in batches for r in b.to_pylist()]
        broken = reader.broken
    plain = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    while plain and not plain[-1]:
        plain.pop()
    expected = [[c or None for c in row] for row in plain if len(row) == 2]
    assert found == expected
    assert sum(map(len, broken.values())) == sum(len(row) != 2 for row in plain)


@given(st.binary(max_size=200), st.sampled_from(["crm.csv", "crm.jsonl", "crm.parquet"]))
def test_any_bytes_at_all_are_read_or_refused_with_a_typed_error(content: bytes, name: str) -> None:
    for data in (content, b"id,note,visits,spent\n" + content, b'{"id":"1"}\n' + content):
        try:
            assert read(data, name).rows >= 1
        except (FileError, RowError) as refusal:
            assert str(refusal).startswith(name)  # noqa: PT017


NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=5)
    .filter(lambda d: abs(d) < 10**15)
    .map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**66), 2**66).map(str),
    st.from_regex(r"[+-]?[0-9]{0,20}\.?[0-9]{0,8}", fullmatch=True),
)


@given(st.lists(NUMBERS, min_size=1, max_size=20), st.integers(0, 6))
def test_money_is_the_nearest_minor_unit_half_to_even(cells: list[str], digits: int) -> None:
    found = scaled(pa.array(cells), digits)
    faults = {int(r): f for f, rows in found.faults.items() for r in rows}
    for row, cell in enumerate(cells):
        if not any(c.isdigit() for c in cell):
            assert faults[row] is Fault.NOT_NUMBER
            continue
        exact = Decimal(cell).scaleb(digits)
        assume(exact.adjusted() < 300)
        whole = int(exact.to_integral_value(ROUND_HALF_EVEN))
        if -(2**63) <= whole < 2**63:
            assert found.values[row].as_py() == whole
            assert (row in found.rounded) is (exact != whole)
        else:
            assert faults[row] is Fault.BEYOND_64_BITS


@given(st.lists(st.integers(-(2**70), 2**70), min_size=1))
def test_whole_numbers_are_exact_or_refused(values: list[int]) -> None:
    found = integers(pa.array(list(map(str, values))))
    fits = [-(2**63) <= v < 2**63 for v in values]
    assert found.values.to_pylist() == [
        v if ok else None for v, ok in zip(values, fits, strict=True)
    ]


ZONES = st.sampled_from(
    ["Europe/Berlin", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Tehran",
     "Africa/Casablanca", "Pacific/Apia", "America/New_York", "UTC"]
)  # fmt: skip


@given(
    ZONES,
    st.lists(
        st.datetimes(datetime(1985, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001
        min_size=1,
        max_size=30,
    ),
)
def test_local_times_mean_what_the_zone_says_or_are_refused(
    name: str, locals_: list[datetime]
) -> None:
    zone = ZoneInfo(name)
    found = from_local(pa.array(locals_, pa.timestamp("us")), np.zeros(len(locals_), bool), zone)
    faults = {int(r): f for f, rows in found.faults.items() for r in rows}
    for row, local in enumerate(locals_):
        passes = {local.replace(tzinfo=zone, fold=f).astimezone(UTC) for f in (0, 1)}
        real = {p for p in passes if p.astimezone(zone).replace(tzinfo=None) == local}
        if len(real) == 1 and len(passes) == 1:
            assert found.values[row].as_py() == real.pop()
        else:
            assert faults[row] is (Fault.AMBIGUOUS_TIME if real else Fault.IMPOSSIBLE_TIME)


@given(ZONES, st.integers(0, 365 * 40))
def test_a_day_begins_with_the_first_moment_that_bears_its_date(name: str, day: int) -> None:
    zone = ZoneInfo(name)
    midnight = datetime(1990, 1, 1) + timedelta(days=day)  # noqa: DTZ001
    found = from_local(pa.array([midnight], pa.timestamp("us")), np.ones(1, bool), zone)
    start = found.values[0].as_py()
    assert start.astimezone(zone).replace(tzinfo=None) >= midnight
    before = start - timedelta(microseconds=1)
    assert before.astimezone(zone).date() < start.astimezone(zone).date()


@given(st.lists(st.none() | ANY_TEXT, max_size=20))
def test_each_distinct_text_is_parsed_once_and_lands_in_its_rows(cells: list[str | None]) -> None:
    seen: list[str] = []

    def parse(text: str) -> str | Fault:
        seen.append(text)
        return Fault.NOT_TEXT if "a" in text else text * 2

    array = pa.array(
        [None if c is None else c.encode("utf-8", "replace").decode() for c in cells], pa.string()
    )
    found = by_distinct(array, parse, pa.string())
    bad = {int(r) for rows in found.faults.values() for r in rows}
    assert len(seen) == len(set(seen))
    for row, cell in enumerate(array.to_pylist()):
        assert (row in bad) is (cell is not None and "a" in cell)
        expected = None if cell is None or "a" in cell else cell * 2
        assert found.values[row].as_py() == expected
