# SPDX-License-Identifier: Apache-2.0
"""Requests of several people in any order: each lives by its own steps, and by no other's."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from privseg.dsr.asked import Asked
from privseg.dsr.case import CaseStateError, StepKind
from privseg.dsr.clock import Deadlines
from privseg.dsr.identity import IdentityLevel
from privseg.dsr.kinds import RequestKind
from privseg.store import Database, SqlCases
from privseg.terms import Ordinal
from tests.twins.case_seals import MemoryCaseSeals
from tests.twins.naive_case import NaiveCase

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST = date(2026, 12, 21)
ASKED = Asked(statement="everything, please")
LEVELS = st.sampled_from(IdentityLevel)
DAYS = st.integers(1, 90)


class Cases(RuleBasedStateMachine):
    """Case files in a database, against lists of words."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.db = Database.create(Path(self.folder.name) / "cases.sqlite")
        self.cases = SqlCases(self.db, MemoryCaseSeals())
        self.twin: dict[int, NaiveCase] = {}
        self.at = NOON

    @rule(kind=st.sampled_from(RequestKind), person=st.none() | st.integers(0, 2))
    def opens(self, kind: RequestKind, person: int | None) -> None:
        case = self.cases.open_case(
            kind,
            received_at=NOON,
            deadlines=Deadlines("law", FIRST, FIRST),
            jurisdiction=None,
            subject=None if person is None else Ordinal(person),
            asked=ASKED,
        )
        assert case.number == len(self.twin) + 1
        self.twin[case.number] = NaiveCase(kind.value, person, answer_by=FIRST.isoformat())

    @precondition(lambda self: self.twin)
    @rule(data=st.data(), kind=st.sampled_from(StepKind), level=LEVELS, days=DAYS)
    def steps(self, data: st.DataObject, kind: StepKind, level: IdentityLevel, days: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.twin)))
        twin, facts = self.twin[number], {}
        if kind is StepKind.VERIFIED:
            facts["level"] = level.value
        if kind in {StepKind.VERIFIED, StepKind.EXTENDED}:
            moved = (FIRST + timedelta(days=days)).isoformat()
            facts |= {"answer_by": moved, "legal_limit": moved}
        self.at += timedelta(minutes=1)
        if twin.may(kind.value):
            self.cases.record_step(number, kind, at=self.at, facts=facts)
            twin.take(kind.value, facts)
        else:
            with pytest.raises(CaseStateError):
                self.cases.record_step(number, kind, at=self.at, facts=facts)

    @precondition(lambda self: self.twin)
    @rule(data=st.data(), text=st.binary(max_size=20))
    def files_a_paper(self, data: st.DataObject, text: bytes) -> None:
        number = data.draw(st.sampled_from(sorted(self.twin)))
        kept = self.cases.keep_paper(number, "letter", text, at=self.at)
        if kept:
            self.twin[number].papers.append(text)
        assert kept is not self.cases.case(number).forgotten

    @rule(person=st.integers(0, 2))
    def is_erased(self, person: int) -> None:
        theirs = [case for case in self.twin.values() if case.person == person]
        assert self.cases.forget(Ordinal(person)) == len(theirs)
        for case in theirs:
            case.forget()

    @invariant()
    def every_case_is_its_own(self) -> None:
        found = self.cases.all()
        assert [c.number for c in found] == sorted(self.twin)
        for case in found:
            twin = self.twin[case.number]
            assert (case.state.value, case.identity) == (twin.state, twin.level)
            assert [s.kind.value for s in case.steps] == twin.steps
            assert case.deadlines.answer_by.isoformat() == twin.answer_by
            assert self.cases.subject(case.number) == twin.person
            assert [p.text for p in self.cases.papers(case.number)] == twin.papers
            assert self.cases.asked(case.number) == (Asked() if case.forgotten else ASKED)

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()


Cases.TestCase.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
TestCases = Cases.TestCase
