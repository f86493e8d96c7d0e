# SPDX-License-Identifier: Apache-2.0
"""What every system that is erased in place must do, whatever it is made of."""

from __future__ import annotations

import sqlite3
import unicodedata
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from privseg.dsr.system_rules import Keep
from privseg.dsr.systems import OnErasure, Reach
from privseg.systems import SystemShapeError
from privseg.terms import SubjectId
from tests.twins.other_systems import MAKERS, Cells, Made, Table, email, make, rules

ADA = "Ada.Lovelace@example.com"
SECRET = "keeps bees behind the old mill"
CUSTOMERS = Table(
    ("id", "email", "note"),
    [
        ("1", "ada.lovelace@example.com", SECRET),
        ("2", "grace@example.com", "writes compilers"),
        ("3", "  ADA.Lovelace@Example.COM ", SECRET),
        ("4", "ada.lovelace@example.com.au", "another one"),
        ("5", "", "nobody's"),
    ],
)
ORDERS = Table(
    ("order", "email", "what"), [("o1", ADA, "42 candles"), ("o2", "x@y.example", "rope")]
)
INVOICES = Table(("invoice", "email", "sum"), [("i1", ADA, "10.00"), ("i2", ADA, "12.50")])
TABLES = {"customers": CUSTOMERS, "orders": ORDERS, "invoices": INVOICES}
RULES = (
    rules("customers"),
    rules("orders", on_erasure=OnErasure.BLANK, columns=("what",)),
    rules("invoices", on_erasure=OnErasure.KEEP, keep=Keep("LegalObligationImpaired", "10y")),
)
OTHERS: list[Cells] = [CUSTOMERS.rows[1], CUSTOMERS.rows[3], CUSTOMERS.rows[4]]


@pytest.fixture(params=sorted(MAKERS))
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    """Return a system of each kind with the same three tables."""
    is_server = request.param == "postgresql"
    url = request.getfixturevalue("postgres") if is_server else ""
    made = make(request.param, tmp_path, url)
    if is_server:
        made.told = {"vacuum": True}
    made.lay(TABLES)
    return made


def test_a_person_is_found_however_their_identifier_is_spelt(crm: Made) -> None:
    system = crm.system(*RULES)
    assert system.reach is Reach.IN_PLACE
    assert [(t.name, t.rows) for t in system.count(email(ADA))] == [
        ("customers", 2), ("orders", 1), ("invoices", 2),
    ]  # fmt: skip
    rows = [(table, row) for table, row in system.rows(email(ADA))]
    assert [row["note"] for table, row in rows if table == "customers"] == [SECRET, SECRET]
    assert [row for table, row in rows if table == "orders"] == [
        {"email": ADA, "what": "42 candles"}
    ]


def test_its_fields_say_which_columns_are_the_persons(crm: Made) -> None:
    told = {f.name: (f.columns, f.on_erasure) for f in crm.system(*RULES).fields()}
    assert told["customers"] == (("id", "email", "note"), OnErasure.DELETE)
    assert told["orders"] == (("email", "what"), OnErasure.BLANK)


def test_an_erasure_takes_the_person_and_nothing_of_anybody_else(crm: Made) -> None:
    gone = crm.system(*RULES).erase(email(ADA))
    found = crm.meaning(TABLES)
    empty = None if crm.has_missing else ""
    assert found["customers"] == OTHERS
    assert sorted(found["orders"]) == sorted([("o1", empty, empty), ORDERS.rows[1]])
    assert found["invoices"] == INVOICES.rows
    assert {t.name: t.rows for t in gone.tables} == {"customers": 2, "orders": 1}
    assert {t.name: t.fields for t in gone.tables}["orders"] == ("email", "what")
    assert [(k.name, k.rows, k.ground, k.until) for k in gone.kept] == [
        ("invoices", 2, "LegalObligationImpaired", "10y")
    ]


def test_after_it_no_byte_of_the_person_is_in_the_systems_files(crm: Made) -> None:
    whole = (rules("customers"), rules("orders"), rules("invoices"))
    system = crm.system(*whole)
    traces = [SECRET, "42 candles", "lovelace@example.com ", "LOVELACE@EXAMPLE"]
    before = crm.raw().lower()
    assert all(t.lower().encode() in before for t in traces[:2])  # else the search proves nothing
    assert system.overwrites
    assert system.erase(email(ADA)).overwritten
    after = crm.raw().lower().replace(b"lovelace@example.com.au", b"")  # another person's
    assert [t for t in traces if t.lower().encode().strip() in after] == []


def test_twice_is_once(crm: Made) -> None:
    system = crm.system(*RULES)
    system.erase(email(ADA))
    before = crm.meaning(TABLES)
    assert system.left(email(ADA)) == 0
    again = system.erase(email(ADA))
    assert {t.rows for t in again.tables} == {0}
    assert crm.meaning(TABLES) == before


def test_looking_changes_nothing(crm: Made) -> None:
    system = crm.system(*RULES)
    before = crm.meaning(TABLES)
    system.check()
    system.fields()
    system.count(email(ADA))
    list(system.rows(email(ADA)))
    assert system.left(email(ADA)) == 3
    assert crm.meaning(TABLES) == before


