# SPDX-License-Identifier: Apache-2.0
"""Backups of the root keys: made for recipients, listed, restored, and told destroyed.

Law: a backup is on the log and remembered beside the keys before it exists. While it is outstanding
a copy of the workspace from its epoch can be opened, so receipts of later erasures are provisional
and name it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.erasure.receipts import settle_receipts
from privseg.engine.errors import RoleError, UnknownNameError
from privseg.engine.house import House
from privseg.engine.keys.places import container_of
from privseg.engine.opening import open_database
from privseg.engine.staff.trust import require_trusted
from privseg.errors import InputError, KeyAccessError
from privseg.loaders import WorkspaceConfig
from privseg.store import VaultTables
from privseg.terms import StaffRole
from privseg.vault import Environment, Secrets
from privseg.vault.backup import Backup, new_id
from privseg.vault.keyfile import require_usable
from privseg.vault.memory import RememberedBackup
from privseg.vault.passphrase import Passphrase
from privseg.vault.recipients import Identity, Recipient


class UnknownBackupError(UnknownNameError):
    """No backup has this id."""

    what = "backup"
    see = "privseg keys backups"


class BackupInsideError(InputError):
    """A backup was to be written into the workspace, whose copies it would open."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} lies in the workspace: whoever copies that has its keys, too; nothing was "
            "written: name a place outside"
        )
        self.path = path


class OtherEpochError(KeyAccessError):
    """A backup holds the key of another moment than this copy of the workspace."""

    def __init__(self, *, epoch: str, needed: str) -> None:
        super().__init__(
            f"this backup holds the key {epoch}, and this copy of the workspace needs {needed}: "
            "they are of different moments; nothing was changed: take a backup and a copy with no "
            "erasure between them"
        )
        self.epoch = epoch
        self.needed = needed


@dataclass(frozen=True, slots=True)
class BackupView:
    """A backup, and whether it holds the key in force; if not it opens older copies only."""

    backup_id: str
    epoch: str
    made_at: str
    recipients: int
    is_current: bool
    forgotten_at: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A backup told destroyed, and the requests whose receipts were signed anew for it."""

    backup_id: str
    requests: tuple[int, ...]


def back_up(
    house: House, recipients: Sequence[Recipient], out: Path, *, role: StaffRole
) -> BackupView:
    """Seal the key in force for recipients into a new file.

    Raises:
        BackupInsideError: ``out`` lies in the workspace.
        KeyFileExistsError, KeyFileWriteError: it cannot be written (it is listed all the same).
    """
    if out.resolve().is_relative_to(house.config.root.resolve()):
        raise BackupInsideError(out)
    backup_id, at = new_id(), house.now().isoformat()
    with house.db.transaction():
        content = house.vault.keyring.held()
        made = Backup.of(content, recipients, backup_id=backup_id, made_at=at)
        names = tuple(sorted(made.boxes))
        house.backups.put(RememberedBackup(backup_id, made.epoch, at, names))
        _log(house, "backup", backup_id, made.epoch, role)
    made.save(out)
    return listed(house)[-1]


def listed(house: House) -> list[BackupView]:
    """Return every backup, oldest first."""
    now = house.vault.keyring.root_id()
    return [
        BackupView(
            b.backup_id, b.epoch, b.made_at, len(b.recipients), b.epoch == now, b.forgotten_at
        )
        for b in house.backups.all()
    ]


def forget(house: House, backup_id: str, *, role: StaffRole) -> Forgotten:
    """Record that a backup was destroyed; receipts that only it kept provisional become final.

    Raises:
        UnknownBackupError: there is none of that id.
    """
    with house.db.transaction():
        known = {b.backup_id: b for b in house.backups.all()}
        if backup_id not in known:
            raise UnknownBackupError(backup_id, known=tuple(known))
        told = known[backup_id]
        _log(house, "forget-backup", backup_id, told.epoch, role)
        if told.is_outstanding:
            house.backups.put(replace(told, forgotten_at=house.now().isoformat()))
        return Forgotten(backup_id, tuple(settle_receipts(house, role=role)))


def require_admin(config: WorkspaceConfig, user: str, role: StaffRole | None) -> None:
    """Refuse whoever may not restore keys; there is no log that could be written without them.

    Raises:
        RoleError: they are not an administrator, or would act as something else.
        StaffExposedError: others can write who may do what.
    """
    require_trusted(config)
    if role not in {None, StaffRole.ADMIN}:
        raise RoleError(role=StaffRole(role), why="may not do this (keys); it is for: admin")
    if StaffRole.ADMIN not in config.staff.get(user, frozenset()):
        raise RoleError(role=StaffRole.ADMIN, why=f"privseg.yaml does not give it to {user}")


def check_restorable(config: WorkspaceConfig, backup: Backup) -> None:
    """Refuse a backup that does not open this copy of the workspace; nothing is changed.

    Raises:
        OtherEpochError: it is of another moment, or of another workspace.
    """
    with open_database(config, new=False) as db:
        needed = VaultTables(db).vault_root()
    if needed != (backup.workspace, backup.epoch):
        raise OtherEpochError(epoch=backup.epoch, needed="?" if needed is None else needed[1])


def restore(
    config: WorkspaceConfig, file: Path, identity: Path, *, secrets: Secrets, yes: bool
) -> Backup:
    """Write the container anew from a backup, where it is lost; without ``yes`` only try it.

    Raises:
        OtherEpochError: the backup does not open this copy of the workspace.
        KeyFileExistsError: a container is there; keys are never overwritten.
        NotForThisIdentityError, WrongSecretError: the backup does not open.
        ForeignKeyFileError, DevelopmentKeyError: its keys are not for here.
    """
    backup = Backup.load(file)
    check_restorable(config, backup)
    content = backup.open(Identity.load(identity, Passphrase(secrets.passphrase)), file)
    environment = Environment(config.environment)
    require_usable(file, content, workspace=config.workspace_id, environment=environment)
    container = container_of(config, secrets)
    container.require_free()
    if yes:
        container.make(content)
    return backup


def say_restored(house: House, backup: Backup, *, role: StaffRole) -> None:
    """Write on the log that the keys came from a backup."""
    _log(house, "restore", backup.backup_id, backup.epoch, role)


def _log(house: House, verb: str, backup_id: str, epoch: str, role: StaffRole) -> None:
    header: dict[str, str | list[str]] = {"verb": verb, "key_id": backup_id, "epoch": epoch}
    house.log.append(AuditEvent(Kind.KEY, Outcome.OK, role, header))
