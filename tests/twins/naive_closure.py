# SPDX-License-Identifier: Apache-2.0
"""Law 14 in its plainest form: what an attribute is made of, found by asking again and again."""

from __future__ import annotations

from privseg.policy.catalogue import Catalogue, ColumnRole


def naive_closure(catalogue: Catalogue, attribute: str) -> set[str]:
    """Return the attribute and everything under it, adding one step at a time until none is new."""
    found = {attribute}
    while True:
        more = set(found)
        for name in found:
            for derived in catalogue.derived.values():
                if derived.attribute == name:
                    more |= set(derived.inputs)
            if "." in name:
                more.add(name.split(".")[0])
        if more == found:
            return found
        found = more


def naive_categories(catalogue: Catalogue, attribute: str) -> set[str] | None:
    """Return every category in its closure; None when something in it is not declared."""
    declared: dict[str, str] = {d.attribute: d.category for d in catalogue.derived.values()}
    for source in catalogue.sources.values():
        if source.event and source.category:
            declared[source.event] = source.category
        for column in source.columns:
            name = f"{source.event}.{column.attribute}" if source.event else column.attribute
            if column.role is not ColumnRole.DIRECT_IDENTIFIER and column.category:
                declared[name] = column.category
    needed = naive_closure(catalogue, attribute)
    return {declared[n] for n in needed} if needed <= set(declared) else None


def naive_retention(catalogue: Catalogue, attribute: str) -> int | None:
    """Return the fewest days that anything in its closure is kept for."""
    needed, shortest = naive_closure(catalogue, attribute), None
    for source in catalogue.sources.values():
        for column in (None, *source.columns):
            if column is None:
                name, limits = source.event or "", [source.retention_days]
            else:
                name = f"{source.event}.{column.attribute}" if source.event else column.attribute
                limits = [source.retention_days, column.retention_days]
                if column.role is ColumnRole.DIRECT_IDENTIFIER or not column.category:
                    continue
            for days in limits:
                if name in needed and days is not None:
                    shortest = days if shortest is None else min(shortest, days)
    return shortest
