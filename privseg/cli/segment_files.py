# SPDX-License-Identifier: Apache-2.0
"""privseg segment check, new, deps: over files alone; no key, no database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import names
from privseg.cli.output import Table, emit, epilog, finding_document, finding_lines, say, wrapped
from privseg.cli.refusals import reason_lines
from privseg.cli.session import HERE, Folder, Json

if TYPE_CHECKING:
    from privseg.engine.segment.checking import SegmentsChecked
    from privseg.engine.segment.deps import Dependencies

UNSOUND, REFUSED = 1, 3
CHECKED = (
    "{findings: [{severity, message, place}], segments: [{segment, allowed, reasons}], warnings}"
)
NEW = "{file, segment, segmenter, lacks: [{severity, message, place}], templates}"
DEPS = (
    "{segment, uses: {attributes, events, accounts, scores, lists, samples, segments}, "
    "used_by: {segments, through, reports, scheduled}, every_hours}"
)
Wanted = Annotated[
    list[str] | None,
    typer.Argument(
        help="Segments, files or folders; all segments if none is named.",
        autocompletion=names.segments,
    ),
]
Name = Annotated[str, typer.Argument(help="The segment.", autocompletion=names.segments)]


def register(app: typer.Typer) -> None:
    """Add the verbs to their group."""
    example = "privseg segment new gone-quiet --template slipping-away"
    app.command("new", epilog=epilog(example, NEW))(new)
    app.command("check", epilog=epilog("privseg segment check", CHECKED))(check)
    app.command("deps", epilog=epilog("privseg segment deps big-spenders", DEPS))(deps)


def check(wanted: Wanted = None, folder: Folder = HERE, *, as_json: Json = False) -> None:
    """Check definitions, rights and colours; nothing is read.

    Every mistake of every file is told, with file:line:column (exit code 1); then whether the
    policy lets each segment read what it reads (exit code 3 if not). Colours that are hard to see
    or to tell apart are warnings. Needs the files alone: no key, no database.
    """
    from privseg.engine.policy.rulebook import Rulebook  # noqa: PLC0415  # saves a second for --help
    from privseg.engine.segment.checking import check_segments  # noqa: PLC0415  # likewise

    found = check_segments(Rulebook.at(folder), wanted or ())
    emit(
        {"findings": finding_document(found.mistakes), "warnings": list(found.warnings),
         "segments": [{"segment": j.segment, "allowed": j.allowed, "reasons": list(j.reasons)}
                      for j in found.segments]},
        as_json=as_json,
        text=_checked(found),
    )  # fmt: skip
    if found.mistakes:
        raise typer.Exit(UNSOUND)
    if not all(j.allowed for j in found.segments):
        raise typer.Exit(REFUSED)


def new(
    name: Annotated[str | None, typer.Argument(help="What to call it.")] = None,
    template: Annotated[
        str | None, typer.Option(help="The template to begin with; see --list.")
    ] = None,
    segmenter: Annotated[
        str | None, typer.Option(help="Who it is for; else one that may read what it reads.")
    ] = None,
    folder: Folder = HERE,
    *,
    is_list: Annotated[
        bool, typer.Option("--list", help="List the templates, and when to use each.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a new segment from a template.

    It becomes segments/NAME.yaml; nothing is ever overwritten. Then it is checked: what your
    catalogue lacks for it is told, with file:line:column.
    """
    from privseg.engine.policy.rulebook import Rulebook  # noqa: PLC0415  # saves a second for --help
    from privseg.engine.segment.new import new_segment, templates  # noqa: PLC0415  # likewise

    if is_list:
        known = templates()
        emit(
            _new(templates={t.name: t.when for t in known}), as_json=as_json,
            text=Table(("template", "when to use it"), [(t.name, t.when) for t in known]).lines(),
        )  # fmt: skip
        return
    if name is None or template is None:
        raise typer.BadParameter("name the segment and a template: NAME --template T; or --list")
    made = new_segment(Rulebook.at(folder), name, template=template, segmenter=segmenter)
    lacks = finding_lines(made.lacks)
    lines = [f"wrote {made.path.name} for segmenter {made.segmenter}", *lacks]
    emit(
        _new(file=str(made.path), segment=made.segment, segmenter=made.segmenter,
             lacks=finding_document(made.lacks)),
        as_json=as_json, text=lines,
    )  # fmt: skip
    if as_json:
        return
    if lacks:
        say("the catalogue lacks what is listed: change the file, or take it away")
    else:
        say(f"next: privseg segment explain {name}; privseg segment preview {name} --dry-run")


def deps(name: Name, folder: Folder = HERE, *, as_json: Json = False) -> None:
    """Say what a segment uses, and what uses it.

    Attributes, events, scores, lists and segments that it is made of; segments, reports and
    schedules that build on it. Needs the files alone.
    """
    from privseg.engine.policy.rulebook import Rulebook  # noqa: PLC0415  # saves a second for --help
    from privseg.engine.segment.deps import dependencies  # noqa: PLC0415  # likewise

    found = dependencies(Rulebook.at(folder), name)
    emit(_deps(found), as_json=as_json, text=_dep_lines(found))


def _checked(found: SegmentsChecked) -> list[str]:
    """Return mistakes, or else every segment with whether it may run; then doubts."""
    lines = finding_lines(found.mistakes)
    for judged in found.segments:
        lines.append(f"{judged.segment}: {'sound' if judged.allowed else 'refused'}")
        lines += [f"  {line}" for reason in judged.reasons for line in reason_lines(reason)]
    lines += [line for text in found.warnings for line in wrapped(f"warning: {text}", after="  ")]
    return lines or ["no segments yet"]


def _new(**given: object) -> dict[str, object]:
    """Return what was written, or the templates there are, as one shape of JSON."""
    blank: dict[str, object] = {
        "file": None,
        "segment": None,
        "segmenter": None,
        "lacks": [],
        "templates": {},
    }
    return {**blank, **given}


def _deps(found: Dependencies) -> dict[str, object]:
    """Return dependencies as JSON."""
    uses = found.uses
    return {
        "segment": found.segment,
        "uses": {
            "attributes": list(uses.attributes), "events": list(uses.events),
            "accounts": list(uses.accounts), "scores": list(uses.scores),
            "lists": list(uses.lists), "samples": list(uses.samples),
            "segments": list(uses.segments),
        },
        "used_by": {
            "segments": list(found.used_by_segments), "through": list(found.through),
            "reports": list(found.used_by_reports), "scheduled": list(found.scheduled_users),
        },
        "every_hours": _hours(found),
    }  # fmt: skip


def _dep_lines(found: Dependencies) -> list[str]:
    """Return dependencies as lines; what there is none of is left out."""
    uses, hours = found.uses, _hours(found)
    facts = (
        ("uses attributes", uses.attributes), ("uses events", uses.events),
        ("uses accounts", uses.accounts), ("uses scores", uses.scores),
        ("uses lists", uses.lists), ("uses samples", uses.samples),
        ("uses segments", uses.segments),
        ("used by segments", found.used_by_segments), ("and through them", found.through),
        ("used by reports", found.used_by_reports),
        ("run every", (f"{hours} h",) if hours else ()),
        ("scheduled users", found.scheduled_users),
    )  # fmt: skip
    told = [(what, ", ".join(which)) for what, which in facts if which]
    after = " " * 18
    return [
        found.segment,
        *(line for what, text in told for line in wrapped(text, indent=f"{what:<18}", after=after)),
    ]


def _hours(found: Dependencies) -> int | None:
    """Return how often it is scheduled."""
    return None if found.schedule is None else int(found.schedule.total_seconds() // 3600)
