# SPDX-License-Identifier: Apache-2.0
"""Would the suite notice? Each mutant breaks ``audit`` or ``tlog`` in one place.

A mutant must answer one of the questions of ``tests/twins/log_questions.py`` otherwise than the
rooms do as they are; what the right answers are, other tests say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.twins.log_questions import OF_AUDIT, OF_TLOG, QUESTIONS
from tests.twins.mutating_log import REAL, Rooms, mutated


@cache
def right(question: Callable[[Rooms], Iterator[object]]) -> list[object]:
    return list(question(REAL))


def notices(rooms: Rooms, module: str) -> bool:
    """Return whether one question to the module's room is answered otherwise than it should be."""
    for question in OF_AUDIT if module.startswith("audit") else OF_TLOG:
        expected = iter(right(question))
        try:
            if any(answer != next(expected) for answer in question(rooms)):
                return True
        except Exception:  # noqa: BLE001 - a mutant may break anything
            return True
    return False


MUTANTS = [
    ("tlog.canonical", "if depth == 0:", "if depth == -1:"),
    ("tlog.canonical", "isinstance(key, str) for key in mapping", "True for key in mapping"),
    (
        "tlog.canonical",
        "_PLAIN = frozenset({str, int, bool, type(None)})",
        "_PLAIN = frozenset({str, int, bool, float, type(None)})",
    ),
    ("tlog.canonical", "_NAMED = frozenset({str})", "_NAMED = frozenset({str, int})"),
    ("tlog.canonical", "if _respell(value, data) != data:", "if False:"),
    ("tlog.canonical", "parse_float=_no_float, ", ""),
    ("tlog.tree", 'LEAF_PREFIX = b"\\x00"', 'LEAF_PREFIX = b""'),
    ("tlog.tree", 'NODE_PREFIX = b"\\x01"', 'NODE_PREFIX = b"\\x00"'),
    ("tlog.tree", "if index ^ 1 < len(level):", "if index + 1 < len(level):"),
    ("tlog.tree", "if old_size <= split:", "if old_size < split:"),
    ("tlog.frontier", "while full & 1:", "while full & 3 == 3:"),
    ("tlog.frontier", "count = min(size & -size or most, most)", "count = most"),
    ("tlog.frontier", "len(self.nodes) != self.size.bit_count() or ", ""),
    ("tlog.frontier", " or not right_length", ""),
    ("tlog.proving", "if index < middle:", "if index <= middle:"),
    ("tlog.proving", "return found[::-1]", "return found"),
    ("tlog.proving", "if not 0 <= index < size:", "if not 0 <= index <= size:"),
    ("tlog.verification", "if not 0 <= index < size:", "if not 0 <= index <= size:"),
    ("tlog.verification", "if _climb(leaf, index, size, proof) != root:", "if False:"),
    ("tlog.verification", "    if proof:\n", "    if False:\n"),
    ("tlog.verification", "if old_size == new_size and old_root != new_root:", "if False:"),
    ("tlog.verification", "!= (old_root, new_root):", "[1] != new_root:"),
    ("tlog.note", "if not verifier.verify(text.encode(), signature):", "if False:"),
    ("tlog.note", "if len({signer for signer, _ in signatures}) != len(signatures):", "if False:"),
    ("tlog.note", "if y >= FIELD_PRIME or y in SMALL_ORDER:", "if y >= FIELD_PRIME:"),
    ("tlog.note", "if y >= FIELD_PRIME or y in SMALL_ORDER:", "if y in SMALL_ORDER:"),
    ("tlog.note", "for each in (signer, *more))", "for each in (*more, signer))"),
    ("tlog.note", "if key.key_id.hex() != match[2]:", "if False:"),
    ("tlog.checkpoint", "if self.size == 0 and self.root != EMPTY_ROOT:", "if False:"),
    ("tlog.checkpoint", "(0|[1-9][0-9]{0,18})", "([0-9]{1,19})"),
    ("audit.header", "return first < last or", "return first <= last or"),
    ("audit.header", "if key not in ALLOWED[kind]:", "if key not in SHAPES:"),
    ("audit.header", "for key in sorted(required - header.keys()):", "for key in ():"),
    ("audit.header", "if (key in LISTS) != isinstance(value, list):", "if False:"),
    ("audit.header", "(?![^@]*[0-9]{6})", ""),
    ("audit.header", "[^\\x00-\\x1f\\x7f@]", "[^\\x00-\\x1f\\x7f]"),
    (
        "audit.entry",
        "if len(data) > MAX_ENTRY:\n            raise Unwritable",
        "if False:\n            raise Unwritable",
    ),
    (
        "audit.entry",
        "if (self.kind is Kind.ACCESS_INTENT) != (self.outcome is Outcome.PENDING):",
        "if False:",
    ),
    (
        "audit.entry",
        "if self.kind is Kind.ACCESS_DENIED and self.outcome is not Outcome.DENIED:",
        "if False:",
    ),
    ("audit.entry", "sha256(BODY_PREFIX + salt + body)", "sha256(salt + body)"),
    ("audit.entry", "type(value[key]) is not int", "not isinstance(value[key], int)"),
    ("audit.entry", "if len(salt) != SALT_SIZE:\n        raise", "if False:\n        raise"),
    ("audit.entry", "if value.keys() != KEYS:", "if not value.keys() >= KEYS:"),
    ("audit.sealing", '"by": dict(by)', '"by": {}'),
    ("audit.sealing", "id(event.kind), id(event.outcome)", "0, id(event.outcome)"),
    ("audit.sealing", "or not 0 <= sequence <= MAX_COUNT", ""),
    ("audit.reading", "(number[0] != _ZERO or len(number) == 1)", "True"),
    (
        "audit.reading",
        "or (sequence := int(number)) > MAX_COUNT",
        "or (sequence := int(number)) < 0",
    ),
    ("audit.reading", "or (commitment != committed and not _HEX.fullmatch(commitment))", ""),
    ("audit.watch", "if entry.time < self._wall:", "if False:"),
    ("audit.watch", "> JUMP and entry.boot_id == self._boot:", "> JUMP:"),
    ("audit.watch", "if _ns(wall) - monotonic_ns > _ns(JUMP):", "if _ns(wall) > _ns(JUMP):"),
    (
        "audit.watch",
        "if _ns(wall) - monotonic_ns > _ns(JUMP):",
        "if _ns(wall) - monotonic_ns > 2 * _ns(JUMP):",
    ),
    ("audit.watch", "if entry.monotonic_ns < before:", "if False:"),
    (
        "audit.watch",
        'return run is not None and entry.header.get("run", run) == run',
        "return run is not None",
    ),
    ("audit.watch", "return of < index", "return of <= index"),
    ("audit.watch", "run = self._open.pop(of, None)", "run = self._open.get(of)"),
    ("audit.watch", "_ERASERS and entry.outcome is Outcome.OK:", "_ERASERS:"),
    ("audit.watch", "(first, min(last, index - 1))", "(first, last)"),
    ("audit.watch", "if committed and committed == entry.commitment:", "if committed:"),
    (
        "audit.watch",
        "elif stored.salt is None and stored.body is None:",
        "elif stored.body is None:",
    ),
    ("audit.watch", "if shift != (0, 0):", "if False:"),
    ("audit.spans", "max(joined[-1][1], last)", "last"),
    ("audit.spans", "first <= joined[-1][1] + 1", "first <= joined[-1][1] + 9"),
    ("audit.finding", "[:MAX_PER_RULE]", "[: MAX_PER_RULE - 1]"),
    ("audit.finding", "    {Rule.INTENT_OPEN, ", "    {Rule.BODY, Rule.INTENT_OPEN, "),
    (
        "audit.roots",
        "self._ahead[-1] == self._frontier.size",
        "self._ahead[-1] <= self._frontier.size + 1",
    ),
    ("audit.verify_log", "if stored.leaf is not None and stored.leaf != leaf:", "if False:"),
    ("audit.verify_log", "if roots.size != head.size:", "if roots.size < head.size:"),
    ("audit.verify_log", "if roots.at.get(head.size, head.root) != head.root:", "if False:"),
    ("audit.verify_log", "if past.origin != self._head.origin:", "if False:"),
    ("audit.verify_log", "if roots.at[past.size] != past.root:", "if False:"),
    ("audit.verify_log", "if past.size > there:", "if past.size > roots.size + 99:"),
    (
        "audit.handover",
        "if self._first(index) <= head.size <= self._last(index, head.size):",
        "if True:",
    ),
    ("audit.handover", "if self._first(index) <= head.size", "if self._first(index) < head.size"),
    (
        "audit.handover",
        "open_checkpoint(note, (self.newest,))",
        "open_checkpoint(note, self.verifiers)",
    ),
    ("audit.handover", "if last.size > head.size or", "if"),
    (
        "audit.handover",
        "if len(notes) != len(verifiers) - 1:",
        "if len(notes) > len(verifiers) - 1:",
    ),
    ("audit.handover", "if signers_of(note) != wanted:", "if False:"),
    ("audit.handover", "later <= earlier", "later < earlier"),
    ("audit.handover", "if len({head.origin for head in heads}) > 1:", "if False:"),
    ("audit.rotations", "if names(entry.header, old, new):", "if True:"),
    ("audit.rotations", "or roots.at.get(head.size) != head.root", ""),
    ("audit.rotations", "place not in self._named or", ""),
]


@pytest.mark.parametrize(
    ("module", "old", "new"), MUTANTS, ids=[f"{n}-{m}" for n, (m, _, _) in enumerate(MUTANTS)]
)
def test_a_mutant_is_noticed(module: str, old: str, new: str) -> None:
    with mutated(module, old, new) as rooms:
        assert notices(rooms, module)


def test_what_is_not_changed_is_not_noticed() -> None:
    with mutated("audit.finding", "What a check of the log found.", "Found.") as rooms:
        for question in QUESTIONS:
            assert list(question(rooms)) == right(question), question.__name__
