# SPDX-License-Identifier: Apache-2.0
"""privseg keys: the public halves for those who check; where the secret ones lie, and who has them.

A secret is never an argument: other users of the machine can read a process's arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import keys_backup
from privseg.cli.output import emit, epilog, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.keys.moving import Epoch

app = typer.Typer(
    name="keys",
    help="Public keys; where the secret ones lie, and their backups.",
    epilog="Example:  privseg keys show",
    no_args_is_help=True,
)
keys_backup.register(app)
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")]
EPOCH = "{before, after, provider, container, done}"
DEAD = (
    "Copies of the workspace from before open no more, but with a key backup of their time. Make a "
    "new backup of both afterwards."
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


@app.command("rotate", epilog=epilog("privseg keys rotate --yes", EPOCH))
def rotate(
    folder: Folder = HERE, role: As = None, *, yes: Yes = False, as_json: Json = False
) -> None:
    """Begin a new epoch: every key under a new root key.

    Each erasure does so by itself. Copies of the workspace from before open no more, but with a
    key backup of their time.
    """
    with workspace(folder, role) as ws:
        done = ws.rotate_keys(dry_run=not yes)
    _tell(done, yes=yes, as_json=as_json, again="privseg keys rotate --yes")


@app.command(
    "rotate-audit",
    epilog=epilog("privseg keys rotate-audit --reason 'yearly' --yes", "{old, new, done}"),
)
def rotate_audit(
    reason: Annotated[str, typer.Option(help="Why; it stands on the log.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Let a new key sign the audit log.

    The old key signs that the new one takes over, and is destroyed: it signs nothing any more.
    Whoever checks with the first key follows the chain by itself.
    """
    with workspace(folder, role) as ws:
        old = ws.public_keys()["audit"]
        made = ws.rotate_audit_key(reason=reason) if yes else None
    new = "" if made is None else made.new_vkey
    lines = [f"old      {old}", f"new      {new or 'would be made'}"]
    emit({"old": old, "new": new, "done": yes}, as_json=as_json, text=lines)
    if not as_json:
        say("next: give the new key to those who check" if yes else "next: the same with --yes")


@app.command("move", epilog=epilog("privseg keys move passphrase:/srv/shop.json --yes", EPOCH))
def move(
    uri: Annotated[
        str, typer.Argument(help="PATH, passphrase:PATH, environment:NAME?file=PATH, ...")
    ],
    folder: Folder = HERE,
    role: As = None,
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Let another provider, or another place, hold the keys.

    The new container is written, privseg.yaml names it, the root key is changed, and the old
    container is destroyed. A new passphrase is asked for twice, or read from the private file that
    PRIVSEG_NEW_PASSPHRASE_FILE names.
    """
    with workspace(folder, role) as ws:
        done = ws.move_keys(uri, dry_run=not yes)
    _tell(done, yes=yes, as_json=as_json, again=f"privseg keys move {uri} --yes")


def _tell(epoch: Epoch, *, yes: bool, as_json: bool, again: str) -> None:
    """Print a change of epoch, or what it would be."""
    document = {
        "before": epoch.before, "after": epoch.after, "provider": epoch.scheme,
        "container": str(epoch.path), "done": yes,
    }  # fmt: skip
    changed = (
        f"epoch {epoch.before} ended, {epoch.after} began"
        if yes
        else (f"epoch {epoch.before} would end")
    )
    where = f"keys: {epoch.scheme}, in {epoch.path}"
    emit(document, as_json=as_json, text=[changed, where, *([] if yes else wrapped(DEAD))])
    if not as_json:
        say("next: privseg keys backup --to RECIPIENT --out FILE" if yes else f"next: {again}")
