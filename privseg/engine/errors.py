# SPDX-License-Identifier: Apache-2.0
"""What the engine refuses: unknown names, roles that are not yours, runs that were cut short."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from privseg.dsr.identity import IdentityNeed
from privseg.errors import (
    DisclosureError,
    InputError,
    IntegrityError,
    KeyAccessError,
    PolicyError,
    StorageError,
)
from privseg.terms import StaffRole


class UnknownNameError(InputError):
    """Something is named that is not there; nothing was changed."""

    what = "name"
    see = "privseg --help"

    def __init__(self, name: str, *, known: tuple[str, ...]) -> None:
        close = get_close_matches(name, known, n=1)
        hint = f'; did you mean "{close[0]}"?' if close else f"; see them with: {self.see}"
        super().__init__(f"there is no {self.what} {name[:60]!a}{hint}")
        self.name = name
        self.known = known


class UnknownSourceError(UnknownNameError):
    """The catalogue has no such source."""

    what = "source"
    see = "privseg source list"


class UnknownReportError(UnknownNameError):
    """Neither a report nor a segment has this name."""

    what = "report or segment"
    see = "privseg segment guide"


class BrokenSegmentError(InputError):
    """A segment's file has a mistake, or it refers to one that has; nothing can be asked of it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{why}; mend it first, with: privseg segment check {name}")
        self.name = name
        self.why = why


class WorkspaceMissingError(InputError):
    """A folder is no workspace."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is no workspace (no privseg.yaml in it or above it); "
            "make one with: privseg init FOLDER"
        )
        self.folder = folder


class WorkspaceExistsError(InputError):
    """A workspace is to be made where something is already; nothing was changed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not empty; name a new folder, nothing was changed")
        self.folder = folder


class RoleError(PolicyError):
    """The user at the keyboard does not hold a role, or the role may not do this."""

    def __init__(self, *, role: StaffRole | None, why: str) -> None:
        super().__init__(f"role {role}: {why}" if role else why)
        self.role = role


class NotOnStaffError(RoleError):
    """The user at the keyboard has no role in this workspace at all."""

    def __init__(self, user: str, *, role: StaffRole | None) -> None:
        super().__init__(
            role=role,
            why=f"privseg.yaml does not give {user} any role, so nothing here is for them; "
            "ask the administrator to name them under staff:",
        )
        self.user = user


class RunFailedError(DisclosureError):
    """A run failed after its cost was charged. The message never depends on the data."""

    def __init__(self) -> None:
        super().__init__(
            "the run failed after its cost was charged, and what is charged stays charged; "
            "see: privseg audit tail; then run it again"
        )


class SegmentRunFailedError(DisclosureError):
    """A run of segments failed; nothing of it was kept. The message never depends on the data."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            "the run failed and nothing of it was kept; see: privseg audit tail; then run it again"
        )


class RequestWithoutPersonError(InputError):
    """A request is about nobody here: unknown when it was opened, or erased since."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} is about nobody held here (never known, or erased since); "
            "tell the person so, and check how the identifier was spelled"
        )
        self.number = number


class IdentityNeededError(PolicyError):
    """A request is to be run whose person is not identified as the law asks; nothing was read."""

    def __init__(self, number: int, need: IdentityNeed) -> None:
        super().__init__(
            f"request {number} needs the person identified ({need.value}) before it is run; "
            f"nothing was read; see how with: privseg dsr verify --help"
        )
        self.number = number
        self.need = need


class UnknownPersonGivenError(InputError):
    """Nobody here goes by the identifier that was given."""

    def __init__(self) -> None:
        super().__init__(
            "nobody here goes by the identifier given, so there is nothing to hand out; "
            "check it and its kind (--id-kind)"
        )


class NoSuchConsentError(InputError):
    """A person did nothing that could be proved, or nothing at a position."""

    def __init__(self, position: int | None) -> None:
        where = "" if position is None else f" at ledger position {position}"
        super().__init__(
            f"the record holds no such act of this person{where}; "
            "privseg consent show --id-from - lists them"
        )
        self.position = position


class NothingImportedError(InputError):
    """A report reads a source that has no data yet; nothing was charged."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f'source "{source}" has no data yet, nothing was charged; '
            f"bring it in with: privseg source import {source} FILE"
        )
        self.source = source


class KeyInsideError(KeyAccessError):
    """The root key file would lie in the workspace: a copy of the folder would open itself."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the root key file {path} lies inside the workspace, so a copy of it would open "
            "itself; name a place outside (keys: in privseg.yaml, or PRIVSEG_KEYS)"
        )
        self.path = path


class AnswerNotWrittenError(StorageError):
    """An answer or receipt could not be written; it can be asked for again."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the answer could not be written ({why}); "
            "name another folder with --out and run the request again"
        )


class AnswerThereError(InputError):
    """A file is to be written where one is already; it was left alone."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} is there already, and is not overwritten; name a new file")
        self.path = path


class LogMissingError(IntegrityError):
    """A workspace that is not new has no audit log: somebody removed it."""

    def __init__(self) -> None:
        super().__init__(
            "this workspace has no audit log any more, so nothing is read; "
            "keep it as it is and restore the log from a copy"
        )


class NotAReleaseError(IntegrityError):
    """A file is no release that could be checked."""

    def __init__(self) -> None:
        super().__init__(
            "this is no release that can be checked (a number or text in it is out of all "
            "bounds); do not rely on it"
        )
