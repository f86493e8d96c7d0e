# SPDX-License-Identifier: Apache-2.0
"""Tables of a feedback score: answers counted at public points, and the score made of the counts.

A net promoter score is the percentage of answers of 9 or 10 less that of answers of 0 to 6, of
those who answered (Reichheld 2003); a csat the percentage at or above a point.
"""

from __future__ import annotations

from fractions import Fraction

from privseg.frames import ByCut, Measure, MeasureKind, OfPerson
from privseg.policy.numbers import Number, NumberKind
from privseg.protect.formula import Quotient
from privseg.release.ask_tables import FeedbackRequest, FeedbackScore
from privseg.release.compile_asking import Asking, stored, unit_of
from privseg.release.compile_cells import Formulas, count_of
from privseg.release.compile_draft import PERCENT, Draft, Measured, joined, people
from privseg.release.compile_errors import ReportNotUsableError
from privseg.release.compile_measures import range_of
from privseg.release.plan import Caption, DerivedCaption, DimensionCaption, TableKind, Unit

NPS_RANGE, NPS_CUTS = (0, 10), (7, 9)
POINTS = Unit("points")


def feedback(asking: Asking, table: FeedbackRequest) -> Draft:
    """Return the score of every segment's answers.

    Raises:
        ReportRefusedError: the policy declares no range of answers.
        ReportNotUsableError: the question has no numbers, or not those of the score.
    """
    kinds = NumberKind.PERSON, NumberKind.RESULT
    number = asking.number(table.question, table.place, *kinds)
    low, high = range_of(asking, "answers", number)
    match table.score:
        case FeedbackScore.MEAN:
            return _mean(asking, table, number, (low, high))
        case FeedbackScore.NPS:
            if (low, high) != NPS_RANGE or unit_of(number) != Unit(""):
                why = f"an nps is of answers from 0 to 10; {table.question!r} has another range"
                raise ReportNotUsableError(why, place=table.place)
            return _counted(asking, table, number, NPS_CUTS)
        case FeedbackScore.CSAT:
            return _counted(asking, table, number, (_point(table, number, low, high),))


def _point(table: FeedbackRequest, number: Number, low: int, high: int) -> int:
    """Return the point from which on an answer counts as satisfied."""
    point = table.at_least
    assert point is not None, "the request has seen to it"
    cut = stored(point, number.column)
    if not low < cut <= high:
        why = "outside the range of the answers: all or none would count"
        raise ReportNotUsableError(why, place=point.place)
    return cut


def _mean(asking: Asking, table: FeedbackRequest, number: Number, bounds: tuple[int, int]) -> Draft:
    counted, _gate = people((), table=table.name, counted=False)
    name = FeedbackScore.MEAN.value
    measure = Measure(name, MeasureKind.AVERAGE, OfPerson(number.attribute), *bounds, 1)
    parts = {name: {name: Fraction(1)}}
    answers = Measured(((measure, Caption(None, unit_of(number))),), parts)
    return Draft(
        asked=table,
        kind=TableKind.FEEDBACK,
        segments=asking.request.segments,
        groups=asking.groups,
        measured=joined(counted, answers),
    )


def _counted(
    asking: Asking, table: FeedbackRequest, number: Number, cuts: tuple[int, ...]
) -> Draft:
    """Return a table of how many answered between the points, and the score of each segment."""
    counted, _gate = people((), table=table.name, counted=True)
    dimension = ByCut(OfPerson(number.attribute), cuts)
    answered = dimension.keys[: len(cuts) + 1]
    return Draft(
        asked=table,
        kind=TableKind.FEEDBACK,
        segments=asking.request.segments,
        groups=asking.groups,
        measured=counted,
        dimensions=((dimension, DimensionCaption(None, unit_of(number))),),
        derived=tuple(
            formula
            for segment in asking.request.segments
            for formula in _score(table.score, segment, answered)
        ),
    )


def _score(score: FeedbackScore, segment: str, answered: tuple[str, ...]) -> Formulas:
    """Return best less worst of all who answered (nps), or best of all (csat), in percent."""
    bottom = tuple(count_of((segment, (key,))) for key in answered)
    best = count_of((segment, (answered[-1],)))
    name = f"{score.value}.{segment}"
    if score is FeedbackScore.CSAT:
        formula = Quotient(name, (best,), bottom, scale=100, highest=100)
        return ((formula, DerivedCaption(None, PERCENT)),)
    worst = count_of((segment, (answered[0],)), -1)
    formula = Quotient(name, (best, worst), bottom, scale=100, lowest=-100, highest=100)
    return ((formula, DerivedCaption(None, POINTS)),)
