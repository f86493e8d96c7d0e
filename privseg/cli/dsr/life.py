# SPDX-License-Identifier: Apache-2.0
"""privseg dsr plan, confirm, extend, refuse, withdraw, close, appeal, decide: a case's life."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.dsr.closing import closed, files_in
from privseg.cli.dsr.given import OutFolder, ReasonsFrom, lines_from
from privseg.cli.dsr.showing import CASE, Number, document, lines, next_step
from privseg.cli.output import emit, epilog, say, wrapped, yes
from privseg.cli.session import HERE, As, Folder, Json, past, workspace

if TYPE_CHECKING:
    from privseg.dsr import Case
    from privseg.engine.dsr.planning import CasePlan

LETTER = CASE.replace("}", ", files}")
CLOSED = CASE.replace("}", ", removed, letters}")
PLAN = (
    "{case, law, identity_needed, identified, attempts_left, extend_by, holds, "
    "grounds: [{code, title, article}], complaint, would}"
)
STRICTEST = "strictest"
DECISIONS = ("upheld", "dismissed")
Received = Annotated[
    str | None, typer.Option(help="The day it arrived, or time (ISO), here; now if absent.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    refusing = "privseg dsr refuse 1 --ground ProcessExcessive --reasons-from reasons.txt"
    extending = "privseg dsr extend 1 --reasons-from reasons.txt"
    deciding = "privseg dsr decide 2 upheld --reasons-from reasons.txt"
    app.command("plan", epilog=epilog("privseg dsr plan 1", PLAN))(plan)
    app.command("confirm", epilog=epilog("privseg dsr confirm 1", LETTER))(confirm)
    app.command("extend", epilog=epilog(extending, LETTER))(extend)
    app.command("refuse", epilog=epilog(refusing, LETTER))(refuse)
    app.command("withdraw", epilog=epilog("privseg dsr withdraw 1", LETTER))(withdraw)
    app.command("close", epilog=epilog("privseg dsr close 1", CLOSED))(close)
    app.command("appeal", epilog=epilog("privseg dsr appeal 1", CASE))(appeal)
    app.command("decide", epilog=epilog(deciding, CASE))(decide)


def plan(number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Assess a request: law, clock, grounds, what running would do.

    Nothing of the person is looked at before they are identified.
    """
    with workspace(folder, role) as ws:
        found, zone = ws.plan_request(number), ws.zone
    emit(_plan_document(found, zone), as_json=as_json, text=_plan_lines(found, zone))
    if not as_json:
        say(next_step(found.case) if found.is_identified else _to_prove(number))


def confirm(
    number: Number, out: OutFolder = None, folder: Folder = HERE, role: As = None,
    *, as_json: Json = False,
) -> None:  # fmt: skip
    """Write the letter that confirms a request's receipt."""
    with workspace(folder, role) as ws:
        case, letter = ws.confirm_request(number, out=out)
        zone = ws.zone
    _told(case, letter, zone, as_json=as_json)


def extend(
    number: Number, reasons_from: ReasonsFrom, out: OutFolder = None, folder: Folder = HERE,
    role: As = None, *, as_json: Json = False,
) -> None:  # fmt: skip
    """Take longer for a request, once, with a letter.

    The letter says why and until when; it has to go out inside the first time.
    """
    with workspace(folder, role) as ws:
        case, letter = ws.extend_request(number, lines_from(reasons_from), out=out)
        zone = ws.zone
    _told(case, letter, zone, as_json=as_json)


