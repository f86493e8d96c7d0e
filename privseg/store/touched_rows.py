# SPDX-License-Identifier: Apache-2.0
"""One row of the index of reads: what is public of an entry, and its sealed page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any, NamedTuple

from privseg.audit.entry import MalformedEntryError
from privseg.audit.event import Kind, Outcome
from privseg.audit.reads import Trace
from privseg.audit.touched import Page, packed
from privseg.errors import IntegrityError, KeyAccessError
from privseg.store.audit import LASTING_KINDS
from privseg.store.audit_rows import LASTING
from privseg.store.touched_ports import ReadIndexBrokenError
from privseg.store.touched_seals import ScopedSeals
from privseg.terms import StaffRole, to_micros
from privseg.tlog import leaf_hash

MONTH = "%Y-%m"  # UTC, as the bodies' keys are named


class Row(NamedTuple):
    """A row as it lies in the table."""

    sequence: int
    of: int | None
    kind: str
    outcome: str
    at: int
    month: str
    page: bytes | None


class Kept:
    """A row with its entry, whose public part is read once, when somebody asks.

    Raises:
        MalformedEntryError: the entry is gone, or its bytes are not those whose hash was stored.
    """

    __slots__ = ("_entry", "_leaf", "_read", "row")

    def __init__(self, row: Row, entry: bytes | None, leaf: bytes | None) -> None:
        self.row = row
        self._entry = entry
        self._leaf = leaf
        self._read: tuple[StaffRole, Mapping[str, Any]] | None = None

    def __call__(self) -> Kept:
        """Return itself: what a trace's ``read`` gives."""
        return self

    @property
    def actor(self) -> StaffRole:
        """Return the role."""
        return self._public()[0]

    @property
    def header(self) -> Mapping[str, Any]:
        """Return the header."""
        return self._public()[1]

    def _public(self) -> tuple[StaffRole, Mapping[str, Any]]:
        """Return role and header."""
        if self._read is None:
            if self._entry is None or leaf_hash(self._entry) != self._leaf:
                raise MalformedEntryError("its bytes are not those whose hash was stored")
            told = json.loads(self._entry)
            self._read = StaffRole(told["actor"]), told["header"]
        return self._read


def row_of(trace: Trace[Any]) -> Row:
    """Return the row of a trace, without its page; its key is that of the body."""
    month = trace.time.astimezone(UTC).strftime(MONTH)
    return Row(
        trace.sequence, trace.of, trace.kind.value, trace.outcome.value, to_micros(trace.time),
        LASTING if trace.kind in LASTING_KINDS else month, None,
    )  # fmt: skip


def sealed_page(seals: ScopedSeals, row: Row, page: Page) -> bytes:
    """Return the page of a row as it is stored; it opens in no other row."""
    return seals.sealed(row.month, _place(row), packed(page))


def page_of(seals: ScopedSeals, row: Row) -> bytes | None:
    """Return the bytes of a row's page; None once its body was erased.

    Raises:
        ReadIndexBrokenError: it is not what was written there.
    """
    if row.page is None:
        return None
    try:
        return seals.opened(row.month, _place(row), row.page)
    except (IntegrityError, KeyAccessError):
        raise ReadIndexBrokenError(f"the page of entry {row.sequence} does not open") from None


def told(row: Row) -> tuple[Kind, Outcome]:
    """Return kind and outcome as the log knows them.

    Raises:
        ReadIndexBrokenError: nobody wrote such words.
    """
    try:
        return Kind(row.kind), Outcome(row.outcome)
    except ValueError:
        raise ReadIndexBrokenError(f"entry {row.sequence} is of an unknown kind") from None


def _place(row: Row) -> bytes:
    return b"page" + row.sequence.to_bytes(8)
