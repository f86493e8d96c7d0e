# SPDX-License-Identifier: Apache-2.0
"""What a check of the log found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from operator import itemgetter

MAX_PER_RULE = 20  # findings; one deleted entry would otherwise be reported a million times


class Severity(StrEnum):
    """Whether the record still says what was written."""

    TAMPERED = "tampered"
    WARNING = "warning"  # written so, and worth a question


class Rule(StrEnum):
    """The closed list of what can be found; ``audit/verify.py`` uses the same words."""

    CHECKPOINT = "checkpoint"  # the head is unsigned, changed or malformed
    KEY = "key"  # the key beside an export is not the log's
    HANDOVER = "handover"  # a change of the signing key that both keys did not sign for
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
    CLOCK_JUMP = "clock.jump"  # the wall clock ran a day ahead of the machine's within one boot
    BODY_KEPT = "body.kept"  # an erasure entry names a body that is still there

    @property
    def severity(self) -> Severity:
        """Return how bad it is."""
        return Severity.WARNING if self in _WARNINGS else Severity.TAMPERED


_WARNINGS = frozenset(
    {Rule.INTENT_OPEN, Rule.CLOCK_WALL, Rule.CLOCK_MONOTONIC, Rule.CLOCK_JUMP, Rule.BODY_KEPT}
)


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
    found = Findings()
    for finding in findings:
        found.tell(finding)
    return found.shortened()


_Placed = tuple[tuple[bool, int, int], Finding]


@dataclass(slots=True)
class Findings:
    """What is found, in order of sequence; of each rule the first 20 are kept.

    It never holds more than twice as many: a log of which nothing is right costs no memory.
    """

    _told: int = 0
    _kept: defaultdict[Rule, list[_Placed]] = field(default_factory=lambda: defaultdict(list))

    def tell(self, finding: Finding) -> None:
        """Take one more."""
        mine = self._kept[finding.rule]
        mine.append(((finding.sequence is None, finding.sequence or 0, self._told), finding))
        self._told += 1
        if len(mine) == 2 * MAX_PER_RULE:
            self._kept[finding.rule] = _first(mine)

    def shortened(self) -> tuple[Finding, ...]:
        """Return them; those of one entry in the order in which they were found."""
        every = chain.from_iterable(map(_first, self._kept.values()))
        return tuple(finding for _, finding in sorted(every, key=itemgetter(0)))


def _first(placed: list[_Placed]) -> list[_Placed]:
    return sorted(placed, key=itemgetter(0))[:MAX_PER_RULE]
