# SPDX-License-Identifier: Apache-2.0
"""privseg system: the other systems that hold people's data, and whether they can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, emit, epilog, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.dsr.system_rules import SystemRules
    from privseg.engine.systems.checking import SystemChecked

app = typer.Typer(
    name="system",
    help="Other systems that hold people's data.",
    epilog="Example:  privseg system check",
    no_args_is_help=True,
)
LISTED = "[{name, kind, where, reach, tables: [{name, person, identifier, on_erasure}]}]"
CHECKED = "[{name, kind, ok, refused, told}]"


@app.command("list", epilog=epilog("privseg system list", LISTED))
def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List the systems that privseg.yaml names.

    And what an erasure does in each.

    Nothing is connected: it is what the settings say.
    """
    with workspace(folder, role) as ws:
        found = ws.systems()
    emit([_document(s) for s in found], as_json=as_json, text=_table(found))


@app.command("check", epilog=epilog("privseg system check crm", CHECKED))
def check(
    name: Annotated[str | None, typer.Argument(help="One system; default: every one.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Try whether an erasure could be done in each.

    The connection, the tables, the columns and the rights.

    No row of anybody is read, and nothing is changed. Exit code 1 when an erasure could not be
    done in one of them.
    """
    with workspace(folder, role) as ws, working("trying the systems"):
        found = ws.check_systems(name)
    documents = [
        {"name": c.name, "kind": c.kind, "ok": not c.refused, "refused": c.refused,
         "told": list(c.told)}
        for c in found
    ]  # fmt: skip
    lines = [line for each in found for line in _lines(each)]
    emit(documents, as_json=as_json, text=lines or ["privseg.yaml names no other system"])
    if any(c.refused for c in found):
        raise typer.Exit(1)


def _lines(checked: SystemChecked) -> list[str]:
    """Return what a look at one system found."""
    head = f"{'no' if checked.refused else 'ok'}    {checked.name} ({checked.kind})"
    more = [*([checked.refused] if checked.refused else []), *checked.told]
    return [head, *(line for text in more for line in wrapped(text, indent=" " * 6))]


def _table(found: Sequence[SystemRules]) -> list[str]:
    """Return every table of every system as a row."""
    if not found:
        return ["privseg.yaml names no other system (docs/how-to/other-systems.md)"]
    rows = [
        (s.name, s.kind.value, t.name, f"{t.person} ({t.identifier})", t.on_erasure.value)
        for s in found
        for t in s.tables
    ]
    return Table(("system", "kind", "table", "person", "erasure"), rows).lines()


def _document(rules: SystemRules) -> dict[str, object]:
    """Return one system as JSON."""
    return {
        "name": rules.name,
        "kind": rules.kind.value,
        "where": rules.where,
        "reach": rules.kind.reach.value,
        "tables": [
            {"name": t.name, "person": t.person, "identifier": t.identifier,
             "on_erasure": t.on_erasure.value}
            for t in rules.tables
        ],
    }  # fmt: skip
