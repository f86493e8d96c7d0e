# SPDX-License-Identifier: Apache-2.0
"""What an event speaks about and from when: purpose tree, categories, both clocks (laws 2, 4-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privseg.consent.event import Act, Authority, Event, Method
from privseg.consent.rules import PurposeTerms, Rules
from privseg.terms import Category, Purpose, covers

ENDING = frozenset({Act.REFUSE, Act.WITHDRAW})
"""End every grant made until then; only a newer grant leads back to a yes."""

SUSPENDING = frozenset({Act.OBJECT, Act.RESTRICT, Act.OPT_OUT, Act.SIGNAL, Act.LIMIT})
"""Deny while they stand; what lifts each is in ``standing``."""

OPTING_OUT = frozenset({Act.OPT_OUT, Act.SIGNAL, Act.LIMIT})
"""Of these, the ones that take both steps to undo where people must opt out (11 CCR §7028)."""

RESTRICTIVE = ENDING | SUSPENDING
GRANTING = frozenset({Act.GRANT, Act.OPT_IN})
LIFTING = frozenset({Act.LIFT, Act.RELEASE_HOLD})
COUNTED = frozenset({Act.USE, Act.HAPPENED})
"""End grants that say so: after so many uses, or once something happened."""

BITING = RESTRICTIVE | COUNTED | {Act.HOLD, Act.ERASE, Act.DEFER}
"""Count from when the person acted, or from their record when that was earlier (law 4)."""

ATTESTING = frozenset({Act.ATTEST_AGE, Act.ATTEST_JURISDICTION})
LINKING = frozenset({Act.MERGE, Act.UNMERGE})
MEEK = frozenset({Act.ACTIVITY, Act.RESOLVE})
"""Deny nothing by themselves, not even when set aside."""

AFFIRMATIVE = frozenset(m for m in Method if m.is_affirmative)
"""How an act that grants or loosens is made; silence never is (GDPR Art. 4(11))."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: one purpose and category at one moment, under one controller's rules."""

    rules: Rules
    terms: PurposeTerms
    category: Category
    at: datetime

    @property
    def purpose(self) -> Purpose:
        """Return the purpose asked about."""
        return self.terms.purpose


def bites(event: Event, at: datetime) -> bool:
    """Return whether a restrictive act counts at ``at``: from when the person acted (law 4).

    It counts from its record when the person's clock ran ahead of ours.
    """
    return event.event_time <= at or event.record_time <= at


def serves(event: Event, at: datetime) -> bool:
    """Return whether a permissive act is in force: evidence never backdates it (law 5)."""
    return event.event_time <= at and event.record_time <= at


def is_about(event: Event, case: Case) -> bool:
    """Return whether ``event`` reaches the case: on its purpose or above, on its category (law 7).

    No purpose is every purpose, no category every category.
    """
    return (event.purpose is None or covers(event.purpose, case.purpose)) and (
        not event.categories or case.category in event.categories
    )


def binds(event: Event, case: Case) -> bool:
    """Return whether a restrictive act, a hold or an erasure bears on the case.

    A signal binds sale, sharing and targeted advertising (11 CCR §7025); restriction and hold
    leave storage and legal claims alone (GDPR Art. 18(2)).
    """
    return is_about(event, case) and (event.act not in _SPARABLE or event.act not in spared(case))


def spared(case: Case) -> frozenset[Act]:
    """Return the acts that never bind the purpose of the case."""
    is_bound = case.terms.advertising or case.rules.signals_bind_all
    kept = _KEPT if case.terms.is_immune else _NOTHING
    return kept if is_bound else kept | _SIGNALS


def bears(event: Event, case: Case) -> bool:
    """Return whether ``event`` could change the answer, read as widely as it can be."""
    if event.act in MEEK:
        return False
    return event.act in ATTESTING | LINKING or binds(event, case)


def counts(event: Event, case: Case) -> bool:
    """Return whether an act that concerns the case counts at ``at``, whoever's it is."""
    if event.act in BITING:
        return bites(event, case.at) and binds(event, case)
    if not serves(event, case.at):
        return False
    if event.act in GRANTING:
        return grants(event, case)
    if event.act in LIFTING:
        return event.method in AFFIRMATIVE and is_about(event, case)
    return event.act in _LIVELY and event.authority is Authority.SUBJECT and is_about(event, case)


def grants(event: Event, case: Case) -> bool:
    """Return whether ``event`` grants the case: by the person or for them, naming it (law 7).

    A grant on a parent covers only the children that its notice listed. Staff cannot grant, and
    silence never does (GDPR Art. 4(11)).
    """
    return (
        case.category in event.categories
        and _names(event, case.purpose)
        and event.authority is not Authority.STAFF
        and event.method in AFFIRMATIVE
    )


def has_both_steps(event: Event) -> bool:
    """Return whether the act was asked for, then confirmed separately (11 CCR §7028)."""
    return event.method is Method.DOUBLE_OPT_IN


def _names(event: Event, purpose: Purpose) -> bool:
    """Return whether a grant names ``purpose``, or a parent under a notice that lists it."""
    if event.purpose is None or event.purpose == purpose:
        return event.purpose is not None
    return covers(event.purpose, purpose) and purpose in event.notice_purposes


_LIVELY = frozenset({Act.ACTIVITY})
_SPARABLE = frozenset({Act.SIGNAL, Act.RESTRICT, Act.HOLD})
_SIGNALS = frozenset({Act.SIGNAL})
_KEPT = frozenset({Act.RESTRICT, Act.HOLD})
_NOTHING: frozenset[Act] = frozenset()
