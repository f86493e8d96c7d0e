# SPDX-License-Identifier: Apache-2.0
"""Checking a log from its stored bytes: nothing that was computed before is believed.

The order is that of trust: the signature over the head, the bytes, the tree, remembered heads,
the numbering, the clocks, the pairing of intents and outcomes, the bodies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from privseg.audit.entry import Entry, MalformedEntryError, parse_entry
from privseg.audit.finding import Finding, Report, Rule, shorten
from privseg.audit.log import StoredEntry
from privseg.audit.watch import BodyWatch, ClockWatch, PairWatch, SequenceWatch
from privseg.errors import IntegrityError
from privseg.tlog import Checkpoint, Verifier, leaf_hash, open_checkpoint, root_hash


def check(
    entries: Iterable[StoredEntry],
    *,
    checkpoint_note: str,
    verifiers: Sequence[Verifier],
    anchors: Sequence[str] = (),
    with_bodies: bool = True,
) -> Report:
    """Return what is wrong with the log of ``entries`` under its signed head.

    ``anchors`` are signed heads remembered elsewhere: each must be a past of this log.
    ``with_bodies`` is False for a copy that was made without them. What it is given to check
    never makes it raise.
    """
    try:
        head = open_checkpoint(checkpoint_note, verifiers)
    except IntegrityError as refusal:
        finding = Finding(Rule.CHECKPOINT, None, f"nothing under the head can hold: {refusal}")
        return Report((finding,), size=0, intact=0, erased=0)
    leaves: list[bytes] = []
    bodies = BodyWatch()
    findings = list(_read(entries, leaves, bodies if with_bodies else None))
    anchored = 0
    for note in anchors:
        found, size = _check_anchor(note, verifiers, head, leaves)
        findings += found
        anchored = max(anchored, size)
    findings += _check_tree(head, leaves, anchored)
    return Report(shorten(findings), len(leaves), bodies.intact, bodies.erased, anchored)


def _read(
    entries: Iterable[StoredEntry], leaves: list[bytes], bodies: BodyWatch | None
) -> Iterator[Finding]:
    """Hash every entry into ``leaves`` and show it to the watchers."""
    numbers, clocks, pairs = SequenceWatch(), ClockWatch(), PairWatch()
    for index, stored in enumerate(entries):
        leaves.append(leaf_hash(stored.entry_bytes))
        entry, findings = _parse(index, stored, leaves[index])
        yield from findings
        yield from numbers.see(index, stored, entry)
        if entry:
            yield from clocks.see(index, entry)
            yield from pairs.see(index, entry)
            yield from bodies.see(index, stored, entry) if bodies else ()
    yield from pairs.end()
    yield from bodies.end() if bodies else ()


def _parse(index: int, stored: StoredEntry, leaf: bytes) -> tuple[Entry | None, list[Finding]]:
    """Return the entry, if the bytes are one, and whether they are those first written."""
    findings = []
    if stored.leaf not in {None, leaf}:
        message = f"the bytes of entry {index} are not those whose hash was stored"
        findings.append(Finding(Rule.LEAF, index, f"{message}; compare with a copy"))
    try:
        return parse_entry(stored.entry_bytes), findings
    except MalformedEntryError as refusal:
        findings.append(Finding(Rule.ENTRY, index, f"entry {index}: {refusal}"))
        return None, findings


def _check_tree(head: Checkpoint, leaves: list[bytes], anchored: int) -> Iterator[Finding]:
    """Compare the number of entries and their root with what was signed."""
    if len(leaves) != head.size:
        yield Finding(
            Rule.TREE_SIZE,
            min(head.size, len(leaves)),
            f"{head.size} entries were signed and {len(leaves)} are here; the log was cut, or "
            "written past its head",
        )
    if len(leaves) >= head.size and root_hash(leaves[: head.size]) != head.root:
        yield Finding(
            Rule.TREE_ROOT,
            None,
            f"entries {anchored} to {head.size - 1} are not all those that were signed; compare "
            "them with a copy",
        )


def _check_anchor(
    note: str, verifiers: Sequence[Verifier], head: Checkpoint, leaves: list[bytes]
) -> tuple[list[Finding], int]:
    """Return what speaks against a remembered head, and its size if nothing does."""
    try:
        past = open_checkpoint(note, verifiers)
    except IntegrityError as refusal:
        return [Finding(Rule.ANCHOR, None, f"a remembered head does not hold: {refusal}")], 0
    if past.origin != head.origin:
        return [Finding(Rule.ANCHOR, None, "a remembered head is of another log")], 0
    if past.size > min(head.size, len(leaves)):
        message = f"the log had {past.size} entries and has {len(leaves)}; it was rolled back"
        return [Finding(Rule.ROLLBACK, min(head.size, len(leaves)), message)], 0
    if root_hash(leaves[: past.size]) != past.root:
        message = f"the first {past.size} entries are not those remembered; the log has two pasts"
        return [Finding(Rule.FORK, None, message)], 0
    return [], past.size
