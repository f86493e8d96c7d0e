# SPDX-License-Identifier: Apache-2.0
"""Changing the epoch, and who opens the keys; both on the log before they are durable.

``move`` writes the new container, copies what lies beside the old one, makes ``privseg.yaml`` name
the new place, changes the root key, and destroys the old container: in that order, so that a crash
at any step leaves a workspace that opens, and one container (``Keyring.move``).
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.errors import KeyInsideError
from privseg.engine.house import House
from privseg.engine.keys.places import container_at
from privseg.errors import InputError, StorageError
from privseg.loaders import load_workspace
from privseg.loaders.key_uri import KeyUri
from privseg.loaders.workspace import SETTINGS
from privseg.terms import StaffRole
from privseg.vault import Container, private_file
from privseg.vault.memory import BESIDE

_KEYS_LINE = re.compile(r"^keys:.*$", re.MULTILINE)


class SamePlaceError(InputError):
    """Keys were to be moved to where they are."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the keys are in {path}; nothing was changed: name another place, for the old one "
            "is destroyed at the end"
        )
        self.path = path


class SettingsNotWrittenError(StorageError):
    """privseg.yaml cannot be made to name the new place."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} cannot be written, or its keys: stands in more than one line; the keys are "
            "where they were: write keys: in one line, and mend the folder's permissions"
        )
        self.path = path


@dataclass(frozen=True, slots=True)
class Epoch:
    """A change of epoch: the ids of the root key before and after it, and where it lies."""

    before: str
    after: str
    scheme: str
    path: Path


def epoch(house: House) -> Epoch:
    """Return the epoch as it is: nothing was changed."""
    now = house.vault.keyring.root_id()
    return Epoch(now, now, house.config.key_scheme, house.key_file)


def rotate(house: House, *, role: StaffRole) -> Epoch:
    """Begin a new epoch: no copy of the workspace from before opens without a backup of then."""
    with house.db.transaction():
        before, after = house.vault.rotate()
        _log(house, "rotate", before, after, role)
    house.db.empty_journal()
    return Epoch(before, after, house.config.key_scheme, house.key_file)


def check_move(house: House, uri: KeyUri) -> Container:
    """Return the container that the keys would move to; nothing is changed.

    Raises:
        SamePlaceError, KeyInsideError, KeyFileExistsError: they cannot.
        ProviderUnknownError, ProviderRefusedError: nobody could open it.
    """
    target = container_at(uri, house.config.workspace_id, house.outside.key_secrets)
    if target.path.resolve() == house.key_file.resolve():
        raise SamePlaceError(target.path)
    if target.path.resolve().is_relative_to(house.config.root.resolve()):
        raise KeyInsideError(target.path)
    target.require_free()
    return target


def move(house: House, uri: KeyUri, *, role: StaffRole) -> Epoch:
    """Let another provider, or another place, hold the keys.

    Raises:
        SamePlaceError, KeyInsideError, KeyFileExistsError: they cannot be there.
        SecretMissingError, PassphraseWeakError, ProviderWeakError: the new one protects nothing.
        SettingsNotWrittenError, KeyFileWriteError: they are where they were.
    """
    target = check_move(house, uri)
    named = replace(uri, path=target.path)

    def announce() -> None:
        for source, copy in _beside(house, target.path.parent):
            _copy(source, copy)
        _name(house.config.root / SETTINGS, named)

    with house.db.transaction():
        before, after = house.vault.keyring.move(target, announce=announce)
        _log(house, "move", before, after, role, place=uri.scheme)
    house.config = load_workspace(house.config.root)
    house.remember_beside_keys()
    house.db.empty_journal()
    return Epoch(before, after, uri.scheme, target.path)


def _beside(house: House, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield what lies beside the container, and where it goes, if that is another folder."""
    if folder.resolve() == house.key_file.parent.resolve():
        return
    for what in BESIDE:
        source = house.key_file.with_name(f"{house.config.workspace_id}.{what}")
        if source.exists():
            yield source, folder / source.name


def _copy(source: Path, target: Path) -> None:
    """Copy a sealed note, durably; one that an earlier try left is replaced."""
    private_file.destroy(target)
    private_file.make(target, source.read_bytes())


def _name(settings: Path, uri: KeyUri) -> None:
    """Make the settings name the new place: the old or the new ones are there, whole.

    Raises:
        SettingsNotWrittenError: the old ones are untouched.
    """
    try:
        text = settings.read_text("utf-8")
        line = f"keys: {json.dumps(str(uri), ensure_ascii=False)}"
        found = _KEYS_LINE.findall(text)
        changed = _KEYS_LINE.sub(lambda _: line, text) if found else f"{text.rstrip()}\n{line}\n"
        _put(settings, changed)
        _require_named(settings, uri, text)
    except OSError:
        raise SettingsNotWrittenError(settings) from None


def _require_named(settings: Path, uri: KeyUri, before: str) -> None:
    """Put the old settings back where the new ones do not say what they should.

    Raises:
        SettingsNotWrittenError: they do not.
    """
    try:
        config = load_workspace(settings.parent)
        if KeyUri(config.key_scheme, config.key_name, config.keys) == uri:
            return
    except InputError:
        pass
    _put(settings, before)
    raise SettingsNotWrittenError(settings)


def _put(settings: Path, text: str) -> None:
    """Replace the settings, whole or not at all, durably, with their mode."""
    beside = settings.with_name(f".{settings.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as file:
            shutil.copymode(settings, beside)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(settings)
        _sync(settings.parent)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Make a name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _log(
    house: House, verb: str, before: str, after: str, role: StaffRole, *, place: str = ""
) -> None:
    header: dict[str, str | list[str]] = {"verb": verb, "previous": before, "epoch": after}
    more = {"place": place} if place else {}
    house.log.append(AuditEvent(Kind.KEY, Outcome.OK, role, {**header, **more}))
