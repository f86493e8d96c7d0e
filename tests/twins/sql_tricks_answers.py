# SPDX-License-Identifier: Apache-2.0
"""Tricks with what is given out, and with several answers at once."""

from __future__ import annotations

from collections.abc import Mapping

from tests.twins.sql_trick_parts import ASKS_DE, DE, MANY, SAMPLE, Swap

ANSWERS: Mapping[str, Swap] = {
    # several answers
    "an answer too many": (MANY, ' AS "s2"', ' AS "s2", "p0"."country" = $v0 AS "s3"'),
    "an answer too few": (MANY, ', NOT (NOT "g1"."a0" IS NULL) AS "s2"', ""),
    "answers in another order": (MANY, '"s0"', '"s9"'),
    "an answer's name in another case": (MANY, '"s0"', '"S0"'),
    "an answer that is a column": (MANY, 'COALESCE("p0"."country" = $v0, FALSE)', '"p0"."country"'),
    "an answer that is a number": (MANY, '"g0"."a0" >= $v1', '"g0"."a0"'),
    "an answer that is an ordinal": (MANY, '"g0"."a0" >= $v1', '"e"."ordinal"'),
    "an answer that is a value": (MANY, 'COALESCE("p0"."country" = $v0, FALSE)', "$v0"),
    "an answer about nobody": (MANY, 'NOT (NOT "g1"."a0" IS NULL)', '"p1"."holdout" < $v2'),
    "answers for some": (
        MANY,
        ' AS "g1" ON "g1"."ordinal" = "e"."ordinal"',
        ' AS "g1" ON "g1"."ordinal" = "e"."ordinal" WHERE "p0"."country" = $v0',
    ),
    "an answer beside the found": (
        DE,
        ' FROM "eligible"',
        ', "p0"."country" = $v0 AS "s0" FROM "eligible"',
    ),
    "a column beside the found": (
        DE,
        ' FROM "eligible"',
        ', "p0"."country" AS "c" FROM "eligible"',
    ),
    "other people's ordinals": (DE, '"e"."ordinal" AS "ordinal"', '"p0"."ordinal" AS "ordinal"'),
    "another column as the ordinal": (DE, '"e"."ordinal" AS', '"p0"."age" AS'),
    "the ordinal by another name": (DE, 'AS "ordinal"', 'AS "person"'),
    "no name for the ordinal": (DE, ' AS "ordinal"', ""),
    "not from the eligible": (DE, '"eligible" AS "e"', '"newsletter" AS "e"'),
    "from a subquery": (
        DE,
        '"eligible" AS "e"',
        '(SELECT "c"."ordinal" AS "ordinal" FROM "crm" AS "c") AS "e"',
    ),
    "the eligible by another alias": (DE, '"e"', '"x"'),
    "nothing asked": (DE, f" {ASKS_DE}", ""),
    "nobody's data": (SAMPLE, '"p0"."country" = $v0 AND "p1"', '"p1"'),
    "whether somebody is eligible": (DE, '"p0"."country" = $v0', '"e"."ordinal" IS NULL'),
}
