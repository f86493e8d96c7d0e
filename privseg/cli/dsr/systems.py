# SPDX-License-Identifier: Apache-2.0
"""privseg dsr proof: what the people of another system answered to a work order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.dsr.showing import Number
from privseg.cli.output import emit, epilog, say
from privseg.cli.session import HERE, As, Folder, Json, workspace

SHAPE = "{request, system, sha256, ground, waiting}"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("proof", epilog=epilog("privseg dsr proof 4 mailing --from proof.pdf", SHAPE))(
        proof
    )


def proof(
    number: Number,
    system: Annotated[str, typer.Argument(help="The system, as privseg.yaml calls it.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    from_: Annotated[
        Path | None, typer.Option("--from", help="The proof that its people sent: any file.")
    ] = None,
    impossible: Annotated[
        str | None, typer.Option(help="They cannot erase: the code of the law's ground.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Record the proof of a work order.

    It says that the people of a system erased what was asked of them.

    The file is kept sealed in the request, its hash and the time go on the log, and the work
    order's letter is removed. With the last proof the receipt of the erasure is final.
    """
    if (from_ is None) == (impossible is None):
        raise typer.BadParameter("give either --from FILE or --impossible GROUND")
    from privseg.engine.systems.proof import Impossible  # noqa: PLC0415  # heavy

    said = from_ if from_ is not None else Impossible(str(impossible))
    with workspace(folder, role) as ws:
        found = ws.record_proof(number, system, said)
    facts = found.case.steps[-1].facts
    document = {
        "request": number, "system": system, "sha256": facts.get("sha256"),
        "ground": facts.get("ground"), "waiting": list(found.waiting),
    }  # fmt: skip
    left = f"still waiting for: {', '.join(found.waiting)}" if found.waiting else "all have proved"
    emit(document, as_json=as_json, text=[f"recorded for request {number}: {system}", left])
    if not as_json and found.case.is_done:
        say(f"next: privseg dsr receipt {number}")
