# SPDX-License-Identifier: Apache-2.0
"""Generalisation: how a value is told, level by level, from as it is to ``*`` (Samarati 2001).

A level tells no more than the one below: whoever has the same value there has it above, too. What
a level's intervals and groups are is stated by policy and not by data.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from privseg.frames.dimension import MISSING_KEY
from privseg.policy.k_rules import DateLevel, DateLevels, GroupLevels, IntervalLevels, Levels

ANY = "*"
Value = int | str | date | None
Codes = NDArray[np.int64]
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Scale:
    """How whole numbers of the store are printed: 10**decimals of them are one."""

    decimals: int = 0

    def text(self, value: int) -> str:
        """Return a number in whole units, exactly.

        >>> Scale(2).text(-1250), Scale().text(7)
        ('-12.50', '7')
        """
        if not self.decimals:
            return str(value)
        whole, part = divmod(abs(value), 10**self.decimals)
        return f"{'-' if value < 0 else ''}{whole}.{part:0{self.decimals}}"


def height(levels: Levels) -> int:
    """Return the number of the level ``*``: one above all that are declared."""
    return len(levels.levels) + 1


def label(value: Value, level: int, levels: Levels, scale: Scale = Scale()) -> str:
    """Return how ``value`` is told at ``level``; a missing value is a value of its own below ``*``.

    >>> label(34, 1, IntervalLevels((10, (30, 60)))), label(34, 2, IntervalLevels((10, (30, 60))))
    ('[30,40)', '[30,60)')
    >>> label(date(2026, 3, 2), 1, DateLevels((DateLevel.MONTH,)))
    '2026-03'
    """
    if level >= height(levels):
        return ANY
    if value is None:
        return MISSING_KEY
    if level == 0:
        return scale.text(value) if isinstance(value, int) else str(value)
    match levels:
        case IntervalLevels() if isinstance(value, int):
            return _interval(value, levels.levels[level - 1], scale)
        case GroupLevels() if isinstance(value, str):
            return _group(value, level, levels)
        case DateLevels() if isinstance(value, date):
            return _coarse_day(value, levels.levels[level - 1])
    raise ValueError("a hierarchy is of numbers, of declared values or of days")


def rank(value: Value, levels: Levels) -> tuple[int, tuple[int | str, ...]]:
    """Return by what values are put in order: missing first, then as the hierarchy has them.

    Values of one group stand together at every level, so that a range of them is told by the
    smallest group that holds both its ends.
    """
    match value:
        case None:
            return 0, ()
        case int():
            return 1, (value,)
        case date():
            return 1, (value.toordinal(),)
        case str() if isinstance(levels, GroupLevels):
            path = [_place(value, level, levels) for level in range(len(levels.levels), 0, -1)]
            return 1, (*path, value)
    return 1, (str(value),)


def _interval(value: int, step: int | tuple[int, ...], scale: Scale) -> str:
    """Return the half-open interval of a width or between cut points."""
    if isinstance(step, int):
        low = value // step * step
        return f"[{scale.text(low)},{scale.text(low + step)})"
    at = sum(cut <= value for cut in step)
    low_text = scale.text(step[at - 1]) if at else ""
    high_text = scale.text(step[at]) if at < len(step) else ""
    return f"[{low_text},{high_text})"


def _group(value: str, level: int, levels: GroupLevels) -> str:
    """Return the group of a declared value."""
    name = value
    for number in range(1, level + 1):
        name = next(g for g, held in levels.levels[str(number)].items() if name in held)
    return name


def _place(value: str, level: int, levels: GroupLevels) -> int:
    """Return the place of a value's group among those of its level."""
    return list(levels.levels[str(level)]).index(_group(value, level, levels))


def _coarse_day(day: date, level: DateLevel) -> str:
    match level:
        case DateLevel.MONTH:
            return f"{day.year:04}-{day.month:02}"
        case DateLevel.YEAR:
            return f"{day.year:04}"
        case DateLevel.DECADE:
            return f"{day.year // 10:03}0s"


