# SPDX-License-Identifier: Apache-2.0
"""What is charged, and what a refusal says, are functions of plan and policy: data have no part.

Two clubs that differ in all data of some people, or have none at all, are asked the same random
reports. Ledgers and refusals must be the same, word for word.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from privseg.engine import Workspace
from privseg.errors import BudgetError, PrivsegError
from tests.twins import club

PLANS = 6
SEED = 20260302  # any other will do; fixed, so that a failure comes back
SEGMENTS = ("buyers", "gardeners")
MEASURES = (
    "size",
    "{total: purchase.amount, within: 90d}",
    "{average: purchase.amount, within: 30d}",
)


def random_report(rng: random.Random, name: str) -> str:
    """Return a report file of one to three tables; one in five asks what it may not."""
    segments = rng.sample(SEGMENTS, rng.randint(1, 2)) + ["diarists"] * (rng.random() < 0.2)
    tables = []
    for n in range(rng.randint(1, 3)):
        measures = rng.sample(MEASURES, rng.randint(1, 3))
        by = ", by: country" if rng.random() < 0.4 else ""
        tables.append(f"  - {{name: t{n}{by}, measures: [{', '.join(measures)}]}}")
    left_out = rng.choice(("true", "false"))
    lines = [
        "privseg: report/1", f"report: {name}", "title: At random", "segmenter: letters",
        f"segments: [{', '.join(segments)}]", f"not_included: {left_out}", "tables:", *tables,
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def told(ws: Workspace, name: str) -> str:
    """Return what running a report tells beside its numbers: nothing, or the refusal."""
    try:
        ws.report(name)
    except PrivsegError as refused:
        notes = getattr(refused, "__notes__", ())
        return "\n".join([type(refused).__name__, str(refused), *notes])
    return ""


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, ...]]:
    """A club, the same without two members, and one of two people who never consented."""
    everybody = club.crowd(40)
    nobody = [club.Member(f"N{n}", None, None, None, "never") for n in range(2)]
    others = (everybody, everybody[2:], nobody)
    made = [club.found(tmp_path_factory.mktemp("n"), people) for people in others]
    rng = random.Random(SEED)
    for n in range(PLANS):
        text = random_report(rng, f"random-{n}")
        for ws in made:
            (ws.folder / "reports" / f"random-{n}.yaml").write_text(text, "utf-8")
    for ws in made:
        policy = ws.folder / "policies" / "club.yaml"
        text = policy.read_text().replace("rho_per_year: 2", "rho_per_year: 0.6")
        policy.write_text(text, "utf-8")
    yield tuple(made)
    for ws in made:
        ws.close()


def ledger(ws: Workspace) -> list[tuple[object, ...]]:
    return [(c.loss, c.name, c.kind, c.purpose) for c in ws._house.losses.history("people")]


def test_charges_and_refusals_are_the_same_whatever_the_data_are(
    neighbours: tuple[Workspace, ...],
) -> None:
    said: list[list[str]] = [[] for _ in neighbours]
    for n in range(PLANS):
        for ws, mine in zip(neighbours, said, strict=True):
            mine.append(told(ws, f"random-{n}"))
    assert said[0] == said[1] == said[2]
    ledgers = [ledger(ws) for ws in neighbours]
    assert ledgers[0] == ledgers[1] == ledgers[2]
    assert 0 < len(ledgers[0]) < PLANS  # some were answered, and some refused


def test_a_budget_that_is_used_up_refuses_in_the_same_words(
    neighbours: tuple[Workspace, ...],
) -> None:
    words = []
    for ws in neighbours:
        mine = [""]
        while not mine[-1]:
            ws.open_edition()
            mine.append(told(ws, "sizes"))
        words.append(mine[1:])
    assert words[0] == words[1] == words[2]
    assert words[0][-1].startswith("BudgetExceededError")


def test_a_dry_run_and_a_plan_of_a_year_say_the_same_whatever_the_data_are(
    neighbours: tuple[Workspace, ...], tmp_path: Path
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(
        "privseg: budget-plan/1\nyear: 2027\nentries: [{report: overview, every: month}]\n"
    )
    one, other, none = ([repr(ws.budget_plan(path)), repr(ws.plan_report("overview")[1])]
                        for ws in neighbours)  # fmt: skip
    assert one == other == none


def test_the_refusals_here_are_of_the_budget_or_the_policy(
    neighbours: tuple[Workspace, ...],
) -> None:
    with pytest.raises(BudgetError):
        neighbours[0].report("overview")
