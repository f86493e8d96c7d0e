# SPDX-License-Identifier: Apache-2.0
"""A small shop's policy and requests, for what a report asks and what is planned to answer it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

from privseg.policy.campaign import CampaignRoles
from privseg.policy.catalogue import Catalogue, Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.policy.rules import BudgetRules, Clamp, Policy, ReleaseRules, Segmenter
from privseg.policy.scores import Funnel, LifetimeParameters, LifetimeValue, Rfm, Score
from privseg.release.compile import compile_report
from privseg.release.plan import PlannedTable, ReportPlan
from privseg.release.request import (
    AmountKind,
    AmountRequest,
    Asked,
    ByCutPoints,
    ByRequest,
    ByValues,
    CampaignRequest,
    CellsRequest,
    MeasureRequest,
    Point,
    ReportRequest,
    TableRequest,
)
from privseg.terms import Attribute, Category, Controller, Currency, Place, Purpose, StaffRole

HERE = Place("policies/shop.yaml", 12, 5)
THERE = Place("policies/shop.yaml", 40, 3)  # of the source that records campaigns
ASKED = Place("reports/monthly.yaml", 3, 1)
AMOUNT, COUNTRY = Attribute("purchase.amount"), Attribute("country")
AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
SEGMENTS = {"big-spenders": "11" * 32, "lapsed": "22" * 32, "engaged": "44" * 32}
PROFILE, PURCHASES = Category("profile"), Category("purchases")
EUR = Currency("EUR")

Kind = ColumnType


def column(name: str, kind: ColumnType, **more: Any) -> Column:
    category = more.pop("category", PROFILE)
    role = more.pop("role", ColumnRole.ORDINARY)
    return Column(name, name, kind, role, HERE, category, **more)


CRM = Source(
    "crm",
    SourceKind.PEOPLE,
    "email",
    (
        Column("E-mail", "email", Kind.TEXT, ColumnRole.DIRECT_IDENTIFIER, HERE),
        column("country", Kind.CATEGORY, values=("DE", "FR")),
        column("gender", Kind.CATEGORY, values=("female", "male", "other")),
        column("likes", Kind.SET, values=("sport", "home")),
        column("uses_app", Kind.BOOLEAN),
        column("city", Kind.TEXT, role=ColumnRole.QUASI_IDENTIFIER),
        column("illness", Kind.TEXT, special=True, role=ColumnRole.SENSITIVE),
        column("points", Kind.INTEGER),
        column("satisfaction", Kind.INTEGER),
        column("born", Kind.DATE),
        column("odd", Kind.CATEGORY, values=("(missing)",)),
    ),
    HERE,
)
ORDERS = Source(
    "orders",
    SourceKind.EVENTS,
    "email",
    (
        column("amount", Kind.MONEY, category=PURCHASES, currency=EUR),
        column("weight", Kind.DECIMAL, category=PURCHASES, decimals=3),
        column("note", Kind.TEXT, category=PURCHASES),
        column("kind", Kind.CATEGORY, category=PURCHASES, values=("a", "b")),
    ),
    HERE,
    event="purchase",
    event_id="Id",
    time="When",
    category=PURCHASES,
)
VISITS = Source(
    "web",
    SourceKind.EVENTS,
    "email",
    (column("seconds", Kind.INTEGER, category=PURCHASES),),
    HERE,
    event="visit",
    event_id="Id",
    time="When",
    category=PURCHASES,
)
ROLES = CampaignRoles("campaign", "arm", "letter", "held-out", "cost", "bought", "revenue")
LETTERS = Source(
    "letters",
    SourceKind.EVENTS,
    "email",
    (
        column("campaign", Kind.CATEGORY, category=PURCHASES, values=("spring-letter", "autumn")),
        column("arm", Kind.CATEGORY, category=PURCHASES, values=("letter", "held-out")),
        column("cost", Kind.MONEY, category=PURCHASES, currency=EUR),
        column("bought", Kind.BOOLEAN, category=PURCHASES),
        column("revenue", Kind.MONEY, category=PURCHASES, currency=EUR),
        column("dollars", Kind.MONEY, category=PURCHASES, currency=Currency("USD")),
    ),
    THERE,
    event="exposure",
    event_id="Id",
    time="When",
    category=PURCHASES,
    campaign=ROLES,
)
PARAMETERS = LifetimeParameters(*map(Fraction, (1, 4, 1, 2, 6, 4, 15)))


def worth(name: str = "worth", parameters: LifetimeParameters | None = PARAMETERS) -> Score:
    formula = LifetimeValue("purchase", AMOUNT, 7, 52, 100, EUR, "UTC", parameters)
    return Score(name, formula, PURCHASES, HERE)


SCORES = {
    "rfm": Score(
        "rfm", Rfm("purchase", AMOUNT, 365, (30, 90), (2, 4), (10_000, 30_000)), PURCHASES, HERE
    ),
    "funnel": Score(
        "funnel", Funnel({"looked": "visit", "bought": "purchase"}, 90), PURCHASES, HERE
    ),
    "worth": worth(),
}


def clamps(*several: Clamp) -> dict[Attribute, Clamp]:
    return {clamp.attribute: clamp for clamp in several}


SPEND = Clamp(AMOUNT, 50_000, (0, 20_000), 2, edges=tuple(range(0, 100_001, 10_000)))
RULES = ReleaseRules(
    HERE,
    groups_per_person=2,
    periods_per_person=4,
    clamps=clamps(
        SPEND,
        Clamp(Attribute("purchase"), per_person=50, edges=(0, 1, 2, 5, 10)),
        Clamp(Attribute("purchase.weight"), per_person=9_000),
        Clamp(Attribute("visit.seconds"), per_person=600),
        Clamp(Attribute("satisfaction"), range=(0, 10), edges=tuple(range(11))),
        Clamp(Attribute("worth.value"), range=(0, 200_000)),
        Clamp(Attribute("exposure.cost"), per_person=200),
        Clamp(Attribute("exposure.revenue"), per_person=20_000),
        Clamp(Attribute("exposure.dollars"), per_person=20_000),
    ),
)


def policy(
    rules: ReleaseRules | None = RULES,
    *,
    scores: Mapping[str, Score] = SCORES,
    letters: Source | None = LETTERS,
) -> Policy:
    """Return the shop's policy; its one segmenter may release under ``rules``."""
    sources = {s.name: s for s in (CRM, ORDERS, VISITS, letters) if s is not None}
    purpose, run_by = Purpose("marketing.insight"), frozenset({StaffRole.MARKETER})
    segmenter = Segmenter("lifecycle", purpose, {COUNTRY: HERE}, run_by, HERE, rules)
    segmenters = {"lifecycle": segmenter}
    catalogue = Catalogue(sources, scores=scores)
    return Policy(Controller("Shop"), catalogue, {}, {}, segmenters, BudgetRules(), "ab" * 32)


