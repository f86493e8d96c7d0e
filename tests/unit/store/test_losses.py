# SPDX-License-Identifier: Apache-2.0
"""The budget ledger: exact sums, charged before the read, never refunded, never reset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from privseg.protect.loss import BudgetExceededError, PrivacyLoss
from privseg.store import BackdatedChargeError, Charge, Database, RowRefusedError, Shared, SqlLosses
from privseg.terms import Purpose, StaffRole

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = PrivacyLoss.of("1", "1e-5")
REPORT = Charge(
    population="workspace",
    at=YEAR + timedelta(days=3),
    loss=PrivacyLoss.of("1/80", "1e-7"),
    plan_hash="ab" * 32,
    edition_id="cd" * 16,
    purpose=Purpose("analytics"),
    actor=StaffRole.MARKETER,
    name="overview",
)


@pytest.fixture
def db(where: Path | Shared) -> Iterator[Database]:
    with Database.create(where) as database:
        yield database


@pytest.fixture
def losses(db: Database) -> SqlLosses:
    return SqlLosses(db)


def test_eighty_default_reports_are_a_year(losses: SqlLosses) -> None:
    for n in range(1, 81):
        spent = losses.charge(REPORT, limit=LIMIT, since=YEAR)
        assert spent == PrivacyLoss(Fraction(n, 80), Fraction(n, 10_000_000))
    with pytest.raises(BudgetExceededError) as refused:
        losses.charge(REPORT, limit=LIMIT, since=YEAR)
    assert refused.value.exit_code == 4
    assert losses.spent("workspace", since=YEAR).rho == 1


def test_a_refused_charge_is_not_charged(losses: SqlLosses) -> None:
    losses.charge(REPORT, limit=LIMIT, since=YEAR)
    for loss in (PrivacyLoss.of("1"), PrivacyLoss.of("0", "1e-5")):
        with pytest.raises(BudgetExceededError):
            losses.charge(replace(REPORT, loss=loss), limit=LIMIT, since=YEAR)
    assert losses.lifetime("workspace") == REPORT.loss


def test_what_was_charged_is_read_back_exactly(losses: SqlLosses) -> None:
    losses.charge(REPORT, limit=LIMIT, since=YEAR)
    losses.charge(replace(REPORT, name=""), limit=LIMIT, since=YEAR)
    assert losses.history("workspace") == [REPORT, replace(REPORT, name="")]


def test_a_charge_goes_with_the_transaction_it_is_part_of(db: Database, losses: SqlLosses) -> None:
    def charge_and_fail() -> None:
        with db.transaction():
            losses.charge(REPORT, limit=LIMIT, since=YEAR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        charge_and_fail()
    assert losses.history("workspace") == []


def test_a_new_year_renews_the_year_and_not_the_lifetime(losses: SqlLosses) -> None:
    losses.charge(replace(REPORT, loss=PrivacyLoss.of("1")), limit=LIMIT, since=YEAR)
    later = YEAR + timedelta(days=365)
    spent = losses.charge(replace(REPORT, at=later), limit=LIMIT, since=later)
    assert spent == REPORT.loss
    assert losses.lifetime("workspace").rho == 1 + REPORT.loss.rho


def test_a_charge_cannot_hide_before_the_period_that_judges_it(losses: SqlLosses) -> None:
    with pytest.raises(BackdatedChargeError):
        losses.charge(REPORT, limit=LIMIT, since=REPORT.at + timedelta(microseconds=1))
    assert losses.history("workspace") == []
    losses.charge(REPORT, limit=LIMIT, since=REPORT.at)
    assert losses.spent("workspace", since=REPORT.at) == REPORT.loss


@pytest.mark.parametrize(
    "change",
    [
        {"plan_hash": "ef" * 32}, {"edition_id": "00" * 16}, {"purpose": Purpose("marketing")},
        {"actor": StaffRole.ANALYST}, {},
    ],
)  # fmt: skip
def test_another_name_key_or_asker_refreshes_nothing(
    losses: SqlLosses, change: dict[str, object]
) -> None:
    whole = PrivacyLoss.of("1")
    losses.charge(replace(REPORT, loss=whole), limit=LIMIT, since=YEAR)
    with pytest.raises(BudgetExceededError):
        losses.charge(replace(REPORT, **change), limit=LIMIT, since=YEAR)  # type: ignore[arg-type]


def test_populations_have_lines_of_their_own(losses: SqlLosses) -> None:
    losses.charge(REPORT, limit=LIMIT, since=YEAR)
    assert losses.lifetime("cohort-2027") == PrivacyLoss.of("0")


def test_a_charge_cannot_be_taken_back(db: Database, losses: SqlLosses) -> None:
    losses.charge(REPORT, limit=LIMIT, since=YEAR)
    for change in ("DELETE FROM loss", "UPDATE loss SET rho = '0'"):
        with pytest.raises(RowRefusedError):
            db.execute(text(change))
    assert losses.lifetime("workspace") == REPORT.loss


fractions = st.fractions(min_value=0, max_value=1, max_denominator=10**9)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(charges=st.lists(st.tuples(fractions, fractions.map(lambda d: d / 100)), max_size=6))
def test_the_sum_is_exact(
    tmp_path_factory: pytest.TempPathFactory, charges: list[tuple[Fraction, Fraction]]
) -> None:
    high = PrivacyLoss(Fraction(10), Fraction(9, 10))
    with Database.create(tmp_path_factory.mktemp("losses") / "db") as db:
        losses = SqlLosses(db)
        for rho, delta in charges:
            charge = replace(REPORT, loss=PrivacyLoss(rho, delta))
            losses.charge(charge, limit=high, since=YEAR)
        total = losses.lifetime("workspace")
    assert total.rho == sum((rho for rho, _ in charges), start=Fraction(0))
    assert total.delta == sum((delta for _, delta in charges), start=Fraction(0))
