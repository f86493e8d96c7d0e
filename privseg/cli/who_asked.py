# SPDX-License-Identifier: Apache-2.0
"""The options that choose runs: for who read, and for breaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.session import moment

if TYPE_CHECKING:
    from privseg.audit.wanted import Wanted

Texts = list[str] | None
Attributes = Annotated[Texts, typer.Option("--attribute", help="That read this attribute.")]
Categories = Annotated[Texts, typer.Option("--category", help="That read this category.")]
Purposes = Annotated[Texts, typer.Option("--purpose", help="For this purpose.")]
Segmenters = Annotated[Texts, typer.Option("--segmenter", help="Of this segmenter.")]
Segments = Annotated[Texts, typer.Option("--segment", help="Of this segment, or NAME.VERSION.")]
Reports = Annotated[Texts, typer.Option("--report", help="For this report.")]
Releases = Annotated[Texts, typer.Option("--release", help="For this release (its hash).")]
Runs = Annotated[Texts, typer.Option("--run", help="This run.")]
Roles = Annotated[Texts, typer.Option("--by-role", help="In this role.")]
Users = Annotated[Texts, typer.Option("--user", help="At this user's keyboard.")]
Since = Annotated[str | None, typer.Option(help="From then on (ISO, UTC).")]
Until = Annotated[str | None, typer.Option(help="Before then (ISO, UTC).")]


def wanted(*, since: str | None, until: str | None, **parts: Texts) -> Wanted:
    """Return what is asked for.

    Raises:
        typer.BadParameter: a moment is none, or the window ends before it begins.
    """
    from privseg.audit.wanted import Wanted  # noqa: PLC0415  # --help needs no log

    begins, ends = moment(since), moment(until)
    if begins is not None and ends is not None and begins >= ends:
        raise typer.BadParameter("--until must come after --since")
    chosen = {name: frozenset(texts or ()) for name, texts in parts.items()}
    return Wanted(since=begins, until=ends, **chosen)


def people_count(number: int) -> str:
    """Return a number of people.

    >>> people_count(1), people_count(2_000)
    ('1 person', '2,000 people')
    """
    return f"{number:,} {'person' if number == 1 else 'people'}"
