# SPDX-License-Identifier: Apache-2.0
"""Keys of memberships in memory (port ``privseg.store.Seals``), with the vault's own sealing."""

from __future__ import annotations

from dataclasses import dataclass, field

from privseg.vault import wrap


@dataclass
class MemorySeals:
    """Keys by name; a destroyed one is gone."""

    keys: dict[str, bytes] = field(default_factory=dict)
    made: int = 0

    def make(self) -> str:
        self.made += 1
        name = f"k{self.made}"
        self.keys[name] = wrap.new_key()
        return name

    def seal(self, key: str, place: str, plain: bytes) -> bytes:
        return wrap.seal(self.keys[key], plain, wrap.place("membership", place))

    def unseal(self, key: str, place: str, blob: bytes) -> bytes:
        at = wrap.place("membership", place)
        return wrap.unseal(self.keys[key], blob, at, what="a membership")

    def destroy(self, key: str) -> None:
        del self.keys[key]
