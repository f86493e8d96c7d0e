# SPDX-License-Identifier: Apache-2.0
"""Segment files: into the typed tree, with every mistake told at its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from privseg.loaders import codes
from privseg.loaders.bind import bind
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import yaml_files
from privseg.loaders.schemas import schema
from privseg.loaders.segment_conditions import ConditionReader
from privseg.loaders.segment_file import (
    SegmentFile,
)
from privseg.loaders.strict_yaml import read_yaml
from privseg.policy.catalogue import Catalogue
from privseg.policy.findings import suggestion
from privseg.segment import (
    Library,
    Segment,
    SegmentCycleError,
    TooComplexError,
)
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
            circle or beyond the limits. Every mistake of the first file that has any is told.
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
    return _library(loaded, mistakes)


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
    entry = bind(read_yaml(path, file=file), SegmentFile)
    reader = ConditionReader(catalogue)
    _check_look(entry, reader.mistakes)
    reveals = _reveals(entry, catalogue, reader.mistakes)
    where = reader.condition(entry.where, 1)
    reader.mistakes.refuse()
    assert where is not None  # what could not be read was a mistake
    segment = Segment(
        entry.segment, entry.segmenter, where, dict(entry.label), entry.colour, entry.note, reveals
    )
    return _Loaded(segment, entry.place("segment"), tuple(reader.references))


def _check_look(entry: SegmentFile, mistakes: Mistakes) -> None:
    """Note names, languages and colours that are none."""
    codes.spelt(entry.segment, codes.NAME, entry.place("segment"), mistakes)
    codes.spelt(entry.segmenter, codes.NAME, entry.place("segmenter"), mistakes)
    if entry.colour is not None and not _COLOUR.fullmatch(entry.colour):
        mistakes.note('expected a colour, such as "#7a5195"', entry.place("colour"))
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
