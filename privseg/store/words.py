# SPDX-License-Identifier: Apache-2.0
"""What the two kinds of database say differently in SQL; everything else they say alike."""

from __future__ import annotations

from typing import Protocol


class Words(Protocol):
    """Port: the words of one kind of database."""

    @property
    def reindexes(self) -> bool:
        """Return whether many rows are added faster with the indexes made anew afterwards.

        Nobody else may be kept from reading by it.
        """
        ...

    def literal(self, data: bytes) -> str:
        """Return bytes as SQL: a part of the text, because an index must find it letter by letter.

        Only for constants of the program, never for data.
        """
        ...

    def joined(self, parts: str, *, by: str) -> str:
        """Return the expression that joins bytes over all rows, in the order of a column."""
        ...


class SqliteWords:
    r"""The words of SQLite.

    >>> SqliteWords().literal(b"\x0f")
    "x'0F'"
    """

    reindexes = True

    def literal(self, data: bytes) -> str:
        """Return a blob literal (sqlite.org/lang_expr.html, section 3)."""
        return f"x'{data.hex().upper()}'"

    def joined(self, parts: str, *, by: str) -> str:
        """Return an aggregate over rows that a subquery has put in order."""
        del by  # an aggregate with an order needs SQLite 3.44; ours takes rows as they come
        return f"CAST(group_concat({parts}, '') AS BLOB)"


class PostgresWords:
    r"""The words of PostgreSQL.

    >>> PostgresWords().literal(b"\x0f")
    "'\\x0f'::bytea"
    """

    reindexes = False  # it would keep everybody from the table until the commit

    def literal(self, data: bytes) -> str:
        r"""Return a bytea literal in hex format (PostgreSQL manual, section 8.4.1)."""
        return rf"'\x{data.hex()}'::bytea"

    def joined(self, parts: str, *, by: str) -> str:
        """Return an aggregate with an order of its own (manual, section 4.2.7)."""
        return f"string_agg({parts}, ''::bytea ORDER BY {by})"
