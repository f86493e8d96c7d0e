# SPDX-License-Identifier: Apache-2.0
"""privseg dsr hold: counsel keeps somebody's data from being erased, and lets it go."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.dsr.given import lines_from
from privseg.cli.dsr.showing import Number
from privseg.cli.output import Table, emit, epilog
from privseg.cli.session import HERE, As, Folder, IdFrom, IdKind, Json, subject, workspace

if TYPE_CHECKING:
    from privseg.dsr import Case

HOLD = "{number, state, placed_at, ground, review}"
DEFAULT = "LegalClaimImpaired"  # DPV: legal claims
holds = typer.Typer(
    name="hold",
    help="Keep data from being erased, by order of counsel.",
    epilog="Example:  privseg dsr hold list",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    example = (
        "echo C0000017 | privseg dsr hold place --id-from - --review 2027-06-30 --why-from why.txt"
    )
    holds.command("place", epilog=epilog(example, HOLD))(place)
    holds.command("lift", epilog=epilog("privseg dsr hold lift 3", HOLD))(lift)
    holds.command("list", epilog=epilog("privseg dsr hold list", f"[{HOLD}]"))(list_)
    app.add_typer(holds)


def place(
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    review: Annotated[str, typer.Option(help="The day on which counsel looks at it again (ISO).")],
    why_from: Annotated[str, typer.Option(help="A file that says why; it is sealed.")],
    id_kind: IdKind = None,
    ground: Annotated[
        str, typer.Option(help="The code of the law's ground against erasure.")
    ] = DEFAULT,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Keep one person's data from being erased or expiring.

    Nobody uses them for anything else meanwhile.
    """
    if why_from == "-":
        raise typer.BadParameter("standard input has the identifier; put the reason into a file")
    day, why = _day(review), "\n".join(lines_from(why_from))
    with workspace(folder, role) as ws:
        case = ws.place_hold(subject(ws, id_kind), review=day, why=why, ground=ground)
    emit(_document(case), as_json=as_json, text=_lines([case]))


def lift(number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Lift a hold: what was asked meanwhile can be carried out."""
    with workspace(folder, role) as ws:
        case = ws.lift_hold(number)
    emit(_document(case), as_json=as_json, text=_lines([case]))


def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List every hold; none tells whom it is about."""
    with workspace(folder, role) as ws:
        cases = ws.legal_holds()
    text = _lines(cases) if cases else ["no legal holds"]
    emit([_document(c) for c in cases], as_json=as_json, text=text)


def _day(text: str) -> date:
    """Return a day.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("give an ISO date for --review, such as 2027-06-30") from None


def _document(case: Case) -> dict[str, object]:
    """Return one hold as JSON."""
    facts = next((s.facts for s in case.steps if "review" in s.facts), {})
    return {
        "number": case.number,
        "state": "held" if case.state.is_open else "lifted",
        "placed_at": case.received_at.isoformat(),
        "ground": facts.get("ground"),
        "review": facts.get("review"),
    }


def _lines(cases: list[Case]) -> list[str]:
    """Return holds as a table."""
    found = [_document(case) for case in cases]
    rows = [
        (str(d["number"]), str(d["state"]), str(d["placed_at"])[:10], str(d["ground"]),
         str(d["review"]))
        for d in found
    ]  # fmt: skip
    return Table(("no. ", "state", "placed", "ground", "review"), rows).lines()
