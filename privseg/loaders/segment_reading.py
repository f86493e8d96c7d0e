# SPDX-License-Identifier: Apache-2.0
"""What a reading of one segment knows and has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from privseg.loaders.errors import Mistakes
from privseg.policy.catalogue import Catalogue
from privseg.segment.cost import MAX_DEPTH, MAX_NODES
from privseg.terms import Place


@dataclass(slots=True)
class Reading:
    """The catalogue that names are looked up in, every mistake, and every reference found."""

    catalogue: Catalogue
    mistakes: Mistakes = field(default_factory=Mistakes)
    references: list[tuple[str, Place]] = field(default_factory=list)
    nodes: int = 0
    is_over: bool = False

    def enter(self, place: Place, depth: int) -> bool:
        """Return whether a node is within the limits; the first that is not is noted.

        What lies beyond them is not read, so that no file keeps the reader busy.
        """
        self.nodes += 1
        if depth <= MAX_DEPTH and self.nodes <= MAX_NODES:
            return True
        if not self.is_over:
            limits = f"at most {MAX_DEPTH} levels and {MAX_NODES} conditions, filters and steps"
            self.note(f"too deep or too large: {limits}; split it", place)
        self.is_over = True
        return False

    def note(self, message: str, place: Place) -> None:
        """Note a mistake."""
        self.mistakes.note(message, place)
