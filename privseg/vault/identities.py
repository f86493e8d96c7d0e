# SPDX-License-Identifier: Apache-2.0
"""Identity cells: direct identifiers, each sealed under its person's own key and at its place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from privseg.pseudonym import canonical_form
from privseg.terms import Ordinal, SubjectId
from privseg.vault import wrap
from privseg.vault.bonds import Bonds
from privseg.vault.enrol import Addition, Indexer, Plan
from privseg.vault.erasure import StoreFacts
from privseg.vault.pages import BUCKET, KeyPage, Pages, bucket_of
from privseg.vault.ports import CellRow, VaultStorage

STORE = "identity"


class Identities:
    """Writes and opens identity cells."""

    def __init__(self, storage: VaultStorage, pages: Pages, bonds: Bonds, workspace: str) -> None:
        self._storage = storage
        self._bonds = bonds
        self._pages = pages
        # Workspace, table, column; ordinal, look-up key and kind follow for each cell.
        self._table = wrap.place(workspace, STORE, "identifier")

    def add(self, plan: Plan) -> None:
        """Make the keys of new people and store everybody's new identifiers."""
        additions = plan.additions + self._changed(plan)
        ordered = sorted(additions, key=lambda addition: addition.ordinal)
        for bucket, group in groupby(ordered, key=lambda a: bucket_of(a.ordinal)):
            page = self._pages.load(bucket)
            if new := plan.new_in(bucket):
                page.enrol(new)
                self._pages.save(page)
            self._storage.add_cells(list(self._sealed(page, group)))
        self._storage.set_next_ordinal(plan.first_new + plan.new_people)

    def skip_to(self, ordinal: int) -> None:
        """Give the numbers below ``ordinal`` to nobody, if they are not given yet."""
        first = self._storage.next_ordinal()
        for bucket in range(bucket_of(first), bucket_of(ordinal - 1) + 1 if ordinal > first else 0):
            page = self._pages.load(bucket)
            page.skip(min(BUCKET, ordinal - bucket * BUCKET) - len(page))
            self._pages.save(page)
        self._storage.set_next_ordinal(max(first, ordinal))

    def of(self, ordinal: Ordinal) -> list[SubjectId]:
        """Return a person's identifiers as they were given."""
        with self._storage.reading():
            key = self._pages.load(bucket_of(ordinal)).key(ordinal)
            return [SubjectId(c[1], self._opened(key, c)) for c in self._storage.cells(ordinal)]

    def replace(
        self, ordinal: Ordinal, old: SubjectId | None, new: SubjectId | None, indexer: Indexer
    ) -> None:
        """Put one identifier in place of another of a person's; it is nobody else's."""
        if old is not None:
            self._take_out(old, ordinal)
        if new is None:
            return
        named, plan = indexer.named(new), Plan(self._storage.next_ordinal())
        if named.tag is None:
            tag = indexer.shared_tag(ordinal, named)
            plan.shared[ordinal, new.kind] = Addition(ordinal, new.kind, tag, new.value)
        elif not self._bonds.find([named.tag]):
            plan.additions.append(Addition(ordinal, new.kind, named.tag, new.value))
        self.add(plan)

    def _take_out(self, subject: SubjectId, ordinal: Ordinal) -> None:
        """Delete a person's own copy of an identifier, however it was spelled."""
        form, key = canonical_form(subject), self._pages.load(bucket_of(ordinal)).key(ordinal)
        mine = (c for c in self._storage.cells(ordinal) if c[1] == subject.kind)
        same = [
            c[2]
            for c in mine
            if canonical_form(SubjectId(subject.kind, self._opened(key, c))) == form
        ]
        self._storage.drop_cells(ordinal, same)

    def destroy(self, ordinal: Ordinal) -> tuple[StoreFacts, str]:
        """Destroy a person's keys and cells; return what was there, and the dead page key's name.

        Raises:
            UnknownPersonError, PersonErasedError: there is nothing to destroy.
        """
        page = self._pages.load(bucket_of(ordinal))
        page.destroy(ordinal)
        cells = self._storage.cells(ordinal)
        self._storage.drop_cells(ordinal, [tag for _, _, tag, _, _ in cells])
        kinds = tuple(sorted({kind for _, kind, _, _, _ in cells}))
        return StoreFacts(STORE, len(cells), kinds), self._pages.save(page)

    def _changed(self, plan: Plan) -> list[Addition]:
        """Return names and the like that differ from what is stored, which they replace."""
        shared = list(plan.shared.values())
        same = self._bonds.find([a.tag for a in shared])
        changed = [a for a in shared if a.tag not in same]
        for addition in changed:
            if addition.ordinal < plan.first_new:
                self._drop_kind(addition.ordinal, addition.kind)
        return changed

    def _drop_kind(self, ordinal: int, kind: str) -> None:
        """Delete what a person had of a kind that people share."""
        old = [tag for _, k, tag, _, _ in self._storage.cells(ordinal) if k == kind]
        self._storage.drop_cells(ordinal, old)

    def _sealed(self, page: KeyPage, additions: Iterator[Addition]) -> Iterator[CellRow]:
        """Seal each identifier under its person's key, and bind its look-up key to them."""
        bond = self._bonds.maker()
        for a in additions:
            plain = a.value.encode()
            blob = wrap.seal(page.key(a.ordinal), plain, self._at(a.ordinal, a.kind, a.tag))
            yield a.ordinal, a.kind, a.tag, blob, bond(a.tag, a.kind, a.ordinal)

    def _opened(self, key: bytes, cell: CellRow) -> str:
        """Open a cell."""
        ordinal, kind, tag, blob, _ = cell
        return wrap.unseal(key, blob, self._at(ordinal, kind, tag), what=f"the {kind}").decode()

    def _at(self, ordinal: int, kind: str, tag: bytes) -> bytes:
        """Return the place of a cell."""
        # Two parts of fixed length and a last one: as unambiguous as ``place``, and faster.
        return self._table + ordinal.to_bytes(8, "big") + tag + kind.encode()
