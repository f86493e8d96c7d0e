# SPDX-License-Identifier: Apache-2.0
"""What changes from one definition of a segment to another, in words: of rules, never of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from gettext import gettext as _

from privseg.engine.segment.definition_reading import Definition
from privseg.engine.segment.record import SHOWN
from privseg.segment import (
    AccountTest,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Condition,
    EventTest,
    Library,
    Not,
    Sample,
    ScoreTest,
    SegmentRef,
    Sequence,
    explain,
)


class Mark(StrEnum):
    """How something changed."""

    NEW = "+"
    GONE = "-"
    OTHER = "~"


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """One change. ``within`` says in which part of the definition; nothing is at the top."""

    mark: Mark
    what: str
    old: str = ""
    new: str = ""
    within: str = ""


Names = Mapping[str, str]
"""What the versions that a definition refers to are called."""


def definition_of(library: Library, name: str) -> Definition:
    """Return a segment of a library as the record would hold it: references stand as versions."""
    segment = library[name]
    versions = {n: library.version(n) for n in library}
    where = _named(segment.where, lambda n: versions.get(n, n))
    return Definition(versions[name], segment.segmenter, where, segment.reveals)


def compare(old: Definition, new: Definition, *, names: Names) -> tuple[SegmentChange, ...]:
    """Return what changes; nothing exactly if both are one version.

    ``names`` calls the segments that they refer to by name.
    """
    return (*_about(old, new), *_changes(old.where, new.where, "", names))


def _about(old: Definition, new: Definition) -> Iterator[SegmentChange]:
    """Yield what changes beside the condition."""
    if old.segmenter != new.segmenter:
        yield SegmentChange(Mark.OTHER, _("segmenter"), old.segmenter, new.segmenter)
    for category in sorted(new.reveals - old.reveals):
        yield SegmentChange(Mark.NEW, _("reveals"), new=category)
    for category in sorted(old.reveals - new.reveals):
        yield SegmentChange(Mark.GONE, _("reveals"), old=category)


def _changes(old: Condition, new: Condition, within: str, names: Names) -> Iterator[SegmentChange]:
    """Yield what changes from one condition to another."""
    if old == new:
        return
    match old, new:
        case (All(a), All(b)) | (Any_(a), Any_(b)):
            word = _("all of") if isinstance(old, All) else _("any of")
            yield from _parts(a, b, f"{within} > {word}" if within else word, names)
        case All(parts), _:  # "all of" one more thing than before is how a definition grows
            yield from _parts(parts, (new,), within or _("all of"), names)
        case _, All(parts):
            yield from _parts((old,), parts, within or _("all of"), names)
        case Not(a), Not(b) if _subject(a, names) == _subject(b, names):
            yield from _changes(a, b, f"{within} > {_('not')}" if within else _("not"), names)
        case _:
            yield _other(old, new, within, names)


def _parts(
    old: tuple[Condition, ...], new: tuple[Condition, ...], within: str, names: Names
) -> Iterator[SegmentChange]:
    """Yield what changes among the parts of one node: their order means nothing to a reader."""
    gone, made = _without(old, new), _without(new, old)
    if not gone and not made:  # only the order, or how often one is said
        yield SegmentChange(Mark.OTHER, _("order"), within=within)
    for part in gone:
        match = next((m for m in made if _subject(m, names) == _subject(part, names)), None)
        if match is None:
            yield SegmentChange(Mark.GONE, _("condition"), old=_words(part, names), within=within)
        else:
            made.remove(match)
            yield from _changes(part, match, within, names)
    for part in made:
        yield SegmentChange(Mark.NEW, _("condition"), new=_words(part, names), within=within)


def _other(old: Condition, new: Condition, within: str, names: Names) -> SegmentChange:
    """Return that one condition stands where another did."""
    texts = _words(old, names), _words(new, names)
    match old, new:
        case SegmentRef(a), SegmentRef(b) if texts[0] == texts[1]:
            what = _("definition of {name}").format(name=names.get(a, a))
            return SegmentChange(Mark.OTHER, what, a[:SHOWN], b[:SHOWN], within)
        case ScoreTest(score, definition=a), ScoreTest(definition=b) if texts[0] == texts[1]:
            what = _("formula of {name}").format(name=score)
            return SegmentChange(Mark.OTHER, what, a[:SHOWN], b[:SHOWN], within)
    return SegmentChange(Mark.OTHER, _("condition"), *texts, within=within)


def _without(parts: tuple[Condition, ...], others: tuple[Condition, ...]) -> list[Condition]:
    """Return the parts that are not among others, each as often as it is there more."""
    left = list(others)
    found = []
    for part in parts:
        if part in left:
            left.remove(part)
        else:
            found.append(part)
    return found


def _subject(condition: Condition, names: Names) -> tuple[str, ...]:  # noqa: PLR0911  # one for each node
    """Return what a condition is about: two about one thing are one that changed."""
    match condition:
        case AttributeTest(name) | AccountTest(name) | ScoreTest(name) | CohortTest(name):
            return type(condition).__name__, name
        case Sample(name):
            return "sample", name
        case EventTest(event):
            return "event", event
        case Sequence(steps):
            return "sequence", *(s.event for s in steps)
        case Not(part):
            return "not", *_subject(part, names)
        case SegmentRef(version):
            return "segment", names.get(version, version)
        case All():
            return ("all",)
        case Any_():
            return ("any",)


def _words(condition: Condition, names: Names) -> str:
    """Return a condition in words, segments by name."""
    return explain(_named(condition, lambda v: names.get(v, v[:SHOWN])))


def _named(condition: Condition, call: Callable[[str], str]) -> Condition:
    """Return a condition with what it refers to called otherwise."""
    match condition:
        case All(parts):
            return All(tuple(_named(p, call) for p in parts))
        case Any_(parts):
            return Any_(tuple(_named(p, call) for p in parts))
        case Not(part):
            return Not(_named(part, call))
        case SegmentRef(name):
            return SegmentRef(call(name))
        case _:
            return condition
