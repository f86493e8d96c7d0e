# SPDX-License-Identifier: Apache-2.0
"""A segment as somebody names it: by its name, or by a file that may not be in the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.engine.errors import UnknownReportError
from privseg.engine.policy.rulebook import Rulebook
from privseg.engine.segment.checking import YAML
from privseg.loaders import load_segment
from privseg.policy import Catalogue
from privseg.segment import Library, Segment

if TYPE_CHECKING:
    from privseg.engine.house import House


@dataclass(frozen=True, slots=True)
class Candidate:
    """A segment, among the others that it may refer to.

    ``is_draft`` is whether it is not the workspace's segment of that name.
    """

    segment: Segment
    library: Library
    is_draft: bool

    @property
    def name(self) -> str:
        """Return its name."""
        return self.segment.name

    @property
    def version(self) -> str:
        """Return its version."""
        return self.library.version(self.segment.name)


def candidate(library: Library, catalogue: Catalogue, named: str | PathLike[str]) -> Candidate:
    """Return the segment that ``named`` is: one of the library, or a file.

    Raises:
        UnknownReportError: it is neither.
        DocumentError: the file is no segment.
        SegmentError: its references lead nowhere, in a circle or beyond the limits.
    """
    path = Path(named)
    if path.suffix in YAML and path.is_file():
        segment = load_segment(path, catalogue, name=str(path))
        others = (s for s in library.values() if s.name != segment.name)
        whole = Library([*others, segment])
        known = segment.name in library
        same = known and library.version(segment.name) == whole.version(segment.name)
        return Candidate(segment, whole, is_draft=not same)
    if str(named) not in library:
        raise UnknownReportError(str(named), known=tuple(library))
    return Candidate(library[str(named)], library, is_draft=False)


def in_workspace(house: House, named: str | PathLike[str]) -> Candidate:
    """Return the segment that ``named`` is, over a workspace: the files of others may be broken.

    Raises:
        BrokenSegmentError: it is one of them; and what ``candidate`` refuses.
    """
    if str(named) in house.broken:
        raise house.no_segment(str(named))
    return candidate(house.segments, house.policy.catalogue, named)


def book_candidate(book: Rulebook, named: str | PathLike[str]) -> Candidate:
    """Return the segment that ``named`` is, over files alone."""
    return candidate(book.segments, book.policy.catalogue, named)
