# SPDX-License-Identifier: Apache-2.0
"""Sources for tests of files: a customer list and an order list with a column of every type."""

from __future__ import annotations

from typing import Any

from privseg.policy.catalogue import Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.terms import Category, Currency, Place

HERE = Place("policies/test.yaml", 1)


def column(name: str, type_: ColumnType, **more: Any) -> Column:
    """Return an ordinary column whose attribute is its name."""
    facts = {"role": ColumnRole.ORDINARY, "category": Category("purchases"), "attribute": name}
    return Column(name=name, type=type_, place=HERE, **(facts | more))


def identifier(name: str, kind: str) -> Column:
    """Return a column of direct identifiers."""
    role = ColumnRole.DIRECT_IDENTIFIER
    return column(name, ColumnType.TEXT, role=role, identifier=kind, category=None)


def people(*columns: Column, **more: Any) -> Source:
    """Return a people source with the customer number ``id`` and more columns."""
    mine = (identifier("id", "customer_number"), *columns)
    return Source("crm", SourceKind.PEOPLE, "id", mine, HERE, **more)


def events(*columns: Column, **more: Any) -> Source:
    """Return an events source of orders: ``order``, ``id``, ``at`` and more columns."""
    facts = {"event": "purchase", "event_id": "order", "time": "at", "category": "purchases"}
    mine = (identifier("id", "customer_number"), *columns)
    return Source("orders", SourceKind.EVENTS, "id", mine, HERE, **(facts | more))


def money(name: str = "amount", code: str = "EUR", exponent: int = 2) -> Column:
    """Return a column of money."""
    return column(name, ColumnType.MONEY, currency=Currency(code, exponent))


EVERY_TYPE = people(
    identifier("email", "email"),
    column("note", ColumnType.TEXT),
    column("city", ColumnType.CATEGORY, values=("Berlin", "Köln", "Paris")),
    column("visits", ColumnType.INTEGER),
    column("score", ColumnType.DECIMAL, decimals=3),
    column("member", ColumnType.BOOLEAN),
    column("born", ColumnType.DATE),
    column("seen", ColumnType.TIME),
    money("spent"),
    column("likes", ColumnType.SET, values=("tea", "coffee", "water")),
    time_zone="Europe/Berlin",
)
"""A source with a column of every type; ``seen`` is local to Berlin."""
