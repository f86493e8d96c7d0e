# SPDX-License-Identifier: Apache-2.0
"""Everybody's events in parts that are folded one by one, none of which needs another.

So the fold's arrays stay small, in memory and in the processor's caches, however many people
there are. Linked profiles are all in one part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from pyroaring import FrozenBitMap

from privseg.consent.columns import EventColumns
from privseg.consent.crowd import Mask, Numbers
from privseg.consent.encoding import ROW
from privseg.consent.links import tie_of
from privseg.consent.rows import acts_table
from privseg.consent.scope import LINKING

ROWS = 2**18
"""About as many rows in a part; nobody's are cut."""


def parts(events: EventColumns) -> Iterator[tuple[EventColumns, Mask]]:
    """Yield parts with which of their rows to read.

    First all of whoever is named in a link or is irregular; then everybody else.
    """
    apart = _apart(events)
    entangled = _pick(events, np.flatnonzero(apart))
    yield entangled, np.ones(len(entangled), dtype=np.bool_)
    plain = replace(events, irregular=FrozenBitMap(), kept={})
    first = 0
    while first < len(events):
        last = events.ordinal[min(first + ROWS, len(events)) - 1]
        end = int(np.searchsorted(events.ordinal, last, side="right"))
        yield _pick(plain, slice(first, end)), ~apart[first:end]
        first = end


def ties_of_irregular(events: EventColumns) -> Numbers:
    """Return the two profiles of every link of those whose events are kept whole."""
    links = (e for kept in events.kept.values() for e in kept if e.act in LINKING)
    ties = [tie for e in links if (tie := tie_of(e)) is not None]
    return np.array(ties, dtype=np.int64).reshape(-1, 2)


def _apart(events: EventColumns) -> Mask:
    """Return which rows are of people whom a link names, or who are irregular."""
    links = np.flatnonzero(acts_table(LINKING)[events.act])
    ties = ties_of_irregular(events).ravel()
    named = np.sort(np.concatenate([events.ordinal[links], events.target[links], ties]))
    first = np.searchsorted(events.ordinal, named)
    end = np.searchsorted(events.ordinal, named, side="right")
    edges = np.zeros(len(events) + 1, dtype=np.int64)
    np.add.at(edges, first, 1)
    np.subtract.at(edges, end, 1)
    apart: Mask = np.cumsum(edges[:-1]) > 0
    return apart


def _pick(events: EventColumns, rows: Numbers | slice) -> EventColumns:
    """Return the rows chosen, as columns of their own."""
    return replace(events, **{name: getattr(events, name)[rows] for name in ROW})
