# SPDX-License-Identifier: Apache-2.0
"""Deciding who each row is about, before anything is written: known, new, suppressed, or unclear.

A row's first identifier that belongs to one person is its *key*. A row is about

1. whoever has its key;
2. else whoever has another of its identifiers, unless that person has a different key of the same
   kind: two customer numbers with one e-mail address are two people who share an address, and to
   mix them would let one consent for the other, so that is refused as a conflict;
3. else somebody new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from privseg.pseudonym import IdentifierError, blind_index, canonical_form, identifies
from privseg.terms import Ordinal, SubjectId
from privseg.vault.bonds import Bonds
from privseg.vault.pages import BUCKET
from privseg.vault.ports import PeopleRows
from privseg.vault.refusals import (
    IdentifierConflictError,
    NothingIdentifiesError,
    UnknownIdentifierKindError,
)


class Named(NamedTuple):
    """An identifier as given, with its look-up key (None for a kind that people share)."""

    subject: SubjectId
    form: bytes
    tag: bytes | None

    def __repr__(self) -> str:
        """Show the kind only."""
        return f"Named(kind={self.subject.kind!r})"


class Addition(NamedTuple):
    """An identifier that a person did not have."""

    ordinal: int
    kind: str
    tag: bytes
    value: str

    def __repr__(self) -> str:
        """Show whose and which kind only."""
        return f"Addition(ordinal={self.ordinal}, kind={self.kind!r})"


@dataclass(frozen=True, slots=True)
class Indexer:
    """Makes look-up keys; holds their key."""

    key: bytes = field(repr=False)

    def named(self, subject: SubjectId) -> Named:
        """Return an identifier with its look-up key.

        Raises:
            IdentifierError: it has no canonical form.
        """
        form = canonical_form(subject)
        tag = blind_index(self.key, subject.kind, form) if identifies(subject.kind) else None
        return Named(subject, form, tag)

    def tag(self, subject: SubjectId) -> bytes:
        """Return the look-up key of an identifier that belongs to one person.

        Raises:
            UnknownIdentifierKindError: people may share it.
        """
        tag = self.named(subject).tag
        if tag is None:
            raise UnknownIdentifierKindError(subject.kind)
        return tag

    def shared_tag(self, ordinal: int, named: Named) -> bytes:
        """Return the key under which a person's own copy of a shared identifier is kept.

        It says whether the person has it already, and nothing about who else has it.
        """
        own = f"\0shared/{ordinal}/{named.subject.kind}"  # no declared kind starts with NUL
        return blind_index(self.key, own, named.form)


@dataclass(slots=True)
class Plan:
    """Who each row is about and what is to be added."""

    first_new: int
    ordinals: list[Ordinal | None] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list, repr=False)
    shared: dict[tuple[int, str], Addition] = field(default_factory=dict, repr=False)
    new_people: int = 0

    def new_in(self, bucket: int) -> int:
        """Return how many of the new people fall into a bucket."""
        start, end = bucket * BUCKET, (bucket + 1) * BUCKET
        return max(0, min(end, self.first_new + self.new_people) - max(start, self.first_new))


def named_rows(rows: Sequence[Sequence[SubjectId]], indexer: Indexer) -> list[list[Named]]:
    """Return every row's identifiers with their look-up keys.

    Raises:
        IdentifierError: with the number of the row, from 1.
        NothingIdentifiesError: a row without an identifier of one person.
    """
    return [_named_row(number, row, indexer) for number, row in enumerate(rows, start=1)]


def plan(
    rows: Sequence[Sequence[Named]],
    storage: PeopleRows,
    bonds: Bonds,
    indexer: Indexer,
    is_suppressed: Callable[[Sequence[Named]], bool],
) -> Plan:
    """Decide about every row; nothing is written.

    Raises:
        IdentifierConflictError: rows whose identifiers belong to different people.
        SealBrokenError: an identifier leads to somebody whom it was not enrolled for.
    """
    decider = _Decider(rows, storage, bonds, indexer)
    for number, row in enumerate(rows, start=1):
        decider.decide(number, row, suppressed=is_suppressed(row))
    if decider.conflicts:
        raise IdentifierConflictError(tuple(decider.conflicts))
    return decider.plan


class _Decider:
    """Goes through the rows, remembering what earlier rows will have added."""

    def __init__(
        self,
        rows: Sequence[Sequence[Named]],
        storage: PeopleRows,
        bonds: Bonds,
        indexer: Indexer,
    ) -> None:
        self.plan = Plan(storage.next_ordinal())
        self.conflicts: list[int] = []
        self._storage = storage
        self._indexer = indexer
        self._owner = bonds.find(sorted({n.tag for row in rows for n in row if n.tag}))
        self._kinds = self._kinds_of_keys(rows)

    def decide(self, number: int, row: Sequence[Named], *, suppressed: bool) -> None:
        """Decide about one row."""
        if suppressed:
            self.plan.ordinals.append(None)
            return
        ordinal = self._person(row)
        if ordinal is None:
            self.conflicts.append(number)
            return
        self.plan.ordinals.append(Ordinal(ordinal))
        self._add(ordinal, row)

    def _person(self, row: Sequence[Named]) -> int | None:
        """Return whom a row is about, somebody new included; None when that is unclear."""
        own = [n for n in row if n.tag is not None]
        owners = {self._owner[n.tag] for n in own if n.tag in self._owner}
        if len(owners) > 1:
            return None
        if not owners:
            self.plan.new_people += 1
            return self.plan.first_new + self.plan.new_people - 1
        (ordinal,) = owners
        key = own[0]
        if key.tag not in self._owner and (key.subject.kind, ordinal) in self._kinds:
            return None
        return ordinal

    def _kinds_of_keys(self, rows: Sequence[Sequence[Named]]) -> set[tuple[str, int]]:
        """Return which known people have an identifier of a kind that is some row's key.

        Rule 2 asks it of rows with a second identifier only.
        """
        keys = [[n for n in row if n.tag is not None] for row in rows]
        kinds = {key[0].subject.kind for key in keys if len(key) > 1}
        known = sorted(set(self._owner.values()))
        return {
            (kind, ordinal)
            for kind in kinds
            for ordinal in self._storage.owners_of_kind(kind, known)
        }

    def _add(self, ordinal: int, row: Sequence[Named]) -> None:
        """Note what the person did not have; of what people share, the last one given counts."""
        for named in row:
            kind, value = named.subject.kind, named.subject.value
            if named.tag is None:
                tag = self._indexer.shared_tag(ordinal, named)
                self.plan.shared[ordinal, kind] = Addition(ordinal, kind, tag, value)
                continue
            self._kinds.add((kind, ordinal))
            if named.tag not in self._owner:
                self._owner[named.tag] = ordinal
                self.plan.additions.append(Addition(ordinal, kind, named.tag, value))


def _named_row(number: int, row: Sequence[SubjectId], indexer: Indexer) -> list[Named]:
    """Return one row's identifiers with their look-up keys."""
    try:
        named = [indexer.named(subject) for subject in row]
    except IdentifierError as refusal:
        raise refusal.at_row(number) from None
    if all(n.tag is None for n in named):
        raise NothingIdentifiesError(number)
    return named
