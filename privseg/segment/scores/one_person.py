# SPDX-License-Identifier: Apache-2.0
"""A score of one person, from what happened to them: for who asks why they are in a segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from privseg.policy.scores import Affinity, LifetimeParameters, Score
from privseg.segment.scores.activity import (
    MISSING,
    Activity,
    Codes,
    Happenings,
    Integers,
    Numbers,
    Property,
    Sets,
)
from privseg.segment.scores.compute import compute_score
from privseg.segment.scores.errors import NotFittedError
from privseg.terms import Attribute, to_micros

_ALONE = np.zeros(1, dtype=np.uint32)


class Happening(Protocol):
    """Something that happened to a person; properties by their own names, in stored units."""

    @property
    def name(self) -> str:
        """Return the event's name."""

    @property
    def time(self) -> datetime:
        """Return when it happened."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return its properties; a declared value as text, several as texts, None for none."""


def scores_of(
    score: Score,
    events: Iterable[Happening],
    *,
    at: datetime,
    parameters: LifetimeParameters | None = None,
) -> Mapping[Attribute, int | str]:
    """Return every result that one person has, in stored units, declared values as text.

    It is the one that they have among everybody. A fitted lifetime value needs the ``parameters``
    that a run found: one person alone does not tell them.

    Raises:
        NotFittedError: a lifetime value has parameters neither in the policy nor given.
    """
    if score.crosses_people and parameters is None:
        raise NotFittedError("lifetime value", "one person alone does not tell its parameters")
    names = frozenset(score.outputs)
    activity = activity_of(score, events)
    found = compute_score(score, activity, at=at, outputs=names, parameters=parameters)
    return {
        name: made.values[int(column.values[0])] if made.values else int(column.values[0])
        for name, made in score.outputs.items()
        if len((column := found[name]).values)
    }


def activity_of(score: Score, events: Iterable[Happening]) -> Activity:
    """Return the inputs of ``score`` among one person's events, as columns of the person 0."""
    everything = list(events)
    names = score.formula.inputs
    return Activity(
        _ALONE,
        {
            event: _happenings(score, event, [e for e in everything if e.name == event])
            for event in sorted(n for n in names if "." not in n)
        },
    )


def _happenings(score: Score, event: str, happened: Sequence[Happening]) -> Happenings:
    """Return the events of one kind with the properties that the score reads."""
    owned = [n.partition(".")[2] for n in score.formula.inputs if n.startswith(f"{event}.")]
    return Happenings(
        np.zeros(len(happened), dtype=np.uint32),
        _integers(to_micros(e.time) for e in happened),
        {own: _property(score, [e.properties.get(own) for e in happened]) for own in owned},
    )


def _property(score: Score, cells: Sequence[Any]) -> Property:
    """Return a property's column, as the formula reads it."""
    if not isinstance(score.formula, Affinity):
        known = np.array([isinstance(c, int) for c in cells], dtype=np.bool_)
        return Numbers(_integers(c if isinstance(c, int) else 0 for c in cells), known)
    codes = {value: code for code, value in enumerate(score.formula.values)}
    if all(c is None or isinstance(c, str) for c in cells):
        return Codes(_integers(codes.get(c, MISSING) for c in cells))
    pairs = [(row, codes.get(v, MISSING)) for row, c in enumerate(cells) for v in c or ()]
    return Sets(
        np.array([c is not None for c in cells], dtype=np.bool_),
        _integers(row for row, _ in pairs),
        _integers(code for _, code in pairs),
    )


def _integers(values: Iterable[int]) -> Integers:
    """Return whole numbers as a column."""
    return np.array(list(values), dtype=np.int64)
