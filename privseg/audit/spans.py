# SPDX-License-Identifier: Apache-2.0
"""Runs of sequence numbers: ``7``, or ``7-12`` with both ends in it.

An entry that says which bodies were erased may name a month of a busy log: as ranges it stays
short. Nothing here ever spells a range out, so that a hostile one costs nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Span = tuple[int, int]
"""First and last number, both in it."""


def text_to_span(text: str) -> Span:
    """Return the run that a text of the shape ``SPAN`` names.

    >>> text_to_span("7"), text_to_span("7-12")
    ((7, 7), (7, 12))
    """
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def spans_to_texts(numbers: Iterable[int]) -> list[str]:
    """Return the shortest texts for numbers in ascending order.

    >>> spans_to_texts([3, 5, 6, 7, 9])
    ['3', '5-7', '9']
    """
    runs = Runs()
    for number in numbers:
        runs.add(number)
    return [str(first) if first == last else f"{first}-{last}" for first, last in runs]


@dataclass(slots=True)
class Runs:
    """Numbers seen in ascending order, kept as runs."""

    spans: list[list[int]] = field(default_factory=list)

    def add(self, number: int) -> None:
        """Take one more number, larger than every number before."""
        if self.spans and self.spans[-1][1] == number - 1:
            self.spans[-1][1] = number
        else:
            self.spans.append([number, number])

    def __iter__(self) -> Iterator[Span]:
        """Yield the runs in order."""
        return ((first, last) for first, last in self.spans)

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return sum(last - first + 1 for first, last in self.spans)


def united(spans: Iterable[Span]) -> list[Span]:
    """Return the same numbers as disjoint runs in order.

    >>> united([(5, 9), (1, 2), (3, 6)])
    [(1, 9)]
    """
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def outside(runs: Iterable[Span], claims: list[Span]) -> Iterator[int]:
    """Yield the numbers of ``runs`` that no claim names; ``claims`` are ``united``."""
    for first, last in runs:
        number = first
        while number <= last:
            at = bisect_right(claims, (number, _LATER)) - 1
            if at >= 0 and claims[at][1] >= number:
                number = claims[at][1] + 1
            else:
                yield number
                number += 1


def inside(runs: Iterable[Span], claims: list[Span]) -> Iterator[int]:
    """Yield the numbers of ``runs`` that a claim names; ``claims`` are ``united``."""
    for first, last in runs:
        at = max(bisect_right(claims, (first, _LATER)) - 1, 0)
        while at < len(claims) and claims[at][0] <= last:
            yield from range(max(first, claims[at][0]), min(last, claims[at][1]) + 1)
            at += 1


_LATER = 2**64  # above every sequence number
