# SPDX-License-Identifier: Apache-2.0
"""privseg segment: explain definitions in words, print the key; its other verbs are beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import names, run, segment_changes, segment_files, segment_numbers
from privseg.cli.output import emit, epilog, say, wrapped
from privseg.cli.refusals import reason_lines
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine import SegmentView

app = typer.Typer(
    name="segment",
    help="Write, check, explain, preview, run and change segments.",
    epilog="Example:  privseg segment guide",
    no_args_is_help=True,
)
for part in (segment_files, segment_numbers, segment_changes):
    part.register(app)
run.register_in_group(app)
REFUSED = 3
Name = Annotated[str, typer.Argument(help="The segment.", autocompletion=names.segments)]
SEGMENT = (
    "{segment, label, colour, note, segmenter, purpose, meaning, reads, categories, version, sql, "
    "beyond_retention, allowed, reasons, cost, nodes, depth, scores, barred, every_hours}"
)
HOUR = 3600


@app.command("explain", epilog=epilog("privseg segment explain lapsed-big-spenders", SEGMENT))
def explain(name: Name, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Say who is in a segment, what it reads, for what.

    In words first, then the SQL it becomes. Exit code 3 if the policy refuses it.
    """
    with workspace(folder, role) as ws:
        view = ws.segment_views([name])[0]
    emit(_document(view), as_json=as_json, text=_explained(view))
    if not view.allowed:
        raise typer.Exit(REFUSED)
    if not as_json:
        say(f"next: privseg report run {view.name} --dry-run")


@app.command("guide", epilog=epilog("privseg segment guide", f"[{SEGMENT}]"))
def guide(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Print the key: every segment, its colour, its meaning."""
    with workspace(folder, role) as ws:
        views = ws.segment_views(None)
        broken = ws.broken_segments
    for name, why in sorted(broken.items()):
        say(f"warning: {name} cannot be used: {why}")
    lines = [line for view in views for line in _guided(view)]
    emit([_document(v) for v in views], as_json=as_json, text=lines or ["no segments yet"])
    if not as_json:
        say(
            "next: privseg report run SEGMENT --dry-run"
            if views
            else "next: save a first one under segments/ (privseg source propose prints it)"
        )


def _guided(view: SegmentView) -> list[str]:
    """Return a segment's lines in the key."""
    refused = [f"not runnable: {reason_lines(r)[0]}" for r in view.reasons[:1] if not view.allowed]
    return [
        *wrapped(f"{view.name} ({view.colour or 'no colour'}): {view.label}", after="    "),
        *wrapped("; ".join(view.meaning), indent="    "),
        *(line for text in refused for line in wrapped(text, indent="    ", after="      ")),
        "",
    ]


def _explained(view: SegmentView) -> list[str]:
    """Return everything about one segment as lines."""
    facts = (
        ("reads", ", ".join(view.reads)),
        ("consent to", ", ".join(_asked(view, category) for category in view.categories)),
        ("for", f"{view.purpose} (segmenter {view.segmenter})"),
        ("version", view.version[:16]),
        ("cost", _cost(view)),
        *((("run every", f"{_hours(view)} h"),) if view.every else ()),
        ("may run", "yes" if view.allowed else "no"),
        *(("kept", f"warning: {text}") for text in view.beyond),
        *(("reports", f"none: {name} has parameters from people") for name in view.barred),
    )
    after = " " * 11
    return [
        *wrapped(f"{view.name}: {view.label}", after="  "),
        *(line for text in view.meaning for line in wrapped(text, indent="  ", after="    ")),
        *(wrapped(view.note, indent="  ") if view.note else []),
        "",
        *(line for k, v in facts for line in wrapped(v, indent=f"{k:<11}", after=after)),
        *(f"  {line}" for reason in view.reasons for line in reason_lines(reason)),
        "",
        *(line for text in view.scores for line in (*wrapped(text, after="  "), "")),
        *wrapped(view.sql),
    ]


def _asked(view: SegmentView, category: str) -> str:
    """Return a category with the word that says which consent to it is enough."""
    return f"{category} (explicitly, GDPR 9)" if category in view.explicit else category


def _document(view: SegmentView) -> dict[str, object]:
    """Return a segment's view as JSON."""
    return {
        "segment": view.name, "label": view.label, "colour": view.colour, "note": view.note,
        "segmenter": view.segmenter, "purpose": view.purpose, "meaning": list(view.meaning),
        "reads": list(view.reads), "categories": list(view.categories), "version": view.version,
        "sql": view.sql, "beyond_retention": list(view.beyond), "allowed": view.allowed,
        "reasons": list(view.reasons), "scores": list(view.scores), "barred": list(view.barred),
        "cost": view.size.cost if view.size else None, "every_hours": _hours(view),
        "nodes": view.size.nodes if view.size else None,
        "depth": view.size.depth if view.size else None,
    }  # fmt: skip


def _cost(view: SegmentView) -> str:
    """Return what a segment costs an engine, before any data is known."""
    size = view.size
    return "" if size is None else f"{size.cost} ({size.nodes} nodes, {size.depth} levels)"


def _hours(view: SegmentView) -> int | None:
    """Return how often it is scheduled."""
    return None if view.every is None else int(view.every.total_seconds() // HOUR)
