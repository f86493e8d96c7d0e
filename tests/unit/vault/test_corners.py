# SPDX-License-Identifier: Apache-2.0
"""What happens seldom: file systems without links, disks that refuse, secrets that end."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from privseg.terms import SubjectId
from privseg.vault import (
    ColumnFileBrokenError,
    ColumnStoreError,
    KeyDestroyedError,
    KeyFileExistsError,
    KeyFileMalformedError,
    KeyFileWriteError,
    ProviderRefusedError,
    RootKeyUnknownError,
    SealBrokenError,
    private_file,
    wrap,
)
from privseg.vault.container import Container
from privseg.vault.enrol import Addition, Named
from privseg.vault.keyfile import Environment, KeyFile
from privseg.vault.memory import BACKUPS, Memory
from privseg.vault.note import NoteWriteError, SealedNote
from privseg.vault.pages import KeyPage
from privseg.vault.parquet import _FileKeys, sync_folder
from privseg.vault.providers import Secrets, provider_of
from tests.twins.given_secrets import Given
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import (
    Opened,
    create,
    enrol_nameless,
    import_rows,
    purchases,
)


def failing(number: int) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return create(tmp_path, MemoryVault())


# --- files with keys ------------------------------------------------------------------------------


def test_where_a_file_system_has_no_links_a_new_file_still_never_takes_anothers_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EPERM))
    private_file.make(tmp_path / "k", b"one")
    assert private_file.read(tmp_path / "k") == b"one"
    with pytest.raises(KeyFileExistsError):
        private_file.make(tmp_path / "k", b"two")
    assert [p.name for p in tmp_path.iterdir()] == ["k"]
    assert private_file.read(tmp_path / "k") == b"one"


def test_a_disk_that_refuses_to_sync_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_file.make(tmp_path / "old", b"old")
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(KeyFileWriteError):
        private_file.make(tmp_path / "k", b"one")
    with pytest.raises(KeyFileWriteError):
        private_file.put(tmp_path / "old", b"new")
    with pytest.raises(KeyFileWriteError):
        private_file.destroy(tmp_path / "old")
    assert [p.name for p in tmp_path.iterdir()] == ["old"]


def test_a_folder_where_a_file_is_asked_for_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o700)
    with pytest.raises(KeyFileMalformedError):
        private_file.read(tmp_path / "d")
    (tmp_path / "plain").write_bytes(b"")
    with pytest.raises(KeyFileMalformedError):
        private_file.read(tmp_path / "plain" / "k")
    with pytest.raises(KeyFileWriteError):
        private_file.make(tmp_path / "plain" / "k", b"one")


def test_a_container_that_is_not_there_belongs_to_nobody(tmp_path: Path) -> None:
    assert not Container(tmp_path / "k").belongs_to("w")


def test_a_provider_whose_package_refuses_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "refusing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: refusing\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[privseg.key_providers]\nrefusing = refusing_provider:make\n"
    )
    (tmp_path / "refusing_provider.py").write_text(
        "from privseg.vault import ProviderRefusedError\n"
        "raise ProviderRefusedError('refusing', 'no token')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    given: Secrets = Given()
    with pytest.raises(ProviderRefusedError, match="no token"):
        provider_of("refusing", "x", given)


# --- the vault ------------------------------------------------------------------------------------


def test_a_secret_is_destroyed_and_a_name_asked_for_again_gets_another(opened: Opened) -> None:
    vault = opened.vault
    assert not vault.has_secret("month")
    old = vault.secret("month")
    assert vault.has_secret("month")
    vault.destroy_secret("month")
    assert not vault.has_secret("month")
    assert vault.secret("month") != old


def test_signing_keys_have_generations_and_a_destroyed_one_signs_nothing(opened: Opened) -> None:
    vault = opened.vault
    assert vault.signer_generation("log") == 0
    first = vault.signer("log")
    assert vault.signer_generation("log") == 1
    second, third = vault.next_signer("log"), vault.next_signer("log")
    assert vault.signer_generation("log") == 3
    assert vault.signer("log").public_key == third.public_key
    assert vault.signer("log", 1).public_key == first.public_key
    assert vault.signer("log", 2).public_key == second.public_key
    assert len({first.public_key, second.public_key, third.public_key}) == 3
    vault.destroy_signer("log", 1)
    vault.destroy_signer("log", 2)
    assert vault.signer("log").public_key == third.public_key
    assert vault.signer_generation("other log") == 0
    with pytest.raises(KeyDestroyedError):
        vault.signer("log", 1)


def test_a_secret_that_another_process_just_made_is_taken(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for once more under the lock, for two may ask at once."""
    ring, real = opened.vault.keyring, opened.storage.transaction

    def late() -> object:
        monkeypatch.undo()
        ring.put("secret", "shared", b"s" * 32)
        return real()

    monkeypatch.setattr(opened.storage, "transaction", late)
    assert ring.secret("shared") == b"s" * 32


def test_numbers_are_skipped_over_buckets_and_nobody_gets_them(opened: Opened) -> None:
    vault = opened.vault
    vault.enrol([[SubjectId("email", "ada@example.com")]])
    assert not vault.is_given(70_000)  # type: ignore[arg-type]
    assert vault.replay(70_000, [b"t" * 32]) == 70_000  # type: ignore[arg-type]
    assert vault.replay(3, []) == 70_001, "a number that this copy gave away is not taken twice"  # type: ignore[arg-type]
    (after,) = vault.enrol([[SubjectId("email", "grace@example.com")]])
    assert after == 70_002
    assert vault.identity(after) == [SubjectId("email", "grace@example.com")]
    assert {70_000, 70_001} <= set(vault.population.erased())
    assert vault.marked(vault.marks(after)) == {after}


