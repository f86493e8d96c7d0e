# SPDX-License-Identifier: Apache-2.0
"""privseg audience: hand whom a segment finds to a recipient. Personal data, and no release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import names
from privseg.cli.output import Table, emit, epilog, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.audience.listing import RecipientView
    from privseg.engine.audience.running import HandedOver
    from privseg.policy.recipients import Recipient

app = typer.Typer(
    name="audience",
    help="Hand people to recipients.",
    epilog="Example:  privseg audience list",
    no_args_is_help=True,
)
LISTED = "[{recipient, title, role, country, purposes, handed: [{segment, purpose, at, fields}]}]"
EXPORTED = "{segment, recipient, purpose, identifier, attributes, at, path}"


@app.command("list", epilog=epilog("privseg audience list", LISTED))
def listed(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List the recipients of the policy, and what each was handed when.

    Never of whom, nor of how many. Looking is on the log.
    """
    with workspace(folder, role) as ws:
        found = ws.recipients()
    emit([_document(v) for v in found], as_json=as_json, text=_table(found))


@app.command(
    "export", epilog=epilog("privseg audience export lapsed --to mailer --out lapsed.csv", EXPORTED)
)
def export(
    segment: Annotated[str, typer.Argument(help="The segment.", autocompletion=names.segments)],
    to: Annotated[str, typer.Option("--to", help="The recipient, as the policy calls it.")],
    out: Annotated[Path, typer.Option(help="A new .csv or .jsonl file, your own alone.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be handed over; read nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write whom a segment finds into a file for a recipient.

    Only where the policy lists the recipient for the segment's purpose, only what it says that
    the recipient gets, and only of people who allow it at this moment. The file is personal data:
    it names people, and no budget covers it. Who is in it can ask who got it.
    """
    with workspace(folder, role) as ws:
        if dry_run:
            done = ws.plan_audience(segment, to=to)
        else:
            with working("handing people over"):
                done = ws.export_audience(segment, to=to, out=out)
    emit(_done(done), as_json=as_json, text=_lines(done))
    if as_json:
        return
    if dry_run:
        say("nothing was read or written")
    else:
        say(f"next: hand it to {done.title} safely, then delete it here")


def _done(done: HandedOver) -> dict[str, object]:
    """Return a hand-over as JSON."""
    return {
        "segment": done.segment,
        "recipient": done.recipient,
        "purpose": done.purpose,
        "identifier": done.identifier,
        "attributes": list(done.attributes),
        "at": done.at and done.at.isoformat(),
        "path": done.path and str(done.path),
    }


def _lines(done: HandedOver) -> list[str]:
    """Return a hand-over as text."""
    first = f"wrote {done.path}" if done.path else f"would hand over {done.segment}"
    fields = ", ".join((done.identifier, *done.attributes))
    return [first, *wrapped(f"to {done.title}, for {done.purpose}: {fields}", after="  ")]


def _document(view: RecipientView) -> dict[str, object]:
    """Return a recipient as JSON."""
    known = view.recipient
    return {
        "recipient": known.name,
        "title": known.title,
        "role": known.role.value,
        "country": known.country,
        "purposes": list(view.purposes),
        "handed": [
            {"segment": d.segment, "purpose": d.purpose, "at": d.at.isoformat(),
             "fields": list(d.fields)}
            for d in view.handed
        ],
    }  # fmt: skip


def _table(found: list[RecipientView]) -> list[str]:
    """Return every recipient as a row."""
    if not found:
        return ["the policy names no recipients"]
    rows = [
        (
            v.recipient.name, _who(v.recipient), ", ".join(v.purposes), str(len(v.handed)),
            _day(v.handed[-1].at) if v.handed else "never",
        )
        for v in found
    ]  # fmt: skip
    return Table(("recipient", "role", "purposes", "times ", "last"), rows).lines()


def _who(recipient: Recipient) -> str:
    return f"{recipient.role.value.replace('_', ' ')}, {recipient.country}"


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
