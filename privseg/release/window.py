# SPDX-License-Identifier: Apache-2.0
"""How far back something looks: in days before the edition's moment, ever, or between moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from privseg.frames import Window

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)  # what has no window counts from here on


class Asked(StrEnum):
    """How a window was asked for."""

    DAYS = "days"  # [at - days x 24 h, at)
    EVER = "ever"  # everything before ``at``
    MOMENTS = "moments"  # from one moment to another, such as all periods of a trend


def window_of(days: int | None, at: datetime) -> Window:
    """Return [at - days x 24 h, at), or everything before ``at``.

    >>> window_of(1, datetime(2026, 1, 2, tzinfo=UTC))[0].isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    if days is None or days >= (at - EARLIEST).days:
        return EARLIEST, at
    return at - timedelta(days=days), at


def asked(window: Window, days: int | None, at: datetime) -> Asked:
    """Return how ``window`` was asked for by a caption that states ``days``.

    >>> at = datetime(2026, 1, 2, tzinfo=UTC)
    >>> asked(window_of(1, at), 1, at), asked(window_of(1, at), None, at)
    (<Asked.DAYS: 'days'>, <Asked.MOMENTS: 'moments'>)

    Raises:
        ValueError: days are stated that are not the window's.
    """
    if window == window_of(days, at):
        return Asked.EVER if days is None else Asked.DAYS
    if days is not None:
        raise ValueError("a caption states other days than those of its window")
    return Asked.MOMENTS
