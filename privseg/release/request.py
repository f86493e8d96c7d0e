# SPDX-License-Identifier: Apache-2.0
"""What somebody asks of a report: segments, tables and measures; no data and no bound in it.

A request is the reading of a report file (``privseg.loaders.report``). Bounds and precision are
never asked for: the segmenter's rules in the policy give them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privseg.release.ask_amounts import AmountKind, AmountRequest, Point
from privseg.release.ask_dimensions import ByCutPoints, ByFoundValues, ByGrid, ByRequest, ByValues
from privseg.release.ask_measures import MEDIAN_RANK, OF_CAMPAIGNS, Asked, MeasureRequest
from privseg.release.ask_tables import (
    CampaignRequest,
    CellsRequest,
    ChangeRequest,
    Every,
    FeedbackRequest,
    FeedbackScore,
    OverlapRequest,
    TableRequest,
    TrendRequest,
    quantities_of,
)
from privseg.terms import Place

__all__ = [
    "MEDIAN_RANK",
    "NOT_INCLUDED",
    "OF_CAMPAIGNS",
    "AmountKind",
    "AmountRequest",
    "Asked",
    "ByCutPoints",
    "ByFoundValues",
    "ByGrid",
    "ByRequest",
    "ByValues",
    "CampaignRequest",
    "CellsRequest",
    "ChangeRequest",
    "Every",
    "FeedbackRequest",
    "FeedbackScore",
    "MeasureRequest",
    "OverlapRequest",
    "Point",
    "ReportRequest",
    "TableRequest",
    "TrendRequest",
    "quantities_of",
]

NOT_INCLUDED = "not_included"
"""The quantity that counts, with noise, the people left out for want of consent."""


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A whole report, as asked for.

    ``weights`` are the shares in which ``quantities`` divide the report's loss: positive whole
    numbers, 1 where it names none. ``not_included`` asks for a noisy count of the people whom
    the report leaves out for want of consent; it is charged like any other number.
    """

    name: str
    title: str
    segmenter: str
    segments: tuple[str, ...]
    tables: tuple[TableRequest, ...]
    place: Place
    not_included: bool = True
    weights: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what has no segment or table, repeats a name, or weighs what it does not ask."""
        for names in (self.segments, tuple(t.name for t in self.tables)):
            if not names or len(set(names)) != len(names):
                raise ValueError("a report needs segments and tables, each named once")
        if not self.weights.keys() <= set(self.quantities):
            raise ValueError("a weight names no quantity of this report")
        if any(w < 1 for w in self.weights.values()):
            raise ValueError("a weight is a positive whole number")

    @property
    def quantities(self) -> tuple[str, ...]:
        """Return the name of everything that costs: ``table.measure``, then ``not_included``."""
        asked = tuple(f"{t.name}.{q}" for t in self.tables for q in quantities_of(t))
        return (*asked, NOT_INCLUDED) if self.not_included else asked

    def weight(self, quantity: str) -> int:
        """Return the share of ``quantity``; 1 unless the report says otherwise."""
        return self.weights.get(quantity, 1)

    @property
    def compared(self) -> tuple[str, ...]:
        """Return the segments that it compares with an earlier definition of theirs, each once."""
        changes = (t for t in self.tables if isinstance(t, ChangeRequest))
        return tuple(dict.fromkeys(t.segment for t in changes if t.from_version is not None))
