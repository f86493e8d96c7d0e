# SPDX-License-Identifier: Apache-2.0
"""A process that loses power before a change of a file's name or the sync of its bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


class PowerCut(BaseException):
    """Nothing in the code under test handles it."""


@contextmanager
def cut_before(last: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Let the process lose power before its ``last`` change of a name, or sync, of a file."""
    taken = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **more: object) -> object:
            nonlocal taken
            taken += 1
            if taken == last:
                raise PowerCut
            return real(*args, **more)

        return step

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "fsync"):
            patch.setattr(os, name, counted(getattr(os, name)))
        yield lambda: taken
