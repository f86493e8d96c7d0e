# SPDX-License-Identifier: Apache-2.0
"""One bit of a log of 64 KB is flipped, wherever it lies: entry, body, salt or stored hash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import StoredEntry, check
from tests.twins.demo_log import intent, outcome
from tests.twins.memory_audit import MemoryAuditLog
from tests.twins.seed_key import SeedKey

KEY = SeedKey("example.com/audit")
FIELDS = ("entry_bytes", "salt", "body", "leaf")
SAMPLE = 2_000
SIZE = 64 * 1024


@cache
def log() -> MemoryAuditLog:
    """Return eight entries of runs over thousands of people: 64 KB, nearly all of it bodies."""
    made, random = MemoryAuditLog(signer=KEY), Random(7)
    for run in range(4):
        people = FrozenBitMap(random.sample(range(300_000), 2_200))
        at = made.append(intent(f"{run:032x}", people, "lapsed"))
        made.append(outcome(f"{run:032x}", at, people, lapsed=FrozenBitMap(list(people)[:1_400])))
    assert SIZE <= sum(len(getattr(e, f)) for e in made.stored for f in FIELDS) < 2 * SIZE
    return made


def places() -> list[tuple[int, str, int]]:
    """Return every bit: which entry, which part of it, which bit of that."""
    return [
        (number, field, bit)
        for number, stored in enumerate(log().stored)
        for field in FIELDS
        for bit in range(8 * len(getattr(stored, field)))
    ]


def flipped(place: tuple[int, str, int]) -> list[StoredEntry]:
    """Return the log with one bit changed."""
    number, field, bit = place
    entries = list(log().stored)
    data = bytearray(getattr(entries[number], field))
    data[bit // 8] ^= 1 << bit % 8
    entries[number] = replace(entries[number], **{field: bytes(data)})
    return entries


def unnoticed(some: list[tuple[int, str, int]]) -> Iterator[tuple[int, str, int]]:
    """Yield the flips after which the log still passes, or is not named as the entry it is in."""
    note = log().head()
    for place in some:
        report = check(flipped(place), checkpoint_note=note, verifiers=[KEY.public])
        if report.is_clean or report.first_bad != place[0]:
            yield place


def test_it_is_clean_before() -> None:
    report = check(log().stored, checkpoint_note=log().head(), verifiers=[KEY.public])
    assert report.is_clean
    assert report.intact == 8


def test_a_flipped_bit_is_found_and_its_entry_named() -> None:
    everywhere = places()
    sample = Random(11).sample(everywhere, SAMPLE)
    assert {field for _, field, _ in sample} >= {"entry_bytes", "body"}
    assert list(unnoticed(sample)) == []


@pytest.mark.parametrize("field", ["entry_bytes", "salt", "leaf"])
def test_a_flipped_bit_outside_the_bodies_is_found_and_its_entry_named(field: str) -> None:
    own = [place for place in places() if place[1] == field and place[0] == 3]
    assert list(unnoticed(own[:: 1 + len(own) // 500])) == []


@pytest.mark.long
def test_every_flipped_bit_is_found_and_its_entry_named() -> None:
    assert list(unnoticed(places())) == []
