# SPDX-License-Identifier: Apache-2.0
"""Keyed hashes resist a dictionary, and pseudonyms of two domains cannot be joined."""

import hashlib
import random

import pytest

from privseg.pseudonym import (
    Domain,
    blind_index,
    canonical_form,
    domain_key,
    hkdf,
    pseudonym,
)
from privseg.terms import Purpose, SubjectId

PEOPLE = 50_000
NAMES = ("ada", "grace", "katherine", "hedy", "mary")
HOSTS = ("example.com", "example.org", "example.net")
DICTIONARY = [f"{name}.{n}@{host}".encode() for name in NAMES for host in HOSTS for n in range(200)]


def uids(seed: int) -> list[bytes]:
    generator = random.Random(seed)
    return [generator.randbytes(16) for _ in range(PEOPLE)]


def domains(*, one: str, other: str) -> tuple[Domain, Domain]:
    return (
        Domain(Purpose("marketing.email"), recipient=one, epoch="2026"),
        Domain(Purpose("marketing.email"), recipient=other, epoch="2026"),
    )


def test_the_same_domain_gives_the_same_pseudonym() -> None:
    domain, _ = domains(one="mailer", other="ads")
    key = domain_key(b"m" * 32, domain)
    assert [pseudonym(key, u) for u in uids(1)] == [pseudonym(key, u) for u in uids(1)]
    assert len({pseudonym(key, u) for u in uids(1)}) == PEOPLE


def test_two_recipients_cannot_join_their_lists() -> None:
    mailer, ads = (domain_key(b"m" * 32, d) for d in domains(one="mailer", other="ads"))
    first = {bytes(pseudonym(mailer, uid)) for uid in uids(1)}
    second = {bytes(pseudonym(ads, uid)) for uid in uids(1)}
    assert not first & second
    # Nor by position in the sort order, the cheapest join after equality: pairs meet as by chance.
    ranks = [
        {uid: rank for rank, uid in enumerate(sorted(uids(1), key=lambda u: pseudonym(k, u)))}
        for k in (mailer, ads)
    ]
    assert sum(ranks[0][uid] == ranks[1][uid] for uid in uids(1)) < 20  # Poisson(1): p < 1e-18


@pytest.mark.parametrize(
    "other",
    [
        Domain(Purpose("marketing.ads"), recipient="mailer", epoch="2026"),
        Domain(Purpose("marketing.email"), recipient="ads", epoch="2026"),
        Domain(Purpose("marketing.email"), recipient="mailer", epoch="2027"),
        Domain(Purpose("marketing.emailmailer"), recipient="", epoch="2026"),
        Domain(Purpose("marketing.email"), recipient="mailer2", epoch="026"),
    ],
)
def test_purpose_recipient_and_epoch_each_make_a_domain(other: Domain) -> None:
    domain, _ = domains(one="mailer", other="ads")
    assert domain_key(b"m" * 32, domain) != domain_key(b"m" * 32, other)


def test_an_unkeyed_hash_is_cracked_by_a_dictionary_and_a_blind_index_is_not() -> None:
    secret = DICTIONARY[1234]
    form = canonical_form(SubjectId("email", secret.decode()))
    unkeyed = hashlib.sha256(form).digest()
    assert {hashlib.sha256(w).digest(): w for w in DICTIONARY}[unkeyed] == secret

    index = blind_index(b"k" * 32, "email", form)
    guesses = {hashlib.sha256(w).digest() for w in DICTIONARY}
    guesses |= {blind_index(bytes(32), "email", w) for w in DICTIONARY}
    assert index not in guesses
    assert index in {blind_index(b"k" * 32, "email", w) for w in DICTIONARY}  # the key finds it


def test_the_same_text_of_two_kinds_gives_two_look_up_keys() -> None:
    assert blind_index(b"k" * 32, "phone", b"+491") != blind_index(b"k" * 32, "card", b"+491")
    assert blind_index(b"k" * 32, "ab", b"c") != blind_index(b"k" * 32, "a", b"bc")


@pytest.mark.parametrize(
    ("secret", "salt", "info", "made"),
    [  # RFC 5869 Appendix A.1, A.2, A.3
        (
            "0b" * 22,
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            bytes(range(0x50)).hex(),
            bytes(range(0x60, 0xB0)).hex(),
            bytes(range(0xB0, 0x100)).hex(),
            (
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                "cc30c58179ec3e87c14c01d5c1f3434f1d87"
            ),
        ),
        (
            "0b" * 22,
            "",
            "",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_hkdf_gives_what_its_rfc_prints(secret: str, salt: str, info: str, made: str) -> None:
    expected = bytes.fromhex(made)
    assert (
        hkdf(
            bytes.fromhex(secret),
            salt=bytes.fromhex(salt),
            info=bytes.fromhex(info),
            length=len(expected),
        )
        == expected
    )


def test_hkdf_refuses_more_than_it_can_give() -> None:
    with pytest.raises(ValueError, match="255"):
        hkdf(b"k", info=b"", length=255 * 32 + 1)
