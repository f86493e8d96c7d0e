# SPDX-License-Identifier: Apache-2.0
"""What the engine hands back to the edge: frozen answers with nothing personal but where said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import read. It never tells who was new or known, or on a suppression list."""

    source: str
    rows: int
    rejected: int
    rounded: Mapping[str, int]  # column -> rows whose amounts were rounded to the minor unit
    snapshot: int
    quarantine: Path | None = None


@dataclass(frozen=True, slots=True)
class ConsentsImported:
    """What a consent import recorded."""

    rows: int
    recorded: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class PurposeStatus:
    """Whether one category may be used for one purpose, for one person; personal data."""

    purpose: str
    category: str
    allowed: bool
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One person's standing and history; personal data."""

    known: bool
    standing: tuple[PurposeStatus, ...]
    history: tuple[Mapping[str, object], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One segment in words: its meaning, what it reads, for what, and the SQL it becomes."""

    name: str
    label: str
    colour: str
    note: str
    segmenter: str
    purpose: str
    meaning: tuple[str, ...]
    reads: tuple[str, ...]
    categories: tuple[str, ...]
    version: str
    sql: str
    allowed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BudgetView:
    """What the people of the workspace may lose, have lost this year, and over all years."""

    rho_per_year: Fraction
    rho_spent: Fraction
    rho_left: Fraction
    delta_per_year: Fraction
    delta_spent: Fraction
    epsilon_year: str
    epsilon_lifetime: str
    conversion_delta: Fraction
    reports: int
    year_began: datetime


@dataclass(frozen=True, slots=True)
class ErasurePlanned:
    """What an erasure would remove and what would stay, before anything is removed."""

    erases: tuple[tuple[str, int], ...]
    stays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of the doctor: what was looked at, whether it is well, what to do if not."""

    name: str
    well: bool
    says: str
