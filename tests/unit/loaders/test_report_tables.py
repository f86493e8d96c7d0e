# SPDX-License-Identifier: Apache-2.0
"""Report files: every kind of table that can be asked for, and its mistakes at their places."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.report import load_report
from privseg.release.request import (
    AmountKind,
    AmountRequest,
    Asked,
    ByCutPoints,
    ByFoundValues,
    ByGrid,
    ByValues,
    CampaignRequest,
    CellsRequest,
    ChangeRequest,
    Every,
    FeedbackRequest,
    FeedbackScore,
    OverlapRequest,
    Point,
    ReportRequest,
    TableRequest,
    TrendRequest,
)
from privseg.terms import Place

HEAD = """\
privseg: report/1
report: spring
title: Spring
segmenter: offers
segments: [big, new, old]
tables:
"""
EVERY_KIND = """\
  - name: overview
    measures:
      - size
      - {total: purchase.amount, within: 365d}
      - {average: purchase.amount, within: 365d}
      - {median: purchase.amount, within: 365d}
      - {quantiles: [0.25, 0.9], of: purchase.amount, within: 365d}
      - {events: purchase, within: 90d}
      - {mean: satisfaction}
      - {mean: purchase.amount, within: 365d, only_with: true}
      - lifetime_value
  - {name: cross, by: [country, gender], totals: true, measures: [size]}
  - {name: ages, by: {cut: age, at: [18, 30, 45, 60]}}
  - name: rfm
    by:
      - {cut: {days_since: purchase, within: 365d}, at: [30, 90]}
      - {cut: {count: purchase, within: 365d, only_with: true}, at: [2, 4]}
      - {cut: {sum: purchase.amount, within: 365d}, at: [100 EUR, 300 EUR]}
  - {name: rfm2, grid: rfm}
  - {name: cities, by: {found: city}, top: 5}
  - {name: countries, by: country, shares: true}
  - name: weekly
    trend: {of: purchase, every: week, periods: 12}
    measures: [size, {total: purchase.amount}]
  - name: sofar
    trend: {of: purchase, every: month, periods: 12}
    cumulative: true
    measures: [{total: purchase.amount}]
  - {name: both, overlap: [big, new]}
  - {name: moved, change: {segment: old, since: 30d}}
  - {name: redefined, change: {segment: old, from_version: 0a1b2c3d}}
  - name: letter
    campaign: spring-letter
    within: 90d
    measures:
      [conversion, acquisition_cost, revenue, return_on_spend, lift,
       {lift: revenue, relative: true}]
  - {name: score, feedback: {question: satisfaction, score: nps}}
  - {name: happy, feedback: {question: satisfaction, score: csat, at_least: 8}}
