# SPDX-License-Identifier: Apache-2.0
"""From a published statement to a bulletin: the same numbers in words, marks and tables.

It takes a ``Statement``, which holds nothing exact; order and axes come from the plan and from
released values only.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from privseg.frames import TOTAL_KEY, Cell, MeasureKind
from privseg.protect import Combined, Estimate, Lift, Quotient, Withheld
from privseg.release import SegmentNote, Statement
from privseg.release.plan import PlannedTable
from privseg.report.bulletin import Bulletin, KeyEntry, Section
from privseg.report.formulas import reckoned
from privseg.report.labels import Labels
from privseg.report.language import ENGLISH, Language
from privseg.report.limits import cannot_tell
from privseg.report.panels import withheld_words
from privseg.report.proof import facts, noise_words
from privseg.report.sections import section, title_of
from privseg.report.series import Number, Series, measured, protected_of
from privseg.report.words import PEOPLE, Unit, about


def compose(statement: Statement, *, file: str, language: Language = ENGLISH) -> Bulletin:
    """Return the bulletin of ``statement``; ``file`` is the name of its JSON, for the command."""
    labels, plan = Labels.of(statement, language), statement.plan
    asked = tuple(_asked(statement, labels))
    sections = tuple(
        section(t, protected_of(statement.protected.tables, t), labels) for t in plan.tables
    )
    return Bulletin(
        title=plan.title,
        period=_period(statement, language),
        answer=_answer(statement, asked, sections, language),
        key=tuple(_key(note, asked, labels) for note in statement.segments),
        sections=sections,
        withheld=tuple(_withheld(statement, asked, labels)),
        not_included=_not_included(statement, language),
        cannot_tell=cannot_tell(plan, _ranges(statement, asked), language),
        noise=noise_words(statement, language),
        facts=facts(statement, language),
        command=f"privseg verify {file}",
        language=language,
    )


PAIR = 2  # labels that a sentence bears
Asked = tuple[tuple[PlannedTable, Series], ...]
"""Every quantity of a report, each with its table."""


def _asked(statement: Statement, labels: Labels) -> Iterator[tuple[PlannedTable, Series]]:
    """Yield every series of a report with its table: measures first, then formulas."""
    for planned in statement.plan.tables:
        table = protected_of(statement.protected.tables, planned)
        for series in (*measured(planned, table, labels), *reckoned(planned, table, labels)):
            yield planned, series


def _ranges(statement: Statement, asked: Asked) -> int:
    """Return how many ranges a report prints."""
    found = (n for __, s in asked for n in s.numbers)
    left = statement.protected.not_included
    return sum(n.estimate is not None for n in found) + bool(left and left.estimate)


def _key(note: SegmentNote, asked: Asked, labels: Labels) -> KeyEntry:
    """Return one entry of the key, with the segment's size where a table has it whole."""
    return KeyEntry(
        name=note.name,
        label=note.label,
        colour=labels.colour(note.name),
        meaning=note.words,
        note="",
        size=_size_words(_size(asked, note.name), labels.language),
    )


def _size(asked: Asked, segment: str) -> Number | None:
    """Return how many people are in a segment, where a table has it whole."""
    kinds = {MeasureKind.COUNT, MeasureKind.SIZE}
    for __, series in asked:
        if series.measure is None or series.measure.kind not in kinds or series.measure.running:
            continue
        for number in series.numbers:
            if number.cell[0] == segment and all(k == TOTAL_KEY for k in number.cell[1]):
                return number
    return None


def _size_words(number: Number | None, _: Language) -> str:
    if number is None:
        return ""
    if number.estimate is None:
        return withheld_words(number.withheld, _)
    return _about(number.estimate, PEOPLE, _)


def _about(e: Estimate, unit: Unit, _: Language) -> str:
    scaled = Unit(unit.name, unit.digits + e.decimals)
    return about(Fraction(e.value), Fraction(e.low), Fraction(e.high), scaled, _=_)


def _answer(statement: Statement, asked: Asked, sections: tuple[Section, ...], _: Language) -> str:
    """Return the report in one sentence made from its numbers."""
    first = statement.segments[0]
    size = _size(asked, first.name)
    if size is None or size.estimate is None:
        return _telling(asked, sections, _) or _("{label}: see below.").format(label=first.label)
    sentence = _("{label}: {size}.").format(label=first.label, size=_size_words(size, _))
    return f"{sentence} {_total(asked, first.name, _)}".strip()


