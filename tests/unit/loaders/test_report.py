# SPDX-License-Identifier: Apache-2.0
"""Report files: what they ask, and every mistake at its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.report import load_report
from privseg.release.request import (
    Asked,
    ByValues,
    CellsRequest,
    MeasureRequest,
    ReportRequest,
)
from privseg.terms import Place

TEXT = """\
privseg: report/1
report: spring
title: Spring
segmenter: offers
segments: [big, new]
tables:
  - name: overview
    measures:
      - size
      - {total: purchase.amount, within: 365d, label: Revenue}
      - {average: purchase.amount, name: order}
  - {name: by-country, title: Where, by: country, measures: [{size: people, label: People}]}
weights: {overview.order: 3, not_included: 2}
"""


def load(tmp_path: Path, text: str) -> ReportRequest:
    path = tmp_path / "r.yaml"
    path.write_text(text, encoding="utf-8")
    return load_report(path, name="r.yaml")


def at(line: int, column: int) -> Place:
    return Place("r.yaml", line, column)


def test_a_report_asks_what_its_file_asks(tmp_path: Path) -> None:
    assert load(tmp_path, TEXT) == ReportRequest(
        name="spring",
        title="Spring",
        segmenter="offers",
        segments=("big", "new"),
        tables=(
            CellsRequest(
                "overview",
                (
                    MeasureRequest(Asked.SIZE, at(9, 9)),
                    MeasureRequest(Asked.TOTAL, at(10, 9), "purchase.amount", 365, "Revenue"),
                    MeasureRequest(Asked.AVERAGE, at(11, 9), "purchase.amount", name="order"),
                ),
                at(7, 5),
            ),
            CellsRequest(
                "by-country",
                (MeasureRequest(Asked.SIZE, at(12, 62), label="People"),),
                at(12, 5),
                by=(ByValues("country", at(12, 42)),),
                title="Where",
            ),
        ),
        place=at(1, 1),
        weights={"overview.order": 3, "not_included": 2},
    )


def test_what_costs_is_named_and_weighed(tmp_path: Path) -> None:
    asked = load(tmp_path, TEXT)
    assert {q: asked.weight(q) for q in asked.quantities} == {
        "overview.size": 1,
        "overview.total": 1,
        "overview.order": 3,
        "by-country.size": 1,
        "not_included": 2,
    }


def test_who_is_not_included_is_counted_unless_the_report_says_no(tmp_path: Path) -> None:
    text = TEXT.replace(", not_included: 2", "") + "not_included: false\n"
    assert "not_included" not in load(tmp_path, text).quantities


MISTAKES = {
    "another kind": ("report/1", "policy/1", "1:10", "expected 'privseg: report/1'"),
    "no segment": ("[big, new]", "[]", "5:1", "at least one"),
    "a segment twice": ("[big, new]", "[big, big]", "5:17", "twice"),
    "a segment that is no name": ("[big, new]", "[Big, new]", "5:12", "not a name"),
    "a table twice": ("by-country", "overview", "12:12", "twice"),
    "a table with a dot": ("by-country", "by.country", "12:12", "not a name"),
    "an unknown measure": ("- size\n", "- sise\n", "9:9", "did you mean 'size'?"),
    "an unknown aggregate": ("{average:", "{averge:", "11:9", "did you mean 'average'"),
    "two aggregates": ("{average: p", "{total: a.b, average: p", "11:22", "cannot stand together"),
    "a total of a person": ("{total: purchase.amount", "{total: age", "10:17", "event's property"),
    "a total of too much": ("{total: purchase", "{total: a.b", "10:17", "event's property"),
    "a window of months": ("365d", "12mo", "10:42", "such as 365d"),
    "a window of nothing": ("365d", "0d", "10:42", "such as 365d"),
    "a window longer than lives": ("365d", "99999d", "10:42", "such as 365d"),
    "two of one name": ("name: order", "name: total", "11:9", "another name"),
    "no measure": ("[{size: people, label: People}]", "[]", "12:51", "ask for a measure"),
    "a weight of nothing": (
        "overview.order",
        "overview.average",
        "13:29",
        "nothing asked is called",
    ),
    "a weight below one": ("order: 3", "order: 0", "13:27", "positive"),
    "a weight that is no number": ("order: 3", "order: 1.5", "13:27", "whole number"),
    "an unknown key": ("weights:", "weight:", "13:1", "did you mean 'weights'?"),
    "a bound": ("weights:", "rho: 1\nweights:", "13:1", "unknown key 'rho'"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, case: str) -> None:
    old, new, place, word = MISTAKES[case]
    assert old in TEXT
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, TEXT.replace(old, new, 1))
    found = [str(f) for f in refused.value.findings]
    assert any(f.startswith(f"r.yaml:{place}: error: ") and word in f for f in found), found


def test_a_request_refuses_what_no_file_could_say() -> None:
    size = MeasureRequest(Asked.SIZE, at(1, 1))
    table = CellsRequest("t", (size,), at(1, 1))
    with pytest.raises(ValueError, match="size has none"):
        MeasureRequest(Asked.SIZE, at(1, 1), "purchase.amount")
    with pytest.raises(ValueError, match="needs a property"):
        MeasureRequest(Asked.TOTAL, at(1, 1))
    with pytest.raises(ValueError, match="at least a day"):
        MeasureRequest(Asked.TOTAL, at(1, 1), "a.b", 0)
    with pytest.raises(ValueError, match="need ranks"):
        MeasureRequest(Asked.MEDIAN, at(1, 1), "a.b")
    with pytest.raises(ValueError, match="between 0 and 1"):
        MeasureRequest(Asked.QUANTILES, at(1, 1), "a.b", ranks=(Fraction(1),))
    with pytest.raises(ValueError, match="of conversion or revenue"):
        MeasureRequest(Asked.LIFT, at(1, 1))
    with pytest.raises(ValueError, match="name of its own"):
        CellsRequest("t", (size, size), at(1, 1))
    with pytest.raises(ValueError, match="named once"):
        ReportRequest("r", "R", "s", (), (table,), at(1, 1))
    with pytest.raises(ValueError, match="named once"):
        ReportRequest("r", "R", "s", ("a",), (table, table), at(1, 1))
    with pytest.raises(ValueError, match="names no quantity"):
        ReportRequest("r", "R", "s", ("a",), (table,), at(1, 1), weights={"t.total": 1})
    with pytest.raises(ValueError, match="positive"):
        ReportRequest("r", "R", "s", ("a",), (table,), at(1, 1), weights={"t.size": 0})
