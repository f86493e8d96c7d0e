# SPDX-License-Identifier: Apache-2.0
"""From what is asked of a cell to what is measured of it: amounts, bounds and units."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from privseg.frames import (
    Amount,
    CountOf,
    EachOf,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
    Window,
)
from privseg.policy.numbers import Number, NumberKind
from privseg.policy.scores import ScoreKind
from privseg.release.ask_measures import OF_CAMPAIGNS, Asked, MeasureRequest
from privseg.release.compile_asking import Asking, example_of, unit_of
from privseg.release.compile_draft import Measured
from privseg.release.compile_errors import ReportNotUsableError, ReportRefusedError
from privseg.release.plan import Caption, window_of
from privseg.terms import Attribute, Place

TRUTH = (0, 1)  # a boolean's own bounds


@dataclass(frozen=True, slots=True)
class Frame:
    """What a table says of its measures: the window of a trend, and which event it is of.

    Without a window a measure has its own; ``running`` asks for sums up to each period.
    """

    window: Window | None = None
    event: Attribute | None = None
    running: bool = False


PLAIN = Frame()


def measured(asking: Asking, asked: MeasureRequest, frame: Frame = PLAIN) -> Measured:
    """Return what answers one question, but for the number of people.

    Raises:
        ReportRefusedError: a bound is missing, or a source of campaigns.
        ReportNotUsableError: it has no such number, or none in a table of this kind.
    """
    if asked.kind in OF_CAMPAIGNS:
        raise no_campaign(asking, asked)
    number = _number(asking, asked)
    _check_frame(asked, number, frame)
    measure, days = _measure(asking, asked, number, frame)
    caption = Caption(asked.label, unit_of(number), days)
    return Measured(((measure, caption),), {asked.name: {asked.name: Fraction(1)}})


def no_campaign(asking: Asking, asked: MeasureRequest) -> ReportRefusedError | ReportNotUsableError:
    """Return the refusal of a number of campaigns in a table that is about none."""
    sources = asking.policy.catalogue.sources.values()
    recording = [s for s in sources if s.campaign is not None]
    if recording:
        why = (
            f"{asked.kind.value} is a number of a campaign, and this table is about none; "
            "say which: campaign: NAME"
        )
        return ReportNotUsableError(why, place=asked.place)
    return no_source(asked.kind.value, asking, asked.place)


def no_source(what: str, asking: Asking, place: Place) -> ReportRefusedError:
    """Return the refusal of what only a source of campaigns could answer, as there is none."""
    return ReportRefusedError(
        f"{what} (asked in {place}) needs to know whom a campaign reached, at what cost and with "
        "what outcome, and no source of the policy records that",
        place=asking.rules.place,
        remedy="add a source that holds events, one for each person reached, and say what its "
        "columns are: campaign: {name: campaign, arm: arm, treated: letter, control: held-out, "
        "cost: cost, outcome: bought, revenue: revenue}",
    )


def _number(asking: Asking, asked: MeasureRequest) -> Number:
    """Return what the question is about."""
    match asked.kind:
        case Asked.EVENTS:
            name = asking.event(Attribute(str(asked.attribute)), asked.place)
            return asking.number(name, asked.place)
        case Asked.TOTAL | Asked.AVERAGE:
            return _property(asking, asked)
        case Asked.LIFETIME_VALUE:
            return asking.number(_lifetime_value(asking, asked), asked.place)
        case _:
            return asking.number(Attribute(str(asked.attribute)), asked.place)


def _property(asking: Asking, asked: MeasureRequest) -> Number:
    """Return the event's property of a total or an average."""
    name = Attribute(str(asked.attribute))
    number = asking.number(name, asked.place)
    if number.kind is NumberKind.EVENT:
        why = f"{name!r} is an event: how many there were asks {{events: {name}}}"
        raise ReportNotUsableError(why, place=asked.place)
    if number.kind is not NumberKind.PROPERTY:
        why = (
            f"{name!r} has no {asked.kind.value}: it is no number of an event; "
            f"its mean over people asks {{mean: {name}}}"
        )
        raise ReportNotUsableError(why, place=asked.place)
    return number


def _lifetime_value(asking: Asking, asked: MeasureRequest) -> Attribute:
    """Return the result of the policy's one score of lifetime value."""
    scores = asking.policy.catalogue.scores
    found = [n for n, s in scores.items() if s.formula.kind is ScoreKind.LIFETIME_VALUE]
    if len(found) == 1:
        return Attribute(f"{found[0]}.value")
    if found:
        why = f"several scores foresee a lifetime value; say which: {{mean: {found[0]}.value}}"
        raise ReportNotUsableError(why, place=asked.place)
    raise ReportRefusedError(
        "no score of the policy foresees a lifetime value",
        place=asking.rules.place,
        remedy="add one under scores: (formula: lifetime_value), with published parameters",
    )


