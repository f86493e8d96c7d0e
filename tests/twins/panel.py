# SPDX-License-Identifier: Apache-2.0
"""A workspace with a k lineage: an invented panel of people who answered a survey, beside a shop.

``panel`` (k) has region, age, sex, income and an illness; ``customers`` (dp) a country. Nobody in
it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from privseg.engine import Outside, Workspace
from tests.twins.panel_policy import HEAD, ILLNESSES, REGIONS, SEGMENT, TABLES

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A wall clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


def people(number: int, *, seed: int = 1) -> pd.DataFrame:
    """Return the answers of so many people."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "number": [f"P{i:05}" for i in range(number)],
            "region": draw.choice(REGIONS, number, p=[0.5, 0.3, 0.15, 0.05]),
            "age": draw.integers(18, 90, number),
            "sex": draw.choice(["f", "m"], number),
            "member": draw.choice(["true", "false"], number),
            "joined": [f"202{y}-0{m}-01" for y, m in zip(
                draw.integers(0, 5, number), draw.integers(1, 10, number), strict=True
            )],
            "income": [f"{n}.00" for n in draw.integers(0, 90, number) * 1000],
            "illness": draw.choice(ILLNESSES, number, p=[0.4, 0.3, 0.2, 0.1]),
            "words": ["=1+1"] * number,
        }
    )  # fmt: skip


def consent_rows(numbers: Sequence[str]) -> pd.DataFrame:
    """Return the file of consents: everybody lives in Germany and agrees to research."""
    rows = []
    for number in numbers:
        blank = dict.fromkeys(("purpose", "categories", "notice", "value"))
        common = {"number": number, "method": "form", **blank}
        when = [(NOW - timedelta(days=200 - i)).isoformat() for i in range(2)]
        rows += [
            {**common, "event_id": f"{number}/0", "act": "attest_jurisdiction", "value": "DE",
             "event_time": when[0]},
            {**common, "event_id": f"{number}/1", "act": "grant", "purpose": "research",
             "categories": "answers", "notice": "terms@1", "event_time": when[1]},
        ]  # fmt: skip
    return pd.DataFrame(rows)


def withdrawal(number: str, *, at: datetime = NOW) -> pd.DataFrame:
    """Return a file of one withdrawal."""
    blank = dict.fromkeys(("categories", "notice", "value"))
    return pd.DataFrame(
        [{"event_id": f"{number}/w", "number": number, "act": "withdraw", "purpose": "research",
          "event_time": at.isoformat(), "method": "form", **blank}]
    )  # fmt: skip


def lay(root: Path, *, policy: str = HEAD + TABLES) -> None:
    """Write policy and segment into a workspace, whatever was there before."""
    for folder in ("policies", "segments", "reports"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for path in (root / folder).rglob("*.yaml"):
            path.unlink()
    (root / "policies" / "panel.yaml").write_text(policy, "utf-8")
    (root / "segments" / "old.yaml").write_text(SEGMENT, "utf-8")


def found(
    folder: Path, number: int = 300, *, policy: str = HEAD + TABLES, clock: Clock | None = None
) -> Workspace:
    """Make a workspace with a panel of so many people, all of whom agreed."""
    root, rows = folder / "panel", people(number)
    outside = Outside(clock=clock or Clock())
    made = Workspace.create(root, keys=folder / "keys" / "panel.json", outside=outside)
    lay(root, policy=policy)
    made.load(rows, source="panel")
    made.consents(consent_rows(list(rows["number"])))
    return made


def reopened(folder: Path, *, policy: str | None = None, clock: Clock | None = None) -> Workspace:
    """Open it again, under another policy if one is given."""
    if policy is not None:
        lay(folder / "panel", policy=policy)
    return Workspace.open(folder / "panel", outside=Outside(clock=clock or Clock()))