def refuse(
    number: Number,
    ground: Annotated[
        list[str], typer.Option(help="The code of a ground of the law; privseg dsr plan has them.")
    ],
    reasons_from: ReasonsFrom,
    out: OutFolder = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Refuse a request on grounds of its law, with a letter.

    The letter says why, and where the person can complain or appeal.
    """
    with workspace(folder, role) as ws:
        case, letter = ws.refuse_request(number, ground, lines_from(reasons_from), out=out)
        zone = ws.zone
    _told(case, letter, zone, as_json=as_json)


def withdraw(
    number: Number, out: OutFolder = None, folder: Folder = HERE, role: As = None,
    *, as_json: Json = False,
) -> None:  # fmt: skip
    """Record that the person took their request back.

    What is open for their linked profiles (privseg dsr linked) is withdrawn with it.
    """
    with workspace(folder, role) as ws:
        case, letter = ws.withdraw_request(number, out=out)
        also = [one.number for one in ws.requests() if _went_with(one, number)]
        zone = ws.zone
    _told(case, letter, zone, as_json=as_json)
    if also and not as_json:
        say(f"withdrawn with it: request {', '.join(map(str, also))}, of linked profiles")


def close(number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Close an answered request; its files in answers go.

    Send them before. A letter without a secret is kept, sealed: privseg dsr letter NUMBER.
    """
    with workspace(folder, role) as ws:
        there = files_in(folder, number)
        case = ws.close_request(number)
        removed = [f.name for f in there if not f.exists()]
        kept, zone = [letter.name for letter in ws.letters(number)], ws.zone
    told = {**document(case, zone), "removed": removed, "letters": kept}
    gone = [f"removed {name}" for name in removed]
    emit(told, as_json=as_json, text=[*lines(case, zone), *gone])
    if not as_json and removed:
        for line in closed(number, removed, kept):
            say(line)


def appeal(
    number: Number, received: Received = None, folder: Folder = HERE, role: As = None,
    *, as_json: Json = False,
) -> None:  # fmt: skip
    """Open the person's appeal against what was refused."""
    with workspace(folder, role) as ws:
        zone = ws.zone
        case = ws.appeal_request(number, received_at=past(received, zone))
    emit(document(case, zone), as_json=as_json, text=lines(case, zone))
    if not as_json:
        say(f"next, somebody else: privseg dsr decide {case.number} upheld --reasons-from FILE")


def decide(
    number: Number,
    outcome: Annotated[str, typer.Argument(help="upheld: our decision changes; or dismissed.")],
    reasons_from: ReasonsFrom,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Decide an appeal; who refused the request cannot."""
    if outcome not in DECISIONS:
        raise typer.BadParameter(f"say how it is decided: {' or '.join(DECISIONS)}")
    from privseg.engine.dsr.appeals import Outcome  # noqa: PLC0415  # saves a second for --help

    with workspace(folder, role) as ws:
        case = ws.decide_appeal(number, Outcome(outcome), lines_from(reasons_from))
        zone = ws.zone
    emit(document(case, zone), as_json=as_json, text=lines(case, zone))
    if not as_json:
        say(next_step(case))


def _went_with(case: Case, first: int) -> bool:
    """Return whether a request was withdrawn because another one was."""
    withdrawn = (step for step in case.steps if step.kind.value == "withdrawn")
    return any(step.facts.get("as_request") == str(first) for step in withdrawn)


def _told(case: Case, letter: Path, zone: tzinfo, *, as_json: bool) -> None:
    """Print a request and the letter that was written."""
    text = [*lines(case, zone), f"wrote {letter}"]
    emit({**document(case, zone), "files": [str(letter)]}, as_json=as_json, text=text)
    if not as_json:
        say("next: send the letter to the person")


def _plan_document(found: CasePlan, zone: tzinfo) -> dict[str, object]:
    """Return an assessment as JSON."""
    return {
        "case": document(found.case, zone),
        "law": found.law,
        "identity_needed": found.need.value,
        "identified": found.is_identified,
        "attempts_left": found.attempts_left,
        "extend_by": found.extend_by and found.extend_by.isoformat(),
        "holds": list(found.holds),
        "grounds": [
            {"code": g.code, "title": g.title, "article": g.article} for g in found.grounds
        ],
        "complaint": found.complaint,
        "would": list(found.would),
    }


def _plan_lines(found: CasePlan, zone: tzinfo) -> list[str]:
    """Return an assessment as lines."""
    held = ", ".join(f"request {n}" for n in found.holds)
    return [
        *lines(found.case, zone),
        f"law         {_law(found)}",
        f"identified  {yes(found.is_identified)} (needed: {found.need.value})",
        *([f"extend by   {found.extend_by}, told with the reasons"] if found.extend_by else []),
        *([f"legal hold  {held}"] if held else []),
        "could be refused on" if found.grounds else "no ground to refuse it",
        *(line for g in found.grounds for line in _item(f"{g.code}: {g.title} ({g.article})")),
        "running it would do" if found.would else "nothing was looked at: not identified",
        *(line for text in found.would for line in _item(text)),
    ]


def _law(found: CasePlan) -> str:
    """Return which law a request goes by, in words where it is none alone."""
    if found.law != STRICTEST:
        return found.law
    where = found.case.where
    if isinstance(where, tuple):
        return f"the strictest of those of {' and '.join(where)}"
    return f"{STRICTEST} of all: nobody knows where the person lives"


def _item(text: str) -> list[str]:
    """Return one item of a list."""
    return wrapped(text, indent="  ", after="    ")


def _to_prove(number: int) -> str:
    """Return how to identify the person."""
    return f"next: privseg dsr verify {number} --points-from -, or ask: dsr verify {number} --ask"
