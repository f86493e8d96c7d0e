# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL database of somebody else's: few rights, foreign keys, readers, and its own log."""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from privseg.dsr.system_rules import SystemKind, SystemRules
from privseg.dsr.systems import OnErasure
from privseg.store.postgres.address import parameters
from privseg.store.refusals import UnencryptedError
from privseg.systems import (
    SystemBusyError,
    SystemCascadeError,
    SystemLeftError,
    SystemNotOverwrittenError,
    SystemRefusesError,
    SystemRightsError,
    SystemShapeError,
    SystemUnreachableError,
    open_system,
)
from privseg.systems import postgres as adapter
from privseg.terms import SubjectId
from tests.twins.other_systems import Made, Table, email, make, rules

ADA = "ada@example.com"
TABLES = {
    "people": Table(("email", "note"), [(ADA, "keeps bees"), ("grace@example.com", "x")]),
    "orders": Table(("email", "what"), [(ADA, "42 candles")]),
}


@pytest.fixture
def crm(postgres: str) -> Made:
    made = make("postgresql", Path("/nowhere"), postgres)
    made.lay(TABLES)
    return made


def told(made: Made, *statements: str) -> None:
    with psycopg.connect(made.url, autocommit=True) as db:
        for statement in statements:
            db.execute(statement)  # type: ignore[call-overload]


def as_role(made: Made, *grants: str) -> str:
    """Return the address for a new role with just these rights."""
    role = f"privseg_{secrets.token_hex(4)}"
    with psycopg.connect(made.url, autocommit=True) as db:
        db.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        for grant in grants:
            db.execute(sql.SQL(grant + " TO {}").format(sql.Identifier(role)))  # type: ignore[arg-type]
    return made.url.replace("postgres@", f"{role}@")


def test_a_role_with_the_documented_rights_is_enough_and_less_is_refused_first(crm: Made) -> None:
    both = (rules("people"), rules("orders", on_erasure=OnErasure.BLANK, columns=("what",)))
    owner, enough = crm.url, ("GRANT SELECT, DELETE ON people", "GRANT SELECT ON orders",
                              "GRANT UPDATE (email, what) ON orders")  # fmt: skip
    for less, lacks in (
        (enough[:2], "UPDATE (email) on orders, UPDATE (what) on orders"),
        (("GRANT SELECT ON people", *enough[1:]), "DELETE on people"),
        (enough[1:], "SELECT on people, DELETE on people"),
    ):
        crm.url = as_role(crm, *less)
        with pytest.raises(SystemRightsError) as refused:
            crm.system(*both).erase(email(ADA))
        assert lacks in str(refused.value)
        crm.url = owner
        assert crm.meaning(TABLES) == {name: list(t.rows) for name, t in TABLES.items()}
    crm.url = as_role(crm, *enough)
    system = crm.system(*both)
    assert not any("superuser" in line for line in system.check())
    assert system.erase(email(ADA)).overwritten is False
    assert system.left(email(ADA)) == 0


def test_a_superuser_is_told_that_it_may_do_too_much(crm: Made) -> None:
    assert any("superuser" in line for line in crm.system(rules("people")).check())


def test_rows_that_a_foreign_key_would_take_must_be_declared(crm: Made) -> None:
    told(
        crm,
        "ALTER TABLE people ADD PRIMARY KEY (email)",
        "ALTER TABLE orders ADD FOREIGN KEY (email) REFERENCES people ON DELETE CASCADE",
        "CREATE SCHEMA web",
        "CREATE TABLE web.visits (email text REFERENCES people ON DELETE SET NULL)",
    )
    with pytest.raises(SystemCascadeError, match=r"orders, web\.visits"):
        crm.system(rules("people")).erase(email(ADA))
    assert crm.meaning(TABLES)["people"] == TABLES["people"].rows
    named = crm.system(rules("people", cascades=frozenset({"orders", "web.visits"})))
    assert any("takes, or empties, rows of orders" in line for line in named.check())
    named.erase(email(ADA))
    assert crm.meaning(TABLES)["orders"] == []


def test_a_row_that_others_refer_to_stops_it_all(crm: Made) -> None:
    told(
        crm,
        "ALTER TABLE people ADD PRIMARY KEY (email)",
        "CREATE TABLE visits (email text REFERENCES people)",
        f"INSERT INTO visits VALUES ('{ADA}')",
    )
    with pytest.raises(SystemRefusesError):
        crm.system(rules("orders"), rules("people")).erase(email(ADA))
    assert crm.meaning(TABLES)["orders"] == TABLES["orders"].rows
    crm.system(rules("people"), rules("visits")).erase(email(ADA))  # children first
    assert crm.meaning(TABLES)["people"] == TABLES["people"].rows[1:]


