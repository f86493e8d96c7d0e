# SPDX-License-Identifier: Apache-2.0
"""privseg learn: personas and propensities, by a claim that is not proved here."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privseg.cli.output import Table, emit, epilog, harmless, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.learning.foreseeing import LearningForeseen

app = typer.Typer(
    name="learn",
    help="Personas and propensities that policy allows by name.",
    epilog="Example:  privseg learn run personas --dry-run",
    no_args_is_help=True,
)
UNAFFORDABLE = 4
Name = Annotated[str, typer.Argument(help="A model in the policy's learning.")]
RELEASE = "the release itself, as privseg verify reads it"
CHECK = "{name, model, plan, epsilon, rho, rho_left, affordable}"
ASKED = (
    "{name, model, controller, segmenter, purpose, of, target, numbers: [{take, of, days, low, "
    "high, step, unit, decimals}], clusters, rounds, step, epsilon}"
)
CLAIMED = "claimed by diffprivlib, floating point, not proved here"


@app.command("run", epilog=epilog("privseg learn run personas", RELEASE, f"with --dry-run {CHECK}"))
def run(
    name: Name,
    out: Annotated[Path | None, typer.Option(help="The folder for the release.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what it costs; read nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Learn a model, and pay for it from the budget.

    Its privacy loss is claimed by diffprivlib, in floating point, and not proved here. The same
    model on the same edition costs nothing and is the same.
    """
    with workspace(folder, role) as ws:
        if dry_run:
            foreseen, left = ws.plan_learning(name), ws.budget().rho_left
            emit(_document(foreseen, left), as_json=as_json, text=_price(foreseen, left))
            if not as_json:
                say("nothing was read or charged; run it without --dry-run")
            return
        with working(f"learning {name}"):
            made = ws.learn(name)
        path = made.write(out or ws.folder / "out")
    if as_json:
        typer.echo(made.document.decode("utf-8"), nl=False)
    else:
        typer.echo(harmless("\n".join(_lines(made.statement))))
    say(f"\ncheck privseg verify {path}")


@app.command("check", epilog=epilog("privseg learn check personas", CHECK))
def check(name: Name, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Say whether a model could be learned now; nothing is read.

    Its declaration, the policy's leave, and the budget (exit code 4 when that does not cover it).
    """
    with workspace(folder, role) as ws:
        foreseen, left = ws.plan_learning(name), ws.budget().rho_left
    affordable = foreseen.rho <= left
    state = "sound" if affordable else "sound, but the budget does not cover it"
    emit(_document(foreseen, left), as_json=as_json, text=f"{name}: {state}")
    if not affordable:
        raise typer.Exit(UNAFFORDABLE)
    if not as_json:
        say(f"next: privseg learn explain {name}")


@app.command("explain", epilog=epilog("privseg learn explain personas", ASKED))
def explain(name: Name, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Say in words what a model is learned of, and its bounds.

    Nothing is read. The bounds come from the policy, never from data.
    """
    with workspace(folder, role) as ws:
        foreseen, left = ws.plan_learning(name), ws.budget().rho_left
    emit(foreseen.asked, as_json=as_json, text=[*_explained(foreseen), "", *_price(foreseen, left)])
    if not as_json:
        say(f"next: privseg learn run {name} --dry-run")


def _document(foreseen: LearningForeseen, left: Fraction) -> dict[str, Any]:
    asked = foreseen.asked
    return {
        "name": asked["name"],
        "model": asked["model"],
        "plan": foreseen.plan,
        "epsilon": asked["epsilon"],
        "rho": str(foreseen.rho),
        "rho_left": str(left),
        "affordable": foreseen.rho <= left,
    }


def _price(foreseen: LearningForeseen, left: Fraction) -> list[str]:
    """Return what it costs, the claim on a line of its own."""
    asked, enough = foreseen.asked, "" if foreseen.rho <= left else " (not enough)"
    costs = f"{asked['name']}: epsilon {asked['epsilon']}, charged as rho {foreseen.rho}"
    return [costs, f"  {CLAIMED}", f"left this year: rho {left}{enough}"]


def _explained(foreseen: LearningForeseen) -> Iterator[str]:
    """Yield what is learned of whom, and what of it is told."""
    from privseg.release.learned_words import ASSUMED, LIMITS  # noqa: PLC0415  # not for --help

    asked = foreseen.asked
    yield from wrapped(f"{asked['name']}: {_what(asked)}", after="  ")
    yield from _numbers(asked)
    yield ""
    for head, told in (("Not for", LIMITS), ("Assumed", ASSUMED)):
        yield f"{head}:"
        for text in told[asked["model"]]:
            yield from wrapped(text, indent="- ", after="  ")
    yield from wrapped(f"It reads {', '.join(sorted(foreseen.reads))}.")


def _what(asked: dict[str, Any]) -> str:
    of = "everybody who may be read" if asked["of"] is None else asked["of"]["name"]
    if asked["target"] is None:
        return f"{asked['clusters']} personas of {of}, in {asked['rounds']} rounds"
    return f"how like the people of {asked['target']['name']} people of {of} are"


def _numbers(asked: dict[str, Any]) -> Iterator[str]:
    """Yield each number with its bounds and step."""
    from privseg.release.learned_asked import named, shown  # noqa: PLC0415  # not for --help

    rows = [(named(n), shown(n["low"], n), shown(n["high"], n), shown(n["step"], n))
            for n in asked["numbers"]]  # fmt: skip
    table = Table(("of each person", "least ", "most ", "step "), rows, width=78)
    yield from (f"  {line}" for line in table.lines())


def _lines(statement: dict[str, Any]) -> Iterator[str]:
    """Yield a model as text: its numbers, its loss on a line of its own, what it is not for."""
    asked = statement["asked"]
    yield from wrapped(f"{asked['name']}: {_what(asked)}", after="  ")
    yield from _coefficients(statement) if asked["target"] else _centres(statement)
    yield ""
    loss, budget = statement["loss"], statement["budget"]
    yield f"Privacy loss: epsilon {loss['epsilon']}, charged as rho {loss['rho']}"
    yield f"  {loss['claim']}"
    yield from wrapped(
        f"The people's budget of {budget['period']} was rho {budget['before']['rho']} spent, and "
        f"is {budget['after']['rho']} of {budget['limit']['rho']} now."
    )
    yield "Not for:"
    for text in statement["limits"]:
        yield from wrapped(text, indent="- ", after="  ")


def _centres(statement: dict[str, Any]) -> Iterator[str]:
    """Yield a column a number, a row a persona; few enough columns to fit, below one another."""
    from privseg.release.learned_asked import named, shown  # noqa: PLC0415  # not for --help

    numbers, centres = statement["asked"]["numbers"], statement["model"]["centres"]
    for n, number in enumerate(numbers):
        yield from wrapped(named(number), indent="  ", after="    ")
        told = ", ".join(shown(centre[n], number) for centre in centres)
        yield from wrapped(told, indent="    ", after="    ")


def _coefficients(statement: dict[str, Any]) -> Iterator[str]:
    """Yield what going from the least to the most of a number adds to the log-odds."""
    from privseg.engine.learning.published import coefficients  # noqa: PLC0415  # not for --help
    from privseg.release.learned_asked import named  # noqa: PLC0415

    intercept, *weights = coefficients(statement)
    names = [named(n) for n in statement["asked"]["numbers"]]
    rows = [(name, f"{w:+g}") for name, w in zip(names, weights, strict=True)]
    table = Table(("from its least to its most", "log-odds "), rows, width=78)
    yield from (f"  {line}" for line in table.lines())
    yield f"  with all at their least: {intercept:+g}"