"""


def load(tmp_path: Path, text: str) -> ReportRequest:
    path = tmp_path / "r.yaml"
    path.write_text(text, encoding="utf-8")
    return load_report(path, name="r.yaml")


def tables(tmp_path: Path) -> dict[str, TableRequest]:
    return {t.name: t for t in load(tmp_path, HEAD + EVERY_KIND).tables}


def test_a_file_can_ask_for_every_kind_of_table(tmp_path: Path) -> None:
    found = tables(tmp_path)
    kinds = {name: type(table) for name, table in found.items()}
    assert set(kinds.values()) == {
        CellsRequest,
        TrendRequest,
        OverlapRequest,
        ChangeRequest,
        CampaignRequest,
        FeedbackRequest,
    }


def test_measures_ask_what_they_say_and_each_has_a_name(tmp_path: Path) -> None:
    table = tables(tmp_path)["overview"]
    assert isinstance(table, CellsRequest)
    said = [(m.name, m.kind, m.attribute, m.days, m.ranks, m.only_with) for m in table.measures]
    amount, year = "purchase.amount", 365
    quarters = (Fraction(1, 4), Fraction(9, 10))
    assert said == [
        ("size", Asked.SIZE, None, None, (), False),
        ("total", Asked.TOTAL, amount, year, (), False),
        ("average", Asked.AVERAGE, amount, year, (), False),
        ("median", Asked.MEDIAN, amount, year, (Fraction(1, 2),), False),
        ("quantiles", Asked.QUANTILES, amount, year, quarters, False),
        ("events", Asked.EVENTS, "purchase", 90, (), False),
        ("mean", Asked.MEAN, "satisfaction", None, (), False),
        ("mean-purchase-amount", Asked.MEAN, amount, year, (), True),
        ("lifetime_value", Asked.LIFETIME_VALUE, None, None, (), False),
    ]


def test_breakdowns_are_values_found_values_cut_points_and_grids(tmp_path: Path) -> None:
    found = tables(tmp_path)

    def by(name: str) -> object:
        table = found[name]
        assert isinstance(table, CellsRequest)
        return table.by

    place = Place("r.yaml", 18, 24)
    assert by("cross") == (
        ByValues("country", place),
        ByValues("gender", Place("r.yaml", 18, 33)),
    )
    ages = Place("r.yaml", 19, 28)
    points = tuple(
        Point(Decimal(n), Place("r.yaml", 19, c))
        for n, c in ((18, 38), (30, 42), (45, 46), (60, 50))
    )
    amount = AmountRequest(AmountKind.VALUE, "age", ages)
    assert by("ages") == (ByCutPoints(amount, points, Place("r.yaml", 19, 18)),)
    assert by("rfm2") == (ByGrid("rfm", Place("r.yaml", 25, 24)),)
    assert by("cities") == (ByFoundValues("city", Place("r.yaml", 26, 20)),)


def test_amounts_that_are_cut_have_windows_and_points_their_currency(tmp_path: Path) -> None:
    table = tables(tmp_path)["rfm"]
    assert isinstance(table, CellsRequest)
    cuts = [by for by in table.by if isinstance(by, ByCutPoints)]
    assert [
        (c.amount.kind, c.amount.attribute, c.amount.days, c.amount.only_with) for c in cuts
    ] == [
        (AmountKind.DAYS_SINCE, "purchase", 365, False),
        (AmountKind.COUNT, "purchase", 365, True),
        (AmountKind.SUM, "purchase.amount", 365, False),
    ]
    assert [(p.number, p.currency) for p in cuts[2].at] == [(100, "EUR"), (300, "EUR")]


def test_a_table_without_measures_counts_people(tmp_path: Path) -> None:
    table = tables(tmp_path)["ages"]
    assert isinstance(table, CellsRequest)
    assert [m.kind for m in table.measures] == [Asked.SIZE]


def test_the_other_kinds_say_what_they_are_about(tmp_path: Path) -> None:
    found = tables(tmp_path)
    weekly, sofar = found["weekly"], found["sofar"]
    assert isinstance(weekly, TrendRequest)
    assert isinstance(sofar, TrendRequest)
    assert (weekly.of, weekly.every, weekly.periods, weekly.cumulative) == (
        "purchase",
        Every.WEEK,
        12,
        False,
    )
    assert (sofar.every, sofar.cumulative) == (Every.MONTH, True)
    places = {name: table.place for name, table in found.items()}
    assert found["both"] == OverlapRequest("both", ("big", "new"), places["both"])
    assert found["moved"] == ChangeRequest("moved", "old", places["moved"], 30)
    assert found["redefined"] == ChangeRequest(
        "redefined", "old", places["redefined"], None, "0a1b2c3d"
    )
    score, happy = found["score"], found["happy"]
    assert score == FeedbackRequest("score", "satisfaction", FeedbackScore.NPS, places["score"])
    assert isinstance(happy, FeedbackRequest)
    assert happy.at_least == Point(Decimal(8), Place("r.yaml", 45, 77))
    assert places["happy"] == Place("r.yaml", 45, 5)


def test_a_campaigns_lifts_have_names_of_their_own(tmp_path: Path) -> None:
    table = tables(tmp_path)["letter"]
    assert isinstance(table, CampaignRequest)
    assert (table.campaign, table.days) == ("spring-letter", 90)
    assert [m.name for m in table.measures] == [
        "conversion",
        "acquisition_cost",
        "revenue",
        "return_on_spend",
        "lift",
        "relative-revenue-lift",
    ]


def test_everything_that_costs_can_be_weighed_by_its_name(tmp_path: Path) -> None:
    asked = load(tmp_path, HEAD + EVERY_KIND + "weights: {both.size: 3, letter.lift: 2}\n")
    assert asked.weight("both.size") == 3
    assert {"ages.size", "letter.size", "score.size", "moved.size"} <= set(asked.quantities)
    assert asked.compared == ("old",)


def test_a_kind_of_table_says_which_keys_it_has_not(tmp_path: Path) -> None:
    wrong = HEAD + "  - {name: a, overlap: [big, new], measures: [size], within: 3d}\n"
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, wrong)
    assert [str(f) for f in refused.value.findings] == [
        f"r.yaml:7:{column}: error: a table with 'overlap' has no {key!r}; "
        "there are: name, overlap, title"
        for column, key in ((36, "measures"), (62, "within"))
    ]


ONE = "  - {name: a, %s}\n"
MISTAKES = {
    "two kinds": (
        "overlap: [big, new], change: {segment: old, since: 3d}",
        "cannot stand together",
    ),
    "a plain table within": ("by: country, within: 3d", "such a table has no 'within'"),
    "by and grid": ("by: country, grid: rfm", "cannot stand together"),
    "nothing to break down by": ("by: []", "name what to break it down by"),
    "a breakdown that is no name": ("by: Country", "expected a name such as age"),
    "found and cut": ("by: {found: city, cut: age, at: [1]}", "cannot stand together"),
    "a cut without points": ("by: {cut: age}", "key 'at' is missing"),
    "no points": ("by: {cut: age, at: []}", "1 to 200 points"),
    "a point that is none": ("by: {cut: age, at: [young]}", "such as 18 or 100 EUR"),
    "a point with an exponent": ("by: {cut: age, at: [1e3]}", "such as 18 or 100 EUR"),
    "a cut of too much": ("by: {cut: a.b.c, at: [1]}", "expected a name"),
    "a cut of an unknown thing": ("by: {cut: {sume: a.b}, at: [1]}", "did you mean 'sum'"),
    "days since for ever": ("by: {cut: {days_since: a, within: 3w}, at: [1]}", "such as 365d"),
    "totals of nothing": ("totals: true", "totals are those of a breakdown"),
    "shares of two": ("by: [a, b], shares: true", "shares is of one breakdown"),
    "shares of a grid": ("grid: rfm, shares: true", "shares is of one breakdown"),
    "the largest of nothing": ("top: 3", "top is of one breakdown"),
    "the largest none": ("by: country, top: 0", "at least 1"),
    "the largest and totals": ("by: country, top: 3, totals: true", "top stands without totals"),
    "no measure": ("by: country, measures: []", "ask for a measure"),
    "ranks beyond": ("measures: [{quantiles: [1.5], of: a.b}]", "between 0 and 1"),
    "a rank twice": ("measures: [{quantiles: [0.5, 0.5], of: a.b}]", "twice"),
    "no ranks": ("measures: [{quantiles: [], of: a.b}]", "name at least one"),
    "quantiles of nothing": ("measures: [{quantiles: [0.5]}]", "key 'of' is missing"),
    "a lift of size": ("measures: [{lift: size}]", "unknown word 'size'"),
    "a word that is none": ("measures: [converson]", "did you mean 'conversion'"),
    "two of one thing": ("measures: [{mean: a}, {mean: a}, {mean: a}]", "give it another name"),
    "two lifts alike": ("campaign: c, measures: [lift, lift]", "give it another name"),
    "a trend of one period": ("trend: {of: a, every: week, periods: 1}", "2 to 400"),
    "a trend of ages": ("trend: {of: a, every: week, periods: 999}", "2 to 400"),
    "a trend by days": ("trend: {of: a, every: day, periods: 3}", "unknown word 'day'"),
    "a window in a trend": (
        "trend: {of: a, every: week, periods: 3}, measures: [{total: a.b, within: 3d}]",
        "leave within out",
    ),
    "an overlap of one": ("overlap: [big]", "two or three segments"),
    "an overlap with itself": ("overlap: [big, big]", "twice"),
    "an overlap of four": ("overlap: [big, new, old, big]", "two or three segments"),
    "an overlap with another": ("overlap: [big, nwe]", "did you mean 'new'"),
    "a change of another": ("change: {segment: odl, since: 3d}", "did you mean 'old'"),
    "a change from nothing": ("change: {segment: old}", "say since"),
    "a change from two things": (
        "change: {segment: old, since: 3d, from_version: 0a1b2c3d}",
        "one of them",
    ),
    "a change from a name": ("change: {segment: old, from_version: first}", "8 digits or more"),
    "a campaign without numbers": ("campaign: c", "say which numbers"),
    "nps at a point": (
        "feedback: {question: a, score: nps, at_least: 3}",
        "other scores have none",
    ),
    "csat without a point": ("feedback: {question: a, score: csat}", "at or above a point"),
    "an unknown score": ("feedback: {question: a, score: ces}", "unknown word 'ces'"),
    "cumulative cells": ("by: country, cumulative: true", "no 'cumulative'"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_at_its_place_with_what_to_write(tmp_path: Path, case: str) -> None:
    text, word = MISTAKES[case]
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, HEAD + ONE % text)
    found = [str(f) for f in refused.value.findings]
    assert any(f.startswith("r.yaml:7:") and word in f for f in found), found


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    wrong = HEAD + ONE % "by: country, top: 0" + (ONE % "overlap: [big]").replace("a,", "b,")
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, wrong)
    assert {f.place.line for f in refused.value.findings} == {7, 8}
