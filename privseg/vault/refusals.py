# SPDX-License-Identifier: Apache-2.0
"""What the vault and the column store refuse. No message holds an identifier, value or key."""

from __future__ import annotations

from privseg.errors import InputError, IntegrityError, KeyAccessError, StorageError
from privseg.terms import Ordinal

SHOWN = 5  # rows named in a message; all of them are in the error's attributes


class VaultExistsError(KeyAccessError):
    """The database already has a vault."""

    def __init__(self) -> None:
        super().__init__("this workspace already has a vault; open it instead of making one")


class VaultMissingError(KeyAccessError):
    """The database has no vault, or that of another workspace."""

    def __init__(self, workspace: str) -> None:
        super().__init__(f"no vault of workspace {workspace} is in this database; make one first")
        self.workspace = workspace


class SealBrokenError(IntegrityError):
    """Sealed bytes do not open under their key and place: changed, moved or of another key."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} does not open: it was changed, moved here from elsewhere, or sealed under "
            "another key; nothing was read from it: restore it from a backup"
        )
        self.what = what


class KeyDestroyedError(KeyAccessError):
    """A key is not there any more: what it protected was erased or replaced."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            f"the {kind} key {name} is not there (any more); what it protected was erased or "
            "replaced: read the workspace's present state"
        )
        self.kind = kind
        self.name = name


class PersonErasedError(KeyAccessError):
    """The person's keys were destroyed on request; nothing can bring them back."""

    def __init__(self, ordinal: Ordinal) -> None:
        super().__init__(f"person #{ordinal} was erased and their keys destroyed; leave them out")
        self.ordinal = ordinal


class UnknownPersonError(InputError):
    """No such person was ever enrolled (or they were erased, when rows are written)."""

    def __init__(self, people: int) -> None:
        super().__init__(
            f"{people} of the people named are not enrolled, or were erased; nothing was changed: "
            "enrol them by their identifiers first"
        )
        self.people = people


class UnknownIdentifierKindError(InputError):
    """People are looked up by what only one of them has."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"a {kind} does not say which person is meant (several may share it); "
            "give an identifier such as email, phone or customer_number"
        )
        self.kind = kind


class IdentifierConflictError(InputError):
    """Identifiers of one row belong to two people, so one of them would be mistaken for another.

    ``rows`` counts from 1 and lists every such row, so that all can be mended or set aside.
    """

    def __init__(self, rows: tuple[int, ...]) -> None:
        named = ", ".join(str(row) for row in rows[:SHOWN]) + ("" if len(rows) <= SHOWN else ", …")
        super().__init__(
            f"row {named}: its identifiers belong to different people ({len(rows)} such rows); "
            "nothing was changed: correct them, or declare a column that people share "
            "(a family's address) as a `contact`"
        )
        self.rows = rows


class IdentifierTakenError(InputError):
    """An identifier leads to another person, or to somebody erased; nothing was changed."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"this {kind} is another person's here, or was erased for somebody; nothing was "
            "changed: check how it is spelled, and whose it is"
        )
        self.kind = kind


class NothingIdentifiesError(InputError):
    """A row has no identifier that belongs to one person."""

    def __init__(self, row: int) -> None:
        super().__init__(
            f"row {row} has no identifier that says whom it is about; nothing was changed: "
            "give it an email, phone or customer number"
        )
        self.row = row


class ColumnStoreError(StorageError):
    """The column store's folder or a file in it refuses."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the column store refuses: {why}; nothing was changed: free some space or mend the "
            "folder's permissions, then try again"
        )
        self.why = why


class ColumnFileMissingError(StorageError):
    """The manifest lists a file that is not in the folder."""

    def __init__(self, table: str, name: str) -> None:
        super().__init__(
            f"file {name} of table {table!r} is gone from the column store; "
            "nothing is read without it: restore it from a backup"
        )
        self.table = table
        self.name = name


class ColumnFileBrokenError(IntegrityError):
    """A column file does not decrypt or is not what was written."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"column file {name} is damaged or was changed; nothing was read from it: "
            "restore it from a backup"
        )
        self.name = name


class ColumnSchemaError(InputError):
    """Rows do not have the columns that a table needs, or a column's type changed."""

    def __init__(self, table: str, column: str, why: str) -> None:
        super().__init__(
            f"column {column!r} of table {table!r}: {why}; nothing was changed: "
            "correct the catalogue or the source"
        )
        self.table = table
        self.column = column
        self.why = why


class UnknownTableError(InputError):
    """Nothing was ever imported under that name."""

    def __init__(self, table: str) -> None:
        super().__init__(f"table {table!r} was never imported; import its source first")
        self.table = table


class SnapshotClosedError(StorageError):
    """A snapshot is written once; a finished one never changes."""

    def __init__(self, snapshot: int) -> None:
        super().__init__(
            f"snapshot {snapshot} is not open for writing; nothing was changed: "
            "begin a new snapshot in this transaction"
        )
        self.snapshot = snapshot


class SnapshotGoneError(StorageError):
    """No such snapshot was ever made, or it was cleared away."""

    def __init__(self, snapshot: int) -> None:
        super().__init__(
            f"snapshot {snapshot} cannot be read: it was never made or is cleared away; "
            "open a new edition"
        )
        self.snapshot = snapshot
