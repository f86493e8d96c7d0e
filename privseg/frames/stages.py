# SPDX-License-Identifier: Apache-2.0
"""The stages of the path: ``Raw -> Consented -> Segmented -> Protected -> Release``.

Each stage is made by one room and taken by the next, so that the wrong order cannot be written.
No stage holds a live table. (Types prevent accidents, not malice: SECURITY.md.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.terms import Attribute, Category, Purpose, StaffRole


@dataclass(frozen=True, slots=True)
class Edition:
    """What a report reads, fixed before anything is computed.

    ``edition_id`` is random (128 bits, hex) and tells nothing. ``snapshot`` numbers the state of
    the column store, ``ledger_position`` the last consent event known, ``at`` the moment judged.
    """

    edition_id: str
    snapshot: int
    ledger_position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Raw:
    """Data at rest that nobody has been admitted to: an edition, and no way to read it."""

    edition: Edition


@dataclass(frozen=True, slots=True)
class Consented:
    """A single-use, expiring plan: who may be read, which attributes, for what; no data.

    Made by ``gate.admit`` after the intent entry is durable; executed only by ``Compute``.
    ``eligible`` is pseudonymous personal data and stays out of ``repr``.
    """

    run_id: str
    segmenter: str
    purpose: Purpose
    actor: StaffRole
    read_set: frozenset[Attribute]
    edition: Edition
    intent_index: int
    expires_at: datetime
    eligible: FrozenBitMap = field(repr=False)
    reveals: frozenset[Category] = frozenset()  # what being found tells of people (law 12)
    retention_days: int | None = None  # of the purpose: what is older is not read for it


@dataclass(frozen=True, slots=True)
class Query:
    """Compiled segments: SQL that gives ordinals; no value is written into the text.

    With one name in ``finds`` the ordinals are those of its members. With several there is a row
    for everybody eligible and after the ordinal a column ``s0``, ``s1``, ... for each name, in that
    order: whether the person is in it (NULL is no).

    ``reads`` lists every (table, column) it touches, structural columns included. ``since`` holds,
    by event, the earliest moment that can matter: readers need not read before it (an event that is
    absent is read from the beginning). ``samples`` names the draws it needs.
    """

    sql: str
    parameters: Mapping[str, object] = field(repr=False)
    reads: frozenset[tuple[str, str]]
    since: Mapping[str, datetime] = field(default_factory=dict)
    finds: tuple[str, ...] = ("members",)
    samples: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Segmented:
    """Who was found in each segment, among the people eligible; person-level, never leaves."""

    plan: Consented
    members: Mapping[str, FrozenBitMap] = field(repr=False)
