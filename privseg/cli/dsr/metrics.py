# SPDX-License-Identifier: Apache-2.0
"""privseg dsr metrics, expire: the yearly numbers of requests, and the end of their records."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, emit, epilog, hand_over, say
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.dsr.metrics import YearNumbers
    from privseg.engine.dsr.keeping import RecordOver

NUMBERS = (
    "{privseg, year, counted, publish_by, people, place_unknown, rights: [{right, received, "
    "complied, partly, denied, withdrawn, open, people, median_days, mean_days}]}"
)
OVER = "{done, expired: [{number, kept_until}], held: [{number, kept_until}]}"
HEADINGS = (
    "right", "asked ", "done ", "part ", "denied ", "withdrawn ", "open ", "people ", "median ",
    "mean ",
)  # fmt: skip
SHORT = {
    "opt_out_of_sale_or_sharing": "opt out: sale",
    "opt_out_of_automated_decisions": "opt out: ADMT",
}
FIRST = 2018  # the year of the California Consumer Privacy Act


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("metrics", epilog=epilog("privseg dsr metrics --year 2026", NUMBERS))(metrics)
    app.command("expire", epilog=epilog("privseg dsr expire --dry-run", OVER))(expire)


def metrics(
    year: Annotated[int, typer.Option(min=FIRST, max=9998, help="The calendar year.")],
    *,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="People of every place, not Californians alone.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write it as CSV into a new file.")] = None,
    folder: Folder = HERE,
    role: As = None,
    as_json: Json = False,
) -> None:
    """Count a year's requests, as 11 CCR § 7102 asks.

    California has them published by 1 July: received, complied with wholly or in part, denied, and
    the median and mean days to answer.
    """
    with workspace(folder, role) as ws:
        numbers = ws.request_metrics(year, everybody=everyone)
    if out is not None:
        hand_over(_csv(numbers), out)
    emit(numbers.document(), as_json=as_json, text=_table(numbers))


def expire(
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show which records would go, and do nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without it they are only shown.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Forget requests whose records were kept long enough.

    What is personal goes; number, kind and dates stay. 24 months at least in California
    (11 CCR § 7101). A legal hold on the person stops it.
    """
    asks = dry_run or not yes
    with workspace(folder, role) as ws:
        over = ws.expire_requests(dry_run=asks)
    emit(_over(over, done=not asks), as_json=as_json, text=_over_lines(over, asks=asks))
    if asks and not as_json and any(not one.held for one in over):
        say("nothing was removed; to do it: privseg dsr expire --yes")


def _table(numbers: YearNumbers) -> list[str]:
    """Return the numbers as a table, with who is counted."""
    who = "everybody" if numbers.everybody else "Californians"
    rows = [[SHORT.get(cell, cell) or "-" for cell in right.row()] for right in numbers.rights]
    title = f"requests received in {numbers.year}: {who}; days from receipt to answer"
    people = "1 person" if numbers.people == 1 else f"{numbers.people:,} people"
    return [
        title,
        f"{people} known to have asked",
        *Table(HEADINGS, rows).lines(),
        *_left_out(numbers),
    ]


def _left_out(numbers: YearNumbers) -> list[str]:
    """Return how many requests are not in the numbers of Californians, though they might be."""
    count = numbers.place_unknown
    if numbers.everybody or not count:
        return []
    of = "1 request" if count == 1 else f"{count:,} requests"
    return [f"left out: {of} of which nobody knows where the person lives"]


def _csv(numbers: YearNumbers) -> bytes:
    """Return the numbers as CSV (RFC 4180), one right a line."""
    from privseg.dsr.metrics import COLUMNS  # noqa: PLC0415  # loaded with the workspace

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("year", "counted", *COLUMNS))
    counted = "everybody" if numbers.everybody else "US-CA"
    writer.writerows((numbers.year, counted, *right.row()) for right in numbers.rights)
    return text.getvalue().encode()


def _over(over: list[RecordOver], *, done: bool) -> dict[str, object]:
    """Return the records that are over as JSON."""
    told = [(o.held, {"number": o.number, "kept_until": o.kept_until.isoformat()}) for o in over]
    return {
        "done": done,
        "expired": [document for held, document in told if not held],
        "held": [document for held, document in told if held],
    }


def _over_lines(over: list[RecordOver], *, asks: bool) -> list[str]:
    """Return the records that are over as text."""
    if not over:
        return ["no record of a request is over"]
    verb = "would be forgotten" if asks else "forgotten"
    rows = [
        (str(o.number), str(o.kept_until), "stays: a legal hold" if o.held else verb) for o in over
    ]
    return Table(("no. ", "kept until", "what is personal in it"), rows).lines()
