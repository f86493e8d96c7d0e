# SPDX-License-Identifier: Apache-2.0
"""The port of the keys that rows about people are sealed under."""

from __future__ import annotations

from typing import Protocol


class Seals(Protocol):
    """Port: keys that rows are sealed under, each by a name of its own."""

    def make(self) -> str:
        """Make a new key; return its name."""
        ...

    def seal(self, key: str, place: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under a key for one place."""
        ...

    def unseal(self, key: str, place: str, blob: bytes) -> bytes:
        """Return what was sealed under that key for that place."""
        ...

    def destroy(self, key: str) -> None:
        """Destroy a key: nothing that was sealed under it opens any more."""
        ...
