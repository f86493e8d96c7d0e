# SPDX-License-Identifier: Apache-2.0
"""TC strings: published ones decode to what they say and encode to the same characters."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from privseg.sources.banners.bits import BitWriter, Filling
from privseg.sources.banners.errors import MalformedStringError
from privseg.sources.banners.tcf import PublisherTc, Restriction, TcString, decode_tc, encode_tc
from privseg.sources.banners.tcf_vendors import Vendors, runs

VECTORS = Path("tests/vectors/banners/tc-strings.json")
PUBLISHED: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"))
DAY = datetime(2026, 5, 4, tzinfo=UTC)
PLAIN = TcString(created=DAY, updated=DAY, policy=5)
TEXT = encode_tc(PLAIN)


def told(tc: TcString) -> dict[str, Any]:
    publisher = tc.publisher or PublisherTc()
    return {
        "created": tc.created.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "updated": tc.updated.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "cmp_id": tc.cmp_id,
        "cmp_version": tc.cmp_version,
        "screen": tc.screen,
        "language": tc.language,
        "vendor_list": tc.vendor_list,
        "policy": tc.policy,
        "service_specific": tc.service_specific,
        "publisher_country": tc.publisher_country,
        "consents": sorted(tc.consents),
        "interests": sorted(tc.interests),
        "special_features": sorted(tc.special_features),
        "vendors": list(tc.vendors.ids),
        "vendor_interests": list(tc.vendor_interests.ids),
        "restrictions": [
            [r.purpose, r.kind, [i for a, b in runs(r.vendors) for i in range(a, b + 1)]]
            for r in tc.restrictions
        ],
        "disclosed": None if tc.disclosed is None else list(tc.disclosed.ids),
        "publisher_consents": sorted(publisher.consents),
        "custom_consents": sorted(publisher.custom_consents),
    }


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda v: v["string"][:24])
def test_a_published_string_says_what_its_source_says(vector: dict[str, Any]) -> None:
    found = told(decode_tc(vector["string"]))
    assert {k: found[k] for k in vector["says"]} == vector["says"]


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda v: v["string"][:24])
def test_a_published_string_is_written_again_character_by_character(
    vector: dict[str, Any],
) -> None:
    written = encode_tc(decode_tc(vector["string"]), filling=Filling[vector["filling"]])
    assert written == vector["string"]


def core(**changes: tuple[int, int]) -> str:
    """Return a core segment bit by bit, each field as (value, bits), in the format's order."""
    fields = {
        "version": (2, 6),
        "created": (17_000_000_000, 36),
        "updated": (17_000_000_000, 36),
        "cmp": (0, 24),
        "screen": (0, 6),
        "language": (0, 12),
        "list": (0, 12),
        "policy": (5, 6),
        "flags": (2, 2),
        "features": (0, 12),
        "purposes": (0, 48),
        "one": (0, 1),
        "country": (0, 12),
        "vendors": (0, 17),
        "interests": (0, 17),
        "restrictions": (0, 12),
    }
    bits = BitWriter()
    for value, length in (fields | changes).values():
        bits.integer(value, length)
    return bits.text(Filling.SEXTETS)


def ranges(highest: int, *entries: tuple[int, ...]) -> tuple[int, int]:
    bits = f"{highest:016b}1{len(entries):012b}"
    for entry in entries:
        bits += f"{len(entry) - 1:b}" + "".join(f"{i:016b}" for i in entry)
    return int(bits, 2), len(bits)


MALFORMED = {
    "an empty text": ("", 1, 1),
    "an empty segment": (f"{TEXT}.", len(TEXT) + 2, 1),
    "a character outside base64url": (TEXT[:9] + "+" + TEXT[10:], 10, 55),
    "a padding sign": (f"{TEXT}=", len(TEXT) + 1, len(TEXT) * 6 + 1),
    "a letter that is no ASCII": (TEXT[:4] + "é" + TEXT[5:], 5, 25),
    "a cut in the middle": (TEXT[:20], 21, 121),
    "version 1": (core(version=(1, 6)), 1, 1),
    "a GPP string": ("DBABMA", 1, 1),
    "updated before created": (core(updated=(1, 36)), 14, 79),
    "a letter after Z": (core(language=(26, 12)), 20, 115),
    "vendor 0 in a range": (core(vendors=ranges(9, (0,))), 41, 244),
    "a vendor above the highest": (core(vendors=ranges(9, (10,))), 41, 244),
    "a range that goes backwards": (core(vendors=ranges(9, (5, 4))), 44, 260),
    "a vendor named twice": (core(vendors=ranges(9, (2, 5), (5,))), None, None),
    "more entries than there are": (core(vendors=(0b1_1111_1111_1111, 29)), None, None),
    "a restriction of purpose 0": (core(restrictions=(1 << 20, 32)), None, None),
    "garbage after the end": (f"{TEXT}AAAAAAAA", None, None),
    "a one in the filling": (TEXT[:-1] + chr(ord(TEXT[-1]) + 1), None, None),
    "a segment of an unknown type": (f"{TEXT}.oAAA", len(TEXT) + 2, 1),
    "a segment twice": (f"{TEXT}.IAAA.IAAA", None, None),
    "a publisher segment that ends early": (f"{TEXT}.YAAA", None, None),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_string_is_refused_with_its_place(case: str) -> None:
    text, character, bit = MALFORMED[case]
    with pytest.raises(MalformedStringError) as refusal:
        decode_tc(text)
    assert "TC string" in str(refusal.value)
    if character is not None:
        assert (refusal.value.character, refusal.value.bit) == (character, bit)


def test_a_refusal_never_repeats_the_string() -> None:
    with pytest.raises(MalformedStringError) as refusal:
        decode_tc("ada@example.com")
    assert "ada" not in str(refusal.value) + repr(refusal.value)


def test_a_policy_version_below_4_is_void_after_30_september_2023() -> None:
    old = replace(PLAIN, policy=3, created=datetime(2023, 1, 1, tzinfo=UTC))
    assert old.void_because(datetime(2023, 9, 30, 23, 59, tzinfo=UTC)) is None
    assert "TcfPolicyVersion" in (old.void_because(datetime(2023, 10, 1, tzinfo=UTC)) or "")


def test_a_string_made_since_march_2026_needs_disclosed_vendors() -> None:
    before = datetime(2026, 2, 28, tzinfo=UTC)
    assert replace(PLAIN, created=before, updated=before).void_because(DAY) is None
    assert "DisclosedVendors" in (PLAIN.void_because(DAY) or "")
    assert replace(PLAIN, disclosed=Vendors.of([2])).void_because(DAY) is None


def test_a_string_of_the_global_scope_is_void() -> None:
    shared = replace(PLAIN, service_specific=False, disclosed=Vendors.of([2]))
    assert "global scope" in (shared.void_because(DAY) or "")


def test_of_several_restrictions_the_strictest_stands() -> None:
    twice = (Restriction(7, 1, 1 << 28), Restriction(7, 0, 1 << 28 | 1 << 30))
    tc = replace(PLAIN, restrictions=twice)
    assert [tc.restriction(7, 28), tc.restriction(7, 30), tc.restriction(7, 31)] == [0, 0, None]


@pytest.mark.parametrize("mask", [1, 1 << 20])
def test_a_vendor_outside_the_field_is_not_written(mask: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        encode_tc(replace(PLAIN, vendors=Vendors(mask, 9, in_ranges=False)))
