# SPDX-License-Identifier: Apache-2.0
"""Tricks with the links of a chain: how one is joined, what it is, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping

from tests.twins.sql_shape_parts import BOUNDED, LATER, MATCHED, link
from tests.twins.sql_shapes_sequences import TWO_STEPS
from tests.twins.sql_trick_parts import CHAIN, CHAIN_OF_THREE, Swap

_FIRST = link("cart", BOUNDED)
_JOIN = f'LEFT JOIN ({_FIRST}) AS "c0" ON "c0"."ordinal" = "t"."ordinal" '
_ON = 'ON "c0"."ordinal" = "t"."ordinal"'
_LAST = 'MAX("t"."time") AS "a0"'
_CHECKOUT = 'MIN("t"."time") AS "a0" FROM "checkout"'
_CART = 'MIN("t"."time") AS "a0" FROM "cart"'

LINKS: Mapping[str, Swap] = {
    # how a link is joined
    "a link joined inner": (CHAIN, f"LEFT JOIN ({_FIRST}", f"JOIN ({_FIRST}"),
    "a link joined right": (CHAIN, f"LEFT JOIN ({_FIRST}", f"RIGHT JOIN ({_FIRST}"),
    "a link joined by time": (CHAIN, f"LEFT JOIN ({_FIRST}", f"ASOF LEFT JOIN ({_FIRST}"),
    "a link joined to a lateral": (CHAIN, f"LEFT JOIN ({_FIRST}", f"LEFT JOIN LATERAL ({_FIRST}"),
    "a link joined on TRUE": (CHAIN, _ON, "ON TRUE"),
    "a link joined on nothing": (CHAIN, f" {_ON}", ""),
    "a link joined by USING": (CHAIN, _ON, 'USING ("ordinal")'),
    "a link joined on itself": (CHAIN, _ON, 'ON "c0"."ordinal" = "c0"."ordinal"'),
    "a link joined the other way": (CHAIN, _ON, 'ON "t"."ordinal" = "c0"."ordinal"'),
    "a link joined on a moment": (CHAIN, _ON, 'ON "c0"."a0" = "t"."time"'),
    "a link joined on the person and more": (CHAIN, _ON, f"{_ON} AND {LATER}"),
    "a link joined on the person or more": (CHAIN, _ON, f"{_ON} OR {LATER}"),
    "a link joined on the person in brackets": (
        CHAIN,
        _ON,
        'ON ("c0"."ordinal" = "t"."ordinal")',
    ),
    "a link joined on the eligible": (CHAIN, _ON, 'ON "c0"."ordinal" = "e"."ordinal"'),
    "a link joined on a value": (CHAIN, _ON, 'ON "c0"."ordinal" = $v0'),
    "a link of another number": (CHAIN, '"c0"', '"c1"'),
    "a link with a zero before": (CHAIN, '"c0"', '"c00"'),
    "a link called as matches are": (CHAIN, '"c0"', '"m0"'),
    "a link called as its event is": (CHAIN, ') AS "c0"', ') AS "t"'),
    "a link called in another case": (CHAIN, ') AS "c0"', ') AS "C0"'),
    "a link called by no name": (CHAIN, ') AS "c0" ON', ") ON"),
    "a link with its columns renamed": (CHAIN, ') AS "c0" ON', ') AS "c0"("ordinal", "a0") ON'),
    "two links": (CHAIN, _JOIN, _JOIN + _JOIN.replace('"c0"', '"c1"')),
    "a link twice": (CHAIN, _JOIN, _JOIN + _JOIN),
    "matches after the link": (
        "one after another of what matches",
        (
            f'{MATCHED}LEFT JOIN (SELECT "t"."ordinal" AS "ordinal", MIN("t"."time") AS "a0" '
            f'FROM "cart" AS "t" {MATCHED}WHERE NOT "m0"."ordinal" IS NULL AND {BOUNDED} '
            f'GROUP BY "t"."ordinal") AS "c0" {_ON} '
        ),
        (
            f'LEFT JOIN (SELECT "t"."ordinal" AS "ordinal", MIN("t"."time") AS "a0" '
            f'FROM "cart" AS "t" {MATCHED}WHERE NOT "m0"."ordinal" IS NULL AND {BOUNDED} '
            f'GROUP BY "t"."ordinal") AS "c0" {_ON} {MATCHED}'
        ),
    ),
    "matches joined on a link": (
        "one after another of what matches",
        '"m0"."value" = "t"."article"',
        '"m0"."value" = "c0"."a0"',
    ),
    # what a link is
    "a link that is a table": (CHAIN, f"({_FIRST})", '"cart"'),
    "a link that is a table of people": (CHAIN, f"({_FIRST})", '"crm"'),
    "a link of people": (CHAIN, 'FROM "cart"', 'FROM "crm"'),
    "a link of the eligible": (CHAIN, 'FROM "cart"', 'FROM "eligible"'),
    "a link that is two": (CHAIN, f"({_FIRST})", f"({_FIRST} UNION ALL {_FIRST})"),
    "a link that is a sequence": (CHAIN, f"({_FIRST})", f"({TWO_STEPS})".replace("$v1", "$v4")),
    "a link of a subquery": (
        CHAIN,
        'FROM "cart" AS "t"',
        'FROM (SELECT "t"."ordinal" AS "ordinal", "t"."time" AS "time" FROM "cart" AS "t") AS "t"',
    ),
    "a link not grouped": (
        CHAIN,
        f'{BOUNDED} GROUP BY "t"."ordinal") AS "c0"',
        f'{BOUNDED}) AS "c0"',
    ),
    "a link grouped by more": (
        CHAIN,
        'GROUP BY "t"."ordinal") AS "c0"',
        'GROUP BY "t"."ordinal", "t"."time") AS "c0"',
    ),
    "a link grouped by the moment": (
        CHAIN,
        'GROUP BY "t"."ordinal") AS "c0"',
        'GROUP BY "t"."time") AS "c0"',
    ),
    "a link with HAVING": (
        CHAIN,
        'GROUP BY "t"."ordinal") AS "c0"',
        'GROUP BY "t"."ordinal" HAVING COUNT(*) > 0) AS "c0"',
    ),
    "a link of the most there are": (
        CHAIN,
        'GROUP BY "t"."ordinal") AS "c0"',
        'GROUP BY "t"."ordinal" LIMIT 1) AS "c0"',
    ),
    "a link without its person": (
        CHAIN,
        f'SELECT "t"."ordinal" AS "ordinal", {_CART}',
        f'SELECT 0 AS "ordinal", {_CART}',
    ),
    "a link of another person": (
        CHAIN,
        f'SELECT "t"."ordinal" AS "ordinal", {_CART}',
        f'SELECT MAX("t"."ordinal") AS "ordinal", {_CART}',
    ),
    "a link with its person last": (
        CHAIN,
        f'SELECT "t"."ordinal" AS "ordinal", {_CART}',
        'SELECT MIN("t"."time") AS "a0", "t"."ordinal" AS "ordinal" FROM "cart"',
    ),
    "a link that gives more": (
        CHAIN,
        _CART,
        'MIN("t"."time") AS "a0", COUNT(*) AS "a1" FROM "cart"',
    ),
    "a link by another name": (CHAIN, _CART, 'MIN("t"."time") AS "a1" FROM "cart"'),
    "a link that gives a count": (CHAIN, _CART, 'COUNT(*) AS "a0" FROM "cart"'),
    "a link that gives a sum": (CHAIN, _CART, 'SUM("t"."time") AS "a0" FROM "cart"'),
    "a link that gives another column": (
        CHAIN_OF_THREE,
        'MIN("t"."time") AS "a0" FROM "purchase"',
        'MIN("t"."amount") AS "a0" FROM "purchase"',
    ),
    "a link that gives a person's number": (CHAIN, _CART, 'MIN("t"."ordinal") AS "a0" FROM "cart"'),
    "a link that gives some moments": (
        CHAIN,
        _CART,
        'MIN(CASE WHEN "t"."time" < $v0 THEN "t"."time" END) AS "a0" FROM "cart"',
    ),
    "a link that gives moments it filters": (
        CHAIN,
        _CART,
        'MIN("t"."time") FILTER(WHERE "t"."time" < $v0) AS "a0" FROM "cart"',
    ),
    "a link that gives the moment before": (
        CHAIN,
        _CHECKOUT,
        'MIN("c0"."a0") AS "a0" FROM "checkout"',
    ),
    "a link that goes on to the last": (CHAIN, _CHECKOUT, f'{_LAST} FROM "checkout"'),
    "a link that goes on and counts": (CHAIN, _CHECKOUT, 'COUNT(*) AS "a0" FROM "checkout"'),
    "a link that goes on and gives more": (
        CHAIN,
        _CHECKOUT,
        'MIN("t"."time") AS "a0", MAX("t"."time") AS "a1" FROM "checkout"',
    ),
    "a link that goes on and tells of the one before": (
        CHAIN,
        _CHECKOUT,
        'MIN("t"."time") AS "a0", MIN("c0"."a0") AS "a1" FROM "checkout"',
    ),
    "a link that goes on, grouped by the one before": (
        CHAIN,
        'GROUP BY "t"."ordinal") AS "g0"',
        'GROUP BY "c0"."ordinal") AS "g0"',
    ),
    "a link that goes on, about the person of the one before": (
        CHAIN,
        f'SELECT "t"."ordinal" AS "ordinal", {_CHECKOUT}',
        f'SELECT "c0"."ordinal" AS "ordinal", {_CHECKOUT}',
    ),
}
