# SPDX-License-Identifier: Apache-2.0
"""privseg keys: the public halves, for those who check."""

from __future__ import annotations

import typer

from privseg.cli.output import emit, epilog
from privseg.cli.session import HERE, As, Folder, Json, workspace

app = typer.Typer(
    name="keys",
    help="Public keys for those who check.",
    epilog="Example:  privseg keys show",
    no_args_is_help=True,
)


@app.command("show", epilog=epilog("privseg keys show", "{audit, release}"))
def show(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Print the public keys that others check with.

    One of the audit log, one of the register of releases, as C2SP verifier keys. A key stands in
    one line, however long it is.
    """
    with workspace(folder, role) as ws:
        keys = ws.public_keys()
    emit(dict(keys), as_json=as_json, text=[f"{name:<9}{key}" for name, key in keys.items()])
