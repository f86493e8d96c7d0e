# SPDX-License-Identifier: Apache-2.0
"""Names that a shell can complete: segments, reports, policy words. Light, and silent on errors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

NAMED = re.compile(r"^(?:segment|report):[ \t]*([a-z0-9][a-z0-9_-]*)[ \t]*(?:#.*)?$", re.MULTILINE)
MAX_BYTES = 65_536  # of a file looked at: a name stands near its top


def segments(incomplete: str) -> list[str]:
    """Return the names of segments that begin so."""
    return _beginning(incomplete, "segments")


def reports(incomplete: str) -> list[str]:
    """Return the names of reports and segments that begin so: both can be run."""
    return _beginning(incomplete, "reports") + _beginning(incomplete, "segments")


def _beginning(incomplete: str, folder: str) -> list[str]:
    """Return the names in a folder of the workspace that begin so, in order."""
    root = _root()
    found = set() if root is None else set(_names(root / folder))
    return sorted(n for n in found if n.startswith(incomplete))


def _names(folder: Path) -> Iterator[str]:
    """Yield the name that each file of a folder gives."""
    for path in sorted(folder.glob("*.yaml")):
        try:
            with path.open("rb") as file:
                text = file.read(MAX_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
        yield from NAMED.findall(text)[:1]


def _root() -> Path | None:
    """Return the workspace that the shell is in."""
    here = Path(os.environ.get("PRIVSEG_WORKSPACE", ".")).absolute()
    return next((p for p in (here, *here.parents) if (p / "privseg.yaml").is_file()), None)
