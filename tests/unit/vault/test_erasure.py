# SPDX-License-Identifier: Apache-2.0
"""Erasing a person reaches every snapshot, and every copy of the workspace made before."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from privseg.pseudonym import Domain
from privseg.terms import Ordinal, Purpose, SubjectId
from privseg.vault import (
    KeyFileWriteError,
    PersonErasedError,
    RootKeyUnknownError,
    SealBrokenError,
    UnknownPersonError,
    keyfile,
    wrap,
)
from privseg.vault.keyfile import Environment
from privseg.vault.pages import BUCKET
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import (
    WORKSPACE,
    Opened,
    Place,
    countries,
    create,
    enrol_nameless,
    import_rows,
    purchases,
    reopen,
    undone,
)

ADA, GRACE = Ordinal(0), Ordinal(1)
FAR = BUCKET + 3
SECRET_COUNTRY = "Ruritania"
DOMAIN = Domain(Purpose("marketing"), recipient="mailer", epoch="2026")


def filled(opened: Opened) -> Opened:
    """Enrol Ada and Grace and import rows about them and somebody in another bucket, twice."""
    opened.vault.enrol(
        [
            [SubjectId("email", "ada@example.com"), SubjectId("name", "Ada")],
            [SubjectId("email", "grace@example.com")],
        ]
    )
    import_rows(opened, {ADA: "Freedonia", GRACE: "DE"}, [(1, ADA, 10), (2, GRACE, 20)])
    import_rows(opened, {ADA: SECRET_COUNTRY}, [(1, GRACE, 11), (3, ADA, 30)])
    return opened


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    made = filled(create(tmp_path / "now"))
    yield made
    made.close()


def roots(place: Place) -> list[str]:
    found = keyfile.read(place.key_file, workspace=WORKSPACE, environment=Environment.PRODUCTION)
    return [root.root_id for root in found.roots]


def names(opened: Opened) -> set[str]:
    return {path.name for path in opened.place.columns.iterdir()}


def test_the_person_vanishes_from_every_snapshot_and_the_others_stay(opened: Opened) -> None:
    opened.vault.erase(ADA, opened.columns)
    assert countries(opened, 1) == {GRACE: "DE"}
    assert countries(opened, 2) == {GRACE: "DE"}
    assert purchases(opened, 1) == {2: (GRACE, 20)}
    assert purchases(opened, 2) == {1: (GRACE, 11), 2: (GRACE, 20)}
    assert set(opened.vault.people(2)) == {GRACE}
    assert opened.vault.resolve(SubjectId("email", "ada@example.com")) is None
    assert opened.vault.identity(GRACE) == [SubjectId("email", "grace@example.com")]
    assert opened.columns.rows_of(ADA, "purchase", snapshot=1) == []


def test_nothing_of_the_person_is_left_in_the_decrypted_store(opened: Opened) -> None:
    assert ("crm", "country", SECRET_COUNTRY) in set(opened.columns.values())  # positive control
    assert ("crm", "ordinal", ADA) in set(opened.columns.values())
    opened.vault.erase(ADA, opened.columns)
    values = set(opened.columns.values())
    assert not {v for v in values if v[2] in {SECRET_COUNTRY, "Freedonia", 10, 30}}
    assert not {v for v in values if v[1] == "ordinal" and v[2] == ADA}
    assert opened.storage.cells(ADA) == []


def test_the_facts_say_what_was_removed(opened: Opened) -> None:
    before = names(opened)
    old_root = roots(opened.place)
    facts = opened.vault.erase(ADA, opened.columns, suppress=True)
    stores = {s.store: (s.rows, s.fields) for s in facts.stores}
    assert stores == {
        "identity": (2, ("email", "name")),
        "crm": (2, ("country", "ordinal")),
        "purchase": (2, ("amount", "event_id", "ordinal", "time")),
    }
    assert [facts.old_root] == old_root
    assert [facts.new_root] == roots(opened.place)
    kept = {(kind, name) for kind, name, _, _ in opened.storage.all_wrapped()}
    assert not {name for _, name in kept} & set(facts.destroyed_keys)
    assert {name for kind, name in kept if kind == "file"} == names(opened)
    assert [name for kind, name in kept if kind == "page"] == [opened.storage.key_page(0)[0]]
    page, *gone = facts.destroyed_keys
    assert page.startswith("0-")
    assert set(gone) <= before
    assert not set(gone) & names(opened)
    assert facts.suppressed_identifiers == 1
    assert len(facts.residues) == 3
    assert SECRET_COUNTRY not in repr(facts)


def test_only_files_that_hold_the_person_are_written_anew(tmp_path: Path) -> None:
    opened = create(tmp_path, MemoryVault())
    enrol_nameless(opened, 2 * BUCKET)
    import_rows(opened, {ADA: "DE", FAR: "FR"}, [(1, FAR, 1)])
    kept = {f.name for f in opened.columns._files.listed() if f.bucket == 1}
    facts = opened.vault.erase(ADA, opened.columns)
    assert kept < {f.name for f in opened.columns._files.listed()} | {"-"}
    assert len(facts.destroyed_keys) == 2  # the page and one file
    assert countries(opened, 1) == {FAR: "FR"}
    assert purchases(opened, 1) == {1: (FAR, 1)}


def test_somebody_without_rows_or_identifiers_can_be_erased(tmp_path: Path) -> None:
    opened = create(tmp_path, MemoryVault())
    enrol_nameless(opened, 2)
    facts = opened.vault.erase(GRACE, opened.columns)
    assert [(s.store, s.rows) for s in facts.stores] == [("identity", 0)]
    with pytest.raises(PersonErasedError):
        opened.vault.pseudonym(GRACE, DOMAIN)


def test_somebody_first_seen_later_leaves_the_population_too(opened: Opened) -> None:
    (late,) = opened.vault.enrol([[SubjectId("email", "hedy@example.com")]])
    snapshot = import_rows(opened, {late: "AT"})
    assert set(opened.vault.people(snapshot)) == {ADA, GRACE, late}
    opened.vault.erase(late, opened.columns)
    assert set(opened.vault.people(snapshot)) == {ADA, GRACE}


def test_a_stranger_cannot_be_erased(opened: Opened) -> None:
    before = roots(opened.place)
    with pytest.raises(UnknownPersonError):
        opened.vault.erase(Ordinal(2), opened.columns)
    assert roots(opened.place) == before


def test_an_erasure_that_is_undone_erased_nothing(opened: Opened) -> None:
    before = opened.vault.pseudonym(ADA, DOMAIN)
    with undone(opened.storage):
        opened.vault.erase(ADA, opened.columns)
    assert countries(opened, 2) == {ADA: SECRET_COUNTRY, GRACE: "DE"}
    assert opened.vault.pseudonym(ADA, DOMAIN) == before
    assert set(opened.vault.people(1)) == {ADA, GRACE}
    opened.vault.erase(ADA, opened.columns)
    assert len(roots(opened.place)) == 1


def test_both_can_be_erased_in_one_transaction(opened: Opened) -> None:
    with opened.storage.transaction():
        opened.vault.erase(ADA, opened.columns)
        opened.vault.erase(GRACE, opened.columns)
    assert countries(opened, 2) == {}
    assert set(opened.vault.people(2)) == set()
    assert len(roots(opened.place)) == 1
    assert names(opened) == set()


def test_an_old_root_that_cannot_be_removed_is_reported_and_removed_later(
    opened: Opened,
) -> None:
    stand_in = keyfile.unfinished(opened.place.key_file)

    def erase_and_lose_the_folder() -> None:
        with opened.storage.transaction():
            opened.vault.erase(ADA, opened.columns)
            stand_in.mkdir()  # from here on the key file cannot be replaced

    with pytest.raises(KeyFileWriteError):
        erase_and_lose_the_folder()
    assert len(roots(opened.place)) == 2
    assert countries(opened, 2) == {GRACE: "DE"}
    stand_in.rmdir()
    opened.vault.keyring.settle()
    assert len(roots(opened.place)) == 1


def everything_of_ada(place: Place) -> dict[str, object]:
    """Return whatever can be decrypted about Ada in a workspace, by way of its own code."""
    opened = reopen(place)
    found = {
        "identity": opened.vault.identity(ADA),
        "pseudonym": opened.vault.pseudonym(ADA, DOMAIN),
        "rows": [opened.columns.rows_of(ADA, t, snapshot=2) for t in ("crm", "purchase")],
        "bucket": opened.columns.dataset("crm", snapshot=1).to_table().to_pylist(),
    }
    opened.close()
    return found


def test_an_old_copy_is_dead_with_the_keys_left_afterwards(opened: Opened, tmp_path: Path) -> None:
    copy = opened.place.copy_to(tmp_path / "copy")
    control = opened.place.copy_to(tmp_path / "control")
    opened.vault.erase(ADA, opened.columns)

    # Positive control: with the key file of its time the copy is open, Ada and all.
    found = everything_of_ada(control)
    assert found["identity"] == [
        SubjectId("email", "ada@example.com"),
        SubjectId("name", "Ada"),
    ]
    assert {r["country"] for r in found["bucket"]} == {"Freedonia", "DE"}

    copy.key_file.write_bytes(opened.place.key_file.read_bytes())
    with pytest.raises(RootKeyUnknownError):
        reopen(copy)


def test_no_blob_of_an_old_copy_opens_under_any_key_left(opened: Opened) -> None:
    """An attacker does not ask our code: every key that is left, against every blob of the copy."""
    opened.vault.secret("blind-index")
    old_root = keyfile.read(
        opened.place.key_file, workspace=WORKSPACE, environment=Environment.PRODUCTION
    ).roots[0]
    page_name, page = opened.storage.key_page(0)
    wrapped = opened.storage.all_wrapped()
    cells = opened.storage.cells(ADA)
    opened.vault.erase(ADA, opened.columns)

    left = keyfile.read(
        opened.place.key_file, workspace=WORKSPACE, environment=Environment.PRODUCTION
    ).roots
    keys = [root.key for root in left]
    keys += [
        opened.vault.keyring.get(kind, name) for kind, name, _, _ in opened.storage.all_wrapped()
    ]
    keys += [page_key(opened, ordinal) for ordinal in (GRACE,)]
    places = {
        ("page", page_name): (page, wrap.place("page", WORKSPACE, 0, page_name)),
        **{
            (kind, name): (blob, wrap.place("key", WORKSPACE, root_id, kind, name))
            for kind, name, root_id, blob in wrapped
        },
        **{
            ("cell", tag): (blob, opened.vault._identities._at(ADA, kind, tag))
            for _, kind, tag, blob, _ in cells
        },
    }
    assert len(places) > 6
    for blob, at in places.values():
        for key in keys:
            with pytest.raises(SealBrokenError):
                wrap.unseal(key, blob, at, what="x")
    # Positive control: the root that was destroyed opens every wrapped key, that of Ada's page too.
    for kind, name, root_id, blob in wrapped:
        at = wrap.place("key", WORKSPACE, root_id, kind, name)
        assert len(wrap.unseal(old_root.key, blob, at, what="x")) == 32


def page_key(opened: Opened, ordinal: Ordinal) -> bytes:
    return opened.vault._pages.load(0).key(ordinal)


def test_an_open_data_set_does_not_outlive_an_erasure(opened: Opened) -> None:
    held = opened.columns.dataset("crm", snapshot=2)
    assert held.to_table().num_rows == 2
    opened.vault.erase(ADA, opened.columns)
    with pytest.raises(FileNotFoundError):
        held.to_table()
    assert opened.columns.dataset("crm", snapshot=2).to_table().num_rows == 1


def test_old_files_laid_back_into_the_folder_are_read_by_nobody(opened: Opened) -> None:
    old = {path.name: path.read_bytes() for path in opened.place.columns.iterdir()}
    opened.vault.erase(ADA, opened.columns)
    for name, data in old.items():
        (opened.place.columns / name).write_bytes(data)
    opened.close()
    again = reopen(opened.place)
    assert countries(again, 2) == {GRACE: "DE"}
    listed = {file.name for file in again.columns._files.listed()}
    assert names(again) == listed
    again.close()


def test_an_imported_row_cannot_bring_the_person_back(opened: Opened) -> None:
    opened.vault.erase(ADA, opened.columns)
    rows = pa.table({"ordinal": pa.array([ADA], pa.uint32()), "country": ["XX"]})
    with pytest.raises(UnknownPersonError), opened.storage.transaction():
        opened.columns.write_people("crm", rows, snapshot=opened.columns.begin_snapshot())
    assert countries(opened, 2) == {GRACE: "DE"}
