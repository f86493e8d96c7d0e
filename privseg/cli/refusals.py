# SPDX-License-Identifier: Apache-2.0
"""Errors as people read them: what, why and where in one line, then what would allow it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from privseg.errors import InputError, PrivsegError

if TYPE_CHECKING:
    from privseg.policy import Finding

SHOWN = 20  # mistakes of documents told at once: a screenful
REMEDY = "; to allow it: "  # how every refusal in the house leads over to what next


def told(error: PrivsegError) -> list[str]:
    """Return an error as lines; those that only add to the one above are indented."""
    lines = _mistakes(error) or _problems(error) or _reasons(error)
    return [*lines, *(f"  {remark}" for remark in getattr(error, "__notes__", ()))]


def reason_lines(reason: str) -> list[str]:
    """Return a reason as what and where, and below it what would allow it.

    >>> reason_lines("it may not (p.yaml:3:5); to allow it: allow it")
    ['it may not (p.yaml:3:5)', '  to allow it: allow it']
    """
    what, _, remedy = reason.removeprefix("refused: ").partition(REMEDY)
    return [what, *([f"  {REMEDY.strip('; ')} {remedy}"] if remedy else [])]


def findings_of(error: InputError) -> tuple[Finding, ...]:
    """Return the mistakes of a document; any other error goes on its way.

    Raises:
        InputError: it is about no document.
    """
    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    if not findings:
        raise error
    return findings


def _mistakes(error: PrivsegError) -> list[str]:
    """Return the lines of a document's mistakes, each at its place."""
    findings = getattr(error, "findings", ())
    more = len(findings) - SHOWN
    listed = [f"{f.place}: {f.message}" for f in findings[:SHOWN]]
    return [*listed, *([f"  and {more:,} more"] if more > 0 else [])]


def _problems(error: PrivsegError) -> list[str]:
    """Return the lines of a data file's bad rows, each as FILE:LINE."""
    problems = getattr(error, "problems", ())
    if not problems:
        return []
    file, total = getattr(error, "file", ""), getattr(error, "total", 0)
    first = str(error).partition("\n")[0].partition(", or import it with quarantine")[0]
    listed = [
        f"  {file}:{p.line}: {f'column {p.column}: ' if p.column else ''}{p.fault}"
        for p in problems
    ]
    more = total - len(problems)
    return [first, *listed, *([f"  and {more:,} more"] if more > 0 else [])]


def _reasons(error: PrivsegError) -> Iterator[str]:
    """Yield every reason of a refusal, each followed by its remedy."""
    for reason in getattr(error, "reasons", ()) or (str(error),):
        yield from reason_lines(reason)
