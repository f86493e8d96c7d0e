# SPDX-License-Identifier: Apache-2.0
"""Puts every table that a query names in its place: stored ones, and those made for the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
from pyroaring import FrozenBitMap

from privseg.compute import tables
from privseg.compute.errors import SampleKeyMissingError
from privseg.compute.made import AccountTable, SampleTable
from privseg.compute.needs import Needs, Wanted, inputs_of, link_of, needs_of, together
from privseg.compute.reader import PermittedTable
from privseg.compute.scored import Scores, ScoreTable
from privseg.compute.shards import portions
from privseg.compute.tables import Held, Need, Rows, Tables
from privseg.frames import Consented, Query
from privseg.gate.columns import ORDINAL, SAMPLES, SCORES, TIME
from privseg.policy.catalogue import Catalogue, SourceKind
from privseg.policy.scores import Score
from privseg.terms import Attribute


class Stand:
    """The tables of one plan, as one query after the other needs them."""

    def __init__(
        self, permitted: Tables, catalogue: Catalogue, plan: Consented, sample_key: bytes | None
    ) -> None:
        """Take what may be read; read nothing yet."""
        self._tables = permitted
        self._catalogue = catalogue
        self._plan = plan
        self._key = sample_key
        self._wanted: Mapping[str, Wanted] = {}
        self._scores = Scores(catalogue, plan.edition.at, self._stored)

    def portions(self, query: Query) -> Iterator[FrozenBitMap]:
        """Yield the people in portions; while one is worked on, the query's tables hold it alone.

        Raises:
            SampleKeyMissingError, NotImportedError, NotFittedError, ScanFailedError: as they say.
        """
        needs = needs_of(query, self._catalogue, self._plan.edition.at)
        if needs.samples and self._key is None:
            raise SampleKeyMissingError
        self._wanted = needs.stored
        number = self._number()
        accounts = {n: self._tables.accounts(n, c) for n, c in needs.accounts.items()}
        for score in needs.scores:
            self._scores.fit(score, self._in_turn(number))
        for people in self._in_turn(number):
            self._put(needs, accounts, people)
            yield people

    def rows_of(self, attributes: frozenset[Attribute], people: FrozenBitMap) -> Rows:
        """Return a reader of attributes of one ``origin_of``; of ``people``, and maybe of others.

        Raises:
            NotImportedError, NotFittedError, ScanFailedError: as they say.
        """
        first = min(attributes)
        if (score := self._catalogue.score_of(first)) is not None:
            return self._results(score, attributes, people)
        columns = frozenset(str(a) for a in attributes)
        source = self._catalogue.readables[first].source
        if source.kind is SourceKind.ACCOUNTS:
            table, link = link_of(source.name, self._catalogue)
            links = self._tables.permitted(table, Need(frozenset({link}), people))
            return AccountTable(links, link, self._tables.accounts(source.name, columns))
        held = self._tables.ensure(source.table, Need(columns, people))
        return held.only(columns | {ORDINAL})

    def origin_of(self, attribute: Attribute) -> str:
        """Return the score or the source that an attribute of people comes from."""
        score = self._catalogue.score_of(attribute)
        known = self._catalogue.readables
        return score.name if score is not None else known[attribute].source.name

    def _results(
        self, score: Score, attributes: frozenset[Attribute], people: FrozenBitMap
    ) -> Rows:
        """Return results of a score, computed portion by portion as they are read."""
        self._wanted = together(list(inputs_of(score, self._plan.edition.at)))
        number = self._number()
        self._scores.fit(score.name, self._in_turn(number))
        return ScoreTable(self._scores, {score.name: attributes}, tuple(portions(people, number)))

    def _number(self) -> int:
        """Return in how many portions the largest table fits into memory."""
        cells = [self._tables.cells(t, self._need(t, self._plan.eligible)) for t in self._wanted]
        return max(cells, default=0) // max(tables.CELLS_IN_MEMORY, 1) + 1

    def _in_turn(self, number: int) -> Iterator[FrozenBitMap]:
        """Yield the eligible in portions, each alone in the tables; in the end they hold all."""
        if number == 1:
            yield self._plan.eligible
            return
        for people in portions(self._plan.eligible, number):
            self._tables.drop()
            self._tables.admit(people)
            yield people
        self._tables.drop()
        self._tables.admit(self._plan.eligible)

    def _put(self, needs: Needs, accounts: Mapping[str, pa.Table], people: FrozenBitMap) -> None:
        """Let the query find each of its tables, over ``people``."""
        for name, columns in needs.asked.items():
            self._tables.offer(name, self._stored(name, people).only(columns | {ORDINAL, TIME}))
        with tables.withheld():
            if needs.scores:
                self._tables.offer(SCORES, self._scores.table(needs.scores, people))
            if needs.samples and self._key is not None:
                names = tuple(sorted(needs.samples))
                self._tables.offer(SAMPLES, SampleTable(people, names, self._key))
            for name, known in accounts.items():
                table, link = link_of(name, self._catalogue)
                self._tables.offer(name, AccountTable(self._stored(table, people), link, known))

    def _stored(self, table: str, people: FrozenBitMap) -> PermittedTable | Held:
        """Return a reader of a stored table with everything that anybody needs of it."""
        need = self._need(table, people)
        return self._tables.ensure(table, need, uses=self._wanted[table].uses)

    def _need(self, table: str, people: FrozenBitMap) -> Need:
        wanted = self._wanted[table]
        return Need(wanted.columns - {ORDINAL}, people, wanted.since)
