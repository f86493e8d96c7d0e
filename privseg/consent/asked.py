# SPDX-License-Identifier: Apache-2.0
"""What a question itself lacks, before any event is looked at (law 1)."""

from __future__ import annotations

from datetime import datetime

from privseg.consent.decision import ReasonCode
from privseg.consent.question import AtTime, PopulationQuestion, Question
from privseg.consent.rules import Rules

AnyQuestion = Question | PopulationQuestion


def is_sound(question: AnyQuestion) -> bool:
    """Return whether every time in the question has a zone."""
    known_at = question.known_at
    times: list[datetime | None] = [question.at, question.collected_from, known_at.as_of]
    if isinstance(known_at, AtTime):
        times.append(known_at.time)
    return all(t is None or t.utcoffset() is not None for t in times)


def gaps(rules: Rules, question: AnyQuestion) -> list[ReasonCode]:
    """Return what the rules do not know of, and whether the ledger was read too long ago."""
    terms = rules.purposes.get(question.purpose)
    is_outside = terms is not None and question.category not in terms.categories
    found = [
        (question.controller != rules.controller, ReasonCode.UNKNOWN_CONTROLLER),
        (terms is None, ReasonCode.UNKNOWN_PURPOSE),
        (is_outside, ReasonCode.CATEGORY_NOT_ALLOWED),
        (not _is_fresh(rules, question), ReasonCode.LEDGER_NOT_FRESH),
    ]
    return [reason for holds, reason in found if holds]


def is_posted(rules: Rules, question: AnyQuestion) -> bool:
    """Return whether the right to opt out was announced when the data were collected."""
    posted = rules.opt_out_notice_since
    return posted is not None and posted <= (question.collected_from or question.at)


def _is_fresh(rules: Rules, question: AnyQuestion) -> bool:
    """Return whether the ledger was read recently enough for ``at``."""
    as_of = question.known_at.as_of
    if rules.max_ledger_age is None:
        return True
    return as_of is not None and question.at - as_of <= rules.max_ledger_age
