# SPDX-License-Identifier: Apache-2.0
"""A statement printed once more from its own facts: the audit and the measures run again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privseg.protect.exact.classes import SensitiveColumn, attained, joined
from privseg.protect.exact.suppression import ExactCount, ExactCounts, intervals
from privseg.release.decode_node import ReleaseForgedError
from privseg.release.exact_asked import Json, tables_of
from privseg.release.exact_guarantee import guarantee_of, sensitive_column
from privseg.release.exact_statement import (
    RISKS,
    ExactFrame,
    Meaning,
    around,
    attained_facts,
    four_up,
    harmless,
    tables_statement,
    told_of_records,
)

SHARE = re.compile(r"[01]\.[0-9]{4}")


def _frame_again(statement: Json) -> ExactFrame:
    """Return what stands around the numbers, read from a statement."""
    return ExactFrame(
        code=statement["code"],
        policy=statement["policy"],
        purpose_title=statement["purpose_title"],
        edition_id=statement["edition"]["id"],
        at=_moment(statement["edition"]["at"]),
        released_at=_moment(statement["released_at"]),
        meanings=tuple(Meaning(s["name"], s["label"], s["words"]) for s in statement["segments"]),
        audit=bytes.fromhex(statement["audit"]),
        register=statement["register"],
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def tables_again(statement: Json, data: object) -> Json:
    """Return what this code prints of a statement's counts, the audit run again."""
    asked = statement["asked"]
    tables, rule = tables_of(asked)
    printed: dict[Any, int | None] = {}
    for table, told in zip(tables.tables, statement["tables"], strict=True):
        for cell, count in zip(tables.cells_of(table), told["counts"], strict=True):
            if printed.setdefault(cell, count["people"]) != count["people"]:
                raise ReleaseForgedError(field="tables", why="one group has two counts")
    people = tuple(printed[cell] for cell in tables.cells)
    for is_telling, number in zip(tables.tells, people, strict=True):
        if number is not None and number < rule.k and (number or is_telling):
            raise ReleaseForgedError(field="tables", why="a count is too small to be printed")
    counts = intervals(tables, people)
    if data is not None or not all(_is_protected(c, rule.k, rule.protection) for c in counts):
        raise ReleaseForgedError(field="tables", why="a withheld count can be worked out")
    return tables_statement(asked, _frame_again(statement), ExactCounts(tables, rule, counts))


def _is_protected(count: ExactCount, k: int, protection: int) -> bool:
    """Return whether a withheld count is as uncertain as it must be."""
    if count.people is not None or count.high is None:
        return True
    return count.high >= k and count.high - count.low >= protection


def records_again(statement: Json, data: str) -> Json:
    """Return what this code prints of a statement's records, measured again."""
    asked = statement["asked"]
    guarantee = guarantee_of(asked)
    columns = _columns(asked, data)
    quasi = len(asked["quasi_identifiers"])
    classes, number = _classes(columns[:quasi])
    found = attained(classes, number, _sensitive(asked, columns[quasi:]))
    least = 0 if guarantee.l_diversity is None else guarantee.l_diversity.least
    most = Fraction(1) if guarantee.t_closeness is None else guarantee.t_closeness.most
    if found.k < guarantee.k or (found.distinct or least) < least or found.farthest > most:
        raise ReleaseForgedError(field="data", why="the records do not hold what was asked")
    return {
        **around(asked, _frame_again(statement)),
        "records": {
            "columns": _names(asked),
            "rows": len(classes),
            "left_out": statement["records"]["left_out"],
            "levels": statement["records"]["levels"],
            "sha256": sha256(data.encode()).hexdigest(),
        },
        "attained": attained_facts(found),
        "risk": _risk_again(statement["risk"], classes, number),
        **told_of_records(asked, _names(asked)[quasi:]),
    }


def _names(asked: Json) -> list[str]:
    """Return the columns that records have."""
    return [each["attribute"] for each in (*asked["quasi_identifiers"], *asked["sensitive"])]


def _columns(asked: Json, data: str) -> list[tuple[str, ...]]:
    """Return the columns of records."""
    rows = list(csv.reader(io.StringIO(data, newline="")))
    if rows[0] != _names(asked) or len({len(r) for r in rows}) != 1 or not rows[1:]:
        raise ReleaseForgedError(field="data", why="it has other columns, or no rows")
    return list(zip(*rows[1:], strict=True))


def _sensitive(asked: Json, columns: Sequence[Sequence[str]]) -> tuple[SensitiveColumn, ...]:
    """Return the sensitive attributes of records."""
    pairs = zip(asked["sensitive"], columns, strict=True)
    return tuple(sensitive_column(_as_written(said), texts)[0] for said, texts in pairs)


def _as_written(said: Json) -> Json:
    """Return a sensitive attribute with its values as a CSV has them."""
    values = said["values"]
    return {**said, "values": None if values is None else [harmless(v) for v in values]}


def _risk_again(risk: Json, classes: NDArray[np.int64], number: int) -> Json:
    """Return the risks: those that follow from the records again, the others as they stand."""
    sizes = np.bincount(classes)
    again = {
        "prosecutor": four_up(Fraction(1, int(sizes.min()))),
        "prosecutor_mean": four_up(Fraction(number, len(classes))),
        "unique_after": four_up(Fraction(int((sizes == 1).sum()), len(classes))),
    }
    shares = {name: again.get(name) or str(risk[name]) for name in RISKS}
    if any(not SHARE.fullmatch(text) for text in shares.values()):
        raise ReleaseForgedError(field="statement.risk", why="it is no share")
    return shares


def _classes(columns: Sequence[Sequence[str]]) -> tuple[Any, int]:
    codes, sizes = [], []
    for texts in columns:
        seen: dict[str, int] = {}
        codes.append(np.array([seen.setdefault(t, len(seen)) for t in texts], np.int64))
        sizes.append(len(seen))
    return joined(codes, sizes)
