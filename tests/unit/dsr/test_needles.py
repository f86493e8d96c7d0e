# SPDX-License-Identifier: Apache-2.0
"""The search for somebody's identifiers: every spelling, at every place, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.dsr.needles import SHORTEST, Needles, spellings

ADA = spellings("Ada.Love@Example.com", b"ada.love@example.com")
ALPHABET = st.sampled_from([b"a", b"b", b"A", b"0", b"\x00", b"\xff", b" "])
FORMS = st.lists(st.lists(ALPHABET, min_size=SHORTEST, max_size=12).map(b"".join), max_size=4)


def naive(forms: frozenset[bytes], data: bytes) -> frozenset[bytes]:
    """Look for each form at each place; a short one must not touch a letter or digit."""
    return frozenset(
        form
        for form in forms
        for at in range(len(data) - len(form) + 1)
        if data[at : at + len(form)] == form
        and (len(form) >= 8 or not _touches(data, at, at + len(form)))
    )


def _touches(data: bytes, start: int, end: int) -> bool:
    beside = [data[start - 1] if start else 0, data[end] if end < len(data) else 0]
    return any(chr(b).isalnum() for b in beside if b < 0x80)


@given(FORMS, st.lists(ALPHABET, max_size=60).map(b"".join))
def test_it_finds_what_looking_at_every_place_finds(forms: list[bytes], data: bytes) -> None:
    sought = Needles(forms)
    assert sought.found_in(data) == naive(sought.forms, data)


@given(st.sampled_from(sorted(ADA)), st.binary(max_size=40), st.binary(max_size=40))
def test_every_spelling_is_found_wherever_it_stands(
    form: bytes, before: bytes, after: bytes
) -> None:
    assert form in Needles(ADA).found_in(before + form + after)


@pytest.mark.parametrize(
    "form",
    [
        b"Ada.Love@Example.com", b"ada.love@example.com", b"ADA.LOVE@EXAMPLE.COM",
        "Ada.Love@Example.com".encode("utf-16-le"), "ada.love@example.com".encode("utf-16-be"),
        b"ada.love%40example.com", b"ada.love@example.com".hex().encode(),
        hashlib.sha256(b"ada.love@example.com").hexdigest().encode(),
        hashlib.md5(b"ada.love@example.com").hexdigest().upper().encode(),
    ],
)  # fmt: skip
def test_the_usual_spellings_are_among_them(form: bytes) -> None:
    assert Needles(ADA).found_in(b"xx" + form + b"yy")


@given(st.integers(0, 7), st.binary(max_size=9))
def test_base64_is_found_at_each_offset(before: int, after: bytes) -> None:
    text = base64.b64encode(bytes(before) + b"ada.love@example.com" + after)
    assert Needles(ADA).found_in(text)
    assert Needles(ADA).found_in(text.replace(b"+", b"-").replace(b"/", b"_"))


def test_what_json_escapes_is_found() -> None:
    forms = spellings("Jürgen Groß", "jürgen groß".encode())
    assert Needles(forms).found_in(json.dumps({"name": "Jürgen Groß"}).encode())


def test_a_short_number_inside_a_longer_one_is_another() -> None:
    sought = Needles(spellings("M0006", b"M0006"))
    assert sought.found_in(b"x,M0006,y")
    assert not sought.found_in(b"x,M00061,y")
    assert not sought.found_in(b"xM0006,y")


def test_too_short_an_identifier_is_not_sought_as_it_stands() -> None:
    assert not [form for form in spellings("17", b"17") if len(form) < SHORTEST]
