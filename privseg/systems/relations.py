# SPDX-License-Identifier: Apache-2.0
"""Foreign keys of somebody else's database: what a DELETE takes with it, and what goes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from privseg.dsr.system_rules import TableRules
from privseg.dsr.systems import OnErasure


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of ``child`` refer to rows of ``parent``; ``takes``: they are changed with them."""

    child: str
    parent: str
    takes: bool  # ON DELETE CASCADE, SET NULL, SET DEFAULT


def undeclared(
    table: TableRules, declared: Iterable[TableRules], relations: Sequence[Relation]
) -> set[str]:
    """Return the tables that a DELETE would change, and that nobody said it may.

    >>> rules = TableRules(name="people", person="email", identifier="email")
    >>> undeclared(rules, [rules], [Relation("notes", "people", takes=True)])
    {'notes'}
    """
    if table.on_erasure is not OnErasure.DELETE:
        return set()
    expected = {t.name for t in declared if t.on_erasure is OnErasure.DELETE}
    return reached(table.name, relations) - expected - table.cascades


def reached(name: str, relations: Sequence[Relation]) -> set[str]:
    """Return every table that a DELETE from one reaches, over any number of foreign keys."""
    found: set[str] = set()
    rest = [name]
    while rest:
        parent = rest.pop()
        children = {r.child for r in relations if r.takes and r.parent == parent} - found
        found |= children
        rest.extend(children)
    return found - {name}


def in_order(tables: Sequence[TableRules], relations: Sequence[Relation]) -> list[TableRules]:
    """Return tables so that rows go before those that they refer to; a ring stays as declared."""
    left, ordered = list(tables), []
    while left:
        names = {t.name for t in left}
        free = [t for t in left if not _is_referred_to(t.name, names - {t.name}, relations)]
        ordered.append(chosen := (free or left)[0])
        left.remove(chosen)
    return ordered


def _is_referred_to(name: str, by: set[str], relations: Sequence[Relation]) -> bool:
    return any(r.parent == name and r.child in by for r in relations)
