# SPDX-License-Identifier: Apache-2.0
"""Whether the colours of segments can be seen on a page, and told from each other.

WCAG 2.2, success criterion 1.4.11: what a reader needs to understand a graphic stands out from what
it lies on by at least 3:1, here on the report's light and dark paper. And about one man in twelve
sees fewer colours: every two colours must differ also as somebody without one kind of cone sees
them (Machado, Oliveira & Fernandes 2009, severity 1). In a report a colour never stands alone, so
these are warnings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coloraide import Color

PAPER: Final = "#fdfdfb"  # --paper of templates/house.css
DARK_PAPER: Final = "#14171a"  # the same in a dark scheme
CONTRAST: Final = 3.0  # to 1; WCAG 2.2, 1.4.11
APART: Final = 8.0  # CIEDE2000; about 2.3 can just be seen side by side, legends lie apart
SIGHTS: Final[Mapping[str, str]] = {
    "protan": "somebody who sees no red",
    "deutan": "somebody who sees no green",
    "tritan": "somebody who sees no blue",
}
STEP: Final = 0.01  # of lightness, when a better colour is looked for


@dataclass(frozen=True, slots=True)
class ColourDoubt:
    """One thing to change about a colour; ``segments`` are the one or two that it is about."""

    segments: tuple[str, ...]
    says: str


def doubts(colours: Mapping[str, str]) -> tuple[ColourDoubt, ...]:
    """Return what is doubtful about the colours (``#rrggbb``) of segments by name.

    >>> [d.says for d in doubts({"lapsed": "#ffff00"})]
    ['#ffff00 stands out from light paper by 1.0:1, and needs 3:1; try #969600']
    >>> doubts({"lapsed": "#7d5499", "new": "#b8860b"})
    ()
    """
    from coloraide import Color  # noqa: PLC0415  # a third of a second that few need

    made = {name: Color(colours[name]) for name in sorted(colours)}
    alone = (d for name, colour in made.items() for d in _faint(name, colour))
    pairs = (d for one, other in combinations(made, 2) for d in _alike(one, other, made))
    return (*alone, *pairs)


def _faint(name: str, colour: Color) -> Iterator[ColourDoubt]:
    """Yield what is wrong on light or dark paper."""
    for paper, called in ((PAPER, "light"), (DARK_PAPER, "dark")):
        found = colour.contrast(paper, method="wcag21")
        if found < CONTRAST:
            says = (
                f"{_hex(colour)} stands out from {called} paper by {_ratio(found)}:1, "
                f"and needs {CONTRAST:g}:1"
            )
            yield ColourDoubt((name,), f"{says}; try {_better(colour)}")


def _alike(one: str, other: str, made: Mapping[str, Color]) -> Iterator[ColourDoubt]:
    """Yield for whom two colours look alike: everybody, or else the first of those who see less."""
    first, second = made[one], made[other]
    advice = "change the lightness of one of them"
    if first.delta_e(second, method="2000") < APART:
        yield ColourDoubt((one, other), f"{_two(first, second)} look alike; {advice}")
        return
    for sight, whom in SIGHTS.items():
        seen = [c.filter(sight, method="machado") for c in (first, second)]
        if seen[0].delta_e(seen[1], method="2000") < APART:
            says = f"{_two(first, second)} look alike to {whom}; {advice}"
            yield ColourDoubt((one, other), says)
            return


def _better(colour: Color) -> str:
    """Return the nearest colour, by lightness alone, that stands out from both papers."""
    light = colour.convert("oklch")["lightness"]
    steps = sorted((i * STEP for i in range(101)), key=lambda step: abs(step - light))
    for step in steps:
        tried = _hex(colour.convert("oklch").set("lightness", step).fit("srgb"))
        seen = colour.new(tried)  # as it will be written: eight bits a channel
        if all(seen.contrast(p, method="wcag21") >= CONTRAST for p in (PAPER, DARK_PAPER)):
            return tried
    raise AssertionError("a middle grey stands out from both")


def _ratio(contrast: float) -> str:
    """Return a contrast that fails, never rounded up to one that does not."""
    return f"{int(contrast * 10) / 10:.1f}"


def _two(one: Color, other: Color) -> str:
    return f"{_hex(one)} and {_hex(other)}"


def _hex(colour: Color) -> str:
    return colour.convert("srgb").to_string(hex=True)
