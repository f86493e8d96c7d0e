# SPDX-License-Identifier: Apache-2.0
"""Every shape of SQL that the second gate lets through, written by hand."""

from __future__ import annotations

from datetime import date

from tests.twins.sql_shape_parts import (
    MATCHED,
    MATCHES,
    aggregated,
    asks,
    grouped,
    joined,
)
from tests.twins.sql_shapes_sequences import SEQUENCE_SHAPES


def _first(function: str, of: str) -> str:
    return f'{function}("t"."{of}", ROW("t"."time", "t"."event_id"))'


CRM = joined("crm")
SHAPES = {
    "a category": asks(CRM, '"p0"."country" = $v0', "DE", reads="crm: country"),
    "one of several": asks(CRM, '"p0"."age" IN ($v0, $v1)', 1, 3, reads="crm: age"),
    "a text": asks(
        CRM,
        'STARTS_WITH("p0"."city__folded", $v0) OR CONTAINS("p0"."city__folded", $v1)',
        "x", "b", reads="crm: city__folded",
    ),
    "a set": asks(
        CRM, 'ARRAY_CONTAINS("p0"."interests", $v0)', "tea", reads="crm: interests"
    ),
    "missing or not": asks(
        CRM,
        '"p0"."vip" IS NULL OR NOT "p0"."age" IS NULL OR NOT "p0"."company" IS NULL',
        reads="crm: vip age company",
    ),
    "a not that sees a missing value": asks(
        CRM,
        'NOT (COALESCE("p0"."vip" = $v0, FALSE) AND COALESCE("p0"."age" < $v1, FALSE))',
        True, 2, reads="crm: vip age",
    ),
    "a date": asks(
        CRM,
        '"p0"."birthday" >= $v0 AND "p0"."birthday" BETWEEN $v1 AND $v2',
        date(1990, 1, 1), date(1980, 1, 1), date(2000, 12, 31), reads="crm: birthday",
    ),
    "an anniversary": asks(
        CRM,
        'MONTH("p0"."birthday") = $v0 AND DAY("p0"."birthday") <= $v1 '
        'AND "p0"."birthday" < $v2',
        2, 28, date(2026, 2, 1), reads="crm: birthday",
    ),
    "an attribute of the account": asks(
        joined("companies"), '"p0"."industry" = $v0', "software", reads="companies: industry"
    ),
    "a list": asks(joined("newsletter"), 'NOT "p0"."ordinal" IS NULL', reads="newsletter:"),
    "a score": asks(
        joined("scores"), '"p0"."rfm.recency" >= $v0', 2, reads="scores: rfm.recency"
    ),
    "a sample of those who": asks(
        CRM + joined("samples", "p1"),
        '"p0"."country" = $v0 AND "p1"."holdout" < $v1',
        "DE", 2**31, reads="crm: country; samples: holdout", samples="holdout",
    ),
    "how often": asks(
        grouped(aggregated('COUNT(*) AS "a0"', then='WHERE "t"."time" < $v0 ')),
        'COALESCE("g0"."a0", 0) >= $v1', 4, 2, reads="purchase: time",
    ),
    "how often without a window": asks(
        grouped(aggregated('COUNT(*) AS "a0"', "checkout")),
        '"g0"."a0" BETWEEN $v0 AND $v1', 1, 2, reads="checkout:",
    ),
    "several windows in one scan": asks(
        grouped(
            aggregated(
                'COUNT(CASE WHEN "t"."time" >= $v0 THEN 0 END) AS "a0", '
                'COUNT(CASE WHEN "t"."channel" = $v1 AND "t"."time" < $v2 THEN 0 END) AS "a1", '
                'SUM(CASE WHEN "t"."gift" = $v3 THEN "t"."amount" END) AS "a2"'
            )
        ),
        '"g0"."a0" >= $v4 AND COALESCE("g0"."a1", 0) < $v5 OR "g0"."a2" > $v6'.replace(
            "AND COALESCE", "OR COALESCE"
        ),
        3, "web", 5, True, 3, 1, 4, reads="purchase: time channel amount gift",
    ),
    "several choices in one scan": asks(
        grouped(
            aggregated(
                'COUNT(CASE WHEN "t"."time" >= $v0 THEN "t"."amount" END) AS "a0", '
                'COUNT(DISTINCT CASE WHEN "t"."channel" = $v1 THEN "t"."article" END) AS "a1", '
                'MIN(CASE WHEN "t"."time" >= $v0 THEN "t"."amount" END) AS "a2", '
                'MAX(CASE WHEN "t"."channel" = $v1 THEN "t"."shipped" END) AS "a3", '
                'SUM(CASE WHEN "t"."time" >= $v0 THEN "t"."amount" END) AS "a4"',
                then='WHERE ("t"."time" >= $v0 OR "t"."channel" = $v1) ',
            )
        ),
        '"g0"."a4" > CAST("g0"."a0" AS INT128) * $v2 OR "g0"."a1" >= $v3 OR "g0"."a2" < $v2 '
        'OR "g0"."a3" < $v4',
        3, "web", 1, 2, date(1990, 1, 1), reads="purchase: time amount channel article shipped",
    ),
    "a sum, the least and the most": asks(
        grouped(
            aggregated(
                'SUM("t"."amount") AS "a0", MIN("t"."amount") AS "a1", MAX("t"."time") AS "a2", '
                'MAX("t"."shipped") AS "a3"'
            )
        ),
        '"g0"."a0" > $v0 AND "g0"."a1" <= $v1 AND "g0"."a2" < $v2 AND "g0"."a3" > $v3',
        3, 2, 6, date(1990, 1, 1), reads="purchase: amount time shipped",
    ),
    "an average": asks(
        grouped(aggregated('SUM("t"."amount") AS "a1", COUNT("t"."amount") AS "a2"')),
        '"g0"."a1" > CAST("g0"."a2" AS INT128) * $v0', 1, reads="purchase: amount",
    ),
    "an average between": asks(
        grouped(aggregated('SUM("t"."amount") AS "a1", COUNT("t"."amount") AS "a2"')),
        '"g0"."a1" BETWEEN CAST("g0"."a2" AS INT128) * $v0 AND CAST("g0"."a2" AS INT128) * $v1',
        1, 2, reads="purchase: amount",
    ),
    "how many different": asks(
        grouped(aggregated('COUNT(DISTINCT "t"."article") AS "a0"')),
        '"g0"."a0" = $v0', 2, reads="purchase: article",
    ),
    "the first and the last": asks(
        grouped(
            aggregated(
                f'{_first("ARG_MIN_NULL", "channel")} AS "a0", '
                f'{_first("ARG_MAX_NULL", "gift")} FILTER(WHERE "t"."time" >= $v0) AS "a1", '
                f'{_first("ARG_MAX_NULL", "labels")} AS "a2", '
                f'{_first("ARG_MIN_NULL", "time")} AS "a3"'
            )
        ),
        '"g0"."a0" = $v1 OR "g0"."a1" = $v2 OR ARRAY_CONTAINS("g0"."a2", $v3) OR "g0"."a3" < $v4',
        1, "web", True, "tea", 1, reads="purchase: channel gift labels time event_id",
    ),
    "the anniversary of the first": asks(
        grouped(aggregated(f'{_first("ARG_MIN_NULL", "shipped")} AS "a0"')),
        'MONTH("g0"."a0") = $v0 AND DAY("g0"."a0") > $v1',
        2, 10, reads="purchase: shipped time event_id",
    ),
    "another event's property": asks(
        grouped(
            aggregated(
                'COUNT(*) AS "a0"',
                then=MATCHED + 'WHERE NOT "m0"."ordinal" IS NULL AND "t"."time" < $v0 ',
            )
        ),
        '"g0"."a0" >= $v1', 6, 1, reads="purchase: time article; wishlist: article",
    ),
    "another event's property in a filter": asks(
        grouped(
            aggregated(
                'COUNT(CASE WHEN NOT (NOT "m0"."ordinal" IS NULL) THEN 0 END) AS "a0"',
                then=MATCHES.format(where='WHERE "u"."time" < $v0 '),
            )
        ),
        '"g0"."a0" >= $v1', 3, 1, reads="purchase: article; wishlist: time article",
    ),
    **SEQUENCE_SHAPES,
}  # fmt: skip
