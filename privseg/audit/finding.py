# SPDX-License-Identifier: Apache-2.0
"""What a check of the log found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_PER_RULE = 20  # findings; one deleted entry would otherwise be reported a million times


class Severity(StrEnum):
    """Whether the record still says what was written."""

    TAMPERED = "tampered"
    WARNING = "warning"  # written so, and worth a question


class Rule(StrEnum):
    """The closed list of what can be found; ``audit/verify.py`` uses the same words."""

    CHECKPOINT = "checkpoint"  # the head is unsigned, changed or malformed
    KEY = "key"  # the key beside an export is not the log's
    BUNDLE = "bundle"  # a bundle of an export is missing, cut or too long
    TILE = "tile"  # a hash tile of an export is missing or not the tree's
    ENTRY = "entry"  # bytes that are no entry
    LEAF = "leaf"  # bytes that are not those whose hash was stored
    SEQUENCE = "sequence"  # deleted, repeated or reordered
    TREE_SIZE = "tree.size"  # more or fewer entries than were signed
    TREE_ROOT = "tree.root"  # not the entries that were signed
    ANCHOR = "anchor"  # a remembered head that is not this log's
    ROLLBACK = "rollback"  # a remembered head is newer than the log
    FORK = "fork"  # the log has another past than a remembered head
    PAIR = "pair"  # an outcome without its intent
    BODY = "body"  # changed, or gone without an erasure entry
    INTENT_OPEN = "intent.open"  # an intent without an outcome: a crash, or a read unaccounted for
    CLOCK_WALL = "clock.wall"  # the wall clock went back
    CLOCK_MONOTONIC = "clock.monotonic"  # the monotonic clock went back within one boot
    BODY_KEPT = "body.kept"  # an erasure entry names a body that is still there

    @property
    def severity(self) -> Severity:
        """Return how bad it is."""
        return Severity.WARNING if self in _WARNINGS else Severity.TAMPERED


_WARNINGS = frozenset({Rule.INTENT_OPEN, Rule.CLOCK_WALL, Rule.CLOCK_MONOTONIC, Rule.BODY_KEPT})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; ``sequence`` is the entry it names, None for the log as a whole."""

    rule: Rule
    sequence: int | None
    message: str

    def __str__(self) -> str:
        """Return it as one line."""
        where = "the log" if self.sequence is None else f"entry {self.sequence}"
        return f"{self.severity}: {where}: {self.message} [{self.rule}]"

    @property
    def severity(self) -> Severity:
        """Return how bad it is."""
        return self.rule.severity


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found, and how much it looked at.

    ``intact`` and ``erased`` count bodies. ``anchored`` is the size of the largest remembered head
    that holds: what lies after it could have been cut off unnoticed.
    """

    findings: tuple[Finding, ...]
    size: int
    intact: int
    erased: int
    anchored: int = 0

    @property
    def is_clean(self) -> bool:
        """Return whether nothing was tampered with (warnings may remain)."""
        return all(f.severity is Severity.WARNING for f in self.findings)

    @property
    def first_bad(self) -> int | None:
        """Return the sequence number of the first entry that is bad, if one can be named."""
        bad = (f.sequence for f in self.findings if f.severity is Severity.TAMPERED)
        return min((sequence for sequence in bad if sequence is not None), default=None)


def shorten(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in order of sequence, at most 20 of each rule."""
    seen: Counter[Rule] = Counter()
    kept = []
    for finding in sorted(findings, key=lambda f: (f.sequence is None, f.sequence or 0)):
        seen[finding.rule] += 1
        if seen[finding.rule] <= MAX_PER_RULE:
            kept.append(finding)
    return tuple(kept)
