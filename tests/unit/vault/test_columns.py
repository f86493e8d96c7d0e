# SPDX-License-Identifier: Apache-2.0
"""The column store: snapshots that stay, rows that are replaced, files that say nothing."""

import resource
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privseg.errors import InputError, IntegrityError, StorageError
from privseg.terms import Ordinal
from privseg.vault import (
    ColumnFileBrokenError,
    ColumnFileMissingError,
    ColumnSchemaError,
    ColumnStore,
    ColumnStoreError,
    SealBrokenError,
    SnapshotClosedError,
    SnapshotGoneError,
    UnknownPersonError,
    UnknownTableError,
)
from privseg.vault.merge import FILES_PER_BUCKET
from privseg.vault.pages import BUCKET
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import (
    Opened,
    countries,
    create,
    enrol_nameless,
    event_rows,
    give_numbers,
    import_rows,
    people_rows,
    purchases,
    reopen,
    undone,
)

FAR = 2 * BUCKET + 7


@pytest.fixture(params=["memory", "sql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    made = create(tmp_path, MemoryVault() if request.param == "memory" else None)
    give_numbers(made, 3 * BUCKET)
    yield made
    if request.param == "sql":
        made.close()


def files(opened: Opened) -> list[Path]:
    return sorted(opened.place.columns.iterdir())


def written(opened: Opened, rows: pa.Table, table: str = "crm") -> int:
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        opened.columns.write_people(table, rows, snapshot=snapshot)
    return snapshot


def test_what_is_written_is_read(opened: Opened) -> None:
    snapshot = import_rows(opened, {5: "DE", 1: None, FAR: "FR"}, [(1, 5, 10), (2, FAR, 20)])
    assert countries(opened, snapshot) == {5: "DE", 1: None, FAR: "FR"}
    assert purchases(opened, snapshot) == {1: (5, 10), 2: (FAR, 20)}
    assert opened.columns.tables() == ("crm", "purchase")
    assert opened.columns.snapshot() == snapshot == 1


def test_every_stored_type_comes_back(opened: Opened) -> None:
    rows = pa.table(
        {
            "ordinal": pa.array([1, 2], pa.uint32()),
            "text": pa.array(["=1+1", None], pa.large_string()),
            "money": pa.array([-(2**63), 2**63 - 1]),
            "yes": pa.array([True, None]),
            "day": pa.array([date(1970, 1, 1), None]),
            "moment": pa.array([0, None], pa.timestamp("us", tz="UTC")),
            "tags": pa.array([["a", "b"], None], pa.list_(pa.large_string())),
            "none": pa.array([None, None], pa.string()),
        }
    )
    snapshot = written(opened, rows)
    back = opened.columns.dataset("crm", snapshot=snapshot).to_table()
    assert back.to_pylist() == rows.to_pylist()
    assert back.schema.field("text").type == pa.string()
    assert back.schema.field("tags").type == pa.list_(pa.string())
    assert back.schema.metadata is None


def test_a_later_row_replaces_a_persons_row_and_absent_people_keep_theirs(opened: Opened) -> None:
    first = import_rows(opened, {1: "DE", 2: "DE", FAR: "DE"})
    second = import_rows(opened, {2: "FR", 3: "GB"})
    assert countries(opened, second) == {1: "DE", 2: "FR", 3: "GB", FAR: "DE"}
    assert countries(opened, first) == {1: "DE", 2: "DE", FAR: "DE"}


def test_a_row_is_replaced_as_a_whole(opened: Opened) -> None:
    written(opened, people_rows({1: "DE", 2: "FR"}))
    only_age = pa.table({"ordinal": pa.array([1], pa.uint32()), "age": pa.array([36])})
    snapshot = written(opened, only_age)
    rows = opened.columns.dataset("crm", snapshot=snapshot).to_table().to_pylist()
    assert sorted(rows, key=lambda r: r["ordinal"]) == [
        {"ordinal": 1, "country": None, "age": 36},
        {"ordinal": 2, "country": "FR", "age": None},
    ]


def test_an_event_is_replaced_by_its_id_whoever_it_was_about(opened: Opened) -> None:
    first = import_rows(opened, events=[(1, 5, 10), (2, 5, 20), (3, FAR, 30)])
    second = import_rows(opened, events=[(2, FAR, 21), (3, 5, 31), (4, 6, 40)])
    expected = {1: (5, 10), 2: (FAR, 21), 3: (5, 31), 4: (6, 40)}
    assert purchases(opened, second) == expected
    assert purchases(opened, first) == {1: (5, 10), 2: (5, 20), 3: (FAR, 30)}


def test_an_event_that_moves_to_another_bucket_is_not_left_in_the_old_one(opened: Opened) -> None:
    import_rows(opened, events=[(1, 5, 10), (2, 5, 20)])
    assert purchases(opened, import_rows(opened, events=[(1, FAR, 11)])) == {
        1: (FAR, 11),
        2: (5, 20),
    }


def test_of_two_rows_with_one_key_in_a_file_the_last_counts(opened: Opened) -> None:
    rows = pa.concat_tables([people_rows({1: "DE", 2: "FR"}), people_rows({1: "GB"})])
    assert countries(opened, written(opened, rows)) == {1: "GB", 2: "FR"}
    events = import_rows(opened, events=[(1, 5, 10), (1, FAR, 11), (2, 6, 20)])
    assert purchases(opened, events) == {1: (FAR, 11), 2: (6, 20)}


def test_one_snapshot_can_be_written_in_several_parts(opened: Opened) -> None:
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        for country in ("DE", "FR"):
            opened.columns.write_people("crm", people_rows({1: country}), snapshot=snapshot)
        opened.columns.write_people("crm", people_rows({2: "GB"}), snapshot=snapshot)
    assert countries(opened, snapshot) == {1: "FR", 2: "GB"}


def test_a_write_says_what_it_did(opened: Opened) -> None:
    import_rows(opened, events=[(1, 5, 10), (2, 5, 20)])
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        done = opened.columns.upsert_events(
            "purchase", event_rows([(2, FAR, 1), (3, 6, 2), (3, 6, 3)]), snapshot=snapshot
        )
    assert (done.rows, done.replaced, done.people) == (2, 1, 2)


def test_many_small_imports_are_written_together(opened: Opened) -> None:
    for n in range(4 * FILES_PER_BUCKET):
        snapshot = import_rows(opened, events=[(n, 5, n)])
        opened.columns.collect_garbage([])
        assert len(files(opened)) <= FILES_PER_BUCKET
    assert purchases(opened, snapshot) == {n: (5, n) for n in range(4 * FILES_PER_BUCKET)}


def test_a_finished_snapshot_takes_no_more_rows(opened: Opened) -> None:
    snapshot = import_rows(opened, {1: "DE"})
    for number in (snapshot, snapshot + 1, 0):
        with pytest.raises(SnapshotClosedError):
            opened.columns.write_people("crm", people_rows({1: "FR"}), snapshot=number)
    begun_and_committed = opened.columns.begin_snapshot()
    with pytest.raises(SnapshotClosedError):
        opened.columns.write_people("crm", people_rows({1: "FR"}), snapshot=begun_and_committed)
    assert countries(opened, snapshot) == {1: "DE"}


def test_an_undone_import_leaves_nothing(opened: Opened) -> None:
    first = import_rows(opened, {1: "DE"})
    before = files(opened)
    with undone(opened.storage):
        snapshot = opened.columns.begin_snapshot()
        opened.columns.write_people("crm", people_rows({1: "FR", 2: "FR"}), snapshot=snapshot)
        opened.columns.write_people("other", people_rows({3: "FR"}), snapshot=snapshot)
    assert opened.columns.snapshot() == first
    assert countries(opened, first) == {1: "DE"}
    assert opened.columns.tables() == ("crm",)
    assert set(opened.vault.people(first + 1)) == {1}
    with pytest.raises(SnapshotClosedError):
        opened.columns.write_people("crm", people_rows({1: "FR"}), snapshot=snapshot)
    ColumnStore.open(opened.place.columns, opened.storage, opened.vault)  # clears orphans away
    assert files(opened) == before
    assert countries(opened, import_rows(opened, {2: "GB"})) == {1: "DE", 2: "GB"}


def test_cleared_snapshots_are_gone_and_kept_ones_stay(opened: Opened) -> None:
    numbers = [import_rows(opened, {1: f"C{n}", 2: "X"}) for n in range(4)]
    assert opened.columns.collect_garbage([numbers[1]]) == 2
    assert countries(opened, numbers[1]) == {1: "C1", 2: "X"}
    assert countries(opened, numbers[3]) == {1: "C3", 2: "X"}
    for gone in (numbers[0], numbers[2], 99):
        with pytest.raises(SnapshotGoneError):
            opened.columns.dataset("crm", snapshot=gone)
    assert len(files(opened)) == 2
    assert opened.columns.begin_snapshot() == numbers[3] + 1


def test_a_kept_snapshot_that_is_gone_already_does_not_come_back(opened: Opened) -> None:
    first = import_rows(opened, {1: "DE"})
    import_rows(opened, {1: "FR"})
    opened.columns.collect_garbage([])
    opened.columns.collect_garbage([first, 77])
    with pytest.raises(SnapshotGoneError):
        opened.columns.dataset("crm", snapshot=first)


def test_a_table_is_empty_before_its_first_import_and_unknown_before_any(opened: Opened) -> None:
    first = import_rows(opened, {1: "DE"})
    with pytest.raises(UnknownTableError) as refusal:
        opened.columns.dataset("purchase", snapshot=first)
    assert isinstance(refusal.value, InputError)
    import_rows(opened, events=[(1, 5, 10)])
    empty = opened.columns.dataset("purchase", snapshot=first)
    assert empty.to_table().num_rows == 0
    assert empty.schema.names == ["ordinal", "event_id", "time", "amount"]


def test_an_import_without_rows_makes_a_table(opened: Opened) -> None:
    snapshot = written(opened, people_rows({}))
    assert countries(opened, snapshot) == {}


def test_texts_are_searched_in_one_bucket_or_in_all(opened: Opened) -> None:
    import_rows(opened, {5: "DE", FAR: "FR"})
    assert list(opened.columns.texts_in(2)) == [("crm", "country", "FR")]
    assert set(opened.columns.texts_in(None)) == {
        ("crm", "country", "DE"),
        ("crm", "country", "FR"),
    }


def test_one_persons_rows_are_found(opened: Opened) -> None:
    snapshot = import_rows(opened, {5: "DE", FAR: "FR"}, [(3, 5, 3), (1, 5, 1), (2, FAR, 2)])
    mine = opened.columns.rows_of(Ordinal(5), "purchase", snapshot=snapshot)
    assert [row["amount"] for row in mine] == [1, 3]
    assert opened.columns.rows_of(Ordinal(5), "crm", snapshot=snapshot) == [
        {"ordinal": 5, "country": "DE"}
    ]
    assert opened.columns.rows_of(Ordinal(6), "crm", snapshot=snapshot) == []
    assert opened.columns.rows_of(Ordinal(BUCKET), "crm", snapshot=snapshot) == []


def people(**columns: pa.Array) -> pa.Table:
    return pa.table({"ordinal": pa.array([1], pa.uint32())} | columns)


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (pa.table({"country": ["DE"]}), "ordinal"),
        (pa.table({"ordinal": pa.array([1])}), "ordinal"),
        (pa.table({"ordinal": pa.array([None], pa.uint32())}), "ordinal"),
        (people(score=pa.array([float("nan")])), "score"),
        (people(raw=pa.array([b"x"])), "raw"),
        (people(moment=pa.array([0], pa.timestamp("us"))), "moment"),
        (people(small=pa.array([1], pa.int32())), "small"),
        (people(nested=pa.array([[["x"]]])), "nested"),
        (pa.table([pa.array([1], pa.uint32())] * 2, names=["ordinal", "ordinal"]), "ordinal"),
    ],
)
def test_what_cannot_be_stored_is_refused(opened: Opened, rows: pa.Table, column: str) -> None:
    with pytest.raises(ColumnSchemaError) as refusal:
        written(opened, rows)
    assert refusal.value.column == column
    assert files(opened) == []
    assert opened.columns.snapshot() == 0


