# SPDX-License-Identifier: Apache-2.0
"""privseg staff, whoami: who may do what on this machine, and how that is known."""

from __future__ import annotations

import typer

from privseg.cli.output import Table, emit, epilog, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

app = typer.Typer(
    name="staff",
    help="Who may do what.",
    epilog="Example:  privseg staff show",
    no_args_is_help=True,
)
SHOWN = "{file, members: [{user, roles, verbs}]}"
CHECKED = "[{message, is_refused}]"
WHOAMI = "{user, sign_in, roles, verbs}"


def register(group: typer.Typer) -> None:
    """Add the verb that stands alone to the command line."""
    group.command("whoami", epilog=epilog("privseg whoami", WHOAMI))(whoami)


@app.command("show", epilog=epilog("privseg staff show", SHOWN))
def show(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List users, their roles and what these may do.

    For the administrator and the auditor; looking is on the log.
    """
    with workspace(folder, role) as ws:
        found = ws.staff()
    members = [
        {"user": m.user, "roles": list(m.roles), "verbs": list(m.verbs)} for m in found.members
    ]
    rows = [(m.user, ", ".join(m.roles), ", ".join(m.verbs)) for m in found.members]
    text = Table(("user", "roles", "may"), rows).lines()
    emit({"file": str(found.file), "members": members}, as_json=as_json, text=text)


@app.command("check", epilog=epilog("privseg staff check", CHECKED))
def check(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Check who could change who may do what, and what nobody could do.

    What production would refuse is an error, and the exit code 1; the rest is worth a look.
    """
    with workspace(folder, role) as ws:
        found = ws.check_staff()
    document = [{"message": f.message, "is_refused": f.is_refused} for f in found]
    lines = [
        line
        for f in found
        for line in wrapped(f.message, indent="error " if f.is_refused else "look  ", after=" " * 6)
    ]
    emit(document, as_json=as_json, text=lines or ["nobody else can change who may do what"])
    if any(f.is_refused for f in found):
        raise typer.Exit(1)


def whoami(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Print who you are here and what you may do.

    And how that is known.
    """
    with workspace(folder, role) as ws:
        found = ws.whoami()
    document = {
        "user": found.user, "sign_in": found.sign_in, "roles": list(found.roles),
        "verbs": list(found.verbs),
    }  # fmt: skip
    lines = [
        *wrapped(f"{found.user} (by the {found.sign_in})"),
        *wrapped(f"roles  {', '.join(found.roles)}", after=" " * 7),
        *wrapped(f"may    {', '.join(found.verbs)}", after=" " * 7),
    ]
    emit(document, as_json=as_json, text=lines)
