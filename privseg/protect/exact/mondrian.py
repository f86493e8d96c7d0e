# SPDX-License-Identifier: Apache-2.0
"""Mondrian, strict: people are halved by one attribute after the other (LeFevre et al. 2006).

Each part is cut at the median of the attribute in which it is widest; whoever has the same value
stays together (strict). A cut is made only if both sides hold what is asked; else the next widest
attribute is tried, and a part that no attribute can cut is a class. All parts of a round are cut
at once, by sorting. The cuts follow the data, so the classes tell where people are many: policy
must ask for it (``search``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privseg.protect.exact.classes import Judge, Mask
from privseg.protect.exact.errors import HomogeneousError, NotReachedError
from privseg.protect.exact.hierarchy import Coded, Codes

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Records in parts, with the least and the greatest code of each attribute in each part."""

    classes: Codes
    number: int
    low: Ints  # parts x attributes
    high: Ints


def partition(columns: Sequence[Coded], judge: Judge) -> Parts:
    """Return the records in parts that all hold what is asked; none is left out.

    Raises:
        NotReachedError, HomogeneousError: all records together do not hold it.
    """
    codes = np.stack([c.codes for c in columns], axis=1)
    whole = np.zeros(len(codes), np.int64)
    if not len(codes) or not judge.holds(whole, 1)[0]:
        if len(codes) >= judge.asked.k:
            raise HomogeneousError("all people together have too few sensitive values")
        raise NotReachedError("there are too few people")
    part = _cut_all(codes, judge, whole)
    number = int(part.max()) + 1
    low, high = _ends(codes, part, number)
    return Parts(part, number, low, high)


def _cut_all(codes: Codes, judge: Judge, part: Codes) -> Codes:
    """Return the final part of every record, numbered in the order of the cuts."""
    final = np.empty(len(codes), np.int64)
    span = np.maximum(codes.max(axis=0) - codes.min(axis=0), 1)
    rows, done = np.arange(len(codes)), 0
    while len(rows):
        number = int(part.max()) + 1
        side, is_cut = _round(codes[rows], part, number, span, judge.of(rows))
        ended = ~is_cut[part]
        names = np.cumsum(~is_cut) - 1
        final[rows[ended]] = done + names[part[ended]]
        done += int((~is_cut).sum())
        place = np.cumsum(is_cut) - 1
        part = 2 * place[part[~ended]] + side[~ended]
        rows = rows[~ended]
    return final


def _round(codes: Codes, part: Codes, number: int, span: Ints, judge: Judge) -> tuple[Codes, Mask]:
    """Cut every part once, if it can be: on which side each record is, and which parts are cut."""
    low, high = _ends(codes, part, number)
    width = (high - low) / span
    order = np.argsort(-width, axis=1, kind="stable")  # the widest first, then as declared
    side, is_cut = np.zeros(len(part), np.int64), np.zeros(number, np.bool_)
    big = np.bincount(part, minlength=number) >= 2 * judge.asked.k
    for turn in range(codes.shape[1]):
        chosen = order[:, turn]
        can = big & ~is_cut & (width[np.arange(number), chosen] > 0)
        rows = np.flatnonzero(can[part])
        if not len(rows):
            continue
        tried, holds = _tried(codes[rows], part[rows], chosen, number, judge.of(rows))
        made = holds & can
        cut = made[part[rows]]
        side[rows[cut]] = tried[cut]
        is_cut |= made
    return side, is_cut


def _tried(
    codes: Codes, part: Codes, chosen: Ints, number: int, judge: Judge
) -> tuple[Codes, Mask]:
    """Return the sides of a cut at the medians of ``chosen``, and where both sides hold."""
    value = codes[np.arange(len(part)), chosen[part]]
    at = _medians(value, part, number)
    side = (value > at[part]).astype(np.int64)
    child = 2 * part + side
    sizes = np.bincount(child, minlength=2 * number).reshape(number, 2)
    enough: Mask = np.asarray((sizes >= judge.asked.k).all(axis=1))
    if judge.sensitive:
        rows = np.flatnonzero(enough[part])
        both = judge.of(rows).holds(child[rows], 2 * number).reshape(number, 2)
        enough &= np.asarray(both.all(axis=1))
    return side, enough


def _medians(value: Codes, part: Codes, number: int) -> Ints:
    """Return where each part is cut: its lower median, or the value before it if it is the last."""
    step = int(value.max()) + 1
    key = np.sort(part * step + value)
    sizes = np.bincount(part, minlength=number)
    there = sizes > 0
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    at = np.zeros(number, np.int64)
    middle = key[(starts + np.maximum(sizes - 1, 0) // 2)[there]]
    last = key[(starts + sizes - 1)[there]]
    before = key[np.maximum(np.searchsorted(key, last) - 1, 0)]  # the value before the last
    at[there] = np.where(middle < last, middle, before) % step
    return at


def _ends(codes: Codes, part: Codes, number: int) -> tuple[Ints, Ints]:
    """Return the least and the greatest code of each attribute in each part."""
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(number))
    ordered = codes[order]
    return np.minimum.reduceat(ordered, starts), np.maximum.reduceat(ordered, starts)
