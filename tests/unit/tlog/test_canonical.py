# SPDX-License-Identifier: Apache-2.0
"""One value, one spelling."""

import math
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from fractions import Fraction

import pytest

from privseg.errors import InputError, IntegrityError
from privseg.tlog import NotCanonicalError, NotPrintableError, canonical, parse_canonical


class Word(StrEnum):
    ONE = "one"


class Number(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        math.nan,
        math.inf,
        {"a": [0.5]},
        {1: "a"},
        {None: "a"},
        {True: "a"},
        {"a": {2: 1}},
        b"bytes",
        {"a"},
        Fraction(1, 2),
        datetime(2026, 1, 1, tzinfo=UTC),
        "\ud800",
        {"\udfff": 1},
        10**5_000,
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotPrintableError) as refusal:
        canonical(value)
    assert isinstance(refusal.value, InputError)
    assert refusal.value.why in str(refusal.value)


def test_a_refusal_does_not_show_the_value() -> None:
    with pytest.raises(NotPrintableError) as refusal:
        canonical({"email": ["ada@example.com", b"ada@example.com"]})
    assert "ada" not in str(refusal.value)


def test_depth_is_bounded_where_it_can_be_printed() -> None:
    deep: object = 1
    for _ in range(64):
        deep = [deep]
    assert parse_canonical(canonical(deep)) == deep
    with pytest.raises(NotPrintableError):
        canonical([deep])
    with pytest.raises(NotPrintableError):
        canonical({"a": deep})


def test_many_flat_containers_are_not_deep() -> None:
    flat = [[] for _ in range(1_000)]
    assert parse_canonical(canonical(flat)) == flat


@pytest.mark.parametrize("levels", [65, 5_000, 200_000])
def test_bytes_nested_too_deep_are_refused_without_a_crash(levels: int) -> None:
    with pytest.raises(NotCanonicalError):
        parse_canonical(b"[" * levels + b"]" * levels)


def test_words_and_numbers_of_a_closed_list_print_as_their_values() -> None:
    assert canonical({Word.ONE: Word.ONE, "n": Number.ONE}) == b'{"n":1,"one":"one"}'


def test_tuples_print_as_lists() -> None:
    assert canonical((1, (2,))) == b"[1,[2]]"


def test_an_unreadable_record_is_a_matter_of_integrity() -> None:
    assert issubclass(NotCanonicalError, IntegrityError)