def _telling(asked: Asked, sections: tuple[Section, ...], _: Language) -> str:
    """Return the finding that a report was most likely asked for, with a number and its range.

    A lift before a net change, that before a score or a share, and any before what was measured.
    """
    known = [(t, s) for t, s in asked if any(n.estimate is not None for n in s.numbers)]
    named = [f"{t.block.name}.{s.name}" for t, s in sorted(known, key=lambda x: _rank(x[1]))]
    parts = {p.name: p for section in sections for p in section.parts}
    part = next((parts[n] for n in named if n in parts), None)
    if part is None or part.grid is None:
        return ""
    rows = [r for r in part.grid.rows if r.estimate]
    if len(part.grid.heads) > PAIR:
        return f"{part.finding}."
    named_rows = [r for r in rows if all(label in part.finding for label in r.labels)]
    row = (named_rows or [r for r in rows if r.labels[0] in part.finding] or rows)[-1]
    unit = _("people") if part.unit in {"", _("number of people")} else part.unit
    said = _("{label}: {value} {unit}, {range}").format(
        label=", ".join(row.labels), value=row.estimate, unit=unit, range=row.interval
    )
    return f"{part.finding} ({said})."


def _rank(series: Series) -> int:
    order = (Lift, Combined, Quotient)
    if series.formula is None or (series.formula is Combined and not series.is_signed):
        return len(order)
    return order.index(series.formula)


def _total(asked: Asked, segment: str, _: Language) -> str:
    """Return what a segment adds up to, in words, where the report has a total of it."""
    for planned, series in asked:
        is_total = series.measure is not None and series.measure.kind is MeasureKind.TOTAL
        if not is_total or planned.block.dimensions:
            continue
        for number in series.numbers:
            if number.cell[0] == segment and number.estimate is not None:
                words = _about(number.estimate, series.unit, _)
                return _("{label}: {words}.").format(label=series.words, words=words)
    return ""


def _withheld(statement: Statement, asked: Asked, labels: Labels) -> Iterator[str]:
    """Yield, table by table, which cells are not shown, and which single numbers."""
    for planned in statement.plan.tables:
        table = protected_of(statement.protected.tables, planned)
        gone = {c.cell for c in table.cells if c.withheld is not None}
        names = tuple(labels.cell(planned, c.cell) for c in table.cells if c.cell in gone)
        if names:
            yield _line(planned, "", names, Withheld.TOO_FEW_PEOPLE, labels)
        for series in (s for t, s in asked if t is planned):
            yield from _single(planned, series, gone, labels)


def _single(
    planned: PlannedTable, series: Series, gone: set[Cell], labels: Labels
) -> Iterator[str]:
    """Yield which numbers of a series are not shown though their cells are."""
    for why in Withheld:
        known = (n for n in series.numbers if n.withheld is why)
        names = tuple(n.label for n in known if series.formula or n.cell not in gone)
        if names:
            yield _line(planned, series.words, names, why, labels)


def _line(
    planned: PlannedTable, what: str, names: tuple[str, ...], why: Withheld, labels: Labels
) -> str:
    _ = labels.language
    title = title_of(planned, labels)
    where = f"{title} ({what})" if what else title
    return _("{where}: {names} ({why})").format(
        where=where, names="; ".join(names), why=withheld_words(why, _)
    )


def _not_included(statement: Statement, _: Language) -> str:
    """Return how many people are not included for want of consent, protected like any number."""
    number = statement.protected.not_included
    if number is None:
        return _("People who have not allowed this use are not included.")
    if number.estimate is None:
        why = withheld_words(number.withheld, _)
        return _("Not included, no consent for this purpose: {why}.").format(why=why)
    words = _about(number.estimate, PEOPLE, _)
    return _("Not included, no consent for this purpose: {words}.").format(words=words)


def _period(statement: Statement, _: Language) -> str:
    """Return when the data are from, for whom and for what."""
    plan = statement.plan
    return _("State of {at}, {controller}. Purpose: {purpose}.").format(
        at=_.date(plan.at), controller=plan.controller, purpose=statement.purpose_title
    )
