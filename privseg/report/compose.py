# SPDX-License-Identifier: Apache-2.0
"""From a published statement to a bulletin: the same numbers in words, marks and tables.

It takes a ``Statement``, which holds nothing exact; order and axes come from the plan and from
released values only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from privseg.frames import MeasureKind
from privseg.protect import Estimate, ProtectedNumber, Withheld, epsilon_of
from privseg.release import Caption, PlannedTable, SegmentNote, Statement
from privseg.report.bulletin import Bulletin, Fact, KeyEntry, Row, Section
from privseg.report.chart import Mark
from privseg.report.words import (
    PEOPLE,
    Translate,
    Unit,
    about,
    amount,
    english,
    half_of,
    interval,
)

FALLBACK_COLOUR = "#5b6b7b"


def compose(statement: Statement, *, file: str, translate: Translate = english) -> Bulletin:
    """Return the bulletin of ``statement``; ``file`` is the name of its JSON, for the command."""
    plan = statement.plan
    sections = tuple(
        section for table in plan.tables for section in _sections(statement, table, translate)
    )
    return Bulletin(
        title=plan.title,
        period=_period(statement, translate),
        answer=_answer(statement, translate),
        key=tuple(_key(statement, note, translate) for note in statement.segments),
        sections=sections,
        withheld=_withheld_lines(statement, translate),
        not_included=_not_included(statement, translate),
        noise=_noise(statement, translate),
        facts=_facts(statement),
        command=f"privseg verify {file}",
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """One number in all its texts, or why there is none."""

    mark: Mark
    row: Row
    estimate: Estimate | None
    unit: Unit


def _sections(statement: Statement, table: PlannedTable, _: Translate) -> list[Section]:
    """Return one section per measure of a table."""
    found = []
    for caption, measure in zip(table.captions, table.block.measures, strict=True):
        unit = Unit(_(caption.unit.name), caption.unit.decimals)
        shown = _cells(statement, table, measure.name, unit, _)
        quantity = _quantity(measure.kind, caption, table, _)
        found.append(
            Section(
                name=f"{table.block.name}.{measure.name}",
                finding=_finding(quantity, shown, _),
                quantity=quantity,
                unit=_("number of people") if unit == PEOPLE else unit.name,
                marks=tuple(s.mark for s in shown),
                rows=tuple(s.row for s in shown),
                remarks=_remarks(table, measure.kind, _),
            )
        )
    return found


def _cells(
    statement: Statement, table: PlannedTable, measure: str, unit: Unit, _: Translate
) -> list[_Shown]:
    """Return every cell of one measure, in the plan's order."""
    notes = {n.name: n for n in statement.segments}
    protected = next(t for t in statement.protected.tables if t.name == table.block.name)
    found = []
    for cell in protected.cells:
        note = notes[cell.segment]
        number = cell.numbers.get(measure)
        why = cell.withheld or (number.withheld if number else None)
        found.append(_shown(note, cell.key, number, why, unit, _))
    return found


def _shown(
    note: SegmentNote,
    key: str,
    number: ProtectedNumber | None,
    why: Withheld | None,
    unit: Unit,
    _: Translate,
) -> _Shown:
    """Return one number as a mark and a row."""
    name = note.label if not key else f"{note.label}, {key}"
    colour = note.colour or FALLBACK_COLOUR
    if number is None or number.estimate is None or why is not None:
        text = withheld_words(why, _)
        return _Shown(Mark(name, colour, text), Row(note.label, key, "", "", text), None, unit)
    estimate = number.estimate
    scaled = Unit(unit.name, unit.digits + estimate.decimals)
    value, low, high = (Fraction(n) for n in (estimate.value, estimate.low, estimate.high))
    half = half_of(low, high)
    printed = amount(max(value, Fraction(0)), scaled, half_width=half)
    words = f"{printed} ± {amount(half, scaled, half_width=half / 10)}"
    scale = 10**scaled.digits
    mark = Mark(name, colour, words, *(float(max(n / scale, 0)) for n in (value, low, high)))
    row = Row(
        note.label,
        key,
        printed,
        interval(low, high, scaled),
    )
    return _Shown(mark, row, estimate, scaled)


