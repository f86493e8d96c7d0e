# SPDX-License-Identifier: Apache-2.0
"""What sets, dimensions and keys are called on a page: public words, from plan and policy alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from privseg.frames import (
    EVERYBODY,
    IN_KEY,
    MISSING_KEY,
    TOTAL_KEY,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Cell,
    Dimension,
)
from privseg.frames.amount import Amount, CountOf, DaysSince, EachOf, OfPerson, SumOf
from privseg.release import SegmentNote, Statement
from privseg.release.plan import DimensionCaption, MemberSet, PlannedTable, TableKind
from privseg.report.language import Language
from privseg.report.members import Memberships
from privseg.report.words import Unit, exactly

FALLBACK_COLOUR = "#5b7a99"
NO_COLOUR = "#7a828b"
PAIR = 2


@dataclass(frozen=True, slots=True)
class Labels:
    """The names of one report in one language."""

    notes: dict[str, SegmentNote]
    sets: dict[str, MemberSet]
    language: Language

    @classmethod
    def of(cls, statement: Statement, language: Language) -> Labels:
        """Return the names that ``statement`` uses."""
        notes = {n.name: n for n in statement.segments}
        return cls(notes, {s.name: s for s in statement.plan.sets}, language)

    def group(self, name: str) -> str:
        """Return what a set of people is called."""
        _ = self.language
        if name == EVERYBODY:
            return _("Everybody")
        if name in self.notes:
            return self.notes[name].label
        earlier = self.sets[name]
        label = self.notes[earlier.segment].label if earlier.segment in self.notes else name
        if not earlier.days_before:
            return _("{label}, by its earlier definition").format(label=label)
        return _.many(
            "{label}, {days} day before", "{label}, {days} days before", earlier.days_before
        ).format(label=label, days=earlier.days_before)

    def colour(self, name: str) -> str:
        """Return a set's colour, or a neutral one."""
        note = self.notes.get(name)
        return (note.colour if note else "") or (
            NO_COLOUR if name == EVERYBODY else FALLBACK_COLOUR
        )

    def dimension(self, table: PlannedTable, index: int) -> str:
        """Return what a dimension is called."""
        caption, dimension = _caption(table, index), table.block.dimensions[index]
        _ = self.language
        known = {
            "recency": _("Recency"),
            "frequency": _("Frequency"),
            "monetary": _("Money spent"),
        }
        asked = caption.label or ""
        label = known.get(asked) or _(asked) or self._plain(dimension)
        unit = self.language(caption.unit.name) if isinstance(dimension, ByCut) else ""
        return f"{label} ({unit})" if unit and unit.casefold() not in label.casefold() else label

    def named_key(self, table: PlannedTable, index: int, key: str) -> str:
        """Return "Age (years): 30 to 59", where a key alone would not say what it is."""
        word = self.key(table, index, key)
        if len(table.block.dimensions) == 1 and not isinstance(table.block.dimensions[0], ByCut):
            return word
        return f"{self.dimension(table, index)}: {word}"

    def key(self, table: PlannedTable, index: int, key: str) -> str:
        """Return what a key of a dimension is called."""
        _, dimension = self.language, table.block.dimensions[index]
        if key == TOTAL_KEY:
            return _("All")
        if key == MISSING_KEY:
            return _("Not known")
        match dimension:
            case ByCut():
                return cut_words(key, _caption(table, index), _)
            case ByPeriod():
                return period_words(key, _)
            case ByMember(member):
                form = _("in {label}") if key == IN_KEY else _("not in {label}")
                return form.format(label=self.group(member))
            case _:
                return _yes_or_no(dimension, key, _)

    def keys(self, table: PlannedTable, cell: Cell) -> tuple[str, ...]:
        """Return what a cell's keys are called."""
        return tuple(self.key(table, i, k) for i, k in enumerate(cell[1]))

    def cell(self, table: PlannedTable, cell: Cell) -> str:
        """Return what a cell is called: its set where there are several, and its keys."""
        if (members := self.members(table)) is not None:
            if table.kind is TableKind.CHANGE and len(members.sets) == PAIR:
                return members.change(cell[1], self.sets)
            return members.overlap(cell[1])
        words = tuple(self.named_key(table, i, k) for i, k in enumerate(cell[1]))
        if not words or len(table.block.segments) > 1:
            words = (self.group(cell[0]), *words)
        return ", ".join(words)

    def members(self, table: PlannedTable) -> Memberships | None:
        """Return the sets of a table of who is in which."""
        return Memberships.of(table.block.dimensions, called=self.group, language=self.language)

    def changing(self, table: PlannedTable) -> str:
        """Return which segment a change is of; all, where a table is of no change."""
        now = [
            d.member
            for d in table.block.dimensions
            if isinstance(d, ByMember) and d.member not in self.sets
        ]
        if table.kind is not TableKind.CHANGE or not now:
            return self.language("All")
        return self.group(now[0])

    def _plain(self, dimension: Dimension) -> str:
        """Return a name for a dimension that nobody has named."""
        _ = self.language
        match dimension:
            case ByPeriod(keys=keys):
                return _("Week") if "W" in keys[0] else _("Month")
            case ByMember(member):
                return self.group(member)
            case ByCut(amount):
                return amount_words(amount, _)
            case ByCategory(attribute) | ByFound(attribute) | ByFirst(attribute):
                return _spaced(attribute.rpartition(".")[2]).capitalize()


