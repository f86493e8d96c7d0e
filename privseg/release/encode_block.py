# SPDX-License-Identifier: Apache-2.0
"""What a table asks for, as JSON-ready values: dimensions, amounts and bounds; no number of it.

Closed unions become tagged maps: an amount says what it is ``of``, a dimension what cells are told
apart ``by``. The hash of a plan and the text of a release are made with the same code; the hash
leaves out what is only said (labels) and what the edition's moment makes of a window in days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from privseg.frames import (
    Amount,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    CountOf,
    DaysSince,
    Dimension,
    EachOf,
    Measure,
    OfPerson,
    SumOf,
    Where,
    Window,
)
from privseg.release.window import Asked, asked
from privseg.terms import to_micros

if TYPE_CHECKING:
    from privseg.release.plan import Caption, DimensionCaption, Unit

Json = dict[str, Any]


def moment(at: datetime) -> str:
    """Return a moment in UTC to the microsecond.

    >>> moment(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00.000000Z'
    """
    to_micros(at)  # refuses a moment without a time zone
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def unit(of: Unit) -> Json:
    """Return what an integer counts."""
    return {"name": of.name, "decimals": of.decimals}


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the parts of a block are spelled.

    ``at`` is the edition's moment. ``in_full`` is for a release; without it, for a plan's hash,
    labels are left out and so is what follows from ``at``.
    """

    at: datetime
    in_full: bool = True

    def dimension(self, dimension: Dimension, caption: DimensionCaption) -> Json:
        """Return a dimension and its caption."""
        shown = {"label": caption.label} if self.in_full else {}
        return shown | {"unit": unit(caption.unit)} | self._by(dimension, caption.days)

    def measure(self, measure: Measure, caption: Caption) -> Json:
        """Return a measure, its bounds and its caption; not what it costs."""
        shown = {"label": caption.label} if self.in_full else {}
        amount = measure.amount
        return shown | {
            "name": measure.name,
            "kind": measure.kind.value,
            "unit": unit(caption.unit),
            "amount": None if amount is None else self.amount(amount, caption.days),
            "bounds": {
                "lower": measure.lower,
                "upper": measure.upper,
                "events_per_person": measure.events_per_person,
            },
            "grid": list(measure.grid),
            "ranks": [str(rank) for rank in measure.ranks],
            "running": measure.running,
        }

    def amount(self, amount: Amount, days: int | None) -> Json:
        """Return an amount as a map that says what it is ``of``."""
        match amount:
            case OfPerson():
                return {"of": "person", "attribute": amount.attribute}
            case CountOf():
                return {
                    "of": "count",
                    "event": amount.event,
                    "only_with": amount.only_with,
                    **self._events(amount.window, amount.where, days),
                }
            case SumOf():
                return {
                    "of": "sum",
                    "attribute": amount.attribute,
                    "only_with": amount.only_with,
                    **self._events(amount.window, amount.where, days),
                }
            case DaysSince():
                events = self._events(amount.window, amount.where, days)
                return {"of": "days_since", "event": amount.event, **events}
            case EachOf():
                events = self._events(amount.window, amount.where, days)
                return {"of": "each", "attribute": amount.attribute, **events}

    def _by(self, dimension: Dimension, days: int | None) -> Json:
        """Return a dimension as a map that says what cells are told apart ``by``."""
        keys = {"keys": list(dimension.keys)}
        match dimension:
            case ByCategory():
                return {"by": "category", "attribute": dimension.attribute, **keys}
            case ByFound():
                return {"by": "found", "attribute": dimension.attribute}
            case ByCut():
                amount = self.amount(dimension.amount, days)
                return {"by": "cut", "amount": amount, "cuts": list(dimension.cuts), **keys}
            case ByPeriod():
                return self._periods(dimension)
            case ByFirst():
                events = self._events(dimension.window, dimension.where, days)
                return {"by": "first", "attribute": dimension.attribute, **keys, **events}
            case ByMember():
                return {"by": "member", "set": dimension.member, **keys}

    def _periods(self, dimension: ByPeriod) -> Json:
        named = zip(dimension.keys, dimension.windows, strict=True)
        return {
            "by": "period",
            "event": dimension.event,
            "where": _where(dimension.where),
            "most": dimension.most,
            "periods": [{"key": k, "from": moment(a), "to": moment(b)} for k, (a, b) in named],
        }

    def _events(self, window: Window, where: Where, days: int | None) -> Json:
        return {"window": self._window(window, days), "where": _where(where)}

    def _window(self, window: Window, days: int | None) -> Json:
        how = asked(window, days, self.at)
        facts: Json = {"asked": how.value, "days": days}
        if self.in_full or how is Asked.MOMENTS:
            facts |= {"from": moment(window[0]), "to": moment(window[1])}
        return facts


def _where(where: Where) -> list[Json]:
    return [{"column": column, "value": value} for column, value in where]
