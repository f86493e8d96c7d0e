# SPDX-License-Identifier: Apache-2.0
"""Where a window reaches further back than data are kept: nothing is found there, and it is said.

A segment is never widened or narrowed by this. It finds among what may still be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from gettext import gettext as _
from zoneinfo import ZoneInfo

from privseg.policy.catalogue import Catalogue
from privseg.policy.scores import Formula, LifetimeValue
from privseg.segment.library import Library
from privseg.segment.tree import Condition, Leaf, ScoreTest
from privseg.segment.walk import leaves, looks
from privseg.segment.window import resolve
from privseg.terms import Attribute


@dataclass(frozen=True, slots=True)
class Beyond:
    """Something is asked about a time from which it is not kept; ``since`` None is for ever."""

    attribute: Attribute
    kept_days: int
    since: datetime | None

    def __str__(self) -> str:
        """Return it as a warning."""
        text = _("{attribute} is readable for {days} days only, and is asked about {since}")
        since = _("any time") if self.since is None else _("{day} on").format(day=self.since.date())
        return text.format(attribute=self.attribute, days=self.kept_days, since=since)


def beyond_retention(
    condition: Condition,
    *,
    catalogue: Catalogue,
    at: datetime,
    zone: ZoneInfo,
    purpose_days: int | None = None,
    library: Library | None = None,
) -> tuple[Beyond, ...]:
    """Return everything asked about a time before what may be read at ``at``, each once.

    It is asked of events, by a test, a step, a comparison with another event, or a score.

    Raises:
        UnknownSegmentError, TooComplexError: see ``Library.expand``.
    """
    found: dict[Beyond, None] = {}
    for test in leaves((library or Library()).expand(condition)):
        for attribute, since in _asked(test, catalogue, at, zone):
            one = beyond(attribute, since, catalogue=catalogue, at=at, purpose_days=purpose_days)
            found |= dict.fromkeys(one)
    return tuple(found)


def beyond(
    attribute: Attribute,
    since: datetime | None,
    *,
    catalogue: Catalogue,
    at: datetime,
    purpose_days: int | None = None,
) -> tuple[Beyond, ...]:
    """Return whether what ``attribute`` was ``since`` some moment is not kept so long."""
    limits = (catalogue.retention_of(attribute), purpose_days)
    kept = min((d for d in limits if d is not None), default=None)
    if kept is None or (since is not None and since >= at - timedelta(days=kept)):
        return ()
    return (Beyond(attribute, kept, since),)


def _asked(
    test: Leaf, catalogue: Catalogue, at: datetime, zone: ZoneInfo
) -> Iterator[tuple[Attribute, datetime | None]]:
    """Yield what a test asks of events, and since when."""
    for look in looks(test):
        start = resolve(look.window, at=at, zone=zone).start
        yield from ((attribute, start) for attribute in sorted(look.attributes))
    if isinstance(test, ScoreTest) and (score := catalogue.score_of(test.score)) is not None:
        start = _start(score.formula, at)
        yield from ((attribute, start) for attribute in sorted(score.formula.inputs))


def _start(formula: Formula, at: datetime) -> datetime | None:
    """Return since when a score looks at events; None is from the beginning."""
    match formula:
        case LifetimeValue():
            return None
        case _:
            return at - timedelta(days=formula.within_days)
