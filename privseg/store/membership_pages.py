# SPDX-License-Identifier: Apache-2.0
"""Whom runs found, in pages of 65,536 people, each sealed under its run's and its bucket's key.

Both are needed to open one. A run's key goes with the last of what it found; a bucket's goes when
somebody of the bucket is forgotten or put right, and every page of the bucket is sealed anew: this
costs one bucket, however many people there are, and which pages changed tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Protocol

from pyroaring import BitMap, FrozenBitMap

from privseg.audit.people import MalformedPeopleError
from privseg.audit.touched import cut, part_of
from privseg.store.database import Database
from privseg.store.refusals import MembershipBrokenError

Found = tuple[str, str]
"""A run and a segment: whom the one found in the other is one set."""

_INSERT = "INSERT INTO membership_page (run_id, segment, bucket, people) VALUES (?, ?, ?, ?)"
_OF_SET = "SELECT bucket, people FROM membership_page WHERE run_id = ? AND segment = ?"
_OF_BUCKET = "SELECT run_id, segment, people FROM membership_page WHERE bucket = ?"
_SETS = "SELECT run_id, segment, key, buckets FROM membership"
_ALSO_IN = "UPDATE membership SET buckets = ? WHERE run_id = ? AND segment = ?"
_BUCKETS = "SELECT bucket, key FROM membership_bucket"
_EMPTIED = (
    "SELECT bucket, key FROM membership_bucket b "
    "WHERE NOT EXISTS (SELECT 1 FROM membership_page p WHERE p.bucket = b.bucket)"
)


class PageSeals(Protocol):
    """Port: keys by name, and sealing under two of them."""

    def make(self) -> str:
        """Make a new key; return its name."""
        ...

    def key(self, name: str) -> bytes:
        """Return a key."""
        ...

    def every_key(self) -> Mapping[str, bytes]:
        """Return every key by name."""
        ...

    def seal(self, run: bytes, bucket: bytes, place: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under both keys for one place."""
        ...

    def unseal(self, run: bytes, bucket: bytes, place: str, blob: bytes) -> bytes:
        """Return what was sealed under both keys for that place."""
        ...

    def destroy(self, name: str) -> None:
        """Destroy a key: nothing that was sealed under it opens any more."""
        ...