def withheld_words(why: Withheld | None, _: Translate) -> str:
    """Return why a number is not shown."""
    match why:
        case Withheld.TOO_NOISY:
            return _("withheld: too uncertain to use")
        case _:
            return _("withheld: too few people")


def _quantity(kind: MeasureKind, caption: Caption, table: PlannedTable, _: Translate) -> str:
    """Return what a measure is, in words."""
    plain = {
        MeasureKind.SIZE: _("People in each segment"),
        MeasureKind.TOTAL: _("Total"),
        MeasureKind.AVERAGE: _("Average"),
    }[kind]
    words = caption.label or plain
    if kind is MeasureKind.SIZE and table.block.by is not None:
        words = _("People in each segment, by {what}").format(
            what=str(table.block.by).replace("_", " ")
        )
    if caption.days is not None:
        words += " " + _("in {days} days").format(days=caption.days)
    return words


def _finding(quantity: str, shown: Sequence[_Shown], _: Translate) -> str:
    """Return a heading that says the finding when the intervals allow one."""
    known = [s for s in shown if s.estimate is not None]
    if len(known) < 2:  # noqa: PLR2004  # one number is no comparison
        return quantity
    top = max(known, key=lambda s: s.estimate.value if s.estimate else 0)
    others = [s.estimate.high for s in known if s is not top and s.estimate is not None]
    if top.estimate is not None and all(top.estimate.low > high for high in others):
        return _("{quantity}: highest for {name}").format(quantity=quantity, name=top.mark.label)
    return _("{quantity}: no clear first").format(quantity=quantity)


def _remarks(table: PlannedTable, kind: MeasureKind, _: Translate) -> tuple[str, ...]:
    """Return what a reader must know of one quantity."""
    lines = []
    groups = table.block.groups_per_person
    if groups < len(table.block.segments):
        lines.append(
            _(
                "A person counts in at most {m} of these {n} segments, so sizes may understate."
            ).format(m=groups, n=len(table.block.segments))
        )
    if kind is not MeasureKind.SIZE:
        lines.append(_("Very large parts of single people are cut at a limit set in the policy."))
    return tuple(lines)


def _key(statement: Statement, note: SegmentNote, _: Translate) -> KeyEntry:
    """Return one entry of the key, with the segment's size where a table without groups has it."""
    return KeyEntry(
        name=note.name,
        label=note.label,
        colour=note.colour or FALLBACK_COLOUR,
        meaning=note.words,
        note="",
        size=_size_of(statement, note.name, _),
    )


def _size_of(statement: Statement, segment: str, _: Translate) -> str:
    """Return a segment's size in words, empty when the report does not ask for it."""
    estimate = _size_estimate(statement, segment)
    if estimate is None:
        return ""
    words: str = about(
        Fraction(estimate.value), Fraction(estimate.low), Fraction(estimate.high), PEOPLE, _=_
    )
    return words


def _size_estimate(statement: Statement, segment: str) -> Estimate | None:
    """Return the released size of a segment as a whole."""
    for planned, table in zip(statement.plan.tables, statement.protected.tables, strict=True):
        if planned.block.by is not None:
            continue
        size = planned.plan.size.measure.name
        for cell in table.cells:
            if cell.segment == segment and size in cell.numbers:
                return cell.numbers[size].estimate
    return None


def _answer(statement: Statement, _: Translate) -> str:
    """Return the report in one sentence made from its numbers."""
    first = statement.segments[0]
    size = _size_of(statement, first.name, _)
    if not size:
        return _("{label}: see the numbers below.").format(label=first.label)
    sentence = _("{label} are {size}.").format(label=first.label, size=size)
    total = _total_of(statement, first.name, _)
    return f"{sentence} {total}" if total else sentence


