# SPDX-License-Identifier: Apache-2.0
"""A passphrase costs whoever guesses it what RFC 9106 recommends, and no less."""

from __future__ import annotations

import base64

import pytest

from privseg.vault import (
    PassphraseWeakError,
    ProviderWeakError,
    SecretMissingError,
    WrongSecretError,
)
from privseg.vault.passphrase import Cost, Passphrase, _derived, strong
from tests.twins.given_secrets import WORDS, Given

ABOUT = b"one workspace"
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def known() -> Passphrase:
    """A provider that has derived its key: the costly step, once."""
    made = Passphrase(Given().passphrase)
    made.wrap(KEY, about=ABOUT)
    return made


def test_the_setting_is_the_rfcs_second_one_and_stands_in_the_container(known: Passphrase) -> None:
    """RFC 9106 section 4: t = 3, p = 4, m = 64 MiB, a 128-bit salt, a 256-bit tag."""
    wrapped = known.wrap(KEY, about=ABOUT)
    assert {n: wrapped[n] for n in ("kdf", "version", "memory_kib", "iterations", "lanes")} == {
        "kdf": "argon2id", "version": 19, "memory_kib": 65_536, "iterations": 3, "lanes": 4,
    }  # fmt: skip
    assert len(base64.b64decode(str(wrapped["salt"]))) == 16
    assert known.unwrap(wrapped, about=ABOUT) == KEY


def test_the_derivation_is_argon2id() -> None:
    """As the reference implementation (RFC 9106 section 5.3) makes it, by another's library."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415  # here alone

    vector = Argon2id(
        salt=bytes([2] * 16), length=32, iterations=3, lanes=4, memory_cost=32,
        ad=bytes([4] * 12), secret=bytes([3] * 8),
    )  # fmt: skip
    expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert vector.derive(bytes([1] * 32)).hex() == expected
    mine = _derived("password and more", b"somesaltsomesalt", Cost(32, 1, 4))
    theirs = Argon2id(salt=b"somesaltsomesalt", length=32, iterations=1, lanes=4, memory_cost=32)
    assert mine == theirs.derive(b"password and more")


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 65_535},
        {"memory_kib": 4_194_305},
        {"iterations": 2},
        {"iterations": 65},
        {"lanes": 1},
        {"lanes": 8},
        {"kdf": "argon2i"},
        {"version": 16},
        {"salt": base64.b64encode(bytes(15)).decode()},
        {"salt": "no base64!"},
        {"key": "no base64!"},
        {"memory_kib": "much"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_weaker_or_absurd_setting_is_refused_before_anything_is_derived(
    known: Passphrase, change: dict[str, str | int]
) -> None:
    given = Given()
    with pytest.raises(ProviderWeakError):
        Passphrase(given.passphrase).unwrap({**known.wrap(KEY, about=ABOUT), **change}, about=ABOUT)
    assert given.asked == []


@pytest.mark.parametrize("missing", ["kdf", "version", "memory_kib", "salt", "key"])
def test_a_setting_that_lacks_something_is_refused(known: Passphrase, missing: str) -> None:
    wrapped = {n: v for n, v in known.wrap(KEY, about=ABOUT).items() if n != missing}
    with pytest.raises(ProviderWeakError):
        known.unwrap(wrapped, about=ABOUT)


def test_nobody_makes_a_weak_one(known: Passphrase) -> None:
    del known
    for cost in (Cost(8, 3, 4), Cost(65_536, 1, 4), Cost(65_536, 3, 2)):
        with pytest.raises(ProviderWeakError):
            Passphrase(Given().passphrase, cost=cost).wrap(KEY, about=ABOUT)


@pytest.mark.parametrize(
    "words", ["", "short", "fourteen chars", "aaaaaaaaaaaaaaaaaaaa", "abababcdcdcdabab"]
)
def test_a_passphrase_that_can_be_guessed_is_refused(words: str) -> None:
    with pytest.raises(PassphraseWeakError) as refused:
        strong(words)
    assert not words or words not in str(refused.value)


def test_fifteen_characters_are_enough_and_every_keyboard_types_the_same() -> None:
    assert strong("fifteen letters") == "fifteen letters"
    decomposed = "cafe\u0301 au lait noir"
    assert strong(decomposed) == strong("caf\u00e9 au lait noir")


def test_the_wrong_passphrase_is_refused_and_not_shown(known: Passphrase) -> None:
    wrapped = known.wrap(KEY, about=ABOUT)
    other = Passphrase(Given("incorrect horse battery").passphrase)
    with pytest.raises(WrongSecretError) as refused:
        other.unwrap(wrapped, about=ABOUT)
    assert "horse" not in f"{refused.value}{refused.value!r}{other!r}"
    assert refused.value.__suppress_context__


def test_another_workspace_or_a_changed_box_is_refused(known: Passphrase) -> None:
    wrapped = known.wrap(KEY, about=ABOUT)
    fresh = Passphrase(Given().passphrase)
    fresh._known = known._known  # derived already
    with pytest.raises(WrongSecretError):
        fresh.unwrap(wrapped, about=b"another")
    assert fresh._known is None, "after a refusal the passphrase is asked for again"
    fresh._known = known._known
    with pytest.raises(WrongSecretError):
        fresh.unwrap({**wrapped, "key": base64.b64encode(bytes(61)).decode()}, about=ABOUT)


def test_it_is_asked_for_once_and_forgotten_for_the_key_it_leads_to() -> None:
    given = Given()
    provider = Passphrase(given.passphrase)
    wrapped = provider.wrap(KEY, about=ABOUT)
    provider.wrap(KEY, about=ABOUT)
    assert provider.unwrap(wrapped, about=ABOUT) == KEY
    assert given.asked == [True]
    assert WORDS not in repr((provider, provider._known))


def test_without_anybody_to_ask_nothing_opens(known: Passphrase) -> None:
    wrapped = known.wrap(KEY, about=ABOUT)
    with pytest.raises(SecretMissingError):
        Passphrase(Given("").passphrase).unwrap(wrapped, about=ABOUT)
