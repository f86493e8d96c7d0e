# SPDX-License-Identifier: Apache-2.0
"""The heart: may this person's data be read? One pure function of rules, history and question.

Each step names its law; ``tests/property/test_consent_law_*.py`` quote and test them, one to a
file. Missing information is a no with its own code.

=====  ==========================================================================================
1      anything missing denies: ``asked.gaps``, ``regime``, ``judge``
2, 3   order and repetition never matter; the future and the contradictory deny: ``reading``
4, 5   a late withdrawal reaches back, a late grant does not: ``scope.bites``, ``scope.serves``
6, 7   expiry and notices when read, the purpose tree: ``expiry``, ``grants``, ``scope``
8, 9   one status of many, strictest first; opt-out regimes, several jurisdictions: ``judge``
10     no other basis steps in for consent: ``regime``; restriction, objection, hold: ``_barred``
11     a linked profile only takes away: ``links``, ``reading``, ``acts``
12     special categories need explicit consent: ``regime``, ``grants``
13     nothing travels between controllers: ``reading``
=====  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable

from privseg.consent.assess import assess
from privseg.consent.decision import ConsentDecision, ConsentStatus, Finding, ReasonCode
from privseg.consent.event import Event
from privseg.consent.question import Question
from privseg.consent.rules import Rules


def decide(rules: Rules, history: Iterable[Event], question: Question) -> ConsentDecision:
    """Return whether, by ``rules`` and what ``history`` held, the data in question may be used.

    Never raises on a history, however odd: what cannot be read denies. ``history`` may hold
    anybody's events, in any order and more than once; of others only linked profiles' matter.
    """
    found = assess(rules, history, question)
    if found.witness is None:
        status, reasons, evidence = _account(found.against)
        return ConsentDecision(False, status, reasons, None, evidence)
    status, reasons, evidence = _account(found.favour)
    return ConsentDecision(True, status, reasons, found.witness, evidence)


def _account(
    findings: Iterable[Finding],
) -> tuple[ConsentStatus, tuple[ReasonCode, ...], tuple[int, ...]]:
    """Return the first status in precedence, all reasons and all evidence, each once (law 8)."""
    ranked = sorted(findings, key=lambda f: (f.status.rank, f.reason, f.position or 0))
    reasons = tuple(dict.fromkeys(f.reason for f in ranked))
    evidence = tuple(dict.fromkeys(f.position for f in ranked if f.position is not None))
    return ranked[0].status, reasons, evidence