def amount_words(amount: Amount, _: Language) -> str:
    """Return what an amount is, where its table has no label for it."""
    match amount:
        case OfPerson(attribute):
            return _spaced(attribute).capitalize()
        case CountOf(event):
            return _("Times: {event}").format(event=_spaced(event))
        case DaysSince(event):
            return _("Days since {event}").format(event=_spaced(event))
        case SumOf(attribute) | EachOf(attribute):
            return _spaced(attribute).capitalize()


def cut_words(key: str, caption: DimensionCaption, _: Language) -> str:
    """Return a bin as a range that people read; the unit stands in the heading.

    >>> from privseg.terms import Attribute
    >>> from privseg.release.plan import Unit as U
    >>> from privseg.report.language import ENGLISH
    >>> age = ByCut(OfPerson(Attribute("age")), (30, 60))
    >>> [cut_words(k, DimensionCaption("Age", U("years")), ENGLISH) for k in age.keys[:3]]
    ['under 30', '30 to 59', '60 or more']
    """
    unit = Unit(caption.unit.name, caption.unit.decimals)
    low, __, high = key.strip("[)").partition(",")
    if not low:
        return _("under {high}").format(high=exactly(int(high), unit, _))
    if not high:
        return _("{low} or more").format(low=exactly(int(low), unit, _))
    if unit.digits:
        ends = exactly(int(low), unit, _), exactly(int(high), unit, _)
        return _("{low} to under {high}").format(low=ends[0], high=ends[1])
    if int(high) - int(low) == 1:
        return exactly(int(low), unit, _)
    ends = exactly(int(low), unit, _), exactly(int(high) - 1, unit, _)
    return _("{low} to {high}").format(low=ends[0], high=ends[1])


def period_words(key: str, _: Language) -> str:
    """Return a week, month or day in words.

    >>> from privseg.report.language import ENGLISH
    >>> [period_words(k, ENGLISH) for k in ("2026-W07", "2026-11", "spring")]
    ['week 7 of 2026', 'November 2026', 'spring']
    """
    year, __, part = key.partition("-")
    if part[:1] == "W" and part[1:].isdigit():
        return _("week {week} of {year}").format(week=int(part[1:]), year=year)
    if part.isdigit() and 1 <= int(part) <= date.max.month:
        return f"{_.month(int(part))} {year}"
    return key


def _caption(table: PlannedTable, index: int) -> DimensionCaption:
    return table.dimensions[index] if index < len(table.dimensions) else DimensionCaption(None)


def _yes_or_no(dimension: Dimension, key: str, _: Language) -> str:
    """Return a key as it stands; yes or no where a dimension has these two."""
    words = {"true": _("yes"), "false": _("no")}
    return words[key] if words.keys() <= set(dimension.keys) and key in words else key


def _spaced(name: str) -> str:
    return name.replace("_", " ").replace(".", " ")
