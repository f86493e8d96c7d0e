# SPDX-License-Identifier: Apache-2.0
"""``privseg`` as a person runs it: in a folder, with arguments and standard input."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from privseg.cli import main

CALL = (
    sys.executable, "-c",
    "import sys; sys.argv[0] = 'privseg'; from privseg.cli import main; main()",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left: its exit code, its data, its talk, and the folder it ran in."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def document(self) -> Any:
        """Return standard output as the JSON it must be."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """Somebody in a folder; root keys lie in ``keys`` beside it, never in the user's key folder.

    Calls run inside this process, which saves the seconds that loading its packages takes.
    """

    folder: Path

    @classmethod
    def in_copy(cls, workspace: Path, folder: Path) -> Self:
        """Return somebody in a copy of a workspace, with a copy of its key."""
        shutil.copytree(workspace, folder / workspace.name)
        shutil.copytree(workspace.parent / "keys", folder / "keys")
        return cls(folder / workspace.name)

    @property
    def keys(self) -> Path:
        """Return where root keys lie."""
        return self.folder.parent / "keys"

    def __call__(self, *arguments: str, given: str | bytes = "") -> Answer:
        """Run a command with ``given`` on standard input."""
        stream = io.BytesIO(given if isinstance(given, bytes) else given.encode("utf-8"))
        out, err, code = io.StringIO(), io.StringIO(), 0
        saved = sys.argv, sys.stdin, os.environ.get("PRIVSEG_KEYS", "")
        os.environ["PRIVSEG_KEYS"] = str(self.keys)
        sys.argv, sys.stdin = ["privseg", *arguments], io.TextIOWrapper(stream, "utf-8")
        try:
            with (
                contextlib.chdir(self.folder),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
            ):
                main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            sys.argv, sys.stdin, os.environ["PRIVSEG_KEYS"] = saved
        return Answer(code, out.getvalue(), err.getvalue(), self.folder)

    def process(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Answer:
        """Run a command in a process of its own, where streams and signals are real."""
        done = subprocess.run(
            [*CALL, *arguments], cwd=self.folder, env=self.environment(environment or {}),
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        out, err = (text.decode("utf-8", "strict") for text in (done.stdout, done.stderr))
        return Answer(done.returncode, out, err, self.folder)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return what a process of this person's finds in its environment."""
        return {**os.environ, "PRIVSEG_KEYS": str(self.keys), **more}
