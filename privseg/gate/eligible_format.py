# SPDX-License-Identifier: Apache-2.0
r"""The bytes of a kept eligible set.

``privseg.eligible/1\n``, the length of a header (8 bytes, little-endian), the header as canonical
JSON padded with spaces to a multiple of 8, then arrays, little-endian, those of eight bytes first:
moments of ``soon``; hours and starts of each run; people of ``soon`` and of each run (4 bytes);
the people as a portable roaring bitmap (RoaringFormatSpec).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.gate.due import DueIndex, Run
from privseg.gate.eligible_state import About, State
from privseg.tlog import NotCanonicalError, canonical, parse_canonical

MAGIC = b"privseg.eligible/1\n"
_NUMBERS = ("position", "checked", "at", "of")


def to_bytes(state: State) -> bytes:
    """Return the bytes of a state. Law: ``from_bytes(to_bytes(s), s.about)`` stands for ``s``."""
    runs = [Run(r.hours, r.starts - r.starts[0], r.entries()[0]) for r in state.due.runs]
    wide = [state.due.soon_at, *(part for r in runs for part in (r.hours, r.starts))]
    narrow = [state.due.soon, *(r.people for r in runs)]
    people = state.people.serialize()
    header = {
        "about": state.about.digest,
        **{name: getattr(state, name) for name in _NUMBERS},
        "soon": len(state.due.soon),
        "runs": [[len(r.hours), len(r.people)] for r in runs],
        "people": len(people),
    }
    said = canonical(header)
    said += b" " * (-(len(MAGIC) + 8 + len(said)) % 8)
    arrays = [a.astype("<i8").tobytes() for a in wide] + [a.astype("<u4").tobytes() for a in narrow]
    return b"".join([MAGIC, len(said).to_bytes(8, "little"), said, *arrays, people])


def from_bytes(data: bytes, about: About) -> State | None:
    """Return the state that ``data`` holds; None if it is not one of ours, or of another set.

    INVARIANT: ``data`` is authentic (a bitmap from a stranger is not safe to open).
    """
    try:
        return _state(data, about)
    except (NotCanonicalError, KeyError, TypeError, ValueError, IndexError):
        return None


def _state(data: bytes, about: About) -> State | None:
    """Parse a state."""
    start = len(MAGIC) + 8
    size = int.from_bytes(data[len(MAGIC) : start], "little")
    if not data.startswith(MAGIC) or len(data) < start + size:
        return None
    header = parse_canonical(data[start : start + size].rstrip(b" "))
    if header["about"] != about.digest:
        return None
    parts = _arrays(data, start + size, header)
    soon_at, wide = next(parts), [(next(parts), next(parts)) for _ in header["runs"]]
    soon = next(parts)
    runs = tuple(Run(hours, starts, next(parts)) for hours, starts in wide)
    people = FrozenBitMap.deserialize(data[len(data) - header["people"] :])
    numbers = {name: int(header[name]) for name in _NUMBERS}
    return State(about, **numbers, people=people, due=DueIndex(soon_at, soon, runs), judged=0)


def _arrays(data: bytes, start: int, header: dict[str, Any]) -> Iterator[NDArray[Any]]:
    """Yield the arrays in the order in which they stand.

    Raises:
        ValueError: they do not fill exactly the place between header and people.
    """
    runs: Sequence[tuple[int, int]] = header["runs"]
    wide = [header["soon"], *(n for hours, _ in runs for n in (hours, hours + 1))]
    narrow = [header["soon"], *(people for _, people in runs)]
    if start + 8 * sum(wide) + 4 * sum(narrow) + header["people"] != len(data):
        raise ValueError("lengths that do not add up")
    for kind, lengths in (("<i8", wide), ("<u4", narrow)):
        for length in lengths:
            part = np.frombuffer(data, dtype=kind, count=length, offset=start)
            start += part.nbytes
            yield part