def ask(kind: Asked, attribute: str | None = None, days: int | None = None, **more: Any) -> Any:
    name = None if attribute is None else Attribute(attribute)
    return MeasureRequest(kind, ASKED, name, days, **more)


def size(**more: Any) -> MeasureRequest:
    return MeasureRequest(Asked.SIZE, ASKED, **({"label": "People"} | more))


def total(days: int | None = 365, attribute: str = AMOUNT, **more: Any) -> MeasureRequest:
    return MeasureRequest(Asked.TOTAL, ASKED, Attribute(attribute), days, **more)


def average(days: int | None = None, attribute: str = AMOUNT) -> MeasureRequest:
    return MeasureRequest(Asked.AVERAGE, ASKED, Attribute(attribute), days)


def by(*attributes: str) -> tuple[ByRequest, ...]:
    return tuple(ByValues(Attribute(a), ASKED) for a in attributes)


def point(number: str, currency: str | None = None) -> Point:
    return Point(Decimal(number), ASKED, currency)


def cut(
    attribute: str,
    *at: Point,
    kind: AmountKind = AmountKind.VALUE,
    days: int | None = None,
    **more: Any,
) -> ByCutPoints:
    amount = AmountRequest(kind, Attribute(attribute), ASKED, days, **more)
    return ByCutPoints(amount, at, ASKED)


def table(*measures: MeasureRequest, name: str = "overview", **more: Any) -> CellsRequest:
    return CellsRequest(name, measures or (size(),), ASKED, **more)


def spring(*measures: MeasureRequest, **more: Any) -> CampaignRequest:
    return CampaignRequest(
        **{
            "name": "spring",
            "campaign": "spring-letter",
            "measures": measures,
            "place": ASKED,
            "days": 90,
        }
        | more
    )


def request(*tables: TableRequest, **changes: Any) -> ReportRequest:
    facts: dict[str, Any] = {
        "name": "monthly",
        "title": "Who spends & who left?",
        "segmenter": "lifecycle",
        "segments": tuple(SEGMENTS),
        "tables": tables,
        "place": ASKED,
        "not_included": False,
    }
    return ReportRequest(**(facts | changes))


WHOLE = request(
    table(size(), total(), average()),
    table(size(), name="by_country", by=by("country")),
    not_included=True,
)

EARLIER = {"lapsed": ("33" * 32, "3a" * 32, SEGMENTS["lapsed"])}


def plan(
    asked: ReportRequest = WHOLE,
    rules: ReleaseRules | None = RULES,
    *,
    zone: tzinfo = UTC,
    of: Policy | None = None,
) -> ReportPlan:
    return compile_report(
        asked,
        segments=SEGMENTS,
        policy=policy(rules) if of is None else of,
        at=AT,
        zone=zone,
        earlier=EARLIER,
    )


def planned(asked: TableRequest, rules: ReleaseRules | None = RULES, **more: Any) -> PlannedTable:
    """Return the plan of one table."""
    (found,) = plan(request(asked), rules, **more).tables
    return found