@dataclass(frozen=True)
class Coded:
    """A column as codes: 0, 1, ... in the order of its values, and how each level tells them.

    ``told[level][code]`` numbers the label ``labels[level][number]``.
    """

    name: str
    codes: Codes
    values: tuple[Value, ...]
    told: tuple[Codes, ...]
    labels: tuple[tuple[str, ...], ...]
    levels: Levels
    scale: Scale

    @property
    def height(self) -> int:
        """Return the number of the level ``*``."""
        return len(self.told) - 1

    def at(self, level: int) -> Codes:
        """Return the numbers of the labels of every row at a level."""
        return self.told[level][self.codes]

    def range_label(self, low: int, high: int) -> str:
        """Return how the values from code ``low`` to ``high`` are told together."""
        if low == high:
            return self.labels[0][int(self.told[0][low])]
        first, last = self.values[low], self.values[high]
        if isinstance(first, int) and isinstance(last, int):
            return f"[{self.scale.text(first)},{self.scale.text(last)}]"
        if isinstance(first, date) and isinstance(last, date):
            return f"[{first},{last}]"
        level = next(n for n, t in enumerate(self.told) if t[low] == t[high])
        return self.labels[level][int(self.told[level][low])]


def coded(
    name: str,
    values: Sequence[Value],
    levels: Levels,
    scale: Scale = Scale(),
) -> Coded:
    """Return a column as codes; only its distinct values are looked at one by one.

    Raises:
        ValueError: a value is outside the hierarchy.
    """
    numbers: dict[Value, int] = {}
    raw = np.fromiter((numbers.setdefault(v, len(numbers)) for v in values), np.int64, len(values))
    try:
        order = sorted(numbers, key=lambda v: rank(v, levels))
        texts = [[label(v, n, levels, scale) for v in order] for n in range(height(levels) + 1)]
    except StopIteration:
        raise ValueError(f"{name} has a value that its hierarchy does not hold") from None
    place = np.empty(len(order), np.int64)
    place[[numbers[v] for v in order]] = np.arange(len(order))
    several = [_numbered(each) for each in texts]
    return Coded(
        name, place[raw] if len(values) else raw, tuple(order),
        tuple(t for t, _ in several), tuple(names for _, names in several), levels, scale,
    )  # fmt: skip


def _numbered(texts: Sequence[str]) -> tuple[Codes, tuple[str, ...]]:
    """Return the number of each text among the distinct ones, in the order in which they come."""
    seen: dict[str, int] = {}
    codes = np.fromiter((seen.setdefault(t, len(seen)) for t in texts), np.int64, len(texts))
    return codes, tuple(seen)


def nested(levels: Levels, values: Sequence[str] = ()) -> str | None:
    """Return why the levels of a hierarchy do not hold those below, or None if they do."""
    match levels:
        case IntervalLevels(steps):
            return _nested_steps(steps)
        case DateLevels(days):
            order = list(DateLevel)
            rises = all(order.index(a) < order.index(b) for a, b in pairwise(days))
            return None if rises else "months come before years, and these before decades"
        case GroupLevels(tree):
            return _nested_groups(tree, values)


def _nested_steps(steps: Sequence[int | tuple[int, ...]]) -> str | None:
    for step in steps:
        cuts = step if isinstance(step, tuple) else (0, step)
        if not cuts or any(b <= a for a, b in pairwise(cuts)):
            return "a width is more than 0, and cut points rise"
    for below, above in pairwise(steps):
        match below, above:
            case int(), int() if above % below == 0 and above > below:
                continue
            case int(), tuple() if all(cut % below == 0 for cut in above):
                continue
            case tuple(), tuple() if set(above) < set(below):
                continue
        return "each level keeps some of the boundaries of the one below, and has no others"
    return None


def _nested_groups(
    tree: Mapping[str, Mapping[str, tuple[str, ...]]], values: Sequence[str]
) -> str | None:
    below = list(values)
    for groups in tree.values():
        held = [name for members in groups.values() for name in members]
        if sorted(held) != sorted(below):
            odd = sorted(set(held) ^ set(below)) or sorted({n for n in held if held.count(n) > 1})
            return f"each of the level below stands in one group: see {', '.join(odd[:3])}"
        below = list(groups)
    return None