@pytest.mark.parametrize("missing", ["event_id", "time", "ordinal"])
def test_an_event_has_an_id_a_time_and_a_person(opened: Opened, missing: str) -> None:
    rows = event_rows([(1, 5, 10)]).drop_columns([missing])
    with pytest.raises(ColumnSchemaError), opened.storage.transaction():
        opened.columns.upsert_events("p", rows, snapshot=opened.columns.begin_snapshot())


def test_a_column_keeps_its_type_and_a_table_its_kind(opened: Opened) -> None:
    import_rows(opened, {1: "DE"}, [(1, 5, 10)])
    with pytest.raises(ColumnSchemaError):
        written(opened, people(country=pa.array([49])))
    with pytest.raises(ColumnSchemaError):
        written(opened, people_rows({1: "DE"}), table="purchase")


def test_rows_about_strangers_are_refused(opened: Opened) -> None:
    with pytest.raises(UnknownPersonError) as refusal:
        import_rows(opened, {1: "DE", 3 * BUCKET: "FR"})
    assert refusal.value.people == 1
    assert opened.columns.snapshot() == 0


def test_rows_about_somebody_erased_are_refused(tmp_path: Path) -> None:
    opened = create(tmp_path, MemoryVault())
    enrol_nameless(opened, 3)
    opened.vault.erase(Ordinal(1), opened.columns)
    with pytest.raises(UnknownPersonError):
        import_rows(opened, {0: "DE", 1: "DE"})


