# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PD011 - values of Arrow, not of pandas
"""Quarantine: good rows in, the others aside in a file that only its owner may read."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privseg.policy.catalogue import ColumnType
from privseg.sources import Batch, FileError, from_dataframe, read_table
from tests.twins.source_builders import column, people

SOURCE = people(column("note", ColumnType.TEXT), column("visits", ColumnType.INTEGER))


def rejected(batch: Batch, folder: Path) -> list[list[str]]:
    path = folder / "rejected.csv"
    batch.rejects.write(path)
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_good_rows_are_taken_and_bad_ones_written_aside(tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    path.write_text('id,note,visits\n1,a,1\n2,=HYPERLINK(1),x\n3\n\n4,"b\nc",4\n1,twice,5\n')
    batch = read_table(path, SOURCE, quarantine=True)
    assert batch.person.values.to_pylist() == ["1", "4"]
    assert batch.rejects.rows == batch.rejects.total == 4
    assert rejected(batch, tmp_path) == [
        ["line", "problem", "id", "note", "visits"],
        ["3", "visits: not a whole number", "2", "'=HYPERLINK(1)", "x"],
        ["4", "the row has another number of cells than the header", "3"],
        ["5", "the row is empty"],
        ["8", "id: an earlier row is about the same person", "1", "twice", "5"],
    ]


def test_json_lines_are_written_aside_as_they_stand(tmp_path: Path) -> None:
    good, bad = '{"id": "1", "note": "a", "visits": 2}', '{"id": "2", "note": "a", "visits": "x"}'
    path = tmp_path / "crm.jsonl"
    path.write_text(f"{good}\n{bad}\nnonsense\n")
    batch = read_table(path, SOURCE, quarantine=True)
    assert batch.rows == 1
    assert [(r[0], r[2]) for r in rejected(batch, tmp_path)[1:]] == [("2", bad), ("3", "nonsense")]


def test_rows_of_parquet_and_dataframes_are_written_aside_as_text(tmp_path: Path) -> None:
    rows = {"id": ["1", "2", "3"], "note": ["a", None, "c"], "visits": ["1", "x", "3"]}
    pq.write_table(pa.table(rows), tmp_path / "crm.parquet")
    for batch in (
        read_table(tmp_path / "crm.parquet", SOURCE, quarantine=True),
        from_dataframe(pd.DataFrame(rows), SOURCE, quarantine=True),
    ):
        assert batch.table["visits"].to_pylist() == [1, 3]
        assert rejected(batch, tmp_path)[1] == ["2", "visits: not a whole number", "2", "", "x"]
        (tmp_path / "rejected.csv").unlink()


def test_the_file_of_rejected_rows_is_private_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    path.write_text("id,note,visits\n1,a,1\n2,b,x\n")
    batch = read_table(path, SOURCE, quarantine=True)
    aside = tmp_path / "rejected.csv"
    batch.rejects.write(aside)
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    before = aside.read_bytes()
    with pytest.raises(FileError, match="exists"):
        batch.rejects.write(aside)
    assert aside.read_bytes() == before


def test_a_link_is_not_followed_when_rejected_rows_are_written(tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    path.write_text("id,note,visits\n1,a,1\n2,b,x\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(FileError):
        read_table(path, SOURCE, quarantine=True).rejects.write(tmp_path / "link.csv")
    assert not (tmp_path / "elsewhere.csv").exists()


def test_a_file_with_no_good_row_is_refused_even_under_quarantine(tmp_path: Path) -> None:
    path = tmp_path / "crm.jsonl"
    path.write_text(json.dumps({"id": "1", "note": "a", "visits": "x"}))
    with pytest.raises(FileError, match="each of its 1 rows is rejected"):
        read_table(path, SOURCE, quarantine=True)
