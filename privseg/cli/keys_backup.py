# SPDX-License-Identifier: Apache-2.0
"""privseg keys: recipients, backups, and going on after a loss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, count, emit, epilog, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.keys.backups import BackupView
    from privseg.engine.keys.recovery import KeysRecovery

Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")]
BACKUP = "{id, epoch, made_at, recipients, current, forgotten_at}"
RECOVER = "{why, entries_here, entries_remembered, erasures, unknown, done}"


def register(app: typer.Typer) -> None:
    """Add the verbs to the group."""
    app.command(
        "recipient", epilog=epilog("privseg keys recipient --out me.key", "{recipient, file}")
    )(recipient)
    app.command(
        "backup", epilog=epilog("privseg keys backup --to privseg1... --out shop.backup", BACKUP)
    )(backup)
    app.command("backups", epilog=epilog("privseg keys backups", f"{{backups: [{BACKUP}]}}"))(
        backups
    )
    app.command(
        "forget-backup", epilog=epilog("privseg keys forget-backup 3f...", "{id, requests}")
    )(forget_backup)
    app.command(
        "restore",
        epilog=epilog(
            "privseg keys restore shop.backup --identity me.key --yes", "{id, epoch, done}"
        ),
    )(restore)
    app.command("recover", epilog=epilog("privseg keys recover --yes", RECOVER))(recover)


def recipient(
    out: Annotated[Path, typer.Option(help="A new file for the private half; keep it elsewhere.")],
    *,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Put it under a passphrase.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a key pair that backups can be sealed for.

    What is printed is public. The file opens every backup made for it: keep it on another machine
    than the workspace. Needs no workspace.
    """
    from privseg.engine.keys.passphrases import Surroundings  # noqa: PLC0415  # saves time for --help
    from privseg.vault.passphrase import Passphrase  # noqa: PLC0415  # likewise
    from privseg.vault.recipients import Identity  # noqa: PLC0415  # likewise

    made = Identity.new()
    made.save(out, Passphrase(Surroundings().passphrase) if passphrase else None)
    name = str(made.recipient)
    emit({"recipient": name, "file": str(out)}, as_json=as_json, text=name)
    if not as_json:
        say(f"wrote {out}; next: privseg keys backup --to RECIPIENT --out FILE")


def backup(
    to: Annotated[list[str], typer.Option(help="A recipient; may be given several times.")],
    out: Annotated[Path, typer.Option(help="A new file, outside the workspace.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Seal the root key for recipients.

    It opens copies of the workspace from this epoch: an erasure's receipt is provisional till it
    is destroyed and told so with forget-backup.
    """
    with workspace(folder, role) as ws:
        made = ws.back_up_keys(to, out)
    emit(_document(made), as_json=as_json, text=[f"backup {made.backup_id}", f"wrote {out}"])
    if not as_json:
        say("next: copy the workspace, too; keep both apart")


def backups(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List the backups of the root key.

    Which of them open the workspace as it is, and which only older copies.
    """
    with workspace(folder, role) as ws:
        found = ws.key_backups()
    rows = [(b.backup_id, b.made_at[:16].replace("T", " "), _opens(b)) for b in found]
    lines = Table(("backup", "made (UTC)", "opens"), rows).lines() if rows else ["none was made"]
    emit({"backups": [_document(b) for b in found]}, as_json=as_json, text=lines)


def forget_backup(
    backup_id: Annotated[str, typer.Argument(help="Its id: see privseg keys backups.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Record that a backup was destroyed, every copy of it.

    The receipts that it kept provisional are signed anew; hand them out again.
    """
    with workspace(folder, role) as ws:
        done = ws.forget_key_backup(backup_id)
    lines = [f"backup {done.backup_id}: recorded as destroyed"]
    lines += [f"request {number}: its receipt was signed anew" for number in done.requests]
    document = {"id": done.backup_id, "requests": list(done.requests)}
    emit(document, as_json=as_json, text=lines)
    if done.requests and not as_json:
        say("next: privseg dsr run NUMBER writes the new receipt")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    identity: Annotated[Path, typer.Option(help="The identity file of one of its recipients.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Write a lost key container anew from a backup.

    The workspace must be of the backup's epoch. If people were erased since, nothing is read
    before: privseg keys recover.
    """
    from privseg.engine import Workspace  # noqa: PLC0415  # saves a second for --help

    found = Workspace.restore_keys(folder, backup=file, identity=identity, role=role, yes=yes)
    what = "the keys are restored" if yes else "this backup opens this copy of the workspace"
    document = {"id": found.backup_id, "epoch": found.epoch, "done": yes}
    emit(document, as_json=as_json, text=what)
    if not as_json:
        say("next: privseg keys recover" if yes else "next: the same with --yes")


def recover(
    folder: Folder = HERE, role: As = None, *, yes: Yes = False, as_json: Json = False
) -> None:
    """Go on with an older copy of the workspace.

    Whoever was erased since is erased again first, and the suppression list is brought up to date.
    The log says so.
    """
    from privseg.engine import Workspace  # noqa: PLC0415  # saves a second for --help

    found = Workspace.recover_keys(folder, role=role, yes=yes)
    document = {
        "why": found.why, "entries_here": found.entries, "entries_remembered": found.remembered,
        "erasures": found.erasures, "unknown": found.unknown, "done": found.done,
    }  # fmt: skip
    emit(document, as_json=as_json, text=_recovery(found))
    if found.why and not (as_json or found.done):
        say("next: privseg keys recover --yes does it")


def _recovery(found: KeysRecovery) -> list[str]:
    """Return a recovery as lines: why, and what is done for going on."""
    if not found.why:
        return ["nothing is missing: everybody remembered as erased is erased here"]
    if found.unknown:
        what = (
            "nothing is remembered of erasures: whoever was erased after this copy was made is in "
            "it, and privseg cannot tell who; go through your receipts"
        )
    else:
        again = count(found.erasures, "erasure")
        what = f"{again} {'replayed' if found.done else 'would be replayed'}"
    return [*wrapped(found.why), "", *wrapped(what)]


def _opens(backup: BackupView) -> str:
    """Return what a backup opens."""
    if backup.forgotten_at:
        return "nothing: destroyed"
    return "the workspace as it is" if backup.is_current else "older copies"


def _document(backup: BackupView) -> dict[str, object]:
    """Return a backup as JSON."""
    return {
        "id": backup.backup_id, "epoch": backup.epoch, "made_at": backup.made_at,
        "recipients": backup.recipients, "current": backup.is_current,
        "forgotten_at": backup.forgotten_at,
    }  # fmt: skip
