# SPDX-License-Identifier: Apache-2.0
"""What closing a request takes out of the folder of answers, and what of it can be had again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ANSWERS = "answers"


def files_in(folder: Path, number: int) -> list[Path]:
    """Return what was written for a request into the workspace's folder of answers."""
    return sorted((folder / ANSWERS).glob(f"request-{number}.*"))


def closed(number: int, removed: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Return which of the removed files are kept as letters, and whether others are gone.

    >>> closed(4, ["request-4.done.html"], ["done"])
    ['not sent yet? its letter is kept, sealed:', '  privseg dsr letter 4 done --out FILE']
    >>> closed(1, ["request-1.passphrase.html", "request-1.sealed.html"], [])
    ['not sent yet? what was removed is kept nowhere, and not made again']
    """
    again = [name for name in kept if f"request-{number}.{name}.html" in removed]
    if not again:
        return ["not sent yet? what was removed is kept nowhere, and not made again"]
    is_one = len(again) == 1
    said = [f"not sent yet? {'its letter is' if is_one else 'these letters are'} kept, sealed:"]
    said += [f"  privseg dsr letter {number} {name} --out FILE" for name in again]
    if len(again) < len(removed):
        said.append("the other files are kept nowhere, and not made again")
    return said
