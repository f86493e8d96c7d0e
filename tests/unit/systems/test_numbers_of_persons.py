# SPDX-License-Identifier: Apache-2.0
"""Persons in columns of numbers: found in every spelling, or refused; never taken for another.

Analysts' programs turn a column of whole numbers into floating-point ones as soon as one is
missing. A double tells whole numbers apart below 2^53 only (IEEE 754-2019, section 3.6).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privseg.dsr.systems import System
from privseg.systems import SystemShapeError
from privseg.terms import SubjectId
from tests.twins.other_systems import Made, make, rules

LARGE = 9007199254740992  # 2^53: a double has the same value for the next number
NUMBERS: Sequence[float | None] = (17.0, None, 18.0, float("inf"), float("nan"), -17.0, 17.5)
Lay = Callable[[Made, str, Sequence[object]], None]


def number(value: object) -> list[SubjectId]:
    return [SubjectId("customer_number", str(value))]


def opened(made: Made, *tables: str) -> System:
    return made.system(*(rules(name, "number", "customer_number") for name in tables))


def sqlite(made: Made, kind: str, values: Sequence[object]) -> None:
    with closing(sqlite3.connect(made.place)) as db:
        db.execute(f"CREATE TABLE t (number {kind}, note TEXT)")
        db.executemany("INSERT INTO t VALUES (?, 'x')", [(v,) for v in values])
        db.commit()


def duck(made: Made, kind: str, values: Sequence[object]) -> None:
    with closing(duckdb.connect(made.place)) as db:
        db.execute("CREATE TYPE grade AS ENUM ('17', '18')")
        db.execute(f"CREATE TABLE t (number {kind}, note VARCHAR)")
        for value in values:
            db.execute("INSERT INTO t VALUES (?, 'x')", [value])


def parquet(made: Made, kind: str, values: Sequence[object]) -> None:
    kinds = {"float": pa.float32(), "double": pa.float64(), "decimal": pa.decimal128(9, 2),
             "date": pa.date32(), "flag": pa.bool_(), "padded": pa.binary(4)}  # fmt: skip
    made.place.mkdir()
    table = pa.table({"number": pa.array(values, kinds[kind]), "note": ["x"] * len(values)})
    pq.write_table(table, made.place / "t.parquet")


LAYERS: dict[str, Lay] = {"sqlite": sqlite, "duckdb": duck, "parquet": parquet}


def laid(folder: Path, system: str, kind: str, values: Sequence[object]) -> Made:
    made = make(system, folder)
    made.place.parent.mkdir()
    LAYERS[system](made, kind, values)
    return made


WHOLE = [Decimal("17.00"), None, Decimal("18.00"), Decimal("17.50")]


@pytest.mark.parametrize(
    ("system", "kind", "values"),
    [
        ("sqlite", "REAL", NUMBERS),
        ("sqlite", "ANY", [17, "17", b"17", 17.0, "18", b"\xff"]),
        ("duckdb", "DOUBLE", NUMBERS),
        ("duckdb", "FLOAT", NUMBERS),
        ("duckdb", "DECIMAL(9, 2)", WHOLE),
        ("duckdb", "HUGEINT", [17, 18, None]),
        ("duckdb", "grade", ["17", "18", None]),
        ("parquet", "double", NUMBERS),
        ("parquet", "float", NUMBERS),
        ("parquet", "decimal", WHOLE),
    ],
)
def test_a_person_is_found_in_a_column_of_numbers_whatever_its_type(
    system: str, kind: str, values: Sequence[object], tmp_path: Path
) -> None:
    made = laid(tmp_path, system, kind, values)
    crm, theirs = opened(made, "t"), 4 if kind == "ANY" else 1
    assert [c.rows for c in crm.count(number(17))] == [theirs]
    assert len(list(crm.rows(number(17)))) == theirs
    assert [t.rows for t in crm.erase(number(17)).tables] == [theirs]
    assert len(made.read("t", ("note",))) == len(values) - theirs
    assert (crm.left(number(17)), crm.left(number(18))) == (0, 1)


@pytest.mark.parametrize(
    ("system", "kind", "value", "near"),
    [
        ("sqlite", "REAL", float(LARGE), LARGE + 1),
        ("duckdb", "DOUBLE", float(LARGE), LARGE + 1),
        ("duckdb", "FLOAT", 2.0**24, 2**24 + 1),
        ("parquet", "double", float(LARGE), LARGE + 1),
        ("parquet", "float", 2.0**24, 2**24 + 1),
    ],
)
def test_a_number_that_may_be_anothers_is_refused_and_stops_nobody_elses_request(
    system: str, kind: str, value: float, near: int, tmp_path: Path
) -> None:
    made = laid(tmp_path, system, kind, [17.0, value])
    crm = opened(made, "t")
    for each in (int(value), near):
        for act in (crm.count, crm.erase, crm.left, lambda ids: list(crm.rows(ids))):
            with pytest.raises(SystemShapeError, match="cannot tell these people apart"):
                act(number(each))
    assert len(made.read("t", ("note",))) == 2
    assert [t.rows for t in crm.erase(number(17)).tables] == [1]
    assert len(made.read("t", ("note",))) == 1


@pytest.mark.parametrize(
    ("system", "kind", "value"),
    [
        ("duckdb", "BLOB", b"17"),
        ("duckdb", "JSON", '"17"'),
        ("duckdb", "INTEGER[]", [17]),
        ("parquet", "date", 17),
        ("parquet", "flag", True),
        ("parquet", "padded", b"17\0\0"),
    ],
)
def test_a_type_in_which_somebody_would_be_missed_is_refused_not_searched_in_vain(
    system: str, kind: str, value: object, tmp_path: Path
) -> None:
    crm = opened(laid(tmp_path, system, kind, [value]), "t")
    for act in (crm.count, crm.erase, crm.left, lambda _: crm.check()):
        with pytest.raises(SystemShapeError, match="nobody's identifier"):
            act(number(17))


def test_a_text_that_is_no_utf_8_is_nobodys_and_stops_nobody(tmp_path: Path) -> None:
    made = laid(tmp_path, "sqlite", "TEXT", ["17", "18"])
    with closing(sqlite3.connect(made.place)) as db:
        db.execute("INSERT INTO t VALUES (CAST(x'ff41' AS TEXT), 'y')")
        db.execute("INSERT INTO t VALUES ('17', CAST(x'ff42' AS TEXT))")
        db.commit()
    crm = opened(made, "t")
    assert [row["note"] for _, row in crm.rows(number(17))] == ["x", b"\xffB"]
    assert [t.rows for t in crm.erase(number(17)).tables] == [2]
    assert [c.rows for c in crm.count(number(18))] == [1]


def test_a_text_of_a_utf_16_database_is_found_as_well(tmp_path: Path) -> None:
    made = make("sqlite", tmp_path)
    made.place.parent.mkdir()
    with closing(sqlite3.connect(made.place)) as db:
        db.execute("PRAGMA encoding = 'UTF-16le'")
    sqlite(made, "TEXT", ["17", "18"])
    assert [t.rows for t in opened(made, "t").erase(number(17)).tables] == [1]


SERVER = """
CREATE DOMAIN customer AS numeric(9, 2);
CREATE TABLE dec (number numeric(9, 2), note text);
CREATE TABLE dom (number customer, note text);
CREATE TABLE any (number numeric, note text);
CREATE TABLE dbl (number float8, note text);
CREATE TABLE flt (number float4, note text);
CREATE TABLE chars (number char(12), note text);
CREATE TABLE bytes (number bytea, note text);
"""


@pytest.fixture
def server(postgres: str) -> Made:
    made = make("postgresql", Path("/nowhere"), postgres)
    made.lay({})
    with psycopg.connect(made.url) as db:
        for statement in SERVER.replace("TABLE any", 'TABLE "any"').strip().splitlines():
            db.execute(statement)
        for table in ("dec", "dom", "any", "dbl", "flt", "chars"):
            for value in (
                "1000001",
                "18",
                None,
                *(["Infinity"] if table in {"dbl", "flt"} else []),
            ):
                db.execute(f"INSERT INTO \"{table}\" VALUES (%s, 'x')", [value])
        db.execute("INSERT INTO dbl VALUES (9007199254740993, 'x'), (2000000000000001, 'x')")
        db.execute("INSERT INTO flt VALUES (16777217, 'x')")
    return made


def test_a_server_finds_numbers_whatever_their_type_and_refuses_what_it_cannot(
    server: Made,
) -> None:
    """The server writes 1000001 as 1.000001e+06 in one type, and as 1000001.00 in another."""
    names = ("dec", "dom", "any", "dbl", "flt", "chars")
    crm = opened(server, *names)
    assert len(list(crm.rows(number(1000001)))) == len(names)
    assert {t.rows for t in crm.erase(number(1000001)).tables} == {1}
    assert crm.left(number(1000001)) == 0
    assert {c.rows for c in crm.count(number(18))} == {1}
    assert opened(server, "dbl").left(number(2000000000000001)) == 1
    for table, near in (("dbl", LARGE), ("dbl", LARGE + 1), ("flt", 2**24), ("flt", 2**24 + 1)):
        with pytest.raises(SystemShapeError, match="cannot tell these people apart"):
            opened(server, table).erase(number(near))
    with pytest.raises(SystemShapeError, match="bytea"):
        opened(server, "bytes").erase(number(18))
