# SPDX-License-Identifier: Apache-2.0
"""The cases of the law packs that a policy goes by, tried with the code that decides."""

from __future__ import annotations

from dataclasses import dataclass

from privseg.gate.law_cases import run_case
from privseg.loaders.laws import law_cases
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
    tried = [(case, run_case(case)) for case in cases]
    return tuple(
        LawResult(case.name, case.rule, case.place, out.expected, out.found, out.passed)
        for case, out in tried
    )
