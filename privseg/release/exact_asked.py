# SPDX-License-Identifier: Apache-2.0
"""What an exact release is asked for, as JSON-ready values: the policy's declaration for a period.

Made before anything is read, from public things alone; its hash names the answer. Two that ask the
same in one period are one, whatever else changed in the policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from privseg.frames import ByCut, OfPerson
from privseg.frames.dimension import MISSING_KEY
from privseg.policy import Catalogue, Column, ColumnRole, ColumnType, Policy
from privseg.policy.k_rules import (
    DateLevels,
    ExactTables,
    GroupLevels,
    IntervalLevels,
    Levels,
    Microdata,
    Period,
    QuasiIdentifier,
    Sensitive,
)
from privseg.protect.exact.settling import ExactRule
from privseg.protect.exact.tables import Axis, Table, Tables
from privseg.terms import Attribute
from privseg.tlog.canonical import canonical

Json = dict[str, Any]
BOOLEANS = ("true", "false")


class ExactKind(StrEnum):
    """What an exact release holds."""

    TABLES = "tables"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Span:
    """A calendar period of the workspace's zone, half open, in UTC."""

    name: str  # "2026", "2026-Q4", "2026-11"
    begins: datetime
    ends: datetime

    def overlaps(self, other: Span) -> bool:
        """Return whether two periods have a moment in common."""
        return self.begins < other.ends and other.begins < self.ends


def span_of(at: datetime, period: Period, zone: ZoneInfo) -> Span:
    """Return the period that ``at`` lies in.

    >>> span_of(datetime(2026, 11, 22, tzinfo=UTC), Period.QUARTER, ZoneInfo("UTC")).name
    '2026-Q4'
    """
    local = at.astimezone(zone)
    months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
    number = (local.month - 1) // months
    first = number * months + 1
    year, after = (local.year + 1, 1) if first + months > 12 else (local.year, first + months)  # noqa: PLR2004  # months of a year
    name = {
        Period.MONTH: f"{local.year:04}-{first:02}",
        Period.QUARTER: f"{local.year:04}-Q{number + 1}",
        Period.YEAR: f"{local.year:04}",
    }[period]
    begins = datetime(local.year, first, 1, tzinfo=zone).astimezone(UTC)
    return Span(name, begins, datetime(year, after, 1, tzinfo=zone).astimezone(UTC))


def plan_hash(asked: Json) -> str:
    """Return the SHA-256 (hex) of what is asked."""
    return sha256(canonical(asked)).hexdigest()


def tables_asked(
    declared: ExactTables, policy: Policy, *, versions: Mapping[str, str], span: Span
) -> Json:
    """Return what a period's tables are asked for."""
    return {
        **_common(ExactKind.TABLES, declared, policy, span),
        "segments": _pinned(declared.segments, versions),
        "guarantee": {"family": "k", "k": declared.k, "protection": declared.protection},
        "axes": [_axis(a, declared, policy.catalogue) for a in declared.axes],
        "tables": [
            {"name": t.name, "by": list(t.by), "segments": list(t.segments)}
            for t in declared.tables
        ],
    }


def tables_of(asked: Json) -> tuple[Tables, ExactRule]:
    """Return the tables that were asked for, and the rule by which they are protected."""
    axes = tuple(Axis(a["attribute"], tuple(a["keys"]), a["sensitive"]) for a in asked["axes"])
    tables = tuple(Table(t["name"], tuple(t["by"]), tuple(t["segments"])) for t in asked["tables"])
    rule = ExactRule(asked["guarantee"]["k"], asked["guarantee"]["protection"])
    return Tables(axes, tables), rule


def records_asked(
    declared: Microdata, policy: Policy, *, versions: Mapping[str, str], span: Span
) -> Json:
    """Return what records are asked for."""
    named = () if declared.segment is None else (declared.segment,)
    return {
        **_common(ExactKind.RECORDS, declared, policy, span),
        "segments": _pinned(named, versions),
        "guarantee": {
            "family": "k",
            "k": declared.k,
            "l": declared.diversity,
            "l_kind": None if declared.diversity is None else declared.diversity_kind.value,
            "t": None if declared.closeness is None else str(declared.closeness),
        },
        "method": declared.method.value,
        "search": declared.search,
        "suppression": str(declared.suppression),
        "quasi_identifiers": [_quasi(q, policy.catalogue) for q in declared.quasi_identifiers],
        "sensitive": [_sensitive(s, policy.catalogue) for s in declared.sensitive],
    }


def column_of(attribute: Attribute, catalogue: Catalogue) -> Column:
    """Return the column of a person's attribute, as the loader has checked that there is one."""
    column = catalogue.readables[attribute].column
    assert column is not None, "what exact releases read are columns"
    return column


def decimals_of(column: Column) -> int:
    """Return how many of a stored number's digits stand after the point."""
    return column.decimals if column.currency is None else column.currency.exponent


def keys_of(column: Column, cuts: tuple[int, ...] | None) -> tuple[str, ...]:
    """Return the public keys of an axis."""
    if cuts is not None:
        return ByCut(OfPerson(Attribute(column.attribute)), cuts).keys
    named = BOOLEANS if column.type is ColumnType.BOOLEAN else column.values
    return (*named, MISSING_KEY)


def _common(kind: ExactKind, declared: ExactTables | Microdata, policy: Policy, span: Span) -> Json:
    """Return what every exact release is asked for."""
    segmenter = policy.segmenters[declared.segmenter]
    return {
        "kind": kind.value,
        "name": declared.name,
        "controller": policy.controller,
        "segmenter": segmenter.name,
        "purpose": segmenter.purpose,
        "lineage": sorted(policy.catalogue.sources_of(segmenter.reads)),
        "period": {
            "name": span.name,
            "from": span.begins.isoformat(),
            "to": span.ends.isoformat(),
        },
    }


def _pinned(names: tuple[str, ...], versions: Mapping[str, str]) -> list[Json]:
    return [{"name": name, "version": versions[name]} for name in names]


def _axis(attribute: Attribute, declared: ExactTables, catalogue: Catalogue) -> Json:
    column, cuts = column_of(attribute, catalogue), declared.cuts.get(attribute)
    return {
        "attribute": attribute,
        "keys": list(keys_of(column, cuts)),
        "sensitive": column.special or column.role is ColumnRole.SENSITIVE,
        "cuts": None if cuts is None else list(cuts),
        "decimals": decimals_of(column),
    }


def _quasi(quasi: QuasiIdentifier, catalogue: Catalogue) -> Json:
    return {
        "attribute": quasi.name,
        "levels": _levels(quasi.levels),
        "level": quasi.level,
        "decimals": decimals_of(column_of(quasi.name, catalogue)),
    }


def _levels(levels: Levels) -> list[Any]:
    match levels:
        case IntervalLevels(steps):
            return [list(step) if isinstance(step, tuple) else step for step in steps]
        case DateLevels(days):
            return [day.value for day in days]
        case GroupLevels(tree):
            return [{name: list(held) for name, held in groups.items()} for groups in tree.values()]


def _sensitive(sensitive: Sensitive, catalogue: Catalogue) -> Json:
    column = column_of(sensitive.name, catalogue)
    named = BOOLEANS if column.type is ColumnType.BOOLEAN else column.values
    return {
        "attribute": sensitive.name,
        "distance": sensitive.distance.value,
        "values": [*named, MISSING_KEY] if named else None,  # None: numbers, in their order
    }
