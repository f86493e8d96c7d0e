# SPDX-License-Identifier: Apache-2.0
"""privseg who breach, notify: the facts that GDPR Art. 33 wants, and whom to tell by Art. 34."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import count, emit, epilog, note, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, past, workspace
from privseg.cli.who_asked import (
    Releases,
    Reports,
    Roles,
    Runs,
    Segments,
    Since,
    Texts,
    Until,
    Users,
    people_count,
    wanted,
)

if TYPE_CHECKING:
    from privseg.engine.who.breach_views import BreachAsked, BreachFacts

Sources = Annotated[Texts, typer.Option("--source", help="This source lay open.")]
Recipients = Annotated[
    Texts, typer.Option("--recipient", help="This recipient lost what it had been handed.")
]
Aware = Annotated[
    str | None,
    typer.Option(help="When you became aware of it (ISO, UTC): the 72 hours begin. Now if not."),
]
FACTS = (
    "{privseg, made_at, aware_at, authority_by, nature, asked, first, last, people, certain, "
    "bound, unreachable, records, attributes, categories, special, high_risk, runs, unsure, "
    "denied, acts, releases, handed, limits, to_fill_in}"
)
LISTED = "{path, people, unreachable}"
MINUTES = len("2026-11-21T21:04")
OPEN = (
    "to fill in: whom to ask (33(3)(b)), likely consequences (33(3)(c)), measures (33(3)(d)), and "
    "reasons for a delay (33(1))"
)


def register(app: typer.Typer) -> None:
    """Add the verbs to their group."""
    example = "privseg who breach --user ada --since 2026-05-01 --until 2026-05-03"
    app.command("breach", epilog=epilog(example, FACTS))(breach)
    example = "privseg who notify --segment lapsed --out to-tell.csv --yes"
    app.command("notify", epilog=epilog(example, LISTED))(notify)


def breach(
    *,
    user: Users = None,
    by_role: Roles = None,
    segment: Segments = None,
    report: Reports = None,
    release: Releases = None,
    run: Runs = None,
    source: Sources = None,
    recipient: Recipients = None,
    since: Since = None,
    until: Until = None,
    aware_at: Aware = None,
    folder: Folder = HERE,
    role: As = None,
    as_json: Json = False,
) -> None:
    """Gather the facts of a breach, as GDPR Art. 33 wants them.

    Of an abused account, a leaked result, exposed sources, or a recipient's loss.

    Which runs, which data, how many people (an upper bound where a run was cut short), and until
    when the authority must be told (GDPR Art. 33). What people must say is left open.
    """
    asked = _asked(
        source, recipient, aware_at, users=user, roles=by_role, segments=segment, reports=report,
        releases=release, runs=run, since=since, until=until,
    )  # fmt: skip
    with workspace(folder, role) as ws:
        facts = ws.breach(asked)
    emit(facts.document(), as_json=as_json, text=_sheet(facts))


def notify(
    *,
    out: Annotated[Path, typer.Option(help="A new file, for its owner alone.")],
    user: Users = None,
    by_role: Roles = None,
    segment: Segments = None,
    report: Reports = None,
    release: Releases = None,
    run: Runs = None,
    source: Sources = None,
    recipient: Recipients = None,
    since: Since = None,
    until: Until = None,
    folder: Folder = HERE,
    role: As = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it; else only count.")] = False,
    as_json: Json = False,
) -> None:
    """Write the identifiers of whom a breach must be told to.

    The people themselves (GDPR Art. 34).

    Nothing else about them is in the file. Each of them is committed to on the log.
    """
    asked = _asked(
        source, recipient, None, users=user, roles=by_role, segments=segment, reports=report,
        releases=release, runs=run, since=since, until=until,
    )  # fmt: skip
    with workspace(folder, role) as ws:
        told = ws.breach_notify_list(asked, out if yes else None)
    people = people_count(told.people)
    document = {"path": str(out) if yes else None, "people": told.people,
                "unreachable": told.unreachable}  # fmt: skip
    text = f"{people} in {out}" if yes else f"would list {people}"
    emit(document, as_json=as_json, text=text)
    if told.unreachable:
        note("note:", f"{people_count(told.unreachable)} erased since", colour="yellow")
    if not yes and not as_json:
        say("nothing was written; add --yes")


def _asked(source: Texts, recipient: Texts, aware_at: str | None, **parts: object) -> BreachAsked:
    """Return what is known of the breach."""
    from privseg.engine.who.breach_views import BreachAsked  # noqa: PLC0415  # --help needs no engine

    chosen = wanted(**parts)  # type: ignore[arg-type]
    return BreachAsked(
        wanted=chosen,
        sources=frozenset(source or ()),
        recipients=frozenset(recipient or ()),
        aware_at=past(aware_at),
    )


def _sheet(facts: BreachFacts) -> list[str]:
    """Return the facts as text."""
    people = f"{people_count(facts.people)} ({facts.bound})"
    when = f"{_when(facts.first)} to {_when(facts.last)} UTC" if facts.first else "unknown"
    rows = [
        ("nature", facts.nature),
        ("when", when),
        ("people", f"{people}; {facts.certain:,} of them surely"),
        ("records", ", ".join(f"{name} {rows:,}" for name, rows in facts.records) or "-"),
        ("attributes", ", ".join(facts.attributes) or "-"),
        ("categories", ", ".join(facts.categories) or "-"),
        ("special", ", ".join(facts.special) or "none"),
        ("risk", facts.high_risk),
        ("aware", f"{_when(facts.aware_at)} UTC"),
        ("authority", f"to be told by {_when(facts.authority_by)} UTC (72 hours, Art. 33(1))"),
        ("runs", f"{len(facts.runs)}, and {len(facts.unsure)} that may be meant"),
        ("denied", count(len(facts.denied), "attempt")),
        ("releases", ", ".join(facts.releases) or "none"),
        ("handed to", "; ".join(f"{h.recipient} {_when(h.at)}" for h in facts.handed) or "nobody"),
        ("also did", "; ".join(f"{a.kind} {a.verb} x{a.entries}" for a in facts.acts) or "-"),
    ]
    lines = [line for name, text in rows for line in wrapped(f"{name}: {text}", after="  ")]
    limits = [line for text in facts.limits for line in wrapped(text, indent="  ")]
    return [*lines, *limits, *wrapped(OPEN)]


def _when(moment: datetime | None) -> str:
    return moment.isoformat(" ")[:MINUTES] if moment else "?"
