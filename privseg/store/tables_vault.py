# SPDX-License-Identifier: Apache-2.0
"""Tables of the vault and of the column store's manifest. Nothing in them is readable without keys.

Keys are wrapped, identifiers sealed, look-up keys hashed under a key; table and column names are
the catalogue's, which is public inside the house.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

THE_ONE = 1  # the key of a table with one row


class VaultStateRow(SQLModel, table=True):
    """The one row of the vault: its root key's id, the next ordinal, the newest snapshot."""

    __tablename__ = "vault_state"

    id: int = Field(default=THE_ONE, primary_key=True)
    workspace: str
    root_id: str
    next_ordinal: int = 0
    snapshot: int = 0
    erased: bytes = b""  # bitmap of people erased


class WrappedKeyRow(SQLModel, table=True):
    """A key, encrypted under the root that ``root_id`` names."""

    __tablename__ = "wrapped_key"

    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    root_id: str
    blob: bytes


class KeyPageRow(SQLModel, table=True):
    """The data keys of one bucket's people, sealed under a page key."""

    __tablename__ = "key_page"

    bucket: int = Field(primary_key=True)
    key_name: str
    page: bytes


class IdentityCellRow(SQLModel, table=True):
    """A direct identifier, sealed under its person's key; ``tag`` is its keyed look-up key.

    ``bond`` is a keyed hash over tag, kind and ordinal: without it the row leads to nobody.
    """

    __tablename__ = "identity_cell"
    __table_args__ = (Index("identity_cell_person", "ordinal", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    ordinal: int
    kind: str
    tag: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    cell: bytes
    bond: bytes


class SuppressionRow(SQLModel, table=True):
    """A keyed hash of an identifier that must not be enrolled again, and of whose it was one.

    ``whose`` is the least tag of those suppressed together: of one person's identifiers.
    """

    __tablename__ = "suppression"

    tag: bytes = Field(primary_key=True)
    whose: bytes = Field(primary_key=True, index=True)


class PopulationRow(SQLModel, table=True):
    """The bitmap of people first known with a snapshot."""

    __tablename__ = "population"

    snapshot: int = Field(primary_key=True)
    people: bytes


class SnapshotRow(SQLModel, table=True):
    """A snapshot of the column store that can be read."""

    __tablename__ = "snapshot"

    number: int = Field(primary_key=True)


class ColumnTableRow(SQLModel, table=True):
    """A table of the column store: what one row is, and its Arrow schema."""

    __tablename__ = "column_table"

    name: str = Field(primary_key=True)
    kind: str
    arrow_schema: bytes


class ColumnFileRow(SQLModel, table=True):
    """A file of the column store, read by the snapshots ``[since, until)``."""

    __tablename__ = "column_file"
    __table_args__ = (Index("column_file_table", "table", "bucket"),)

    name: str = Field(primary_key=True)
    table: str
    bucket: int
    since: int
    until: int | None = None
    rows: int
