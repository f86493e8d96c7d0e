# SPDX-License-Identifier: Apache-2.0
"""What compute needs of others: the column store's tables, as data sets of one snapshot."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import pyarrow.dataset as pads


class Columns(Protocol):
    """Port: the column store.

    A table is named like its people source or its event, and has the structural columns ``ordinal``
    (and ``event_id``, ``time``) beside its attributes; at most one people row for each ordinal.
    """

    def tables(self) -> Collection[str]:
        """Return the tables that have been imported."""
        ...

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        """Return ``table`` as of ``snapshot``; built anew, so that no destroyed key stays open."""
        ...
