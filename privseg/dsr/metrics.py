# SPDX-License-Identifier: Apache-2.0
"""Yearly numbers of requests, as 11 CCR § 7102 wants them published: counts, and days.

Counted are the requests received in a calendar year, by the local day of receipt. Days run from
receipt to the substantive answer: done, partly done or refused. Somebody asked once, however many
linked profiles their request was opened for as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum
from fractions import Fraction

from privseg.dsr.case import Case, StepKind
from privseg.dsr.clock import local_day
from privseg.dsr.kinds import RequestKind
from privseg.terms import Jurisdiction

CALIFORNIA = Jurisdiction("US-CA")
METRICS_FORMAT = "privseg.request-metrics/1"
COLUMNS = (
    "right", "received", "complied", "partly", "denied", "withdrawn", "open", "people",
    "median_days", "mean_days",
)  # fmt: skip


class Right(StrEnum):
    """A right of which numbers are published (11 CCR § 7102(a)(1))."""

    DELETE = "delete"
    CORRECT = "correct"
    KNOW = "know"
    OPT_OUT_OF_SALE = "opt_out_of_sale_or_sharing"
    LIMIT = "limit"
    OPT_OUT_OF_ADMT = "opt_out_of_automated_decisions"


RIGHTS: Mapping[RequestKind, Right] = {
    RequestKind.ERASURE: Right.DELETE,
    RequestKind.RECTIFICATION: Right.CORRECT,
    RequestKind.ACCESS: Right.KNOW,
    RequestKind.CATEGORIES: Right.KNOW,
    RequestKind.PORTABILITY: Right.KNOW,
    RequestKind.OPT_OUT_SALE: Right.OPT_OUT_OF_SALE,
    RequestKind.LIMIT: Right.LIMIT,
    RequestKind.OPT_OUT_PROFILING: Right.OPT_OUT_OF_ADMT,
}
_ENDS = (StepKind.DONE, StepKind.PARTLY_DONE, StepKind.REFUSED, StepKind.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it is counted. ``person`` tells people apart; None: nobody here, or no more."""

    case: Case
    person: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RightNumbers:
    """The numbers of one right. ``people`` are those known to have asked, each once."""

    right: Right
    received: int
    complied: int
    partly: int
    denied: int
    withdrawn: int
    open: int
    people: int
    median_days: Fraction | None
    mean_days: Fraction | None

    def row(self) -> tuple[str, ...]:
        """Return it as text, in the order of ``COLUMNS``; empty where nothing was answered."""
        return tuple(_text(getattr(self, name)) for name in COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearNumbers:
    """The numbers of a year; ``everybody`` says that people of every place are in them.

    ``place_unknown`` are the requests of which nobody knows where the person lives: they are left
    out of Californians' numbers, and in everybody's.
    """

    year: int
    everybody: bool
    people: int
    place_unknown: int
    rights: tuple[RightNumbers, ...]

    def document(self) -> dict[str, object]:
        """Return it as JSON (docs/reference/schemas/request-metrics.schema.json)."""
        return {
            "privseg": METRICS_FORMAT,
            "year": self.year,
            "counted": "everybody" if self.everybody else "US-CA",
            "publish_by": date(self.year + 1, 7, 1).isoformat(),  # 11 CCR § 7102(a)
            "people": self.people,
            "place_unknown": self.place_unknown,
            "rights": [_row_document(numbers) for numbers in self.rights],
        }  # fmt: skip


def numbers_of(
    requests: Iterable[Received], *, year: int, zone: tzinfo, everybody: bool
) -> YearNumbers:
    """Return the numbers of the requests that were received in a year.

    Californians' alone unless ``everybody``: who may be one, by what is attested or by what they
    say, is one. Those of whom no place is known are told in a number of their own.
    """
    of_year = [
        r
        for r in requests
        if r.case.kind in RIGHTS
        and r.case.goes_with is None
        and local_day(r.case.received_at, zone).year == year
    ]
    counted = [r for r in of_year if everybody or _may_be_of(CALIFORNIA, r.case)]
    unknown = sum(r.case.where is None for r in of_year)
    rights = tuple(
        _of_right(right, [r for r in counted if RIGHTS[r.case.kind] is right], zone)
        for right in Right
    )
    return YearNumbers(
        year=year,
        everybody=everybody,
        people=_people(counted),
        place_unknown=unknown,
        rights=rights,
    )


def _may_be_of(place: Jurisdiction, case: Case) -> bool:
    """Return whether the person of a case lives, or may live, in a place."""
    known = case.places.all if case.places is not None else (case.jurisdiction,)
    return place in known


def _of_right(right: Right, requests: Sequence[Received], zone: tzinfo) -> RightNumbers:
    """Return the numbers of one right."""
    ends = [_end(r.case) for r in requests]
    days = sorted(
        (local_day(r.case.answered_at, zone) - local_day(r.case.received_at, zone)).days
        for r, end in zip(requests, ends, strict=True)
        if r.case.answered_at is not None and end is not StepKind.WITHDRAWN
    )
    return RightNumbers(
        right=right,
        received=len(requests),
        complied=ends.count(StepKind.DONE),
        partly=ends.count(StepKind.PARTLY_DONE),
        denied=ends.count(StepKind.REFUSED),
        withdrawn=ends.count(StepKind.WITHDRAWN),
        open=ends.count(None),
        people=_people(requests),
        median_days=_median(days),
        mean_days=Fraction(sum(days), len(days)) if days else None,
    )


def _end(case: Case) -> StepKind | None:
    """Return how a request was answered; None while it is open."""
    return next((step.kind for step in case.steps if step.kind in _ENDS), None)


def _people(requests: Iterable[Received]) -> int:
    """Return how many people are known to have asked."""
    return len({r.person for r in requests if r.person is not None})


def _median(days: Sequence[int]) -> Fraction | None:
    """Return the middle of sorted days, or of the two in the middle."""
    if not days:
        return None
    middle = len(days) // 2
    return Fraction(days[middle] + days[-middle - 1], 2)


def _row_document(numbers: RightNumbers) -> dict[str, object]:
    """Return the numbers of one right as JSON."""
    return dict(zip(COLUMNS, map(_json, _values(numbers)), strict=True))


def _values(numbers: RightNumbers) -> Iterable[object]:
    """Return the values of one right, in the order of ``COLUMNS``."""
    return (getattr(numbers, name) for name in COLUMNS)


def _json(value: object) -> object:
    """Return a value as JSON has it: days with one digit after the point."""
    return float(round(value, 1)) if isinstance(value, Fraction) else value


def _text(value: object) -> str:
    """Return a value as text: days with one digit after the point, nothing for none."""
    return "" if value is None else str(_json(value))
