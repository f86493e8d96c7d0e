# SPDX-License-Identifier: Apache-2.0
"""The page's own colours, reckoned from its style sheet: text 4.5:1, marks 3:1, in every theme."""

import re
from itertools import product
from pathlib import Path

import pytest

import privseg.report

CSS = (Path(privseg.report.__file__).parent / "templates" / "house.css").read_text("utf-8")
BLOCKS = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
ROOTS = [dict(re.findall(r"--([a-z0-9]+): (#\w+)", b)) for b in BLOCKS]
THEMES = dict(zip(("light", "dark", "paper"), ROOTS, strict=True))
INKS, GROUNDS = ("ink", "quiet", "link"), ("paper", "wash")
STEPS = tuple(f"h{i}" for i in range(7))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance; written from the standard."""
    whole = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(whole[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_there_are_three_themes_with_the_same_colours_named() -> None:
    assert len(ROOTS) == 3
    assert {frozenset(t) for t in ROOTS} == {frozenset({*INKS, *GROUNDS, *STEPS, "line", "edge"})}


@pytest.mark.parametrize(("theme", "ink", "ground"), list(product(THEMES, INKS, GROUNDS)))
def test_text_stands_out(theme: str, ink: str, ground: str) -> None:
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize(("theme", "step"), list(product(THEMES, STEPS)))
def test_the_number_in_a_heat_map_stands_out_from_every_step(theme: str, step: str) -> None:
    assert contrast(THEMES[theme]["ink"], THEMES[theme][step]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_edges_and_hatching_stand_out(theme: str) -> None:
    assert contrast(THEMES[theme]["edge"], THEMES[theme]["paper"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_steps_of_a_heat_map_go_one_way(theme: str) -> None:
    light = [luminance(THEMES[theme][s]) for s in STEPS]
    assert light in (sorted(light), sorted(light, reverse=True))


def test_layout_is_by_start_and_end_never_by_left_and_right() -> None:
    physical = re.compile(
        r"(?:margin|padding|border)-(?:left|right|top|bottom)|text-align: (?:left|right)"
        r"|(?<![a-z-])(?:left|right|top|bottom|float):|(?<![a-z-])(?:width|height):"
    )
    body = re.sub(r"@media \([^)]*\)", "", CSS)
    assert physical.findall(body) == []
