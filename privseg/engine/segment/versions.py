# SPDX-License-Identifier: Apache-2.0
"""Two definitions of one segment side by side: of the record, of the folder, or of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

from privseg.engine.house import House
from privseg.engine.segment.changes import version_named
from privseg.engine.segment.definition_reading import Definition, read_definition
from privseg.engine.segment.diff import Names, SegmentChange, compare, definition_of
from privseg.engine.segment.files import Candidate, in_workspace
from privseg.engine.segment.record import borne_out, in_force
from privseg.errors import InputError


class NothingInForceError(InputError):
    """A segment is compared with what is in force, and nothing of that name ever was."""

    def __init__(self, segment: str) -> None:
        super().__init__(
            f'no definition of segment "{segment}" was ever in force; run it first, or name two '
            "versions: privseg segment history lists them"
        )
        self.segment = segment


@dataclass(frozen=True, slots=True)
class SegmentDiff:
    """What changes from one version of a segment to another."""

    segment: str
    old: str
    new: str
    changes: tuple[SegmentChange, ...]


def diff(house: House, named: str | PathLike[str], versions: Sequence[str] = ()) -> SegmentDiff:
    """Return what changes: from the definition in force, or from one version to another.

    Without a version, from the definition in force to the folder's or the file's; with one, from
    that version to the folder's or the file's; with two, from the first to the second.

    Raises:
        UnknownVersionError: the record has no such version of it.
        NothingInForceError: there is nothing to compare with.
    """
    known = [s.version for s in borne_out(house, _name(house, named))]
    chosen = [version_named(known, v) for v in versions]
    names = _names(house)
    if len(chosen) == 2:  # noqa: PLR2004  # from the first to the second
        old, new = (_kept(house, v) for v in chosen)
        return _diff(_name(house, named), old, new, names)
    found = in_workspace(house, named)
    old = _kept(house, chosen[0]) if chosen else _in_force(house, found)
    names |= {found.library.version(n): n for n in found.library}
    return _diff(found.name, old, definition_of(found.library, found.name), names)


def _diff(name: str, old: Definition, new: Definition, names: Names) -> SegmentDiff:
    return SegmentDiff(name, old.version, new.version, compare(old, new, names=names))


def _name(house: House, named: str | PathLike[str]) -> str:
    """Return the name of what is meant; a segment that is only on the record has one, too."""
    if any(s.segment == str(named) for s in house.definitions.steps(str(named))):
        return str(named)
    return in_workspace(house, named).name


def _in_force(house: House, found: Candidate) -> Definition:
    """Return the definition in force; where the record has none, the folder's of that name."""
    version = in_force(borne_out(house, found.name), found.name)
    if version is not None:
        return _kept(house, version)
    if found.is_draft and found.name in house.segments:
        return definition_of(house.segments, found.name)
    raise NothingInForceError(found.name)


def _kept(house: House, version: str) -> Definition:
    """Return a definition of the record."""
    return read_definition(version, house.definitions.text(version))


def _names(house: House) -> dict[str, str]:
    """Return how the versions that anything may refer to are called."""
    recorded = {s.version: s.segment for s in house.definitions.steps()}
    return recorded | {house.segments.version(n): n for n in house.segments}
