# SPDX-License-Identifier: Apache-2.0
"""Long work shown on a terminal: what, how far, how long. Elsewhere nothing is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from privseg.cli.output import harmless, on_terminal

Tell = Callable[[str], None]
"""Takes what is done next."""
MEGABYTE = 1_000_000


@contextmanager
def working(what: str, *, steps: int | None = None) -> Iterator[Tell]:
    """Show what is done while the block runs; the bar goes away when it is over.

    With ``steps`` each call of what is yielded counts as one step begun.
    """
    if not on_terminal():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415  # only a terminal needs it
    from rich.progress import (  # noqa: PLC0415  # likewise
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    bar = [BarColumn(bar_width=20)] if steps else []
    shown = TextColumn("{task.description}", markup=False)
    with Progress(
        SpinnerColumn(), shown, *bar, TimeElapsedColumn(),
        console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=True,
    ) as progress:  # fmt: skip
        task = progress.add_task(harmless(what), total=steps)

        def tell(step: str) -> None:
            progress.update(task, description=harmless(step), advance=1 if steps else 0)

        yield tell


def sized(path: Path) -> str:
    """Return a file's name with its size, where it can be told."""
    try:
        size = path.stat().st_size
    except OSError:
        return path.name
    return f"{path.name} ({size / MEGABYTE:,.1f} MB)"
