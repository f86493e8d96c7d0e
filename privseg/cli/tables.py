# SPDX-License-Identifier: Apache-2.0
"""privseg tables, privseg microdata: what k lineages release, exactly and once a period."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privseg.cli.output import Table, emit, epilog, harmless, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.exact.foreseeing import ExactForeseen

tables = typer.Typer(
    name="tables",
    help="Exact tables of a k lineage, all of a period audited together.",
    epilog="Example:  privseg tables explain panel",
    no_args_is_help=True,
)
microdata = typer.Typer(
    name="microdata",
    help="Records of a k lineage for analysts, each alike to others.",
    epilog="Example:  privseg microdata check panel-records",
    no_args_is_help=True,
)
Tables = Annotated[str, typer.Argument(help="A declaration in the policy's exact_tables.")]
Records = Annotated[str, typer.Argument(help="A declaration in the policy's microdata.")]
Out = Annotated[Path | None, typer.Option(help="The folder for the files; default: out.")]
RELEASE = "the release itself, as privseg verify reads it"
CHECK = "{name, kind, plan, period, made}"


def register(app: typer.Typer) -> None:
    """Add both groups to the command line."""
    app.add_typer(tables)
    app.add_typer(microdata)


@tables.command("run", epilog=epilog("privseg tables run panel", RELEASE))
def run(
    name: Tables, out: Out = None, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Make the period's tables: exact counts, and what is withheld.

    All declared tables of the period are made and audited together, once: asked again, the answer
    is the same.
    """
    with workspace(folder, role) as ws:
        with working(f"making {name}"):
            made = ws.tables(name)
        path = made.write(out or ws.folder / "out")
    if as_json:
        typer.echo(made.document.decode("utf-8"), nl=False)
    else:
        typer.echo(harmless("\n".join(_table_lines(made.statement))))
    say(f"check privseg verify {path}")


@tables.command("check", epilog=epilog("privseg tables check panel", CHECK))
def check(name: Tables, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Say whether the tables could be made now; nothing is read."""
    with workspace(folder, role) as ws:
        foreseen = ws.plan_tables(name)
    _print_check(foreseen, as_json=as_json, after=f"privseg tables explain {name}")


@tables.command("explain", epilog=epilog("privseg tables explain panel", "what is asked"))
def explain(name: Tables, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Say in words what the tables ask, and how they are protected."""
    with workspace(folder, role) as ws:
        foreseen = ws.plan_tables(name)
    emit(foreseen.asked, as_json=as_json, text=list(_explained(foreseen)))
    if not as_json:
        say(f"next: privseg tables run {name}")


@microdata.command("run", epilog=epilog("privseg microdata run panel-records", RELEASE))
def run_records(
    name: Records, out: Out = None, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Make records for analysts: a CSV file, and what holds of it.

    They stay personal data to whoever can tell people apart by what else they know; the release
    says which risks remain.
    """
    with workspace(folder, role) as ws:
        with working(f"making {name}"):
            made = ws.microdata(name)
        records, release = made.write(out or ws.folder / "out")
    if as_json:
        typer.echo(made.document.decode("utf-8"), nl=False)
    else:
        typer.echo(harmless("\n".join(_record_lines(made.statement))))
    say(f"\nopen  {records}\ncheck privseg verify {release}")


@microdata.command("check", epilog=epilog("privseg microdata check panel-records", CHECK))
def check_records(
    name: Records, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Say whether the records could be asked for now; nothing is read."""
    with workspace(folder, role) as ws:
        foreseen = ws.plan_microdata(name)
    _print_check(foreseen, as_json=as_json, after=f"privseg microdata run {name}")


def _print_check(foreseen: ExactForeseen, *, as_json: bool, after: str) -> None:
    asked = foreseen.asked
    document = {
        "name": asked["name"],
        "kind": asked["kind"],
        "plan": foreseen.plan,
        "period": asked["period"]["name"],
        "made": foreseen.is_made,
    }
    made = "made already: a run gives the same answer" if foreseen.is_made else "not made yet"
    emit(document, as_json=as_json, text=f"{asked['name']}: sound; {document['period']}: {made}")
    if not as_json:
        say(f"next: {after}")


def _explained(foreseen: ExactForeseen) -> Iterator[str]:
    """Yield what tables ask, in words."""
    asked = foreseen.asked
    rule = asked["guarantee"]
    yield f"{asked['name']}, {asked['period']['name']}: {', '.join(asked['lineage'])}"
    for table in asked["tables"]:
        of = ", ".join(table["segments"]) or "everybody who may be read"
        by = " by " + ", ".join(table["by"]) if table["by"] else ""
        yield from wrapped(
            f"{table['name']}: {of}{by}, with every total", indent="  ", after="    "
        )
    yield ""
    yield from wrapped(
        f"Counts from 1 to {rule['k'] - 1} are withheld, and so many more that nobody can work out "
        f"that a group has so few; what a withheld count can be spans at least "
        f"{rule['protection']} people. All tables of the period are audited together, once."
    )
    state = "made already" if foreseen.is_made else "not made yet"
    yield from wrapped(f"It reads {', '.join(sorted(foreseen.reads))}. This period: {state}.")


def _table_lines(statement: dict[str, Any]) -> Iterator[str]:
    """Yield the tables as text: a count, or between which numbers it lies."""
    by = {t["name"]: t["by"] for t in statement["asked"]["tables"]}
    for table in statement["tables"]:
        rows = [(*_place(count), _people(count)) for count in table["counts"]]
        yield f"{table['name']}{' by ' + ', '.join(by[table['name']]) if by[table['name']] else ''}"
        yield from (
            f"  {line}" for line in Table(("of", "group", "people "), rows, width=78).lines()
        )
        yield ""
    for text in statement["held"]:
        yield from wrapped(text)
    yield from wrapped("Not audited: " + " ".join(statement["not_audited"]))


def _place(count: dict[str, Any]) -> tuple[str, str]:
    return count["set"].strip("()"), ", ".join(count["keys"]) or "all"


def _people(count: dict[str, Any]) -> str:
    if count["people"] is not None:
        return f"{count['people']:,}"
    end = f"{count['low']:,} to {count['high']:,}" if count["high"] is not None else "any number"
    return f"withheld ({end})"


def _record_lines(statement: dict[str, Any]) -> Iterator[str]:
    """Yield what is told of records: how many, what holds of them, which risks remain."""
    records, attained, risk = statement["records"], statement["attained"], statement["risk"]
    left = records["left_out"]
    told = "too few to be told" if left is None else f"{left:,}"
    yield f"{statement['asked']['name']}: {records['rows']:,} records, left out: {told}"
    yield from wrapped(f"columns: {', '.join(records['columns'])}", indent="  ")
    facts = [
        ("people alike, at least", f"{attained['k']:,}"),
        ("groups of people alike", f"{attained['classes']:,}"),
        *(
            [
                ("values of a sensitive attribute, at least", str(attained["distinct"])),
                ("distance from how all are, at most", attained["farthest"]),
            ]
            if attained["distinct"] is not None
            else []
        ),
        ("chance to find a person known to be there", risk["prosecutor"]),
        ("chance to find one of the population", risk["journalist"]),
        ("share expected to be matched rightly", risk["marketer"]),
        ("alone before, with values as stored", risk["unique_before"]),
    ]
    yield from (f"  {line}" for line in Table(("what holds", "value "), facts, width=78).lines())
    yield ""
    for name, text in statement["remaining"].items():
        yield from wrapped(f"{name.replace('_', ' ')}: {text}", after="  ")
    yield from wrapped("Not audited: " + " ".join(statement["not_audited"]))
