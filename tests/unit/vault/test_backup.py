# SPDX-License-Identifier: Apache-2.0
"""Backups of the keys: for their recipients alone, and every byte of them counts."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from privseg.errors import KeyAccessError
from privseg.tlog.canonical import canonical
from privseg.vault import (
    KeyFileExistsError,
    KeyFileExposedError,
    KeyFileMalformedError,
    WrongSecretError,
)
from privseg.vault.backup import Backup
from privseg.vault.key_refusals import (
    NoRecipientError,
    NotForThisIdentityError,
)
from privseg.vault.keyfile import Environment, KeyFile, Root
from privseg.vault.passphrase import Passphrase
from privseg.vault.recipients import Identity, Recipient
from privseg.vault.refusals import (
    SealBrokenError,
)
from tests.twins.given_secrets import Given

VECTORS = Path(__file__).parents[2] / "vectors" / "vault"
CONTENT = KeyFile("w", Environment.PRODUCTION, (Root("r1", b"\xa1" * 32),))
ADA, GRACE, MALLORY = Identity.new(), Identity.new(), Identity.new()
NOBODY = Passphrase(Given("").passphrase)


def backup() -> Backup:
    return Backup.of(
        CONTENT, [ADA.recipient, GRACE.recipient], backup_id="b1", made_at="2026-11-22T10:00:00Z"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    backup().save(tmp_path / "shop.backup")
    return tmp_path / "shop.backup"


def test_each_recipient_opens_it_and_nobody_else(path: Path) -> None:
    found = Backup.load(path)
    assert (found.backup_id, found.workspace, found.epoch) == ("b1", "w", "r1")
    assert found.open(ADA, path) == found.open(GRACE, path) == CONTENT
    with pytest.raises(NotForThisIdentityError):
        found.open(MALLORY, path)


def test_nothing_secret_lies_in_it_in_clear(path: Path) -> None:
    data = path.read_bytes()
    key = CONTENT.roots[0].key
    assert not [s for s in (key, key.hex().encode(), base64.b64encode(key)) if s in data]
    assert path.stat().st_mode & 0o777 == 0o600
    assert "_key" not in repr(ADA)


@pytest.mark.parametrize("field", ["id", "workspace", "environment", "epoch", "made_at"])
def test_no_field_can_be_changed(path: Path, field: str) -> None:
    changed = {**json.loads(path.read_bytes()), field: "changed"}
    path.write_bytes(canonical(changed) + b"\n")
    with pytest.raises(NotForThisIdentityError):
        Backup.load(path).open(ADA, path)


def test_a_box_serves_its_own_recipient_only(path: Path) -> None:
    document = json.loads(path.read_bytes())
    names = [each["recipient"] for each in document["sealed"]]
    for each, name in zip(document["sealed"], reversed(names), strict=True):
        each["recipient"] = name
    document["sealed"].sort(key=lambda each: each["recipient"])
    path.write_bytes(canonical(document) + b"\n")
    for identity in (ADA, GRACE):
        with pytest.raises(NotForThisIdentityError):
            Backup.load(path).open(identity, path)


def test_a_box_that_says_another_thing_than_the_file_is_refused(path: Path) -> None:
    """Anybody can seal for a recipient: what is inside must be what the file says."""
    honest = Backup.load(path)
    name = str(ADA.recipient)
    other = KeyFile("w", Environment.PRODUCTION, (Root("r2", b"2" * 32),))
    lying = Backup.of(other, [ADA.recipient], backup_id="b1", made_at=honest.made_at)
    from privseg.vault.backup import _about  # noqa: PLC0415  # to forge one

    said = (honest.backup_id, honest.workspace, honest.environment, honest.epoch, honest.made_at)
    box = ADA.recipient.seal(other.to_bytes(), _about(*said, name))
    forged = Backup(*said, {name: box})
    assert lying.open(ADA, path) == other
    with pytest.raises(NotForThisIdentityError):
        forged.open(ADA, path)


@pytest.mark.parametrize(
    "change",
    [
        {"privseg": "keybackup/2"},
        {"sealed": 7},
        {"sealed": [{"recipient": "x"}]},
        {"sealed": [{"recipient": "x", "box": "no base64!"}]},
        {"sealed": [{"recipient": "x", "box": "AA==", "more": 1}]},
        {"more": 1},
    ],
    ids=str,
)
def test_a_malformed_one_is_refused(path: Path, change: dict[str, Any]) -> None:
    path.write_bytes(canonical({**json.loads(path.read_bytes()), **change}) + b"\n")
    with pytest.raises(KeyFileMalformedError):
        Backup.load(path)


def test_one_cut_short_is_refused_and_one_is_never_overwritten(path: Path) -> None:
    whole = path.read_bytes()
    with pytest.raises(KeyFileExistsError):
        backup().save(path)
    path.write_bytes(whole[:100])
    with pytest.raises(KeyFileMalformedError):
        Backup.load(path)
    path.write_bytes(whole)
    path.chmod(0o644)
    with pytest.raises(KeyFileExposedError):
        Backup.load(path)


def test_a_recipient_is_printed_and_read_and_typing_errors_are_noticed() -> None:
    text = str(ADA.recipient)
    assert text.startswith("privseg1")
    assert Recipient.parse(text) == ADA.recipient
    for at in range(len(text)):
        wrong = text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1 :]
        with pytest.raises(NoRecipientError):
            Recipient.parse(wrong)
    for wrong in ("", "privseg1", text[:-1], text + "a", text.upper(), "é" * 66):
        with pytest.raises(NoRecipientError):
            Recipient.parse(wrong)


def test_an_identity_file_holds_the_private_half(tmp_path: Path) -> None:
    ADA.save(tmp_path / "ada.key")
    loaded = Identity.load(tmp_path / "ada.key", NOBODY)
    assert loaded.recipient == ADA.recipient
    assert loaded.unseal(ADA.recipient.seal(b"x", b"about"), b"about") == b"x"
    with pytest.raises(SealBrokenError):
        loaded.unseal(ADA.recipient.seal(b"x", b"about"), b"other")
    with pytest.raises(KeyFileExistsError):
        GRACE.save(tmp_path / "ada.key")


def test_an_identity_file_under_a_passphrase_needs_it(tmp_path: Path) -> None:
    words = Passphrase(Given().passphrase)
    ADA.save(tmp_path / "ada.key", words)
    assert b"secret" not in (tmp_path / "ada.key").read_bytes()
    assert Identity.load(tmp_path / "ada.key", words).recipient == ADA.recipient
    with pytest.raises(WrongSecretError):
        Identity.load(tmp_path / "ada.key", Passphrase(Given("incorrect horse battery").passphrase))


@pytest.mark.parametrize(
    "change",
    [{"privseg": "keyidentity/2"}, {"secret": "no base64!"}, {"secret": "AAAA"},
     {"recipient": "privseg1x"}, {"recipient": str(GRACE.recipient)}],
    ids=["version", "spelling", "length", "no recipient", "halves"],
)  # fmt: skip
def test_a_malformed_identity_file_is_refused(tmp_path: Path, change: dict[str, str]) -> None:
    path = tmp_path / "ada.key"
    ADA.save(path)
    path.write_bytes(canonical({**json.loads(path.read_bytes()), **change}) + b"\n")
    with pytest.raises(KeyAccessError):
        Identity.load(path, NOBODY)
    path.write_bytes(b"not json")
    with pytest.raises(KeyFileMalformedError):
        Identity.load(path, NOBODY)


def test_the_vectors_open_as_they_always_did(tmp_path: Path) -> None:
    """A backup and an identity written once: the format does not drift."""
    for name in ("backup.json", "identity.json"):
        (tmp_path / name).write_bytes((VECTORS / name).read_bytes())
        (tmp_path / name).chmod(0o600)
    identity = Identity.load(tmp_path / "identity.json", NOBODY)
    found = Backup.load(tmp_path / "backup.json")
    content = found.open(identity, tmp_path / "backup.json")
    assert content.to_bytes() == (VECTORS / "keyfile.json").read_bytes()
