# SPDX-License-Identifier: Apache-2.0
"""Key pages: the random keys of the people, packed by bucket.

A page holds, for each ordinal of its bucket, a data key and a uid, both random: nothing about a
person can be derived from a master key, so destroying the record destroys what it protects. A page
is sealed under a random page key that is used once: every change writes the page under a new one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from privseg.terms import Ordinal
from privseg.vault import wrap
from privseg.vault.keyring import Keyring
from privseg.vault.ports import KeyShelf
from privseg.vault.refusals import (
    PersonErasedError,
    UnknownPersonError,
)

BUCKET = 65_536  # people; one container of a roaring bitmap
UID_BYTES = 16
RECORD_BYTES = wrap.KEY_BYTES + UID_BYTES
_DESTROYED = bytes(RECORD_BYTES)
_PAGE = "page"


def bucket_of(ordinal: int) -> int:
    """Return the bucket of a person.

    >>> bucket_of(65_535), bucket_of(65_536)
    (0, 1)
    """
    return ordinal // BUCKET


@dataclass(slots=True)
class KeyPage:
    """The records of one bucket, in clear; its ``repr`` shows none."""

    bucket: int
    _records: bytearray = field(default_factory=bytearray, repr=False)

    def __len__(self) -> int:
        """Return how many people were ever enrolled in the bucket."""
        return len(self._records) // RECORD_BYTES

    def key(self, ordinal: int) -> bytes:
        """Return a person's data key."""
        return self._record(ordinal)[: wrap.KEY_BYTES]

    def uid(self, ordinal: int) -> bytes:
        """Return a person's uid."""
        return self._record(ordinal)[wrap.KEY_BYTES :]

    def enrol(self, people: int) -> None:
        """Make the records of the next ``people`` of the bucket."""
        if len(self) + people > BUCKET:
            raise ValueError("a bucket holds 65,536 people")
        self._records += secrets.token_bytes(people * RECORD_BYTES)

    def skip(self, people: int) -> None:
        """Leave out the next ``people`` of the bucket: nobody will have these numbers."""
        if len(self) + people > BUCKET:
            raise ValueError("a bucket holds 65,536 people")
        self._records += bytes(people * RECORD_BYTES)

    def destroy(self, ordinal: int) -> None:
        """Overwrite a person's record with zeros, for good."""
        self._record(ordinal)
        start = (ordinal % BUCKET) * RECORD_BYTES
        self._records[start : start + RECORD_BYTES] = _DESTROYED

    def to_bytes(self) -> bytes:
        """Return the records."""
        return bytes(self._records)

    def _record(self, ordinal: int) -> bytes:
        """Return a record.

        Raises:
            UnknownPersonError: nobody has that ordinal.
            PersonErasedError: its record was destroyed.
        """
        start = (ordinal % BUCKET) * RECORD_BYTES
        if bucket_of(ordinal) != self.bucket or start >= len(self._records):
            raise UnknownPersonError(1)
        record = bytes(self._records[start : start + RECORD_BYTES])
        if record == _DESTROYED:
            raise PersonErasedError(Ordinal(ordinal))
        return record


class Pages:
    """Reads and writes key pages; keeps none between calls, as it would outlive an erasure."""

    def __init__(self, shelf: KeyShelf, keyring: Keyring) -> None:
        self._shelf = shelf
        self._keyring = keyring

    def load(self, bucket: int) -> KeyPage:
        """Return a bucket's page; an empty one when nobody is in it.

        Raises:
            SealBrokenError: it was changed or belongs to another bucket.
        """
        with self._shelf.reading():
            found = self._shelf.key_page(bucket)
            if found is None:
                return KeyPage(bucket)
            name, blob = found
            key = self._keyring.get(_PAGE, name)
        plain = wrap.unseal(key, blob, self._at(bucket, name), what=f"key page {bucket}")
        return KeyPage(bucket, bytearray(plain))

    def save(self, page: KeyPage) -> str:
        """Write a page under a new page key; return the name of the key that this destroys."""
        with self._shelf.transaction():
            old = self._shelf.key_page(page.bucket)
            name, key = f"{page.bucket}-{secrets.token_hex(8)}", wrap.new_key()
            blob = wrap.seal(key, page.to_bytes(), self._at(page.bucket, name))
            self._keyring.put(_PAGE, name, key)
            self._shelf.put_key_page(page.bucket, name, blob)
            if old is None:
                return ""
            self._keyring.drop(_PAGE, old[0])
            return old[0]

    def of(self, ordinals: Iterable[int]) -> Iterator[tuple[int, KeyPage]]:
        """Return each person once with the page they are on; one page is held at a time."""
        page: KeyPage | None = None
        for ordinal in sorted(set(ordinals)):
            if page is None or page.bucket != bucket_of(ordinal):
                page = self.load(bucket_of(ordinal))
            yield ordinal, page

    def _at(self, bucket: int, name: str) -> bytes:
        """Return the place of a page."""
        return wrap.place(_PAGE, self._keyring.workspace, bucket, name)
