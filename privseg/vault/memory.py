# SPDX-License-Identifier: Apache-2.0
"""What the vault remembers outside the workspace, beside the key container: erasures and backups.

An older copy of a workspace, put back with keys of its time, knows nothing of what was erased
since. These files do: sealed (their numbers and keyed hashes are personal data), authenticated, and
bound to the workspace and to what they are for. Their secrets are as old as the vault, so that
every copy of the workspace can open them.

INVARIANT: an erasure is remembered before it is committed. What is remembered and not in the
database either happened in a later state of this workspace, or was undone; the log says which.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from privseg.terms import Ordinal
from privseg.tlog.canonical import NotCanonicalError, canonical, parse_canonical
from privseg.vault import wrap
from privseg.vault.note import NoteForgedError, SealedNote
from privseg.vault.refusals import (
    SealBrokenError,
)

ERASURES: Final = "erasures"  # each names a secret of the vault, and a file beside the container
BACKUPS: Final = "backups"
BESIDE: Final = ("budget", BACKUPS, ERASURES)
"""What may lie beside a container under the workspace's name: it goes where the container goes."""


@dataclass(frozen=True, slots=True)
class RememberedErasure:
    """Somebody was erased when the log had ``size`` entries and the root hash ``root``.

    ``tags`` are the keyed hashes under which their identifiers are suppressed, ``marks`` those by
    which they are looked up: a copy may know the person by another number. An entry without them
    was made anew from the database, and only the number is known.
    """

    ordinal: Ordinal
    size: int
    root: str
    case: int
    at: str
    tags: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RememberedBackup:
    """A backup of the key of ``epoch``; ``forgotten_at`` says when it was told destroyed."""

    backup_id: str
    epoch: str
    made_at: str
    recipients: tuple[str, ...]
    forgotten_at: str = ""

    @property
    def is_outstanding(self) -> bool:
        """Return whether it may still be somewhere."""
        return not self.forgotten_at


class Memory:
    """One of the two files: a list, read and replaced as a whole."""

    def __init__(self, path: Path, *, workspace: str, what: str, key: bytes, mend: str) -> None:
        self._at = wrap.place("memory", workspace, what)
        self._seal_key = hmac.digest(key, b"seal", "sha256")
        self._mend = mend
        note_key = hmac.digest(key, b"note", "sha256")
        self.note = SealedNote(path, workspace=workspace, what=what, key=note_key)

    def __repr__(self) -> str:
        """Name the file only."""
        return f"Memory({self.note.path.name!r})"

    def read(self) -> list[dict[str, Any]] | None:
        """Return what is remembered; None where nothing ever was.

        Raises:
            NoteForgedError: it is not what this workspace wrote.
            NoteWriteError: it cannot be read.
        """
        try:
            said = self.note.read()
            if said is None:
                return None
            blob = base64.b64decode(said, validate=True)
            found: list[dict[str, Any]] = parse_canonical(
                wrap.unseal(self._seal_key, blob, self._at, what="a memory")
            )
        except (NoteForgedError, SealBrokenError, NotCanonicalError, binascii.Error):
            raise NoteForgedError(self.note.path, mend=self._mend) from None
        return found

    def write(self, entries: Iterable[dict[str, Any]]) -> None:
        """Replace it.

        Raises:
            NoteWriteError: it cannot be written; the old one is untouched.
        """
        sealed = wrap.seal(self._seal_key, canonical(list(entries)), self._at)
        self.note.write(base64.b64encode(sealed))


class Erasures:
    """The people erased, one entry each: the last one told counts."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def all(self) -> dict[Ordinal, RememberedErasure] | None:
        """Return what is remembered by person; None where nothing ever was."""
        found = self.memory.read()
        if found is None:
            return None
        made = (RememberedErasure(**_frozen(each)) for each in found)
        return {each.ordinal: each for each in made}

    def put(self, told: Iterable[RememberedErasure]) -> None:
        """Remember exactly these."""
        self.memory.write(_plain(each) for each in told)


class Backups:
    """The backups made, oldest first."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def all(self) -> tuple[RememberedBackup, ...]:
        """Return every backup that was ever made."""
        return tuple(RememberedBackup(**_frozen(each)) for each in self.memory.read() or [])

    def put(self, told: RememberedBackup) -> None:
        """Remember one, in place of what was known of it."""
        with self.memory.note.held():
            known = {each.backup_id: each for each in self.all()}
            self.memory.write(_plain(e) for e in {**known, told.backup_id: told}.values())


def _plain(entry: RememberedErasure | RememberedBackup) -> dict[str, Any]:
    """Return an entry as it is printed."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(entry).items()}


def _frozen(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a printed entry's fields."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()}
