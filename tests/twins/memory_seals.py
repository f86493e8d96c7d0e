# SPDX-License-Identifier: Apache-2.0
"""Keys of rows and of pages in memory, with the vault's own sealing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privseg.vault import wrap


@dataclass
class _Keys:
    """Keys by name; a destroyed one is gone."""

    keys: dict[str, bytes] = field(default_factory=dict)
    made: int = 0

    def make(self) -> str:
        self.made += 1
        name = f"k{self.made}"
        self.keys[name] = wrap.new_key()
        return name

    def destroy(self, key: str) -> None:
        del self.keys[key]


@dataclass
class MemorySeals(_Keys):
    """Port ``privseg.store.Seals``."""

    def seal(self, key: str, place: str, plain: bytes) -> bytes:
        return wrap.seal(self.keys[key], plain, wrap.place("membership", place))

    def unseal(self, key: str, place: str, blob: bytes) -> bytes:
        at = wrap.place("membership", place)
        return wrap.unseal(self.keys[key], blob, at, what="a membership")


@dataclass
class MemoryPageSeals(_Keys):
    """Port ``privseg.store.PageSeals``; what was sealed under two keys is sealed under each."""

    def key(self, name: str) -> bytes:
        return self.keys[name]

    def every_key(self) -> Mapping[str, bytes]:
        return self.keys

    def seal(self, run: bytes, bucket: bytes, place: str, plain: bytes) -> bytes:
        at = wrap.place("page", place)
        return wrap.seal(run, wrap.seal(bucket, plain, at), at)

    def unseal(self, run: bytes, bucket: bytes, place: str, blob: bytes) -> bytes:
        at = wrap.place("page", place)
        return wrap.unseal(bucket, wrap.unseal(run, blob, at, what="a page"), at, what="a page")
