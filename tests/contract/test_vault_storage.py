# SPDX-License-Identifier: Apache-2.0
"""What the vault relies on, of every storage that it is given."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from privseg.store.database import Database
from privseg.store.engine import Shared
from privseg.store.people import VaultTables
from privseg.vault.ports import VaultStorage
from tests.twins.postgres import workspace
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import undone


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VaultStorage]:
    where: Path | Shared = tmp_path / "privseg.sqlite"
    match request.param:
        case "memory":
            yield MemoryVault()
            return
        case "postgresql":
            where = workspace(request.getfixturevalue("postgres"), tmp_path)
    with Database.create(where) as database:
        yield VaultTables(database)


@pytest.fixture
def founded(storage: VaultStorage) -> VaultStorage:
    storage.set_vault_root("w", "r1")
    return storage


def test_there_is_no_vault_before_one_is_made(storage: VaultStorage) -> None:
    assert storage.vault_root() is None
    assert (storage.next_ordinal(), storage.snapshot(), storage.erased()) == (0, 0, b"")


def test_the_root_in_force_is_the_last_one_named(founded: VaultStorage) -> None:
    founded.set_next_ordinal(3)
    founded.set_vault_root("w", "r2")
    assert founded.vault_root() == ("w", "r2")
    assert founded.next_ordinal() == 3


def test_a_wrapped_key_takes_the_place_of_the_older_one(founded: VaultStorage) -> None:
    founded.put_wrapped([("page", "a", "r1", b"1"), ("file", "a", "r1", b"2")])
    founded.put_wrapped([("page", "a", "r2", b"3")])
    assert founded.wrapped("page", "a") == ("r2", b"3")
    assert founded.wrapped("file", "a") == ("r1", b"2")
    assert sorted(founded.all_wrapped()) == [
        ("file", "a", "r1", b"2"),
        ("page", "a", "r2", b"3"),
    ]
    founded.drop_wrapped("page", "a")
    founded.drop_wrapped("page", "never there")
    assert founded.wrapped("page", "a") is None
    assert founded.wrapped("file", "a") == ("r1", b"2")


def test_a_bucket_has_one_page(founded: VaultStorage) -> None:
    assert founded.key_page(1) is None
    founded.put_key_page(1, "k1", b"p1")
    founded.put_key_page(1, "k2", b"p2")
    assert founded.key_page(1) == ("k2", b"p2")


def test_people_are_found_by_any_look_up_key(founded: VaultStorage) -> None:
    founded.add_cells([(7, "email", b"t1", b"c1", b"b1"), (7, "phone", b"t2", b"c2", b"b2")])
    founded.add_cells([(8, "email", b"t3", b"c3", b"b3")])
    assert founded.find([b"t1", b"t2", b"t3", b"t4"]) == {
        b"t1": (7, "email", b"b1"),
        b"t2": (7, "phone", b"b2"),
        b"t3": (8, "email", b"b3"),
    }
    assert founded.find([]) == {}
    assert founded.owners_of_kind("phone", [7, 8, 9]) == {7}
    assert founded.cells(7) == [
        (7, "email", b"t1", b"c1", b"b1"),
        (7, "phone", b"t2", b"c2", b"b2"),
    ]


def test_every_bond_is_listed(founded: VaultStorage) -> None:
    assert [row for batch in founded.bonded() for row in batch] == []
    founded.add_cells([(7, "email", b"t1", b"c1", b"b1"), (8, "name", b"t2", b"c2", b"b2")])
    assert sorted(tuple(row) for batch in founded.bonded() for row in batch) == [
        (b"t1", 7, "email", b"b1"),
        (b"t2", 8, "name", b"b2"),
    ]


def test_many_look_up_keys_are_found_at_once(founded: VaultStorage) -> None:
    many = [n.to_bytes(4, "big") for n in range(25_000)]
    founded.add_cells([(n, "card", tag, b"", b"") for n, tag in enumerate(many)])
    assert founded.find(many) == {tag: (n, "card", b"") for n, tag in enumerate(many)}
    assert founded.owners_of_kind("card", range(30_000)) == set(range(25_000))


def test_only_the_cells_named_are_dropped(founded: VaultStorage) -> None:
    founded.add_cells([(7, "email", b"t1", b"c1", b"b1"), (7, "name", b"t2", b"c2", b"b2")])
    founded.add_cells([(8, "email", b"t3", b"c3", b"b3")])
    founded.drop_cells(7, [b"t2", b"t3"])
    assert founded.find([b"t1", b"t2", b"t3"]) == {
        b"t1": (7, "email", b"b1"),
        b"t3": (8, "email", b"b3"),
    }


def test_suppression_is_remembered_and_can_be_lifted(founded: VaultStorage) -> None:
    assert not founded.suppresses_anybody()
    founded.suppress([b"a", b"b"])
    founded.suppress([b"d"])
    assert founded.suppressed([b"a", b"c"]) == {b"a"}
    assert founded.suppresses_anybody()
    founded.lift([b"d"])
    assert founded.suppressed([b"a", b"b", b"d"]) == {b"a", b"b"}


def test_whoever_comes_back_by_one_identifier_comes_back_with_all_of_theirs(
    founded: VaultStorage,
) -> None:
    founded.suppress([b"a", b"b"])
    founded.suppress([b"b", b"c"])  # b was somebody else's before
    founded.suppress([b"d"])
    together = [(b"a", b"a"), (b"b", b"a"), (b"b", b"b"), (b"c", b"b"), (b"d", b"d")]
    assert sorted(tuple(pair) for pair in founded.suppressions()) == together
    founded.lift([b"a"])
    assert founded.suppressed([b"a", b"b", b"c", b"d"]) == {b"b", b"c", b"d"}
    founded.lift([b"c"])
    assert founded.suppressed([b"a", b"b", b"c", b"d"]) == {b"d"}


def test_people_sets_are_kept_by_snapshot(founded: VaultStorage) -> None:
    founded.set_population(2, b"two")
    founded.set_population(1, b"one")
    founded.set_population(2, b"two again")
    assert founded.population() == [(1, b"one"), (2, b"two again")]
    founded.set_erased(b"gone")
    assert founded.erased() == b"gone"


def test_a_snapshot_is_readable_until_it_is_forgotten(founded: VaultStorage) -> None:
    founded.set_snapshot(1)
    founded.set_snapshot(2)
    founded.forget_snapshots([1])
    assert founded.snapshots() == {2}
    assert founded.snapshot() == 2


def test_a_table_keeps_its_last_schema(founded: VaultStorage) -> None:
    founded.put_column_table("b", "people", b"s1")
    founded.put_column_table("a", "events", b"s2")
    founded.put_column_table("b", "people", b"s3")
    assert list(founded.column_tables().items()) == [
        ("a", ("events", b"s2")),
        ("b", ("people", b"s3")),
    ]


def test_files_are_listed_by_table_and_bucket(founded: VaultStorage) -> None:
    rows = [("f3", "t", 1, 1, None, 5), ("f1", "t", 0, 1, None, 6), ("f2", "s", 9, 2, 4, 7)]
    for row in rows:
        founded.add_column_file(row)
    founded.end_column_file("f1", 3)
    assert founded.column_files("t") == [("f1", "t", 0, 1, 3, 6), ("f3", "t", 1, 1, None, 5)]
    founded.drop_column_file("f3")
    assert [row[0] for row in founded.column_files()] == ["f2", "f1"]


def test_an_interrupted_transaction_changes_nothing(founded: VaultStorage) -> None:
    ran: list[str] = []
    with undone(founded):
        founded.set_next_ordinal(9)
        founded.add_cells([(1, "email", b"t", b"c", b"b")])
        founded.put_wrapped([("page", "a", "r1", b"1")])
        founded.set_snapshot(4)
        founded.add_column_file(("f", "t", 0, 4, None, 1))
        founded.suppress([b"s"])
        founded.after_commit(lambda: ran.append("hook"))
    assert founded.next_ordinal() == founded.snapshot() == 0
    assert founded.find([b"t"]) == {}
    assert founded.all_wrapped() == founded.column_files() == []
    assert founded.snapshots() == founded.suppressed([b"s"]) == set()
    assert ran == []


def test_an_interrupted_inner_part_is_undone_alone(founded: VaultStorage) -> None:
    ran: list[str] = []
    with founded.transaction():
        founded.set_next_ordinal(1)
        founded.after_commit(lambda: ran.append("outer"))
        with undone(founded):
            founded.set_next_ordinal(2)
            founded.after_commit(lambda: ran.append("inner"))
        assert ran == []
    assert founded.next_ordinal() == 1
    assert ran == ["outer"]


def test_what_follows_a_commit_runs_outside_of_it(founded: VaultStorage) -> None:
    seen: list[int] = []

    def follow() -> None:
        with founded.transaction():  # its own: it commits by itself
            seen.append(founded.next_ordinal())
            founded.set_next_ordinal(6)

    with founded.transaction():
        founded.set_next_ordinal(5)
        founded.after_commit(follow)
    assert seen == [5]
    assert founded.next_ordinal() == 6
