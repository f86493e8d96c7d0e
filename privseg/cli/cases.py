# SPDX-License-Identifier: Apache-2.0
"""Data-subject requests as people read them: deadlines, days left, what an erasure would do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date

from privseg.cli.output import Table, wrapped
from privseg.dsr import Case, CaseState, RequestKind


def planned(case: Case, erases: dict[str, int], stays: list[str]) -> list[str]:
    """Return what running a request would do."""
    if case.kind is RequestKind.ACCESS:
        return [f"would answer request {case.number}: a page to read, and the same as JSON"]
    return [
        "would erase",
        *(f"  {n:>6,}  {what}" for what, n in erases.items()),
        "would stay",
        *(line for text in stays for line in wrapped(text, indent="  ", after="    ")),
    ]


def table(cases: Sequence[Case], today: date) -> list[str]:
    """Return every request as a row, with the days left to answer it."""
    if not cases:
        return ["no requests yet"]
    rows = [
        (str(c.number), c.kind.value, c.state.value, _minutes(c),
         str(c.deadlines.answer_by), "" if left is None else str(left), c.deadlines.law)
        for c in cases
        for left in (days_left(c, today),)
    ]  # fmt: skip
    headings = ("no. ", "kind", "state", "received (UTC)", "answer by", "days left ", "law")
    return Table(headings, rows).lines()


def days_left(case: Case, today: date) -> int | None:
    """Return the days left to answer a request; None when it is answered."""
    done = case.state is CaseState.DONE
    return None if done else (case.deadlines.answer_by - today).days


def _minutes(case: Case) -> str:
    """Return when a request arrived, to the minute, in UTC."""
    return case.received_at.astimezone(UTC).isoformat(" ", "minutes")[:16]


def lines(case: Case) -> list[str]:
    """Return one request as lines."""
    clock = case.deadlines
    moved = clock.legal_limit != clock.answer_by
    return [
        f"request {case.number}: {case.kind.value}, {case.state.value}",
        f"received    {_minutes(case)} UTC",
        *([f"confirm by  {clock.confirm_by}"] if clock.confirm_by else []),
        f"answer by   {clock.answer_by} ({clock.law})",
        *([f"legal limit {clock.legal_limit}"] if moved else []),
    ]


def document(case: Case) -> dict[str, object]:
    """Return one request as JSON; who asked is not in it."""
    return {
        "number": case.number, "kind": case.kind.value, "state": case.state.value,
        "received_at": case.received_at.isoformat(), "law": case.deadlines.law,
        "answer_by": case.deadlines.answer_by.isoformat(),
        "legal_limit": case.deadlines.legal_limit.isoformat(),
        "confirm_by": case.deadlines.confirm_by and case.deadlines.confirm_by.isoformat(),
    }  # fmt: skip
