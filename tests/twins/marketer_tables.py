# SPDX-License-Identifier: Apache-2.0
"""One table of every kind, as a marketer asks for it, with invented numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from privseg.frames import (
    EVERYBODY,
    IN_KEY,
    OUT_KEY,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Cell,
    CountOf,
    DaysSince,
    EachOf,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
)
from privseg.protect import (
    Estimate,
    ProtectedCell,
    ProtectedNumber,
    ProtectedTable,
    Withheld,
)
from privseg.protect.formula import Combined, Lift, Part, Quotient, Term, Top
from privseg.protect.stage import ProtectedDerived
from privseg.release import (
    Caption,
    DerivedCaption,
    DimensionCaption,
    TableKind,
    Unit,
)
from privseg.release.plan import window_of
from privseg.terms import Attribute
from tests.twins.marketer_basics import (
    AMOUNT,
    AT,
    COUNT,
    COUNTRIES,
    ENGAGED,
    EURO,
    LAPSED,
    NAMES,
    NEW,
    PEOPLE,
    PURCHASE,
    SIZE,
    SPENT,
    THEN,
    YEAR,
    Made,
    people,
    planned,
    protected,
)


def overview() -> Made:
    """Return segments alone: size, revenue, an average, quartile and median."""
    spent = Measure("revenue", MeasureKind.TOTAL, SPENT, upper=50_000)
    order = Measure("order", MeasureKind.AVERAGE, EachOf(AMOUNT, YEAR), 0, 20_000, 4)
    middle = Measure(
        "middle", MeasureKind.QUANTILES, SPENT,
        grid=(0, 5_000, 20_000, 50_000), ranks=(Fraction(1, 4), Fraction(1, 2)),
    )  # fmt: skip
    table = planned(
        "overview", "How many they are and what they spend",
        (
            (SIZE, Caption("People", PEOPLE)), (spent, Caption("Revenue", EURO, 365)),
            (order, Caption("Average order", EURO, 365)),
            (middle, Caption("Spending a year", EURO, 365)),
        ),
        groups=2,
    )  # fmt: skip
    return table, protected(table, lambda i, _: (1243 - 310 * i, 18))


def where() -> Made:
    """Return segments by country, with totals that agree."""
    way = (ByCategory(Attribute("country"), COUNTRIES), DimensionCaption("Country"))
    measures = ((SIZE, Caption(None, PEOPLE)), (COUNT, Caption("People", PEOPLE)))
    table = planned("where", "Where they live", measures, ways=(way,), margins=((),), groups=2)
    return table, protected(table)


def ages() -> Made:
    """Return a histogram for two segments."""
    cut = ByCut(OfPerson(Attribute("age")), (18, 25, 35, 45, 55, 65))
    way = (cut, DimensionCaption("Age", Unit("years")))
    table = planned(
        "ages", None, ((SIZE, Caption("People", PEOPLE)),), segments=(LAPSED, NEW), ways=(way,)
    )
    return table, protected(table)


def recency() -> Made:
    """Return recency by frequency by money: small multiples."""
    ways = (
        (ByCut(SPENT, (10_000, 30_000)), DimensionCaption("Spent", EURO, 365)),
        (ByCut(DaysSince(PURCHASE, YEAR), (30, 90)), DimensionCaption("Days since", Unit("days"))),
        (ByCut(CountOf(PURCHASE, YEAR), (2, 3, 6)), DimensionCaption("Purchases", Unit(""))),
    )
    table = planned(
        "rfm", "Recency, frequency and money", ((SIZE, Caption("People", PEOPLE)),),
        segments=(LAPSED,), ways=ways,
    )  # fmt: skip
    return table, protected(table)


def weeks(count: int) -> tuple[ByPeriod, DimensionCaption]:
    """Return that many weeks before the moment."""
    ends = [AT - timedelta(days=7 * i) for i in range(count, -1, -1)]
    keys = tuple(f"2026-W{44 - count + i:02d}" for i in range(count))
    windows = tuple(pairwise(ends))
    return ByPeriod(PURCHASE, keys, windows, 4), DimensionCaption("Week")


def trend() -> Made:
    """Return 26 weeks of three segments: one grows, one stays, one has gaps."""
    table = planned(
        "weekly", "Who bought, week by week", ((SIZE, Caption("Buyers", PEOPLE)),),
        kind=TableKind.TREND, ways=(weeks(26),), groups=8,
    )  # fmt: skip

    def rule(i: int, cell: Cell) -> tuple[int, int] | None:
        week = i % 26
        if cell[0] == ENGAGED and week in {3, 11, 12, 14}:
            return None
        level = {LAPSED: 120 + 14 * week, NEW: 300, ENGAGED: 90}[cell[0]]
        return level + (week * 71) % 37, 44

    return table, protected(table, rule)


def added_up() -> Made:
    """Return revenue that is added up, month by month, of one segment."""
    ends = [datetime(2026, m, 1, tzinfo=UTC) for m in range(1, 12)]
    months = ByPeriod(
        PURCHASE,
        tuple(f"2026-{m:02d}" for m in range(1, 11)),
        tuple(pairwise(ends)),
        4,
    )
    total = Measure(
        "sum", MeasureKind.TOTAL, SumOf(AMOUNT, (ends[0], ends[-1])), upper=50_000, running=True
    )
    table = planned(
        "so-far", None, ((SIZE, Caption("Buyers", PEOPLE)), (total, Caption("Revenue", EURO))),
        kind=TableKind.TREND, segments=(LAPSED,), ways=((months, DimensionCaption("Month")),),
        groups=4,
    )  # fmt: skip
    return table, protected(table, lambda i, _: (120 + 110 * i, 60))


def terms(*cells: Cell, sign: int = 1) -> tuple[Term, ...]:
    """Return the counts of some cells."""
    return tuple(Term(sign, c, "count", Part.COUNT) for c in cells)


def overlap() -> Made:
    """Return who is in which of three segments, with shares."""
    ways = tuple((ByMember(n), DimensionCaption(None)) for n in NAMES)
    keys = [
        (a, b, c) for a in (IN_KEY, OUT_KEY) for b in (IN_KEY, OUT_KEY) for c in (IN_KEY, OUT_KEY)
    ]
    in_first = [(EVERYBODY, k) for k in keys if k[0] == IN_KEY]
    share = [
        (
            Quotient(
                f"share.{i}",
                terms(*(c for c in in_first if c[1][i] == IN_KEY)),
                terms(*in_first),
                100,
                0,
                100,
            ),
            DerivedCaption("Share", Unit("%")),
        )
        for i in (1, 2)
    ]
    table = planned(
        "overlap", None, ((SIZE, Caption(None, PEOPLE)), (COUNT, Caption("People", PEOPLE))),
        kind=TableKind.OVERLAP, segments=(EVERYBODY,), ways=ways, derived=tuple(share),
    )  # fmt: skip
    results = (
        ProtectedDerived("share.1", Estimate(2310, 2040, 2620, 2)),
        ProtectedDerived("share.2", None, Withheld.TOO_NOISY),
    )
    return table, protected(table, people, *results)


def change() -> Made:
    """Return a segment thirty days ago and now."""
    ways = tuple((ByMember(n), DimensionCaption(None)) for n in (THEN, LAPSED))
    joined, left = (EVERYBODY, (OUT_KEY, IN_KEY)), (EVERYBODY, (IN_KEY, OUT_KEY))
    net = Combined("net", (*terms(joined), *terms(left, sign=-1)), is_signed=True)
    stayed = (EVERYBODY, (IN_KEY, IN_KEY))
    kept = Quotient("kept", terms(stayed), terms(stayed, left), 100, 0, 100)
    table = planned(
        "change", None, ((SIZE, Caption(None, PEOPLE)), (COUNT, Caption("People", PEOPLE))),
        kind=TableKind.CHANGE, segments=(EVERYBODY,), ways=ways,
        derived=(
            (net, DerivedCaption("Net change", PEOPLE)),
            (kept, DerivedCaption("Stayed", Unit("%"))),
        ),
    )  # fmt: skip
    results = (
        ProtectedDerived("net", Estimate(-164, -201, -127)),
        ProtectedDerived("kept", Estimate(8123, 7960, 8290, 2)),
    )
    return table, protected(table, people, *results)


def campaign() -> Made:
    """Return two arms of a campaign, what they did and cost, and the lift."""
    window = window_of(90, AT)
    arm = ByFirst(Attribute("exposure.arm"), ("letter", "held-out"), window)
    bought = Measure(
        "bought", MeasureKind.AVERAGE, SumOf(Attribute("exposure.bought"), window), 0, 1, 1
    )
    revenue = Measure(
        "revenue", MeasureKind.TOTAL, SumOf(Attribute("exposure.revenue"), window), upper=50_000
    )
    cells = [(s, (a,)) for s in (LAPSED, NEW) for a in arm.keys]
    lifts = [
        (
            Lift(f"lift.{s}", "bought", (s, ("letter",)), (s, ("held-out",))),
            DerivedCaption("Lift", Unit("")),
        )
        for s in (LAPSED, NEW)
    ]
    cost = [
        (
            Quotient(
                f"return.{s}",
                (Term(1, (s, ("letter",)), "revenue", Part.SUM),),
                terms((s, ("letter",))),
                lowest=0,
            ),
            DerivedCaption("Revenue a person reached", EURO),
        )
        for s in (LAPSED, NEW)
    ]
    table = planned(
        "autumn", "The autumn letter",
        (
            (SIZE, Caption(None, PEOPLE)), (COUNT, Caption("People reached", PEOPLE)),
            (bought, Caption("Bought", Unit(""), 90)), (revenue, Caption("Revenue", EURO, 90)),
        ),
        kind=TableKind.CAMPAIGN, segments=(LAPSED, NEW), ways=((arm, DimensionCaption("Arm")),),
        derived=(*lifts, *cost), groups=2,
    )  # fmt: skip
    assert len(cells) == len(table.block.cells)
    results = (
        ProtectedDerived("lift." + LAPSED, Estimate(210, 80, 340, 4), noise_share=Fraction(3, 10)),
        ProtectedDerived("lift." + NEW, Estimate(40, -90, 170, 4), noise_share=Fraction(1, 3)),
        ProtectedDerived("return." + LAPSED, Estimate(421_200, 398_800, 449_100, 2)),
        ProtectedDerived("return." + NEW, Estimate(310_000, 290_000, 330_000, 2)),
    )
    return table, protected(table, lambda i, _: (700 + 51 * i, 19), *results)


def survey() -> Made:
    """Return answers from 0 to 10, and the net promoter score."""
    cut = ByCut(OfPerson(Attribute("recommend")), tuple(range(1, 11)))
    keys = cut.keys
    low, high = [(LAPSED, (k,)) for k in keys[:7]], [(LAPSED, (k,)) for k in keys[9:11]]
    middle = [(LAPSED, (k,)) for k in keys[7:9]]
    nps = Quotient(
        "nps", (*terms(*high), *terms(*low, sign=-1)), terms(*low, *middle, *high), 100, -100, 100
    )
    table = planned(
        "survey", "Would they recommend us?",
        ((SIZE, Caption(None, PEOPLE)), (COUNT, Caption("People", PEOPLE))),
        kind=TableKind.FEEDBACK, segments=(LAPSED,),
        ways=((cut, DimensionCaption("Answer, 0 to 10")),),
        derived=((nps, DerivedCaption("Net promoter score", Unit("points"))),),
    )  # fmt: skip
    return table, protected(table, people, ProtectedDerived("nps", Estimate(-450, -1210, 310, 2)))


def cities() -> Made:
    """Return towns that were found in the data, and the largest countries."""
    way = (ByFound(Attribute("city")), DimensionCaption("Town"))
    table = planned(
        "towns", "Towns", ((SIZE, Caption("People", PEOPLE)),), segments=(NEW,), ways=(way,)
    )
    names = (
        "Bergen",
        "Bruck an der Mur",
        "=Köln",
        "Llanfairpwllgwyngyllgogerychwyrndrobwll",
        "تهران",
    )
    cells = tuple(
        ProtectedCell(
            NEW,
            (n,),
            {
                "size": ProtectedNumber(
                    "size", {}, Estimate(240 - 31 * i, 190 - 31 * i, 262 - 31 * i)
                )
            },
        )
        for i, n in enumerate(names)
    )
    return table, ProtectedTable("towns", cells)


def largest() -> Made:
    """Return the largest countries of a segment."""
    way = (ByCategory(Attribute("country"), COUNTRIES), DimensionCaption("Country"))
    top = Top("top", NEW, "size", 3)
    table = planned(
        "largest", "The largest countries", ((SIZE, Caption("People", PEOPLE)),), segments=(NEW,),
        ways=(way,), derived=((top, DerivedCaption("The 3 largest countries", PEOPLE)),),
    )  # fmt: skip
    sure = ProtectedDerived("top", None, surely=(("Austria",),), possibly=(("Iran",), ("Norway",)))
    return table, protected(table, people, sure)
