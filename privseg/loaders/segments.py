# SPDX-License-Identifier: Apache-2.0
"""Segment files: into the typed tree, with every mistake told at its place."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from privseg.loaders import codes
from privseg.loaders.bind import bind
from privseg.loaders.errors import DocumentError, Mistakes
from privseg.loaders.files import yaml_files
from privseg.loaders.nodes import Node
from privseg.loaders.schemas import schema
from privseg.loaders.segment_conditions import read_condition
from privseg.loaders.segment_file import SegmentFile
from privseg.loaders.segment_mixed import mixed
from privseg.loaders.segment_reading import Reading
from privseg.loaders.segment_windows import length
from privseg.loaders.strict_yaml import read_yaml
from privseg.policy.catalogue import Catalogue
from privseg.policy.findings import suggestion
from privseg.segment.cost import MAX_COST, Size, measure
from privseg.segment.errors import (
    EmptyReadSetError,
    SegmentCycleError,
    SeveralCurrenciesError,
    TooComplexError,
)
from privseg.segment.library import Library
from privseg.segment.reads import read_set
from privseg.segment.tree import Condition, Segment
from privseg.terms import Category, Place

_COLOUR = re.compile(r"#[0-9a-f]{6}")


def load_segment(
    path: Path | Traversable, catalogue: Catalogue, *, name: str | None = None
) -> Segment:
    """Return the segment in a file; ``name`` is how places call the file (default: the path).

    References to other segments are not followed: ``load_segments`` does.

    Raises:
        DocumentError: it is no segment over this catalogue; ``findings`` tells every mistake.
    """
    return _load(path, catalogue, name).segment


def load_segments(folder: Path | Traversable, catalogue: Catalogue) -> Library:
    """Return every segment of a folder, references resolved and versions pinned.

    A folder that is absent or has no YAML file holds no segments.

    Raises:
        DocumentError: a file is no segment; two share a name; a reference leads nowhere, in a
            circle or beyond the limits; one reads nothing, or amounts of several currencies.
            Every mistake of the first file that has any is told.
    """
    if not folder.is_dir() or not any(p.name.endswith((".yaml", ".yml")) for p in folder.iterdir()):
        return Library()
    loaded = [_load(path, catalogue, file) for path, file in yaml_files(folder, folder.name)]
    mistakes = Mistakes()
    codes.once((one.segment.name for one in loaded), (one.place for one in loaded), mistakes)
    names = {one.segment.name for one in loaded}
    for reference, place in (r for one in loaded for r in one.references):
        if reference not in names:
            close = suggestion(reference, names)
            mistakes.note(f"there is no segment {reference[:60]!r}{close}", place)
    mistakes.refuse()
    library = _library(loaded, mistakes)
    _check_reads(loaded, library, catalogue)
    return library


def segment_schema() -> dict[str, Any]:
    """Return the JSON Schema of a segment file, for editors."""
    return schema("segment")


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A segment, where its name stands, and where it refers to others."""

    segment: Segment
    place: Place
    references: tuple[tuple[str, Place], ...]


def _load(path: Path | Traversable, catalogue: Catalogue, file: str | None) -> _Loaded:
    entry = _bound(read_yaml(path, file=file))
    reading = Reading(catalogue)
    _check_look(entry, reading.mistakes)
    reveals = _reveals(entry, catalogue, reading.mistakes)
    every = _every(entry, reading.mistakes)
    where = read_condition(entry.where, 1, reading)
    if where is not None:
        _check_cost(where, entry.place("where"), reading.mistakes)
    reading.mistakes.refuse()
    assert where is not None  # what could not be read was a mistake
    segment = Segment(
        name=entry.segment,
        segmenter=entry.segmenter,
        where=where,
        label=dict(entry.label),
        colour=entry.colour,
        note=entry.note,
        reveals=reveals,
        every=every,
    )
    return _Loaded(segment, entry.place("segment"), tuple(reading.references))


def _bound(node: Node) -> SegmentFile:
    """Return the file's keys and values; nodes of two kinds are told with the way to nest them."""
    found = mixed(node)
    told = {f.place for f in found}
    try:
        entry = bind(node, SegmentFile)
    except DocumentError as error:
        others = (f for f in error.findings if f.place not in told)
        raise DocumentError([*found, *others]) from None
    return entry


def _every(entry: SegmentFile, mistakes: Mistakes) -> timedelta | None:
    """Return how often members are found anew."""
    if entry.every is None:
        return None
    return length(entry.every, "hdw", entry.place("every"), mistakes)


def _check_cost(where: Condition, place: Place, mistakes: Mistakes) -> None:
    """Note a condition that is too dear by itself; with its references the library measures it."""
    cost = measure(where, defaultdict(lambda: Size(1, 1, 0))).cost
    if cost > MAX_COST:
        why = f"too costly: {cost:,} where at most {MAX_COST:,} is allowed"
        mistakes.note(f"{why}; use fewer sequences and events, or split it", place)


def _check_look(entry: SegmentFile, mistakes: Mistakes) -> None:
    """Note names, languages and colours that are none."""
    codes.spelt(entry.segment, codes.NAME, entry.place("segment"), mistakes)
    codes.spelt(entry.segmenter, codes.NAME, entry.place("segmenter"), mistakes)
    if entry.colour is not None and not _COLOUR.fullmatch(entry.colour):
        mistakes.note('expected a colour, such as "#7a4dca"', entry.place("colour"))
    for language in entry.label:
        codes.language(language, entry.place("label"), mistakes)


def _reveals(entry: SegmentFile, catalogue: Catalogue, mistakes: Mistakes) -> frozenset[Category]:
    """Return what being in the segment tells of people; a category of the catalogue each."""
    known = catalogue.categories()
    places = [entry.place("reveals", i) for i in range(len(entry.reveals))]
    codes.once(entry.reveals, places, mistakes)
    for name, place in zip(entry.reveals, places, strict=True):
        if name not in known:
            mistakes.note(f"unknown category {name[:60]!r}{suggestion(name, known)}", place)
    return frozenset(map(Category, entry.reveals))


def _library(loaded: list[_Loaded], mistakes: Mistakes) -> Library:
    """Return the segments together; circles and sizes are told at the file they begin in."""
    places = {one.segment.name: one.place for one in loaded}
    try:
        return Library(one.segment for one in loaded)
    except SegmentCycleError as error:
        mistakes.note(str(error), places[error.path[0]])
    except TooComplexError as error:
        mistakes.note(str(error), places[error.segment or ""])
    mistakes.refuse()
    raise AssertionError("a mistake was noted")


def _check_reads(loaded: list[_Loaded], library: Library, catalogue: Catalogue) -> None:
    """Refuse a segment that, with its references, reads nothing or amounts of several currencies.

    Nobody can have allowed what reads nothing: a sample stands in the segment that uses it.
    """
    mistakes = Mistakes()
    for one in loaded:
        try:
            read_set(one.segment.where, catalogue, library)
        except (EmptyReadSetError, SeveralCurrenciesError) as error:
            mistakes.note(str(error), one.place)
    mistakes.refuse()
