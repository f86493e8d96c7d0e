# SPDX-License-Identifier: Apache-2.0
"""Statements with ``?`` marks, as psycopg wants them: ``%s`` marks, and every ``%`` twice."""

from __future__ import annotations

import re
from functools import lru_cache

_PART = re.compile(
    r"""
    '(?:[^']|'')*'      # a text: PostgreSQL manual, section 4.1.2.1 (standard_conforming_strings)
    | "(?:[^"]|"")*"    # a name
    | \?
    """,
    re.VERBOSE,
)


_PLAIN_INSERT = re.compile(r'INSERT INTO (\w+ (?:\([\w", ]+\) )?)VALUES \(\?(?:, \?)*\)')


@lru_cache(maxsize=512)
def copied(sql: str) -> str | None:
    """Return the COPY that does what an INSERT of nothing but marks does once per row, or None.

    >>> copied("INSERT INTO t (a, b) VALUES (?, ?)")
    'COPY t (a, b) FROM STDIN'
    >>> copied("INSERT INTO t VALUES (?, ?) ON CONFLICT DO NOTHING") is None
    True
    """
    plain = _PLAIN_INSERT.fullmatch(sql)
    return None if plain is None else f"COPY {plain[1]}FROM STDIN"


@lru_cache(maxsize=512)
def marked(sql: str) -> str:
    """Return ``sql`` for psycopg; what stands in quotes is no mark.

    >>> marked("SELECT '?%' FROM t WHERE a = ? AND b LIKE ?")
    "SELECT '?%%' FROM t WHERE a = %s AND b LIKE %s"
    """
    return _PART.sub(lambda part: "%s" if part[0] == "?" else part[0], sql.replace("%", "%%"))
