# SPDX-License-Identifier: Apache-2.0
"""Other people's systems, made and looked into without any code of ours.

Each maker lays the same tables of texts into a system of its kind; ``meaning`` reads them back with
that kind's own tools; ``raw`` is every byte of every file that the system consists of.
"""

from __future__ import annotations

import csv
import os
import secrets
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from privseg.dsr.system_rules import SystemKind, SystemRules, TableRules
from privseg.dsr.systems import System
from privseg.store.postgres.address import parameters
from privseg.systems import open_system
from privseg.terms import SubjectId

Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class Table:
    """A table of texts: its columns, then its rows."""

    columns: tuple[str, ...]
    rows: Sequence[Cells]


Tables = Mapping[str, Table]


@dataclass
class Made(ABC):
    """A system of one kind, at a place of its own."""

    place: Path
    url: str = ""
    told: dict[str, object] = field(default_factory=dict)
    kind = SystemKind.SQLITE
    has_missing = True  # whether a cell can be missing, and not only empty
    is_ordered = True  # whether rows keep their order when one of them changes

    @abstractmethod
    def lay(self, tables: Tables) -> None: ...

    @abstractmethod
    def read(self, name: str, columns: Sequence[str]) -> list[Cells]: ...

    @property
    def where(self) -> str:
        return self.url or str(self.place)

    def system(self, *rules: TableRules, **more: object) -> System:
        """Return the system as our adapter opens it."""
        said = SystemRules(
            name="crm",
            kind=self.kind,
            where=self.where,
            tables=rules,
            places={r.name: "privseg.yaml:7:3" for r in rules},
            **{**self.told, **more},  # type: ignore[arg-type]
        )
        return open_system(said, libpq=parameters)

    def meaning(self, tables: Tables) -> dict[str, list[Cells]]:
        return {n: self.read(n, t.columns) for n, t in tables.items()}

    def raw(self) -> bytes:
        """Return every byte of every file, hidden ones too."""
        folder = self.place if self.place.is_dir() else self.place.parent
        files = [Path(h, f) for h, _, names in os.walk(folder) for f in names]
        return b"\0".join(f.read_bytes() for f in sorted(files))


class Sqlite(Made):
    def lay(self, tables: Tables) -> None:
        self.place.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.place)) as db:
            for name, table in tables.items():
                db.execute(f'CREATE TABLE "{name}" ({_columns(table, "TEXT")})')
                marks = ", ".join("?" * len(table.columns))
                db.executemany(f'INSERT INTO "{name}" VALUES ({marks})', table.rows)
            db.commit()

    def read(self, name: str, columns: Sequence[str]) -> list[Cells]:
        with closing(sqlite3.connect(self.place)) as db:
            return db.execute(f'SELECT {_names(columns)} FROM "{name}" ORDER BY rowid').fetchall()


class Duck(Made):
    kind = SystemKind.DUCKDB

    def lay(self, tables: Tables) -> None:
        self.place.parent.mkdir(parents=True, exist_ok=True)
        with closing(duckdb.connect(self.place)) as db:
            for name, table in tables.items():
                db.execute(f'CREATE TABLE "{name}" ({_columns(table, "VARCHAR")})')
                marks = ", ".join("?" * len(table.columns))
                if table.rows:
                    db.executemany(f'INSERT INTO "{name}" VALUES ({marks})', list(table.rows))

    def read(self, name: str, columns: Sequence[str]) -> list[Cells]:
        with closing(duckdb.connect(self.place)) as db:
            return db.execute(f'SELECT {_names(columns)} FROM "{name}"').fetchall()


