# SPDX-License-Identifier: Apache-2.0
"""What an erasure did, for its receipt: counts and names, never a value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from privseg.terms import Ordinal

RESIDUES = (
    "people sets of past runs in the audit log: the ordinal, which leads nowhere any more",
    (
        "copies made before the erasure: keyed hashes of identifiers, by which the key holder "
        "can tell that a given identifier was known, and nothing else about the person"
    ),
)
SUPPRESSION_RESIDUE = (
    "the suppression list: a keyed hash of each identifier, kept so that an old file does not "
    "bring the person back"
)


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What was removed from one store: the identities, or a table of the column store."""

    store: str
    rows: int
    fields: tuple[str, ...]  # that held something


def together(held: Iterable[tuple[str, StoreFacts]]) -> tuple[StoreFacts, ...]:
    """Return what was removed by table, from what was removed of each of its files."""
    found: defaultdict[str, list[StoreFacts]] = defaultdict(list)
    for table, facts in held:
        found[table].append(facts)
    return tuple(
        StoreFacts(
            table,
            sum(each.rows for each in facts),
            tuple(sorted({name for each in facts for name in each.fields})),
        )
        for table, facts in sorted(found.items())
    )


@dataclass(frozen=True, slots=True)
class Expelled:
    """What was removed from the column store, and the files whose keys died for it."""

    stores: tuple[StoreFacts, ...]
    destroyed_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErasureFacts:
    """What an erasure removed, which keys it destroyed, and what is left of the person."""

    ordinal: Ordinal
    stores: tuple[StoreFacts, ...]
    destroyed_keys: tuple[str, ...]
    old_root: str
    new_root: str
    suppressed_identifiers: int
    residues: tuple[str, ...]


class Expels(Protocol):
    """Port: a store of rows about people that can remove one person from all it keeps."""

    def expel(self, ordinal: Ordinal) -> Expelled:
        """Remove every row of a person from every snapshot, in the open transaction."""
        ...
