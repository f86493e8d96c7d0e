# SPDX-License-Identifier: Apache-2.0
"""Whether anybody but the administrator could change who may do what.

The mapping of users to roles is only as good as the file that it stands in. So in production that
file, and the settings that name it, belong to root or to a user whom the mapping itself makes an
administrator, nobody else may write them, and nobody else may put something in their place: no
folder or link on the way is another user's, or open to others (a sticky folder, such as /tmp, lets
only the owner of an entry replace it: POSIX, unlink, [EPERM] with S_ISVTX).

Access lists count: their mask is what the group's bits of the mode show (POSIX.1e draft 17, 23.1).
A file that makes its own owner an administrator proves nothing: where the mapping differs from the
one seen last, its owner must have been an administrator there. Nor does a workspace act in another
folder than the one seen last before root or such an administrator has opened it there.

Whoever is root, or sits at an administrator's keyboard, can change the mapping; the log says that
it was changed, and by whom.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path, PurePath

from privseg.errors import PolicyError
from privseg.loaders import WorkspaceConfig
from privseg.loaders.workspace import SETTINGS, Environment
from privseg.terms import StaffRole

ROOT = 0  # the superuser's id
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
MOST_LINKS = 40  # Linux, path_resolution(7): more links in one path are a loop


class StaffExposedError(PolicyError):
    """Somebody else than the administrator could change who may do what; nobody may do anything."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"who may do what could be changed by others: {'; '.join(faults)}; "
            "in production nothing is done until root or an administrator mends that"
        )
        self.faults = faults


class StaffMissingError(PolicyError):
    """A workspace in production says of nobody what they may do."""

    def __init__(self) -> None:
        super().__init__(
            "privseg.yaml gives nobody a role, so in production nobody may do anything; "
            "as root or the administrator, say who may do what: staff: (see docs/how-to/roles.md)"
        )


class StaffSeizedError(PolicyError):
    """Somebody who was no administrator says who may do what; nobody may do anything under it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"who may do what is not what it was, and no administrator changed it: "
            f"{'; '.join(faults)}; in production only root, or who was administrator before, "
            "changes it: chown it to one of them, or put back what was there"
        )
        self.faults = faults


class WorkspaceElsewhereError(PolicyError):
    """The database was in use from another folder; nobody may do anything from this one."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"this workspace was not in {root} when it was opened last, and another folder could "
            "say anything of who may do what; if it was moved, let root or whoever was its "
            "administrator run this there once: privseg whoami"
        )
        self.root = root


def require_trusted(config: WorkspaceConfig) -> None:
    """Return if only the administrator can change who may do what; outside production always.

    Raises:
        StaffMissingError: the mapping is empty.
        StaffExposedError: somebody else could change it.
    """
    if config.environment is not Environment.PRODUCTION:
        return
    if not config.staff:
        raise StaffMissingError
    if found := faults(config):
        raise StaffExposedError(found)


def faults(config: WorkspaceConfig) -> tuple[str, ...]:
    """Return how somebody else could change who may do what; nothing when nobody could."""
    found = (fault for path in _named(config) for fault in _faults(path, config))
    return tuple(dict.fromkeys(found))


def seized(config: WorkspaceConfig, admins: Collection[str]) -> tuple[str, ...]:
    """Return what, on the way to the mapping, is neither root's nor one of ``admins``'."""
    try:
        owners = [(s, status.st_uid) for path in _named(config) for s, status in _way(path)]
    except OSError as error:
        return (f"it cannot be followed ({error.strerror or 'the system refuses'})",)
    found = (
        f"{step} belongs to {name_of(uid)}, who was no administrator"
        for step, uid in owners
        if uid != ROOT and name_of(uid) not in admins
    )
    return tuple(dict.fromkeys(found))


def name_of(uid: int) -> str:
    """Return the name of a user of this machine; of one without a name, the number."""
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _named(config: WorkspaceConfig) -> list[Path]:
    """Return the settings, and the file that they name."""
    return [config.root / SETTINGS, *([config.staff_file] if config.staff_file else [])]


def _faults(path: Path, config: WorkspaceConfig) -> Iterator[str]:
    """Yield what is wrong with one file, and with what leads to it."""
    try:
        for step, status in _way(path):
            yield from _of_step(step, status, config)
    except OSError as error:
        yield f"{path} cannot be followed ({error.strerror or 'the system refuses'})"


def _of_step(step: Path, status: os.stat_result, config: WorkspaceConfig) -> Iterator[str]:
    """Yield what is wrong with one folder or link on the way, or the file at its end."""
    owner = name_of(status.st_uid)
    is_admin = StaffRole.ADMIN in config.staff.get(owner, frozenset())
    if status.st_uid != ROOT and not is_admin:
        yield f"{step} belongs to {owner}, who is no administrator: chown it to one, or to root"
    is_link = stat.S_ISLNK(status.st_mode)  # its mode says nothing, its owner does
    is_sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    if status.st_mode & OTHERS_WRITE and not is_link and not is_sticky:
        yield f"{step} can be written by others: chmod go-w {step}"


def _way(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield every folder, link and file that is looked up on the way to ``path``, links followed.

    Raises:
        OSError: something on the way is not there, or the links go round.
    """
    here, links = Path("/"), 0
    yield here, here.lstat()
    rest = deque(path.absolute().parts[1:])
    while rest:
        name = rest.popleft()
        if name == "..":
            here = here.parent
            continue
        step = here / name
        status = step.lstat()
        yield step, status
        if not stat.S_ISLNK(status.st_mode):
            here = step
            continue
        links += 1
        if links > MOST_LINKS:
            raise OSError(0, "links without end")
        target = PurePath(step.readlink())
        here = Path("/") if target.is_absolute() else here
        rest.extendleft(reversed(target.parts[1:] if target.is_absolute() else target.parts))
