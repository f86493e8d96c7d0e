# SPDX-License-Identifier: Apache-2.0
"""privseg segment: check definitions, explain them in words, print the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import names
from privseg.cli.output import emit, epilog, finding_document, finding_lines, say, wrapped
from privseg.cli.refusals import reason_lines
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine import SegmentView
    from privseg.policy import Finding

app = typer.Typer(
    name="segment",
    help="Check and explain segments.",
    epilog="Example:  privseg segment guide",
    no_args_is_help=True,
)
UNSOUND, REFUSED = 1, 3
Names = Annotated[
    list[str] | None,
    typer.Argument(help="Segments; all of them if none is named.", autocompletion=names.segments),
]
Name = Annotated[str, typer.Argument(help="The segment.", autocompletion=names.segments)]
SEGMENT = (
    "{segment, label, colour, note, segmenter, purpose, meaning, reads, categories, version, sql, "
    "beyond_retention, allowed, reasons}"
)
CHECKED = "{findings: [{severity, message, place}], segments: [{segment, allowed, reasons}]}"


@app.command("check", epilog=epilog("privseg segment check", CHECKED))
def check(
    wanted: Names = None, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Check definitions and rights; nothing is read.

    Every mistake of every file is told, with file:line:column (exit code 1); then whether the
    policy lets each segment read what it reads (exit code 3 if not).
    """
    with workspace(folder, role) as ws:
        findings = ws.segment_mistakes()
        views = [] if findings else ws.segment_views(wanted)
    emit(
        {"findings": finding_document(findings),
         "segments": [{"segment": v.name, "allowed": v.allowed, "reasons": list(v.reasons)}
                      for v in views]},
        as_json=as_json,
        text=_checked(findings, views),
    )  # fmt: skip
    if findings:
        raise typer.Exit(UNSOUND)
    if not all(v.allowed for v in views):
        raise typer.Exit(REFUSED)


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
    lines = [line for view in views for line in _guided(view)]
    emit([_document(v) for v in views], as_json=as_json, text=lines or ["no segments yet"])
    if not as_json:
        say(
            "next: privseg report run SEGMENT --dry-run"
            if views
            else "next: save a first one under segments/ (privseg source propose prints it)"
        )


def _checked(findings: tuple[Finding, ...], views: list[SegmentView]) -> list[str]:
    """Return mistakes, or else every segment with whether it may run."""
    lines = finding_lines(findings)
    for view in views:
        lines.append(f"{view.name}: {'sound' if view.allowed else 'refused'}")
        lines += [f"  {line}" for reason in view.reasons for line in reason_lines(reason)]
    return lines or ["no segments yet"]


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
        ("may run", "yes" if view.allowed else "no"),
        *(("kept", f"warning: {text}") for text in view.beyond),
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
        "reasons": list(view.reasons),
    }  # fmt: skip
