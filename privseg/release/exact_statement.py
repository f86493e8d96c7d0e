# SPDX-License-Identifier: Apache-2.0
"""The statement of an exact release (``privseg.exact-release/1``): what was asked, found and held.

It has no epsilon and no cost: a k lineage is outside the privacy budget, and nothing of it may
ever be in a protected report. Whatever follows from what it says is printed by this code alone, so
that ``exact_verify`` can print it again and compare.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256

from privseg.frames.block import Cell
from privseg.protect.exact.classes import Attained
from privseg.protect.exact.microdata import CoarseRecords
from privseg.protect.exact.risk import remaining
from privseg.protect.exact.suppression import ExactCount, ExactCounts
from privseg.protect.exact.tables import Table, Tables
from privseg.release.exact_asked import Json, plan_hash
from privseg.release.exact_guarantee import guarantee_of
from privseg.release.exact_words import (
    HELD_RECORDS,
    HELD_TABLES,
    NOT_AUDITED_RECORDS,
    NOT_AUDITED_TABLES,
    SEARCHED,
)
from privseg.terms import to_micros
from privseg.tlog.canonical import canonical

EXACT_FORMAT = "privseg.exact-release/1"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reader is told of a segment."""

    name: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class ExactFrame:
    """What stands around the numbers: where they come from, and what proves it."""

    code: str
    policy: str
    purpose_title: str
    edition_id: str
    at: datetime
    released_at: datetime
    meanings: tuple[Meaning, ...]
    audit: bytes
    register: str

    def __post_init__(self) -> None:
        """Refuse what could not be printed."""
        if len(self.audit) != 32 or self.released_at.tzinfo is None or self.at.tzinfo is None:  # noqa: PLR2004  # SHA-256
            raise ValueError("a commitment has 32 bytes, and a moment a time zone")


def tables_statement(asked: Json, frame: ExactFrame, counts: ExactCounts) -> Json:
    """Return the statement of a period's tables."""
    found = {c.cell: c for c in counts.counts}
    return {
        **around(asked, frame),
        "tables": [_table(t, counts.tables, found) for t in counts.tables.tables],
        "held": list(HELD_TABLES),
        "not_audited": list(NOT_AUDITED_TABLES),
    }


def records_statement(asked: Json, frame: ExactFrame, records: CoarseRecords, data: str) -> Json:
    """Return the statement of records; ``data`` is their CSV text."""
    guarantee, names = guarantee_of(asked), records.sensitive
    return {
        **around(asked, frame),
        "records": {
            "columns": [*records.quasi, *names],
            "rows": len(records.rows),
            "left_out": shown_left_out(records.left_out, guarantee.k),
            "levels": None if records.levels is None else list(records.levels),
            "sha256": sha256(data.encode()).hexdigest(),
        },
        "attained": attained_facts(records.attained),
        "risk": {name: four_up(getattr(records.risk, name)) for name in RISKS},
        **told_of_records(asked, names),
    }


def told_of_records(asked: Json, sensitive: Sequence[str]) -> Json:
    """Return what a statement of records says in words."""
    return {
        "held": list(HELD_RECORDS),
        "remaining": remaining(guarantee_of(asked), tuple(sensitive)),
        "not_audited": [*NOT_AUDITED_RECORDS, *([SEARCHED] if asked["search"] else [])],
    }


RISKS = (
    "prosecutor", "prosecutor_mean", "journalist", "marketer", "unique_before", "unique_after",
)  # fmt: skip


def attained_facts(found: Attained) -> Json:
    """Return what records have; each rounded so that it claims no more than there is."""
    return {
        "k": found.k,
        "classes": found.classes,
        "distinct": found.distinct,
        "entropy": None if found.entropy is None else f"{float(found.entropy):.2f}",
        "farthest": None if found.distinct is None else four_up(found.farthest),
    }


def shown_left_out(number: int, k: int) -> int | None:
    """Return how many records were left out, or None: from 1 to k - 1, too few to be told."""
    return None if 0 < number < k else number


def four_up(share: Fraction) -> str:
    """Return a share with four digits after the point, rounded up.

    >>> four_up(Fraction(1, 3))
    '0.3334'
    """
    up = -(-share.numerator * 10_000 // share.denominator)
    return f"{up // 10_000}.{up % 10_000:04}"


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return records as CSV (RFC 4180); every text is as spreadsheets may open it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(c) for c in columns])
    writer.writerows([harmless(text) for text in row] for row in rows)
    return out.getvalue()


def harmless(text: str) -> str:
    """Return ``text``, behind an apostrophe where a spreadsheet would run it (OWASP).

    >>> harmless("=1+1"), harmless("-12.50"), harmless("Ada")
    ("'=1+1", '-12.50', 'Ada')
    """
    if not text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return text
    digits = text[1:].replace(".", "", 1)
    return text if text[0] == "-" and digits.isascii() and digits.isdigit() else f"'{text}"


def statement_sha256(statement: Json) -> str:
    """Return the SHA-256 (hex) of a statement's canonical text."""
    return sha256(canonical(statement)).hexdigest()


def moment(at: datetime) -> str:
    """Return a moment in UTC to the microsecond."""
    to_micros(at)  # refuses a moment without a time zone
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def around(asked: Json, frame: ExactFrame) -> Json:
    """Return what stands around the numbers of any exact release."""
    return {
        "version": EXACT_FORMAT,
        "code": frame.code,
        "asked": asked,
        "plan": plan_hash(asked),
        "policy": frame.policy,
        "purpose_title": frame.purpose_title,
        "edition": {"id": frame.edition_id, "at": moment(frame.at)},
        "released_at": moment(frame.released_at),
        "segments": [{"name": m.name, "label": m.label, "words": m.words} for m in frame.meanings],
        "audit": frame.audit.hex(),
        "register": frame.register,
    }


def _table(table: Table, tables: Tables, found: dict[Cell, ExactCount]) -> Json:
    place = [i for name in table.by for i, a in enumerate(tables.axes) if a.attribute == name]
    return {
        "name": table.name,
        "counts": [
            {
                "set": cell[0],
                "keys": [cell[1][i] for i in place],
                "people": found[cell].people,
                "low": found[cell].low,
                "high": found[cell].high,
            }
            for cell in tables.cells_of(table)
        ],
    }