def _check_frame(asked: MeasureRequest, number: Number, frame: Frame) -> None:
    """Refuse in a trend what is not of its event, and in running sums what is none."""
    if frame.event is None:
        return
    if Attribute(number.attribute.partition(".")[0]) != frame.event or (
        number.kind not in {NumberKind.EVENT, NumberKind.PROPERTY}
    ):
        why = (
            f"a trend of {frame.event} tells what its own events bring; "
            f"{number.attribute!r} is none of them"
        )
        raise ReportNotUsableError(why, place=asked.place)
    if asked.days is not None:
        why = "a trend's periods are its windows; leave within out"
        raise ReportNotUsableError(why, place=asked.place)
    if frame.running and asked.kind not in {Asked.TOTAL, Asked.EVENTS}:
        why = f"a running sum is of size, events or a total; {asked.kind.value} does not add up"
        raise ReportNotUsableError(why, place=asked.place)


def _measure(
    asking: Asking, asked: MeasureRequest, number: Number, frame: Frame
) -> tuple[Measure, int | None]:
    """Return the measure, and the days of its window as they are told."""
    amount = amount_of(asking, asked, number, frame.window)
    is_own = isinstance(amount, OfPerson)
    days = None if is_own or frame.window is not None else asked.days
    match asked.kind:
        case Asked.EVENTS | Asked.TOTAL:
            upper = total_bound(asking, asked.kind.value, number)
            measure = Measure(
                asked.name, MeasureKind.TOTAL, amount, upper=upper, running=frame.running
            )
        case Asked.AVERAGE:
            measure = _average(asking, asked, number, amount)
        case Asked.MEDIAN | Asked.QUANTILES:
            grid = _grid(asking, asked, number)
            measure = Measure(
                asked.name, MeasureKind.QUANTILES, amount, grid=grid, ranks=asked.ranks
            )
        case _:
            low, high = _mean_bounds(asking, asked, number)
            measure = Measure(asked.name, MeasureKind.AVERAGE, amount, low, high, 1)
    return measure, days


def amount_of(
    asking: Asking, asked: MeasureRequest, number: Number, window: Window | None
) -> Amount:
    """Return what is taken of a person.

    Raises:
        ReportNotUsableError: a window, or a condition on events, of what has none.
    """
    within = window_of(asked.days, asking.at) if window is None else window
    match number.kind:
        case NumberKind.EVENT:
            return CountOf(number.attribute, within, only_with=asked.only_with)
        case NumberKind.PROPERTY if asked.kind is Asked.AVERAGE:
            return EachOf(number.attribute, within)
        case NumberKind.PROPERTY:
            return SumOf(number.attribute, within, only_with=asked.only_with)
    if asked.days is not None or asked.only_with:
        key = "within" if asked.days is not None else "only_with"
        why = f"{number.attribute!r} is a person's own, not of events: leave {key} out"
        raise ReportNotUsableError(why, place=asked.place)
    return OfPerson(number.attribute)


def total_bound(asking: Asking, what: str, number: Number) -> int:
    """Return the most that one person adds to a sum: U.

    Raises:
        ReportRefusedError: the policy states none.
    """
    bound = asking.clamp(number).per_person
    if bound is None:
        example = f"per_person: {example_of(number, 2000 if number.column.currency else 50)}"
        raise asking.unbounded(what, number, example)
    return bound


def _average(asking: Asking, asked: MeasureRequest, number: Number, amount: Amount) -> Measure:
    """Return a mean over events."""
    clamp = asking.clamp(number)
    if clamp.per_event is None or clamp.events_per_person is None:
        ends = f"[{example_of(number, 0)}, {example_of(number, 400)}]"
        example = f"per_event: {ends}, events_per_person: 10"
        raise asking.unbounded("average", number, example)
    low, high = clamp.per_event
    return Measure(asked.name, MeasureKind.AVERAGE, amount, low, high, clamp.events_per_person)


def _mean_bounds(asking: Asking, asked: MeasureRequest, number: Number) -> tuple[int, int]:
    """Return the bounds of one person's number; of what is added up, from nothing to U."""
    if number.kind in {NumberKind.EVENT, NumberKind.PROPERTY}:
        return 0, total_bound(asking, asked.kind.value, number)
    return range_of(asking, asked.kind.value, number)


def range_of(asking: Asking, what: str, number: Number) -> tuple[int, int]:
    """Return the range of a person's number.

    Raises:
        ReportRefusedError: the policy states none.
    """
    found = TRUTH if number.is_truth else asking.clamp(number).range
    if found is None:
        ends = f"[{example_of(number, 0)}, {example_of(number, 10)}]"
        raise asking.unbounded(what, number, f"range: {ends}")
    return found


def _grid(asking: Asking, asked: MeasureRequest, number: Number) -> tuple[int, ...]:
    """Return the public amounts between which quantiles are told."""
    edges = asking.clamp(number).edges
    if not edges:
        first, last, step = (example_of(number, n) for n in (0, 500, 10))
        example = f"grid: {{from: {first}, to: {last}, step: {step}}}"
        raise asking.unbounded(asked.kind.value, number, example)
    return edges
