# SPDX-License-Identifier: Apache-2.0
"""What the entry gate refuses."""

from __future__ import annotations

from privseg.errors import ConsentError, PolicyError


class ReadRefusedError(PolicyError):
    """The policy does not let this segmenter, run by this role, read these attributes."""

    def __init__(self, *, segmenter: str, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons) or f'segmenter "{segmenter}" may not read this')
        self.segmenter = segmenter
        self.reasons = reasons


class LedgerUnknownError(ConsentError):
    """An edition names a ledger position that the ledger has not reached; nothing is read."""

    def __init__(self, *, asked: int, reached: int) -> None:
        super().__init__(
            f"the consent ledger ends at {reached}, the edition asks for {asked}; "
            "restore the newer ledger or open a new edition (privseg source snapshot)"
        )
        self.asked = asked
        self.reached = reached
