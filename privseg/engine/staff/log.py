# SPDX-License-Identifier: Apache-2.0
"""A change of who may do what is on the log before anybody does anything under it.

Users are employees, so they stand in the entry's body, which can be erased; the header, which
cannot, says only that the mapping changed. What was seen last lies sealed in the database.
"""

from __future__ import annotations

from typing import Any

from privseg.audit import AuditEvent, Kind, Outcome, parse_entry
from privseg.engine.house import House
from privseg.engine.staff.seen import STAFF, Said, Seen, keep, seen_last
from privseg.engine.staff.trust import (
    ROOT,
    StaffSeizedError,
    WorkspaceElsewhereError,
    name_of,
    seized,
)
from privseg.loaders.staff import Roles
from privseg.loaders.workspace import Environment
from privseg.terms import StaffRole


def note_staff(house: House) -> None:
    """Put on the log how the mapping differs from the one seen last, if it does.

    Raises:
        StaffSeizedError: in production, who changed it was no administrator.
        WorkspaceElsewhereError: in production, it lies in another folder than it did.
        AuditWriteError: the log cannot be written; nobody may act under the new mapping.
    """
    now = Seen(_said(house.config.staff), str(house.config.root))
    while not _same(house, before := seen_last(house), now):
        _require_rightful(house, before)
        with house.db.transaction():
            if seen_last(house) == before:  # else another process noted it meanwhile: look again
                keep(house, now, audit_index=_noted(house, before, now))


def _said(staff: Roles) -> Said:
    """Return the mapping as canonical JSON can print it."""
    return {user: sorted(roles) for user, roles in sorted(staff.items())}


def _same(house: House, before: Seen | None, now: Seen) -> bool:
    """Return whether nothing changed; where a workspace to try things in lies is nobody's care."""
    if before is None or _is_production(house):
        return before == now
    return before.staff == now.staff


def _is_production(house: House) -> bool:
    """Return whether it is more than a workspace to try things in."""
    return house.config.environment is Environment.PRODUCTION


def _require_rightful(house: House, before: Seen | None) -> None:
    """Refuse, in production, what somebody else than an administrator of before has changed.

    Raises:
        StaffSeizedError, WorkspaceElsewhereError: as they say; the log says so, too.
    """
    if not _is_production(house) or (before is None and not _was_told(house)):
        return  # a new workspace: whoever makes it says who may do what
    admins = before.admins if before else frozenset[str]()  # what was seen is gone: root alone
    if found := seized(house.config, admins):
        _deny(house, "no administrator changed who may do what")
        raise StaffSeizedError(found)
    is_here = before is not None and before.root == str(house.config.root)
    if not is_here and house.outside.user() not in {name_of(ROOT), *admins}:
        _deny(house, "the workspace lay in another folder")
        raise WorkspaceElsewhereError(house.config.root)


def _was_told(house: House) -> bool:
    """Return whether the log has ever told of a mapping."""
    entries = (parse_entry(stored.entry_bytes) for stored in house.log.entries())
    return any(e.kind is Kind.CONFIGURATION and e.header.get("setting") == STAFF for e in entries)


def _deny(house: House, reason: str) -> None:
    """Put a refusal on the log; who was refused is in its body."""
    header: dict[str, str | list[str]] = {"verb": "open", "role": "none", "reason": reason}
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.DENIED, StaffRole.MARKETER, header))


def _noted(house: House, before: Seen | None, now: Seen) -> int:
    """Put every difference on the log; return the number of the last entry."""
    told = before.staff if before else None
    events = [_changed(told, now.staff)] if told != now.staff else []
    if before and before.root != now.root and _is_production(house):
        events.append(_moved())
    return house.log.append_many(events)[-1]


def _moved() -> AuditEvent:
    """Return the log's entry of a workspace that lies in another folder than before."""
    header: dict[str, str | list[str]] = {"verb": STAFF, "setting": "folder", "value": "changed"}
    return AuditEvent(Kind.CONFIGURATION, Outcome.OK, StaffRole.ADMIN, header)


def _changed(before: Said | None, now: Said) -> AuditEvent:
    """Return the log's entry of a change: who gained and who lost which roles."""
    header: dict[str, str | list[str]] = {
        "verb": STAFF, "setting": STAFF, "value": "first" if before is None else "changed",
    }  # fmt: skip
    body: dict[str, Any] = {"added": _more(before or {}, now), "removed": _more(now, before or {})}
    return AuditEvent(Kind.CONFIGURATION, Outcome.OK, StaffRole.ADMIN, header, body)


def _more(one: Said, other: Said) -> Said:
    """Return the roles that users have in ``other`` and not in ``one``."""
    found = {user: sorted(set(roles) - set(one.get(user, ()))) for user, roles in other.items()}
    return {user: roles for user, roles in found.items() if roles}
