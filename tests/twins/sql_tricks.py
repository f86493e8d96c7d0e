# SPDX-License-Identifier: Apache-2.0
"""Tricks against the second gate: each is a shape that passes with one thing changed, or a text.

A trick is named for what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from privseg.frames import Query
from tests.twins.sql_leaks import LEAKS
from tests.twins.sql_shape_parts import START
from tests.twins.sql_shapes import SHAPES
from tests.twins.sql_shop import ALLOWED
from tests.twins.sql_trick_parts import Swap
from tests.twins.sql_tricks_answers import ANSWERS
from tests.twins.sql_tricks_chains import CHAINS
from tests.twins.sql_tricks_choices import CHOICES
from tests.twins.sql_tricks_clauses import CLAUSES
from tests.twins.sql_tricks_links import LINKS
from tests.twins.sql_tricks_sequences import SEQUENCES
from tests.twins.sql_tricks_values import VALUES
from tests.twins.sql_tricks_words import WORDS

_KINDS = (LEAKS, WORDS, VALUES, CLAUSES, CHOICES, SEQUENCES, LINKS, CHAINS, ANSWERS)
TRICKS: Mapping[str, Swap] = {name: swap for kind in _KINDS for name, swap in kind.items()}
"""What is outside the grammar, whether it would tell anything or not."""
assert len(TRICKS) == sum(map(len, _KINDS))

TEXTS: Mapping[str, str] = {
    "nothing": "",
    "white space": " ",
    "half a statement": START + "WHERE",
    "a file in place of a table": "SELECT ordinal FROM READ_CSV('people.csv')",
    "TABLE": "TABLE crm",
    "FROM first": "FROM crm",
    "FROM first, quoted": 'FROM "eligible" AS "e"',
    "VALUES": "VALUES (1)",
    "PRAGMA": "PRAGMA database_list",
    "SET": "SET enable_external_access = true",
    "RESET": "RESET memory_limit",
    "SET VARIABLE": "SET VARIABLE x = 1",
    "ATTACH": "ATTACH 'other.db'",
    "DETACH": "DETACH memory",
    "USE": "USE memory",
    "COPY out": "COPY crm TO 'out.csv'",
    "COPY in": "COPY crm FROM 'in.csv'",
    "EXPORT": "EXPORT DATABASE 'x'",
    "IMPORT": "IMPORT DATABASE 'x'",
    "INSTALL": "INSTALL httpfs",
    "LOAD": "LOAD httpfs",
    "CREATE TABLE": "CREATE TABLE x AS SELECT 1",
    "CREATE VIEW": 'CREATE OR REPLACE TEMP VIEW "crm" AS SELECT 1',
    "CREATE MACRO": "CREATE MACRO mine(x) AS x",
    "CREATE SECRET": "CREATE SECRET x (TYPE s3)",
    "DROP": "DROP TABLE crm",
    "INSERT": "INSERT INTO crm SELECT 1",
    "UPDATE": "UPDATE crm SET age = 1",
    "DELETE": "DELETE FROM crm",
    "TRUNCATE": "TRUNCATE crm",
    "MERGE": "MERGE INTO crm USING newsletter ON TRUE WHEN MATCHED THEN DELETE",
    "PREPARE": "PREPARE x AS SELECT * FROM crm",
    "EXECUTE": "EXECUTE x",
    "DEALLOCATE": "DEALLOCATE x",
    "CALL": "CALL duckdb_settings()",
    "EXPLAIN": "EXPLAIN ANALYZE SELECT * FROM crm",
    "DESCRIBE": "DESCRIBE crm",
    "SUMMARIZE": "SUMMARIZE crm",
    "SHOW": "SHOW TABLES",
    "BEGIN": "BEGIN TRANSACTION",
    "CHECKPOINT": "CHECKPOINT",
    "VACUUM": "VACUUM",
    "COMMENT ON": "COMMENT ON TABLE crm IS 'x'",
    "PIVOT": "PIVOT crm ON country USING COUNT(*)",
    "a bracket around all": f"({START.strip()})",
    "a union of people": f'{START}UNION ALL SELECT "c"."ordinal" AS "ordinal" FROM "crm" AS "c"',
    "nothing but who is eligible": START.strip(),
    "far too deep": START + "WHERE " + "(" * 5000 + "FALSE" + ")" * 5000,
    "far too deep a NOT": START + "WHERE " + "NOT " * 5000 + '"e"."ordinal" IS NULL',
    "far too many levels": START + "LEFT JOIN " + "(SELECT 0 FROM " * 400 + '"crm"' + ")" * 400,
    "far too long": START + "WHERE " + "FALSE OR " * 200_000 + "FALSE",
}
"""Whole texts that are refused."""

_VALUES = {"v2": "DE", "v3": "DE", "v4": 1, "v5": "DE", "v8": "a"}  # where the shape has none


def trick_of(swap: Swap) -> Query:
    """Return the shape with its one change; its values are those that the text asks for.

    Everything that may be read is declared, so that nothing but the change can be the reason.
    """
    name, old, new = swap
    shape = SHAPES[name]
    assert old in shape.sql, f"{name} has no {old}"
    text = shape.sql.replace(old, new)
    assert text != shape.sql
    given = {**_VALUES, **shape.query().parameters}
    asked = set(re.findall(r"\$(v[0-9]+)\b", text))
    values = {n: given[n] for n in sorted(asked) if n in given}
    return replace(shape.query(), sql=text, parameters=values, reads=ALLOWED)
