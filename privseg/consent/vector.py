# SPDX-License-Identifier: Apache-2.0
"""The fold for many people at once: exact where it answers, and it says whom it cannot answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from privseg.consent.attested import of_age_from
from privseg.consent.columns import Micros
from privseg.consent.event import Act, Authority
from privseg.consent.question import PopulationQuestion
from privseg.consent.relevant import BEFORE_ALL, Mask, Rows, table
from privseg.consent.scope import LINKING, RESTRICTIVE
from privseg.terms import MICROSECOND, Jurisdiction, LawfulBasis

_UNMOVED = frozenset({LawfulBasis.CONTRACT, LawfulBasis.LEGAL_OBLIGATION})


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Who is allowed, and whose history only ``decide`` can judge, by number of person."""

    allowed: Mask
    hard: Mask


def fold(rows: Rows, question: PopulationQuestion) -> Fold:
    """Judge everybody in ``rows`` as ``decide`` would, or name them as hard.

    Hard are those who are denied unless a lift or release says otherwise, and those whose newest
    grant does not by itself settle every restrictive act before it.
    """
    lifted = rows.any_of(rows.acts({Act.LIFT}) & rows.serves & ~rows.is_aside)
    released = rows.any_of(rows.acts({Act.RELEASE_HOLD}) & rows.serves & ~rows.is_aside)
    held = rows.any_of(rows.acts({Act.HOLD}) & rows.bites & ~rows.is_aside)
    open_, ruled = _bases(rows)
    open_ &= ~_barred(rows) & (released | ~held)
    hard = released & held
    for basis, applies in ruled.items():
        verdict = _judge(rows, basis, question)
        unsure = verdict.hard | (lifted & ~verdict.allowed)
        open_ &= ~applies | verdict.allowed | unsure
        hard |= applies & unsure
    return Fold(open_ & ~hard, open_ & hard)


def _barred(rows: Rows) -> Mask:
    """Return who is denied whatever they consented to (laws 2, 10; law 11 fails closed)."""
    aside = rows.is_aside & (rows.record_time <= rows.at)
    aside &= rows.binds | rows.acts({Act.ATTEST_AGE, Act.ATTEST_JURISDICTION})
    erased = rows.acts({Act.ERASE}) & rows.bites & ~rows.is_aside
    return rows.any_of(aside | erased | rows.acts(LINKING))


def _bases(rows: Rows) -> tuple[Mask, dict[LawfulBasis, Mask]]:
    """Return who has only jurisdictions with a rule, and to whom each basis applies (law 9)."""
    newest, settled = _newest(rows, rows.acts({Act.ATTEST_JURISDICTION}) & ~rows.is_aside)
    rule = rows.case.terms.basis
    bases = [rule.get(Jurisdiction(v)) for v in rows.values]
    lawless = newest & table((b is None for b in bases), none=True)[rows.value]
    ruled = {
        basis: rows.any_of(newest & table(b is basis for b in bases)[rows.value])
        for basis in set(rule.values())
    }
    return settled & ~rows.any_of(lawless), ruled


def _newest(rows: Rows, attested: Mask) -> tuple[Mask, Mask]:
    """Return the attestations that may hold at ``at``, and who has one recorded by then.

    Without one recorded by then all that happened may hold; see ``attested``.
    """
    past = attested & (rows.event_time <= rows.at)
    base = rows.latest(past & (rows.record_time <= rows.at))
    return past & (rows.event_time >= base[rows.person]), base > BEFORE_ALL


def _is_under_age(rows: Rows) -> Mask:
    """Return who is, or may be, under 16 (law 9)."""
    newest, settled = _newest(rows, rows.acts({Act.ATTEST_AGE}) & ~rows.is_aside)
    codes = np.unique(rows.value[newest])
    is_young = np.zeros(len(rows.values) + 1, dtype=np.bool_)
    is_young[codes] = [rows.at < of_age_from(date.fromisoformat(rows.values[c])) for c in codes]
    young = rows.any_of(newest & is_young[rows.value])
    return young | ~settled if rows.case.rules.directed_to_children else young


