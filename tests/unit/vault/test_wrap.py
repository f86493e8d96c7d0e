# SPDX-License-Identifier: Apache-2.0
"""Sealing: what is sealed opens under its key and place only."""

import pytest

from privseg.errors import IntegrityError
from privseg.vault import SealBrokenError, wrap

KEY = b"k" * 32
HERE = wrap.place("cell", 7)


def test_what_is_sealed_opens_again() -> None:
    assert wrap.unseal(KEY, wrap.seal(KEY, b"Ada", HERE), HERE, what="x") == b"Ada"


def test_sealing_twice_shows_nothing_of_being_the_same() -> None:
    assert wrap.seal(KEY, b"Ada", HERE) != wrap.seal(KEY, b"Ada", HERE)


@pytest.mark.parametrize("mark", [wrap.GCM, wrap.GCM_SIV])
def test_both_ciphers_can_be_read(mark: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrap, "CIPHER", mark)
    blob = wrap.seal(KEY, b"Ada", HERE)
    assert blob[:1] == mark
    assert wrap.unseal(KEY, blob, HERE, what="x") == b"Ada"


def test_aes_gcm_siv_is_what_its_rfc_prints() -> None:
    # RFC 8452 Appendix C.2, AEAD_AES_256_GCM_SIV, 8-byte plaintext with 1 byte of associated data
    key = bytes.fromhex("01" + "00" * 31)
    sealed = bytes.fromhex("1de22967237a813291213f267e3b452f02d01ae33e4ec854")
    blob = wrap.GCM_SIV + bytes.fromhex("030000000000000000000000") + sealed
    assert wrap.unseal(key, blob, b"\x01", what="x") == bytes.fromhex("0200000000000000")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SealBrokenError):
        wrap.unseal(b"j" * 32, wrap.seal(KEY, b"Ada", HERE), HERE, what="x")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x03" + bytes(40), b"\x01" + bytes(27)])
def test_what_was_never_sealed_is_refused(blob: bytes) -> None:
    with pytest.raises(SealBrokenError) as refusal:
        wrap.unseal(KEY, blob, HERE, what="the email")
    assert isinstance(refusal.value, IntegrityError)
    assert refusal.value.what == "the email"


@pytest.mark.parametrize(
    "other",
    [("cell7",), ("cell", "7"), ("cell", b"7"), ("cell", 7, ""), ("cel", "l", 7), (7, "cell")],
)
def test_no_two_places_are_spelled_alike(other: tuple[str | bytes | int, ...]) -> None:
    assert wrap.place(*other) != HERE
