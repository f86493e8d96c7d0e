# SPDX-License-Identifier: Apache-2.0
"""The keyring: every other key, wrapped under the root key; and how the root is changed.

Changing the root is what makes an erasure reach old copies of the workspace: what they hold is
wrapped under a key that no longer exists anywhere. It has three steps:

1. the container is replaced by one with the old *and* the new root, durably;
2. one transaction wraps every key anew and names the new root;
3. the container is replaced by one with the new root alone (``settle``).

A crash before 2 leaves the database naming the old root, which is in the file; after 2 the new
one, which is in the file too. ``settle`` finishes either at the next opening.

INVARIANT: the key file is written only by a holder of the database's write lock, and step 3 only
when no transaction is open: the root it drops is named by no state that can come back.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from privseg.errors import PrivsegError
from privseg.vault import private_file, wrap
from privseg.vault.container import Container
from privseg.vault.key_refusals import (
    ForeignKeyFileError,
    KeyFileExistsError,
    RootKeyUnknownError,
)
from privseg.vault.keyfile import Environment, KeyFile, Root
from privseg.vault.memory import BESIDE
from privseg.vault.ports import KeyShelf, WrappedRow
from privseg.vault.refusals import (
    KeyDestroyedError,
    VaultMissingError,
)

SECRET = "secret"  # noqa: S105 - the kind's name


class Keyring:
    """The keys of one workspace; its ``repr`` shows none."""

    def __init__(
        self,
        shelf: KeyShelf,
        container: Path | Container,
        *,
        workspace: str,
        environment: Environment,
    ) -> None:
        self.workspace = workspace
        self._shelf = shelf
        self._container = Container.of(container)
        self._environment = environment
        self._roots: dict[str, Root] = {}
        self._is_settled = False

    def __repr__(self) -> str:
        """Name the workspace only."""
        return f"Keyring({self.workspace!r})"

    def root_id(self) -> str:
        """Return the id of the root key in force.

        Raises:
            VaultMissingError: the database has no vault of this workspace.
        """
        match self._shelf.vault_root():
            case (self.workspace, root_id):
                return root_id
            case _:
                raise VaultMissingError(self.workspace)

    def put(self, kind: str, name: str, key: bytes) -> None:
        """Wrap a key and store it, in place of an older one of that kind and name."""
        with self._shelf.transaction():
            self._shelf.put_wrapped([self._wrapped(self.root_id(), kind, name, key)])

    def get(self, kind: str, name: str) -> bytes:
        """Return a key.

        Raises:
            KeyDestroyedError: there is none (any more).
            SealBrokenError: it was changed, or moved here from another name.
        """
        found = self._shelf.wrapped(kind, name)
        if found is None:
            raise KeyDestroyedError(kind, name)
        return self._opened((kind, name, *found))

    def has(self, kind: str, name: str) -> bool:
        """Return whether there is such a key."""
        return self._shelf.wrapped(kind, name) is not None

    def names(self, kind: str) -> list[str]:
        """Return the names of every key of a kind."""
        return [row[1] for row in self._shelf.all_wrapped() if row[0] == kind]

    def of_kind(self, kind: str) -> dict[str, bytes]:
        """Return every key of a kind by name.

        Raises:
            SealBrokenError: one was changed, or moved here from another name.
        """
        return {row[1]: self._opened(row) for row in self._shelf.all_wrapped() if row[0] == kind}

    def drop(self, kind: str, name: str) -> None:
        """Destroy a key (its copies in older backups die with the next ``rotate``)."""
        self._shelf.drop_wrapped(kind, name)

    def secret(self, name: str) -> bytes:
        """Return the workspace's random secret of that name, made when first asked for."""
        if (found := self._shelf.wrapped(SECRET, name)) is not None:
            return self._opened((SECRET, name, *found))
        with self._shelf.transaction():  # two may ask at once: the first one makes it
            if self._shelf.wrapped(SECRET, name) is None:
                self.put(SECRET, name, wrap.new_key())
        return self.get(SECRET, name)

    def rotate(self) -> tuple[str, str]:
        """Wrap every key under a new root; return the ids of the old and the new one.

        Part of the open transaction; once that is durable the old root is destroyed.

        Raises:
            KeyFileWriteError: the key file cannot be replaced; nothing was changed.
        """
        with self._shelf.transaction():
            old, new = self.root_id(), Root.new()
            self._container.put(self._read().adding(new))
            self._roots[new.root_id], self._is_settled = new, False
            self._shelf.put_wrapped(
                [
                    self._wrapped(new.root_id, row[0], row[1], self._opened(row))
                    for row in self._shelf.all_wrapped()
                ]
            )
            self._shelf.set_vault_root(self.workspace, new.root_id)
            self._shelf.after_commit(self._prune)
        return old, new.root_id

    def settle(self) -> None:
        """Finish a change of root that was interrupted; cheap when there is none.

        Raises:
            RootKeyUnknownError: the key file does not hold the root that the database names.
        """
        self._root(self.root_id())
        if self._is_settled and not private_file.unfinished(self._container.path).exists():
            return
        with self._shelf.transaction():  # after_commit: never on a state that may be undone
            self._shelf.after_commit(self._prune)

    def held(self) -> KeyFile:
        """Return what the container holds, the root in force among it: for a backup.

        Call it in a transaction, as the container is written by holders of the write lock.

        Raises:
            RootKeyUnknownError: it does not hold the root that the database names.
        """
        found, root_id = self._read(), self.root_id()
        if not found.names(root_id):
            raise RootKeyUnknownError(root_id)
        return found.only(root_id).settled()

    def move(self, target: Container, *, announce: Callable[[], None]) -> tuple[str, str]:
        """Let another container hold the keys, under a new root; return the old and the new id.

        1. this container names the other one (``enters``), durably; 2. the other one is written and
        names this one (``leaves``); 3. ``announce`` makes it the one that the next opening reads;
        4. the root is changed (``rotate``), and after the commit this one is destroyed. A crash
        before 3 leaves this one in force and the next opening destroys the other; after 3 it is
        the other way round.

        Raises:
            KeyFileExistsError: something else stands in that place.
            KeyFileWriteError: nothing was changed.
        """
        with self._shelf.transaction():
            content = self._read()
            if content.enters == str(target.path) and target.belongs_to(self.workspace):
                private_file.destroy(target.path)  # what a try cut short in this process left
            target.require_free()
            self._container.put(replace(content, enters=str(target.path)))
            try:
                target.make(replace(content, leaves=str(self._container.path), enters=""))
            except PrivsegError:  # a passphrase that is too weak, a full disk: nothing is there
                self._container.put(content.settled())
                raise
            announce()
            self._container = target
            return self.rotate()

    def _prune(self) -> None:
        """Leave in the container the root that the database durably names, and no other.

        What the keys came from, or were about to go to, is destroyed.
        """
        with self._shelf.transaction():  # the write lock: nobody is between steps 1 and 2
            found, root_id = self._read(), self.root_id()
            if not found.names(root_id):
                raise RootKeyUnknownError(root_id)
            for other in (found.leaves, found.enters):
                self._destroy(other)
            left = found.only(root_id).settled()
            if left != found:
                self._container.put(left)
            private_file.discard(self._container.path)
            self._take(left)

    def _destroy(self, other: str) -> None:
        """Destroy the container that the keys left, or never entered, and what lies beside it.

        A stranger's file stays.
        """
        container = Container(Path(other))
        if not other or container.path == self._container.path:
            return
        if container.path.parent != self._container.path.parent:
            for what in BESIDE:
                note = container.path.with_name(f"{self.workspace}.{what}")
                lock = note.with_name(f".{note.name}.lock")
                for gone in (note, private_file.unfinished(note), lock):
                    private_file.destroy(gone)
        private_file.discard(container.path)
        if container.belongs_to(self.workspace):
            private_file.destroy(container.path)

    def _opened(self, row: WrappedRow) -> bytes:
        """Unwrap a stored key."""
        kind, name, root_id, blob = row
        at = wrap.place("key", self.workspace, root_id, kind, name)
        return wrap.unseal(self._root(root_id).key, blob, at, what=f"the {kind} key {name}")

    def _wrapped(self, root_id: str, kind: str, name: str, key: bytes) -> WrappedRow:
        """Wrap a key under a root, bound to its kind, name and workspace."""
        at = wrap.place("key", self.workspace, root_id, kind, name)
        return kind, name, root_id, wrap.seal(self._root(root_id).key, key, at)

    def _root(self, root_id: str) -> Root:
        """Return a root key, reading the file again when another process may have changed it.

        Raises:
            RootKeyUnknownError: the file does not hold it.
        """
        if root_id not in self._roots:
            self._take(self._read())
        if root_id not in self._roots:
            raise RootKeyUnknownError(root_id)
        return self._roots[root_id]

    def _read(self) -> KeyFile:
        """Open the container."""
        return self._container.read(workspace=self.workspace, environment=self._environment)

    def _take(self, found: KeyFile) -> None:
        """Know what the container holds."""
        self._roots = {root.root_id: root for root in found.roots}
        self._is_settled = len(found.roots) == 1 and found == found.settled()


def first_root(place: Container, workspace: str, environment: Environment) -> Root:
    """Return the first root key, from a new container or one that a cut-short ``create`` left."""
    if not os.path.lexists(place.path):
        root = Root.new()
        place.make(KeyFile(workspace, environment, (root,)))
        return root
    try:
        return place.read(workspace=workspace, environment=environment).roots[0]
    except ForeignKeyFileError:
        raise KeyFileExistsError(place.path) from None
