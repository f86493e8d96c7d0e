# SPDX-License-Identifier: Apache-2.0
"""The yearly numbers of requests once more, from plain dictionaries: ``dsr.metrics``' twin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from statistics import median

RIGHT_OF = {
    "erasure": "delete", "rectification": "correct", "access": "know", "categories": "know",
    "portability": "know", "opt_out_sale": "opt_out_of_sale_or_sharing", "limit": "limit",
    "opt_out_profiling": "opt_out_of_automated_decisions",
}  # fmt: skip
HOW = {"done": "complied", "partly_done": "partly", "refused": "denied", "withdrawn": "withdrawn"}


@dataclass(frozen=True)
class Told:
    """A request in plain words: local days, and how it ended."""

    kind: str
    where: str | None
    received: date
    ended: str | None = None
    answered: date | None = None
    person: int | None = None


def numbers(
    requests: Iterable[Told], year: int, *, everybody: bool
) -> dict[str, dict[str, object]]:
    """Return the numbers of every right."""
    mine = [
        r
        for r in requests
        if r.received.year == year and (everybody or r.where == "US-CA") and r.kind in RIGHT_OF
    ]
    return {right: _numbers([r for r in mine if RIGHT_OF[r.kind] == right])
            for right in dict.fromkeys(RIGHT_OF.values())}  # fmt: skip


def _numbers(requests: list[Told]) -> dict[str, object]:
    """Return the numbers of one right."""
    found: dict[str, object] = dict.fromkeys(
        ("received", "complied", "partly", "denied", "withdrawn", "open"), 0
    )
    days = []
    for request in requests:
        for column in ("received", "open" if request.ended is None else HOW[request.ended]):
            found[column] = int(str(found[column])) + 1
        if request.answered is not None and request.ended != "withdrawn":
            days.append(Fraction(request.answered.toordinal() - request.received.toordinal()))
    found["people"] = len({r.person for r in requests} - {None})
    found["median_days"] = median(days) if days else None
    found["mean_days"] = sum(days, Fraction(0)) / len(days) if days else None
    return found
