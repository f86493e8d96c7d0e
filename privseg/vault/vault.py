# SPDX-License-Identifier: Apache-2.0
"""The vault: it alone knows who is behind an ordinal, and holds every key of the workspace.

Direct identifiers stop here. Everything else in the workspace speaks of ordinals; what leaves it
speaks of pseudonyms of one domain. Nothing secret is kept between calls but the root key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from pyroaring import FrozenBitMap

from privseg.pseudonym import (
    Domain,
    Pseudonym,
    domain_key,
    identifies,
    pseudonym,
)
from privseg.terms import Ordinal, SubjectId
from privseg.vault import enrol, wrap
from privseg.vault.bonds import Bonds
from privseg.vault.bound import People
from privseg.vault.container import Container
from privseg.vault.enrol import Indexer
from privseg.vault.erasure import RESIDUES, SUPPRESSION_RESIDUE, ErasureFacts, Expels
from privseg.vault.identities import Identities
from privseg.vault.keyfile import Environment
from privseg.vault.keyring import Keyring, first_root
from privseg.vault.memory import BACKUPS, ERASURES
from privseg.vault.pages import Pages, bucket_of
from privseg.vault.people import Population
from privseg.vault.ports import VaultStorage
from privseg.vault.refusals import (
    IdentifierTakenError,
    NothingIdentifiesError,
    VaultExistsError,
)
from privseg.vault.suppression import SUPPRESSION, Suppression

_INDEX = "blind-index"
_BONDS = "identity-bonds"
_PSEUDONYMS = "pseudonyms"
_CONSENT_EVENTS = "consent-event"  # of the engine: asked for while the log is read
BORN_WITH = (_INDEX, _BONDS, SUPPRESSION, _PSEUDONYMS, ERASURES, BACKUPS, _CONSENT_EVENTS)
"""Secrets as old as the vault: every copy of the workspace, however old, has the same ones."""


class Vault(Suppression):
    """The vault of one workspace. Make one with ``create`` or ``open``."""

    def __init__(self, storage: VaultStorage, keyring: Keyring) -> None:
        super().__init__(storage, keyring)
        self.population = Population(storage, self.bound)
        self._pages = Pages(storage, keyring)
        self.bonds = Bonds(storage, lambda: self.secret(_BONDS))
        self._identities = Identities(storage, self._pages, self.bonds, keyring.workspace)

    def __repr__(self) -> str:
        """Name the workspace only."""
        return f"Vault({self.keyring.workspace!r})"

    @classmethod
    def create(
        cls,
        storage: VaultStorage,
        key_file: Path | Container,
        *,
        workspace: str,
        environment: Environment = Environment.PRODUCTION,
    ) -> Self:
        """Make a vault and its key file (which is taken as it is after a ``create`` cut short).

        Raises:
            VaultExistsError: the database has one.
            KeyFileExistsError: the place is taken by another workspace's key file.
            KeyFileWriteError: the key file's folder cannot be written.
        """
        with storage.transaction():
            if storage.vault_root() is not None:
                raise VaultExistsError
            root = first_root(Container.of(key_file), workspace, environment)
            storage.set_vault_root(workspace, root.root_id)
        made = cls.open(storage, key_file, workspace=workspace, environment=environment)
        for name in BORN_WITH:
            made.secret(name)
        made.bound.begin()
        return made

    @classmethod
    def open(
        cls,
        storage: VaultStorage,
        key_file: Path | Container,
        *,
        workspace: str,
        environment: Environment = Environment.PRODUCTION,
    ) -> Self:
        """Open the vault, finishing a change of root that a crash interrupted.

        Raises:
            VaultMissingError: the database has none of this workspace.
            KeyAccessError: the key file is missing, exposed, foreign, for development only, or
                does not hold the root that the database names.
        """
        keyring = Keyring(storage, key_file, workspace=workspace, environment=environment)
        keyring.settle()
        return cls(storage, keyring)

    def enrol(self, people: Sequence[Sequence[SubjectId]]) -> list[Ordinal | None]:
        """Return who each row is about, enrolling those who are new (``enrol`` says by what rule).

        None stands for somebody who was erased and must not come back by an old file.

        Raises:
            IdentifierError: an identifier is not of its kind (with its row's number).
            NothingIdentifiesError: a row has no identifier of one person only.
            IdentifierConflictError: identifiers of a row belong to different people.
            SealBrokenError: an identifier leads to somebody whom it was not enrolled for, or a list
                of people is not as the vault left it.
        """
        with self.bound.changing(People.NUMBERS):
            indexer = self._indexer()
            named = enrol.named_rows(people, indexer)
            plan = enrol.plan(named, self._storage, self.bonds, indexer, self._suppresses())
            self._identities.add(plan)
            return plan.ordinals

    def resolve(self, subject: SubjectId) -> Ordinal | None:
        """Return whose identifier it is; None when nobody's.

        Raises:
            IdentifierError: it is not of its kind.
            UnknownIdentifierKindError: people may share it.
            SealBrokenError: it leads to somebody whom it was not enrolled for.
        """
        return self.resolve_many([subject])[0]

    def resolve_many(self, subjects: Sequence[SubjectId]) -> list[Ordinal | None]:
        """Return whose identifier each one is, in order."""
        indexer = self._indexer()
        tags = [indexer.tag(subject) for subject in subjects]
        found = self.bonds.find(sorted(set(tags)))
        return [Ordinal(found[tag]) if tag in found else None for tag in tags]

    def identity(self, ordinal: Ordinal) -> list[SubjectId]:
        """Return a person's identifiers as they were given, for an answer to themselves.

        Raises:
            UnknownPersonError, PersonErasedError: there is nobody to name.
            SealBrokenError: an identifier was changed, or moved here from another person.
        """
        return self._identities.of(ordinal)

    def replace_identifier(
        self, ordinal: Ordinal, old: SubjectId | None, new: SubjectId | None
    ) -> None:
        """Put the right identifier in place of a wrong one; None: there was none, or is none.

        Raises:
            IdentifierError: one is not of its kind.
            IdentifierTakenError: the right one is another person's, or an erased one's.
            NothingIdentifiesError: the person would have none left by which they could be found.
        """
        with self.bound.changing(People.NUMBERS):
            if new is not None and identifies(new.kind):
                owner = self.resolve(new)
                if self.suppressed(new) or owner not in {None, ordinal}:
                    raise IdentifierTakenError(new.kind)
            self._identities.replace(ordinal, old, new, self._indexer())
            if not self.marks(ordinal):
                raise NothingIdentifiesError(1)

    def pseudonym(self, ordinal: Ordinal, domain: Domain) -> Pseudonym:
        """Return a person's pseudonym in a domain."""
        return self.pseudonyms([ordinal], domain)[0]

    def pseudonyms(self, ordinals: Sequence[Ordinal], domain: Domain) -> list[Pseudonym]:
        """Return the pseudonym of each person, in order.

        Raises:
            UnknownPersonError, PersonErasedError: somebody has no uid (any more).
        """
        key = domain_key(self.secret(_PSEUDONYMS), domain)
        made = {o: pseudonym(key, page.uid(o)) for o, page in self._pages.of(ordinals)}
        return [made[o] for o in ordinals]

    def seal(self, ordinal: Ordinal, context: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under the person's key for ``context``: it dies with them."""
        return self.seal_many(context, [(ordinal, plain)])[0]

    def seal_many(self, context: str, items: Sequence[tuple[Ordinal, bytes]]) -> list[bytes]:
        """Return each item sealed under its person's key, in order."""
        keys = {o: page.key(o) for o, page in self._pages.of([o for o, _ in items])}
        return [wrap.seal(keys[o], plain, self._at(context, o)) for o, plain in items]

    def unseal(self, ordinal: Ordinal, context: str, blob: bytes) -> bytes:
        """Return what ``seal`` was given for this person and context.

        Raises:
            PersonErasedError: the key is gone.
            SealBrokenError: it was changed, or sealed for another person or context.
        """
        key = self._pages.load(bucket_of(ordinal)).key(ordinal)
        return wrap.unseal(key, blob, self._at(context, ordinal), what=f"a {context} cell")

    def people(self, snapshot: int) -> FrozenBitMap:
        """Return everybody with a row imported at or before ``snapshot``, the erased left out."""
        return self.population.people(snapshot)

    def erase(self, ordinal: Ordinal, columns: Expels, *, suppress: bool = False) -> ErasureFacts:
        """Erase a person: identifiers, keys and rows, and with the root every old copy of them.

        One transaction. ``suppress`` also remembers their identifiers as keyed hashes, so that an
        old file does not bring them back. The old root is destroyed when the outermost
        transaction is durable; only then is the erasure complete.

        Raises:
            UnknownPersonError, PersonErasedError: there is nobody to erase.
            StorageError: nothing was changed; or, from ``KeyFileWriteError`` after the commit, the
                old root is still in the key file: opening the workspace again removes it.
        """
        return self.erase_many([ordinal], columns, suppress=suppress)[0]

    def erase_many(
        self, ordinals: Sequence[Ordinal], columns: Expels, *, suppress: bool = False
    ) -> list[ErasureFacts]:
        """Erase people, with one change of root for all of them; see ``erase``."""
        with self._storage.transaction():
            removed = [self._remove(o, columns, suppress=suppress) for o in ordinals]
            old, new = self.keyring.rotate()
        return [replace(facts, old_root=old, new_root=new) for facts in removed]

    def suppression_tags(self, ordinal: Ordinal) -> list[bytes]:
        """Return the keyed hashes under which a person's identifiers would be suppressed."""
        return self.tags_of(self.identity(ordinal))

    def marks(self, ordinal: Ordinal) -> list[bytes]:
        """Return the keyed hashes by which a person is looked up."""
        return [tag for kind, tag in self.bonds.tags(ordinal) if identifies(kind)]

    def marked(self, marks: Sequence[bytes]) -> set[Ordinal]:
        """Return whoever has one of these keyed hashes."""
        return {Ordinal(found) for found in self.bonds.find(marks).values()}

    def is_given(self, ordinal: Ordinal) -> bool:
        """Return whether somebody has, or had, this number."""
        with self.bound.reading(People.NUMBERS):
            return ordinal < self._storage.next_ordinal()

    def replay(self, ordinal: Ordinal, tags: Sequence[bytes]) -> Ordinal:
        """Note an erasure that this copy of the workspace does not know, of somebody not in it.

        Their identifiers are suppressed, and a number stands for them that nobody is given: their
        own, or where this copy gave that to somebody else, the next one. Return it.
        """
        with self._storage.transaction():
            self.bound.check(People.NUMBERS)
            free = Ordinal(max(ordinal, self._storage.next_ordinal()))
            self.suppress(tags)
            with self.bound.changing(People.NUMBERS):
                self._identities.skip_to(free + 1)
            self.population.forget(free)
        return free

    def _remove(self, ordinal: Ordinal, columns: Expels, *, suppress: bool) -> ErasureFacts:
        """Remove what there is of a person, in the open transaction; the root stays."""
        tags = self.suppression_tags(ordinal) if suppress else []
        self.suppress(tags)
        identity, page_key = self._identities.destroy(ordinal)
        gone = columns.expel(ordinal)
        self.population.forget(ordinal)
        return ErasureFacts(
            ordinal=ordinal,
            stores=(identity, *gone.stores),
            destroyed_keys=(page_key, *gone.destroyed_keys),
            old_root="",
            new_root="",
            suppressed_identifiers=len(tags),
            residues=RESIDUES + ((SUPPRESSION_RESIDUE,) if suppress else ()),
        )

    def _indexer(self) -> Indexer:
        """Return the maker of look-up keys."""
        return Indexer(self.secret(_INDEX))

    def _at(self, context: str, ordinal: int) -> bytes:
        """Return the place of something sealed for a person."""
        return wrap.place("cell", self.keyring.workspace, context, ordinal)
