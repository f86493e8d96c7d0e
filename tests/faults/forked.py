# SPDX-License-Identifier: Apache-2.0
"""Work in a forked process: it starts in milliseconds with everything imported, and leaves nothing.

The process that forks has one thread and opens no workspace itself.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from io import StringIO
from typing import TypeVar

from privseg.errors import PrivsegError

T = TypeVar("T")
Said = dict[str, object]


def act(do: Callable[[], object]) -> bytes:
    """Do it; return as JSON whether it was acknowledged, or how it was refused."""
    before = set(sys.modules)
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore")
        try:
            do()
            said: Said = {"ok": True}
        except PrivsegError as error:
            said = {"ok": False, "error": type(error).__name__, "ours": True, "why": str(error),
                    "code": error.exit_code}  # fmt: skip
        except Exception as error:  # noqa: BLE001  # that it is not ours is what is looked for
            said = {"ok": False, "error": type(error).__name__, "ours": False, "why": str(error)}
    said["modules"] = sorted(set(sys.modules) - before)
    return json.dumps(said).encode()


def call(do: Callable[[], T]) -> T:
    """Return what ``do`` returns, from a process of its own.

    Raises:
        AssertionError: it did not end well.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_child(do, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, f"a helper process ended with {status}"
    found: T = pickle.loads(said)  # our own child wrote it
    return found


def _be_child(do: Callable[[], object], writing: int) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = pickle.dumps(do())
        while said:
            said = said[os.write(writing, said) :]
    except BaseException as error:  # noqa: BLE001  # nothing of the parent's may run here
        sys.stderr.write(f"forked process: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(70)
    os._exit(0)


def load(modules: object) -> None:
    """Import what a forked process had to import, so that the next ones have it."""
    assert isinstance(modules, list)
    for name in modules:
        with suppress(Exception):
            importlib.import_module(str(name))
