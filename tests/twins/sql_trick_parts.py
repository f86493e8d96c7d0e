# SPDX-License-Identifier: Apache-2.0
"""The parts of statements that tricks change, and the shapes that they are made of."""

from __future__ import annotations

Swap = tuple[str, str, str]  # of which shape, what, by what

AGE = '"p0"."age" IN ($v0, $v1)'
G0 = ') AS "g0"'
TIMES = 'COUNT(*) AS "a0"'
FROM_CRM = '(SELECT "c"."religion" FROM "crm" AS "c")'
OFTEN = "how often without a window"
DE, ONE_OF, TEXT, SET, NOT = (
    "a category", "one of several", "a text", "a set", "a not that sees a missing value",
)  # fmt: skip
CHAIN, CHAIN_OF_THREE, CHOICE, FOUR = (
    "one after another", "three one after another, without a fourth", "several choices in one scan",
    "a sequence of four",
)  # fmt: skip
SUM, FIRST, MATCH, TWO, THREE, MANY, SAMPLE, AVERAGE, DATE = (
    "a sum, the least and the most", "the first and the last", "another event's property",
    "a sequence of two", "a sequence of three within a span, without a fourth", "several segments",
    "a sample of those who", "an average", "an anniversary",
)  # fmt: skip
ASKS_DE = 'WHERE "p0"."country" = $v0'
COUNTED = 'SELECT "t"."ordinal" AS "ordinal", COUNT(*) AS "a0" FROM "checkout" AS "t" '
ORDER = 'ORDER BY "w"."time", "w"."step"'
FRAME = "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
CHECKOUT = (
    'SELECT "t"."ordinal" AS "ordinal", "t"."time" AS "time", $v1 AS "step" FROM "checkout" AS "t"'
)
ON_PERSON = '"m0"."ordinal" = "t"."ordinal" AND '
GROUP_U = 'GROUP BY "u"."ordinal", "u"."article"'
ROW = 'ROW("t"."time", "t"."event_id")'
CHANNEL = f'ARG_MIN_NULL("t"."channel", {ROW})'
