# SPDX-License-Identifier: Apache-2.0
"""What happened, before it is written: kinds, outcomes, header (public) and body (erasable)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from privseg.terms import StaffRole


class Kind(StrEnum):
    """The closed list of what the log records."""

    ACCESS_INTENT = "access.intent"  # before a row is read; commits to the people eligible
    ACCESS_OUTCOME = "access.outcome"  # after; commits to eligible and members
    ACCESS_DENIED = "access.denied"
    RELEASE = "release"
    CONSENT = "consent"
    POLICY = "policy"
    DSR = "dsr"
    KEY = "key"
    CONFIGURATION = "configuration"
    ACTOR = "actor"
    EXPORT = "export"
    CHECKPOINT_KEY = "checkpoint.key"
    IMPORT = "import"
    RETENTION = "retention"  # bodies erased because their time is over


class Outcome(StrEnum):
    """How it ended."""

    OK = "ok"
    PENDING = "pending"  # an intent
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing to record.

    ``header`` holds text and lists of text only: never a number or hash computed from personal
    data. ``body`` is JSON-ready (text, integers, lists, maps; bytes as base64) and goes under a
    salted commitment; it can be erased later and the tree still verifies.
    """

    kind: Kind
    outcome: Outcome
    actor: StaffRole
    header: Mapping[str, str | list[str]] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
