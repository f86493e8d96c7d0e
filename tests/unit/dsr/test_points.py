# SPDX-License-Identifier: Apache-2.0
"""Data points: how they are written, how many a law needs, how they are compared."""

import pytest

from privseg.dsr.identity import IdentityLevel, IdentityNeed, satisfies
from privseg.dsr.points import MalformedPointError, Point, level_of, parse_points, same

TWO = (Point("email", "ada@example.com"), Point("hobby", "chess"))
THREE = (*TWO, Point("country", "DE"))


def test_points_are_read_from_lines() -> None:
    assert parse_points(["email: ada@example.com", "", " hobby :chess: blitz "]) == (
        Point("email", "ada@example.com"),
        Point("hobby", "chess: blitz"),
    )


@pytest.mark.parametrize(
    ("lines", "line"),
    [(["a@example.com"], 1), (["a@example.com:"], 1), ([": x"], 1), (["a: 1", "b: 2", "a: 3"], 3)],
)
def test_a_line_that_is_no_point_is_refused_without_repeating_it(
    lines: list[str], line: int
) -> None:
    with pytest.raises(MalformedPointError) as refused:
        parse_points(lines)
    assert refused.value.line == line
    assert not any(text in str(refused.value) for text in lines if "@" in text)


def test_two_points_are_a_reasonable_degree_and_three_with_a_declaration_a_high_one() -> None:
    reasonable = level_of(TWO, IdentityNeed.REASONABLE, declared=False)
    high = level_of(THREE, IdentityNeed.HIGH, declared=True)
    assert (reasonable, high) == (IdentityLevel.TWO_POINTS, IdentityLevel.THREE_POINTS)
    assert not satisfies(reasonable, IdentityNeed.HIGH)
    assert satisfies(high, IdentityNeed.HIGH)


@pytest.mark.parametrize(
    ("points", "need", "declared"),
    [
        (TWO[:1], IdentityNeed.REASONABLE, False),
        (TWO, IdentityNeed.HIGH, True),
        (THREE, IdentityNeed.HIGH, False),
    ],
)
def test_too_few_points_or_no_declaration_give_no_level(
    points: tuple[Point, ...],
    need: IdentityNeed,
    declared: bool,  # noqa: FBT001
) -> None:
    with pytest.raises(MalformedPointError):
        level_of(points, need, declared=declared)


@pytest.mark.parametrize(
    ("said", "held", "equal"),
    [
        ("ÅSA  Example", "åsa example", True),
        ("A\u030asa", "Åsa", True),
        ("ada", "adam", False),
        ("ada", "", False),
        ("", None, False),
    ],
)
def test_texts_are_compared_as_people_write_them(
    said: str,
    held: str | None,
    equal: bool,  # noqa: FBT001
) -> None:
    assert same(said, held) is equal


def test_a_point_stays_out_of_sight() -> None:
    assert "ada@example.com" not in repr(TWO)
