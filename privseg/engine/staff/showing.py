# SPDX-License-Identifier: Apache-2.0
"""Who may do what, told and checked. Employees are people: only those who must see this may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.house import House
from privseg.engine.roles import ALLOWED, Verb
from privseg.engine.staff.trust import faults
from privseg.loaders.staff import Roles
from privseg.loaders.workspace import SETTINGS, Environment
from privseg.terms import StaffRole

SHOW, CHECK = "staff-show", "staff-check"
NEEDED = frozenset({StaffRole.ADMIN, StaffRole.COMPLIANCE_OFFICER})
"""Roles without which keys, or people's requests, are nobody's."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One user, the roles they hold and the verbs that these may do."""

    user: str
    roles: tuple[StaffRole, ...]
    verbs: tuple[Verb, ...]


@dataclass(frozen=True, slots=True)
class StaffView:
    """Who may do what, and the file that says so."""

    file: Path
    members: tuple[StaffMember, ...]


@dataclass(frozen=True, slots=True)
class StaffFinding:
    """Something about the mapping; ``is_refused`` if production would not work with it."""

    message: str
    is_refused: bool


@dataclass(frozen=True, slots=True)
class Whoami:
    """The user at the keyboard, how that is known, and what they may do."""

    user: str
    sign_in: str
    roles: tuple[StaffRole, ...]
    verbs: tuple[Verb, ...]


def staff_view(house: House, *, role: StaffRole) -> StaffView:
    """Return who may do what; looking is on the log."""
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": SHOW}))
    members = (_member(user, roles) for user, roles in sorted(house.config.staff.items()))
    return StaffView(_file(house), tuple(members))


def staff_findings(house: House, *, role: StaffRole) -> tuple[StaffFinding, ...]:
    """Return what is wrong or doubtful in the mapping; looking is on the log."""
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": CHECK}))
    exposed = (StaffFinding(fault, is_refused=True) for fault in faults(house.config))
    return (*exposed, *(StaffFinding(doubt, is_refused=False) for doubt in _doubts(house)))


def whoami(house: House) -> Whoami:
    """Return who is at the keyboard."""
    by, own = house.outside.by(), _member(house.outside.user(), house.roles())
    return Whoami(own.user, by["sign_in"], own.roles, own.verbs)


def standing(house: House) -> tuple[bool, str]:
    """Return whether the mapping is safe from others, and what to say of it (``doctor``).

    Outside production it is only said: a workspace to try things in lies where it lies.
    """
    found = faults(house.config)
    if not found:
        return True, "nobody else can change who may do what"
    if house.config.environment is Environment.PRODUCTION:
        return False, "; ".join(found)
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return True, f"production would refuse this: {found[0]}{more}; see: privseg staff check"


def _file(house: House) -> Path:
    """Return the file that says who may do what."""
    return house.config.staff_file or house.config.root / SETTINGS


def _member(user: str, roles: frozenset[StaffRole]) -> StaffMember:
    """Return a user with what they may do, in the order of roles and verbs."""
    may = tuple(verb for verb in Verb if ALLOWED[verb] & roles)
    return StaffMember(user, tuple(role for role in StaffRole if role in roles), may)


def _doubts(house: House) -> Iterator[str]:
    """Yield what nobody could do, and what no second person could approve."""
    staff = house.config.staff
    for role in sorted(NEEDED):
        if not _holders(staff, role):
            yield f"nobody is {role}"
    officers = _holders(staff, StaffRole.COMPLIANCE_OFFICER)
    if house.policy.approval and len(officers) == 1:
        yield f"only {officers[0]} approves policies: nobody approves what they write"
    for user, roles in sorted(staff.items()):
        if {StaffRole.ENGINEER, StaffRole.COMPLIANCE_OFFICER} <= roles:
            yield (
                f"{user} is engineer and compliance_officer: they never approve their own change, "
                "but could hold both roles apart: apart: [[engineer, compliance_officer]]"
            )


def _holders(staff: Roles, role: StaffRole) -> list[str]:
    """Return who holds a role."""
    return sorted(user for user, roles in staff.items() if role in roles)
