# SPDX-License-Identifier: Apache-2.0
"""The chain of keys that sign heads: each change of key is an entry, and a head both keys signed.

Key ``k0`` signs heads up to size ``s0``; entry ``s0 - 1`` names key ``k1``, and the head of size
``s0`` is signed by ``k0`` and then by ``k1``; larger heads by ``k1`` alone, up to ``s1``. So who
trusts any key of the chain can trust the next, and a key that was given up signs nothing later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from privseg.audit.event import Kind, Outcome
from privseg.errors import IntegrityError
from privseg.tlog import Checkpoint, Verifier, key_id, open_checkpoint, signers_of, vkey

ROTATE = "rotate"  # the verb of an entry that changes the key


class HandoverError(IntegrityError):
    """A change of the key that signs heads does not hold."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the signing key was not handed over: {why}; compare the keys with those you were "
            "given out of band"
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class KeyChain:
    """The keys of a log in order, and the heads at which one gave way to the next.

    Law: a head of size n is one that key i may sign if and only if s(i-1) <= n <= s(i).
    """

    verifiers: tuple[Verifier, ...]
    handovers: tuple[Checkpoint, ...] = ()

    @property
    def newest(self) -> Verifier:
        """Return the key that signs now."""
        return self.verifiers[-1]

    def open(self, note: str) -> Checkpoint:
        """Return the head in a signed note, new or old.

        Raises:
            IntegrityError: no key signed it that could sign a head of its size.
        """
        refusals: list[IntegrityError] = [HandoverError("the log has no key")]
        for index, verifier in enumerate(self.verifiers):
            try:
                head = open_checkpoint(note, (verifier,))
            except IntegrityError as refusal:
                refusals.append(refusal)
                continue
            if self._first(index) <= head.size <= self._last(index, head.size):
                return head
            refusals.append(HandoverError("a key signed this head that had no say at its size"))
        raise next((r for r in refusals[1:] if isinstance(r, HandoverError)), refusals[-1])

    def head(self, note: str) -> Checkpoint:
        """Return the newest head: the newest key alone can sign it.

        Raises:
            IntegrityError: it did not, or a key of this chain came after that head.
        """
        head = open_checkpoint(note, (self.newest,))
        if self.handovers:
            last = self.handovers[-1]
            if last.size > head.size or last.origin != head.origin:
                raise HandoverError("a key was handed over after this head, or in another log")
        return head

    def _first(self, index: int) -> int:
        return self.handovers[index - 1].size if index else 0

    def _last(self, index: int, otherwise: int) -> int:
        return self.handovers[index].size if index < len(self.handovers) else otherwise


def open_chain(verifiers: Sequence[Verifier], notes: Sequence[str]) -> KeyChain:
    """Return the chain of ``verifiers`` (oldest first) that the handover ``notes`` tie together.

    What the entries say is for ``check_rotation``.

    Raises:
        HandoverError: a note is missing, not signed by both keys, or not of this log.
        MalformedNoteError, BadSignatureError, UnknownSignerError, MalformedCheckpointError: a
            note does not hold.
    """
    if len(notes) != len(verifiers) - 1:
        raise HandoverError(f"{len(verifiers)} keys need {len(verifiers) - 1} handovers")
    heads = tuple(_handed_over(note, *verifiers[i : i + 2]) for i, note in enumerate(notes))
    sizes = [0, *(head.size for head in heads)]
    if any(later <= earlier for earlier, later in pairwise(sizes)):
        raise HandoverError("the handovers are not in order")
    if len({head.origin for head in heads}) > 1:
        raise HandoverError("a handover is of another log")
    return KeyChain(tuple(verifiers), heads)


def rotation_header(
    old: Verifier, new: Verifier, *, reason: str | None = None
) -> dict[str, str | list[str]]:
    """Return the header of the entry by which ``old`` names ``new``."""
    said: dict[str, str | list[str]] = {
        "verb": ROTATE,
        "key_id": key_id(new.name, new.public_key).hex(),
        "previous": key_id(old.name, old.public_key).hex(),
        "vkey": vkey(new.name, new.public_key),
    }
    return said | ({"reason": reason} if reason else {})


def is_rotation(kind: Kind, outcome: Outcome, header: Mapping[str, object]) -> bool:
    """Return whether an entry says that the key was changed."""
    is_key = kind is Kind.CHECKPOINT_KEY and outcome is Outcome.OK
    return is_key and header.get("verb") == ROTATE


def names(header: Mapping[str, object], old: Verifier, new: Verifier) -> bool:
    """Return whether a rotation's header is the one by which ``old`` names ``new``."""
    wanted = rotation_header(old, new)
    return all(header.get(key) == value for key, value in wanted.items())


def eras(chain: KeyChain) -> Iterator[tuple[Verifier, int, int | None]]:
    """Yield each key with the first and last size of the heads that it signs."""
    sizes = [head.size for head in chain.handovers]
    for index, verifier in enumerate(chain.verifiers):
        yield verifier, sizes[index - 1] if index else 0, sizes[index] if sizes[index:] else None


def _handed_over(note: str, old: Verifier, new: Verifier) -> Checkpoint:
    """Return the head in a handover's note.

    Raises:
        HandoverError: not exactly these two keys signed it, in this order.
    """
    wanted = tuple((each.name, key_id(each.name, each.public_key)) for each in (old, new))
    if signers_of(note) != wanted:
        raise HandoverError("a handover is not signed by the old key and then the new one")
    return open_checkpoint(note, (old, new))
