# SPDX-License-Identifier: Apache-2.0
"""Strings of banners, both ways: what is written is read, and one character more or less is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from privseg.sources.banners.bits import BitReader, BitWriter, Filling
from privseg.sources.banners.errors import MalformedStringError
from privseg.sources.banners.gpp import (
    GppString,
    Section,
    Unread,
    UsPrivacy,
    UsSection,
    decode_gpp,
    encode_gpp,
)
from privseg.sources.banners.gpp_sections import LAYOUTS, NATIONAL_1, Layout, Meaning
from privseg.sources.banners.tcf import (
    PURPOSES,
    PublisherTc,
    Restriction,
    TcString,
    decode_tc,
    encode_tc,
)
from privseg.sources.banners.tcf_vendors import Vendors

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
fillings = st.sampled_from(Filling)
gpp_fillings = st.sampled_from([Filling.SEXTETS, Filling.OCTETS])  # no encoder of GPP has another
tenths = st.integers(0, 10**10).map(
    lambda n: datetime(1990, 1, 1, tzinfo=UTC) + n * timedelta(milliseconds=100)
)
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
ids = st.sets(st.integers(1, 300) | st.integers(1, 65_535), max_size=12)
vendors = ids.map(Vendors.of)
masks = ids.filter(bool).map(lambda found: sum(1 << i for i in found))


def numbers(highest: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(1, highest)) if highest else st.just(frozenset())


@st.composite
def publishers(draw: st.DrawFn) -> PublisherTc:
    custom = draw(st.integers(0, 9))
    return PublisherTc(
        draw(numbers(PURPOSES)),
        draw(numbers(PURPOSES)),
        custom,
        draw(numbers(custom)),
        draw(numbers(custom)),
    )


@st.composite
def tc_strings(draw: st.DrawFn) -> TcString:
    created, updated = sorted([draw(tenths), draw(tenths)])
    segments = tuple(draw(st.lists(st.sampled_from([1, 2, 3]), unique=True)))
    restricted = draw(
        st.dictionaries(st.tuples(st.integers(1, PURPOSES), st.integers(0, 3)), masks, max_size=4)
    )
    return TcString(
        created=created,
        updated=updated,
        cmp_id=draw(st.integers(0, 4_095)),
        cmp_version=draw(st.integers(0, 4_095)),
        screen=draw(st.integers(0, 63)),
        language=draw(letters),
        vendor_list=draw(st.integers(0, 4_095)),
        policy=draw(st.integers(0, 63)),
        service_specific=draw(st.booleans()),
        own_stacks=draw(st.booleans()),
        special_features=draw(numbers(12)),
        consents=draw(numbers(PURPOSES)),
        interests=draw(numbers(PURPOSES)),
        purpose_one_treatment=draw(st.booleans()),
        publisher_country=draw(letters),
        vendors=draw(vendors),
        vendor_interests=draw(vendors),
        restrictions=tuple(Restriction(p, k, mask) for (p, k), mask in restricted.items()),
        segments=segments,
        disclosed=draw(vendors) if 1 in segments else None,
        allowed=draw(vendors) if 2 in segments else None,
        publisher=draw(publishers()) if 3 in segments else None,
    )


@st.composite
def us_sections(draw: st.DrawFn, layout: Layout) -> UsSection:
    value = st.integers(0, 2)
    values: dict[str, int | tuple[int, ...]] = {}
    for one in layout.fields:
        if one.meaning is Meaning.VERSION:
            values[one.name] = draw(st.integers(1, 2))
        elif one.values:
            values[one.name] = draw(st.tuples(*[value] * one.values))
        else:
            values[one.name] = draw(value)
    return UsSection(layout, values, draw(st.none() | st.booleans()) if layout.has_gpc else None)


@st.composite
def gpp_strings(draw: st.DrawFn) -> GppString:
    sections: dict[int, Section] = {}
    for number in draw(st.lists(st.integers(1, 60), unique=True, max_size=5)):
        if number == 2:
            sections[number] = draw(tc_strings())
        elif number == 6:
            sections[number] = UsPrivacy(*draw(st.text("YN-", min_size=3, max_size=3)))
        elif number in LAYOUTS:
            layout = draw(st.sampled_from([LAYOUTS[number], *[NATIONAL_1] * (number == 7)]))
            sections[number] = draw(us_sections(layout))
        else:
            sections[number] = Unread(draw(st.text(ALPHABET + ".", min_size=1, max_size=9)))
    return GppString(dict(sorted(sections.items())))


@given(tc_strings(), fillings)
def test_every_tc_string_is_read_as_it_was_written(tc: TcString, filling: Filling) -> None:
    text = encode_tc(tc, filling=filling)
    assert decode_tc(text) == tc
    assert encode_tc(decode_tc(text), filling=filling) == text


@given(gpp_strings(), gpp_fillings)
def test_every_gpp_string_is_read_as_it_was_written(gpp: GppString, filling: Filling) -> None:
    text = encode_gpp(gpp, filling=filling)
    assert decode_gpp(text) == gpp
    assert encode_gpp(decode_gpp(text), filling=filling) == text


@given(tc_strings(), st.data())
def test_no_part_of_a_tc_string_reads_as_the_whole(tc: TcString, data: st.DataObject) -> None:
    text = encode_tc(tc)
    cut = data.draw(st.integers(0, len(text) - 1))
    try:
        found = decode_tc(text[:cut])
    except MalformedStringError:
        return
    left = text[cut:]
    assert found != tc or not left.strip("A")  # only filling may be cut off


@given(tc_strings(), st.integers(0, 10_000), st.sampled_from(ALPHABET))
def test_another_character_says_something_else_or_nothing(
    tc: TcString, where: int, other: str
) -> None:
    text = encode_tc(tc)
    at = where % len(text)
    assume(text[at] not in {other, "."})
    try:
        found = decode_tc(text[:at] + other + text[at + 1 :])
    except MalformedStringError:
        return
    assert found != tc


@given(st.text(max_size=60) | st.text(ALPHABET + "._~", max_size=200))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    for decode in (decode_tc, decode_gpp):
        place = 0
        try:
            decode(text)
        except MalformedStringError as refusal:
            place = refusal.character
        assert 0 <= place <= len(text) + 1


@given(st.integers(1, 65_535))
def test_a_number_in_fibonacci_coding_ends_at_its_first_two_ones(number: int) -> None:
    bits = BitWriter()
    bits.fibonacci(number)
    text = bits.text(Filling.SEXTETS)
    assert BitReader(text, what="a number").fibonacci("it") == number
    spelt = "".join(f"{ALPHABET.index(c):06b}" for c in text)
    assert spelt.index("11") + 2 == bits.length
