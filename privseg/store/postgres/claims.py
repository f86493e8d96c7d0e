# SPDX-License-Identifier: Apache-2.0
"""What outlives a transaction: claims on charges, and turns in a folder, as advisory locks.

They are held by a session of their own, opened when the first is taken: the server gives them back
when it ends, however it ends (manual, section 13.3.5).
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from privseg.store.budget_claims import Claim
from privseg.store.postgres.address import key_of
from privseg.store.postgres.codes import translated
from privseg.store.postgres.connect import Driver
from privseg.store.refusals import BUSY_SECONDS, DatabaseBusyError

_HELD = (
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid = %s AND objid = %s LIMIT 1"
)


class SharedClaims:
    """Claims and turns of everybody who shares the database."""

    def __init__(self, opened: Callable[[], Driver], schema: str, place: str) -> None:
        self._opened = opened
        self._schema = schema
        self._place = place
        self._session: Driver | None = None
        self._talking = threading.Lock()
        self._turn = threading.Lock()  # two threads are one session, which never waits for itself
        self._taken: Counter[int] = Counter()
        self._given: deque[int] = deque()

    def take(self, number: int) -> Claim:
        """Take a claim on a charge, beside whoever has one."""
        key = self._key(number)
        with self._talking:
            if not self._taken[key]:
                self._say("SELECT pg_advisory_lock_shared(%s)", key)
            self._taken[key] += 1
        return Claim(partial(self._give_back, key))

    def is_held(self, number: int) -> bool:
        """Return whether a session that is alive holds a claim on a charge."""
        key = self._key(number) % 2**64
        with self._talking, translated(self._place):
            self._flush()
            found = self._driver().execute(_HELD, (key >> 32, key % 2**32))
            return found.fetchone() is not None

    @contextmanager
    def alone(self, folder: Path) -> Iterator[None]:
        """Hold a folder, known by its name, against everybody else who shares the database.

        Raises:
            DatabaseBusyError: somebody stayed in it.
        """
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise DatabaseBusyError(folder)
        key = key_of(self._schema, f"folder/{folder.name}")
        try:
            with self._talking:
                self._say("SELECT pg_advisory_lock(%s)", key)
            try:
                yield
            finally:
                with self._talking:
                    self._say("SELECT pg_advisory_unlock(%s)", key)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Give everything back."""
        if self._session is not None:
            self._session.close()

    def _key(self, number: int) -> int:
        """Return the lock of a charge."""
        return key_of(self._schema, f"charge/{number}")

    def _give_back(self, key: int) -> None:
        """Give a claim back, now or with the next thing said.

        It may be the garbage collector who calls, in the middle of any statement of ours.
        """
        self._given.append(key)
        if self._talking.acquire(blocking=False):
            try:
                self._flush()
            finally:
                self._talking.release()

    def _flush(self) -> None:
        """Give back what was to be given back; a session that is gone has done so."""
        while self._given:
            key = self._given.popleft()
            self._taken[key] -= 1
            if not self._taken[key] and self._session is not None:
                try:
                    self._session.execute("SELECT pg_advisory_unlock_shared(%s)", (key,))
                except psycopg.Error:
                    return

    def _say(self, sql: str, key: int) -> None:
        """Say one thing about one lock."""
        with translated(self._place):
            self._flush()
            self._driver().execute(sql, (key,))

    def _driver(self) -> Driver:
        """Return the session, opened when it is first needed."""
        if self._session is None:
            self._session = self._opened()
        return self._session
