# SPDX-License-Identifier: Apache-2.0
"""A watcher: whether what the entries say of the signing key is what the handovers say."""

from __future__ import annotations

from dataclasses import dataclass, field

from privseg.audit.finding import Finding, Rule
from privseg.audit.handover import KeyChain, is_rotation, names
from privseg.audit.reading import Read
from privseg.audit.roots import Roots
from privseg.audit.watch import Tell


@dataclass(slots=True)
class RotationWatch:
    """Finds a change of key that no entry names, and an entry that no handover follows."""

    tell: Tell
    chain: KeyChain
    _named: set[int] = field(default_factory=set)

    def see(self, index: int, entry: Read) -> None:
        """Compare an entry that changes the key with the handover at its size."""
        if not is_rotation(entry.kind, entry.outcome, entry.header):
            return
        for place, head in enumerate(self.chain.handovers):
            if head.size == index + 1:
                old, new = self.chain.verifiers[place : place + 2]
                if names(entry.header, old, new):
                    self._named.add(place)
                return
        self._tell(index, "changes the signing key, and no head that both keys signed follows it")

    def end(self, roots: Roots) -> None:
        """Tell the handovers whose entry or whose tree is not the log's."""
        for place, head in enumerate(self.chain.handovers):
            if place not in self._named or roots.at.get(head.size) != head.root:
                self._tell(head.size - 1, "is not the one by which the signing key was handed over")

    def _tell(self, index: int, what: str) -> None:
        message = f"entry {index} {what}; whoever signed later heads is not known to be the log"
        self.tell(Finding(Rule.HANDOVER, index, message))
