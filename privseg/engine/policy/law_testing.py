# SPDX-License-Identifier: Apache-2.0
"""The cases of the law packs that a policy goes by, tried with the code that decides."""

from __future__ import annotations

from dataclasses import dataclass

from privseg.dsr.law_cases import RequestCase, run_request_case
from privseg.engine.dsr.laws import holidays_of
from privseg.gate.law_cases import CaseOutcome, LawCase, run_case
from privseg.loaders.laws import law_cases, shipped_packs
from privseg.policy import Policy
from privseg.terms import Place


@dataclass(frozen=True, slots=True)
class LawResult:
    """One case of a law pack, tried."""

    name: str
    rule: str
    place: Place
    expected: str
    got: str
    passed: bool


def try_laws(policy: Policy) -> tuple[LawResult, ...]:
    """Try the cases of every shipped pack that ``policy`` goes by."""
    packs = {law.pack for law in policy.laws.values()}
    cases = [case for case in law_cases() if case.law.pack in packs]
    asked = [c for pack in shipped_packs() for c in pack.request_cases if c.law.pack in packs]
    return (
        *(_result(case, case.rule, run_case(case)) for case in cases),
        *(
            _result(case, f"requests.{case.rule}", run_request_case(case, holidays_of(case.where)))
            for case in asked
        ),
    )


def _result(case: LawCase | RequestCase, rule: str, out: CaseOutcome) -> LawResult:
    """Return what came out of a case."""
    return LawResult(case.name, rule, case.place, out.expected, out.found, out.passed)
