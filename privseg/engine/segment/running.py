# SPDX-License-Identifier: Apache-2.0
"""Finding the members of segments and keeping who they are; no number is released, none charged.

Every run goes through the gate like a report's: the intent is durable before a row is read, the
outcome says who was found. Segments of one segmenter and the same needed categories are one plan
and one query. What is kept is written in the transaction of the outcome: a run that is cut short
leaves an intent without outcome and no half membership, and nothing is ever "being calculated".
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pyroaring import FrozenBitMap

from privseg.engine.editions import current_edition
from privseg.engine.errors import SegmentRunFailedError, UnknownReportError
from privseg.engine.house import House
from privseg.engine.outcome import memberships
from privseg.engine.policy.sides import Side, side
from privseg.engine.reading import (
    authorise,
    changes_on_log,
    compiled,
    end,
    enter_uncharged,
    failing_as,
    fold,
    log_or_nothing,
    reads_of,
    require_tables,
    still,
)
from privseg.engine.segment.changes import require_usable
from privseg.engine.segment.memberships import expire
from privseg.errors import AuditWriteError, ConsentError, PolicyError, PrivsegError
from privseg.frames import Consented, Edition, Query
from privseg.gate import Admission, needed_categories
from privseg.segment import Library
from privseg.store import Origin
from privseg.terms import Category, StaffRole


class RunState(StrEnum):
    """How the run of one segment ended."""

    DONE = "done"
    REFUSED = "refused"  # by the policy, or because it was changed; nothing was read
    FAILED = "failed"  # nothing of it was kept


@dataclass(frozen=True, slots=True)
class SegmentRan:
    """What became of one segment; never how many people, and never who."""

    segment: str
    state: RunState
    version: str = ""
    edition_id: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One segment that may be run, or a group of them that one plan can run."""

    asked: Admission
    needs: frozenset[Category]

    @property
    def key(self) -> tuple[str, StaffRole, frozenset[Category]]:
        """Return what segments of one plan share."""
        return self.asked.segmenter, self.asked.actor, self.needs


def run_segments(
    house: House, names: Sequence[str], *, role: StaffRole, is_chosen: bool = True
) -> tuple[SegmentRan, ...]:
    """Find the members of segments and keep them; one that cannot be run does not stop another.

    Args:
        house: The workspace.
        names: The segments.
        role: The role to run them in.
        is_chosen: Whether that role was asked for; else each runs in one that may run it.

    Raises:
        UnknownReportError: there is no segment of a name; nothing was run.
        AuditWriteError: the log cannot be written; nothing more is read.
    """
    with log_or_nothing():
        found = side(house.policy, house.config.segments)
        known = {*found.segments, *found.broken}
        for name in names:
            if name not in known:
                raise UnknownReportError(name, known=tuple(sorted(known)))
        edition = current_edition(house, role=role)
        ready, ended = _prepared(house, found, names, edition, role, is_chosen=is_chosen)
        for group in _groups(ready):
            ended += _run_group(house, found.segments, group, edition)
    order = {name: place for place, name in enumerate(names)}
    return tuple(sorted(ended, key=lambda ran: order[ran.segment]))


def _prepared(
    house: House, found: Side, names: Iterable[str], edition: Edition, role: StaffRole,
    *, is_chosen: bool,
) -> tuple[list[_Asked], list[SegmentRan]]:  # fmt: skip
    """Return what may be run, and how the others ended; every refusal is on the log."""
    ready: list[_Asked] = []
    ended: list[SegmentRan] = []
    for name in dict.fromkeys(names):
        if name not in found.segments:
            ended.append(SegmentRan(name, RunState.FAILED, why=found.broken[name]))
            continue
        acting = role if is_chosen else _role_for(house, found.segments[name].segmenter, role)
        try:
            ready.append(_one(house, found.segments, name, edition, acting))
        except AuditWriteError:
            raise
        except PrivsegError as error:
            ended.append(_refused(found.segments, name, error))
    return ready, ended


