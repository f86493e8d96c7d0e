# SPDX-License-Identifier: Apache-2.0
"""Two domains cannot be joined; a plain hash of an address is cracked in a moment, ours is not."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

from privseg.pseudonym import Domain, domain_key, pseudonym
from privseg.terms import Ordinal, Purpose, SubjectId
from privseg.vault import PersonErasedError
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import create, enrol_nameless

MAILER = Domain(Purpose("marketing"), recipient="mailer", epoch="2026")
OTHERS = (
    Domain(Purpose("marketing"), recipient="partner", epoch="2026"),
    Domain(Purpose("marketing"), recipient="mailer", epoch="2027"),
    Domain(Purpose("care"), recipient="mailer", epoch="2026"),
)


def matches(people: int, tmp_path: Path) -> list[int]:
    """Return how many pseudonyms of one domain are also in each other one."""
    opened = create(tmp_path, MemoryVault())
    enrol_nameless(opened, people)
    everybody = [Ordinal(o) for o in range(people)]
    mine = {str(p) for p in opened.vault.pseudonyms(everybody, MAILER)}
    assert len(mine) == people, "within a domain no two people are mistaken for each other"
    return [
        sum(str(p) in mine for p in opened.vault.pseudonyms(everybody, other)) for other in OTHERS
    ]


def test_of_fifty_thousand_in_two_domains_none_matches(tmp_path: Path) -> None:
    assert matches(50_000, tmp_path) == [0, 0, 0]


@pytest.mark.long
def test_of_a_million_in_two_domains_none_matches(tmp_path: Path) -> None:
    assert matches(1_000_000, tmp_path) == [0, 0, 0]


def test_with_the_key_of_one_domain_another_is_not_made(tmp_path: Path) -> None:
    """Whoever has a recipient's pseudonyms *and* that domain's key has no uid to go on with."""
    opened = create(tmp_path, MemoryVault())
    enrol_nameless(opened, 100)
    key = domain_key(opened.vault.secret("pseudonyms"), MAILER)
    mine = opened.vault.pseudonyms([Ordinal(o) for o in range(100)], MAILER)
    theirs = {str(p) for p in opened.vault.pseudonyms([Ordinal(o) for o in range(100)], OTHERS[0])}
    again = {str(pseudonym(key, str(p).encode()[:16])) for p in mine}
    assert not again & theirs


def test_after_an_erasure_the_holder_of_every_key_cannot_make_it_again(tmp_path: Path) -> None:
    opened = create(tmp_path, MemoryVault())
    opened.vault.enrol([[SubjectId("email", "ada@example.com")]])
    before = opened.vault.pseudonym(Ordinal(0), MAILER)
    opened.vault.erase(Ordinal(0), opened.columns)
    with pytest.raises(PersonErasedError):
        opened.vault.pseudonym(Ordinal(0), MAILER)
    (again,) = opened.vault.enrol([[SubjectId("email", "ada@example.com")]])
    assert again is not None
    assert opened.vault.pseudonym(again, MAILER) != before, "the uid is random, not derived"
    key = domain_key(opened.vault.secret("pseudonyms"), MAILER)
    page = opened.vault._pages.load(0).to_bytes()
    windows = {page[i : i + 16] for i in range(len(page) - 15)}
    assert str(before) not in {str(pseudonym(key, window)) for window in windows}


FIRST = ("ada", "grace", "alan", "edsger", "barbara", "donald", "frances", "ken")
LAST = ("lovelace", "hopper", "turing", "dijkstra", "liskov", "knuth", "allen", "thompson")
DICTIONARY = [
    f"{first}{dot}{last}{n}@example.{top}"
    for first in FIRST for last in LAST for dot in (".", "_", "") for n in ("", "1", "1970")
    for top in ("com", "org")
]  # fmt: skip


def test_a_plain_hash_of_an_address_is_cracked_and_ours_is_not(tmp_path: Path) -> None:
    """All whose addresses are guessed are found again: a hash without a key hides nothing."""
    opened = create(tmp_path, MemoryVault())
    leaked = DICTIONARY[:: len(DICTIONARY) // 40]
    opened.vault.enrol([[SubjectId("email", address)] for address in leaked])
    plain = {hashlib.sha256(address.encode()).digest() for address in leaked}
    cracked = [a for a in DICTIONARY if hashlib.sha256(a.encode()).digest() in plain]
    assert sorted(cracked) == sorted(leaked), "the attack works where it should"

    stored = {tag for o in range(len(leaked)) for tag in opened.vault.marks(Ordinal(o))}
    stored |= {
        str(p).encode()
        for p in opened.vault.pseudonyms([Ordinal(o) for o in range(len(leaked))], MAILER)
    }
    sizes = {len(tag) for tag in stored}
    guesses = (
        made[:size]
        for address in DICTIONARY
        for text in (address, address.casefold(), f"email:{address}")
        for made in (
            hashlib.sha256(text.encode()).digest(),
            hashlib.md5(text.encode(), usedforsecurity=False).digest(),
            hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().encode(),
            hashlib.sha256(text.encode()).hexdigest().encode(),
            hmac.digest(b"", text.encode(), "sha256"),
            hmac.digest(bytes(32), text.encode(), "sha256"),
        )
        for size in sizes
    )
    assert not stored & set(guesses)
