# SPDX-License-Identifier: Apache-2.0
"""What is wrong or doubtful in segment files; needs the files alone: no key, no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from privseg.engine.errors import UnknownReportError
from privseg.engine.policy.rulebook import Rulebook
from privseg.engine.policy.sides import Side, side
from privseg.loaders import DocumentError, load_segment, load_segments
from privseg.loaders.files import yaml_files
from privseg.policy import Catalogue, Finding, authorize
from privseg.policy.findings import mistake
from privseg.report.palette import doubts
from privseg.segment import Library, Segment, SegmentError, read_set
from privseg.terms import Place, StaffRole

YAML = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class Judged:
    """One sound segment, and whether the policy lets it read what it reads."""

    segment: str
    allowed: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentsChecked:
    """Mistakes, which refuse; and if there are none, how each segment stands and what is doubtful.

    ``warnings`` are about colours: for readers of reports, and of no consequence to data.
    """

    mistakes: tuple[Finding, ...]
    segments: tuple[Judged, ...] = ()
    warnings: tuple[str, ...] = ()


def check_segments(book: Rulebook, named: Iterable[str] = ()) -> SegmentsChecked:
    """Check every segment, or those named: by name, or a file or folder of segment files.

    Raises:
        UnknownReportError: there is neither a segment nor a file of that name.
    """
    given = list(named)
    if given and not any(map(is_path, given)):
        sound = side(book.policy, book.segments_folder)
        if set(given) <= set(sound.segments):
            return _checked_alone(book, sound, given)
    paths = [Path(n) for n in given if is_path(n)]
    found = [f for path in paths for f in mistakes_at(book.policy.catalogue, path)]
    if not paths or len(paths) < len(given):
        found += mistakes_at(book.policy.catalogue, book.segments_folder)
    if found:
        return SegmentsChecked(tuple(dict.fromkeys(found)))
    try:
        library = with_files(book.segments if book.segments_folder.is_dir() else Library(), book,
                             paths)  # fmt: skip
    except SegmentError as error:
        return SegmentsChecked((mistake(str(error), Place(str(paths[0]), 1)),))
    wanted = _wanted(book, library, given, paths)
    judged = tuple(judge(book, library, name) for name in wanted)
    return SegmentsChecked((), judged, tuple(_colour_doubts(library, wanted)))


def _checked_alone(book: Rulebook, sound: Side, names: list[str]) -> SegmentsChecked:
    """Return how named segments stand, whatever is wrong with the files of others."""
    judged = tuple(judge(book, sound.segments, name) for name in names)
    others = (
        f"{len(sound.broken)} other segments have mistakes; see them with: privseg segment check"
    )
    doubtful = [*_colour_doubts(sound.segments, names), *([others] if sound.broken else [])]
    return SegmentsChecked((), judged, tuple(doubtful))


def is_path(text: str) -> bool:
    """Return whether a name on the command line is meant as a file or folder."""
    path = Path(text)
    return (path.suffix in YAML and path.is_file()) or (path.is_dir() and _holds_yaml(path))


def mistakes_at(catalogue: Catalogue, path: Path) -> tuple[Finding, ...]:
    """Return every mistake of a segment file, or of every file of a folder, at its place."""
    if path.is_file():
        return _mistakes_of(path, catalogue, str(path))
    try:
        load_segments(path, catalogue)
    except DocumentError as first:
        files = yaml_files(path, path.name)
        found = [f for each, file in files for f in _mistakes_of(each, catalogue, file)]
        return tuple(found) or first.findings
    return ()


def with_files(library: Library, book: Rulebook, paths: Iterable[Path]) -> Library:
    """Return the segments with those of files among them, in place of any of the same name.

    Raises:
        DocumentError: a file is no segment.
        SegmentError: a reference leads nowhere, in a circle or beyond the limits.
    """
    found = {segment.name: segment for segment in library.values()}
    for path in paths:
        found |= {s.name: s for s in _segments_at(book.policy.catalogue, path)}
    return Library(found.values())


def judge(book: Rulebook, library: Library, name: str) -> Judged:
    """Return whether the policy lets a segment read what it reads, in a role that may run it."""
    segment, policy = library[name], book.policy
    known = policy.segmenters.get(segment.segmenter)
    decision = authorize(
        policy,
        segmenter=segment.segmenter,
        actor=min(known.run_by if known else (), default=StaffRole.MARKETER),
        reads=read_set(segment.where, policy.catalogue, library),
        reveals=library.reveals(name),
    )
    reasons = () if decision.allowed else decision.reasons + decision.errors
    return Judged(name, decision.allowed, reasons)


def _segments_at(catalogue: Catalogue, path: Path) -> Iterator[Segment]:
    """Yield the segments of a file or folder."""
    if path.is_file():
        yield load_segment(path, catalogue, name=str(path))
        return
    for each, file in yaml_files(path, path.name):
        yield load_segment(each, catalogue, name=file)


def _wanted(book: Rulebook, library: Library, given: list[str], paths: list[Path]) -> list[str]:
    """Return the names of the segments that are asked about, in order."""
    names = [n for n in given if not is_path(n)]
    for name in names:
        if name not in library:
            raise UnknownReportError(name, known=tuple(library))
    if not given:
        return sorted(library)
    held = (s.name for p in paths for s in _segments_at(book.policy.catalogue, p))
    return list(dict.fromkeys([*names, *held]))


def _colour_doubts(library: Library, wanted: Iterable[str]) -> Iterator[str]:
    """Yield what is doubtful about colours, where a segment asked about has a part in it."""
    colours = {name: s.colour for name, s in library.items() if s.colour is not None}
    asked = set(wanted)
    for doubt in doubts(colours):
        if asked & set(doubt.segments):
            yield f"{' and '.join(doubt.segments)}: {doubt.says}"


def _mistakes_of(path: Path | Traversable, catalogue: Catalogue, file: str) -> tuple[Finding, ...]:
    """Return the mistakes of one segment file."""
    try:
        load_segment(path, catalogue, name=file)
    except DocumentError as error:
        return error.findings
    return ()


def _holds_yaml(folder: Path) -> bool:
    return any(p.suffix in YAML for p in folder.iterdir())
