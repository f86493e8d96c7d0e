# SPDX-License-Identifier: Apache-2.0
"""Runs what the documents show: their commands, files and Python, in one folder a document.

In a document, ``console`` blocks hold commands after ``$``, each followed by what it prints (or by
nothing, when that does not matter; ``...`` stands for anything). Right after a command, a line
after ``>`` is what a person types when asked, by the line before it. A ``yaml`` block with a path
after the language is a file to save. A ``python`` block may be followed by a ``text`` block with
what it prints. ``<!-- exit: 3 -->`` before a block is the exit code of its last command.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from privseg.cli import main

BLOCK = re.compile(
    r"(?:<!-- exit: (?P<exit>\d+) -->\n)?"
    r"```(?P<language>\w+)(?: (?P<path>\S+))?\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
ANYTHING = "..."
ASKED = re.compile(r"(?:(?!\$ |> ).*\n)?(?P<typed>(?:> .*\n)+)")  # the question, and what is typed
SUBSTITUTED = re.compile(r"\$\(([^()]+)\)")  # $(cat moment.txt), as a shell does it
VARYING = (  # what may differ between two runs of the same command, and what stands for it
    (re.compile(r"\S+\+[0-9a-f]{8}\+\S+"), "#"),  # verifier keys
    (re.compile(r"withheld: [a-z ]+"), "#"),  # noise decides which cells are shown
    (re.compile(r"\S*/"), "/"),  # folders
    (re.compile(r"\b[0-9a-f]{8,}\b"), "#"),  # ids and hashes
    (re.compile(r"[0-9][0-9,.:T-]*Z?"), "#"),  # numbers, dates, times
    (re.compile(r"\s+"), " "),
    (re.compile(r"# # to #|NaN NaN NaN too_few_people|# # # NaN"), "#"),  # a number, its interval
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a document does, and what it says will come of it."""

    kind: str  # "command", "file" or "python"
    text: str
    line: int
    path: str = ""
    expected: str = ""
    exit_code: int = 0
    shown_at: int = 0  # where in the document the expected output begins
    typed: str = ""  # on standard input


def steps(document: str) -> Iterator[Step]:
    """Yield what a document does, in order."""
    blocks = list(BLOCK.finditer(document))
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        line = document.count("\n", 0, block.start("body")) + 1
        body = block["body"]
        match block["language"]:
            case "console":
                yield from _commands(block, line)
            case "yaml" if block["path"]:
                yield Step("file", body, line, path=block["path"])
            case "python":
                shown = after if after and after["language"] == "text" else None
                expected, at = (shown["body"], shown.start("body")) if shown else ("", 0)
                yield Step("python", body, line, expected=expected, shown_at=at)


def _commands(block: re.Match[str], line: int) -> Iterator[Step]:
    """Yield the commands of a console block; only the last may fail."""
    body = block["body"]
    starts = [m.start() for m in re.finditer(r"^\$ ", body, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        command, _, shown = body[start + 2 : end].partition("\n")
        asked = ASKED.match(shown)
        typed = "" if asked is None else asked["typed"].replace("> ", "")
        shown = shown[asked.end() :] if asked else shown
        code = int(block["exit"] or 0) if end == len(body) else 0
        at = block.start("body") + end - len(shown)
        place = line + body.count("\n", 0, start)
        yield Step("command", command.strip(), place, "", shown, code, at, typed)


@dataclass(slots=True)
class Terminal:
    """A person at a terminal: a folder they are in, Python that remembers, and ``privseg``.

    ``privseg`` runs inside this process, which saves the seconds that loading its packages takes;
    everything else runs in a shell. ``instead`` maps a command to what is done in its place, and
    returns what that printed.
    """

    folder: Path
    instead: Mapping[str, Callable[[Terminal], str]] = field(default_factory=dict)
    names: dict[str, object] = field(default_factory=dict)

    def run(self, step: Step) -> tuple[int, str]:
        """Do one step; return its exit code and what it printed, errors among it."""
        match step.kind:
            case "file":
                target = self.folder / step.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(step.text, "utf-8")
                return 0, ""
            case "python":
                return self.python(step.text)
        return self.command(step.text, typed=step.typed)

    def python(self, code: str) -> tuple[int, str]:
        """Run Python that remembers what earlier Python of the document named."""
        compiled = compile(code, "document", "exec")
        return self._inside(lambda: exec(compiled, self.names))  # our own documents

    def command(self, line: str, *, typed: str = "") -> tuple[int, str]:
        """Run a command line: ``a && b``, ``a | privseg ...``, ``privseg ... > file``, ``$(a)``."""
        if line in self.instead:
            return 0, self.instead[line](self)
        first, _, rest = line.partition(" && ")
        if not first.startswith(("cd ", "privseg ")):
            return self._one(line)
        code, output = self._one(first, typed=typed)
        if code or not rest:
            return code, output
        code, more = self.command(rest)
        return code, output + more

    def _one(self, line: str, *, typed: str = "") -> tuple[int, str]:
        """Run one command or pipeline."""
        if line.startswith("cd "):
            self.folder = (self.folder / line[3:]).resolve(strict=True)
            return 0, ""
        before, _, last = line.rpartition(" | ")
        if not last.startswith("privseg"):
            return self._shell(line)
        given = self._shell(before)[1] if before else typed
        call, _, target = last.partition(" > ")
        arguments = SUBSTITUTED.sub(lambda m: self._shell(m[1])[1].strip(), call).split()
        file = self.folder / target.strip() if target else None
        return self._inside(main, arguments=arguments, given=given, into=file)

    def _shell(self, line: str) -> tuple[int, str]:
        """Run anything else; ``python3`` is the interpreter of the suite."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env={**os.environ, "PATH": path}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _inside(
        self,
        act: Callable[[], object],
        *,
        arguments: list[str] | None = None,
        given: str = "",
        into: Path | None = None,
    ) -> tuple[int, str]:
        """Act in this process, in the folder, with its own input and output."""
        out, code = io.StringIO(), 0
        printed = io.StringIO() if into else out
        saved = sys.argv, sys.stdin
        sys.argv, sys.stdin = arguments or sys.argv, io.StringIO(given)
        try:
            with (
                contextlib.chdir(self.folder),
                contextlib.redirect_stdout(printed),
                contextlib.redirect_stderr(out),
            ):
                act()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            sys.argv, sys.stdin = saved
        if into:
            into.write_text(printed.getvalue(), "utf-8")
        return code, out.getvalue()


UNEVEN = re.compile(r"between ([0-9][0-9,.]*) and [0-9][0-9,.]*[0-9]")


def alike(shown: str, printed: str) -> bool:
    """Return whether a document shows what was printed, up to numbers, ids, dates and folders.

    >>> alike("about 120, in a1b2c3d4e5", "about 96, in 99aabbccdd")
    True
    >>> alike("about 120 people", "about 120 customers")
    False
    >>> alike("about 120 people, give or take 9.", "about 96 people, between 88 and 107.")
    True
    """
    parts = [_plain(part) for part in shown.split(ANYTHING)]
    whole = _plain(printed)
    if len(parts) == 1:
        return parts[0] == whole
    pattern = ".*".join(re.escape(p) for p in parts)
    return re.fullmatch(pattern, whole, re.DOTALL) is not None


def _plain(text: str) -> str:
    """Return a text without what may vary, such as whether the noise left an even error bar."""
    text = UNEVEN.sub(r"give or take \1", text)
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return text.strip()
