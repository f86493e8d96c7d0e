# SPDX-License-Identifier: Apache-2.0
"""Attacks on a whole workspace: repeats, the moment of the charge, what a run's failure tells.

Other doors have tests of their own: budgets (``tests/engine/test_budget_doors.py``,
``test_budget_channel.py``, ``test_budget_copies.py``), errors, order and rows beside a neighbour
(``test_neighbours.py``), equivalent questions (``test_one_budget.py``), consents
(``test_attacks_on_consent.py``). Time is not claimed (``docs/explanation/red-team.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privseg.engine import Workspace
from privseg.engine.errors import RunFailedError
from privseg.engine.report import running as reporting
from tests.twins import club
from tests.twins.club import Counting

REPEATS = 5


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Workspace]:
    """A club of its own."""
    with club.found(tmp_path, club.crowd(60)) as ws:
        yield ws


def spent(ws: Workspace) -> object:
    """Return what the ledger says was spent."""
    return [c.loss for c in ws._house.losses.history("people")]


def repeats_are_one_answer(ws: Workspace) -> None:
    """Averaging finds nothing: one answer, charged once, however often it is asked."""
    answers, losses = set(), []
    for _ in range(REPEATS):
        answers.add(ws.report("sizes").document)
        losses.append(spent(ws))
    assert len(answers) == 1
    assert len(losses[0]) == len(losses[-1]) == 1  # type: ignore[arg-type]


def a_failure_is_charged_and_says_nothing(ws: Workspace) -> None:
    """What fails after the charge stays charged, and its words do not depend on why it failed."""
    said = set()
    for n, why in enumerate((ValueError("Ada spent 450.00"), MemoryError(), KeyError("N7701"))):
        ws.open_edition()
        failing = Counting(ws._house, fail=why)
        with pytest.raises(RunFailedError) as failed:
            ws.report("sizes")
        failing.leave()
        said.add((str(failed.value), failed.value.__cause__, tuple(_notes(failed.value))))
        assert len(spent(ws)) == n + 1  # type: ignore[arg-type]
    assert len(said) == 1


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def charged_before_anything_is_read(ws: Workspace) -> None:
    """When the scan opens, the ledger has the charge already."""
    seen: list[object] = []
    watching = Counting(ws._house, first=lambda: seen.append(spent(ws)))
    ws.report("sizes")
    watching.leave()
    assert len(seen) == 1
    assert len(seen[0]) == 1  # type: ignore[arg-type]


CHECKS = (
    repeats_are_one_answer,
    a_failure_is_charged_and_says_nothing,
    charged_before_anything_is_read,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_the_attack_fails(check: Callable[[Workspace], None], small: Workspace) -> None:
    check(small)


def test_an_answer_that_is_drawn_anew_is_caught(
    small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "_known", lambda *_: None)
    with pytest.raises(AssertionError):
        repeats_are_one_answer(small)


def test_words_that_depend_on_the_failure_are_caught(
    small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reporting._read

    def telling(*facts: object) -> object:
        try:
            return real(*facts)  # type: ignore[arg-type]
        except (ValueError, MemoryError, KeyError) as why:
            failed = RunFailedError()
            failed.add_note(str(why))
            raise failed from None

    def finish(house: object, run: object, consented: object, queries: object, _: object) -> object:
        return telling(house, run, consented, queries)

    monkeypatch.setattr(reporting, "_finish", finish)
    with pytest.raises(AssertionError):
        a_failure_is_charged_and_says_nothing(small)


def test_a_refund_after_a_failure_is_caught(
    small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose charge is rolled back with its failure."""
    real = reporting._finish

    def finish(house: object, *rest: object) -> object:
        kept = house.losses  # type: ignore[attr-defined]
        try:
            return real(house, *rest)  # type: ignore[arg-type]
        except RunFailedError:
            history = kept.history("people")[:-1]
            monkeypatch.setattr(type(kept), "history", lambda *_: history)
            raise

    monkeypatch.setattr(reporting, "_finish", finish)
    with pytest.raises(AssertionError):
        a_failure_is_charged_and_says_nothing(small)