class PageTable:
    """The table of pages, and of the names of their buckets' keys."""

    def __init__(self, db: Database, seals: PageSeals) -> None:
        self._db = db
        self._seals = seals

    def put(self, run_key: str, sets: Mapping[Found, FrozenBitMap]) -> dict[Found, bytes]:
        """Seal a run's sets, in the open transaction; return in which buckets each has a page."""
        run, names = self._seals.key(run_key), self._buckets()
        parts = {found: list(cut(people)) for found, people in sets.items()}
        buckets = sorted({bucket for cut_up in parts.values() for bucket, _ in cut_up})
        keys = {b: self._seals.key(names.get(b) or self._new_key(b)) for b in buckets}
        self._db.bulk(_INSERT, (
            (*found, bucket, self._seals.seal(run, keys[bucket], _place(found, bucket), data))
            for found, cut_up in parts.items()
            for bucket, data in cut_up
        ))  # fmt: skip
        return {found: _buckets_as(b for b, _ in cut_up) for found, cut_up in parts.items()}

    def whole(self, sets: Iterable[tuple[Found, str, bytes]]) -> list[FrozenBitMap]:
        """Return sets, each named with its run's key and with the buckets it has pages in.

        Raises:
            MembershipBrokenError: a page is gone.
            KeyDestroyedError, SealBrokenError: a page cannot be opened.
        """
        names, key_of = self._buckets(), cache(self._seals.key)
        return [
            self._whole(found, key_of(key), buckets, names, key_of) for found, key, buckets in sets
        ]

    def of_bucket(self, bucket: int) -> dict[Found, FrozenBitMap]:
        """Return the page of a bucket in every set that has one.

        Raises:
            MembershipBrokenError, KeyDestroyedError, SealBrokenError: one cannot be opened.
        """
        keys, runs = self._seals.every_key(), self._runs_in(bucket)
        key, pages = keys.get(self._buckets().get(bucket, "")), {}
        rows = {(str(r), str(s)): bytes(b) for r, s, b in self._db.raw(_OF_BUCKET, (bucket,))}
        if rows.keys() != runs.keys():
            raise MembershipBrokenError
        for found, sealed in rows.items():
            run = keys.get(runs[found])
            if key is None or run is None:
                raise MembershipBrokenError
            pages[found] = part_of(self._seals.unseal(run, key, _place(found, bucket), sealed))
        return pages

    def renew(self, bucket: int, pages: Mapping[Found, FrozenBitMap]) -> None:
        """Seal all pages of a bucket anew, in the open transaction; its old key is destroyed.

        ``pages`` has every page that is there, and may have more.
        """
        old, keys, sets = self._buckets().get(bucket), self._seals.every_key(), self._sets()
        self._forget_bucket(bucket)
        key = self._seals.key(self._new_key(bucket))
        self._db.bulk(_INSERT, (
            (*found, bucket, self._seals.seal(
                keys[sets[found][0]], key, _place(found, bucket), page.serialize()
            ))
            for found, page in pages.items()
        ))  # fmt: skip
        more = sorted(found for found in pages if bucket not in sets[found][1])
        self._db.bulk(_ALSO_IN, ((_buckets_as([*sets[f][1], bucket]), *f) for f in more))
        if old is not None:
            self._seals.destroy(old)

    def drop(self, sets: Iterable[Found]) -> None:
        """Delete sets' pages, and every bucket's key that has no page any more."""
        self._db.bulk("DELETE FROM membership_page WHERE run_id = ? AND segment = ?", sets)
        for bucket, name in self._db.raw(_EMPTIED):
            self._forget_bucket(int(bucket))
            self._seals.destroy(str(name))

    def _whole(
        self, found: Found, run: bytes, buckets: bytes, names: Mapping[int, str],
        key_of: Callable[[str], bytes],
    ) -> FrozenBitMap:  # fmt: skip
        """Return one set."""
        rows, people = self._db.raw(_OF_SET, found), BitMap()
        there = {int(bucket) for bucket, _ in rows}
        if there != set(_buckets_of(buckets)) or not there <= names.keys():
            raise MembershipBrokenError
        for bucket, sealed in rows:
            key, place = key_of(names[int(bucket)]), _place(found, bucket)
            people |= part_of(self._seals.unseal(run, key, place, bytes(sealed)))
        return FrozenBitMap(people)

    def _sets(self) -> dict[Found, tuple[str, FrozenBitMap]]:
        """Return the name of the run's key, and the buckets, of every set."""
        rows = self._db.raw(_SETS)
        return {(str(r), str(s)): (str(key), _buckets_of(bytes(b))) for r, s, key, b in rows}

    def _runs_in(self, bucket: int) -> dict[Found, str]:
        """Return the name of the run's key of every set that has a page in a bucket."""
        return {found: key for found, (key, there) in self._sets().items() if bucket in there}

    def _buckets(self) -> dict[int, str]:
        """Return the name of every bucket's key."""
        return {int(bucket): str(key) for bucket, key in self._db.raw(_BUCKETS)}

    def _new_key(self, bucket: int) -> str:
        """Make a key for a bucket that has none; return its name."""
        name = self._seals.make()
        self._db.bulk("INSERT INTO membership_bucket (bucket, key) VALUES (?, ?)", [(bucket, name)])
        return name

    def _forget_bucket(self, bucket: int) -> None:
        """Delete a bucket's pages and the name of its key."""
        self._db.bulk("DELETE FROM membership_page WHERE bucket = ?", [(bucket,)])
        self._db.bulk("DELETE FROM membership_bucket WHERE bucket = ?", [(bucket,)])


def _place(found: Found, bucket: int) -> str:
    """Return where a page belongs: sealed for one place, it opens nowhere else."""
    return f"{found[0]}/{found[1]}/{bucket}"


def _buckets_of(data: bytes) -> FrozenBitMap:
    """Return the buckets that stand beside a set."""
    try:
        return part_of(data)
    except MalformedPeopleError:
        raise MembershipBrokenError from None


def _buckets_as(buckets: Iterable[int]) -> bytes:
    """Return buckets as they stand beside a set."""
    found = BitMap(buckets)
    found.run_optimize()
    return found.serialize()
