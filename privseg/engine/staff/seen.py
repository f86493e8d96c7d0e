# SPDX-License-Identifier: Apache-2.0
"""Who might do what when the workspace was opened last, and where it lay, sealed in the database.

Users are employees, so nothing of it is stored in clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from privseg.engine.house import House
from privseg.errors import IntegrityError
from privseg.store.staff import SqlStaffSeen
from privseg.terms import StaffRole
from privseg.tlog import canonical, parse_canonical
from privseg.vault import wrap
from privseg.vault.padding import padded, unpadded

STAFF = "staff"  # names the setting, its verb on the log, and the secret that seals what was seen

Said = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A mapping of users to roles, and the workspace's folder, every link in it followed."""

    staff: Said
    root: str

    @property
    def admins(self) -> frozenset[str]:
        """Return the users whom the mapping makes administrators."""
        return frozenset(user for user, roles in self.staff.items() if StaffRole.ADMIN in roles)


def seen_last(house: House) -> Seen | None:
    """Return what was seen last; None when nothing was, or it does not open any more."""
    if (sealed := SqlStaffSeen(house.db).sealed()) is None:
        return None
    try:
        key = house.vault.secret(STAFF)
        text = unpadded(wrap.unseal(key, sealed, _at(house), what="the staff seen last"))
        found = parse_canonical(text)
    except (IntegrityError, ValueError):
        return None  # changed by somebody: then the whole mapping is told anew
    return Seen(found["staff"], found["root"])


def keep(house: House, seen: Seen, *, audit_index: int) -> None:
    """Remember what is seen now, in place of what was; its length tells little."""
    text = canonical({"root": seen.root, "staff": seen.staff})
    sealed = wrap.seal(house.vault.secret(STAFF), padded(text), _at(house))
    SqlStaffSeen(house.db).keep(sealed, audit_index=audit_index)


def _at(house: House) -> bytes:
    """Return the place of what was seen last."""
    return wrap.place(STAFF, house.config.workspace_id)
