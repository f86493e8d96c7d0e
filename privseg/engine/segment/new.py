# SPDX-License-Identifier: Apache-2.0
"""A new segment from a template that comes with the package. Over files alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from privseg.engine.errors import UnknownNameError
from privseg.engine.policy.rulebook import Rulebook
from privseg.engine.policy.sides import side
from privseg.engine.private_files import put
from privseg.engine.segment.checking import mistakes_at
from privseg.errors import InputError, StorageError
from privseg.loaders import DocumentError, load_segment
from privseg.loaders.codes import NAME
from privseg.loaders.shipped import ROOT
from privseg.policy import Finding, Policy
from privseg.segment import Library, read_set

FOLDER: Final = "templates"
WHEN: Final = "# When to use it: "
_SEGMENT: Final = re.compile(r"^segment:[ \t]*\S+", re.MULTILINE)
_SEGMENTER: Final = re.compile(r"^segmenter:[ \t]*\S+", re.MULTILINE)


class UnknownTemplateError(UnknownNameError):
    """No template has this name; nothing was written."""

    what = "template"
    see = "privseg segment new --list"


class UnknownSegmenterError(UnknownNameError):
    """The policy has no such segmenter; nothing was written."""

    what = "segmenter"
    see = "privseg policy check"


class SegmentThereError(InputError):
    """A segment of this name, or its file, is there already; nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'segment "{name}" is there already and is not overwritten; choose another name'
        )
        self.name = name


class NotASegmentNameError(InputError):
    """A name cannot be a segment's; nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a segment cannot be called {name[:60]!a}; "
            "name it in lower-case words joined by '-', such as lapsed-buyers"
        )
        self.name = name


class SegmentNotWrittenError(StorageError):
    """The file of a new segment cannot be written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} could not be written ({why}); check the folder and try again")
        self.path = path


@dataclass(frozen=True, slots=True)
class Template:
    """A segment to begin with, and when it is the right one."""

    name: str
    when: str


@dataclass(frozen=True, slots=True)
class SegmentMade:
    """A segment file that was written, and what the catalogue lacks for it."""

    path: Path
    segment: str
    segmenter: str
    lacks: tuple[Finding, ...]


def templates() -> tuple[Template, ...]:
    """Return every template that comes with the package, by name."""
    found = sorted(_folder().iterdir(), key=lambda p: p.name)
    return tuple(
        Template(p.name.removesuffix(".yaml"), _when(p.read_text("utf-8")))
        for p in found
        if p.name.endswith(".yaml")
    )


def new_segment(
    book: Rulebook, name: str, *, template: str, segmenter: str | None = None
) -> SegmentMade:
    """Write ``segments/NAME.yaml`` from a template; nothing is ever overwritten.

    Without a ``segmenter`` it is the template's own, where the policy has it and it may read what
    the segment reads; else the first of the policy that may; else the first there is.

    Raises:
        NotASegmentNameError, UnknownTemplateError, UnknownSegmenterError, SegmentThereError: as
            they say; nothing was written.
    """
    if not NAME.fullmatch(name):
        raise NotASegmentNameError(name)
    source = _template(template)
    if segmenter is not None and segmenter not in book.policy.segmenters:
        raise UnknownSegmenterError(segmenter, known=tuple(book.policy.segmenters))
    path = book.segments_folder / f"{name}.yaml"
    if path.exists() or _is_named(book, name):
        raise SegmentThereError(name)
    chosen = segmenter or _may_read(
        book.policy, source, side(book.policy, book.segments_folder).segments
    )
    _write(path, _filled(source.read_text("utf-8"), name, chosen))
    return SegmentMade(path, name, chosen, _lacks(book, path))


def _folder() -> Traversable:
    return files("privseg").joinpath(ROOT, FOLDER)


def _template(name: str) -> Traversable:
    """Return the file of a template."""
    known = tuple(t.name for t in templates())
    if name not in known:
        raise UnknownTemplateError(name, known=known)
    return _folder().joinpath(f"{name}.yaml")


def _when(text: str) -> str:
    """Return when to use a template: its first line says so."""
    first = text.partition("\n")[0]
    return first.removeprefix(WHEN).removeprefix("# ").strip()


def _filled(text: str, name: str, segmenter: str) -> str:
    """Return a template under another name and segmenter; comments stay where they are."""
    named = _SEGMENT.sub(f"segment: {name}", text, count=1)
    return _SEGMENTER.sub(f"segmenter: {segmenter}", named, count=1)


def _may_read(policy: Policy, source: Traversable, known_segments: Library) -> str:
    """Return the segmenter for a template: its own, or the first that may read what it reads."""
    known = sorted(policy.segmenters)
    first = known[0] if known else "none"
    try:
        segment = load_segment(source, policy.catalogue, name=source.name)
        library = Library([*known_segments.values(), segment])
        reads = policy.catalogue.closure_of(read_set(segment.where, policy.catalogue, library))
    except (InputError, ValueError):
        return first
    may = [n for n in known if reads <= policy.segmenters[n].reads.keys()]
    return segment.segmenter if segment.segmenter in may else next(iter(may), first)


def _is_named(book: Rulebook, name: str) -> bool:
    """Return whether some file holds a segment of this name; one with mistakes tells no name."""
    try:
        return name in book.segments
    except DocumentError:
        return False


def _lacks(book: Rulebook, path: Path) -> tuple[Finding, ...]:
    """Return what is wrong with a new segment under this catalogue, at its place."""
    file = f"{path.parent.name}/{path.name}"
    found = mistakes_at(book.policy.catalogue, path.parent)
    return tuple(f for f in found if f.place.file == file)


def _write(path: Path, text: str) -> None:
    """Write a new file, whole or not at all."""
    try:
        put(path, text.encode(), is_new=True, mode=0o666)  # rules are no secret: umask decides
    except FileExistsError:
        raise SegmentThereError(path.stem) from None
    except OSError as error:
        raise SegmentNotWrittenError(path, error.strerror or "the system refuses") from None
