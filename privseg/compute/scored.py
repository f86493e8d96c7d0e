# SPDX-License-Identifier: Apache-2.0
"""Results of scores, computed for a run from the permitted rows of their inputs.

A score's numbers come from the same masked readers as everything else: people who are not eligible,
what is too old and what happens from ``at`` on are in none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.reader import PermittedTable, Streamed, ordinals_of
from privseg.compute.tables import Held
from privseg.gate.columns import ORDINAL, TIME
from privseg.policy.catalogue import Catalogue, ColumnType
from privseg.policy.catalogue import Column as Declared
from privseg.policy.scores import LifetimeParameters, Output, Score
from privseg.segment.scores import (
    MISSING,
    Activity,
    Codes,
    Column,
    Happenings,
    Numbers,
    Property,
    Sets,
    Summary,
    compute_score,
    fit,
    lifetime_columns,
    summary_of,
)
from privseg.terms import Attribute

Source = Callable[[str, FrozenBitMap], PermittedTable | Held]
"""Gives a reader of an event, with all that the scores of the run read of it, about some people."""


_ARROW = {ColumnType.CATEGORY: pa.string()}  # every other result is a whole number


class Scores:
    """Computes the scores of one run.

    A model that is fitted is fitted once, to everybody eligible: the same numbers stand for each
    portion of them, and whoever is not eligible moves none.
    """

    def __init__(self, catalogue: Catalogue, at: datetime, source: Source) -> None:
        """Take what scores there are, the moment they are asked about, and where rows come from."""
        self._catalogue = catalogue
        self._at = at
        self._source = source
        self._fitted: dict[str, LifetimeParameters] = {}

    def fit(self, name: str, portions: Iterator[FrozenBitMap]) -> None:
        """Fit the score ``name`` to all the people, if it is one to be fitted.

        Raises:
            NotFittedError: there are too few of them, or the fit does not converge.
        """
        score = self._catalogue.scores[name]
        if score.crosses_people and name not in self._fitted:
            self._fitted[name] = fit(score, [self._summary(score, p) for p in portions])

    def table(self, asked: Mapping[str, frozenset[Attribute]], people: FrozenBitMap) -> Held:
        """Return the results asked for, by score, of ``people``."""
        found: dict[Attribute, Column] = {}
        outputs: dict[Attribute, Output] = {}
        for name, results in asked.items():
            score = self._catalogue.scores[name]
            found |= self._columns(score, results, people)
            outputs |= {r: score.outputs[r] for r in results}
        return Held(_as_table(found, outputs))

    def schema(self, asked: Mapping[str, frozenset[Attribute]]) -> pa.Schema:
        """Return the columns of the results asked for, by score."""
        outputs = {r: self._catalogue.scores[n].outputs[r] for n in asked for r in asked[n]}
        fields = [
            pa.field(name, _ARROW.get(outputs[name].type, pa.int64())) for name in sorted(outputs)
        ]
        return pa.schema([pa.field(ORDINAL, pa.uint32()), *fields])

    def _columns(
        self, score: Score, results: frozenset[Attribute], people: FrozenBitMap
    ) -> Mapping[Attribute, Column]:
        if score.crosses_people:
            summary = self._summary(score, people)
            parameters = self._fitted[score.name]
            return lifetime_columns(score, summary, outputs=results, parameters=parameters)
        return compute_score(score, self._activity(score, people), at=self._at, outputs=results)

    def _summary(self, score: Score, people: FrozenBitMap) -> Summary:
        return summary_of(score, self._activity(score, people), at=self._at)

    def _activity(self, score: Score, people: FrozenBitMap) -> Activity:
        """Return all that a score reads of ``people``."""
        inputs = score.formula.inputs
        events = sorted({i.partition(".")[0] for i in inputs})
        own = {
            e: sorted(i.partition(".")[2] for i in inputs if i.startswith(f"{e}.")) for e in events
        }
        return Activity(
            ordinals_of(people), {e: self._happenings(e, own[e], people) for e in events}
        )

    def _happenings(self, event: str, names: list[str], people: FrozenBitMap) -> Happenings:
        rows = self._source(event, people)
        wanted = [ORDINAL, TIME, *names]
        schema = pa.schema([rows.schema.field(n) for n in wanted])
        whole = pa.Table.from_batches((b.select(wanted) for b in rows.batches()), schema)
        return Happenings(
            whole.column(ORDINAL).to_numpy(),
            whole.column(TIME).to_numpy(),
            {n: _property(whole.column(n), self._declared(event, n)) for n in names},
        )

    def _declared(self, event: str, name: str) -> Declared:
        column = self._catalogue.readables[Attribute(f"{event}.{name}")].column
        assert column is not None
        return column


@dataclass(frozen=True, slots=True)
class ScoreTable(Streamed):
    """Results of scores, computed for one portion of the people after the other."""

    scores: Scores = field(repr=False)
    asked: Mapping[str, frozenset[Attribute]]
    portions: tuple[FrozenBitMap, ...] = field(repr=False)

    @property
    def schema(self) -> pa.Schema:
        """Return the ordinal and the results."""
        return self.scores.schema(self.asked)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the results of everybody who has one."""
        for people in self.portions:
            yield from self.scores.table(self.asked, people).batches()


def _property(cells: pa.ChunkedArray, declared: Declared) -> Property:
    """Return a property as scores read it."""
    match declared.type:
        case ColumnType.SET:
            return _sets(cells.combine_chunks(), declared.values)
        case ColumnType.CATEGORY:
            return Codes(_codes(cells, declared.values))
        case _:
            return Numbers(pc.fill_null(cells, 0).to_numpy(), _known(cells))


def _sets(cells: Any, values: tuple[str, ...]) -> Sets:
    rows = pc.list_parent_indices(cells).to_numpy(zero_copy_only=False)
    return Sets(_known(cells), rows.astype(np.int64), _codes(pc.list_flatten(cells), values))


def _known(cells: Any) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = pc.is_valid(cells).to_numpy(zero_copy_only=False)
    return known


def _codes(cells: Any, values: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the place of each value among those declared; of any other, that it is missing."""
    found = pc.index_in(cells, pa.array(values, pa.string()), skip_nulls=True)
    codes: NDArray[np.int64] = pc.fill_null(found, MISSING).to_numpy(zero_copy_only=False)
    return codes.astype(np.int64)


def _as_table(columns: Mapping[Attribute, Column], outputs: Mapping[Attribute, Output]) -> pa.Table:
    """Return results as a table: a row for whoever has any, NULL for what is missing."""
    people = np.unique(np.concatenate([c.ordinals for c in columns.values()]))
    cells = {name: _cells(people, columns[name], outputs[name]) for name in sorted(columns)}
    ordinals = pa.array(people, pa.uint32())
    return pa.table([ordinals, *cells.values()], names=[ORDINAL, *cells])


def _cells(people: NDArray[np.uint32], column: Column, output: Output) -> pa.Array:
    """Return one result of each of ``people``, in stored units."""
    places = np.searchsorted(people, column.ordinals)
    values, missing = np.zeros(len(people), np.int64), np.ones(len(people), np.bool_)
    values[places], missing[places] = column.values, False
    numbers = pa.array(values, mask=missing)
    if output.type is not ColumnType.CATEGORY:
        return numbers
    return pa.array(output.values, pa.string()).take(numbers)
