# SPDX-License-Identifier: Apache-2.0
"""Heads of the log kept elsewhere, and how much of it nobody else has seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.audit import AuditEvent, Kind, Outcome, parse_entry
from privseg.errors import InputError
from privseg.store.anchors import (
    EVERY,
    EVERY_ENTRIES,
    AnchorError,
    read_anchors,
    write_anchor,
)
from privseg.terms import StaffRole

if TYPE_CHECKING:
    from privseg.engine.house import House

VERB = "audit-anchor"


class NoAnchorFolderError(InputError):
    """Nobody said where anchors are kept."""

    def __init__(self) -> None:
        super().__init__(
            "no folder for anchors is known; nothing was kept; name one, away from this machine's "
            "disk: privseg audit anchor FOLDER, or `audit: {anchors: [FOLDER]}` in privseg.yaml"
        )


@dataclass(frozen=True, slots=True)
class Window:
    """What lies after the newest anchor: whoever can write the log could cut it off unnoticed.

    ``since`` is when the first of it was written; ``failures`` say why no newer anchor was kept.
    """

    entries: int
    since: datetime | None
    folders: int
    failures: tuple[str, ...] = ()

    def is_over(self, now: datetime) -> bool:
        """Return whether it is larger than the goal: 1,000 entries, or 60 seconds."""
        late = self.since is not None and now - self.since > EVERY
        return self.entries > EVERY_ENTRIES or late


@dataclass(frozen=True, slots=True)
class Kept:
    """A head that was kept in a folder, or why it was not."""

    folder: str
    size: int
    failure: str = ""


def window(house: House, *, anchored: int | None = None) -> Window:
    """Return what is unanchored: by what is remembered, or after ``anchored`` entries."""
    status = house.anchors.status()
    with house.db.reading():
        size = house.log.size
        known = [each.size for each in status if each.size <= size]  # more is no past of this log
        first = max(known, default=0) if anchored is None else min(anchored, size)
        since = [parse_entry(s.entry_bytes).time for s in house.log.entries(first, first + 1)]
    failures = tuple(each.failure for each in status if each.failure)
    return Window(size - first, since[0] if first < size else None, len(status), failures)


def missed(after: Window, now: datetime) -> list[str]:
    """Return that the goal is missed, if it is and folders are there to reach it by."""
    if not after.folders or not after.is_over(now):
        return []
    goal = f"{EVERY_ENTRIES:,} entries or {EVERY.seconds} seconds"
    says = f"the newest {after.entries:,} entries are kept nowhere else, over the goal of {goal}"
    return [f"{says}; run `privseg audit anchor`"]


def anchor(house: House, folder: Path | None, *, role: StaffRole) -> list[Kept]:
    """Keep the newest head in ``folder``, or in every folder of the settings; the log says so.

    Raises:
        AnchorForkError: a folder has another head of this size.
        AnchorError: the folder cannot be written.
        NoAnchorFolderError: no folder is known.
    """
    if folder is None and not house.config.audit.anchors:
        raise NoAnchorFolderError
    house.log.append(AuditEvent(Kind.EXPORT, Outcome.OK, role, {"verb": VERB}))
    with house.db.reading():
        size, note = house.log.size, house.log.head()
    if folder is not None:
        write_anchor(folder, size, note)
        return [Kept(str(folder), size)]
    return [Kept(s.folder, s.size, s.failure) for s in house.anchors.keep(size, note)]


def anchors_in(house: House, more: tuple[Path, ...] = ()) -> tuple[list[str], list[str]]:
    """Return the notes of every folder of anchors, and which could not be read.

    Raises:
        AnchorError: a folder that was named on the way here cannot be read.
    """
    notes, unread = [], []
    for folder in house.config.audit.anchors:
        try:
            notes += read_anchors(folder)
        except AnchorError as error:
            unread.append(str(error))
    for folder in more:
        notes += read_anchors(folder)
    return notes, unread