def _total_of(statement: Statement, segment: str, _: Translate) -> str:
    """Return what a segment adds up to, in words, where the report has a total."""
    for planned, table in zip(statement.plan.tables, statement.protected.tables, strict=True):
        if planned.block.by is not None:
            continue
        for caption, measure in zip(planned.captions, planned.block.measures, strict=True):
            cell = next((c for c in table.cells if c.segment == segment), None)
            number = cell.numbers.get(measure.name) if cell else None
            if measure.kind is MeasureKind.TOTAL and number and number.estimate:
                e = number.estimate
                unit = Unit(caption.unit.name, caption.unit.decimals + e.decimals)
                words = about(Fraction(e.value), Fraction(e.low), Fraction(e.high), unit, _=_)
                return _("{label}: {words}.").format(label=caption.label or _("Total"), words=words)
    return ""


def _withheld_lines(statement: Statement, _: Translate) -> tuple[str, ...]:
    """Return one line for each number that is not shown."""
    notes = {n.name: n.label for n in statement.segments}
    lines = []
    for table in statement.protected.tables:
        for cell in table.cells:
            label = notes[cell.segment] + (f", {cell.key}" if cell.key else "")
            noisy = [n.measure for n in cell.numbers.values() if n.withheld is not None]
            if cell.withheld is not None:
                lines.append(f"{label} ({table.name}): {withheld_words(cell.withheld, _)}")
            lines += [f"{label} ({m}): {withheld_words(Withheld.TOO_NOISY, _)}" for m in noisy]
    return tuple(lines)


def _not_included(statement: Statement, _: Translate) -> str:
    """Return how many people are not included for want of consent, protected like any number."""
    number = statement.protected.not_included
    if number is None:
        return _("People who have not allowed this use are not included.")
    if number.estimate is None:
        return _("Not included, no consent for this purpose: {why}.").format(
            why=withheld_words(number.withheld, _)
        )
    e = number.estimate
    words = about(Fraction(e.value), Fraction(e.low), Fraction(e.high), PEOPLE, _=_)
    return _("Not included, no consent for this purpose: {words}.").format(words=words)


def _noise(statement: Statement, _: Translate) -> str:
    """Return one paragraph on noise."""
    plan = statement.plan
    return _(
        "Random noise was added to every number, so that it can hardly be told from this report "
        "whether any one person is in it (differential privacy, epsilon {epsilon} for this "
        "report). A number is shown only where at least {k} people stand behind it. The ranges "
        "hold the true value 19 times in 20."
    ).format(epsilon=epsilon_of(plan.loss.rho, plan.conversion_delta), k=plan.min_people)


def _period(statement: Statement, _: Translate) -> str:
    """Return when the data are from, for whom and for what."""
    plan = statement.plan
    return _("State of {at:%d %B %Y}, {controller}. Purpose: {purpose}.").format(
        at=plan.at, controller=plan.controller, purpose=statement.purpose_title
    )


def _facts(statement: Statement) -> tuple[Fact, ...]:
    """Return the proof's details."""
    plan, budget = statement.plan, statement.budget
    loss = plan.loss
    spent = budget.spent + loss
    return (
        Fact("guarantee", "differential privacy (zero-concentrated), unit: one person"),
        Fact(
            "this report", f"rho {loss.rho}, epsilon {epsilon_of(loss.rho, plan.conversion_delta)}"
        ),
        Fact("this year", f"rho {spent.rho} of {budget.limit.rho}"),
        Fact(
            "all years",
            f"epsilon {epsilon_of((budget.lifetime + loss).rho, plan.conversion_delta)}",
        ),
        Fact("delta", f"{float(plan.conversion_delta):g} + {float(loss.delta):g}"),
        Fact("minimum people", str(plan.min_people)),
        Fact("segmenter", plan.segmenter),
        Fact("policy", plan.policy_digest),
        Fact("plan", plan.plan_hash),
        Fact("edition", statement.edition_id),
        *(Fact(f"segment {name}", version) for name, version in plan.segments),
        Fact("audit commitment", statement.audit.hex()),
        Fact("register", statement.register),
    )
