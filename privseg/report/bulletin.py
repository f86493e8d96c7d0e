# SPDX-License-Identifier: Apache-2.0
"""What a report says, ready to be shown: only released values, already in words and marks."""

from __future__ import annotations

from dataclasses import dataclass

from privseg.report.chart import Mark


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
    """One row of a table twin: every text a reader of the chart gets, in cells."""

    label: str
    group: str
    estimate: str
    interval: str
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One quantity of one table: a finding as its heading, a chart and its table twin."""

    name: str
    finding: str
    quantity: str
    unit: str
    marks: tuple[Mark, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the proof: what it is and its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A report from title to proof, in reading order."""

    title: str
    period: str
    answer: str
    key: tuple[KeyEntry, ...]
    sections: tuple[Section, ...]
    withheld: tuple[str, ...]
    not_included: str
    noise: str
    facts: tuple[Fact, ...]
    command: str
    language: str = "en"
    direction: str = "ltr"
