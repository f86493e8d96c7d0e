# SPDX-License-Identifier: Apache-2.0
"""Eligible sets per purpose and category: kept, and brought up to date when they are asked for."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.consent import AtPosition, ConsentLedger, PopulationQuestion, Rules
from privseg.consent.one_each import one_profile_each
from privseg.errors import StorageError
from privseg.gate.consent_rules import collected_from, consent_rules
from privseg.gate.eligible_state import NOBODY, About, Folding, State
from privseg.gate.errors import LedgerUnknownError
from privseg.gate.kept_states import KeptStates, NoFiles
from privseg.gate.ports import EligibleFiles
from privseg.gate.recent_events import RecentEvents
from privseg.gate.rules_digest import rules_digest
from privseg.policy import Policy
from privseg.terms import Category, Purpose, to_micros

WORTH_KEEPING = 10_000
"""People judged since a set was read or written last, from which on a file saves time."""


class SetsOfRules:
    """Who may be read, per (purpose, category), at a moment and a ledger position.

    A cache of the fold and nothing more: to the newest state at or before what is asked, later
    events and due moments are applied. ``files`` keeps states between processes.
    """

    def __init__(
        self,
        rules: Rules,
        collected_from: datetime,
        ledger: ConsentLedger,
        files: EligibleFiles | None = None,
        *,
        worth_keeping: int = WORTH_KEEPING,
    ) -> None:
        self._rules = rules
        self._digest = rules_digest(rules, collected_from)
        self._recent = RecentEvents(ledger)
        self._settled = Folding(rules, collected_from, self._recent)
        self._unsettled = Folding(rules, collected_from, ledger)
        self._files = files or NoFiles()
        self._kept = KeptStates(self._files, worth=worth_keeping)

    def people(
        self, purpose: Purpose, category: Category, *, at: datetime, known_at: int
    ) -> FrozenBitMap:
        """Return the people whose consent covers ``category`` for ``purpose``.

        Raises:
            LedgerUnknownError: the ledger has not reached ``known_at``.
        """
        self._require(known_at)
        if at.utcoffset() is None:
            return NOBODY  # no moment that could be judged
        about = About(self._digest, purpose, category)
        return self._state(about, position=known_at, at=to_micros(at)).people

    def one_each(self, people: FrozenBitMap, *, at: datetime, known_at: int) -> FrozenBitMap:
        """Return ``people`` with one profile alone of each person who has several linked.

        Numbers are about persons: with several profiles in, one person would weigh as several.
        """
        ledger = self._unsettled.ledger
        tied = ledger.tied()
        if not people & tied:
            return people
        known = AtPosition(known_at, as_of=at)
        asked = PopulationQuestion(self._rules.controller, Purpose(""), Category(""), at, known)
        return one_profile_each(self._rules, ledger.columns(known_at=known, of=tied), asked, people)

    def rebuild(self, *, at: datetime, known_at: int) -> dict[str, int]:
        """Fold every set of the policy from all events, and keep nothing that was kept before.

        Returns how many people's answers differed from what was kept, by "purpose / category":
        none, unless a file, the ledger or this program is at fault. Not inside a transaction.

        Raises:
            LedgerUnknownError: the ledger has not reached ``known_at``.
        """
        self._require(known_at)
        moment = to_micros(at)
        before = {a: self._brought(a, position=known_at, at=moment) for a in self._every()}
        self._kept.clear()
        wrong = {}
        for about, people in before.items():
            found = self._settled.fold(about, position=known_at, at=moment)
            self._kept.put(found)
            differing = 0 if people is None else len(people ^ found.people)
            wrong[f"{about.purpose} / {about.category}"] = differing
        self._recent.release()
        return wrong

    def forget(self, people: FrozenBitMap) -> None:
        """Take every trace of ``people`` out of what is kept: part of their erasure.

        Call it in the erasure's transaction *before* their events are deleted: only then it is
        known who is linked to them. Files go at once; what they held is put right, and written
        again, once the transaction is durable.
        """
        linked = self._unsettled.ledger.linked(people)
        states = self._kept.everything(self._every())
        self._kept.clear()
        self._files.when_settled(lambda: self._put_without(people, linked, states))

    def _question(self, key: tuple[Purpose, Category, int], at: datetime) -> PopulationQuestion:
        """Return the question asked of everybody's events."""
        purpose, category, position = key
        about = About(self._digest, purpose, category)
        return self._unsettled.question(about, position=position, at=to_micros(at))

    def _require(self, known_at: int) -> None:
        """Refuse a position that the ledger has not reached."""
        reached = self._recent.position()
        if known_at > reached:
            raise LedgerUnknownError(asked=known_at, reached=reached)

    def _every(self) -> list[About]:
        """Return every set of the policy."""
        purposes = sorted(self._rules.purposes.items())
        return [
            About(self._digest, p, c) for p, terms in purposes for c in sorted(terms.categories)
        ]

    def _state(self, about: About, *, position: int, at: int) -> State:
        """Return a set's state, from the nearest one or from scratch, and remember it.

        What an open transaction has written may still be undone: nothing of it is remembered.
        """
        is_settled = self._files.is_settled()
        folding = self._settled if is_settled else self._unsettled
        near = self._kept.nearest(about, position=position, at=at)
        if near is None:
            found = folding.fold(about, position=position, at=at)
        else:
            self._recent.release()
            found = folding.advance(near, position=position, at=at)
        if is_settled:
            self._kept.put(found)
        return found

    def _brought(self, about: About, *, position: int, at: int) -> FrozenBitMap | None:
        """Return the people of a kept set brought up to date; None if none is kept."""
        near = self._kept.nearest(about, position=position, at=at)
        return self._settled.advance(near, position=position, at=at).people if near else None

    def _put_without(self, people: FrozenBitMap, linked: FrozenBitMap, states: list[State]) -> None:
        """Put states back without ``people``, who have lost their events, and others judged anew.

        If that fails they are gone, and folded from scratch when somebody asks.
        """
        self._files.forget()  # another process may have written one before the commit
        with suppress(StorageError):
            for state in states:
                there = {"position": state.position, "at": state.at}
                anew = self._settled.advance(state, **there, also=people | linked)
                self._kept.put(anew.without(people))


class EligibleSets(SetsOfRules):
    """The eligible sets of a policy."""

    def __init__(
        self, policy: Policy, ledger: ConsentLedger, files: EligibleFiles | None = None
    ) -> None:
        super().__init__(consent_rules(policy), collected_from(policy), ledger, files)
