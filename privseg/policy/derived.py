# SPDX-License-Identifier: Apache-2.0
"""What is made from other attributes: by hand, or as the result of a score (law 14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from privseg.policy.scores import Score
from privseg.terms import Attribute, Category, Place


@dataclass(frozen=True, slots=True)
class Derived:
    """An attribute made from others, which carries the meet of their permissions (law 14).

    Whoever reads it reads its ``inputs``, down to the sources: their categories, the segmenter's
    right to each and their retention all count, beside its own category.
    """

    attribute: Attribute
    inputs: frozenset[Attribute]
    category: Category
    place: Place
    special: bool = False
    nature: str | None = None
    score: str | None = None  # the score that it is a result of


def results(scores: Iterable[Score]) -> dict[Attribute, Derived]:
    """Return every result of scores, as derived from what its score reads."""
    return {
        name: Derived(
            attribute=name,
            inputs=score.formula.inputs,
            category=score.category,
            place=score.place,
            special=score.special,
            nature=score.nature,
            score=score.name,
        )
        for score in scores
        for name in score.outputs
    }


def circle_in(inputs: Mapping[Attribute, Iterable[Attribute]]) -> tuple[Attribute, ...] | None:
    """Return a circle among derivations, from a name back to itself; None if there is none.

    >>> circle_in({"a": ["b"], "b": ["a", "x"]})
    ('a', 'b', 'a')
    """
    try:
        TopologicalSorter({name: sorted(inputs[name]) for name in sorted(inputs)}).prepare()
    except CycleError as error:
        circle: list[Attribute] = error.args[1]
        return tuple(reversed(circle))
    return None


def unlinked(accounts: str) -> Attribute:
    """Return what stands for the link to an accounts source that has none; no column is called so.

    >>> unlinked("companies")
    'account of companies'
    """
    return Attribute(f"account of {accounts}")
