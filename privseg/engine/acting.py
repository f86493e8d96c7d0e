# SPDX-License-Identifier: Apache-2.0
"""Acting in a role: what every verb of a workspace asks before it does anything.

Who is at the keyboard is the user that the process runs as, by the operating system's user id:
``LOGNAME``, ``USER`` and ``SUDO_USER`` are anybody's to set and count for nothing. The workspace
maps users to roles; somebody whom it does not name cannot even open it. Python programs pass the
same gate as the command line.
"""

from __future__ import annotations

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.errors import NotOnStaffError, RoleError
from privseg.engine.house import House
from privseg.engine.roles import ALLOWED, USUAL, Verb, role_for
from privseg.engine.staff.log import note_staff
from privseg.terms import StaffRole

OPEN = "open"  # the verb of opening a workspace, on the log


class Acting:
    """A house, and the role that its verbs are done in.

    Raises:
        NotOnStaffError: the user at the keyboard has no role at all.
        RoleError: they do not have that one.
    """

    def __init__(self, house: House, role: StaffRole | None = None) -> None:
        self._house = house
        self._role: StaffRole | None = None
        note_staff(house)
        if not house.roles():
            self._deny(OPEN, role, "not on the staff")
            raise NotOnStaffError(house.outside.user(), role=role)
        self.role = role

    @property
    def role(self) -> StaffRole | None:
        """The role chosen to act in; None lets each verb take its usual one."""
        return self._role

    @role.setter
    def role(self, role: StaffRole | None) -> None:
        role = None if role is None else StaffRole(role)
        if role is not None:
            self._require_held(OPEN, role)
        self._role = role

    def _acting(self, verb: Verb) -> StaffRole:
        """Return the role to do ``verb`` in; one that may not is refused, and the log says so.

        Without a chosen role that is the verb's usual one, else another one that the user holds
        and that may do it.

        Raises:
            RoleError: as it says; nothing was done.
        """
        role = self._role or role_for(verb, self._house.roles()) or USUAL[verb]
        self._require_held(verb, role)
        if role not in ALLOWED[verb]:
            self._deny(verb, role, "the role may not")
            raise RoleError(role=role, why=f"may not do this ({verb}); it is for: {_for(verb)}")
        return role

    def _require_held(self, verb: str, role: StaffRole) -> None:
        """Refuse a role that the user at the keyboard does not have.

        Raises:
            RoleError: as it says; the log says so, too.
        """
        if role not in self._house.roles():
            self._deny(verb, role, "the role is not held")
            raise RoleError(role=role, why=self._not_given())

    def _deny(self, verb: str, role: StaffRole | None, reason: str) -> None:
        """Put a refusal on the log; who was refused is in its body."""
        asked = str(role) if role else "none"
        header: dict[str, str | list[str]] = {"verb": verb, "role": asked, "reason": reason}
        actor = role or StaffRole.MARKETER  # an entry needs one: that which may do least
        self._house.log.append(AuditEvent(Kind.ACTOR, Outcome.DENIED, actor, header))

    def _not_given(self) -> str:
        """Return why somebody cannot act in a role."""
        return f"privseg.yaml does not give it to {self._house.outside.user()}"


def _for(verb: Verb) -> str:
    """Return the roles that may do something, as text."""
    return ", ".join(sorted(ALLOWED[verb]))