def test_a_page_has_no_room_for_more_than_its_bucket() -> None:
    page = KeyPage(0)
    for too_many in (page.enrol, page.skip):
        with pytest.raises(ValueError, match="65,536"):
            too_many(65_537)


def test_without_siv_gcm_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(_: bytes) -> object:
        raise UnsupportedAlgorithm("an OpenSSL without it")

    key = wrap.new_key()
    siv = wrap.seal(key, b"x", b"")
    monkeypatch.setattr(wrap, "AESGCMSIV", unsupported)
    assert wrap._strongest() == wrap.GCM
    monkeypatch.setattr(wrap, "CIPHER", wrap.GCM)
    gcm = wrap.seal(key, b"x", b"here")
    assert gcm[:1] == wrap.GCM
    assert wrap.unseal(key, gcm, b"here", what="it") == b"x"
    with pytest.raises(SealBrokenError, match="does not open"):
        wrap.unseal(key, siv, b"", what="it")


def test_values_on_the_way_into_the_vault_are_not_shown() -> None:
    subject = SubjectId("email", "ada@example.com")
    shown = repr(
        (Named(subject, b"ada@example.com", None), Addition(1, "email", b"t", "ada@example.com"))
    )
    assert "ada" not in shown


# --- notes and memories ---------------------------------------------------------------------------


def test_a_note_that_cannot_be_read_or_locked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = SealedNote(tmp_path / "n", workspace="w", what="budget", key=b"k" * 32)
    (tmp_path / "n").mkdir()
    with pytest.raises(NoteWriteError):
        note.read()
    (tmp_path / "f").write_bytes(b"")
    with (
        pytest.raises(NoteWriteError),
        SealedNote(tmp_path / "f" / "n", workspace="w", what="b", key=b"k").held(),
    ):
        raise AssertionError
    memory = Memory(tmp_path / "m", workspace="w", what=BACKUPS, key=b"k", mend="recover")
    assert repr(memory) == "Memory('m')"
    monkeypatch.setattr("privseg.vault.note.BUSY_SECONDS", -1.0)
    with memory.note.held(), pytest.raises(NoteWriteError), memory.note.held():
        raise AssertionError


# --- the column store -----------------------------------------------------------------------------


def test_a_column_file_whose_wrapped_key_is_no_base64_or_is_not_ours_is_refused(
    tmp_path: Path,
) -> None:
    keys = _FileKeys({"f.parquet": b"k" * 32})
    with pytest.raises(ColumnFileBrokenError):
        keys.unwrap_key("no base64!", "f.parquet")
    with pytest.raises(KeyDestroyedError):
        keys.wrap_key(b"k" * 32, "another.parquet")
    with pytest.raises(ColumnStoreError):
        sync_folder(tmp_path / "absent")


def test_strays_that_cannot_be_removed_are_told(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    (opened.place.columns / "stray.parquet").write_bytes(b"")
    monkeypatch.setattr(os, "unlink", failing(errno.EACCES))
    with pytest.raises(ColumnStoreError):
        opened.columns._files.tidy()


def test_a_plain_container_of_an_open_move_is_settled_by_whoever_it_names(tmp_path: Path) -> None:
    """``enters`` and ``leaves`` that name the container itself destroy nothing."""
    opened = create(tmp_path, MemoryVault())
    path = opened.place.key_file
    (root,) = opened.vault.keyring.held().roots
    content = KeyFile(opened.vault.keyring.workspace, Environment.PRODUCTION, (root,), str(path))
    private_file.put(path, content.to_bytes())
    opened.vault.keyring._is_settled = False
    opened.vault.keyring.settle()
    assert opened.vault.keyring.held().roots == (root,)


def test_a_container_without_the_root_in_force_is_neither_backed_up_nor_pruned(
    opened: Opened,
) -> None:
    ring = opened.vault.keyring
    opened.storage.set_vault_root(ring.workspace, "unknown")
    with pytest.raises(RootKeyUnknownError):
        ring.held()
    before = opened.place.key_file.read_bytes()
    with pytest.raises(RootKeyUnknownError):
        ring._prune()
    assert opened.place.key_file.read_bytes() == before


def test_a_move_within_a_folder_that_was_cut_short_is_done_again(opened: Opened) -> None:
    ring, old = opened.vault.keyring, opened.place.key_file
    target = Container(old.with_name("moved.json"))

    def cut() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ring.move(target, announce=cut)
    assert target.path.exists()
    secret = opened.vault.secret("kept")
    ring.move(target, announce=lambda: None)
    assert (old.exists(), target.path.exists()) == (False, True)
    assert opened.vault.secret("kept") == secret


def test_a_strangers_file_in_the_place_of_the_old_container_stays(
    opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / "stranger").write_bytes(b"somebody's")
    opened.vault.keyring._destroy(str(tmp_path / "stranger"))
    assert (tmp_path / "stranger").read_bytes() == b"somebody's"


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyFileMalformedError, match="not a file"):
        private_file.read(tmp_path / "pipe")


def test_a_table_larger_than_memory_is_compared_in_portions(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privseg.vault.merge.KEYS_AT_ONCE", 1)
    enrol_nameless(opened, 3)
    import_rows(opened, None, [(1, 0, 10), (2, 1, 20)])
    import_rows(opened, None, [(3, 2, 30)])
    import_rows(opened, None, [(1, 0, 11), (3, 2, 31)])
    assert purchases(opened, 3) == {1: (0, 11), 2: (1, 20), 3: (2, 31)}
