# SPDX-License-Identifier: Apache-2.0
"""The keyring: every other key, wrapped under the root key; and how the root is changed.

Changing the root is what makes an erasure reach old copies of the workspace: what they hold is
wrapped under a key that no longer exists anywhere. It has three steps:

1. the key file is replaced by one with the old *and* the new root, durably;
2. one transaction wraps every key anew and names the new root;
3. the key file is replaced by one with the new root alone (``settle``).

A crash before 2 leaves the database naming the old root, which is in the file; after 2 the new
one, which is in the file too. ``settle`` finishes either at the next opening.

INVARIANT: the key file is written only by a holder of the database's write lock, and step 3 only
when no transaction is open: the root it drops is named by no state that can come back.
"""

from __future__ import annotations

from pathlib import Path

from privseg.vault import keyfile, wrap
from privseg.vault.keyfile import Environment, KeyFile, Root
from privseg.vault.ports import KeyShelf, WrappedRow
from privseg.vault.refusals import (
    KeyDestroyedError,
    RootKeyUnknownError,
    VaultMissingError,
)

SECRET = "secret"  # noqa: S105 - the kind's name


class Keyring:
    """The keys of one workspace; its ``repr`` shows none."""

    def __init__(
        self, shelf: KeyShelf, path: Path, *, workspace: str, environment: Environment
    ) -> None:
        self.workspace = workspace
        self._shelf = shelf
        self._path = path
        self._environment = environment
        self._roots: dict[str, Root] = {}

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

    def drop(self, kind: str, name: str) -> None:
        """Destroy a key (its copies in older backups die with the next ``rotate``)."""
        self._shelf.drop_wrapped(kind, name)

    def secret(self, name: str) -> bytes:
        """Return the workspace's random secret of that name, made when first asked for."""
        if self._shelf.wrapped(SECRET, name) is None:
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
            keyfile.put(self._path, self._read().adding(new))
            self._roots[new.root_id] = new
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
        if len(self._roots) == 1 and not keyfile.unfinished(self._path.resolve()).exists():
            return
        with self._shelf.transaction():  # after_commit: never on a state that may be undone
            self._shelf.after_commit(self._prune)

    def _prune(self) -> None:
        """Leave in the key file the root that the database durably names, and no other."""
        with self._shelf.transaction():  # the write lock: nobody is between steps 1 and 2
            found, root_id = self._read(), self.root_id()
            if root_id not in {root.root_id for root in found.roots}:
                raise RootKeyUnknownError(root_id)
            if len(found.roots) > 1:
                keyfile.put(self._path, found.only(root_id))
            keyfile.discard(self._path)
            self._roots = {r.root_id: r for r in found.only(root_id).roots}

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
            self._roots = {root.root_id: root for root in self._read().roots}
        if root_id not in self._roots:
            raise RootKeyUnknownError(root_id)
        return self._roots[root_id]

    def _read(self) -> KeyFile:
        """Read the key file."""
        return keyfile.read(self._path, workspace=self.workspace, environment=self._environment)
