# SPDX-License-Identifier: Apache-2.0
"""A catalogue with a column of every type, for tests of segments and their engines."""

from __future__ import annotations

from privseg.policy.catalogue import (
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Source,
    SourceKind,
)
from privseg.terms import Category, Currency, Place

HERE = Place("catalogue.yaml", 1)
EUR = Currency("EUR")
T = ColumnType


def column(attribute: str, kind: ColumnType, **facts: object) -> Column:
    """Return an ordinary column of ``kind``; special ones are marked so."""
    facts.setdefault("category", Category("profile"))
    role = facts.pop("role", ColumnRole.ORDINARY)
    return Column(attribute.title(), attribute, kind, role, HERE, **facts)  # type: ignore[arg-type]


PEOPLE = Source(
    "crm",
    SourceKind.PEOPLE,
    "email",
    (
        column(
            "email",
            T.TEXT,
            role=ColumnRole.DIRECT_IDENTIFIER,
            category=None,
            identifier="email",
        ),
        column("country", T.CATEGORY, values=("DE", "FR", "IT")),
        column("city", T.TEXT),
        column("age", T.INTEGER),
        column("rating", T.DECIMAL, decimals=2),
        column("credit", T.MONEY, currency=EUR),
        column("vip", T.BOOLEAN),
        column("born", T.DATE),
        column("seen", T.TIME),
        column("interests", T.SET, values=("tea", "chess", "music")),
        column("religion", T.CATEGORY, values=("a", "b"), special=True, category=Category("faith")),
    ),
    HERE,
)
LOYALTY = Source("loyalty", SourceKind.PEOPLE, "email", (column("points", T.INTEGER),), HERE)
PURCHASES = Source(
    "orders",
    SourceKind.EVENTS,
    "email",
    (
        column("amount", T.MONEY, currency=EUR, category=Category("purchases")),
        column("items", T.INTEGER, category=Category("purchases")),
        column("weight", T.DECIMAL, decimals=3, category=Category("purchases")),
        column("coupon", T.TEXT, category=Category("purchases")),
    ),
    HERE,
    event="purchase",
    event_id="id",
    time="at",
    category=Category("purchases"),
)
OPENS = Source(
    "mails",
    SourceKind.EVENTS,
    "email",
    (),
    HERE,
    event="email_open",
    event_id="id",
    time="at",
    category=Category("engagement"),
)
CATALOGUE = Catalogue({s.name: s for s in (PEOPLE, LOYALTY, PURCHASES, OPENS)})
