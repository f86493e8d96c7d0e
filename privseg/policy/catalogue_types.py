# SPDX-License-Identifier: Apache-2.0
"""The closed lists of the catalogue: types, roles, kinds of source, and names it cannot give."""

from __future__ import annotations

from enum import StrEnum


class ColumnType(StrEnum):
    """How a value is written, compared and stored."""

    TEXT = "text"  # free text: NFC, letter and digit folding; compared case-folded
    CATEGORY = "category"  # one of the declared values; anything else is rejected at ingest
    INTEGER = "integer"  # 64-bit, exact; larger is rejected at ingest
    DECIMAL = "decimal"  # exact, `decimals` digits after the point, stored as a scaled integer
    BOOLEAN = "boolean"
    DATE = "date"  # a calendar day without a time
    TIME = "time"  # a moment; UTC inside
    MONEY = "money"  # whole minor units of the declared currency
    SET = "set"  # several declared values at once
    ACCOUNT = "account"  # to which account a person belongs; stored as a keyed hash of its name


class ColumnRole(StrEnum):
    """What a value may tell about who somebody is."""

    DIRECT_IDENTIFIER = "direct_identifier"  # goes to the vault; no segmenter can read it
    QUASI_IDENTIFIER = "quasi_identifier"
    SENSITIVE = "sensitive"
    ORDINARY = "ordinary"


class SourceKind(StrEnum):
    """What one row of a source is."""

    PEOPLE = "people"
    EVENTS = "events"
    ACCOUNTS = "accounts"  # a company that people belong to
    LIST = "list"  # a person who is on it, and nothing more


class Family(StrEnum):
    """Which guarantee what comes of a source's data has: one for all that is ever released of it.

    An exact number about people voids what differential privacy promises of the same data, so no
    source has both, and none changes sides in a release.
    """

    DP = "dp"  # noise and a budget
    K = "k"  # exact numbers about at least k people, audited together; records, k alike


RESERVED = frozenset({"eligible", "scores", "samples"})
"""Tables that a run makes for itself: no source, event or score can be called so."""
