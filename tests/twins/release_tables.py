# SPDX-License-Identifier: Apache-2.0
"""One small table of every kind, with every kind of measure, dimension, amount and formula."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from privseg.frames import (
    EVERYBODY,
    IN_KEY,
    MISSING_KEY,
    OUT_KEY,
    Block,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Cell,
    CountOf,
    DaysSince,
    Dimension,
    EachOf,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
)
from privseg.protect import TablePlan
from privseg.protect.formula import Combined, Derived, Lift, Part, Quotient, Term, Terms, Top
from privseg.release import (
    Caption,
    DerivedCaption,
    DimensionCaption,
    MemberSet,
    PlannedTable,
    TableKind,
    Unit,
)
from privseg.release.plan import EARLIEST, window_of
from privseg.terms import Attribute

AT = datetime(2026, 11, 1, tzinfo=UTC)
BIG, LAPSED, EARLIER = "big-spenders", "lapsed", "lapsed.30d"
SEGMENTS = ((BIG, "11" * 32), (LAPSED, "22" * 32))
SETS = (MemberSet(EARLIER, LAPSED, "22" * 32, 30),)

AGE, COUNTRY, CITY = Attribute("age"), Attribute("country"), Attribute("city")
PURCHASE, AMOUNT = Attribute("purchase"), Attribute("purchase.amount")
PEOPLE, EURO, PERCENT = Unit("people"), Unit("EUR", 2), Unit("%")
YEAR = window_of(365, AT)
WEB = (("channel", "web"),)

SIZE = Measure("size", MeasureKind.SIZE)
COUNT = Measure("count", MeasureKind.COUNT)
TOTAL = Measure("total", MeasureKind.TOTAL, SumOf(AMOUNT, YEAR, WEB), upper=50_000)
AVERAGE = Measure("average", MeasureKind.AVERAGE, EachOf(AMOUNT, (EARLIEST, AT)), 0, 20_000, 2)
QUANTILES = Measure(
    "spend", MeasureKind.QUANTILES, SumOf(AMOUNT, YEAR, only_with=True),
    grid=(0, 1_000, 5_000, 20_000, 50_000), ranks=(Fraction(1, 4), Fraction(1, 2)),
)  # fmt: skip
CAPTIONS = {
    "size": Caption("People", PEOPLE),
    "count": Caption("People", PEOPLE),
    "total": Caption(None, EURO, 365),
    "average": Caption("A purchase", EURO),
    "spend": Caption("Spending", EURO, 365),
    "bought": Caption("Bought", Unit(""), 90),
    "up_to": Caption("So far", PEOPLE),
    "spent_up_to": Caption("Spent so far", EURO),
}


def table(
    name: str,
    *measures: Measure,
    kind: TableKind = TableKind.CELLS,
    segments: tuple[str, ...] = (BIG, LAPSED),
    dimensions: tuple[tuple[Dimension, DimensionCaption], ...] = (),
    margins: tuple[tuple[int, ...], ...] = (),
    derived: tuple[tuple[Derived, DerivedCaption], ...] = (),
    groups: int = 2,
    rho: Fraction = Fraction(1, 400),
) -> PlannedTable:
    """Return a planned table; every measure costs ``rho``."""
    kinds = tuple(d for d, _ in dimensions)
    block = Block(name, segments, groups, measures, kinds, margins)
    plan = TablePlan.of(
        block,
        rhos=(rho,) * len(measures),
        min_people=20,
        delta=Fraction(1, 10**7),
        derived=tuple(d for d, _ in derived),
    )
    return PlannedTable(
        plan,
        f"An <{name}>",
        tuple(CAPTIONS[m.name] for m in measures),
        kind,
        tuple(c for _, c in dimensions),
        tuple(c for _, c in derived),
    )


def people(*cells: Cell, part: Part = Part.COUNT) -> Terms:
    """Return the sum of the counts of some cells."""
    return tuple(Term(1, cell, "count", part) for cell in cells)


def share(name: str, top: Terms, bottom: Terms) -> tuple[Derived, DerivedCaption]:
    return Quotient(name, top, bottom, 100, 0, 100), DerivedCaption("Share", PERCENT)


def overview() -> PlannedTable:
    """Return segments alone, with every measure of a cell."""
    return table("overview", SIZE, TOTAL, AVERAGE, QUANTILES)


def crossed() -> PlannedTable:
    """Return a cross-tab with totals that agree, shares and the largest cells."""
    country = ByCategory(COUNTRY, ("DE", "FR", MISSING_KEY)), DimensionCaption("Country")
    age = ByCut(OfPerson(AGE), (40,)), DimensionCaption("Age", Unit("years"))
    cells = [(BIG, (c, "[40,)")) for c in country[0].keys]
    shares = [share(f"share.{c[1][0]}", people(c), people(*cells)) for c in cells]
    return table(
        "crossed", SIZE, COUNT, dimensions=(country, age), margins=((0,), (1,), ()),
        derived=tuple(shares), rho=Fraction(1, 50),
    )  # fmt: skip


def regions() -> PlannedTable:
    """Return a breakdown of which the largest are named."""
    country = ByCategory(COUNTRY, ("DE", "FR", MISSING_KEY)), DimensionCaption(None)
    top = Top("largest", BIG, "size", 1), DerivedCaption("Largest", PEOPLE)
    return table("regions", SIZE, dimensions=(country,), derived=(top,))


def found() -> PlannedTable:
    """Return a breakdown by values that nobody declared."""
    return table("cities", SIZE, COUNT, dimensions=((ByFound(CITY), DimensionCaption("City")),))


def grid() -> PlannedTable:
    """Return recency by frequency by money."""
    ways = (
        (ByCut(DaysSince(PURCHASE, YEAR), (30,)), DimensionCaption("Days", Unit("days"), 365)),
        (ByCut(CountOf(PURCHASE, YEAR, WEB), (2,)), DimensionCaption("Often", Unit(""), 365)),
        (ByCut(SumOf(AMOUNT, YEAR), (10_000,)), DimensionCaption("Money", EURO, 365)),
    )
    return table("rfm", SIZE, segments=(BIG,), dimensions=ways, groups=1)


def trend() -> PlannedTable:
    """Return weeks, with running sums beside the single weeks."""
    ends = [AT - timedelta(days=7 * i) for i in (4, 3, 2, 1, 0)]
    windows = tuple(pairwise(ends))
    weeks = ByPeriod(PURCHASE, ("2026-W40", "2026-W41", "2026-W42", "2026-W43"), windows, 2, WEB)
    span = (ends[0], ends[-1])
    measures = (
        SIZE,
        Measure("up_to", MeasureKind.COUNT, running=True),
        Measure("spent_up_to", MeasureKind.TOTAL, SumOf(AMOUNT, span), upper=50_000, running=True),
    )
    dimensions = ((weeks, DimensionCaption("Week")),)
    return table("weekly", *measures, kind=TableKind.TREND, dimensions=dimensions, groups=4)


def overlap() -> PlannedTable:
    """Return who is in which of two segments, and what follows from that."""
    inside = {k: (EVERYBODY, k) for k in ((IN_KEY, IN_KEY), (IN_KEY, OUT_KEY), (OUT_KEY, IN_KEY))}
    both, first, second = inside.values()
    union = Combined("either", people(both, first, second)), DerivedCaption("Either", PEOPLE)
    jaccard = share("jaccard", people(both), people(both, first, second))
    members = tuple((ByMember(s), DimensionCaption(None)) for s in (BIG, LAPSED))
    return table(
        "overlap", SIZE, COUNT, kind=TableKind.OVERLAP, segments=(EVERYBODY,),
        dimensions=members, derived=(union, jaccard), groups=1,
    )  # fmt: skip


def change() -> PlannedTable:
    """Return a segment then and now, and by how much it grew."""
    members = tuple((ByMember(s), DimensionCaption(None)) for s in (EARLIER, LAPSED))
    joined, left = (EVERYBODY, (OUT_KEY, IN_KEY)), (EVERYBODY, (IN_KEY, OUT_KEY))
    terms = (*people(joined), Term(-1, left, "count", Part.COUNT))
    net = Combined("net", terms, is_signed=True), DerivedCaption("Net change", PEOPLE)
    return table(
        "change", SIZE, COUNT, kind=TableKind.CHANGE, segments=(EVERYBODY,), dimensions=members,
        derived=(net,), groups=1,
    )  # fmt: skip


def campaign() -> PlannedTable:
    """Return two arms, what they did, and the difference it made."""
    window = window_of(90, AT)
    arm = ByFirst(Attribute("exposure.arm"), ("letter", "none"), window, (("campaign", "spring"),))
    outcome = SumOf(Attribute("exposure.bought"), window, (("campaign", "spring"),))
    bought = Measure("bought", MeasureKind.AVERAGE, outcome, 0, 1, 1)
    cells = (BIG, ("letter",)), (BIG, ("none",))
    lift = Lift("lift", "bought", *cells), DerivedCaption("Lift", Unit(""))
    more = Lift("more", "bought", *cells, relative=True), DerivedCaption("Lift", Unit(""))
    return table(
        "spring", SIZE, bought, kind=TableKind.CAMPAIGN, segments=(BIG,),
        dimensions=((arm, DimensionCaption("Arm", Unit(""), 90)),), derived=(lift, more), groups=1,
        rho=Fraction(1, 20),
    )  # fmt: skip


def feedback() -> PlannedTable:
    """Return the answers to a question, and their net promoter score."""
    answers = ByCut(OfPerson(Attribute("recommend")), (7, 9)), DimensionCaption("Answer")
    low, middle, high = ((BIG, (k,)) for k in answers[0].keys[:3])
    top = (*people(high), Term(-1, low, "count", Part.COUNT))
    score = Quotient("nps", top, people(low, middle, high), 100, -100, 100)
    derived = ((score, DerivedCaption("Net promoter score", Unit("points"))),)
    return table(
        "survey", SIZE, COUNT, kind=TableKind.FEEDBACK, segments=(BIG,), dimensions=(answers,),
        derived=derived, groups=1,
    )  # fmt: skip


TABLES = {
    made.__name__: made
    for made in (
        *(overview, crossed, regions, found, grid, trend, overlap, change, campaign, feedback),
    )
}
