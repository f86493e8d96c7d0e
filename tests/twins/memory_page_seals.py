# SPDX-License-Identifier: Apache-2.0
"""Seals of the index of reads in memory: AES-GCM under one random key a month."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from privseg.vault import KeyDestroyedError
from privseg.vault.page_seal import PageSeal


@dataclass
class MemorySeal:
    """Port ``privseg.store.touched_ports.MonthSeal``."""

    month: str
    seal: PageSeal

    def sealed(self, place: bytes, plain: bytes) -> bytes:
        return self.seal.sealed(plain, self.month.encode() + place)

    def opened(self, place: bytes, blob: bytes) -> bytes:
        return self.seal.opened(blob, self.month.encode() + place, what="a page")

    def mark(self, data: bytes) -> bytes:
        return self.seal.mark(data)


@dataclass
class MemorySeals:
    """Port ``privseg.store.touched_ports.Seals``; ``asked`` counts how often a key was wanted."""

    keys: dict[str, PageSeal] = field(default_factory=dict)
    asked: int = 0

    def making(self, month: str) -> MemorySeal:
        if month not in self.keys:
            self.keys[month] = PageSeal(secrets.token_bytes(32), "test")
        return self.there(month)

    def there(self, month: str) -> MemorySeal:
        self.asked += 1
        if month not in self.keys:
            raise KeyDestroyedError("page", month)
        return MemorySeal(month, self.keys[month])
