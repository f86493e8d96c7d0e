# SPDX-License-Identifier: Apache-2.0
"""privseg segment: check definitions, explain them in words, print the key."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import WIDTH, emit, say
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.terms import StaffRole

if TYPE_CHECKING:
    from privseg.engine import SegmentView

app = typer.Typer(name="segment", help="Check and explain segments.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="Segments; all of them if none is named.")]


@app.command("check", epilog="Example:  privseg segment check")
def check(
    names: Names = None, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Check definitions against the catalogue and the segmenter's rights; nothing is read."""
    with workspace(folder, role, StaffRole.ANALYST) as ws:
        views = ws.segment_views(names)
    emit(
        [{"segment": v.name, "allowed": v.allowed, "reasons": list(v.reasons)} for v in views],
        as_json=as_json,
        text=[
            f"{v.name}: sound" if v.allowed else f"{v.name}: {'; '.join(v.reasons)}" for v in views
        ],
    )
    if not all(v.allowed for v in views):
        raise typer.Exit(3)


@app.command("explain", epilog="Example:  privseg segment explain lapsed-big-spenders")
def explain(
    name: Annotated[str, typer.Argument(help="The segment.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Say in words who is in a segment, what it reads, for what, and the SQL it becomes."""
    with workspace(folder, role, StaffRole.ANALYST) as ws:
        view = ws.segment_views([name])[0]
    emit(_document(view), as_json=as_json, text=_explained(view))
    if not view.allowed:
        raise typer.Exit(3)


@app.command("guide", epilog="Example:  privseg segment guide")
def guide(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Print the key: every segment, its colour, its meaning in words."""
    with workspace(folder, role, StaffRole.MARKETER) as ws:
        views = ws.segment_views(None)
    lines = [line for view in views for line in _guided(view)]
    emit([_document(v) for v in views], as_json=as_json, text=lines or ["no segments yet"])
    if not as_json:
        say("next: privseg report run SEGMENT --dry-run")


def _guided(view: SegmentView) -> list[str]:
    """Return a segment's lines in the key."""
    meaning = "; ".join(view.meaning)
    body = textwrap.wrap(meaning, WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
    tail = [f"    not runnable: {view.reasons[0]}"] if not view.allowed and view.reasons else []
    return [f"{view.name} ({view.colour}): {view.label}", *body, *tail, ""]


def _explained(view: SegmentView) -> list[str]:
    """Return everything about one segment as lines."""
    return [
        f"{view.name}: {view.label}",
        *(f"  {line}" for line in view.meaning),
        "",
        f"reads      {', '.join(view.reads)}",
        f"consent to {', '.join(view.categories)}",
        f"for        {view.purpose} (segmenter {view.segmenter})",
        f"may run    {'yes' if view.allowed else 'no: ' + '; '.join(view.reasons)}",
        f"version    {view.version[:16]}",
        "",
        *textwrap.wrap(view.sql, WIDTH),
    ]


def _document(view: SegmentView) -> dict[str, object]:
    """Return a segment's view as JSON."""
    return {
        "segment": view.name, "label": view.label, "colour": view.colour, "note": view.note,
        "segmenter": view.segmenter, "purpose": view.purpose, "meaning": list(view.meaning),
        "reads": list(view.reads), "categories": list(view.categories), "version": view.version,
        "sql": view.sql, "allowed": view.allowed, "reasons": list(view.reasons),
    }  # fmt: skip
