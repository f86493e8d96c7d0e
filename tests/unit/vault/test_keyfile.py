# SPDX-License-Identifier: Apache-2.0
"""The key file: private, of one workspace, replaced whole or not at all."""

import json
from pathlib import Path

import pytest

from privseg.errors import KeyAccessError, StorageError
from privseg.vault import (
    DevelopmentKeyError,
    ForeignKeyFileError,
    KeyFileExistsError,
    KeyFileExposedError,
    KeyFileLinkError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeyFileWriteError,
    ProductionKeyError,
    keyfile,
)
from privseg.vault.keyfile import Environment, KeyFile, Root

PRODUCTION = Environment.PRODUCTION
FIRST, SECOND = Root("r1", b"1" * 32), Root("r2", b"2" * 32)
CONTENT = KeyFile("w", PRODUCTION, (FIRST,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    keyfile.make(tmp_path / "keys" / "root.key", CONTENT)
    return tmp_path / "keys" / "root.key"


def read(path: Path) -> KeyFile:
    return keyfile.read(path, workspace="w", environment=PRODUCTION)


def test_what_is_written_is_read(path: Path) -> None:
    assert read(path) == CONTENT
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_no_key_is_shown(path: Path) -> None:
    shown = repr(read(path)) + str(read(path).roots)
    assert "1111" not in shown
    assert "r1" in shown


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o777])
def test_a_key_file_that_others_can_reach_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyFileExposedError) as refusal:
        read(path)
    assert refusal.value.mode == mode


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileMissingError):
        read(tmp_path / "nowhere.key")


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileMalformedError):
        read(tmp_path)


def test_the_key_file_of_another_workspace_is_refused(path: Path) -> None:
    with pytest.raises(ForeignKeyFileError):
        keyfile.read(path, workspace="other", environment=PRODUCTION)


def test_a_development_key_is_refused_in_production_and_good_in_development(
    tmp_path: Path,
) -> None:
    path = tmp_path / "dev.key"
    keyfile.make(path, KeyFile("w", Environment.DEVELOPMENT, (FIRST,)))
    with pytest.raises(DevelopmentKeyError):
        read(path)
    assert keyfile.read(path, workspace="w", environment=Environment.DEVELOPMENT).roots == (FIRST,)


def test_a_production_key_is_refused_in_development_where_less_is_checked(path: Path) -> None:
    with pytest.raises(ProductionKeyError):
        keyfile.read(path, workspace="w", environment=Environment.DEVELOPMENT)


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(CONTENT.to_bytes()) | fields).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        CONTENT.to_bytes()[:-2],
        CONTENT.to_bytes() + b" ",
        CONTENT.to_bytes().replace(b"keyfile/1", b"keyfile/2"),
        CONTENT.to_bytes().replace(b"production", b"staging"),
        changed(keys=[]),
        changed(keys=[{"id": "r1"}]),
        changed(keys=[{"id": "r1", "key": "not base64!"}]),
        changed(keys=[{"id": "r1", "key": "AAAA"}]),
        changed(keys=7),
        changed(workspace=None),
        changed(extra=1),
        KeyFile("w", PRODUCTION, ()).to_bytes(),
        KeyFile("w", PRODUCTION, (Root("r1", b"short"),)).to_bytes(),
    ],
)
def test_a_malformed_key_file_is_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(KeyFileMalformedError) as refusal:
        read(path)
    assert isinstance(refusal.value, KeyAccessError)
    assert "1111" not in str(refusal.value)


def test_a_key_file_is_never_overwritten_by_a_new_one(path: Path) -> None:
    with pytest.raises(KeyFileExistsError):
        keyfile.make(path, KeyFile("w", PRODUCTION, (SECOND,)))
    assert read(path) == CONTENT


def test_a_replaced_key_file_is_private_and_leaves_nothing_beside_it(path: Path) -> None:
    keyfile.put(path, CONTENT.adding(SECOND))
    assert read(path).roots == (FIRST, SECOND)
    keyfile.put(path, read(path).only("r2"))
    assert read(path).roots == (SECOND,)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_the_bytes_of_a_replaced_key_file_are_overwritten(path: Path) -> None:
    with path.open("rb") as old:  # the old file, still open though it has no name any more
        keyfile.put(path, KeyFile("w", PRODUCTION, (SECOND,)))
        left = old.read()
    assert left
    assert not any(left)


def test_a_link_is_refused_and_neither_it_nor_the_file_behind_it_is_changed(
    path: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.key"
    link.symlink_to(path)
    with pytest.raises(KeyFileLinkError):
        read(link)
    with pytest.raises(KeyFileWriteError):
        keyfile.put(link, CONTENT.adding(SECOND))
    with pytest.raises(KeyFileExistsError):
        keyfile.make(link, CONTENT.adding(SECOND))
    assert link.is_symlink()
    assert read(path) == CONTENT


def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link.key").symlink_to(tmp_path / "nowhere")
    with pytest.raises(KeyFileLinkError):
        read(tmp_path / "link.key")
    with pytest.raises(KeyFileExistsError):
        keyfile.make(tmp_path / "link.key", CONTENT)


def test_what_an_interrupted_replacement_left_is_discarded(path: Path) -> None:
    beside = keyfile.unfinished(path)
    beside.write_bytes(CONTENT.adding(SECOND).to_bytes())
    keyfile.discard(path)
    keyfile.discard(path)
    assert list(path.parent.iterdir()) == [path]
    assert read(path) == CONTENT


def test_a_key_file_that_cannot_be_replaced_stays_as_it_was(path: Path) -> None:
    keyfile.unfinished(path).mkdir()  # what stands in the way cannot be written
    with pytest.raises(KeyFileWriteError) as refusal:
        keyfile.put(path, CONTENT.adding(SECOND))
    assert isinstance(refusal.value, StorageError)
    assert read(path) == CONTENT


def test_a_key_file_whose_folder_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KeyFileWriteError):
        keyfile.make(tmp_path / "file" / "root.key", CONTENT)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
