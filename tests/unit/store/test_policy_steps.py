# SPDX-License-Identifier: Apache-2.0
"""Who wrote a policy and who approved it: a history that is only added to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from privseg.errors import StorageError
from privseg.store import Database, Shared, SqlPolicies
from privseg.store.policies import PolicyStep, Step
from privseg.store.tables_approval import PolicyStepRow

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
WROTE = PolicyStep("d1", Step.WROTE, "ada", NOW, True, 3)
APPROVED = PolicyStep("d1", Step.APPROVED, "grace", NOW + timedelta(days=1), True, 4)
OTHER = PolicyStep("d2", Step.WROTE, "ada", NOW + timedelta(days=2), False, 9)


@pytest.fixture
def db(where: Path | Shared) -> Iterator[Database]:
    with Database.create(where) as database:
        yield database


def test_steps_come_back_as_they_were_added(db: Database) -> None:
    policies = SqlPolicies(db)
    policies.add_steps([WROTE])
    policies.add_steps([APPROVED, OTHER])
    assert policies.steps() == [WROTE, APPROVED, OTHER]
    assert policies.steps("d1") == [WROTE, APPROVED]
    assert policies.steps("d3") == []


def test_no_steps_are_no_change(db: Database) -> None:
    SqlPolicies(db).add_steps([])
    assert SqlPolicies(db).steps() == []


@pytest.mark.parametrize(
    "change", [delete(PolicyStepRow), update(PolicyStepRow).values(user="grace")]
)
def test_the_history_is_neither_changed_nor_shortened(db: Database, change: object) -> None:
    policies = SqlPolicies(db)
    policies.add_steps([WROTE])
    with pytest.raises(StorageError):
        db.execute(change)  # type: ignore[arg-type]
    assert policies.steps() == [WROTE]
