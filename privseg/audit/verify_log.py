# SPDX-License-Identifier: Apache-2.0
"""Checking a log from its stored bytes: nothing that was computed before is believed.

The order is that of trust: the keys and the signature over the head, the bytes, the tree,
remembered heads, the numbering, the clocks, the pairing of intents and outcomes, the bodies. The
entries are read once, in order, and never held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from privseg.audit.entry import MalformedEntryError
from privseg.audit.event import Kind
from privseg.audit.finding import Finding, Findings, Report, Rule
from privseg.audit.handover import HandoverError, KeyChain, open_chain
from privseg.audit.log import StoredEntry
from privseg.audit.reading import Read, Reader
from privseg.audit.roots import Roots
from privseg.audit.rotations import RotationWatch
from privseg.audit.watch import (
    BodyWatch,
    ClockWatch,
    PairWatch,
    SequenceWatch,
    Tell,
    committed,
)
from privseg.errors import IntegrityError
from privseg.tlog import Checkpoint, Verifier, leaf_hash

AT_ONCE = 1_024  # entries hashed together
PLAIN = Kind.CONSENT  # by far the most frequent; it opens, closes and hands over nothing


def check(
    entries: Iterable[StoredEntry],
    *,
    checkpoint_note: str,
    verifiers: Sequence[Verifier],
    handovers: Sequence[str] = (),
    anchors: Sequence[str] = (),
    with_bodies: bool = True,
) -> Report:
    """Return what is wrong with the log of ``entries`` under its signed head.

    ``verifiers`` are the keys that signed heads, oldest first, and ``handovers`` the heads at which
    one gave way to the next. ``anchors`` are signed heads remembered elsewhere: each must be a past
    of this log. ``with_bodies`` is False for a copy that was made without them. What it is given to
    check never makes it raise.
    """
    try:
        chain = open_chain(verifiers, handovers)
    except IntegrityError as refusal:
        return _nothing_holds(Rule.HANDOVER, refusal)
    try:
        head = chain.head(checkpoint_note)
    except HandoverError as refusal:
        return _nothing_holds(Rule.HANDOVER, refusal)
    except IntegrityError as refusal:
        return _nothing_holds(Rule.CHECKPOINT, refusal)
    found = Findings()
    past = _PastHeads(chain, head, anchors, found.tell)
    roots = Roots(past.sizes())
    bodies = BodyWatch(found.tell)
    rotations = RotationWatch(found.tell, chain)
    _read(entries, roots, found.tell, rotations, bodies if with_bodies else None)
    rotations.end(roots)
    anchored = past.check(roots)
    _check_tree(head, roots, anchored, found.tell)
    return Report(found.shortened(), roots.size, bodies.intact, bodies.erased, anchored)


def _nothing_holds(rule: Rule, refusal: IntegrityError) -> Report:
    """Return the one finding of a log whose head or keys cannot be believed."""
    finding = Finding(rule, None, f"nothing under the head can hold: {refusal}")
    return Report((finding,), size=0, intact=0, erased=0)


def _read(
    entries: Iterable[StoredEntry],
    roots: Roots,
    tell: Tell,
    rotations: RotationWatch,
    bodies: BodyWatch | None,
) -> None:
    """Hash every entry and show it to the watchers."""
    numbers, clocks, pairs = SequenceWatch(tell), ClockWatch(tell), PairWatch(tell)
    reader, waiting, first = Reader(), iter(entries), 0
    while several := list(islice(waiting, AT_ONCE)):
        leaves = [leaf_hash(stored.entry_bytes) for stored in several]
        commitments = [committed(stored) if bodies else "" for stored in several]
        roots.add(leaves)
        together = zip(several, leaves, commitments, strict=True)
        for index, (stored, leaf, commitment) in enumerate(together, first):
            entry = _entry(index, stored, leaf, commitment, reader, tell)
            numbers.see(index, stored, entry)
            if entry is None:
                continue
            clocks.see(index, entry)
            if entry.kind is not PLAIN or "of" in entry.header:
                pairs.see(index, entry)
                rotations.see(index, entry)
            if bodies is not None:
                bodies.see(index, stored, entry, commitment)
        first += len(several)
    pairs.end()
    if bodies is not None:
        bodies.end()


def _entry(
    index: int, stored: StoredEntry, leaf: bytes, commitment: str, reader: Reader, tell: Tell
) -> Read | None:
    """Return the entry, if the bytes are one; tell whether they are those first written."""
    if stored.leaf is not None and stored.leaf != leaf:
        message = f"the bytes of entry {index} are not those whose hash was stored"
        tell(Finding(Rule.LEAF, index, f"{message}; compare with a copy"))
    try:
        return reader.read(stored.entry_bytes, commitment.encode())
    except MalformedEntryError as refusal:
        tell(Finding(Rule.ENTRY, index, f"entry {index}: {refusal}"))
        return None


def _check_tree(head: Checkpoint, roots: Roots, anchored: int, tell: Tell) -> None:
    """Compare the number of entries and their root with what was signed."""
    if roots.size != head.size:
        message = (
            f"{head.size} entries were signed and {roots.size} are here; the log was cut, or "
            "written past its head"
        )
        tell(Finding(Rule.TREE_SIZE, min(head.size, roots.size), message))
    if roots.at.get(head.size, head.root) != head.root:
        message = (
            f"entries {anchored} to {head.size - 1} are not all those that were signed; compare "
            "them with a copy"
        )
        tell(Finding(Rule.TREE_ROOT, None, message))


class _PastHeads:
    """Heads remembered elsewhere: each must be a past of this log."""

    def __init__(self, chain: KeyChain, head: Checkpoint, notes: Sequence[str], tell: Tell) -> None:
        self._chain, self._head, self._tell = chain, head, tell
        self._opened = [self._open(note) for note in notes]

    def sizes(self) -> Iterator[int]:
        """Yield the sizes at which the tree's root is needed."""
        for each in (self._head, *self._chain.handovers, *self._opened):
            if isinstance(each, Checkpoint):
                yield each.size

    def check(self, roots: Roots) -> int:
        """Tell what speaks against each; return the size of the largest that holds."""
        held = [0]
        for past in self._opened:
            finding = past if isinstance(past, Finding) else self._against(past, roots)
            if finding is None and isinstance(past, Checkpoint):
                held.append(past.size)
            elif finding is not None:
                self._tell(finding)
        return max(held)

    def _open(self, note: str) -> Checkpoint | Finding:
        try:
            past = self._chain.open(note)
        except IntegrityError as refusal:
            return Finding(Rule.ANCHOR, None, f"a remembered head does not hold: {refusal}")
        if past.origin != self._head.origin:
            return Finding(Rule.ANCHOR, None, "a remembered head is of another log")
        return past

    def _against(self, past: Checkpoint, roots: Roots) -> Finding | None:
        there = min(self._head.size, roots.size)
        if past.size > there:
            message = f"the log had {past.size} entries and has {roots.size}; it was rolled back"
            return Finding(Rule.ROLLBACK, there, message)
        if roots.at[past.size] != past.root:
            message = (
                f"the first {past.size} entries are not those remembered; the log has two pasts"
            )
            return Finding(Rule.FORK, None, message)
        return None
