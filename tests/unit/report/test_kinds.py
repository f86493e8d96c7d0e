# SPDX-License-Identifier: Apache-2.0
"""Every kind of table has its own honest way to be shown."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from privseg.protect import Estimate, Withheld
from privseg.protect.stage import ProtectedDerived
from privseg.release import Statement
from privseg.report import Bulletin, Part, compose
from privseg.report.figure import Dots, Heat, Lines
from tests.twins import marketer_report as world


def told(*kinds: Callable[[], world.Made]) -> Bulletin:
    return compose(world.statement(*kinds), file="report.json")


def parts(bulletin: Bulletin) -> dict[str, Part]:
    return {p.name: p for s in bulletin.sections for p in s.parts}


def results(kind: Callable[[], world.Made], *found: ProtectedDerived) -> Bulletin:
    """Return the bulletin of one table with these results of its formulas."""
    planned, table = kind()
    return told(lambda: (planned, replace(table, derived=found)))


def test_segments_alone_are_dots_in_the_order_of_the_plan() -> None:
    part = parts(told(world.overview))["overview.size"]
    figure = part.panels[0].figure
    assert isinstance(figure, Dots)
    assert [m.label for m in figure.marks] == [n.label for n in world.NOTES]
    assert not figure.is_binned


def test_a_quantile_is_a_range_by_its_rank() -> None:
    found = parts(told(world.overview))
    assert "median" in found["overview.middle.1/2"].quantity
    assert "25 % of the people are below" in found["overview.middle.1/4"].quantity
    assert found["overview.middle.1/2"].grid is not None
    assert found["overview.middle.1/2"].grid.rows[0].interval == "200 to 500"


def test_a_breakdown_of_several_segments_is_a_heat_map_with_the_number_in_each_cell() -> None:
    (panel,) = parts(told(world.where))["where.count"].panels
    assert isinstance(panel.figure, Heat)
    cells = [c for _, row in panel.figure.rows for c in row]
    assert len(cells) == 3 * 8  # seven countries and the total
    assert all(c.text and (c.within or c.is_withheld) for c in cells)
    assert {c.is_total for c in cells} == {True, False}
    assert all(c.step is None for c in cells if c.is_total or c.is_withheld)


def test_where_people_are_counted_apart_from_the_gate_that_count_is_shown_alone() -> None:
    assert set(parts(told(world.where))) == {"where.count"}


def test_cut_points_are_read_as_ranges_and_their_unit_stands_in_the_heading() -> None:
    part = parts(told(world.ages))["ages.size"]
    first = part.panels[0].figure
    assert isinstance(first, Dots)
    assert first.is_binned
    assert [m.label for m in first.marks] == [
        "under 18", "18 to 24", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 or more",
        "Not known",
    ]  # fmt: skip
    assert part.quantity == "People, by Age (years)"


def test_three_dimensions_are_small_multiples_of_heat_maps() -> None:
    panels = parts(told(world.recency))["rfm.size"].panels
    assert [p.title for p in panels][:2] == [
        "Spent (EUR): under 100",
        "Spent (EUR): 100 to under 300",
    ]
    assert all(isinstance(p.figure, Heat) for p in panels)


def test_a_trend_is_a_line_a_segment_and_withheld_weeks_are_named_gaps() -> None:
    panels = parts(told(world.trend))["weekly.size"].panels
    assert [p.title for p in panels] == [n.label for n in world.NOTES]
    assert all(isinstance(p.figure, Lines) and len(p.figure.marks) == 26 for p in panels)
    assert panels[0].sentence == ""
    assert "week 21 of 2026, week 29 of 2026, week 30 of 2026 and week 32 of 2026" in (
        panels[2].sentence
    )


def test_a_trend_says_only_a_clear_change() -> None:
    assert parts(told(world.trend))["weekly.size"].finding == "Buyers: up for Lapsed big spenders"


def test_a_series_that_is_added_up_says_where_it_stands_and_what_it_is() -> None:
    part = parts(told(world.added_up))["so-far.sum"]
    assert part.finding.endswith("about 280,000 EUR by October 2026")
    assert any("sum up to that period" in r for r in part.remarks)


def test_an_overlap_says_who_is_in_which_sets_without_drawing_areas() -> None:
    bulletin = told(world.overlap)
    part = parts(bulletin)["overlap.count"]
    figure = part.panels[0].figure
    assert isinstance(figure, Dots)
    assert figure.marks[0].members == (True, True, True)
    assert "Only Lapsed big spenders and New customers" in [m.label for m in figure.marks]
    assert all(any(m.members) for m in figure.marks)  # nobody in none hides the others
    assert part.grid is not None
    assert any(r.labels == ("In none of these",) for r in part.grid.rows)
    assert part.finding == "In all of these: about 310"
    shares = parts(bulletin)["overlap.share.1"]
    assert shares.panels[0].figure.marks[0].label == "New customers among Lapsed big spenders"


def test_a_change_says_first_by_how_much_with_its_sign() -> None:
    bulletin = told(world.change)
    first = bulletin.sections[0].parts[0]
    assert first.finding == "Net change: a decrease of about 160 people"
    assert first.grid is not None
    assert first.grid.rows[0].estimate == "-160"
    labels = [r.labels[0] for r in parts(bulletin)["change.count"].grid.rows]
    assert labels == ["Stayed", "Left", "Joined", "In neither"]


def test_a_change_whose_interval_holds_zero_is_no_change() -> None:
    kept = ProtectedDerived("kept", Estimate(8123, 7960, 8290, 2))
    net = ProtectedDerived("net", Estimate(30, -4, 64))
    first = results(world.change, net, kept).sections[0].parts[0]
    assert first.finding == "Net change: no clear change"
    assert first.grid.rows[0].estimate == "+30"


def test_arms_stand_side_by_side_and_conversion_is_in_per_cent() -> None:
    part = parts(told(world.campaign))["autumn.bought"]
    assert part.unit == "%"
    assert [p.title for p in part.panels] == ["Lapsed big spenders", "New customers"]
    assert [m.label for m in part.panels[0].figure.marks] == ["letter", "held-out"]
    assert part.finding == "Bought in the last 90 days"  # the lift says whether arms differ


def test_a_lift_says_whether_it_is_clear_and_how_much_of_it_is_noise() -> None:
    found = parts(told(world.campaign))
    lift = next(p for name, p in found.items() if name.startswith("autumn.lift"))
    assert lift.finding == ("Lift: clearly higher for Lapsed big spenders: letter against held-out")
    assert lift.unit == "percentage points"
    assert [r.estimate for r in lift.grid.rows] == ["+2", "0"]
    assert any("At most 34 % of the uncertainty" in r for r in lift.remarks)
    assert any("only if chance alone decided" in r for r in lift.remarks)


def test_feedback_shows_its_score_before_the_answers() -> None:
    names = [p.name for p in told(world.survey).sections[0].parts]
    assert names == ["survey.nps", "survey.count"]


def test_a_list_of_the_largest_says_who_is_in_it_surely_and_who_possibly() -> None:
    part = parts(told(world.largest))["largest.top"]
    assert part.sentences == (
        "New customers: surely among the 3 largest: Austria. Possibly as well: Iran and Norway.",
    )


def test_of_largest_that_are_not_clear_none_is_sure() -> None:
    top = ProtectedDerived("top", None, possibly=(("Iran",), ("Norway",)))
    part = parts(results(world.largest, top))["largest.top"]
    assert part.finding == "The 3 largest countries: none is surely among them"


def test_values_that_were_found_come_with_what_their_absence_means() -> None:
    (section,) = told(world.cities).sections
    assert any("does not say that nobody has it" in r for r in section.remarks)


def test_totals_say_when_they_agree() -> None:
    (section,) = told(world.where).sections
    assert any("agrees with them, but for rounding" in r for r in section.remarks)


def test_a_total_says_by_how_much_its_limit_may_understate_it() -> None:
    part = parts(told(world.overview))["overview.revenue"]
    assert any("cut at 500 EUR" in r and "more than 10,000 EUR" in r for r in part.remarks)


def test_a_formula_that_gives_nothing_is_named_among_what_is_withheld() -> None:
    lines = told(world.overlap).withheld
    assert any("Engaged members among Lapsed big spenders" in x and "uncertain" in x for x in lines)


def test_every_withheld_cell_is_named() -> None:
    statement = world.statement()
    gone = sum(
        c.withheld is Withheld.TOO_FEW_PEOPLE for t in statement.protected.tables for c in t.cells
    )
    lines = compose(statement, file="x").withheld
    named = sum(x.count("; ") + 1 for x in lines if "too few" in x)
    assert named == gone > 5


@pytest.mark.parametrize("kind", world.KINDS, ids=lambda k: k.__name__)
def test_every_number_of_a_table_is_in_its_charts_or_its_table_twins(
    kind: Callable[[], world.Made],
) -> None:
    statement: Statement = world.statement(kind)
    bulletin = compose(statement, file="x")
    for part in (p for s in bulletin.sections for p in s.parts):
        if part.grid is not None:
            shown = [r for r in part.grid.rows if r.estimate]
            assert all(r.interval for r in shown)
            assert all(r.withheld for r in part.grid.rows if not r.estimate)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (
            world.overview,
            (
                "Lapsed big spenders: about 1,240 people, give or take 18. "
                "Revenue in the last 365 days: about 311,000 EUR, give or take 4,500."
            ),
        ),
        (
            world.trend,
            (
                "Buyers: up for Lapsed big spenders "
                "(Lapsed big spenders, week 43 of 2026: 510 people, 462 to 550)."
            ),
        ),
        (
            world.change,
            (
                "Net change: a decrease of about 160 people "
                "(Lapsed big spenders: -160 people, -201 to -127)."
            ),
        ),
        (
            world.campaign,
            (
                "Lift: clearly higher for Lapsed big spenders: letter against held-out "
                "(Lapsed big spenders: letter against held-out: +2 percentage points, 0.8 to 3.4)."
            ),
        ),
        (world.recency, "People: not the same everywhere."),
    ],
    ids=["size", "trend", "change", "lift", "many"],
)
def test_the_answer_names_what_was_most_likely_asked_for_with_its_range(
    kind: Callable[[], world.Made], answer: str
) -> None:
    assert told(kind).answer == answer


def test_people_whose_value_is_not_known_are_shown_but_never_a_finding() -> None:
    part = parts(told(world.largest))["largest.size"]
    marks = part.panels[0].figure.marks
    assert max(marks, key=lambda m: m.value or 0.0).label == "Not known"
    assert part.finding == "People: highest for Norway"
