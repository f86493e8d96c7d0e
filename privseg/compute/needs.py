# SPDX-License-Identifier: Apache-2.0
"""What a query needs of each stored table: its own columns, and those that made tables are made of.

A table that several need is read once for all of them, with everything that any of them needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from privseg.frames import Query
from privseg.gate.columns import MADE, ORDINAL, SCORES
from privseg.policy.catalogue import Catalogue, SourceKind
from privseg.policy.scores import Score
from privseg.terms import Attribute


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of a stored table: columns, the earliest moment that matters (None: any), how many uses."""

    columns: frozenset[str]
    since: datetime | None = None
    uses: int = 1

    def __or__(self, other: Wanted) -> Wanted:
        """Return what serves both."""
        early = None if None in {self.since, other.since} else min(self.since, other.since)  # type: ignore[type-var]
        return Wanted(self.columns | other.columns, early, self.uses + other.uses)


@dataclass(frozen=True, slots=True)
class Needs:
    """Everything that a query stands on."""

    stored: Mapping[str, Wanted]  # by table, for whoever reads it
    asked: Mapping[str, frozenset[str]]  # the stored tables that the query names, with its columns
    scores: Mapping[str, frozenset[Attribute]]  # by score, the results that are asked for
    accounts: Mapping[str, frozenset[str]]  # by accounts source, its columns
    samples: frozenset[str]


def needs_of(query: Query, catalogue: Catalogue, at: datetime) -> Needs:
    """Return what ``query`` needs; it passed the second gate."""
    accounts = {s.name for s in catalogue.sources.values() if s.kind is SourceKind.ACCOUNTS}
    columns = {t: frozenset(c for t2, c in query.reads if t2 == t) for t, _ in query.reads}
    asked = frozenset(columns) - MADE - accounts
    scores = results_by_score(columns.get(SCORES, frozenset()), catalogue)
    mine = [(t, Wanted(columns[t], query.since.get(t), _uses(query, t))) for t in sorted(asked)]
    links = [link_of(a, catalogue) for a in sorted(accounts & set(columns))]
    inputs = [each for name in scores for each in inputs_of(catalogue.scores[name], at)]
    return Needs(
        together([*mine, *((t, Wanted(frozenset({c}))) for t, c in links), *inputs]),
        {t: columns[t] for t in sorted(asked)},
        scores,
        {a: columns[a] for a in accounts & set(columns)},
        query.samples,
    )


def results_by_score(
    names: frozenset[str], catalogue: Catalogue
) -> Mapping[str, frozenset[Attribute]]:
    """Return results by the score that gives them."""
    results = [Attribute(n) for n in sorted(names) if n != ORDINAL]
    scores = {n: score.name for n in results if (score := catalogue.score_of(n)) is not None}
    return {s: frozenset(n for n in scores if scores[n] == s) for s in sorted(set(scores.values()))}


def link_of(accounts: str, catalogue: Catalogue) -> tuple[str, str]:
    """Return table and column that say to which of these accounts people belong."""
    link = catalogue.link_to(accounts)
    assert link is not None  # else no attribute of theirs could have been read
    return catalogue.readables[link].source.table, str(link)


def inputs_of(score: Score, at: datetime) -> Iterator[tuple[str, Wanted]]:
    """Yield each event that a score reads, with its properties and from when on."""
    days = getattr(score.formula, "within_days", None)  # a lifetime has no window
    since = None if days is None else at - timedelta(days=days)
    for event in sorted({i.partition(".")[0] for i in score.formula.inputs}):
        own = {i.partition(".")[2] for i in score.formula.inputs if i.startswith(f"{event}.")}
        # A model that is fitted is read once for the fit and once for the results.
        yield event, Wanted(frozenset(own), since, uses=2 if score.crosses_people else 1)


def made_of(attributes: frozenset[Attribute], catalogue: Catalogue) -> frozenset[Attribute]:
    """Return what else is read to make ``attributes``: inputs of scores, links to accounts."""
    scores = [s for a in attributes if (s := catalogue.score_of(a)) is not None]
    kinds = [r for a in attributes if (r := catalogue.readables.get(a)) is not None]
    accounts = {r.source.name for r in kinds if r.source.kind is SourceKind.ACCOUNTS}
    links = {link for a in accounts if (link := catalogue.link_to(a)) is not None}
    return frozenset(links).union(*(s.formula.inputs for s in scores))


def together(wanted: list[tuple[str, Wanted]]) -> Mapping[str, Wanted]:
    """Return by table what serves all."""
    found: dict[str, Wanted] = {}
    for table, one in wanted:
        found[table] = found[table] | one if table in found else one
    return found


def _uses(query: Query, table: str) -> int:
    """Return how often a query reads a table."""
    return max(query.sql.count(f'"{table}" AS "'), 1)