def test_files_are_private_and_their_names_say_nothing(opened: Opened) -> None:
    import_rows(opened, {1: "DE", FAR: "FR"})
    assert opened.place.columns.stat().st_mode & 0o777 == 0o700
    for path in files(opened):
        assert path.stat().st_mode & 0o777 == 0o600
        assert len(path.stem) == 32
        assert set(path.stem) <= set("0123456789abcdef")


def test_no_name_or_value_stands_in_a_file_in_clear(opened: Opened, tmp_path: Path) -> None:
    rows = people(
        favourite_colour=pa.array(["aquamarine-1234"]),
        tags=pa.array([["vermilion-5678"]]),
        salary=pa.array([0x4142434445464748]),
    )
    needles = [b"favourite_colour", b"aquamarine", b"vermilion", b"HGFEDCBA", b"ordinal"]
    snapshot = written(opened, rows)
    stored = b"".join(path.read_bytes() for path in files(opened))
    assert not [needle for needle in needles if needle in stored]
    # Positive control: the same search finds every one of them in a plain Parquet file.
    pq.write_table(rows, tmp_path / "plain", compression="none", use_dictionary=False)
    plain = (tmp_path / "plain").read_bytes()
    assert all(needle in plain for needle in needles)
    found = opened.columns.rows_of(Ordinal(1), "crm", snapshot=snapshot)
    assert found[0]["favourite_colour"] == "aquamarine-1234"


