# SPDX-License-Identifier: Apache-2.0
"""One thing that a policy lets happen, how widely, and on what in the policy that depends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from privseg.policy.catalogue import Catalogue
from privseg.policy.facets import Path
from privseg.terms import Attribute, Category

Key = tuple[str, ...]
Level = int | float | Fraction
BELOW = "*"
"""At the end of a path that is depended on: everything below it is, too."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a policy lets happen, and how widely.

    ``scope`` names what both policies must have for the fact to be compared at all: how long
    consents for a purpose hold says nothing of a purpose that is new.
    """

    level: Level
    text: str
    needs: frozenset[Path]
    scope: Path = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """Every fact of a policy, and the scopes that it has. A fact that is not there has level 0."""

    facts: Mapping[Key, Fact]
    scopes: frozenset[Path]


def depends(fact: Fact, line: Path) -> bool:
    """Return whether a change at ``line`` can be what changed the fact.

    >>> fact = Fact(1, "", frozenset({("a", "b"), ("c", "*")}))
    >>> [depends(fact, line) for line in (("a",), ("a", "b", "x"), ("c", "x"))]
    [True, False, True]
    """
    return any(_touches(need, line) for need in fact.needs)


def _touches(need: Path, line: Path) -> bool:
    """Return whether a line is at or above what is needed, or below where all of it is."""
    if need[-1:] == (BELOW,):
        need = need[:-1]
        return line[: len(need)] == need or need[: len(line)] == line
    return need[: len(line)] == line


def names(catalogue: Catalogue) -> tuple[Attribute, ...]:
    """Return everything that a segmenter could read."""
    return (*catalogue.readables, *catalogue.derived)


DECIDING = ("attribute", "role", "category", "special", "nature", "account")
"""What a column says that decides who may read it."""


def standing(
    catalogue: Catalogue, attributes: Iterable[Attribute], keys: Iterable[str] = DECIDING
) -> set[Path]:
    """Return where attributes stand in the catalogue, and there what ``keys`` say."""
    wanted = tuple(keys)
    return {path for name in attributes for path in _paths(catalogue, name, wanted)}


def of_category(catalogue: Catalogue, category: Category, keys: Iterable[str]) -> set[Path]:
    """Return where everything of a category stands: each can make all of it special."""
    held = [n for n in names(catalogue) if catalogue.category_of(n) == category]
    return standing(catalogue, held, keys)


def _paths(catalogue: Catalogue, name: Attribute, keys: tuple[str, ...]) -> Iterator[Path]:
    """Yield where one attribute stands: its column or derivation, and what holds it."""
    if (score := catalogue.score_of(name)) is not None:
        own = ("catalogue", "scores", score.name)
        yield from _saying(own, keys)
        yield *own, "formula", BELOW
    elif name in catalogue.derived:
        yield from _saying(("catalogue", "derived", name), (*keys, "inputs"))
        yield "catalogue", "derived", name, "inputs", BELOW
    if (found := catalogue.readables.get(name)) is not None:
        source = ("catalogue", "sources", found.source.name)
        held = () if found.column is None else ("columns", found.column.name)
        yield from _saying((*source, *held), keys)
        yield from _saying(source, ("event", *(k for k in keys if k == "retention_days")))


def _saying(path: Path, keys: Iterable[str]) -> Iterator[Path]:
    """Yield a place and what it says under ``keys``."""
    yield path
    yield from ((*path, key) for key in keys)


def one(*path: str) -> frozenset[Path]:
    """Return what a fact depends on that depends on one thing."""
    return frozenset({path})


def limit(days: int | None) -> Level:
    """Return a time that nothing ends as longer than any other."""
    return inf if days is None else days


def told(text: str, level: Level) -> str:
    """Return a text with its number, or with that nothing limits it.

    >>> told("it holds {} days", 730), told("it holds {} days", inf)
    ('it holds 730 days', 'it holds any number of days')
    """
    return text.format("any number of" if level == inf else abs(level))
