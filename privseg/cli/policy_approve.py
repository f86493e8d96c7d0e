# SPDX-License-Identifier: Apache-2.0
"""privseg policy propose, approve: who writes a policy does not approve it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import emit, epilog, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.policy.approving import PolicyStanding

SHAPE = "{digest, asked, authors, approved_by, approved_at, may_run}"
SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add the verbs to their group."""
    app.command("propose", epilog=epilog("privseg policy propose", SHAPE))(propose)
    app.command("approve", epilog=epilog("privseg policy approve 1f0c2d3e", SHAPE))(approve)


def propose(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Put the folder's policy forward for approval.

    You become its author, as does whoever owns its files. Proposing permits nothing.
    """
    with workspace(folder, role) as ws:
        found = ws.propose()
    _print(found, as_json=as_json)
    if not as_json and found.approved_by is None:
        say(f"next: a compliance officer who is no author: {_approve(found)}")


def approve(
    digest: Annotated[str, typer.Argument(help="Which one: 8 or more digits of its digest.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Approve a policy that somebody else wrote.

    Look first: privseg policy diff --against approved, and privseg policy impact.
    """
    with workspace(folder, role) as ws:
        found = ws.approve(digest)
    _print(found, as_json=as_json)


def _approve(found: PolicyStanding) -> str:
    """Return the command that approves a policy."""
    return f"privseg policy approve {found.digest[:SHOWN]}"


def _print(found: PolicyStanding, *, as_json: bool) -> None:
    """Print how a policy stands."""
    document = {
        "digest": found.digest, "asked": found.asked, "authors": list(found.authors),
        "approved_by": found.approved_by, "may_run": found.may_run,
        "approved_at": found.approved_at.isoformat() if found.approved_at else None,
    }  # fmt: skip
    emit(document, as_json=as_json, text=_lines(found))


def _lines(found: PolicyStanding) -> list[str]:
    """Return how a policy stands in words."""
    by = f"approved by {found.approved_by}" if found.approved_by else "not approved yet"
    needs = "needs a second person's approval" if found.asked else "needs no approval"
    wrote = ", ".join(found.authors) or "nobody has proposed it"
    return wrapped(f"policy {found.digest[:SHOWN]}: {by}; it {needs}; authors: {wrote}")