def _one(house: House, library: Library, name: str, edition: Edition, role: StaffRole) -> _Asked:
    """Return one segment's admission, after everything that can be asked before a read."""
    asked = Admission(
        run_id=secrets.token_hex(16),
        segmenter=library[name].segmenter,
        actor=role,
        reads=reads_of(house, library, [name]),
        segments={name: library.version(name)},
        reveals=library.reveals(name),
    )
    authorise(house, asked)
    with changes_on_log(house, asked):
        require_usable(house, library, [name], role=role)
    require_tables(house, asked.reads)
    compiled(house, asked, library, at=edition.at)
    return _Asked(asked, needed_categories(asked, house.policy))


def _groups(ready: Iterable[_Asked]) -> Iterator[_Asked]:
    """Yield segments together that one plan can read: the same people are eligible for each."""
    by_key: dict[tuple[str, StaffRole, frozenset[Category]], list[Admission]] = {}
    for one in ready:
        by_key.setdefault(one.key, []).append(one.asked)
    for key, several in by_key.items():
        yield _Asked(_joined(several), key[2])


def _joined(several: Sequence[Admission]) -> Admission:
    """Return the admissions as one."""
    segments: dict[str, str] = {}
    for asked in several:
        segments |= asked.segments
    return replace(
        several[0],
        reads=frozenset().union(*(a.reads for a in several)),
        reveals=frozenset().union(*(a.reveals for a in several)),
        segments=segments,
    )


def _run_group(house: House, library: Library, group: _Asked, edition: Edition) -> list[SegmentRan]:
    """Run segments together; if that fails, each alone, so that one does not stop the others."""
    names = sorted(group.asked.segments)
    try:
        _run(house, library, group.asked, edition)
    except AuditWriteError:
        raise
    except PrivsegError as error:
        if len(names) == 1:
            return [_refused(library, names[0], error)]
        alone = [_alone(house, library, group.asked, name) for name in names]
        return [ran for one in alone for ran in _run_group(house, library, one, edition)]
    return [SegmentRan(n, RunState.DONE, library.version(n), edition.edition_id) for n in names]


def _alone(house: House, library: Library, asked: Admission, name: str) -> _Asked:
    """Return one segment of a group as a run of its own."""
    one = replace(
        asked,
        run_id=secrets.token_hex(16),
        reads=reads_of(house, library, [name]),
        reveals=library.reveals(name),
        segments={name: asked.segments[name]},
    )
    return _Asked(one, needed_categories(one, house.policy))


def _run(house: House, library: Library, asked: Admission, edition: Edition) -> None:
    """Read once for all segments of an admission, and keep who was found.

    Raises:
        SegmentRunFailedError: it failed; nothing of it was kept.
    """
    query = compiled(house, asked, library, at=edition.at)
    fold(house, asked, edition)
    consented, begun = enter_uncharged(house, asked, library, edition)
    with failing_as(house, consented, SegmentRunFailedError):
        members, eligible, judged_at = _found(house, asked, consented, query)
    with house.db.transaction():
        _, there = end(
            house, consented, members, eligible, versions=asked.segments, judged_at=judged_at
        )
        versions = {name: library.version(name) for name in there}
        house.runs.record(
            memberships(
                house, consented, library, there, versions=versions, at=begun, origin=Origin.RUN
            )
        )
        expire(house, role=asked.actor)


def _found(
    house: House, asked: Admission, consented: Consented, query: Query
) -> tuple[dict[str, FrozenBitMap], FrozenBitMap, datetime]:
    """Execute the plan; consent is asked for once more."""
    with house.compute.open(consented, asked.reads) as scan:
        members = scan.members(query)
        population = house.vault.people(consented.edition.snapshot)
        eligible, judged_at = still(house, asked, consented, population)
    return {name: people & eligible for name, people in members.items()}, eligible, judged_at


def _role_for(house: House, segmenter: str, usual: StaffRole) -> StaffRole:
    """Return a role that the user holds and that may run a segmenter; else the usual one."""
    known = house.policy.segmenters.get(segmenter)
    may = (known.run_by if known else frozenset()) & house.roles()
    return usual if usual in may or not may else min(may)


def _refused(library: Library, name: str, error: PrivsegError) -> SegmentRan:
    """Return how a segment ended that was not run."""
    refused = isinstance(error, PolicyError | ConsentError)
    state = RunState.REFUSED if refused else RunState.FAILED
    return SegmentRan(name, state, library.version(name), why=str(error))
