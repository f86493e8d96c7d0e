# SPDX-License-Identifier: Apache-2.0
"""Why a changed segment is not used, and why a change of one is not approved."""

from __future__ import annotations

from collections.abc import Iterable

from privseg.engine.errors import UnknownNameError
from privseg.engine.segment.record import SHOWN
from privseg.errors import PolicyError
from privseg.terms import StaffRole


class SegmentChangeRefusedError(PolicyError):
    """A segment is not as it was, and whoever uses it may not change it so; nothing was read.

    ``reason`` is the word that the log says.
    """

    reason = "segment changed"

    def __init__(self, segment: str, version: str, message: str) -> None:
        super().__init__(message)
        self.segment = segment
        self.version = version


class SegmentRoleError(SegmentChangeRefusedError):
    """The role that uses a changed segment may not change segments."""

    def __init__(
        self, segment: str, version: str, *, role: StaffRole, may: Iterable[StaffRole]
    ) -> None:
        super().__init__(
            segment,
            version,
            f'segment "{segment}" was changed (version {version[:SHOWN]}), and role {role} may not '
            f"change segments, so nothing is read; it is for: {', '.join(sorted(may))}; "
            f"ask one of them to run: privseg segment propose {segment}",
        )
        self.role = role


class SegmentNotApprovedError(SegmentChangeRefusedError):
    """A version of a segment needs a second person's approval and has none."""

    reason = "segment approval"

    def __init__(self, segment: str, version: str, *, authors: tuple[str, ...]) -> None:
        others = f" other than {', '.join(authors)}" if authors else ""
        first = "" if authors else f"propose it with: privseg segment propose {segment}; then "
        super().__init__(
            segment,
            version,
            f'version {version[:SHOWN]} of segment "{segment}" is not approved by a second person, '
            f"so nothing is read; {first}ask somebody{others} to run: "
            f"privseg segment approve {segment} {version[:SHOWN]}",
        )
        self.authors = authors


class OwnSegmentError(PolicyError):
    """Whoever proposed a segment, or owns its file, would approve it."""

    def __init__(self, segment: str, version: str, *, user: str) -> None:
        super().__init__(
            f'{user} may not approve version {version[:SHOWN]} of segment "{segment}": {user} '
            "proposed it or owns its file, and who writes a segment does not approve it; "
            "ask somebody else"
        )
        self.segment = segment
        self.version = version


class UnknownVersionError(UnknownNameError):
    """A segment has no such version on record, or several begin so."""

    what = "version"
    see = "privseg segment history"
