# SPDX-License-Identifier: Apache-2.0
"""A workspace and its verbs: what Python programs and the command line call."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self

from privseg.engine.beginning import abandon, begin, finish, forget_notes, lay, require_finished
from privseg.engine.budget.recovery import Recovery
from privseg.engine.errors import WorkspaceMissingError
from privseg.engine.house import House
from privseg.engine.keys.backups import require_admin, restore
from privseg.engine.keys.places import key_path
from privseg.engine.keys.recovery import KeysRecovery
from privseg.engine.opening import require_address
from privseg.engine.outside import Outside
from privseg.engine.workspace.answers import AnswerVerbs
from privseg.engine.workspace.budget import BudgetVerbs
from privseg.engine.workspace.consent import ConsentVerbs
from privseg.engine.workspace.data import DataVerbs
from privseg.engine.workspace.due import DueVerbs
from privseg.engine.workspace.erasure import ErasureVerbs
from privseg.engine.workspace.exact import ExactVerbs
from privseg.engine.workspace.keys import KeyVerbs
from privseg.engine.workspace.learning import LearningVerbs
from privseg.engine.workspace.letters import LetterVerbs
from privseg.engine.workspace.policy import PolicyVerbs
from privseg.engine.workspace.recipients import RecipientVerbs
from privseg.engine.workspace.record import RecordVerbs
from privseg.engine.workspace.reports import ReportVerbs
from privseg.engine.workspace.requests import RequestVerbs
from privseg.engine.workspace.rights import RightsVerbs
from privseg.engine.workspace.segments import SegmentVerbs
from privseg.engine.workspace.staff import StaffVerbs
from privseg.engine.workspace.systems import SystemVerbs
from privseg.engine.workspace.who import WhoVerbs
from privseg.errors import KeyAccessError
from privseg.loaders import DocumentError, Shipped, WorkspaceConfig, load_workspace
from privseg.loaders.workspace import SETTINGS
from privseg.store import DatabaseError
from privseg.terms import StaffRole
from privseg.vault.backup import Backup


class Workspace(
    AnswerVerbs,
    BudgetVerbs,
    ConsentVerbs,
    DataVerbs,
    PolicyVerbs,
    ReportVerbs,
    SegmentVerbs,
    RecipientVerbs,
    RecordVerbs,
    RequestVerbs,
    DueVerbs,
    SystemVerbs,
    RightsVerbs,
    ErasureVerbs,
    ExactVerbs,
    KeyVerbs,
    LearningVerbs,
    LetterVerbs,
    StaffVerbs,
    WhoVerbs,
):
    """One controller's people, consents, rules and log. Close it, or use it in a ``with`` block.

    Every verb acts in one role, and the log says which.
    """

    def __init__(self, house: House, role: StaffRole | None = None) -> None:
        super().__init__(house, role)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def open(
        cls,
        folder: str | PathLike[str],
        *,
        role: StaffRole | None = None,
        outside: Outside | None = None,
    ) -> Self:
        """Open the workspace that ``folder`` is or lies in.

        Raises:
            WorkspaceMissingError: there is none.
            RoleError: privseg.yaml does not give the user at the keyboard that role.
            KeyAccessError: the root key is missing, exposed or another one.
            AuditLogTamperedError: the log is not what it was; nothing is read.
        """
        config = load_workspace(_root_of(Path(folder)))
        house = House(config, outside or Outside(), new=False)
        try:
            return cls(house, role)
        except BaseException:
            house.db.close()
            raise

    @classmethod
    def create(
        cls,
        folder: str | PathLike[str],
        *,
        time_zone: str = "UTC",
        starter: Shipped = Shipped.STARTER,
        keys: Path | str | None = None,
        database: str | None = None,
        outside: Outside | None = None,
    ) -> Self:
        """Make a workspace in a new or empty folder and open it as its administrator.

        ``database`` is a file in it, or the address of a PostgreSQL server.

        Raises:
            WorkspaceExistsError: there is something in the folder; nothing was changed.
            DatabaseError: no database can be made there; the folder is as it was.
            WorkspaceNotMadeError: the folder cannot be written; the same command begins again.
        """
        root = Path(folder)
        require_address(database)
        named, given = begin(root), outside or Outside()
        try:
            lay(root, _settings(named, time_zone, keys, given.user(), database), starter)
            config = load_workspace(root)
            forget_notes(named, beside=key_path(config))
            made = cls(House(config, given, new=True))
        except (DatabaseError, DocumentError, KeyAccessError):
            abandon(root)
            raise
        finish(root)
        return made

    @classmethod
    def recover_budget(
        cls,
        folder: str | PathLike[str],
        *,
        role: StaffRole | None = None,
        outside: Outside | None = None,
        yes: bool = False,
    ) -> Recovery:
        """Go on with a copy of a workspace that lacks charges made to its people's budget.

        What another copy charged is charged here. Without ``yes`` it only says what that means.

        Raises:
            RoleError: it is for the compliance officer.
        """
        with cls._recovering(load_workspace(_root_of(Path(folder))), outside, role) as opened:
            return opened._recover_budget(yes=yes)  # noqa: SLF001  # ours

    @classmethod
    def recover_keys(
        cls,
        folder: str | PathLike[str],
        *,
        role: StaffRole | None = None,
        outside: Outside | None = None,
        yes: bool = False,
    ) -> KeysRecovery:
        """Go on with an older copy of a workspace: erase again whoever was erased since.

        Without ``yes`` it only says what that means.

        Raises:
            RoleError: it is for the compliance officer.
        """
        with cls._recovering(load_workspace(_root_of(Path(folder))), outside, role) as opened:
            return opened._recover_keys(yes=yes)  # noqa: SLF001  # ours

    @classmethod
    def restore_keys(
        cls,
        folder: str | PathLike[str],
        *,
        backup: Path,
        identity: Path,
        role: StaffRole | None = None,
        outside: Outside | None = None,
        yes: bool = False,
    ) -> Backup:
        """Write a lost key container anew from a backup; without ``yes`` only try to.

        Raises:
            RoleError: it is for an administrator.
            OtherEpochError, KeyFileExistsError, KeyAccessError: it cannot be; nothing was changed.
        """
        config, given = load_workspace(_root_of(Path(folder))), outside or Outside()
        require_admin(config, given.user(), role)
        made = restore(config, backup, identity, secrets=given.key_secrets, yes=yes)
        if yes:
            with cls._recovering(config, given, role) as opened:
                opened._say_restored(made)  # noqa: SLF001  # ours
        return made

    @classmethod
    @contextmanager
    def _recovering(
        cls, config: WorkspaceConfig, outside: Outside | None, role: StaffRole | None
    ) -> Iterator[Self]:
        """Open a workspace that lacks what is remembered of it, to mend that alone."""
        house = House(config, outside or Outside(), new=False, recovering=True)
        try:
            yield cls(house, role)
        finally:
            house.db.close()

    @classmethod
    def temporary(cls, *, policy: str | PathLike[str], outside: Outside | None = None) -> Self:
        """Make a workspace in a temporary folder, its key included; gone when it is closed."""
        folder = tempfile.TemporaryDirectory(prefix="privseg-")
        root = Path(folder.name) / "workspace"
        made = cls.create(root, keys=Path(folder.name) / "root.json", outside=outside)
        made._temporary = folder  # noqa: SLF001  # ours
        made.use_policy(Path(policy))
        return made

    @property
    def key_file(self) -> Path:
        """Return where the root key lies."""
        return self._house.key_file

    @property
    def folder(self) -> Path:
        """Return the workspace's folder."""
        return self._house.config.root

    def close(self) -> None:
        """Give the database back; a temporary workspace is removed."""
        self._house.db.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def _root_of(folder: Path) -> Path:
    """Return the workspace that ``folder`` is or lies in."""
    start = folder.resolve()
    for candidate in (start, *start.parents):
        require_finished(candidate)
        if (candidate / SETTINGS).is_file():
            return candidate
    raise WorkspaceMissingError(folder)


def _settings(
    named: str, time_zone: str, keys: Path | str | None, user: str, database: str | None
) -> str:
    """Return the settings of a new workspace; its maker holds every role but auditor at first.

    No user may be both admin and auditor: who holds the keys does not judge the record.
    """
    roles = ", ".join(role for role in StaffRole if role is not StaffRole.AUDITOR)
    lines = [
        "privseg: workspace/1",
        f"id: {named}",
        "environment: development   # production refuses keys made for development",
        f'time_zone: "{time_zone}"   # of calendar windows and of the day an edition lasts',
        "staff:                     # which roles a user of this machine may act in",
        f'  "{user}": [{roles}]',
    ]
    places = {"keys": keys, "database": database}
    lines += [f"{name}: {json.dumps(str(said))}" for name, said in places.items() if said]
    return "\n".join(lines) + "\n"
