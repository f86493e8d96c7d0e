# SPDX-License-Identifier: Apache-2.0
"""What key containers, their providers and their backups refuse. No message holds a secret."""

from __future__ import annotations

from pathlib import Path

from privseg.errors import InputError, KeyAccessError, StorageError


class KeyFileMissingError(KeyAccessError):
    """There is no key file where one should be."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"no key file at {path}; without it nothing can be decrypted: restore it from "
            "your own copy of it, or name its place in privseg.yaml"
        )
        self.path = path


class KeyFileExistsError(KeyAccessError):
    """A key file of another workspace, or one already in use, stands where one should be made."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"a key file is already at {path}, and keys are never overwritten; choose another place"
        )
        self.path = path


class KeyFileExposedError(KeyAccessError):
    """Others than the owner may read or write the key file."""

    def __init__(self, path: Path, mode: int) -> None:
        super().__init__(
            f"the key file {path} has mode {mode:04o}: others can reach it, so it may be known; "
            "run `chmod 600` on it, and rotate the keys if it was exposed"
        )
        self.path = path
        self.mode = mode


class KeyFileLinkError(KeyAccessError):
    """A link stands where a file with keys should be."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is a link, and whoever made it chooses which keys are read; "
            "nothing was read: name the file itself"
        )
        self.path = path


class KeyFileMalformedError(KeyAccessError):
    """The key file is not what this version writes."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the key file {path} is not usable: {why}; restore it from a backup")
        self.path = path
        self.why = why


class ForeignKeyFileError(KeyAccessError):
    """The key file belongs to another workspace."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the key file {path} belongs to another workspace; name the right one")
        self.path = path


class DevelopmentKeyError(KeyAccessError):
    """A key made for development was offered to a production workspace."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the key file {path} is marked for development and may be known to many; "
            "make a workspace with a production key and import the data there"
        )
        self.path = path


class ProductionKeyError(KeyAccessError):
    """A key made for production was offered to a development workspace."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the key file {path} is for production, and this workspace says development, where "
            "less is checked; nothing was read: put `environment: production` back"
        )
        self.path = path


class RootKeyUnknownError(KeyAccessError):
    """The database names a root key that the key file does not hold."""

    def __init__(self, root_id: str) -> None:
        super().__init__(
            f"the key file does not hold root key {root_id}: the key file is older than the "
            "workspace, or the workspace is a copy from before an erasure, which nobody can "
            "read any more; use a key file and a workspace of the same moment or, with a backup "
            "of the key, see: privseg keys restore"
        )
        self.root_id = root_id


class KeyFileWriteError(StorageError):
    """The key file cannot be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the key file {path} cannot be written (full disk, or no permission), so a change of "
            "keys is not finished; mend that and open the workspace again, which finishes it"
        )
        self.path = path


class ProviderUnknownError(KeyAccessError):
    """``keys:`` names a provider that is not installed."""

    def __init__(self, scheme: str) -> None:
        super().__init__(
            f"no key provider {scheme!r} is installed (privseg has file, passphrase and "
            "environment); nothing was read: install its package or correct `keys:`"
        )
        self.scheme = scheme


class ProviderRefusedError(KeyAccessError):
    """A key provider could not do what it was asked for."""

    def __init__(self, scheme: str, why: str) -> None:
        super().__init__(
            f"the key provider {scheme!r} cannot be used: {why}; nothing was read: mend that"
        )
        self.scheme = scheme
        self.why = why


class ProviderWeakError(KeyAccessError):
    """What would protect the keys is too weak, or not what this version writes."""

    def __init__(self, scheme: str, why: str) -> None:
        super().__init__(
            f"the key provider {scheme!r} does not protect the keys: {why}; nothing was read or "
            "changed: give a sound one, or restore the container from a backup"
        )
        self.scheme = scheme
        self.why = why


class PassphraseWeakError(KeyAccessError):
    """A new passphrase can be guessed."""

    def __init__(self, least: int) -> None:
        super().__init__(
            f"a passphrase needs {least} characters, and more than a few different ones; nothing "
            "was changed: take several words that only you put together"
        )
        self.least = least


class WrongSecretError(KeyAccessError):
    """A container does not open: another passphrase or key, or it was changed."""

    def __init__(self, scheme: str) -> None:
        super().__init__(
            f"the key container does not open: the {scheme} secret is another one, or the "
            "container was changed; nothing was read: try again, or restore it from a backup"
        )
        self.scheme = scheme


class SecretMissingError(KeyAccessError):
    """Nobody and nothing tells the secret that opens the keys."""

    def __init__(self, where: str) -> None:
        super().__init__(f"the secret that opens the keys is not to be had: {where}")
        self.where = where


class OtherProviderError(KeyAccessError):
    """The container was sealed by another provider than ``keys:`` names."""

    def __init__(self, path: Path, *, sealed_by: str, asked: str) -> None:
        super().__init__(
            f"the keys in {path} are for the provider {sealed_by!r}, not {asked!r}; nothing was "
            "read: correct `keys:` in privseg.yaml, or run: privseg keys move"
        )
        self.path = path
        self.sealed_by = sealed_by
        self.asked = asked


class NoRecipientError(InputError):
    """A text is no recipient of backups, or was mistyped."""

    def __init__(self) -> None:
        super().__init__(
            "that is no recipient, or it was mistyped; nothing was written: give the line that "
            "`privseg keys recipient` printed"
        )


class NotForThisIdentityError(KeyAccessError):
    """A backup does not open under this identity."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the backup {path} was not made for this identity, or was changed; nothing was "
            "restored: name the identity file of one of its recipients"
        )
        self.path = path
