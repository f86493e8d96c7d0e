# SPDX-License-Identifier: Apache-2.0
"""Parquet files: written anew in the same layout, dictionaries and all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privseg.dsr.systems import OnErasure
from privseg.systems import (
    SystemFileError,
    SystemShapeError,
)
from tests.twins.other_systems import ADA, Made, email, laid, make, rules


def wide(n: int) -> pa.Table:
    return pa.table(
        {
            "email": pa.array([f"user{i}@example.com" for i in range(n)]).dictionary_encode(),
            "half": pa.array([float("nan") if i % 3 == 0 else i / 2 for i in range(n)]),
            "when": pa.array(range(n), pa.timestamp("us", tz="UTC")),
            "kind": pa.array([f"secret-{i}" for i in range(n)]).dictionary_encode(),
            "many": [[i, i + 1] for i in range(n)],
            "money": pa.array([None] * n, pa.decimal128(9, 2)),
        }
    ).replace_schema_metadata({"made by": "the shop"})


def parquet(folder: Path, table: pa.Table, **how: object) -> tuple[Made, Path]:
    made = make("parquet", folder)
    made.place.mkdir(parents=True)
    path = made.place / "people.parquet"
    pq.write_table(table, path, **how)
    return made, path


LAYOUTS: list[dict[str, object]] = [
    {"compression": {"email": "zstd", "half": "gzip", "when": "none", "kind": "snappy",
                     "many.list.element": "brotli", "money": "lz4"}},
    {"compression": "none", "use_dictionary": ["kind"], "write_statistics": ["half"]},
    {"version": "1.0", "store_schema": False, "use_dictionary": False},
    {"use_deprecated_int96_timestamps": True},
    {"store_decimal_as_integer": True, "write_page_index": True},
    {"sorting_columns": [pq.SortingColumn(2)]},
]  # fmt: skip


@pytest.mark.parametrize("how", LAYOUTS, ids=range(len(LAYOUTS)))
def test_a_parquet_file_keeps_types_notes_compression_and_row_groups(
    how: dict[str, object], tmp_path: Path
) -> None:
    made, path = parquet(tmp_path, wide(30), row_group_size=10, **how)
    old = pq.ParquetFile(path)
    before = pq.read_table(path)
    made.system(rules("people")).erase(email("USER12@example.com"))
    new = pq.ParquetFile(path)
    assert new.schema.equals(old.schema)
    assert {**(new.metadata.metadata or {}), b"ARROW:schema": b""} == {
        **(old.metadata.metadata or {}), b"ARROW:schema": b"",
    }  # fmt: skip
    assert new.metadata.format_version == old.metadata.format_version
    rows = [new.metadata.row_group(g).num_rows for g in range(new.num_row_groups)]
    assert rows == [10, 9, 10]
    for g in range(3):
        for c in range(len(new.schema)):
            one, other = old.metadata.row_group(g).column(c), new.metadata.row_group(g).column(c)
            assert one.compression == other.compression
            assert set(one.encodings) == set(other.encodings)
            assert (one.is_stats_set, one.has_column_index, one.has_dictionary_page) == (
                other.is_stats_set, other.has_column_index, other.has_dictionary_page,
            )  # fmt: skip
        assert (
            old.metadata.row_group(g).sorting_columns == new.metadata.row_group(g).sorting_columns
        )
    others = [row for row in before.to_pylist() if row["email"] != "user12@example.com"]
    assert repr(pq.read_table(path).to_pylist()) == repr(others)


def test_what_only_the_person_had_leaves_the_dictionaries_of_categories(tmp_path: Path) -> None:
    made, path = parquet(tmp_path, wide(30), row_group_size=10, compression="none")
    assert path.read_bytes().count(b"secret-12") >= 2  # a dictionary in every row group
    made.system(rules("people")).erase(email("user12@example.com"))
    left = path.read_bytes()
    assert b"secret-12" not in left
    assert b"user12@" not in left
    assert left.count(b"secret-13") >= 2


def test_a_category_that_others_have_too_stays_in_the_dictionary(tmp_path: Path) -> None:
    rows = wide(4).set_column(3, "kind", pa.array(["a", "b", "a", "c"]).dictionary_encode())
    made, path = parquet(tmp_path, rows)
    made.system(rules("people")).erase(email("user0@example.com"))
    assert pq.read_table(path).column("kind").to_pylist() == ["b", "a", "c"]


def test_an_identifier_that_stands_in_a_dictionary_alone_is_taken_out(tmp_path: Path) -> None:
    made, path = parquet(tmp_path, wide(30).slice(5), compression="none")
    assert b"user2@" in path.read_bytes()
    made.system(rules("people")).erase(email("user2@example.com"))
    assert b"user2@" not in path.read_bytes()
    assert pq.read_table(path).num_rows == 25


def test_a_file_all_of_whose_rows_go_keeps_its_schema(tmp_path: Path) -> None:
    made, path = parquet(tmp_path, wide(1))
    made.system(rules("people")).erase(email("user0@example.com"))
    assert pq.read_table(path).num_rows == 0
    assert pq.read_schema(path).names == wide(1).column_names


def test_a_bloom_filter_would_be_lost_so_the_file_is_refused(tmp_path: Path) -> None:
    made, path = parquet(tmp_path, wide(3), bloom_filter_options={"email": True})
    before = path.read_bytes()
    for act in (made.system(rules("people")).erase, lambda _: made.system(rules("people")).check()):
        with pytest.raises(SystemFileError, match="Bloom"):
            act(email("user1@example.com"))
    assert path.read_bytes() == before


def test_a_column_that_must_not_be_missing_cannot_be_blanked(tmp_path: Path) -> None:
    must = pa.schema([pa.field("email", pa.string(), nullable=False)])
    made, path = parquet(tmp_path, pa.table({"email": [ADA]}, schema=must))
    before = path.read_bytes()
    blank = rules("people", on_erasure=OnErasure.BLANK, columns=("email",))
    with pytest.raises(SystemShapeError, match="cannot be empty"):
        made.system(blank).erase(email(ADA))
    assert path.read_bytes() == before


def test_a_checksum_of_the_old_bytes_goes_with_them(tmp_path: Path) -> None:
    made = laid("parquet", tmp_path)
    (made.place / ".people.parquet.crc").write_bytes(b"crc")
    made.system(rules("people")).erase(email(ADA))
    assert [p.name for p in made.place.iterdir()] == ["people.parquet"]
