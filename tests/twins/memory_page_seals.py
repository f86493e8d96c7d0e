# SPDX-License-Identifier: Apache-2.0
"""Seals of the index of reads in memory: AES-GCM under one random key a month."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from privseg.vault.page_seal import PageSeal


@dataclass
class MemorySeals:
    """Port ``privseg.store.touched_ports.Seals``."""

    keys: dict[str, PageSeal] = field(default_factory=dict)

    def sealed(self, month: str, place: bytes, plain: bytes) -> bytes:
        return self.of(month).sealed(plain, month.encode() + place)

    def opened(self, month: str, place: bytes, blob: bytes) -> bytes:
        return self.of(month).opened(blob, month.encode() + place, what="a page")

    def mark(self, month: str, data: bytes) -> bytes:
        return self.of(month).mark(data)

    def of(self, month: str) -> PageSeal:
        if month not in self.keys:
            self.keys[month] = PageSeal(secrets.token_bytes(32), "test")
        return self.keys[month]
