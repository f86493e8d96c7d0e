# SPDX-License-Identifier: Apache-2.0
"""Signing keys from the vault meet the log's ports."""

from pathlib import Path

import pytest

from privseg.tlog import open_note, sign_note, vkey
from privseg.tlog.note import MalformedNoteError
from privseg.vault import Ed25519Signer, Vault, verifier
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import WORKSPACE, create


def test_ed25519_is_what_its_rfc_prints() -> None:
    # RFC 8032 §7.1, TEST 2
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    signer = Ed25519Signer.from_seed("example.com/log", seed)
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signer.public_key.hex() == public
    assert signer.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_a_note_signed_by_the_vault_opens_with_the_key_it_hands_out(tmp_path: Path) -> None:
    storage = MemoryVault()
    vault = create(tmp_path, storage).vault
    signer = vault.signer("example.com/audit")
    note = sign_note("a head\n", signer)
    assert open_note(note, [verifier(vkey(signer.name, signer.public_key))]) == "a head\n"
    key_file = tmp_path / "keys" / "root.key"
    again = Vault.open(storage, key_file, workspace=WORKSPACE).signer("example.com/audit")
    assert again.public_key == signer.public_key
    assert vault.signer("example.com/releases").public_key != signer.public_key


def test_a_wrong_signature_is_a_no_and_never_an_error() -> None:
    signer = Ed25519Signer.from_seed("log", b"s" * 32)
    check = verifier(vkey("log", signer.public_key))
    good = signer.sign(b"head")
    assert check.verify(b"head", good)
    assert not check.verify(b"heap", good)
    assert not check.verify(b"head", good[:-1] + b"\x00")
    assert not check.verify(b"head", b"")


def test_a_mistyped_verifier_key_is_refused() -> None:
    key = vkey("log", Ed25519Signer.from_seed("log", b"s" * 32).public_key)
    with pytest.raises(MalformedNoteError):
        verifier(key.replace("log+", "lag+"))


def test_a_signer_shows_no_secret() -> None:
    shown = repr(Ed25519Signer.from_seed("log", b"s" * 32))
    assert "Private" not in shown
    assert "ssss" not in shown
