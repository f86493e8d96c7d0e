# SPDX-License-Identifier: Apache-2.0
"""The deadlines of a case as they stand now: its law's rule, its pauses, its extension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from privseg.dsr import Case, RequestKind, Step, StepKind
from privseg.dsr.clock import Deadlines, Pause, local_day, standing, tell_by
from privseg.dsr.law import ClockRule
from privseg.dsr.places import Where
from privseg.engine.dsr.laws import holidays_of
from privseg.engine.house import House


def rule_of(house: House, kind: RequestKind, where: Where) -> ClockRule:
    """Return the clock of a kind of request; an appeal has its own where the law gives one."""
    law = house.request_law(where)
    if kind is RequestKind.APPEAL and law.appeals is not None:
        return law.appeals
    return law.clock(kind)


def told_place(house: House, case: Case) -> Where:
    """Return by which places' laws somebody is written to.

    Until they are identified it is the one that they say themselves, or None: what is attested of a
    person whom we know would tell a stranger that we know them.
    """
    return case.where if case.identity else house.cases.asked(case.number).place


def deadlines_with(house: House, case: Case, step: Step) -> Mapping[str, str]:
    """Return the deadlines after one more step of a case, as the facts of that step."""
    return _facts(_standing(house, replace(case, steps=(*case.steps, step)), case.where))


def told_with(house: House, case: Case, step: Step) -> Mapping[str, str]:
    """Return the deadlines after one more step, as the person is told them."""
    later = replace(case, steps=(*case.steps, step))
    return _facts(_standing(house, later, told_place(house, case)))


def _facts(found: Deadlines) -> Mapping[str, str]:
    """Return deadlines as the facts of a step."""
    return {
        "answer_by": found.answer_by.isoformat(),
        "legal_limit": found.legal_limit.isoformat(),
    }


def last_day_to_extend(house: House, case: Case) -> date | None:
    """Return the last day on which an extension can be told; None where there is none.

    It goes by the law by which the person is written to.
    """
    place = told_place(house, case)
    rule = rule_of(house, case.kind, place)
    day = local_day(case.received_at, house.zone)
    return tell_by(rule, day, holidays_of(place), _pauses(house, case))


def today(house: House, at: datetime | None = None) -> date:
    """Return the day it is where the controller is."""
    return local_day(at or house.now(), house.zone)


def moved(house: House, case: Case, kind: StepKind, at: datetime) -> Mapping[str, str]:
    """Return the facts of a step that may move deadlines; empty where nothing moves."""
    facts = deadlines_with(house, case, Step(kind, at, {"level": ""}))
    now = case.deadlines
    said = {"answer_by": now.answer_by.isoformat(), "legal_limit": now.legal_limit.isoformat()}
    return {} if facts == said else facts


def _standing(house: House, case: Case, where: Where) -> Deadlines:
    """Return the deadlines after every step of a case, by the law of a place."""
    return standing(
        rule_of(house, case.kind, where),
        local_day(case.received_at, house.zone),
        holidays_of(where),
        pauses=_pauses(house, case),
        is_extended=case.is_extended,
    )


def _pauses(house: House, case: Case) -> tuple[Pause, ...]:
    """Return on which days proof of identity was asked for, and came."""
    return tuple(
        (local_day(asked, house.zone), local_day(came, house.zone)) for asked, came in case.pauses()
    )
