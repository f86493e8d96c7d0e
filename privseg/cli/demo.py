# SPDX-License-Identifier: Apache-2.0
"""privseg demo: a shop to try, made on the spot with a fixed seed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import emit, say
from privseg.cli.session import Json

if TYPE_CHECKING:
    from privseg.engine import Workspace

PEOPLE = 20_000


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("demo", epilog="Example:  privseg demo shop && cd shop && privseg segment guide")(
        demo
    )


def demo(
    folder: Annotated[Path, typer.Argument(help="A new folder for the shop.")] = Path("demo-shop"),
    people: Annotated[int, typer.Option(min=1_000, help="How many customers.")] = PEOPLE,
    *,
    play: Annotated[
        bool, typer.Option("--play", help="Play the three users too; an older demo is replaced.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an invented shop with customers, orders and consents, ready to report on."""
    if play:
        _clear(folder)
    with _made(folder, people) as ws:
        if play:
            from privseg.cli.play import play_all  # noqa: PLC0415  # only the play needs it

            play_all(ws)
            return
    emit({"workspace": str(folder)}, as_json=as_json, text=f"made {folder}")
    if not as_json:
        say(f"next: cd {folder} && privseg segment guide")


def _made(folder: Path, people: int) -> Workspace:
    """Return a new workspace with the shop's data and consents in it."""
    from privseg.engine import Workspace  # noqa: PLC0415  # saves a second for --help
    from privseg.loaders import Shipped  # noqa: PLC0415  # likewise
    from privseg.sources.demo_shop import write_demo_shop  # noqa: PLC0415  # likewise

    ws = Workspace.create(folder, time_zone="Europe/Berlin", starter=Shipped.SHOP)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    say(f"inventing {people:,} customers, their orders and their consents ...")
    shop = write_demo_shop(folder / "data", end=today - timedelta(hours=1), people=people)
    for source in ("crm", "survey", "orders", "web", "mail"):
        done = ws.import_source(source, getattr(shop, source))
        say(f"  {source:<8} {done.rows:>9,} rows")
    recorded = ws.import_consents(shop.consents)
    say(f"  consents {recorded.recorded:>9,} events")
    return ws


def _clear(folder: Path) -> None:
    """Remove an older demo, and only a demo: the root key of another workspace stays."""
    if (folder / "data" / "crm.csv").is_file() and (folder / "privseg.yaml").is_file():
        shutil.rmtree(folder)
