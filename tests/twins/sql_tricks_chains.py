# SPDX-License-Identifier: Apache-2.0
"""Tricks with chains: what is later than a link, whose names are whose, where a link may be."""

from __future__ import annotations

from collections.abc import Mapping

from tests.twins.sql_shape_parts import BOUNDED, LATER, NOTHING_OR_LATER, link
from tests.twins.sql_shapes_sequences import TWO_LINKS
from tests.twins.sql_trick_parts import CHAIN, CHAIN_OF_THREE, DE, OFTEN, SUM, TWO, Swap

_FIRST = link("cart", BOUNDED)
_JOIN = f'LEFT JOIN ({_FIRST}) AS "c0" ON "c0"."ordinal" = "t"."ordinal" '
_LAST = 'MAX("t"."time") AS "a0"'
_AND_LATER = f"AND {LATER} "

CHAINS: Mapping[str, Swap] = {
    # what is later
    "nothing later": (CHAIN, f" {_AND_LATER.strip()}", ""),
    "no WHERE at all": (CHAIN, f"WHERE {BOUNDED} {_AND_LATER}", ""),
    "later twice": (CHAIN, LATER, f"{LATER} AND {LATER}"),
    "later or as late": (CHAIN, LATER, LATER.replace(">", ">=")),
    "earlier": (CHAIN, LATER, LATER.replace(">", "<")),
    "at once": (CHAIN, LATER, LATER.replace(">", "=")),
    "later the other way": (CHAIN, LATER, '"c0"."a0" < "t"."time"'),
    "later or not": (CHAIN, f"{BOUNDED} AND {LATER}", f"{BOUNDED} OR {LATER}"),
    "later or something": (CHAIN, LATER, f"({LATER} OR {BOUNDED})"),
    "not later": (CHAIN, LATER, f"NOT {LATER}"),
    "later in brackets": (CHAIN, LATER, f"({LATER})"),
    "later where it is known": (CHAIN, LATER, f"COALESCE({LATER}, FALSE)"),
    "later or nothing, of what must be there": (CHAIN, LATER, NOTHING_OR_LATER),
    "nothing there": (CHAIN, LATER, '"c0"."a0" IS NULL'),
    "something there": (CHAIN, LATER, 'NOT "c0"."a0" IS NULL'),
    "nobody there": (CHAIN, LATER, '"c0"."ordinal" IS NULL'),
    "later than a person": (CHAIN, LATER, '"t"."time" > "c0"."ordinal"'),
    "later than itself": (CHAIN, LATER, '"t"."time" > "t"."time"'),
    "later than a given moment": (CHAIN, LATER, '"c0"."a0" > $v0'),
    "later than a given moment, too": (CHAIN, LATER, f'{LATER} AND "c0"."a0" > $v0'),
    "later by a while": (CHAIN, LATER, '"t"."time" - "c0"."a0" < $v0'),
    "later than something added": (CHAIN, LATER, '"t"."time" > "c0"."a0" + $v0'),
    "later between": (CHAIN, LATER, '"t"."time" BETWEEN "c0"."a0" AND $v0'),
    "later among": (CHAIN, LATER, '"t"."time" IN ("c0"."a0")'),
    "another column later": (
        CHAIN_OF_THREE,
        f'"t"."amount" > $v1 AND {LATER}',
        '"t"."amount" > "c0"."a0"',
    ),
    "another column later, too": (
        CHAIN_OF_THREE,
        f'"t"."amount" > $v1 AND {LATER}',
        f'"t"."amount" > "c0"."a0" AND {LATER}',
    ),
    "a person later": (CHAIN, LATER, '"t"."ordinal" > "c0"."a0"'),
    "an id later": (CHAIN, LATER, '"t"."event_id" > "c0"."a0"'),
    "later than what must not follow, which must be there": (
        CHAIN_OF_THREE,
        NOTHING_OR_LATER,
        LATER,
    ),
    "later than what must not follow, the other way": (
        CHAIN_OF_THREE,
        NOTHING_OR_LATER,
        f'({LATER} OR "c0"."a0" IS NULL)',
    ),
    "later than what must not follow, and nothing": (
        CHAIN_OF_THREE,
        NOTHING_OR_LATER,
        NOTHING_OR_LATER.replace(" OR ", " AND "),
    ),
    "later than what must not follow, or something": (
        CHAIN_OF_THREE,
        NOTHING_OR_LATER,
        NOTHING_OR_LATER.replace(")", f" OR {BOUNDED})"),
    ),
    "later than what must not follow, or there": (
        CHAIN_OF_THREE,
        NOTHING_OR_LATER,
        NOTHING_OR_LATER.replace('"c0"."a0" IS', 'NOT "c0"."a0" IS'),
    ),
    "later than what must not follow, or no event": (
        CHAIN_OF_THREE,
        NOTHING_OR_LATER,
        NOTHING_OR_LATER.replace('"c0"."a0" IS', '"t"."time" IS'),
    ),
    "the first of what must not follow": (CHAIN_OF_THREE, _LAST, 'MIN("t"."time") AS "a0"'),
    "the count of what must not follow": (CHAIN_OF_THREE, _LAST, 'COUNT("t"."time") AS "a0"'),
    # whose names are whose
    "a link that knows the outer link": (
        CHAIN,
        f"WHERE {BOUNDED} GROUP",
        f"WHERE {BOUNDED} AND {LATER} GROUP",
    ),
    "a link that knows the eligible": (
        CHAIN,
        f"WHERE {BOUNDED} GROUP",
        f'WHERE {BOUNDED} AND NOT "e"."ordinal" IS NULL GROUP',
    ),
    "a link of its own name": (
        CHAIN,
        f'FROM "cart" AS "t" WHERE {BOUNDED} GROUP',
        f'FROM "c0" AS "t" WHERE {BOUNDED} GROUP',
    ),
    "a link whose event is called as the link": (
        CHAIN,
        f'FROM "cart" AS "t" WHERE {BOUNDED} GROUP BY "t"."ordinal"',
        f'FROM "cart" AS "c0" WHERE {BOUNDED} GROUP BY "t"."ordinal"',
    ),
    "a link beyond the one before": (
        CHAIN_OF_THREE,
        f'"t"."amount" > $v1 AND {LATER}',
        f'"t"."amount" > $v1 AND {LATER} AND "t"."time" > "c1"."a0"',
    ),
    "links that exchange their names": (
        CHAIN_OF_THREE,
        f'"t"."amount" > $v1 AND {LATER}',
        '"t"."amount" > $v1 AND "c0"."time" > "t"."a0"',
    ),
    "a link asked for where people are": (CHAIN, '"g0"."a0" IS NULL', '"c0"."a0" IS NULL'),
    # where a link may not be
    "a link beside aggregates": (
        SUM,
        'FROM "purchase" AS "t" ',
        f'FROM "purchase" AS "t" {_JOIN}WHERE {LATER} ',
    ),
    "a link beside a choice": (
        OFTEN,
        'COUNT(*) AS "a0" FROM "checkout" AS "t" ',
        f'COUNT(CASE WHEN {LATER} THEN 0 END) AS "a0" FROM "checkout" AS "t" {_JOIN}',
    ),
    "a link beside a step": (
        TWO,
        'FROM "checkout" AS "t"',
        f'FROM "checkout" AS "t" {_JOIN.replace("$v0", "$v5")}WHERE {LATER}',
    ),
    "a link beside a level": (
        TWO,
        ' AS "w") AS "w"',
        (
            f' AS "w" LEFT JOIN ({_FIRST.replace("$v0", "$v5")}) AS "c0" '
            'ON "c0"."ordinal" = "w"."ordinal") AS "w"'
        ),
    ),
    "a link beside the eligible": (
        CHAIN,
        f'LEFT JOIN ({TWO_LINKS}) AS "g0"',
        (
            f'LEFT JOIN ({_FIRST}) AS "c0" ON "c0"."ordinal" = "e"."ordinal" '
            f'LEFT JOIN ({TWO_LINKS}) AS "g0"'
        ),
    ),
    "two columns compared where people are": (
        CHAIN,
        'NOT "g0"."a0" IS NULL',
        '"g0"."a0" > "g0"."a0"',
    ),
    "an attribute compared with another": (DE, '"p0"."country" = $v0', '"p0"."age" > "p0"."age"'),
}
