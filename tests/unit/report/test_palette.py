# SPDX-License-Identifier: Apache-2.0
"""Colours of segments stand out from the page and from each other; what does not is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.report import palette
from privseg.report.palette import CONTRAST, DARK_PAPER, PAPER, doubts

COLOURS = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


def channel(value: int) -> float:
    """WCAG 2.2, relative luminance: a channel without its gamma."""
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    red, green, blue = (channel(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio; written from the standard."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_papers_are_those_of_the_page() -> None:
    css = Path(palette.__file__).with_name("templates") / "house.css"
    assert re.findall(r"--paper: (#\w+)", css.read_text("utf-8"))[:2] == [PAPER, DARK_PAPER]


@given(COLOURS)
def test_a_colour_is_doubted_exactly_where_its_contrast_is_under_three_to_one(colour: str) -> None:
    ratios = [contrast(colour, paper) for paper in (PAPER, DARK_PAPER)]
    if any(abs(ratio - CONTRAST) < 0.01 for ratio in ratios):
        return  # two spellings of the threshold of a channel differ by less
    assert len(doubts({"a": colour})) == sum(ratio < CONTRAST for ratio in ratios)


@given(COLOURS)
def test_the_colour_that_is_proposed_is_not_doubted(colour: str) -> None:
    for doubt in doubts({"a": colour}):
        proposed = doubt.says.rpartition("try ")[2]
        assert doubts({"a": proposed}) == ()


@given(COLOURS)
def test_two_segments_of_one_colour_look_alike(colour: str) -> None:
    assert ("a", "b") in [d.segments for d in doubts({"a": colour, "b": colour})]


@pytest.mark.parametrize(
    ("one", "other", "whom"),
    [
        ("#d62728", "#2ca02c", "no green"),  # the red and green of many charts
        ("#0072b2", "#7a5195", "no green"),  # blue and violet
    ],
)
def test_colours_that_some_cannot_tell_apart_are_told(one: str, other: str, whom: str) -> None:
    (said,) = [d.says for d in doubts({"a": one, "b": other}) if len(d.segments) > 1]
    assert whom in said


def test_black_and_white_are_told_apart_by_everybody() -> None:
    assert not [d for d in doubts({"a": "#000000", "b": "#ffffff"}) if len(d.segments) > 1]


def test_the_order_of_segments_changes_nothing() -> None:
    colours = {"a": "#d62728", "b": "#2ca02c", "c": "#ffff00"}
    assert doubts(colours) == doubts(dict(reversed(colours.items())))


def test_no_colours_are_no_doubt() -> None:
    assert doubts({}) == ()
