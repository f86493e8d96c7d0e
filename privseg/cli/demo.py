# SPDX-License-Identifier: Apache-2.0
"""privseg demo: a shop to try, made on the spot with a fixed seed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import count, emit, epilog, say
from privseg.cli.progress import Tell, working
from privseg.cli.session import Json

if TYPE_CHECKING:
    from privseg.engine import Workspace

PEOPLE = 20_000
EXAMPLE = "privseg demo shop && cd shop && privseg segment guide"


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("demo", epilog=epilog(EXAMPLE, "{workspace, rows, consents, files}"))(demo)


def demo(
    folder: Annotated[Path, typer.Argument(help="A new folder for the shop.")] = Path("demo-shop"),
    people: Annotated[int, typer.Option(min=1_000, help="How many customers.")] = PEOPLE,
    *,
    play: Annotated[
        bool, typer.Option("--play", help="Play the three users too; an older demo is replaced.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an invented shop to try, ready to report on.

    Customers, orders, visits, mails and consents come from a fixed seed. With --play a marketer,
    an engineer, a compliance officer and an auditor do their first minute in it.
    """
    if play:
        _clear(folder)
    ws, rows, consents = _made(folder, people)
    with ws:
        files = _played(ws) if play else {}
    emit(
        {"workspace": str(folder), "rows": rows, "consents": consents,
         "files": {what: str(path) for what, path in files.items()}},
        as_json=as_json,
        text=_opened(files) if play else f"made {folder}",
    )  # fmt: skip
    if not as_json and not play:
        say(f"next: cd {folder} && privseg segment guide")


def _made(folder: Path, people: int) -> tuple[Workspace, dict[str, int], int]:
    """Return a new workspace with the shop's data and consents in it, and how many of them."""
    from privseg.engine import Workspace  # noqa: PLC0415  # saves a second for --help
    from privseg.loaders import Shipped  # noqa: PLC0415  # likewise
    from privseg.sources.demo_shop import SOURCES  # noqa: PLC0415  # likewise

    ws = Workspace.create(folder, time_zone="Europe/Berlin", starter=Shipped.SHOP)
    say(f"inventing {count(people, 'customer')}, their orders and their consents ...")
    with working("inventing", steps=len(SOURCES) + 2) as tell:
        rows, consents = _filled(ws, people, tell)
    for name, number in rows.items():
        say(f"  {name:<14} {number:>9,} rows")
    say(f"  {'consents':<14} {consents:>9,} events")
    return ws, rows, consents


def _filled(ws: Workspace, people: int, tell: Tell) -> tuple[dict[str, int], int]:
    """Invent the shop's files and import them; return how many rows and consents."""
    from privseg.sources.demo_shop import SOURCES, write_demo_shop  # noqa: PLC0415  # likewise

    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tell("inventing")
    shop = write_demo_shop(ws.folder / "data", end=today - timedelta(hours=1), people=people)
    rows = {}
    for source in SOURCES:
        tell(f"importing {source}")
        rows[source] = ws.import_source(source, getattr(shop, source)).rows
    tell("recording consents")
    return rows, ws.import_consents(shop.consents).recorded


def _played(ws: Workspace) -> Mapping[str, Path]:
    """Play the users; return the files to open."""
    from privseg.cli.play import play_all  # noqa: PLC0415  # only the play needs it

    return play_all(ws)


def _opened(files: Mapping[str, Path]) -> list[str]:
    """Return the lines that name the files to open."""
    return ["open these:", *(f"  {what:<28} {path}" for what, path in files.items())]


def _clear(folder: Path) -> None:
    """Remove an older demo, and only a demo: the root key of another workspace stays."""
    if (folder / "data" / "crm.csv").is_file() and (folder / "privseg.yaml").is_file():
        shutil.rmtree(folder)
