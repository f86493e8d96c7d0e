# SPDX-License-Identifier: Apache-2.0
"""What changes from one policy to another, and whether it widens or narrows what may happen.

Order and comments are nothing. A change widens if a fact of ``reach`` that depends on it is wider
in the new policy than in the old one, and narrows if one is narrower; it may do both, or neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from privseg.policy.facets import SAID, Facet, Path, facets
from privseg.policy.fact import BELOW, Fact, Key, Reach, depends
from privseg.policy.reach import reach
from privseg.policy.rules import Policy
from privseg.terms import Place

KINDS = {
    "purposes": "purpose",
    "segmenters": "segmenter",
    "recipients": "recipient",
    "notices": "notice",
    "laws": "law of",
    "sources": "source",
    "columns": "column",
    "derived": "derived attribute",
    "scores": "score",
}
MOST = 6  # things that a new part is told by


class Mark(StrEnum):
    """What became of something."""

    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was: where, what, and what it lets happen or no longer does.

    ``place`` is in the new policy, of what is removed in the old one.
    """

    mark: Mark
    path: Path
    what: str
    old: str | None
    new: str | None
    place: Place | None
    widens: tuple[str, ...] = ()
    narrows: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as one line: mark, what, and both texts where it changed."""
        match self.mark:
            case Mark.CHANGED:
                values = f": {self.old} -> {self.new}"
            case Mark.ADDED:
                values = f": {self.new}" if self.new else ""
            case Mark.REMOVED:
                values = f": {self.old}" if self.old else ""
        return f"{self.mark} {self.what}{values}"


def diff(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return every change from ``old`` to ``new``, by what it is about.

    Laws: none between a policy and itself; none is missed that could decide anything; some change
    widens iff ``reach`` is wider somewhere.

    >>> str(Change(Mark.CHANGED, ("budget", "rho_per_year"), "budget", "1", "2", None))
    '~ budget: 1 -> 2'
    """
    changes = sorted(_changes(facets(old), facets(new)), key=lambda c: c.path)
    lines = [c.path for c in changes]
    wider, narrower = (
        tuple(_placed(fact, lines) for fact in facts) for facts in compared(reach(old), reach(new))
    )
    return tuple(_judged(change, wider, narrower) for change in changes)


def compared(old: Reach, new: Reach) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Return the facts that are wider in ``new``, and those that are narrower."""
    scopes = old.scopes & new.scopes
    wider, narrower = [], []
    for key in sorted(old.facts.keys() | new.facts.keys()):
        was, now = old.facts.get(key), new.facts.get(key)
        fact = _joined(key, was, now)
        if fact.scope not in scopes:
            continue
        before, after = (0 if f is None else f.level for f in (was, now))
        if after > before:
            wider.append(fact)
        if after < before:
            narrower.append(fact)
    return tuple(wider), tuple(narrower)


def _joined(key: Key, was: Fact | None, now: Fact | None) -> Fact:
    """Return a fact with what it depends on in either policy, told as the new one has it."""
    told = now if now is not None and (now.level or was is None) else was
    assert told is not None, f"{key} is in one of them"
    text = told.text if now is not None and now.level else f"no longer: {told.text}"
    needs = told.needs | (was.needs if was else frozenset()) | (now.needs if now else frozenset())
    return Fact(told.level, text, needs, told.scope)


def _placed(fact: Fact, lines: Iterable[Path]) -> Fact:
    """Return a fact that some line is responsible for: else what is beside it is, else any."""
    if any(depends(fact, line) for line in lines):
        return fact
    beside = replace(fact, needs=frozenset((*need[:-1], BELOW) for need in fact.needs))
    if any(depends(beside, line) for line in lines):
        return beside
    return replace(fact, needs=frozenset({(BELOW,)}))


def _judged(change: Change, wider: Iterable[Fact], narrower: Iterable[Fact]) -> Change:
    """Return a change with what it widens and narrows."""
    return Change(
        change.mark,
        change.path,
        change.what,
        change.old,
        change.new,
        change.place,
        tuple(f.text for f in wider if depends(f, change.path)),
        tuple(f.text for f in narrower if depends(f, change.path)),
    )


def _changes(before: Mapping[Path, Facet], after: Mapping[Path, Facet]) -> Iterator[Change]:
    """Yield every change; what is new or gone as a whole is one."""
    added, removed = after.keys() - before.keys(), before.keys() - after.keys()
    for path in added:
        if not _is_inside(path, added):
            new = _summary(path, after)
            yield Change(Mark.ADDED, path, words(path), None, new, after[path].place)
    for path in removed:
        if not _is_inside(path, removed):
            old = _summary(path, before)
            yield Change(Mark.REMOVED, path, words(path), old, None, before[path].place)
    for path in before.keys() & after.keys():
        old, new = before[path].text, after[path].text
        if old != new:
            yield Change(Mark.CHANGED, path, words(path), old, new, after[path].place)


def _is_inside(path: Path, paths: Iterable[Path]) -> bool:
    """Return whether something above ``path`` is among ``paths``, so that it need not be told."""
    there = paths if isinstance(paths, set | frozenset) else set(paths)
    return any(path[:n] in there for n in range(1, len(path)))


def _summary(path: Path, facets_: Mapping[Path, Facet]) -> str:
    """Return what something says: its text, or the first things below it."""
    if facets_[path].text:
        return facets_[path].text
    inside = sorted(p for p in facets_ if p[: len(path)] == path and p != path)
    told = [
        f"{' '.join(p[len(path) :])}{': ' if facets_[p].text else ''}{facets_[p].text}"
        for p in inside
        if p[-1] != "name" and p[len(path)] != path[-1]
    ]
    more = len(told) - MOST
    return "; ".join([*told[:MOST], *([f"and {more} more"] if more > 0 else [])])


def words(path: Path) -> str:
    """Return where something stands, in words.

    >>> words(("purposes", "marketing", "basis", "DE"))
    'purpose marketing: basis DE'
    >>> words(("catalogue", "sources", "crm", "columns", "Age", "special"))
    'source crm: column Age: special'
    """
    rest = list(path[1:] if path[0] == "catalogue" else path)
    parts: list[str] = []
    while len(rest) > 1 and rest[0] in KINDS:
        parts.append(f"{KINDS[rest[0]]} {rest[1]}")
        rest = rest[2:]
    said = " ".join(word.replace("_", " ") if n == 0 else word for n, word in enumerate(rest))
    return ": ".join([*parts, *([said] if said else [])])


__all__ = ["SAID", "Change", "Mark", "compared", "diff", "words"]
