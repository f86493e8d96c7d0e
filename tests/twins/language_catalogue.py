# SPDX-License-Identifier: Apache-2.0
"""The shop's catalogue with a source of every kind and scores, for tests of the language."""

from __future__ import annotations

from privseg.policy.catalogue import (
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Derived,
    Source,
    SourceKind,
)
from privseg.policy.scores import Affinity, LifetimeValue, Rfm, Score
from privseg.terms import Attribute, Category, Currency
from tests.twins.shop_catalogue import CATALOGUE as SHOP
from tests.twins.shop_catalogue import EUR, HERE, column

T = ColumnType
USD, YEN = Currency("USD"), Currency("JPY", 0)
FIRM, WEB, LISTS = Category("firmographics"), Category("browsing"), Category("engagement")
SECTIONS = ("home", "shoes", "sale")


def identifier(name: str) -> Column:
    """Return a column that no segment can read."""
    return column(name, T.TEXT, role=ColumnRole.DIRECT_IDENTIFIER, category=None, identifier=name)


WORK = Source(
    "work",
    SourceKind.PEOPLE,
    "email",
    (column("company", T.ACCOUNT, account="companies", category=Category("employment")),),
    HERE,
)
COMPANIES = Source(
    "companies",
    SourceKind.ACCOUNTS,
    "company_id",
    (
        column("company_id", T.ACCOUNT, category=Category("employment")),
        column("industry", T.CATEGORY, values=("software", "retail"), category=FIRM),
        column("employees", T.INTEGER, category=FIRM),
        column("turnover", T.MONEY, currency=YEN, category=FIRM),
        column("founded", T.DATE, category=FIRM),
    ),
    HERE,
)
ORPHANS = Source(
    "clubs",
    SourceKind.ACCOUNTS,
    "club_id",
    (column("club_id", T.ACCOUNT, category=FIRM), column("members", T.INTEGER, category=FIRM)),
    HERE,
)
NEWSLETTER = Source(
    "newsletter-2026",
    SourceKind.LIST,
    "email",
    (identifier("email"),),
    HERE,
    category=LISTS,
)
VIEWS = Source(
    "views",
    SourceKind.EVENTS,
    "email",
    (
        identifier("email"),
        column("section", T.CATEGORY, values=SECTIONS, category=WEB),
        column("colour", T.CATEGORY, values=("red", "blue"), category=WEB),
        column("tags", T.SET, values=("new", "cheap"), category=WEB),
        column("article", T.TEXT, category=WEB),
        column("delivery", T.DATE, category=WEB),
        column("logged_in", T.BOOLEAN, category=WEB),
        column("price", T.MONEY, currency=EUR, category=WEB),
        column("dollars", T.MONEY, currency=USD, category=WEB),
        column("ratio", T.DECIMAL, decimals=2, category=WEB),
    ),
    HERE,
    event="page_view",
    event_id="id",
    time="at",
    category=WEB,
)
RFM = Score(
    "rfm",
    Rfm(
        event="purchase",
        amount=Attribute("purchase.amount"),
        within_days=365,
        recency_days=(30, 90),
        frequency=(2, 5),
        monetary=(5_000, 10_000),
    ),
    Category("purchases"),
    HERE,
)
INTEREST = Score(
    "interest",
    Affinity(Attribute("page_view.section"), within_days=90, at_least=3, values=SECTIONS),
    WEB,
    HERE,
)
VALUE = Score(
    "value",
    LifetimeValue(
        event="purchase",
        amount=Attribute("purchase.amount"),
        period_days=7,
        horizon=52,
        grid=100,
        currency=EUR,
        time_zone="UTC",
    ),
    Category("purchases"),
    HERE,
)
TASTE = Derived(Attribute("taste"), frozenset({Attribute("age")}), Category("profile"), HERE)
SCORES = {s.name: s for s in (RFM, INTEREST, VALUE)}
SOURCES = {s.name: s for s in (WORK, COMPANIES, ORPHANS, NEWSLETTER, VIEWS)}
CATALOGUE = Catalogue({**SHOP.sources, **SOURCES}, {TASTE.attribute: TASTE}, SCORES)
