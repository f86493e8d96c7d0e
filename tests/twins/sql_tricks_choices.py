# SPDX-License-Identifier: Apache-2.0
"""Tricks with aggregates of some events: what is chosen, by what, and how often."""

from __future__ import annotations

from collections.abc import Mapping

from tests.twins.sql_trick_parts import CHOICE, DE, FIRST, OFTEN, SUM, Swap

_SUM = 'SUM(CASE WHEN "t"."time" >= $v0 THEN "t"."amount" END)'
_COUNT = 'COUNT(CASE WHEN "t"."time" >= $v0 THEN "t"."amount" END)'
_DIFFERENT = 'COUNT(DISTINCT CASE WHEN "t"."channel" = $v1 THEN "t"."article" END)'
_ON = 'WHEN "t"."time" >= $v0 '
_THEN = 'THEN "t"."amount" END'

CHOICES: Mapping[str, Swap] = {
    "a choice with an ELSE": (CHOICE, _SUM, _SUM.replace("END", "ELSE 0 END")),
    "a choice with another column for an ELSE": (
        CHOICE,
        _SUM,
        _SUM.replace("END", 'ELSE "t"."secret" END'),
    ),
    "a count of a choice with an ELSE": (CHOICE, _COUNT, _COUNT.replace("END", "ELSE 0 END")),
    "two choices of an aggregate": (
        CHOICE,
        _SUM,
        _SUM.replace("END", 'WHEN "t"."time" < $v0 THEN "t"."amount" END'),
    ),
    "a choice of nothing": (CHOICE, f"{_ON}{_THEN}) AS", "END) AS"),
    "a choice of one value": (
        CHOICE,
        _SUM,
        _SUM.replace(_ON, "").replace("CASE", 'CASE "t"."gift" WHEN $v4 '),
    ),
    "a choice in a choice": (
        CHOICE,
        _SUM,
        _SUM.replace(_THEN, f"THEN CASE {_ON}{_THEN} END"),
    ),
    "a choice by a choice": (
        CHOICE,
        _SUM,
        _SUM.replace(_ON, 'WHEN CASE WHEN "t"."time" >= $v0 THEN TRUE END '),
    ),
    "a sum of zeros": (CHOICE, _SUM, _SUM.replace('"t"."amount"', "0")),
    "the least of zeros": (
        CHOICE,
        'MIN(CASE WHEN "t"."time" >= $v0 THEN "t"."amount" END)',
        'MIN(CASE WHEN "t"."time" >= $v0 THEN 0 END)',
    ),
    "different zeros": (CHOICE, _DIFFERENT, _DIFFERENT.replace('"t"."article"', "0")),
    "a count of ones": (CHOICE, _COUNT, _COUNT.replace('"t"."amount"', "1")),
    "a count of a zero": (OFTEN, "COUNT(*)", "COUNT(0)"),
    "a count of texts": (CHOICE, _COUNT, _COUNT.replace('"t"."amount"', "'x'")),
    "a count of TRUE": (CHOICE, _COUNT, _COUNT.replace('"t"."amount"', "TRUE")),
    "a count of NULL": (CHOICE, _COUNT, _COUNT.replace('"t"."amount"', "NULL")),
    "a count of a star chosen": (CHOICE, _COUNT, _COUNT.replace('"t"."amount"', "*")),
    "a choice of a given value": (CHOICE, _SUM, _SUM.replace('"t"."amount"', "$v2")),
    "a choice of a person's number": (CHOICE, _COUNT, _COUNT.replace("amount", "ordinal")),
    "a choice of an event's id": (CHOICE, _COUNT, _COUNT.replace("amount", "event_id")),
    "a choice of a text to add": (CHOICE, _SUM, _SUM.replace("amount", "channel")),
    "a choice of a text to order": (CHOICE, 'THEN "t"."shipped"', 'THEN "t"."channel"'),
    "a choice of a test": (CHOICE, _COUNT, _COUNT.replace('"amount" END', '"amount" > $v2 END')),
    "a choice of a difference": (
        CHOICE,
        _SUM,
        _SUM.replace('"amount" END', '"amount" - "t"."time" END'),
    ),
    "a choice by nothing known": (CHOICE, _SUM, _SUM.replace('"t"."time" >= $v0', "TRUE")),
    "a choice by a bare column": (CHOICE, _SUM, _SUM.replace('"t"."time" >= $v0', '"t"."gift"')),
    "a choice by a person's number": (
        CHOICE,
        _SUM,
        _SUM.replace('"t"."time" >= $v0', '"t"."ordinal" >= $v0'),
    ),
    "a choice by an event's id": (
        CHOICE,
        _SUM,
        _SUM.replace('"t"."time" >= $v0', '"t"."event_id" = $v1'),
    ),
    "a choice by the outer row": (
        CHOICE,
        _SUM,
        _SUM.replace('"t"."time" >= $v0', 'NOT "e"."ordinal" IS NULL'),
    ),
    "a choice by a value of another type": (CHOICE, _SUM, _SUM.replace("$v0", "$v1")),
    "a choice by two columns": (CHOICE, _SUM, _SUM.replace("$v0", '"t"."amount"')),
    "a choice without brackets": (
        CHOICE,
        _SUM,
        _SUM.replace(_ON, f'{_ON}OR "t"."time" < $v0 AND "t"."gift" IS NULL '),
    ),
    "a choice by a subquery": (
        CHOICE,
        _SUM,
        _SUM.replace('"t"."time" >= $v0', 'EXISTS(SELECT 0 FROM "crm" AS "c")'),
    ),
    "a choice of an aggregate": (
        CHOICE,
        _SUM,
        'CASE WHEN "t"."time" >= $v0 THEN SUM("t"."amount") END',
    ),
    "a choice of what is counted once each": (
        CHOICE,
        _DIFFERENT,
        'COUNT(CASE WHEN "t"."channel" = $v1 THEN DISTINCT "t"."article" END)',
    ),
    "a choice of two, counted once each": (
        CHOICE,
        _DIFFERENT,
        _DIFFERENT.replace(" END)", ' END, "t"."amount")'),
    ),
    "a choice with a FILTER": (CHOICE, _SUM, f'{_SUM} FILTER(WHERE "t"."time" >= $v0)'),
    "a choice of the first": (
        FIRST,
        'ARG_MIN_NULL("t"."channel"',
        'ARG_MIN_NULL(CASE WHEN "t"."time" >= $v0 THEN "t"."channel" END',
    ),
    "a choice in the order of the first": (
        FIRST,
        'ARG_MIN_NULL("t"."channel", ROW("t"."time"',
        'ARG_MIN_NULL("t"."channel", ROW(CASE WHEN "t"."time" >= $v0 THEN "t"."time" END',
    ),
    "a choice by IF": (CHOICE, _SUM, 'SUM(IF("t"."time" >= $v0, "t"."amount", NULL))'),
    "a choice by NULLIF": (SUM, 'SUM("t"."amount")', 'SUM(NULLIF("t"."amount", 0))'),
    "a choice by COALESCE": (SUM, 'SUM("t"."amount")', 'SUM(COALESCE("t"."amount", 0))'),
    "a choice over a window": (
        CHOICE,
        _SUM,
        f'{_SUM} OVER (PARTITION BY "t"."ordinal")',
    ),
    "a choice to group by": (
        OFTEN,
        'BY "t"."ordinal"',
        'BY CASE WHEN "t"."time" < $v0 THEN "t"."ordinal" END',
    ),
    "a choice for the person": (
        OFTEN,
        'SELECT "t"."ordinal" AS',
        'SELECT CASE WHEN "t"."time" < $v0 THEN "t"."ordinal" END AS',
    ),
    "a choice of some people": (
        DE,
        '"p0"."country" = $v0',
        'COUNT(CASE WHEN "p0"."country" = $v0 THEN 0 END) > $v4',
    ),
    "a choice among attributes": (
        DE,
        '"p0"."country" = $v0',
        'CASE WHEN "p0"."country" = $v0 THEN "p0"."age" END > $v4',
    ),
}
