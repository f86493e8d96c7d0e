# SPDX-License-Identifier: Apache-2.0
"""The keyring: keys under the root, and the root changed so that old copies are dead."""

from pathlib import Path

import pytest

from privseg.errors import KeyAccessError
from privseg.vault import (
    KeyDestroyedError,
    KeyFileExistsError,
    KeyFileWriteError,
    RootKeyUnknownError,
    SealBrokenError,
    Vault,
    VaultExistsError,
    VaultMissingError,
    keyfile,
)
from privseg.vault.keyfile import Environment, Root
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import WORKSPACE, Opened, create, undone


@pytest.fixture
def storage() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def opened(tmp_path: Path, storage: MemoryVault) -> Opened:
    return create(tmp_path, storage)


def roots(opened: Opened) -> list[str]:
    found = keyfile.read(
        opened.place.key_file, workspace=WORKSPACE, environment=Environment.PRODUCTION
    )
    return [root.root_id for root in found.roots]


def reopened(opened: Opened) -> Vault:
    return Vault.open(opened.storage, opened.place.key_file, workspace=WORKSPACE)


def test_a_secret_is_made_once_and_stays(opened: Opened) -> None:
    first = opened.vault.secret("blind-index")
    assert len(first) == 32
    assert opened.vault.secret("blind-index") == first
    assert reopened(opened).secret("blind-index") == first
    assert opened.vault.secret("suppression") != first


def test_no_key_is_stored_or_shown_in_clear(opened: Opened, storage: MemoryVault) -> None:
    secret = opened.vault.secret("blind-index")
    root = next(iter(opened.vault.keyring._roots.values())).key
    assert secret.hex() not in repr(storage._state).encode().hex()
    assert not any(key in row[3] for row in storage.all_wrapped() for key in (secret, root))
    assert repr(opened.vault) == f"Vault('{WORKSPACE}')"
    assert repr(opened.vault.keyring) == f"Keyring('{WORKSPACE}')"


def test_a_wrapped_key_moved_to_another_name_is_refused(opened: Opened) -> None:
    opened.vault.secret("a")
    opened.vault.secret("b")
    root_id, blob = opened.storage.wrapped("secret", "a")
    opened.storage.put_wrapped([("secret", "b", root_id, blob), ("page", "a", root_id, blob)])
    assert opened.vault.secret("a")
    with pytest.raises(SealBrokenError):
        opened.vault.secret("b")
    with pytest.raises(SealBrokenError):
        opened.vault.keyring.get("page", "a")


def test_a_dropped_key_is_gone(opened: Opened) -> None:
    opened.vault.keyring.put("file", "f", b"k" * 32)
    assert opened.vault.keyring.get("file", "f") == b"k" * 32
    opened.vault.keyring.drop("file", "f")
    with pytest.raises(KeyDestroyedError):
        opened.vault.keyring.get("file", "f")


def test_a_new_root_keeps_every_key_and_destroys_the_old_root(opened: Opened) -> None:
    secret, before = opened.vault.secret("a"), roots(opened)
    old, new = opened.vault.keyring.rotate()
    assert [old] == before
    assert roots(opened) == [new]
    assert opened.vault.secret("a") == reopened(opened).secret("a") == secret
    assert {row[2] for row in opened.storage.all_wrapped()} == {new}


def test_a_new_root_that_is_undone_leaves_the_old_one_in_force(opened: Opened) -> None:
    secret, before = opened.vault.secret("a"), roots(opened)
    with undone(opened.storage):
        opened.vault.keyring.rotate()
        assert len(roots(opened)) == 2  # both are in the file while it is undecided
    assert opened.vault.secret("a") == secret
    assert reopened(opened).secret("a") == secret
    assert roots(opened) == before


def test_two_new_roots_in_one_transaction_end_with_the_last(opened: Opened) -> None:
    secret = opened.vault.secret("a")
    with opened.storage.transaction():
        opened.vault.keyring.rotate()
        _, last = opened.vault.keyring.rotate()
        assert len(roots(opened)) == 3
    assert roots(opened) == [last]
    assert opened.vault.secret("a") == secret


def test_opening_inside_an_undecided_change_drops_no_root(opened: Opened) -> None:
    secret, before = opened.vault.secret("a"), roots(opened)
    with undone(opened.storage):
        opened.vault.keyring.rotate()
        assert reopened(opened).secret("a") == secret
        assert set(before) < set(roots(opened))
    assert reopened(opened).secret("a") == secret


def test_keys_left_beside_the_key_file_go_at_the_next_opening(opened: Opened) -> None:
    beside = keyfile.unfinished(opened.place.key_file)
    beside.write_bytes(opened.place.key_file.read_bytes())
    reopened(opened)
    assert list(beside.parent.iterdir()) == [opened.place.key_file]


def test_another_process_learns_of_a_new_root_by_itself(opened: Opened) -> None:
    other = reopened(opened)
    secret = other.secret("a")
    opened.vault.keyring.rotate()
    assert other.secret("a") == secret
    other.keyring.rotate()
    assert opened.vault.secret("a") == secret


def test_a_key_file_without_the_root_in_force_opens_nothing(opened: Opened) -> None:
    found = keyfile.read(
        opened.place.key_file, workspace=WORKSPACE, environment=Environment.PRODUCTION
    )
    keyfile.put(opened.place.key_file, found.adding(Root.new()).only("none").adding(Root.new()))
    with pytest.raises(RootKeyUnknownError) as refusal:
        reopened(opened)
    assert isinstance(refusal.value, KeyAccessError)


def test_a_key_file_that_cannot_be_written_stops_the_change(opened: Opened) -> None:
    secret, before = opened.vault.secret("a"), opened.storage.all_wrapped()
    (stand_in := keyfile.unfinished(opened.place.key_file)).mkdir()
    with pytest.raises(KeyFileWriteError):
        opened.vault.keyring.rotate()
    stand_in.rmdir()
    assert opened.storage.all_wrapped() == before
    assert opened.vault.secret("a") == secret


def test_a_workspace_has_one_vault(opened: Opened) -> None:
    with pytest.raises(VaultExistsError):
        Vault.create(opened.storage, opened.place.key_file, workspace=WORKSPACE)


def test_the_vault_of_another_workspace_is_not_opened(opened: Opened) -> None:
    with pytest.raises(VaultMissingError):
        Vault.open(opened.storage, opened.place.key_file, workspace="other")
    with pytest.raises(VaultMissingError):
        Vault.open(MemoryVault(), opened.place.key_file, workspace=WORKSPACE)


def test_a_vault_does_not_take_over_the_key_file_of_another(opened: Opened) -> None:
    before = opened.place.key_file.read_bytes()
    with pytest.raises(KeyFileExistsError):
        Vault.create(MemoryVault(), opened.place.key_file, workspace="other")
    assert opened.place.key_file.read_bytes() == before


def test_a_creation_that_was_cut_short_can_be_repeated(opened: Opened) -> None:
    kept = roots(opened)
    again = MemoryVault()  # the key file was written, the transaction undone
    vault = Vault.create(again, opened.place.key_file, workspace=WORKSPACE)
    assert vault.keyring.root_id() == kept[0]
