# SPDX-License-Identifier: Apache-2.0
"""The cases of law packs: small worlds in which a rule must give the answer that its pack states.

Each case becomes a whole policy with one purpose, one category and one invented person, and goes
the way of every read: policy, ``consent_rules``, ``decide``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from privseg.consent import Act, AtTime, Authority, Event, Method, Question, decide
from privseg.consent.asking import asking
from privseg.gate.consent_rules import collected_from, consent_rules, notice_name
from privseg.policy import (
    BudgetRules,
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Notice,
    Policy,
    PurposeKind,
    PurposeRule,
    Source,
    SourceKind,
)
from privseg.policy.law import Content, Law
from privseg.policy.law_findings import law_faults
from privseg.terms import Attribute, Category, Controller, LawfulBasis, Ordinal, Place, Purpose

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The moment every case asks about."""

LONG_AGO = timedelta(days=4000)  # the person has lived there, and the notice is posted, since
HALF_A_YEAR = timedelta(days=183)  # a birthday is as far away as it can be

_SHOP, _PERSON = Controller("shop"), Ordinal(1)
_PURPOSE, _DATA = Purpose("case"), Category("data")
_TEXT = "c" * 64  # stands for the digest of the notice's text


class Expected(StrEnum):
    """What a case may expect: of a read, of asking somebody again, of the policy as a whole."""

    ALLOWED = "allowed"
    DENIED = "denied"
    MAY_ASK = "may_ask"
    MAY_NOT_ASK = "may_not_ask"
    SOUND = "sound"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class CaseAct:
    """What the person of a case did, and how many days ago."""

    act: Act
    days_ago: int = 1
    authority: Authority = Authority.SUBJECT
    explicit: bool = False
    method: Method = Method.FORM


@dataclass(frozen=True, slots=True)
class LawCase:
    """One executable case of a rule: given a person under a law, what must come out.

    ``age`` None: nothing is known of it. ``because`` is the reason, as ``decide``, ``asking`` or
    ``law_faults`` call it; a case that expects a no always gives one.
    """

    rule: str
    law: Law
    place: Place
    basis: LawfulBasis
    expect: Expected
    because: str | None = None
    age: int | None = None
    nature: str | None = None
    kind: PurposeKind = PurposeKind.ANALYTICS
    significant: bool = False
    human_review: bool = False
    dpia: bool = False
    says: frozenset[str] = frozenset(Content)
    acts: tuple[CaseAct, ...] = ()

    @property
    def name(self) -> str:
        """Return its name: pack, rule, jurisdiction and line, such as ``gdpr@2026-11/idle/DE:12``.

        Nothing in it is personal: the people of cases are invented.
        """
        return f"{self.law.pack}/{self.rule}/{self.law.jurisdiction}:{self.place.line}"


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """What came out of a case: the answer and every reason."""

    passed: bool
    expected: str
    found: str


def run_case(case: LawCase) -> CaseOutcome:
    """Return what the engine makes of a case."""
    answer, reasons = _answer(case)
    passed = answer is case.expect and (case.because is None or case.because in reasons)
    because = f" because {case.because}" if case.because else ""
    found = f"{answer} because {', '.join(reasons) or 'nothing speaks against it'}"
    return CaseOutcome(passed, f"{case.expect}{because}", found)


def _answer(case: LawCase) -> tuple[Expected, list[str]]:
    """Return the answer to what the case asks, and its reasons."""
    policy = _policy(case)
    if case.expect in {Expected.SOUND, Expected.FAULTY}:
        faults = sorted({str(fault) for fault, _ in law_faults(policy)})
        return (Expected.FAULTY if faults else Expected.SOUND), faults
    rules, history = consent_rules(policy), list(_history(case, policy))
    question = _question(policy)
    if case.expect in {Expected.ALLOWED, Expected.DENIED}:
        decision = decide(rules, history, question)
        answer = Expected.ALLOWED if decision.allowed else Expected.DENIED
        return answer, [str(r) for r in decision.reasons]
    asked = asking(rules, history, question)
    return (Expected.MAY_ASK if asked.may else Expected.MAY_NOT_ASK), [str(asked.reason)]


def _question(policy: Policy) -> Question:
    """Return the question of every case."""
    return Question(
        subject=_PERSON,
        controller=_SHOP,
        purpose=_PURPOSE,
        category=_DATA,
        at=NOON,
        known_at=AtTime(NOON),
        collected_from=collected_from(policy),
    )


def _policy(case: LawCase) -> Policy:
    """Return the smallest whole policy under which the case can be asked."""
    key = Column("id", "id", ColumnType.TEXT, ColumnRole.DIRECT_IDENTIFIER, case.place)
    data = Column(
        name="value",
        attribute=Attribute("value"),
        type=ColumnType.TEXT,
        role=ColumnRole.ORDINARY,
        place=case.place,
        category=_DATA,
        nature=case.nature,
    )
    people = Source("people", SourceKind.PEOPLE, "id", (key, data), case.place)
    notice = Notice("notice", "1", _TEXT, frozenset({_PURPOSE}), place=case.place, says=case.says)
    return Policy(
        controller=_SHOP,
        catalogue=Catalogue({people.name: people}),
        purposes={_PURPOSE: _purpose(case)},
        notices={notice.notice_id: notice},
        segmenters={},
        budget=BudgetRules(),
        digest="",
        opt_out_notice_since=NOON - LONG_AGO,
        data_collected_since=NOON - LONG_AGO,
        laws={case.law.jurisdiction: case.law},
    )


def _purpose(case: LawCase) -> PurposeRule:
    """Return the one purpose of a case."""
    return PurposeRule(
        purpose=_PURPOSE,
        title="a case",
        kind=case.kind,
        basis={case.law.jurisdiction: case.basis},
        categories=frozenset({_DATA}),
        notice="notice",
        place=case.place,
        significant=case.significant,
        dpia="case" if case.dpia else None,
        human_review="case" if case.human_review else None,
    )


def _history(case: LawCase, policy: Policy) -> Iterator[Event]:
    """Yield what is known of the person: where they live, their age if known, what they did."""
    yield _event(1, Act.ATTEST_JURISDICTION, LONG_AGO, value=case.law.jurisdiction)
    if case.age is not None:
        born = (_years_before(NOON.date(), case.age) - HALF_A_YEAR).isoformat()
        yield _event(2, Act.ATTEST_AGE, LONG_AGO, value=born)
    shown = notice_name(policy.notices["notice"])
    for position, act in enumerate(case.acts, start=3):
        yield _act(position, act, shown)


def _act(position: int, act: CaseAct, shown: str) -> Event:
    """Return one act; a grant names what it needs, so that only the law can be against it."""
    grants = act.act in {Act.GRANT, Act.OPT_IN}
    return _event(
        position,
        act.act,
        timedelta(days=act.days_ago),
        purpose=_PURPOSE,
        categories=frozenset({_DATA}) if grants else frozenset(),
        explicit=act.explicit,
        method=act.method,
        authority=act.authority,
        notice=shown if grants else None,
        notice_sha256=_TEXT if grants else None,
        notice_purposes=frozenset({_PURPOSE}) if grants else frozenset(),
    )


def _event(position: int, act: Act, ago: timedelta, **facts: object) -> Event:
    """Return an event of the person, recorded when it happened."""
    key = position.to_bytes(8, "big")
    when = NOON - ago
    return Event(position, key, key, _PERSON, _SHOP, act, when, when, **facts)  # type: ignore[arg-type]


def _years_before(day: date, years: int) -> date:
    """Return the same day of an earlier year."""
    return day.replace(year=day.year - years)