def test_a_policy_that_hides_rows_is_refused_and_not_taken_for_nobody(crm: Made) -> None:
    told(
        crm,
        "ALTER TABLE people ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY shown ON people USING (note = 'x')",
    )
    owner, crm.url = crm.url, as_role(crm, "GRANT SELECT, DELETE ON people")
    with pytest.raises(SystemRightsError, match="sees not every row"):
        crm.system(rules("people")).erase(email(ADA))
    crm.url = owner
    assert crm.meaning(TABLES)["people"] == TABLES["people"].rows


def test_a_trigger_that_puts_a_row_back_undoes_the_erasure_and_is_told(crm: Made) -> None:
    told(
        crm,
        "CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO people VALUES (OLD.email, OLD.note); RETURN OLD; END $$",
        "CREATE TRIGGER undying AFTER DELETE ON people FOR EACH ROW EXECUTE FUNCTION back()",
    )
    system = crm.system(rules("orders"), rules("people"))
    assert any("undying" in line for line in system.check())
    with pytest.raises(SystemLeftError, match="people"):
        system.erase(email(ADA))
    assert crm.meaning(TABLES) == {name: list(t.rows) for name, t in TABLES.items()}


def test_a_view_is_no_table(crm: Made) -> None:
    told(crm, "CREATE VIEW everybody AS SELECT * FROM people")
    with pytest.raises(SystemShapeError, match="not a table"):
        crm.system(rules("everybody")).erase(email(ADA))


def test_a_table_that_somebody_holds_is_waited_for_and_then_told(
    crm: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(adapter._SET, "lock_timeout", "100ms")
    with psycopg.connect(crm.url) as other:
        other.execute("LOCK TABLE people")
        with pytest.raises(SystemBusyError):
            crm.system(rules("people")).erase(email(ADA))
    assert crm.meaning(TABLES)["people"] == TABLES["people"].rows


def test_a_reader_of_an_older_state_keeps_the_pages_and_that_is_told(
    crm: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privseg.systems.postgres.BUSY_SECONDS", 0.2)
    system = crm.system(rules("people"), vacuum=True)
    with psycopg.connect(crm.url) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM people")
        with pytest.raises(SystemNotOverwrittenError):
            system.erase(email(ADA))
    assert system.left(email(ADA)) == 0
    assert system.erase(email(ADA)).overwritten
    assert b"keeps bees" not in crm.raw()


def test_a_vacuum_needs_rights_that_are_asked_for_before_anything_is_erased(crm: Made) -> None:
    owner, crm.url = crm.url, as_role(crm, "GRANT SELECT, DELETE ON people")
    with pytest.raises(SystemRightsError, match="pg_read_all_stats"):
        crm.system(rules("people"), vacuum=True).erase(email(ADA))
    crm.url = owner
    assert crm.meaning(TABLES)["people"] == TABLES["people"].rows


def test_numbers_and_uuids_are_found_as_they_are_printed(crm: Made) -> None:
    told(
        crm,
        "CREATE TABLE numbered (person bigint, other uuid)",
        "INSERT INTO numbered VALUES (17, gen_random_uuid()), (170, gen_random_uuid())",
    )
    system = crm.system(rules("numbered", "person", "customer_number"))
    assert [t.rows for t in system.erase([SubjectId("customer_number", "17")]).tables] == [1]


def test_a_server_that_is_not_there_is_told_without_its_drivers_words() -> None:
    where = "postgresql://127.0.0.1:1/none?connect_timeout=1"
    said = SystemRules(name="crm", kind=SystemKind.POSTGRESQL, where=where,
                       tables=(rules("people"),), places={"people": "x:1"})  # fmt: skip
    with pytest.raises(SystemUnreachableError, match="nothing of it was changed"):
        open_system(said, libpq=parameters).erase(email(ADA))


def test_a_server_over_a_network_is_spoken_to_encrypted_or_not_at_all() -> None:
    where = "postgresql://db.example.com/crm?sslmode=disable"
    said = SystemRules(name="crm", kind=SystemKind.POSTGRESQL, where=where,
                       tables=(rules("people"),), places={"people": "x:1"})  # fmt: skip
    with pytest.raises(UnencryptedError):
        open_system(said, libpq=parameters).erase(email(ADA))
