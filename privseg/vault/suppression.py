# SPDX-License-Identifier: Apache-2.0
"""Who was erased and must not come back by an old file: keyed hashes of their identifiers, no more.

Whoever comes back of their own accord is let in again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from privseg.pseudonym import blind_index, canonical_form, identifies
from privseg.terms import SubjectId
from privseg.vault.bound import Bound, People
from privseg.vault.enrol import Named
from privseg.vault.keyring import Keyring
from privseg.vault.ports import VaultStorage
from privseg.vault.secrets_kept import KeptSecrets

SUPPRESSION = "suppression"  # names the secret of the hashes


class Suppression(KeptSecrets):
    """The part of the vault that keeps people out who were erased."""

    def __init__(self, storage: VaultStorage, keyring: Keyring) -> None:
        super().__init__(keyring)
        self.bound = Bound(storage, keyring)
        self._storage = storage

    def suppressed(self, subject: SubjectId) -> bool:
        """Return whether whoever has this identifier was erased and must not be enrolled again."""
        with self.bound.reading(People.SUPPRESSION):
            return bool(self._storage.suppressed([self._suppression_tag(subject)]))

    def lift_suppression(self, subject: SubjectId) -> None:
        """Let somebody be enrolled again who came back of their own accord, by any identifier."""
        with self.bound.changing(People.SUPPRESSION):
            self._storage.lift([self._suppression_tag(subject)])

    def suppress(self, tags: Sequence[bytes]) -> None:
        """Let nobody be enrolled by what these keyed hashes stand for."""
        with self.bound.changing(People.SUPPRESSION):
            self._storage.suppress(tags)

    def tags_of(self, subjects: Sequence[SubjectId]) -> list[bytes]:
        """Return the keyed hashes under which identifiers of one person would be suppressed."""
        return [self._suppression_tag(s) for s in subjects if identifies(s.kind)]

    def _suppresses(self) -> Callable[[Sequence[Named]], bool]:
        """Return the test of whether a row is about somebody suppressed."""
        self.bound.check(People.SUPPRESSION)
        if not self._storage.suppresses_anybody():
            return lambda _row: False
        return lambda row: bool(
            self._storage.suppressed(
                [self._suppression_tag(n.subject) for n in row if n.tag is not None]
            )
        )

    def _suppression_tag(self, subject: SubjectId) -> bytes:
        """Return the keyed hash under which an identifier is suppressed."""
        return blind_index(self.secret(SUPPRESSION), subject.kind, canonical_form(subject))
