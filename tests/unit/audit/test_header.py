# SPDX-License-Identifier: Apache-2.0
"""The header never holds a number or hash computed from personal data, nor a direct identifier."""

import pytest

from privseg.audit import HeaderError, Kind, check_header, name_or_unknown
from privseg.audit.header import ALLOWED, LISTS, REQUIRED, SHAPES, Shape

INTENT = {"run": "a1", "segmenter": "crm", "purpose": "marketing", "attributes": ["country"]}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_closed_list_of_keys(kind: Kind) -> None:
    assert ALLOWED[kind] <= SHAPES.keys()
    assert REQUIRED.get(kind, {"verb"}) <= ALLOWED[kind]


def test_every_key_is_used_by_some_kind() -> None:
    assert set().union(*ALLOWED.values()) == SHAPES.keys()
    assert SHAPES.keys() >= LISTS


@pytest.mark.parametrize("key", sorted(INTENT))
def test_an_intent_says_who_reads_what_for_which_purpose(key: str) -> None:
    check_header(Kind.ACCESS_INTENT, INTENT)
    with pytest.raises(HeaderError, match=key):
        check_header(Kind.ACCESS_INTENT, {k: v for k, v in INTENT.items() if k != key})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("segmenter", "ada@example.com"),
        ("segmenter", "1240"),
        ("segmenter", "Ada Lovelace"),
        ("segmenter", 7),
        ("segmenter", None),
        ("segmenter", ["crm"]),
        ("attributes", "country"),
        ("attributes", ["country", 7]),
        ("attributes", ("country",)),
        ("attributes", ["ada@example.com"]),
        ("run", "two words"),
        ("run", ""),
        ("run", "x" * 201),
        ("reason", "ada@example.com is not eligible"),
        ("reason", "call 0301234567"),
        ("reason", "two\nlines"),
        ("reason", "x" * 401),
        ("subject", "anything"),
        ("erased", ["1"]),
    ],
)
def test_what_could_name_a_person_or_count_people_is_refused(key: str, value: object) -> None:
    with pytest.raises(HeaderError) as refusal:
        check_header(Kind.ACCESS_INTENT, {**INTENT, key: value})
    assert (refusal.value.kind, refusal.value.key) == (Kind.ACCESS_INTENT, key)


def test_a_refusal_does_not_repeat_what_it_refuses() -> None:
    with pytest.raises(HeaderError) as refusal:
        check_header(Kind.ACCESS_INTENT, {**INTENT, "segmenter": "ada@example.com"})
    assert "ada" not in str(refusal.value)


@pytest.mark.parametrize("value", ["0", "1", "9223372036854775807"])
def test_an_index_is_a_number_as_text(value: str) -> None:
    check_header(Kind.ACCESS_OUTCOME, {"run": "a1", "of": value})


@pytest.mark.parametrize("value", ["", "01", "-1", "1.0", "٣", "1 ", "99999999999999999999"])
def test_any_other_spelling_of_an_index_is_refused(value: str) -> None:
    with pytest.raises(HeaderError):
        check_header(Kind.ACCESS_OUTCOME, {"run": "a1", "of": value})


def test_a_refused_name_leaves_the_refusal_writable() -> None:
    for name in ("crm-team", "ada@example.com", "", "x" * 500, "a\nb", "بازاریابی"):
        header = {"reason": "unknown segmenter", "segmenter": name_or_unknown(name)}
        check_header(Kind.ACCESS_DENIED, header)


def test_long_prose_is_judged_quickly() -> None:
    with pytest.raises(HeaderError):
        check_header(Kind.ACCESS_DENIED, {"reason": "1" * 5 + "a1234" * 200_000})


def test_shapes_are_the_five_that_the_specification_names() -> None:
    assert {shape.name for shape in Shape} == {"NAME", "CODE", "INDEX", "SPAN", "PROSE"}