class Parquet(Made):
    kind = SystemKind.PARQUET

    def lay(self, tables: Tables) -> None:
        for name, table in tables.items():
            columns = [pa.array([r[i] for r in table.rows], pa.string())
                       for i in range(len(table.columns))]  # fmt: skip
            made = pa.table(columns, names=list(table.columns))
            self.place.mkdir(parents=True, exist_ok=True)
            pq.write_table(made, self.place / f"{name}.parquet", row_group_size=3,
                           compression="none")  # fmt: skip

    def read(self, name: str, columns: Sequence[str]) -> list[Cells]:
        rows = pq.read_table(self.place / f"{name}.parquet").to_pylist()
        return [tuple(row[c] for c in columns) for row in rows]


class Csv(Made):
    kind = SystemKind.CSV
    has_missing = False

    def lay(self, tables: Tables) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            with (self.place / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerows([table.columns, *table.rows])

    def read(self, name: str, columns: Sequence[str]) -> list[Cells]:
        with (self.place / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            return [tuple(row[c] for c in columns) for row in csv.DictReader(file)]


class Postgres(Made):
    """A database of its own on the tests' server; its files are those of its tables."""

    kind = SystemKind.POSTGRESQL
    is_own = False
    is_ordered = False

    def lay(self, tables: Tables) -> None:
        if not self.is_own:
            name = f"crm{secrets.token_hex(6)}"
            with psycopg.connect(self.url, autocommit=True) as db:
                db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            self.url, self.is_own = self.url.replace("@/postgres", f"@/{name}"), True
        with psycopg.connect(self.url) as db:
            for table_name, table in tables.items():
                db.execute(f'CREATE TABLE "{table_name}" ({_columns(table, "text")})')  # type: ignore[call-overload]
                marks = ", ".join(["%s"] * len(table.columns))
                db.cursor().executemany(
                    f'INSERT INTO "{table_name}" VALUES ({marks})',  # type: ignore[arg-type]
                    table.rows,
                )

    def read(self, name: str, columns: Sequence[str]) -> list[Cells]:
        with psycopg.connect(self.url) as db:
            return db.execute(f'SELECT {_names(columns)} FROM "{name}" ORDER BY ctid').fetchall()  # type: ignore[call-overload]

    def raw(self) -> bytes:
        """Return the bytes of the database's own folder, once the server has written them."""
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute("CHECKPOINT")
            found = db.execute(
                "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database "
                "WHERE datname = current_database()"
            ).fetchone()
        assert found is not None
        return b"\0".join(f.read_bytes() for f in sorted(Path(found[0]).iterdir()) if f.is_file())


MAKERS: Mapping[str, type[Made]] = {
    "sqlite": Sqlite, "duckdb": Duck, "parquet": Parquet, "csv": Csv, "postgresql": Postgres,
}  # fmt: skip
FILE = {"sqlite": "crm.db", "duckdb": "crm.duckdb", "parquet": "lake", "csv": "files"}


def make(kind: str, folder: Path, url: str = "") -> Made:
    """Return a system of a kind that is yet to be laid."""
    return MAKERS[kind](folder / "crm" / FILE.get(kind, ""), url)


def rules(
    name: str, person: str = "email", identifier: str = "email", **more: object
) -> TableRules:
    """Return what is declared of a table."""
    return TableRules(name=name, person=person, identifier=identifier, **more)  # type: ignore[arg-type]


ADA = "ada@example.com"
PEOPLE = {"people": Table(("email", "note"), [
    (ADA, "bees"), ("grace@example.com", "compilers"), ("kay@example.com", "ropes"),
])}  # fmt: skip


def laid(kind: str, folder: Path) -> Made:
    """Return a system of a kind with three people in it."""
    made = make(kind, folder)
    made.lay(PEOPLE)
    return made


def only_file(made: Made) -> Path:
    """Return the file that it consists of."""
    if not made.place.is_dir():
        return made.place
    return next(p for p in made.place.iterdir() if p.suffix in {".parquet", ".csv"})


def email(address: str) -> list[SubjectId]:
    """Return somebody who is known by an address."""
    return [SubjectId("email", address)]


def _columns(table: Table, kind: str) -> str:
    return ", ".join(f'"{c}" {kind}' for c in table.columns)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{c}"' for c in columns)