def test_every_stored_value_can_be_searched(opened: Opened) -> None:
    import_rows(opened, {1: "DE", 2: "DE", 3: None}, [(1, 5, 10)])
    second = people(country=pa.array(["planted"]), tags=pa.array([["a", "planted too"]]))
    written(opened, second)
    values = set(opened.columns.values())
    assert {("crm", "country", "DE"), ("crm", "country", "planted")} <= values
    assert {("crm", "tags", "planted too"), ("purchase", "amount", 10)} <= values


def test_a_damaged_file_is_refused_or_reads_as_it_was_written(tmp_path: Path) -> None:
    opened = create(tmp_path, MemoryVault())
    give_numbers(opened, 3)
    snapshot = import_rows(opened, {1: "DE", 2: None})
    (path,) = files(opened)
    whole = path.read_bytes()
    unharmed = []
    for place in range(0, len(whole), 5):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            rows = opened.columns.rows_of(Ordinal(1), "crm", snapshot=snapshot)
        except (ColumnFileBrokenError, SealBrokenError):
            continue
        assert rows == [{"ordinal": 1, "country": "DE"}]
        unharmed.append(place)
    # The first four bytes, and two names of a key service that we do not use, decide nothing.
    assert len(unharmed) < 8


def test_half_a_file_is_refused(opened: Opened) -> None:
    snapshot = import_rows(opened, {1: "DE"})
    (path,) = files(opened)
    whole = path.read_bytes()
    for half in (b"", whole[:3], whole[: len(whole) // 2], whole[:-1], whole[len(whole) // 2 :]):
        path.write_bytes(half)
        with pytest.raises(ColumnFileBrokenError) as refusal:
            opened.columns.rows_of(Ordinal(1), "crm", snapshot=snapshot)
        assert isinstance(refusal.value, IntegrityError)


def test_a_file_put_in_the_place_of_another_is_refused(opened: Opened) -> None:
    import_rows(opened, {1: "DE"})
    snapshot = import_rows(opened, {FAR: "FR"})
    listed = sorted(opened.columns._files.listed(), key=lambda file: file.bucket)
    one, other = (opened.place.columns / file.name for file in listed)
    one.write_bytes(other.read_bytes())
    with pytest.raises(ColumnFileBrokenError) as refusal:
        opened.columns.dataset("crm", snapshot=snapshot)
    assert refusal.value.name == one.name
    with pytest.raises(ColumnFileBrokenError):
        opened.columns.expel(Ordinal(1))
    renamed = other.read_bytes().replace(other.name.encode(), one.name.encode())
    one.write_bytes(renamed)  # even if the file says that it is the one it stands for
    with pytest.raises(SealBrokenError):
        opened.columns.dataset("crm", snapshot=snapshot).to_table()


def test_a_missing_file_is_never_read_as_no_rows(opened: Opened) -> None:
    snapshot = import_rows(opened, {1: "DE", FAR: "FR"})
    files(opened)[0].unlink()
    with pytest.raises(ColumnFileMissingError) as refusal:
        opened.columns.dataset("crm", snapshot=snapshot)
    assert isinstance(refusal.value, StorageError)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Let no file grow beyond 20 kB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_when_the_disk_refuses_nothing_is_changed(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    opened = create(tmp_path, MemoryVault())
    give_numbers(opened, 30_000)
    first = import_rows(opened, {1: "DE"})
    before = files(opened)
    request.getfixturevalue("small_disk")
    with pytest.raises(ColumnStoreError) as refusal:
        import_rows(opened, {n: f"country {n * 7919 % 10_007}" for n in range(30_000)})
    assert isinstance(refusal.value, StorageError)
    assert files(opened) == before
    assert opened.columns.snapshot() == first
    assert countries(opened, first) == {1: "DE"}


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    opened = create(tmp_path, MemoryVault())
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ColumnStoreError):
        ColumnStore.open(tmp_path / "file", opened.storage, opened.vault)


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    opened = create(tmp_path)
    enrol_nameless(opened, 10)
    snapshot = import_rows(opened, {1: "DE"}, [(1, 2, 10)])
    opened.close()
    again = reopen(opened.place)
    assert countries(again, snapshot) == {1: "DE"}
    assert purchases(again, snapshot) == {1: (2, 10)}
    assert set(again.vault.people(snapshot)) == {1, 2}
    again.close()