def test_a_column_that_is_not_there_refuses_before_anything_is_touched(crm: Made) -> None:
    before = crm.meaning(TABLES)
    broken = crm.system(rules("customers"), rules("orders", columns=("gone",)))
    for act in (broken.erase, broken.count, broken.left, lambda ids: list(broken.rows(ids))):
        with pytest.raises(SystemShapeError) as refused:
            act(email(ADA))
        assert "'gone'" in str(refused.value)
        assert refused.value.place == "privseg.yaml:7:3"
    with pytest.raises(SystemShapeError):
        broken.check()
    assert crm.meaning(TABLES) == before


def test_a_table_that_is_not_there_refuses_before_anything_is_touched(crm: Made) -> None:
    before = crm.meaning(TABLES)
    with pytest.raises(SystemShapeError, match="letters"):
        crm.system(rules("customers"), rules("letters")).erase(email(ADA))
    assert crm.meaning(TABLES) == before


def test_a_table_under_another_kind_of_identifier_is_told_as_not_searched(crm: Made) -> None:
    system = crm.system(rules("customers", person="id", identifier="customer_number"), *RULES[1:])
    gone = system.erase(email(ADA))
    assert gone.unsearched == ("customers",)
    assert crm.meaning(TABLES)["customers"] == CUSTOMERS.rows


def test_nobody_known_erases_nobody(crm: Made) -> None:
    system = crm.system(*RULES)
    for nobody in ([], email("nobody@example.com"), email(" ")):
        assert {t.rows for t in system.erase(nobody).tables} <= {0}
    assert crm.meaning(TABLES) == {name: list(table.rows) for name, table in TABLES.items()}


def test_composed_letters_are_the_same_person(tmp_path: Path, crm: Made) -> None:
    del tmp_path
    zoe = "zoë@example.com"
    spelt = {"zoes": Table(("email", "x"), [
        (unicodedata.normalize("NFD", zoe), "1"), (zoe.upper(), "2"), ("zoe@example.com", "3"),
    ])}  # fmt: skip
    crm.lay(spelt)
    assert [t.rows for t in crm.system(rules("zoes")).erase(email(zoe)).tables] == [2]
    assert crm.meaning(spelt)["zoes"] == [("zoe@example.com", "3")]


def test_a_telephone_number_is_found_with_its_spaces(crm: Made) -> None:
    phones = {"calls": Table(("number", "said"), [
        ("+49 (30) 901820", "a"), ("+4930901820", "b"),
        ("+49 30 9018201", "c"), ("030 901820", "d"),
    ])}  # fmt: skip
    crm.lay(phones)
    system = crm.system(rules("calls", "number", "phone"))
    system.erase([SubjectId("phone", "+49 30-901820")])
    assert [said for _, said in crm.meaning(phones)["calls"]] == ["c", "d"]


def test_names_that_would_be_sql_are_names(crm: Made) -> None:
    odd = 'e""' + "'; DROP TABLE customers; --"  # two quotes are one in SQL
    crm.lay({"odd name": Table((odd, "select"), [(ADA, "1"), ("grace@example.com", "2")])})
    is_sql = crm.kind in {"sqlite", "duckdb", "postgresql"}
    name = odd.replace('""', '"') if is_sql else odd
    crm.system(rules("odd name", name)).erase(email(ADA))
    assert crm.read("odd name", (odd, "select")) == [("grace@example.com", "2")]
    assert crm.meaning({"customers": CUSTOMERS})["customers"]


def test_identifiers_that_would_be_sql_are_values(crm: Made) -> None:
    sly = "' OR 1=1 --"
    tables = {"members": Table(("member", "x"), [(sly, "1"), ("M2", "2")])}
    crm.lay(tables)
    crm.system(rules("members", "member", "member_number")).erase([SubjectId("member_number", sly)])
    assert crm.meaning(tables)["members"] == [("M2", "2")]


def test_no_statement_has_a_value_in_its_text(crm: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    if crm.kind not in {"sqlite", "duckdb", "postgresql"}:
        pytest.skip("files have no statements")
    said = statements(monkeypatch)
    crm.system(*RULES).erase(email(ADA))
    list(crm.system(*RULES).rows(email(ADA)))
    assert sum("invoices" in each for each in said) > 1  # it listened
    assert not any("lovelace" in each.lower() for each in said)


def statements(patch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that every statement's text is added to, whichever driver it goes to."""
    said: list[str] = []

    class Sqlite(sqlite3.Connection):
        def execute(self, text: str, *more: Any) -> Any:
            said.append(text)
            return super().execute(text, *more)

    class Duck:
        def __init__(self, real: Any) -> None:
            self._real = real

        def execute(self, text: str, *more: Any) -> Any:
            said.append(text)
            return self._real.execute(text, *more)

        def close(self) -> None:
            self._real.close()

    def postgres(db: Any, query: Any, *more: Any, **how: Any) -> Any:
        said.append(query if isinstance(query, str) else query.as_string(db))
        return execute(db, query, *more, **how)

    real, open_duck, execute = sqlite3.connect, duckdb.connect, psycopg.Connection.execute
    patch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **{"factory": Sqlite, **k}))
    patch.setattr(duckdb, "connect", lambda *a, **k: Duck(open_duck(*a, **k)))
    patch.setattr(psycopg.Connection, "execute", postgres)
    return said
