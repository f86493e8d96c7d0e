# SPDX-License-Identifier: Apache-2.0
"""Eligible sets per purpose and category: folded from the ledger, remembered while they hold."""

from __future__ import annotations

from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.consent import (
    AtPosition,
    ConsentLedger,
    EventColumns,
    PopulationQuestion,
    eligible,
)
from privseg.gate.consent_rules import collected_from, consent_rules
from privseg.gate.errors import LedgerUnknownError
from privseg.policy import Policy
from privseg.terms import Category, Purpose

_Key = tuple[Purpose, Category, int]


class EligibleSets:
    """Who may be read, per (purpose, category), at a moment and a ledger position.

    A cache of the fold and nothing more: an answer is reused only for the same ledger position
    and only until the first moment at which it could change by itself (an expiry, a birthday).
    """

    def __init__(self, policy: Policy, ledger: ConsentLedger) -> None:
        self._rules = consent_rules(policy)
        self._collected_from = collected_from(policy)
        self._ledger = ledger
        self._columns: tuple[int, EventColumns] | None = None
        self._known: dict[_Key, tuple[datetime, datetime | None, FrozenBitMap]] = {}

    def people(
        self, purpose: Purpose, category: Category, *, at: datetime, known_at: int
    ) -> FrozenBitMap:
        """Return the people whose consent covers ``category`` for ``purpose``.

        Raises:
            LedgerUnknownError: the ledger has not reached ``known_at``.
        """
        key = (purpose, category, known_at)
        if key in self._known:
            since, until, people = self._known[key]
            if since <= at and (until is None or at < until):
                return people
        found = eligible(self._rules, self._read(known_at), self._question(key, at))
        self._known[key] = (at, found.valid_until, found.people)
        return found.people

    def _question(self, key: _Key, at: datetime) -> PopulationQuestion:
        """Return the question asked of everybody's events."""
        purpose, category, known_at = key
        return PopulationQuestion(
            controller=self._rules.controller,
            purpose=purpose,
            category=category,
            at=at,
            known_at=AtPosition(known_at, as_of=at),
            collected_from=self._collected_from,
        )

    def _read(self, known_at: int) -> EventColumns:
        """Return everybody's events up to ``known_at``; the last read is kept."""
        reached = self._ledger.position()
        if known_at > reached:
            raise LedgerUnknownError(asked=known_at, reached=reached)
        if self._columns is None or self._columns[0] != known_at:
            self._columns = (known_at, self._ledger.columns(known_at=AtPosition(known_at)))
        return self._columns[1]
