# SPDX-License-Identifier: Apache-2.0
"""Definitions of segments and their steps: a history that is only added to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from privseg.errors import StorageError
from privseg.store import Database, DefinitionError, SegmentStep, Shared, SqlSegments, TakenStep
from privseg.store.tables_segment import DefinitionRow, SegmentStepRow
from privseg.terms import StaffRole

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
TEXT = b'{"where":{}}'
VERSION = sha256(TEXT).hexdigest()
WROTE = TakenStep("lapsed", VERSION, SegmentStep.WROTE, "ada", StaffRole.ENGINEER, NOW, 3)
APPROVED = TakenStep(
    "lapsed", VERSION, SegmentStep.APPROVED, "grace", StaffRole.MARKETER, NOW + timedelta(1), 4
)
OTHER = TakenStep("new", VERSION, SegmentStep.TAKEN_IN, "ada", StaffRole.ANALYST, NOW, 5)


@pytest.fixture
def segments(where: Path | Shared) -> Iterator[SqlSegments]:
    with Database.create(where) as database:
        yield SqlSegments(database)


def test_a_definition_comes_back_under_its_hash(segments: SqlSegments) -> None:
    assert segments.remember(VERSION, TEXT, at=NOW)
    assert not segments.remember(VERSION, TEXT, at=NOW + timedelta(days=1))
    assert segments.text(VERSION) == TEXT
    assert segments.versions() == [VERSION]


def test_a_version_that_is_not_the_hash_of_its_text_is_not_kept(segments: SqlSegments) -> None:
    with pytest.raises(DefinitionError):
        segments.remember("ab" * 32, TEXT, at=NOW)
    assert segments.versions() == []


def test_a_version_that_nobody_used_has_no_text(segments: SqlSegments) -> None:
    with pytest.raises(DefinitionError, match="no text"):
        segments.text(VERSION)


@pytest.mark.parametrize(
    "change",
    [
        delete(DefinitionRow), update(DefinitionRow).values(text=b"other"),
        delete(SegmentStepRow), update(SegmentStepRow).values(user="grace"),
    ],
)  # fmt: skip
def test_what_was_used_is_never_overwritten(segments: SqlSegments, change: object) -> None:
    segments.remember(VERSION, TEXT, at=NOW)
    segments.add_step(WROTE)
    with pytest.raises(StorageError):
        segments._db.execute(change)  # type: ignore[arg-type]
    assert (segments.text(VERSION), segments.steps()) == (TEXT, [WROTE])


def test_steps_come_back_as_they_were_added(segments: SqlSegments) -> None:
    for step in (WROTE, APPROVED, OTHER):
        segments.add_step(step)
    assert segments.steps() == [WROTE, APPROVED, OTHER]
    assert segments.steps("lapsed") == [WROTE, APPROVED]
    assert segments.steps("nothing") == []
