# SPDX-License-Identifier: Apache-2.0
"""Checking a yes without deciding again: what its witness names is there and says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from privseg.consent.asked import is_posted
from privseg.consent.attested import Births, births
from privseg.consent.decision import Witness
from privseg.consent.event import Act, Event
from privseg.consent.expiry import is_past
from privseg.consent.grants import faults_of
from privseg.consent.history import is_malformed
from privseg.consent.quarantine import settle
from privseg.consent.question import Question
from privseg.consent.regime import CONSENT, OPT_OUT, Regime, regime
from privseg.consent.rules import Rules
from privseg.consent.scope import Case, counts


def check_witness(
    rules: Rules, history: Iterable[Event], question: Question, witness: Witness
) -> bool:
    """Return whether ``witness`` shows that the rules, and where needed a grant, allow.

    It shows what speaks for the yes. That nothing speaks against it (no withdrawal, no hold, no
    use too many) cannot be shown by naming events; that takes the whole history, and ``decide``.
    """
    terms = rules.purposes.get(question.purpose)
    if terms is None or witness.purpose != terms.purpose or rules.controller != question.controller:
        return False
    case = Case(rules, terms, question.category, question.at)
    claim = _Claim(case, question, witness, _named(case, history, question, witness))
    return (
        question.category in terms.categories
        and _rests_on_law(claim)
        and _attests(claim)
        and _dates_births(claim)
        and _relies(claim)
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """A witness, its question, and the events it names by position."""

    case: Case
    question: Question
    witness: Witness
    named: Mapping[int, Event]

    @property
    def regimes(self) -> list[Regime]:
        """Return what the jurisdictions named ask, where they have anything to rest on."""
        asked = (regime(self.case, j) for j, _ in self.witness.bases)
        return [r for r in asked if isinstance(r, Regime)]

    @property
    def births(self) -> Births:
        """Return what the dates of birth named say."""
        ages = [self.named[p] for p in self.witness.ages if p in self.named]
        return births(
            (e for e in ages if e.subject == self.question.subject),
            ([e] for e in ages if e.subject != self.question.subject),
            self.case.at,
            unknown_is_child=self.case.rules.directed_to_children,
        )


def _named(
    case: Case, history: Iterable[Event], question: Question, witness: Witness
) -> dict[int, Event]:
    """Return the known events to this controller that the witness names, none set aside."""
    positions = {*witness.attested, *witness.ages, witness.grant}
    told = [
        e
        for e in history
        if question.known_at.knows(e)
        and e.controller == question.controller
        and not is_malformed(e)
        and (e.position in positions or (e.act is Act.RESOLVE and e.target in positions))
    ]
    people = {e.subject for e in told}
    settled = (settle(case.rules, [e for e in told if e.subject == p], case.at) for p in people)
    return {e.position: e for s in settled for e in s.sound}


def _rests_on_law(claim: _Claim) -> bool:
    """Return whether each jurisdiction named has the basis named, and its law knows it."""
    bases = [b for _, b in claim.witness.bases]
    return bool(bases) and [r.basis for r in claim.regimes] == bases


def _attests(claim: _Claim) -> bool:
    """Return whether the events named attest the jurisdictions judged.

    One is the person's own and was on record by then; linked profiles may add to them.
    """
    events = [claim.named.get(p) for p in claim.witness.attested]
    found = [e for e in events if e is not None and e.act is Act.ATTEST_JURISDICTION]
    return (
        len(found) == len(events)
        and {e.value for e in found} == {j for j, _ in claim.witness.bases}
        and all(e.event_time <= claim.case.at for e in found)
        and any(
            e.record_time <= claim.case.at and e.subject == claim.question.subject for e in found
        )
    )


def _dates_births(claim: _Claim) -> bool:
    """Return whether the events named as dates of birth are all there, and are that."""
    events = [claim.named.get(p) for p in claim.witness.ages]
    return all(e is not None and e.act is Act.ATTEST_AGE for e in events)


def _relies(claim: _Claim) -> bool:
    """Return whether a grant is there where one is needed, and holds under all that need it."""
    needing = [r for r in claim.regimes if _needs_grant(claim, r)]
    if claim.witness.grant is None:
        return not needing
    grant = claim.named.get(claim.witness.grant)
    consents = [r for r in needing if r.basis is CONSENT]
    if grant is None or not _is_given(claim, grant):
        return False
    relied_on = consents or needing
    held = [r for r in relied_on or claim.regimes if _holds(claim, grant, r)]
    return bool(held) and (not relied_on or held == relied_on)


def _needs_grant(claim: _Claim, regime: Regime) -> bool:
    """Return whether a regime never allows without a grant."""
    if regime.basis is not OPT_OUT:
        return regime.basis is CONSENT
    is_minor = claim.births.may_be_under(regime.law.opt_in_below)
    return is_minor or regime.is_sensitive or not is_posted(claim.case.rules, claim.question)


def _is_given(claim: _Claim, grant: Event) -> bool:
    """Return whether the person gave ``grant``, for what is asked, in force and in time."""
    return (
        grant.subject == claim.question.subject
        and grant.notice == claim.witness.notice
        and counts(grant, claim.case)
        and not is_past(grant, claim.case)
    )


def _holds(claim: _Claim, grant: Event, regime: Regime) -> bool:
    """Return whether ``grant`` has all that one regime asks of a grant."""
    faults = faults_of(grant, claim.case, regime, claim.births)
    return grant.act in regime.granting and not any(True for _ in faults)
