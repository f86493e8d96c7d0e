# SPDX-License-Identifier: Apache-2.0
"""Which runs a question about reads is about: by what was read, for what, by whom, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from privseg.audit.reads import Run, Trace

Categories = Callable[[Run[Any]], frozenset[str] | None]
"""The categories that a run touched, by the policy of its time; None when that is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A choice of runs: all that fit every part that is given.

    ``since`` and ``until`` are a window [since, until): a run is in it when any moment of it is.
    """

    attributes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    segmenters: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()
    releases: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def is_for(self, run: Run[Any], *, categories: Categories, lasting: timedelta) -> bool | None:
        """Return whether a run is meant; None when what would tell has been erased.

        ``lasting`` is how long a run may have gone on that never reported an end.
        """
        answers = set(self._answers(run, categories, lasting))
        return False if False in answers else None if None in answers else True

    def is_for_denial(self, denied: Trace[Any]) -> bool | None:
        """Return whether a refused attempt is meant: nothing was read by it."""
        user = denied.said.user if denied.said else None
        answers = {
            _any(self.attributes, denied.many("attributes")),
            _any(self.purposes, [denied.one("purpose")]) or not denied.one("purpose"),
            _any(self.segmenters, [denied.one("segmenter")]),
            _any(self.runs, [denied.one("run")]),
            _any(self.roles, [str(denied.read().actor)]),
            _any(self.users, None if user is None else [user]),
            self._is_at(denied.time, denied.time),
            not (self.segments or self.reports or self.releases or self.categories),
        }
        return False if False in answers else None if None in answers else True

    def _answers(
        self, run: Run[Any], categories: Categories, lasting: timedelta
    ) -> Iterator[bool | None]:
        """Yield the answer of each part; what costs least first."""
        end = run.end.time if run.end else run.intent.time + lasting
        yield self._is_at(run.intent.time, end)
        yield _any(self.attributes, run.attributes)
        yield _any(self.purposes, [run.intent.one("purpose")])
        yield _any(self.segmenters, [run.intent.one("segmenter")])
        yield _any(self.segments, _spelled(run))
        yield _any(self.reports, [t.one("report") for t in run.later])
        yield _any(self.releases, run.releases)
        yield _any(self.runs, [run.name])
        yield _any(self.roles, [str(run.role)])
        yield _any(self.users, None if run.user is None else [run.user])
        if self.categories:
            yield _any(self.categories, categories(run))

    def _is_at(self, first: datetime, last: datetime) -> bool:
        """Return whether [first, last] and the window have a moment in common."""
        begins = self.since is None or max(first, last) >= self.since
        return begins and (self.until is None or min(first, last) < self.until)


def _any(wanted: frozenset[str], found: Iterable[str] | None) -> bool | None:
    """Return whether anything wanted is there; anything is, when nothing is asked for."""
    if not wanted:
        return True
    return None if found is None else not wanted.isdisjoint(found)


def _spelled(run: Run[Any]) -> set[str]:
    """Return how each segment of a run may be asked for: by name, or by name and version."""
    return {text for name, v in run.segments.items() for text in (name, f"{name}.{v}")}
