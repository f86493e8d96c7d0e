# SPDX-License-Identifier: Apache-2.0
"""The verbs of a workspace about its keys: for administrators, who read nobody's data with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from privseg.engine.acting import Acting
from privseg.engine.audit import keys as audit_keys
from privseg.engine.keys import backups as keys_backups
from privseg.engine.keys import moving as keys_moving
from privseg.engine.keys import recovery as keys_recovery
from privseg.engine.keys.backups import BackupView, Forgotten
from privseg.engine.keys.moving import Epoch
from privseg.engine.keys.recovery import KeysRecovery
from privseg.engine.roles import Verb
from privseg.loaders.key_uri import KeyUri
from privseg.vault.backup import Backup
from privseg.vault.recipients import Recipient


class KeyVerbs(Acting):
    """What can be done with the keys of a workspace."""

    def rotate_keys(self, *, dry_run: bool = False) -> Epoch:
        """Begin a new epoch: copies of the workspace from before open only with a backup of then.

        Raises:
            KeyFileWriteError: nothing was changed.
        """
        role = self._acting(Verb.KEYS)
        if dry_run:
            return keys_moving.epoch(self._house)
        return keys_moving.rotate(self._house, role=role)

    def move_keys(self, uri: str, *, dry_run: bool = False) -> Epoch:
        """Let another provider, or another place, hold the keys; the old container is destroyed.

        Raises:
            KeyUriError, SamePlaceError, KeyInsideError, KeyFileExistsError: they cannot be there.
            KeyAccessError: the new one does not protect them.
            SettingsNotWrittenError, KeyFileWriteError: they are where they were.
        """
        role = self._acting(Verb.KEYS)
        parsed = KeyUri.parse(uri, self._house.config.root)
        if dry_run:
            target = keys_moving.check_move(self._house, parsed)
            return replace(keys_moving.epoch(self._house), scheme=target.scheme, path=target.path)
        return keys_moving.move(self._house, parsed, role=role)

    def rotate_audit_key(self, *, reason: str) -> audit_keys.Rotated:
        """Let a new key sign the audit log; the old one signs that it does, and is destroyed.

        Raises:
            HeaderError: the reason is none that an entry may state; nothing was changed.
            AuditWriteError: the log cannot be written; nothing was changed.
        """
        role = self._acting(Verb.KEYS)
        return audit_keys.rotate(self._house, reason=reason, role=role)

    def back_up_keys(self, recipients: Sequence[str], out: Path) -> BackupView:
        """Seal the root key for recipients into a new file outside the workspace.

        Raises:
            NoRecipientError: one of them is none, or mistyped.
            BackupInsideError, KeyFileExistsError, KeyFileWriteError: not there.
        """
        role = self._acting(Verb.KEYS)
        to = [Recipient.parse(text) for text in recipients]
        return keys_backups.back_up(self._house, to, out, role=role)

    def key_backups(self) -> list[BackupView]:
        """Return every backup that was made, oldest first."""
        self._acting(Verb.KEYS)
        return keys_backups.listed(self._house)

    def forget_key_backup(self, backup_id: str) -> Forgotten:
        """Record that a backup was destroyed; receipts that it kept provisional become final.

        Raises:
            UnknownBackupError: there is none of that id.
        """
        role = self._acting(Verb.KEYS)
        return keys_backups.forget(self._house, backup_id, role=role)

    def _say_restored(self, backup: Backup) -> None:
        """Write on the log that the keys came from a backup."""
        keys_backups.say_restored(self._house, backup, role=self._acting(Verb.KEYS))

    def _recover_keys(self, *, yes: bool) -> KeysRecovery:
        """Go on with an older copy of a workspace: see ``keys.recovery``."""
        return keys_recovery.recover(self._house, role=self._acting(Verb.RECOVER), yes=yes)
