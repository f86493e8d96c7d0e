# SPDX-License-Identifier: Apache-2.0
"""Nodes of two kinds at once, such as one with ``all`` and ``any``: nothing says which binds first.

There is no precedence in the language; the author nests, and is told how.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from privseg.loaders.nodes import Entry, Fields, Items, Node
from privseg.loaders.segment_event_file import FilterEntry
from privseg.loaders.segment_file import ConditionEntry
from privseg.loaders.shapes import keys
from privseg.policy.findings import Finding, mistake

CONDITION_HEADS = tuple(keys(model)[0] for model in get_args(ConditionEntry))
FILTER_HEADS = tuple(keys(model)[0] for model in get_args(FilterEntry))


def mixed(document: Node) -> tuple[Finding, ...]:
    """Return a mistake for each node of a segment's condition that is of two kinds or more."""
    where = document.get("where") if isinstance(document, Fields) else None
    return () if where is None else tuple(_mixed(where.value))


def _mixed(node: Node) -> Iterator[Finding]:
    match node:
        case Items(nodes):
            for part in nodes:
                yield from _mixed(part)
        case Fields(entries):
            for heads in (CONDITION_HEADS, FILTER_HEADS):
                present = [e for e in entries if e.key in heads]
                if len(present) > 1:
                    yield mistake(_how_to_nest(present), present[1].place)
                    break
            for entry in entries:
                yield from _mixed(entry.value)


def _how_to_nest(present: list[Entry]) -> str:
    """Return how two conditions are written so that it is said how they belong together."""
    one, other = (f"{{{e.key}: ...}}" for e in present[:2])
    both = f"{{all: [{one}, {other}]}} if both must hold"
    either = f"{{any: [{one}, {other}]}} if one is enough"
    names = " and ".join(repr(e.key) for e in present)
    return f"{names} cannot stand together; nest them: {both}, {either}"
