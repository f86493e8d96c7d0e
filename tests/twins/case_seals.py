# SPDX-License-Identifier: Apache-2.0
"""Keys of case files in memory: the twin of the vault's (port ``store.cases.CaseSeals``)."""

from __future__ import annotations

from privseg.vault import wrap


class MemoryCaseSeals:
    """A key for each case, in memory."""

    def __init__(self) -> None:
        self.keys: dict[int, bytes] = {}

    def seal(self, number: int, place: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under a case's key."""
        key = self.keys.setdefault(number, wrap.new_key())
        return wrap.seal(key, plain, wrap.place(number, place))

    def unseal(self, number: int, place: str, blob: bytes) -> bytes:
        """Return what was sealed for that place."""
        return wrap.unseal(self.keys[number], blob, wrap.place(number, place), what="a part")

    def destroy(self, number: int) -> None:
        """Destroy a case's key."""
        self.keys.pop(number, None)
