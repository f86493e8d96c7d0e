# SPDX-License-Identifier: Apache-2.0
"""Records for analysts: coarsened until each is alike to k - 1 others, checked, and measured.

What goes out is checked once more from its own texts: a failure raises, and nothing less than what
was asked is ever returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from privseg.policy.k_rules import Method
from privseg.protect.exact.classes import (
    Attained,
    Judge,
    SensitiveColumn,
    attained,
    joined,
)
from privseg.protect.exact.errors import NotReachedError
from privseg.protect.exact.full_domain import Node, at_levels, search
from privseg.protect.exact.guarantee import KAnonymous
from privseg.protect.exact.hierarchy import Coded, Codes
from privseg.protect.exact.mondrian import partition
from privseg.protect.exact.risk import Risk, measure

Row = tuple[str, ...]


@dataclass(frozen=True)
class Records:
    """People's records: quasi-identifiers and sensitive attributes, in the order of the policy.

    ``released`` says which of the people the release is of; the others are the population that
    they are hidden among, and nothing of them goes out.
    """

    quasi: tuple[Coded, ...]
    sensitive: tuple[SensitiveColumn, ...]
    texts: tuple[tuple[str, ...], ...]  # of each sensitive attribute's values
    released: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Coarsening:
    """How records are coarsened: at levels, by a search, or by Mondrian."""

    method: Method
    levels: Node | None = None  # None: by a search
    suppression: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class CoarseRecords:
    """Released records, in the order of their texts: nothing tells in which order people stand.

    ``left_out`` is how many records are not in it. ``levels`` are those of a full-domain recoding.
    """

    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int
    levels: Node | None
    attained: Attained
    risk: Risk


def coarsen(records: Records, asked: KAnonymous, how: Coarsening) -> CoarseRecords:
    """Return the records so that every class holds what is asked, or refuse.

    Raises:
        NotReachedError, HomogeneousError: no allowed coarsening gives it; nothing goes out.
    """
    own = np.flatnonzero(records.released)
    quasi = tuple(_of(c, own) for c in records.quasi)
    sensitive = tuple(_part(c, own) for c in records.sensitive)
    labels, kept, levels = _labels(quasi, Judge(asked, sensitive), how)
    rows = sorted(zip(*labels, *_texts(records, sensitive, kept), strict=True))
    stored, _ = joined([c.codes for c in quasi], [len(c.values) for c in quasi])
    classes, number = _classes(labels)
    found = attained(classes, number, tuple(_part(c, kept) for c in sensitive))
    _require(found, asked)
    hidden = _population(records, levels, labels, classes, number)
    return CoarseRecords(
        quasi=tuple(c.name for c in quasi),
        sensitive=tuple(c.name for c in sensitive),
        rows=tuple(rows),
        left_out=len(own) - len(kept),
        levels=levels,
        attained=found,
        risk=measure(classes, hidden, stored),
    )


def _labels(
    quasi: Sequence[Coded], judge: Judge, how: Coarsening
) -> tuple[list[list[str]], NDArray[np.intp], Node | None]:
    """Return the quasi-identifiers' texts of the records that are kept, and which these are."""
    if how.method is Method.MONDRIAN:
        return _by_parts(quasi, judge), np.arange(len(quasi[0].codes)), None
    most = int(how.suppression * len(quasi[0].codes))
    if how.levels is None:
        node, found = search(quasi, judge, most)
    else:
        node, found = how.levels, at_levels(quasi, how.levels, judge, most)
    kept = np.flatnonzero(found.rows)
    told = [(c.labels[n], c.at(n)[kept].tolist()) for c, n in zip(quasi, node, strict=True)]
    return [[names[i] for i in column] for names, column in told], kept, node


def _by_parts(quasi: Sequence[Coded], judge: Judge) -> list[list[str]]:
    """Return the texts of Mondrian's parts."""
    parts = partition(quasi, judge)
    labels = []
    for index, column in enumerate(quasi):
        ends = zip(parts.low[:, index].tolist(), parts.high[:, index].tolist(), strict=True)
        told = [column.range_label(low, high) for low, high in ends]
        labels.append([told[i] for i in parts.classes.tolist()])
    return labels


def _classes(labels: Sequence[Sequence[str]]) -> tuple[Codes, int]:
    """Return the classes of records by their texts: what a reader sees, and nothing else."""
    columns, sizes = [], []
    for texts in labels:
        seen: dict[str, int] = {}
        codes = [seen.setdefault(text, len(seen)) for text in texts]
        columns.append(np.array(codes, np.int64))
        sizes.append(len(seen))
    return joined(columns, sizes)


def _population(
    records: Records, levels: Node | None, labels: Sequence[Sequence[str]], classes: Codes,
    number: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Return how many people of the population each class stands for.

    Mondrian's classes are cut for the records alone; then the population counts as no larger.
    """
    sizes = np.bincount(classes, minlength=number)
    if levels is None or records.released.all():
        return sizes
    told = [(c.labels[n], c.at(n).tolist()) for c, n in zip(records.quasi, levels, strict=True)]
    everybody = zip(*([names[i] for i in column] for names, column in told), strict=True)
    place = dict(zip(zip(*labels, strict=True), classes.tolist(), strict=True))
    found = [place[texts] for texts in everybody if texts in place]
    return np.bincount(np.array(found, np.int64), minlength=number)


def _texts(
    records: Records, sensitive: Sequence[SensitiveColumn], kept: NDArray[np.intp]
) -> list[list[str]]:
    """Return the texts of every sensitive attribute of the records that are kept."""
    columns = zip(sensitive, records.texts, strict=True)
    return [[texts[i] for i in column.codes[kept].tolist()] for column, texts in columns]


def _require(found: Attained, asked: KAnonymous) -> None:
    """Refuse records that do not have what was asked: the last look before they go out."""
    l_asked = asked.l_diversity.least if asked.l_diversity is not None else 0
    t_asked = asked.t_closeness.most if asked.t_closeness is not None else Fraction(1)
    if found.k < asked.k or (found.distinct or l_asked) < l_asked or found.farthest > t_asked:
        raise NotReachedError("what was made of them does not hold what was asked")


def _of(column: Coded, rows: NDArray[np.intp]) -> Coded:
    """Return a column of some of the records."""
    return replace(column, codes=column.codes[rows])


def _part(column: SensitiveColumn, rows: NDArray[np.intp]) -> SensitiveColumn:
    """Return a sensitive column of some of the records, compared with these."""
    return replace(column, codes=column.codes[rows], everyone=None)
