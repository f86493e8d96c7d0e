# SPDX-License-Identifier: Apache-2.0
"""Everybody's grants under one regime: which hold on their own; one by one in ``grants``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from privseg.consent.crowd import BEFORE_ALL, Mask, Micros
from privseg.consent.event import Authority
from privseg.consent.regime import ASKING, Regime
from privseg.consent.relevant import Docket
from privseg.consent.rows import Rows, table
from privseg.consent.rules import PurposeTerms
from privseg.consent.scope import Case
from privseg.consent.vector_ages import Ages
from privseg.consent.vector_expiry import in_time
from privseg.terms import LawfulBasis, covers, to_micros


@dataclass(frozen=True, slots=True, eq=False)
class Grants:
    """The grants in force: those that govern, those that are good, and whose governing ones hold.

    ``good`` are grants that hold on their own: notice, explicitness, age, time (laws 6, 9, 12).
    """

    governing: Rows
    good: Rows
    newest: Micros
    hold: Mask
    ages: Ages

    @classmethod
    def of(cls, docket: Docket, case: Case, law: Regime) -> Grants:
        """Return everybody's grants as one regime sees them."""
        at, crowd = to_micros(case.at), docket.crowd
        rows = docket.grants.of(law.granting).serving(at)
        ages = Ages.of(docket, at, unknown_is_child=case.rules.directed_to_children)
        is_good = _is_informed(rows, case) & in_time(rows, docket, case, law)
        is_good &= _is_of_age(rows, ages, law)
        if law.needs_explicit:
            is_good &= rows.explicit
        newest = crowd.latest_own(rows.person, rows.event_time)
        governs = rows.event_time == newest[rows.person]
        hold = (newest > BEFORE_ALL) & ~crowd.any_own(rows.person[governs & ~is_good])
        return cls(rows.where(governs), rows.where(is_good), newest, hold, ages)


def _is_informed(rows: Rows, case: Case) -> Mask:
    """Return which grants' notice stands, for the purpose granted and the one asked (law 6)."""
    events = rows.events
    informed = _is_accepted(rows, case.terms)
    purpose = events.purpose[rows.row]
    for code, name in enumerate(events.purposes):
        if name != case.purpose and covers(name, case.purpose):
            terms = case.rules.purposes.get(name)
            stands = _is_accepted(rows, terms) if terms is not None else False
            informed &= (purpose != code) | stands
    return informed


def _is_accepted(rows: Rows, terms: PurposeTerms) -> Mask:
    """Return which grants' notice, and its text where it is in force, one purpose accepts."""
    events = rows.events
    notice = events.notice[rows.row]
    accepted = table(terms.accepts(n) for n in events.notices)[notice]
    in_force = table(n == terms.notice for n in events.notices)[notice]
    pinned = table((t in terms.notice_texts for t in events.texts), none=not terms.notice_texts)
    return accepted & (~in_force | pinned[events.notice_text[rows.row]])


def _is_of_age(rows: Rows, ages: Ages, law: Regime) -> Mask:
    """Return which grants are by whom they must be, given how old the person may be."""
    if law.basis not in ASKING:
        return np.ones(len(rows), dtype=np.bool_)
    by_guardian = rows.authority == Authority.GUARDIAN.value
    by_right_one = ~ages.may_be_under(law.law.guardian_below)[rows.person]
    if by_guardian.any():
        lapsed = ages.may_be_of(law.law.guardian_below)[rows.person]
        by_right_one = np.where(by_guardian, ~lapsed, by_right_one)
    if law.basis is LawfulBasis.CONSENT:
        return by_right_one
    is_minor = ages.may_be_under(law.law.opt_in_below)[rows.person]
    return np.where(is_minor, rows.have_both_steps & by_right_one, ~by_guardian)
