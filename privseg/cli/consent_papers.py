# SPDX-License-Identifier: Apache-2.0
"""privseg consent receipt, evidence, export: what proves a consent to somebody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import count, emit, epilog, hand_over
from privseg.cli.session import HERE, As, Folder, FromStdin, IdFrom, IdKind, Json, workspace
from privseg.cli.session import subject as read_subject

Position = Annotated[
    int | None,
    typer.Option(help="Only the consent at this ledger position.", min=1, max=2**63 - 1),
]
Out = Annotated[
    Path | None, typer.Option("--out", help="A new file; only you can read it.", dir_okay=False)
]


def receipt(
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    position: Position = None,
    out: Out = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,  # noqa: ARG001  # it is JSON either way
) -> None:
    """Print a receipt of a person's consents.

    To be given to them: ISO/IEC TS 27560 as DPV JSON-LD.
    """
    with workspace(folder, role) as ws:
        text = ws.consent_receipt(read_subject(ws, id_kind), position=position)
    hand_over(text, out)


def evidence(
    position: Annotated[int, typer.Argument(help="Its ledger position.", min=1, max=2**63 - 1)],
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    out: Out = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,  # noqa: ARG001  # it is JSON either way
) -> None:
    """Print a bundle that proves one consent.

    Act, notice, evidence, decision, log entry.

    It can be checked without this workspace; docs/reference/consent-evidence.md says how.
    """
    with workspace(folder, role) as ws:
        text = ws.consent_evidence(read_subject(ws, id_kind), position=position)
    hand_over(text, out)


def export(
    out: Annotated[Path, typer.Option("--out", help="A new file.", dir_okay=False)],
    id_from: FromStdin = None,
    id_kind: IdKind = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the history of one person, or everybody.

    As JSON lines.

    Personal data: the file is yours alone to read, and the log says that it was made.
    """
    with workspace(folder, role) as ws:
        who = None if id_from is None else read_subject(ws, id_kind)
        events = ws.export_consents(out, subject=who)
    emit({"events": events}, as_json=as_json, text=f"wrote {count(events, 'event')}")


VERBS: dict[str, tuple[Callable[..., None], str]] = {
    "receipt": (
        receipt,
        epilog("echo C0000017 | privseg consent receipt --id-from -", "a DPV JSON-LD document"),
    ),
    "evidence": (
        evidence,
        epilog("echo C0000017 | privseg consent evidence 12 --id-from -", "an evidence bundle"),
    ),
    "export": (export, epilog("privseg consent export --out consents.jsonl", "{events}")),
}
