# SPDX-License-Identifier: Apache-2.0
"""How the log spells a moment: UTC, six digits of a second, ``Z``."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_SPELLING = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def moment_to_text(moment: datetime) -> str:
    """Return the one spelling of an aware moment.

    >>> moment_to_text(datetime(2026, 11, 21, 21, 4, 47, 123456, tzinfo=UTC))
    '2026-11-21T21:04:47.123456Z'

    Raises:
        ValueError: ``moment`` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def text_to_moment(text: str) -> datetime | None:
    """Return the moment of ``text``, or None if ``moment_to_text`` would not have printed it."""
    if not _SPELLING.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment_to_text(moment) == text else None  # 24:00 is another day's 00:00
