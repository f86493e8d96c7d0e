# SPDX-License-Identifier: Apache-2.0
"""The parts that statements of the second gate's grammar are made of, written by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from privseg.frames import Query

START = 'SELECT "e"."ordinal" AS "ordinal" FROM "eligible" AS "e" '


def joined(table: str, alias: str = "p0") -> str:
    """Return the join of a table with a row a person."""
    return f'LEFT JOIN "{table}" AS "{alias}" ON "{alias}"."ordinal" = "e"."ordinal" '


def grouped(inner: str, alias: str = "g0") -> str:
    """Return the join of a subquery by person."""
    return f'LEFT JOIN ({inner}) AS "{alias}" ON "{alias}"."ordinal" = "e"."ordinal" '


def aggregated(aggregates: str, event: str = "purchase", then: str = "") -> str:
    """Return the aggregates of one event by person; ``then`` are joins and a WHERE."""
    outputs = f'SELECT "t"."ordinal" AS "ordinal", {aggregates}'
    return f'{outputs} FROM "{event}" AS "t" {then}GROUP BY "t"."ordinal"'


MATCHES = (
    'LEFT JOIN (SELECT "u"."ordinal" AS "ordinal", "u"."article" AS "value" '
    'FROM "wishlist" AS "u" {where}GROUP BY "u"."ordinal", "u"."article") AS "m0" '
    'ON "m0"."ordinal" = "t"."ordinal" AND "m0"."value" = "t"."article" '
)
MATCHED = MATCHES.format(where="")


def step(event: str, tag: str, then: str = "") -> str:
    """Return the rows of one step of a sequence."""
    outputs = f'SELECT "t"."ordinal" AS "ordinal", "t"."time" AS "time", ${tag} AS "step"'
    return f'{outputs} FROM "{event}" AS "t"{then}'


AHEAD = (
    'OVER (PARTITION BY "w"."ordinal" ORDER BY "w"."time", "w"."step" '
    "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
)


def level(outputs: str, inner: str, then: str = "") -> str:
    """Return one level of windows over ``inner``; ``then`` is a WHERE."""
    own = '"w"."ordinal" AS "ordinal", "w"."time" AS "time", "w"."step" AS "step"'
    return f'SELECT {own}, {outputs} FROM ({inner}) AS "w"{then}'


def ended(inner: str, where: str) -> str:
    """Return the end of a sequence."""
    outputs = 'SELECT "w"."ordinal" AS "ordinal", COUNT(*) AS "a0"'
    return f'{outputs} FROM ({inner}) AS "w" WHERE {where} GROUP BY "w"."ordinal"'


def earliest(tag: str, of: str, window: str = AHEAD) -> str:
    """Return the earliest ``of`` ahead among the rows of one step."""
    return f'MIN(CASE WHEN "w"."step" = ${tag} THEN "w"."{of}" END) {window}'


LATER = '"t"."time" > "c0"."a0"'
NOTHING_OR_LATER = f'("c0"."a0" IS NULL OR {LATER})'
BOUNDED = '"t"."time" < $v0'


def link(event: str, where: str, before: str = "", beside: str = "") -> str:
    """Return one link of a chain: the earliest of an event after the link before."""
    joins = f'LEFT JOIN ({before}) AS "c0" ON "c0"."ordinal" = "t"."ordinal" ' if before else ""
    return aggregated('MIN("t"."time") AS "a0"', event, f"{beside}{joins}WHERE {where} ")


def last_of(event: str, where: str) -> str:
    """Return the moment of the last of an event, for what must come after it."""
    return aggregated('MAX("t"."time") AS "a0"', event, f"WHERE {where} ")


@dataclass(frozen=True, slots=True)
class Shape:
    """A statement that passes: its text, its values, and what it reads beside who is eligible."""

    sql: str
    values: tuple[object, ...]
    reads: str  # "crm: country age; purchase: time"; the ordinals go without saying
    finds: tuple[str, ...] = ("members",)
    samples: frozenset[str] = field(default=frozenset())

    @property
    def columns(self) -> frozenset[tuple[str, str]]:
        """Return what it reads as pairs."""
        found = {("eligible", "ordinal")}
        for part in self.reads.split("; "):
            table, _, names = part.partition(":")
            found |= {(table, name) for name in ("ordinal", *names.split())}
        return frozenset(found)

    def query(self) -> Query:
        """Return it as the compiler would."""
        values = {f"v{n}": v for n, v in enumerate(self.values)}
        return Query(self.sql, values, self.columns, finds=self.finds, samples=self.samples)


def asks(joins: str, where: str, *values: object, reads: str, samples: str = "") -> Shape:
    """Return the shape of one segment."""
    drawn = frozenset(samples.split())
    return Shape(f"{START}{joins}WHERE {where}", values, reads, samples=drawn)
