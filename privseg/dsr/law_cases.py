# SPDX-License-Identifier: Apache-2.0
"""The cases of a law pack's ``requests``: a request, and what the law must say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from privseg.dsr.clock import IsHoliday, Pause, kept_until, standing, tell_by
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import RequestLaw
from privseg.gate.law_cases import CaseOutcome
from privseg.terms import Jurisdiction, Place

NEEDED: Mapping[str, frozenset[str]] = {
    "confirm": frozenset({"confirm_by"}),
    "answer": frozenset({"answer_by"}),
    "closed_days": frozenset({"legal_limit"}),
    "extend": frozenset({"may_extend", "tell_by"}),
    "pause": frozenset({"may_pause"}),
    "appeal": frozenset({"appeal"}),
    "grounds": frozenset({"ground", "no_ground"}),
    "identity": frozenset({"identity"}),
    "never_disclosed": frozenset({"hides", "shows"}),
    "keep_records": frozenset({"kept_until"}),
    "complaint": frozenset({"tells"}),
    "metrics": frozenset({"metrics"}),
}
"""Of each rule, what its cases must say at least one of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCase:
    """One executable case of a rule: given a request under a law, what must come out."""

    rule: str
    law: RequestLaw
    where: Jurisdiction
    place: Place
    kind: RequestKind
    expected: Mapping[str, str]
    received: date | None = None
    is_extended: bool = False
    pauses: tuple[Pause, ...] = ()
    answered: date | None = None

    @property
    def name(self) -> str:
        """Return its name: pack, rule, place and line, such as ``gdpr@2026-11/answer/DE:12``."""
        return f"{self.law.pack}/requests.{self.rule}/{self.where}:{self.place.line}"


def run_request_case(case: RequestCase, is_holiday: IsHoliday) -> CaseOutcome:
    """Return what the clocks and the law make of a case."""
    found = {key: FOUND[key](case, is_holiday) for key in case.expected}
    return CaseOutcome(found == case.expected, _said(case.expected), _said(found))


def _said(values: Mapping[str, str]) -> str:
    """Return values as one line."""
    return ", ".join(f"{key} {value}" for key, value in sorted(values.items()))


def _clock(name: str) -> Callable[[RequestCase, IsHoliday], str]:
    """Return what finds one of the deadlines."""

    def found(case: RequestCase, is_holiday: IsHoliday) -> str:
        if case.received is None:
            return "no day of receipt"
        clock = standing(
            case.law.clock(case.kind),
            case.received,
            is_holiday,
            pauses=case.pauses,
            is_extended=case.is_extended,
        )
        return str(getattr(clock, name))

    return found


def _tell_by(case: RequestCase, is_holiday: IsHoliday) -> str:
    """Return the last day on which an extension is told."""
    if case.received is None:
        return "no day of receipt"
    return str(tell_by(case.law.clock(case.kind), case.received, is_holiday, case.pauses))


def _kept_until(case: RequestCase, is_holiday: IsHoliday) -> str:
    """Return how long the record is kept."""
    if case.answered is None:
        return "no day of answer"
    return str(kept_until(case.answered, case.law.keep_records, is_holiday))


def _ground(case: RequestCase, _: IsHoliday) -> str:
    """Return the expected ground if it is one here."""
    codes = {ground.code for ground in case.law.grounds(case.kind)}
    return case.expected["ground"] if case.expected["ground"] in codes else "no such ground"


def _no_ground(case: RequestCase, _: IsHoliday) -> str:
    """Return the ground that is none here, if it is none."""
    codes = {ground.code for ground in case.law.grounds(case.kind)}
    return "a ground" if case.expected["no_ground"] in codes else case.expected["no_ground"]


def _hides(case: RequestCase, _: IsHoliday) -> str:
    """Return the nature that no answer discloses, if none does."""
    nature = case.expected["hides"]
    return nature if nature in case.law.never_disclosed else "it is disclosed"


def _shows(case: RequestCase, _: IsHoliday) -> str:
    """Return the nature that an answer discloses, if it does."""
    nature = case.expected["shows"]
    return "it is never disclosed" if nature in case.law.never_disclosed else nature


def _tells(case: RequestCase, _: IsHoliday) -> str:
    """Return the words that tell where to complain, if they do."""
    words = case.expected["tells"]
    return words if words in case.law.complaint else "it does not"


FOUND: Mapping[str, Callable[[RequestCase, IsHoliday], str]] = {
    "confirm_by": _clock("confirm_by"),
    "answer_by": _clock("answer_by"),
    "legal_limit": _clock("legal_limit"),
    "tell_by": _tell_by,
    "kept_until": _kept_until,
    "may_extend": lambda case, _: str(case.law.clock(case.kind).may_extend),
    "may_pause": lambda case, _: str(case.law.clock(case.kind).may_pause),
    "ground": _ground,
    "no_ground": _no_ground,
    "identity": lambda case, _: str(case.law.identity(case.kind)),
    "hides": _hides,
    "shows": _shows,
    "tells": _tells,
    "appeal": lambda case, _: str(case.law.appeals is not None),
    "metrics": lambda case, _: str(case.law.metrics),
}
"""How each thing that a case may expect is found."""
