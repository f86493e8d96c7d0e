# SPDX-License-Identifier: Apache-2.0
"""A process that loses power: before a change of a file's name or the sync of its bytes, and, where
the database is on a server, between transactions and before and after every commit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

Session = psycopg.Connection[Any]


class PowerCut(BaseException):
    """Nothing in the code under test handles it."""


@contextmanager
def cut_before(last: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Let the process lose power before its ``last`` step.

    A step is a change of a file's name, a sync, whatever is said to a server outside a transaction,
    a commit before the server hears of it, and a commit before its answer comes. From the cut on
    nothing reaches the server: it sees the session end, and undoes what was not committed.
    """
    cut = _Cut(last)
    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "fsync"):
            patch.setattr(os, name, cut.counted(getattr(os, name)))
        patch.setattr(psycopg.Connection, "wait", cut.said(psycopg.Connection.wait))
        patch.setattr(psycopg.Connection, "commit", cut.committed(psycopg.Connection.commit))
        yield lambda: cut.taken


class _Cut:
    """The steps that were taken, and the one that is not."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.taken = 0

    def counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call that is a step."""

        def counting(*args: Any, **more: Any) -> Any:
            self._step()
            return real(*args, **more)

        return counting

    def said(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return what is said to a server, as long as there is power."""

        def saying(session: Session, *args: Any, **more: Any) -> Any:
            with _ending(session):
                if self.taken >= self._last or _is_between(session):
                    self._step()
                return real(session, *args, **more)

        return saying

    def committed(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return a commit: two steps."""

        def committing(session: Session) -> None:
            with _ending(session):
                self._step()
                real(session)
                self._step()

        return committing

    def _step(self) -> None:
        """Take a step; nothing is done any more once power was lost."""
        self.taken += 1
        if self.taken >= self._last:
            raise PowerCut


def _is_between(session: Session) -> bool:
    """Return whether no transaction is open."""
    return session.pgconn.transaction_status is TransactionStatus.IDLE


@contextmanager
def _ending(session: Session) -> Iterator[None]:
    """End the session with the power."""
    try:
        yield
    except PowerCut:
        session.pgconn.finish()
        raise
