# SPDX-License-Identifier: Apache-2.0
"""What can be asked of every cell of a table, in a marketer's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from privseg.terms import Attribute, Place

MEDIAN_RANK = Fraction(1, 2)


class Asked(StrEnum):
    """A kind of question; what is measured to answer it, ``release.compile`` decides."""

    SIZE = "size"  # how many people
    EVENTS = "events"  # how many events they had
    TOTAL = "total"  # the sum of an event's property
    AVERAGE = "average"  # the mean of an event's property, over events
    MEAN = "mean"  # the mean of a person's number, over people
    MEDIAN = "median"
    QUANTILES = "quantiles"
    LIFETIME_VALUE = "lifetime_value"  # the mean of what a published score foresees of a person
    CONVERSION = "conversion"  # of a campaign: which share of the people did what it was for
    ACQUISITION_COST = "acquisition_cost"  # what it cost, for each who did
    REVENUE = "revenue"  # what it brought
    RETURN_ON_SPEND = "return_on_spend"  # what it brought, over what it cost
    LIFT = "lift"  # how much more there is of it among the treated than among the held out


OF_CAMPAIGNS = frozenset(
    {
        Asked.CONVERSION,
        Asked.ACQUISITION_COST,
        Asked.REVENUE,
        Asked.RETURN_ON_SPEND,
        Asked.LIFT,
    }
)
"""Questions that only a source that records campaigns can answer."""

OF_SOMETHING = frozenset(
    {Asked.EVENTS, Asked.TOTAL, Asked.AVERAGE, Asked.MEAN, Asked.MEDIAN, Asked.QUANTILES}
)
"""Questions that name what they are about."""

LIFTED = frozenset({Asked.CONVERSION, Asked.REVENUE})


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """One question asked of every cell of a table.

    ``name`` is unique in its table (by default the kind: ``size``, ``total``). ``attribute`` is an
    event, an event's property, a person's number or a score's result. ``days`` is the window
    [at - days x 24 h, at); None means everything before ``at``. ``only_with`` leaves out who has no
    such event (``mean``, ``median``, ``quantiles``). A lift is ``of`` conversion or revenue.

    >>> MeasureRequest(Asked.SIZE, Place("report.yaml", 7, 20)).name
    'size'
    """

    kind: Asked
    place: Place
    attribute: Attribute | None = None
    days: int | None = None
    label: str | None = None
    name: str = ""
    ranks: tuple[Fraction, ...] = ()
    only_with: bool = False
    of: Asked | None = None
    relative: bool = False

    def __post_init__(self) -> None:
        """Name it after its kind if need be; refuse a size of something, a total of nothing."""
        if not self.name:
            object.__setattr__(self, "name", self._own_name())
        if (self.attribute is None) is (self.kind in OF_SOMETHING):
            raise ValueError("a total or average needs a property, and a size has none")
        if self.days is not None and (self.days < 1 or self.kind not in OF_SOMETHING):
            raise ValueError("a window is at least a day, and a size has none")
        if bool(self.ranks) is not (self.kind in {Asked.MEDIAN, Asked.QUANTILES}):
            raise ValueError("quantiles need ranks, and nothing else has them")
        if any(not 0 < r < 1 for r in self.ranks) or len(set(self.ranks)) != len(self.ranks):
            raise ValueError("each rank lies between 0 and 1, and stands there once")
        if (self.of in LIFTED) is not (self.kind is Asked.LIFT):
            raise ValueError("a lift is of conversion or revenue")

    def _own_name(self) -> str:
        """Return the name of a question that was given none: ``relative-revenue-lift``."""
        of = f"{self.of.value}-" if self.of is Asked.REVENUE else ""
        return f"{'relative-' if self.relative else ''}{of}{self.kind.value}"
