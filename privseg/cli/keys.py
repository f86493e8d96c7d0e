# SPDX-License-Identifier: Apache-2.0
"""privseg keys: the public halves, for those who check."""

from __future__ import annotations

import typer

from privseg.cli.output import emit
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.terms import StaffRole

app = typer.Typer(name="keys", help="Public keys for those who check.", no_args_is_help=True)


@app.command("show", epilog="Example:  privseg keys show")
def show(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Print the public keys of the audit log and of the release register (C2SP verifier keys)."""
    with workspace(folder, role, StaffRole.AUDITOR) as ws:
        keys = ws.public_keys()
    emit(keys, as_json=as_json, text=[f"{name:<9}{key}" for name, key in keys.items()])
