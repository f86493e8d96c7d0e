# SPDX-License-Identifier: Apache-2.0
"""What a report says, ready to be shown: only released values, already in words and marks."""

from __future__ import annotations

from dataclasses import dataclass

from privseg.report.figure import Panel
from privseg.report.language import ENGLISH, Language


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One segment of the key: its colour, its meaning in words, its size in words."""

    name: str
    label: str
    colour: str
    meaning: str
    note: str
    size: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table twin: every text a reader of the chart gets."""

    labels: tuple[str, ...]
    estimate: str
    interval: str
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table twin: a head for each label of a row, then the estimate and its interval."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One quantity of one table: a finding as its heading, its figures, its table twin."""

    name: str
    finding: str
    quantity: str
    unit: str
    panels: tuple[Panel, ...] = ()
    grid: Grid | None = None
    sentences: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report: what was asked, and a part a quantity."""

    name: str
    title: str
    parts: tuple[Part, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the proof: what it is and its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A report from title to proof, in reading order.

    ``cannot_tell`` is what nobody should read out of it.
    """

    title: str
    period: str
    answer: str
    key: tuple[KeyEntry, ...]
    sections: tuple[Section, ...]
    withheld: tuple[str, ...]
    not_included: str
    cannot_tell: tuple[str, ...]
    noise: str
    facts: tuple[Fact, ...]
    command: str
    language: Language = ENGLISH
