# SPDX-License-Identifier: Apache-2.0
"""The fold for many people at once: exact where it answers, and it says whom it cannot answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from privseg.consent.asked import is_posted
from privseg.consent.crowd import BEFORE_ALL, Mask
from privseg.consent.decision import ReasonCode
from privseg.consent.event import Act
from privseg.consent.judge import REST_ON_NO_WISH
from privseg.consent.question import PopulationQuestion
from privseg.consent.regime import Regime, regime
from privseg.consent.relevant import Docket
from privseg.consent.rows import Rows, used_codes
from privseg.consent.scope import OPTING_OUT, Case
from privseg.consent.tying import LEVELS
from privseg.consent.vector_ages import newest
from privseg.consent.vector_grants import Grants
from privseg.terms import Jurisdiction, LawfulBasis, to_micros


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Who is allowed, and whose history only ``decide`` can judge, by number of person."""

    allowed: Mask
    hard: Mask


def fold(docket: Docket, case: Case, question: PopulationQuestion) -> Fold:
    """Judge everybody in ``docket`` as ``decide`` would, or name them as hard.

    Hard are those who are denied unless a lift or release says otherwise, and those whose newest
    grant does not by itself settle every restrictive act before it.
    """
    at = to_micros(case.at)
    held, released = _held(docket, at)
    known, ruled = _regimes(docket, case, at)
    open_ = known & ~_barred(docket, at) & (released | ~held)
    hard = held & released
    for law, applies in ruled:
        verdict = _judge(docket.only(applies), _Asked(case, law, question, at))
        whom = np.flatnonzero(applies)
        open_[whom] &= verdict.allowed | verdict.hard
        hard[whom] |= verdict.hard
    return Fold(open_ & ~hard, open_ & hard)


def _barred(docket: Docket, at: int) -> Mask:
    """Return who is denied whatever they consented to: set aside, erased (laws 2, 10)."""
    aside = docket.aside.where(docket.aside.record_time <= at)
    erased = docket.barring.of({Act.ERASE}).biting(at)
    return docket.crowd.any_linked(np.concatenate([aside.person, erased.person]))


def _held(docket: Docket, at: int) -> tuple[Mask, Mask]:
    """Return who is under a hold, and for whom a release of some hold is in force (law 10)."""
    held = docket.barring.of({Act.HOLD}).biting(at)
    released = docket.lifting.of({Act.RELEASE_HOLD}).serving(at)
    return docket.crowd.any_linked(held.person), docket.crowd.any_linked(released.person)


def laws_of(places: Rows, case: Case) -> dict[int, Regime | ReasonCode]:
    """Return what each jurisdiction asks that ``places`` name, by its code."""
    words = places.events.values
    return {code: regime(case, Jurisdiction(words[code])) for code in used_codes(places)}


def distinct(asked: Iterable[Regime | ReasonCode]) -> list[Regime]:
    """Return the lawful regimes, each once: many jurisdictions share one."""
    found: list[Regime] = []
    for law in asked:
        if isinstance(law, Regime) and law not in found:
            found.append(law)
    return found


def _regimes(docket: Docket, case: Case, at: int) -> tuple[Mask, list[tuple[Regime, Mask]]]:
    """Return for whom every jurisdiction has a lawful rule, and to whom each regime applies.

    People need an attested jurisdiction of their own, on record by then (law 9).
    """
    rows, known = newest(docket.places, docket.crowd, at)
    rows = rows.where(known[rows.person])
    asked = laws_of(rows, case)

    def whose(codes: Iterable[int]) -> Mask:
        """Return who, or whose linked profile, lives in one of these jurisdictions."""
        lives = np.zeros(len(rows.events.values) + 1, dtype=np.bool_)
        lives[list(codes)] = True
        return docket.crowd.any_linked(rows.person[lives[rows.value]])

    lawless = whose(c for c, law in asked.items() if isinstance(law, ReasonCode))
    laws = distinct(asked.values())
    return known & ~lawless, [(law, whose(c for c, x in asked.items() if x == law)) for law in laws]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A question as one regime is asked it; ``at`` in microseconds."""

    case: Case
    law: Regime
    question: PopulationQuestion
    at: int


def _judge(docket: Docket, asked: _Asked) -> Fold:
    """Return what one regime makes of everybody's acts (laws 5, 8, 10)."""
    crowd, law = docket.crowd, asked.law
    grants = Grants.of(docket, asked.case, law)
    restrictive = docket.restrictive.biting(asked.at)
    spare = {Act.WITHDRAW} if law.basis in REST_ON_NO_WISH else ()
    counting = restrictive.where(~restrictive.are(spare))
    free = ~crowd.any_linked(counting.person)
    ended = crowd.latest_linked(restrictive.person, restrictive.event_time) >= grants.newest
    able = ~free & ~ended & ~_surely_stands(docket, grants, counting, law)
    lifted = able & grants.hold & _lifts_all(docket, grants, counting, law)
    fit = _fit(docket, grants, asked)
    allowed = fit & (free | lifted)
    lifting = crowd.any_linked(docket.lifting.of({Act.LIFT}).serving(asked.at).person)
    return Fold(allowed, fit & ~allowed & (able | lifting))


def _fit(docket: Docket, grants: Grants, asked: _Asked) -> Mask:
    """Return who may be read if no act stands: by their grant, or without (laws 8, 9)."""
    if asked.law.basis is LawfulBasis.CONSENT:
        return grants.hold
    if asked.law.basis is not LawfulBasis.OPT_OUT:
        return np.ones(docket.crowd.size, dtype=np.bool_)
    if asked.law.is_sensitive or not is_posted(asked.case.rules, asked.question):
        return grants.hold
    return grants.hold | ~grants.ages.may_be_under(asked.law.law.opt_in_below)


def _needs(rows: Rows, grants: Rows, basis: LawfulBasis) -> list[tuple[Mask, Mask]]:
    """Return pairs: restrictive rows of one kind, and the grants fit to lift that kind (law 8)."""
    highest = int(LEVELS.max())
    pairs = [
        (rows.are({Act.OBJECT}), grants.explicit),
        (LEVELS[rows.authority] == highest, LEVELS[grants.authority] == highest),
    ]
    if basis is LawfulBasis.OPT_OUT:
        pairs.append((rows.are(OPTING_OUT), grants.have_both_steps))
    return pairs


def _surely_stands(docket: Docket, grants: Grants, counting: Rows, law: Regime) -> Mask:
    """Return who has a restrictive act that no good grant after it is fit to lift."""
    crowd, good = docket.crowd, grants.good
    stands = np.zeros(crowd.size, dtype=np.bool_)
    always = (np.ones(len(counting), dtype=np.bool_), np.ones(len(good), dtype=np.bool_))
    for kind, fit in [always, *_needs(counting, good, law.basis)]:
        last = crowd.latest_linked(counting.person[kind], counting.event_time[kind])
        answer = crowd.latest_own(good.person[fit], good.event_time[fit])
        stands |= (last > BEFORE_ALL) & (last >= answer)
    return stands


def _lifts_all(docket: Docket, grants: Grants, counting: Rows, law: Regime) -> Mask:
    """Return whose governing grants are each fit to lift every restrictive act."""
    governing = grants.governing
    weak = np.zeros(len(governing), dtype=np.bool_)
    for kind, fit in _needs(counting, governing, law.basis):
        weak |= ~fit & docket.crowd.any_linked(counting.person[kind])[governing.person]
    return ~docket.crowd.any_own(governing.person[weak])
