# SPDX-License-Identifier: Apache-2.0
"""privseg policy diff: what changes in the rules, and whether it widens or narrows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import count, emit, epilog, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.policy import Policy
    from privseg.policy.diff import Change

CHANGED = 6
APPROVED = "approved"
SHOWN = 2  # things widened or narrowed that a line names
SHAPE = (
    "{old, new, widens, narrows, changes: [{mark, path, what, old, new, place, widens, narrows}]}"
)
Against = Annotated[
    str | None,
    typer.Option(help="Compare with this: 'approved' (approved last), or a file or folder."),
]


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""
    example = "privseg policy diff --against ../main/policies"
    app.command("diff", epilog=epilog(example, SHAPE))(diff)


def diff(
    old: Annotated[Path | None, typer.Argument(help="The old policy; alone, the new one.")] = None,
    new: Annotated[Path | None, typer.Argument(help="The new policy, a file or folder.")] = None,
    against: Against = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Say what changes from one policy to another.

    + is new, - is gone, ~ is changed. Each line says where, and whether it lets more happen or
    less. Order and comments are nothing. With one policy, it is compared with the workspace's.
    Exit code 6 when something changes.
    """
    from privseg.policy.diff import diff as compared  # noqa: PLC0415  # saves a second for --help

    before, after = _sides(old, new, against, folder, role)
    changes = compared(before, after)
    emit(_document(before, after, changes), as_json=as_json, text=_lines(changes))
    if changes:
        raise typer.Exit(CHANGED)


def _sides(
    old: Path | None, new: Path | None, against: str | None, folder: Path, role: As
) -> tuple[Policy, Policy]:
    """Return the two policies that are meant.

    Raises:
        typer.BadParameter: it names none to compare with, or three.
    """
    from privseg.engine.policy.rulebook import Rulebook  # noqa: PLC0415  # saves a second for --help

    if against is None and old is None:
        raise typer.BadParameter("name the policy to compare with: OLD NEW, NEW, or --against")
    if against is not None and new is not None:
        raise typer.BadParameter("name two policies, or one and --against")
    if against is None and new is not None and old is not None:
        return Rulebook.of(old).policy, Rulebook.of(new).policy
    ours = Rulebook.at(folder) if against is None or old is None else Rulebook.of(old)
    if against is None:
        assert old is not None, "as was asked above"
        return ours.policy, Rulebook.of(old).policy
    if against != APPROVED:
        return Rulebook.of(Path(against)).policy, ours.policy
    with workspace(folder, role) as ws:
        return ws.approved_policy(), ours.policy


def _document(old: Policy, new: Policy, changes: tuple[Change, ...]) -> dict[str, object]:
    """Return a comparison as JSON."""
    return {
        "old": old.digest,
        "new": new.digest,
        "widens": any(c.widens for c in changes),
        "narrows": any(c.narrows for c in changes),
        "changes": [
            {"mark": str(c.mark), "path": list(c.path), "what": c.what, "old": c.old,
             "new": c.new, "place": str(c.place) if c.place else None,
             "widens": list(c.widens), "narrows": list(c.narrows)}
            for c in changes
        ],
    }  # fmt: skip


def _lines(changes: tuple[Change, ...]) -> list[str]:
    """Return a comparison as lines: each change, what it does, and the sum."""
    if not changes:
        return ["no change"]
    wider, narrower = (
        sum(bool(c.widens) for c in changes), sum(bool(c.narrows) for c in changes)
    )  # fmt: skip
    told = f"{count(len(changes), 'change')}: {wider} widen, {narrower} narrow"
    return [*(line for c in changes for line in _change(c)), told]


def _change(change: Change) -> list[str]:
    """Return one change."""
    where = f" ({change.place})" if change.place else ""
    lines = wrapped(f"{change}{where}", after="    ")
    for label, facts in (("widens: ", change.widens), ("narrows: ", change.narrows)):
        if facts:
            more = f"; and {len(facts) - SHOWN:,} more" if len(facts) > SHOWN else ""
            lines += wrapped(
                f"{label}{'; '.join(facts[:SHOWN])}{more}", indent="    ", after="      "
            )
    return lines
