# SPDX-License-Identifier: Apache-2.0
"""The budget ledger as a machine, over two connections, beside a naive twin that only adds up.

Charges of any size, refusals, years, undone transactions, copies put back, memories lost: after
every step both connections tell the twin's exact sums, and nothing was charged past a limit.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from privseg.errors import IntegrityError
from privseg.protect.loss import BudgetExceededError, PrivacyLoss
from privseg.store import Charge, Database, Payment, Quota, SqlLosses
from privseg.terms import Purpose, StaffRole
from privseg.vault.note import SealedNote

LIMIT = PrivacyLoss.of("1", "1/100")
QUOTAS = (
    Quota(PrivacyLoss.of("1/2", "1/200"), purpose=Purpose("marketing")),
    Quota(PrivacyLoss.of("3/4", "3/400"), actor=StaffRole.ANALYST),
)
PURPOSES = [Purpose("marketing"), Purpose("marketing.letters"), Purpose("care")]
ROLES = [StaffRole.MARKETER, StaffRole.ANALYST]
rhos = st.fractions(min_value=0, max_value=Fraction(2, 5), max_denominator=97)
deltas = st.fractions(min_value=0, max_value=Fraction(1, 300), max_denominator=10**6)
askers = st.tuples(st.sampled_from(PURPOSES), st.sampled_from(ROLES))
sides = st.integers(0, 1)


class Ledger(RuleBasedStateMachine):
    """Two processes on one ledger; the twin is a list."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name)
        Database.create(self.root / "db").close()
        self.sides = self._open()
        self.now = datetime(2026, 6, 1, tzinfo=UTC)
        self.twin: list[Charge] = []
        self.plans = 0
        self.held: list[Payment] = []
        self.copy: tuple[bytes, int] | None = None

    def teardown(self) -> None:
        self._let_go()
        for side in self.sides:
            side._db.close()
        self._folder.cleanup()

    def _note(self) -> SealedNote:
        path = self.root / "keys" / "ws.budget"
        return SealedNote(path, workspace="ws", what="budget", key=bytes(32))

    def _open(self) -> list[SqlLosses]:
        opened = [SqlLosses(Database.open(self.root / "db"), note=self._note()) for _ in range(2)]
        opened[0].check()
        return opened

    def _let_go(self) -> None:
        for payment in self.held:
            payment.claim.give_back()
        self.held.clear()

    def _asked(self, rho: Fraction, delta: Fraction, asker: tuple[Purpose, StaffRole]) -> Charge:
        self.plans += 1
        return Charge(
            "people", self.now, PrivacyLoss(rho, delta), f"{self.plans:064x}", "00" * 16, *asker
        )

    @property
    def since(self) -> datetime:
        return datetime(self.now.year, 1, 1, tzinfo=UTC)

    def _fits(self, asked: Charge) -> bool:
        """Say it naively: every line that counts the charge has room for it."""
        year = [c for c in self.twin if c.at >= self.since]
        lines = [(LIMIT, lambda _: True)]
        lines += [(QUOTAS[0].limit, lambda c: c.purpose.split(".")[0] == "marketing")]
        lines += [(QUOTAS[1].limit, lambda c: c.actor is StaffRole.ANALYST)]
        return all(
            not counts(asked)
            or (
                sum(c.loss.rho for c in [*year, asked] if counts(c)) <= limit.rho
                and sum(c.loss.delta for c in [*year, asked] if counts(c)) <= limit.delta
            )
            for limit, counts in lines
        )

    @rule(side=sides, rho=rhos, delta=deltas, asker=askers)
    def charge(
        self, side: int, rho: Fraction, delta: Fraction, asker: tuple[Purpose, StaffRole]
    ) -> None:
        asked = self._asked(rho, delta, asker)
        if self._fits(asked):
            self.held.append(
                self.sides[side].pay(asked, limit=LIMIT, since=self.since, quotas=QUOTAS)
            )
            assert not self.held[-1].joined
            self.twin.append(asked)
        else:
            with pytest.raises(BudgetExceededError):
                self.sides[side].pay(asked, limit=LIMIT, since=self.since, quotas=QUOTAS)

    @precondition(lambda self: self.held)
    @rule(side=sides, which=st.integers(0, 10**6))
    def ask_the_same_while_it_runs(self, side: int, which: int) -> None:
        known = self.held[which % len(self.held)]
        if known.charge.at < self.since:
            return
        joined = self.sides[side].pay(
            replace(known.charge, at=self.now), limit=LIMIT, since=self.since, quotas=QUOTAS
        )
        assert joined.joined
        assert joined.charge.number == known.charge.number
        self.held.append(joined)

    @rule(side=sides, rho=rhos, asker=askers)
    def charge_and_fail(self, side: int, rho: Fraction, asker: tuple[Purpose, StaffRole]) -> None:
        asked = self._asked(rho / 100, Fraction(0), asker)

        def attempt() -> None:
            with self.sides[side]._db.transaction():
                if self._fits(asked):
                    self.sides[side].pay(asked, limit=LIMIT, since=self.since, quotas=QUOTAS)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            attempt()

    @rule()
    def runs_end(self) -> None:
        self._let_go()

    @rule(days=st.integers(1, 300))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def open_again(self) -> None:
        self._let_go()
        for side in self.sides:
            side._db.close()
        self.sides = self._open()

    @rule()
    def keep_a_copy(self) -> None:
        self.copy = (self.root / "db").read_bytes(), len(self.twin)

    @precondition(lambda self: self.copy is not None)
    @rule()
    def put_the_copy_back(self) -> None:
        """An older one is refused, and the ledger put in its place again; a whole one is as new."""
        assert self.copy is not None
        self._let_go()
        for side in self.sides:
            side._db.close()
        path = self.root / "db"
        now = path.read_bytes()
        path.write_bytes(self.copy[0])
        if self.copy[1] < len(self.twin):
            with pytest.raises(IntegrityError):
                self._refused_open()
        path.write_bytes(now)
        self.sides = self._open()

    def _refused_open(self) -> None:
        with Database.open(self.root / "db") as db:
            SqlLosses(db, note=self._note()).check()

    @invariant()
    def both_tell_the_twins_sums(self) -> None:
        year = [c for c in self.twin if c.at >= self.since]
        for side in self.sides:
            assert side.history("people") == self.twin
            lifetime, spent = side.lifetime("people"), side.spent("people", since=self.since)
            assert lifetime.rho == sum(c.loss.rho for c in self.twin)
            assert lifetime.delta == sum(c.loss.delta for c in self.twin)
            assert spent.rho == sum(c.loss.rho for c in year)
            assert spent.delta == sum(c.loss.delta for c in year)
            assert side.remembered() == side.check()


Ledger.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestTheLedgerAgreesWithItsTwin = Ledger.TestCase
