# SPDX-License-Identifier: Apache-2.0
"""C-7102: the yearly numbers of requests, against a second count."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from privseg.dsr.case import Case, Step, StepKind
from privseg.dsr.clock import Deadlines, local_day
from privseg.dsr.kinds import RequestKind
from privseg.dsr.metrics import COLUMNS, Received, numbers_of
from privseg.terms import Jurisdiction
from tests.twins import naive_metrics
from tests.twins.naive_metrics import Told

ZONE = ZoneInfo("America/Los_Angeles")
ENDS = ("done", "partly_done", "refused", "withdrawn")
MOMENTS = st.datetimes(
    datetime(2025, 12, 30),  # noqa: DTZ001 - made aware by the strategy
    datetime(2027, 1, 3),  # noqa: DTZ001 - made aware by the strategy
    timezones=st.just(UTC),
)


@st.composite
def requests(draw: st.DrawFn) -> Received:
    """Draw a request, answered or open, perhaps closed since, around the year 2026."""
    received = draw(MOMENTS)
    steps = [Step(StepKind.CONFIRMED, received)]
    if ended := draw(st.sampled_from([*ENDS, None])):
        at = received + timedelta(hours=draw(st.integers(0, 3000)))
        steps.append(Step(StepKind(ended), at))
        if draw(st.booleans()):
            steps.append(Step(StepKind.CLOSED, at + timedelta(days=9)))
    case = Case(
        number=1,
        kind=draw(st.sampled_from(RequestKind)),
        received_at=received,
        first_deadlines=Deadlines("ccpa", date(2026, 1, 1), date(2026, 1, 1)),
        jurisdiction=draw(st.sampled_from([Jurisdiction("US-CA"), Jurisdiction("DE"), None])),
        steps=tuple(steps),
    )
    return Received(case=case, person=draw(st.sampled_from([None, 1, 2, 3])))


def told(received: Received) -> Told:
    """Return a request in plain words."""
    case = received.case
    ends = [s for s in case.steps if s.kind.value in ENDS]
    return Told(
        kind=case.kind.value,
        where=case.jurisdiction,
        received=local_day(case.received_at, ZONE),
        ended=ends[0].kind.value if ends else None,
        answered=local_day(ends[0].at, ZONE) if ends else None,
        person=received.person,
    )


@given(st.lists(requests(), max_size=12), st.booleans())
def test_c_7102_the_numbers_agree_with_a_second_count(
    drawn: list[Received],
    everybody: bool,  # noqa: FBT001 - drawn
) -> None:
    found = numbers_of(drawn, year=2026, zone=ZONE, everybody=everybody)
    shown = {r.right.value: {k: v for k, v in asdict(r).items() if k != "right"}
             for r in found.rights}  # fmt: skip
    assert shown == naive_metrics.numbers(map(told, drawn), 2026, everybody=everybody)


def answered(hours: int, kind: StepKind = StepKind.DONE) -> Received:
    """Return a Californian's request to know, answered after so many hours."""
    at = datetime(2026, 5, 4, 16, tzinfo=UTC)  # nine in the morning in California
    case = Case(
        number=1,
        kind=RequestKind.ACCESS,
        received_at=at,
        first_deadlines=Deadlines("ccpa", date(2026, 6, 18), date(2026, 6, 18)),
        jurisdiction=Jurisdiction("US-CA"),
        steps=(Step(kind, at + timedelta(hours=hours)),),
    )
    return Received(case=case, person=1)


def test_days_run_from_the_local_day_of_receipt_to_that_of_the_answer() -> None:
    several = [answered(14), answered(15), answered(24 * 4, StepKind.REFUSED), answered(24 * 40)]
    found = numbers_of(several, year=2026, zone=ZONE, everybody=False)
    know = next(r for r in found.rights if r.right.value == "know")
    assert (know.median_days, know.mean_days) == (Fraction(5, 2), Fraction(45, 4))  # 0, 1, 4, 40
    assert (know.received, know.complied, know.denied, know.people) == (4, 3, 1, 1)
    row = dict(zip(COLUMNS, know.row(), strict=True))
    assert (row["median_days"], row["mean_days"]) == ("2.5", "11.2")


def test_what_was_never_answered_has_no_days() -> None:
    found = numbers_of([], year=2026, zone=ZONE, everybody=True)
    assert {r.median_days for r in found.rights} == {None}
    assert found.document()["publish_by"] == "2027-07-01"
