# SPDX-License-Identifier: Apache-2.0
"""Acting in a role: what every verb of a workspace asks before it does anything."""

from __future__ import annotations

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.errors import RoleError
from privseg.engine.house import House
from privseg.engine.roles import ALLOWED, USUAL, Verb
from privseg.terms import StaffRole


class Acting:
    """A house, and the role that its verbs are done in."""

    def __init__(self, house: House, role: StaffRole | None = None) -> None:
        self._house = house
        self._role: StaffRole | None = None
        self.role = role

    @property
    def role(self) -> StaffRole | None:
        """The role chosen to act in; None lets each verb take its usual one."""
        return self._role

    @role.setter
    def role(self, role: StaffRole | None) -> None:
        role = None if role is None else StaffRole(role)
        if role is not None and role not in self._house.roles():
            raise RoleError(role=role, why=self._not_given())
        self._role = role

    def _acting(self, verb: Verb) -> StaffRole:
        """Return the role to do ``verb`` in; one that may not is refused, and the log says so."""
        role = self._role or USUAL[verb]
        if role not in self._house.roles():
            raise RoleError(role=role, why=self._not_given())
        if role not in ALLOWED[verb]:
            header: dict[str, str | list[str]] = {"verb": str(verb), "role": str(role)}
            self._house.log.append(AuditEvent(Kind.ACTOR, Outcome.DENIED, role, header))
            may = ", ".join(sorted(ALLOWED[verb]))
            raise RoleError(role=role, why=f"may not do this ({verb}); it is for: {may}")
        return role

    def _not_given(self) -> str:
        """Return why somebody cannot act in a role."""
        return f"privseg.yaml does not give it to {self._house.outside.user()}"
