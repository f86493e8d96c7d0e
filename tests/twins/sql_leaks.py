# SPDX-License-Identifier: Apache-2.0
"""Statements that would tell of a forbidden cell or move a person by another person's rows."""

from __future__ import annotations

from collections.abc import Mapping

from tests.twins.sql_shape_parts import BOUNDED, MATCHED
from tests.twins.sql_trick_parts import (
    ASKS_DE,
    CHAIN,
    CHAIN_OF_THREE,
    CHECKOUT,
    CHOICE,
    DE,
    FIRST,
    GROUP_U,
    MANY,
    MATCH,
    OFTEN,
    ON_PERSON,
    ROW,
    SUM,
    TWO,
    Swap,
)

LEAKS: Mapping[str, Swap] = {
    # whose rows
    "a window of everybody": (TWO, 'PARTITION BY "w"."ordinal" ', ""),
    "a link of other people": (
        CHAIN,
        '"c0"."ordinal" = "t"."ordinal"',
        '"c0"."ordinal" > "t"."ordinal"',
    ),
    "a link of everybody": (
        CHAIN,
        '"c0"."ordinal" = "t"."ordinal"',
        '"t"."ordinal" = "t"."ordinal"',
    ),
    "a link joined on the moment": (
        CHAIN,
        'ON "c0"."ordinal" = "t"."ordinal"',
        'ON "c0"."a0" < "t"."time"',
    ),
    "a link of the forbidden fourth of others": (
        CHAIN_OF_THREE,
        'ON "c0"."ordinal" = "t"."ordinal"',
        'ON "c0"."ordinal" < "t"."ordinal"',
    ),
    "a join without the person": (MATCH, ON_PERSON, ""),
    "a join on either": (MATCH, '"t"."ordinal" AND', '"t"."ordinal" OR'),
    "a join on other people": (
        MATCH,
        '"m0"."ordinal" = "t"."ordinal"',
        '"m0"."ordinal" > "t"."ordinal"',
    ),
    "a join on everybody": (
        OFTEN,
        '"g0"."ordinal" = "e"."ordinal"',
        '"e"."ordinal" = "e"."ordinal"',
    ),
    "a join on those after": (
        DE,
        '"p0"."ordinal" = "e"."ordinal"',
        '"p0"."ordinal" > "e"."ordinal"',
    ),
    "a scalar subquery": (
        DE,
        '"p0"."country" = $v0',
        '"p0"."country" = (SELECT MAX("c"."country") FROM "crm" AS "c")',
    ),
    "EXISTS": (DE, ASKS_DE, 'WHERE EXISTS(SELECT 1 FROM "crm" AS "c" WHERE "c"."country" = $v0)'),
    "a correlated subquery": (
        DE,
        ASKS_DE,
        'WHERE (SELECT COUNT(*) FROM "crm" AS "c" WHERE "c"."country" = "p0"."country") > 1',
    ),
    "a membership subquery": (
        DE,
        '"p0"."country" = $v0',
        '"p0"."age" IN (SELECT "t"."secret" FROM "purchase" AS "t")',
    ),
    "a window where people are": (
        DE,
        '"p0"."country" = $v0',
        'TRUE QUALIFY COUNT(*) OVER (PARTITION BY "p0"."country") > 1',
    ),
    "a limit": (DE, '"p0"."country" = $v0', '"p0"."country" = $v0 LIMIT 1'),
    "a limit of steps": (TWO, CHECKOUT, f"({CHECKOUT} LIMIT 2)"),
    "a set operation with others": (
        DE,
        '"p0"."country" = $v0',
        '"p0"."country" = $v0 UNION SELECT "c"."ordinal" AS "ordinal" FROM "crm" AS "c"',
    ),
    "people taken away": (
        DE,
        '"p0"."country" = $v0',
        '"p0"."country" = $v0 EXCEPT SELECT "c"."ordinal" + 1 FROM "crm" AS "c"',
    ),
    "people kept": (
        DE,
        '"p0"."country" = $v0',
        '"p0"."country" = $v0 INTERSECT SELECT "c"."ordinal" + 1 FROM "crm" AS "c"',
    ),
    "ordinals counted on": (
        OFTEN,
        'SELECT "t"."ordinal" AS "ordinal"',
        'SELECT "t"."ordinal" + 1 AS "ordinal"',
    ),
    # forbidden cells
    "another column": (DE, '"country" = $v0', '"religion" = $v8'),
    "another column beside": (DE, "= $v0", '= $v0 OR "p0"."secret" > $v4'),
    "a forbidden column filtered by": (
        FIRST,
        'FILTER(WHERE "t"."time" >= $v0)',
        'FILTER(WHERE "t"."secret" > $v0)',
    ),
    "a forbidden column chosen by": (
        OFTEN,
        "COUNT(*)",
        'COUNT(CASE WHEN "t"."secret" > $v4 THEN 0 END)',
    ),
    "a forbidden column chosen": (
        CHOICE,
        'SUM(CASE WHEN "t"."time" >= $v0 THEN "t"."amount" END)',
        'SUM(CASE WHEN "t"."time" >= $v0 THEN "t"."secret" END)',
    ),
    "a forbidden column chosen and counted once each": (
        CHOICE,
        'COUNT(DISTINCT CASE WHEN "t"."channel" = $v1 THEN "t"."article" END)',
        'COUNT(DISTINCT CASE WHEN "t"."channel" = $v1 THEN "t"."secret" END)',
    ),
    "a link of a forbidden column": (CHAIN, 'MIN("t"."time")', 'MIN("t"."secret")'),
    "a link by a forbidden column": (
        CHAIN,
        f"WHERE {BOUNDED} GROUP",
        f'WHERE {BOUNDED} AND "t"."secret" > $v4 GROUP',
    ),
    "a chain that goes on from a forbidden column": (
        CHAIN,
        '"t"."time" > "c0"."a0"',
        '"t"."secret" > "c0"."a0"',
    ),
    "rows left out by a forbidden column": (
        OFTEN,
        'GROUP BY "t"."ordinal"',
        'WHERE "t"."secret" > $v4 GROUP BY "t"."ordinal"',
    ),
    "the sum of a forbidden column": (SUM, 'SUM("t"."amount")', 'SUM("t"."secret")'),
    "the least of a forbidden column": (SUM, 'MIN("t"."amount")', 'MIN("t"."secret")'),
    "a forbidden column counted": (OFTEN, "COUNT(*)", 'COUNT("t"."secret")'),
    "a forbidden column counted once each": (
        OFTEN,
        "COUNT(*)",
        'COUNT(DISTINCT "t"."secret")',
    ),
    "the first of a forbidden column": (
        FIRST,
        'ARG_MIN_NULL("t"."time"',
        'ARG_MIN_NULL("t"."secret"',
    ),
    "the first in the order of a forbidden column": (
        FIRST,
        f'"t"."channel", {ROW}',
        '"t"."channel", ROW("t"."secret", "t"."event_id")',
    ),
    "a forbidden column in a branch of a union": (
        TWO,
        CHECKOUT,
        CHECKOUT + ' WHERE "t"."secret" > $v4',
    ),
    "a forbidden column as the time": (
        TWO,
        '"t"."time" AS "time", $v1',
        '"t"."secret" AS "time", $v1',
    ),
    "a forbidden column as the step": (TWO, '$v1 AS "step"', '"t"."secret" AS "step"'),
    "a forbidden column of the other event": (
        MATCH,
        MATCHED,
        MATCHED.replace('"u"."article"', '"u"."secret"').replace('"t"."article"', '"t"."amount"'),
    ),
    "the other event's rows by a forbidden column": (
        MATCH,
        GROUP_U,
        f'WHERE "u"."secret" > $v4 {GROUP_U}',
    ),
    "a forbidden column told beside": (MANY, '"p0"."country" = $v0', '"p0"."religion" = $v8'),
}
"""What would tell of others or of the forbidden."""