@dataclass(frozen=True, slots=True, eq=False)
class _Acts:
    """The acts in force on one basis: restrictive ones, grants, and the grants that govern.

    ``good`` are grants that hold on their own: notice, explicitness, time (laws 6, 12).
    """

    basis: LawfulBasis
    restrictive: Mask
    governing: Mask
    good: Mask
    newest_grant: Micros

    @classmethod
    def of(cls, rows: Rows, basis: LawfulBasis) -> _Acts:
        """Return the acts of ``rows``; only in an opt-out regime is an opt-in a grant."""
        acts = {Act.GRANT, Act.OPT_IN} if basis is LawfulBasis.OPT_OUT else {Act.GRANT}
        grants = rows.acts(acts) & rows.is_named & rows.serves & ~rows.is_aside
        newest = rows.latest(grants)
        return cls(
            basis=basis,
            restrictive=rows.acts(RESTRICTIVE) & rows.bites & ~rows.is_aside,
            governing=grants & (rows.event_time == newest[rows.person]),
            good=grants & _is_good(rows),
            newest_grant=newest,
        )


def _judge(rows: Rows, basis: LawfulBasis, question: PopulationQuestion) -> Fold:
    """Return what one basis makes of everybody's acts (laws 5, 8, 10)."""
    acts = _Acts.of(rows, basis)
    holds = (acts.newest_grant > BEFORE_ALL) & ~rows.any_of(acts.governing & ~acts.good)
    counting = acts.restrictive
    if basis in _UNMOVED:
        counting = counting & ~rows.acts({Act.WITHDRAW})
    free = ~rows.any_of(counting)
    ended = rows.latest(acts.restrictive) >= acts.newest_grant
    able = ~free & ~ended & ~_surely_stands(rows, acts, counting)
    lifted = able & holds & _lifts_all(rows, acts, counting)
    hard = able & ~lifted
    if basis is LawfulBasis.CONSENT:
        return Fold((free | lifted) & holds, hard & holds)
    if basis is not LawfulBasis.OPT_OUT:
        return Fold(free | lifted, hard)
    adult = ~_is_under_age(rows)
    fit = adult & (holds | _may_stay_silent(rows, question))
    return Fold((free | lifted) & fit, hard & adult)


def _is_good(rows: Rows) -> Mask:
    """Return which rows would hold as grants, on their own."""
    lasts = rows.case.terms.consent_lasts
    good = rows.is_current & (rows.expires_at > rows.at)
    if rows.case.is_special:
        good &= rows.explicit
    if lasts is not None:
        good &= rows.at - rows.event_time < lasts // MICROSECOND
    return good


def _needs(rows: Rows, basis: LawfulBasis) -> list[tuple[Mask, Mask]]:
    """Return pairs: restrictive rows of one kind, and the rows fit to lift that kind (law 8)."""
    objected = rows.acts({Act.OBJECT})
    opted_out = rows.acts({Act.OPT_OUT, Act.SIGNAL, Act.LIMIT})
    own = rows.authority == Authority.SUBJECT
    pairs = [(objected, rows.explicit), (own, own)]
    return [*pairs, (opted_out, rows.has_both_steps)] if basis is LawfulBasis.OPT_OUT else pairs


def _surely_stands(rows: Rows, acts: _Acts, counting: Mask) -> Mask:
    """Return who has a restrictive act that no good grant after it is fit to lift."""
    stands = np.zeros(len(rows.people), dtype=np.bool_)
    for kind, fit in [(counting, acts.good), *_needs(rows, acts.basis)]:
        last = rows.latest(counting & kind)
        stands |= (last > BEFORE_ALL) & (last >= rows.latest(acts.good & fit))
    return stands


def _lifts_all(rows: Rows, acts: _Acts, counting: Mask) -> Mask:
    """Return whose governing grants are each fit to lift every restrictive act."""
    weak = np.zeros(len(rows.act), dtype=np.bool_)
    for kind, fit in _needs(rows, acts.basis):
        weak |= acts.governing & ~fit & rows.any_of(counting & kind)[rows.person]
    return ~rows.any_of(weak)


def _may_stay_silent(rows: Rows, question: PopulationQuestion) -> bool:
    """Return whether an opt-out regime allows without a grant: nothing sensitive, notice posted."""
    posted = rows.case.rules.opt_out_notice_since
    collected = question.collected_from or question.at
    return posted is not None and posted <= collected and not rows.case.is_sensitive
