# SPDX-License-Identifier: Apache-2.0
"""Whether somebody may be asked, or asked again: a no is to be left in peace (law 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from privseg.consent.acts import Acts
from privseg.consent.assess import assess
from privseg.consent.decision import ConsentStatus, Finding, ReasonCode
from privseg.consent.event import Act, Event
from privseg.consent.question import Question
from privseg.consent.rules import Rules
from privseg.consent.scope import GRANTING


@dataclass(frozen=True, slots=True)
class Asking:
    """Whether the question may be put, and why.

    ``since_or_from`` is the moment from which it may be, after a no; None where no no stands, or
    where no time makes it right to ask.
    """

    may: bool
    since_or_from: datetime | None
    reason: ReasonCode


def asking(rules: Rules, history: Iterable[Event], question: Question) -> Asking:
    """Return whether the person may be asked for what the question is about.

    A no that stands is left in peace as long as the policy and the law of every candidate
    jurisdiction ask (Cal. Civ. Code §1798.135(c)(4)); an objection to direct marketing for good
    (GDPR Art. 21(3)). Nobody is asked while something else than their answer is missing.
    """
    found = assess(rules, history, question)
    findings = sorted(found.against or found.favour, key=lambda f: (f.status.rank, f.reason))
    first, acts = findings[0], found.acts
    is_given = first.status is ConsentStatus.GIVEN
    if acts is None or is_given or any(_forbids(f, acts) for f in findings):
        return Asking(may=False, since_or_from=None, reason=first.reason)
    noes = _noes(findings, acts)
    if not noes:
        return Asking(may=True, since_or_from=None, reason=first.reason)
    waits = (acts.case.terms.ask_again_after, *(r.law.ask_again_after for r in found.regimes))
    moment = _after(max(noes), max((t for t in waits if t is not None), default=timedelta(0)))
    return Asking(moment is not None and question.at >= moment, moment, first.reason)


def _forbids(finding: Finding, acts: Acts) -> bool:
    """Return whether nobody is asked, whatever time has passed.

    What a grant of theirs lacked may be asked for again; what the rules lack may not.
    """
    if finding.status is ConsentStatus.MISSING:
        return finding.position is None and finding.reason not in _ASKED_FOR
    is_marketing = acts.case.terms.direct_marketing
    return finding.status in _CLOSED or (finding.status is ConsentStatus.OBJECTED and is_marketing)


def _noes(findings: Iterable[Finding], acts: Acts) -> list[datetime]:
    """Return when the person said each no that stands, or put the question off."""
    standing = {f.position for f in findings if f.status in _NOES}
    asked = max((e.event_time for e in acts.of(GRANTING)), default=None)
    put_off = (e.event_time for e in acts.of(_DEFERRALS))
    return [
        *(min(e.event_time, e.record_time) for e in acts.in_force if e.position in standing),
        *(t for t in put_off if asked is None or t > asked),
    ]


def _after(moment: datetime, wait: timedelta) -> datetime | None:
    """Return ``moment`` and ``wait`` later; None beyond the calendar, which never comes."""
    try:
        return moment + wait
    except OverflowError:
        return None


_ASKED_FOR = frozenset({ReasonCode.UNDER_AGE, ReasonCode.NO_OPT_OUT_NOTICE})
_CLOSED = frozenset(
    {
        ConsentStatus.ERROR,
        ConsentStatus.QUARANTINED,
        ConsentStatus.ERASED,
        ConsentStatus.HELD,
        ConsentStatus.RESTRICTED,
    }
)
_NOES = frozenset(
    {
        ConsentStatus.OBJECTED,
        ConsentStatus.OPTED_OUT,
        ConsentStatus.LIMITED,
        ConsentStatus.WITHDRAWN,
        ConsentStatus.REFUSED,
    }
)
_DEFERRALS = frozenset({Act.DEFER})
