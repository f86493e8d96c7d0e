# SPDX-License-Identifier: Apache-2.0
"""privseg policy: check the rules, and ask them why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import emit, epilog, finding_document, finding_lines, say, wrapped, yes
from privseg.cli.refusals import findings_of, reason_lines
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.errors import InputError
from privseg.terms import Attribute

if TYPE_CHECKING:
    from privseg.policy import Explanation

app = typer.Typer(
    name="policy",
    help="Check the rules and ask them why.",
    epilog="Example:  privseg policy explain lifecycle-marketing age",
    no_args_is_help=True,
)
UNSOUND, REFUSED = 1, 3


@app.command(
    "check",
    epilog=epilog("privseg policy check", "{digest, findings: [{severity, message, place}]}"),
)
def check(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List what is wrong or doubtful, with file:line:column.

    Exit code 1 when something is wrong; doubts only ask for a look.
    """
    digest = None
    with workspace(folder, role) as ws:
        try:
            findings, digest = ws.check_policy(), ws.policy.digest
        except InputError as error:
            findings = findings_of(error)
    emit(
        {"digest": digest, "findings": finding_document(findings)},
        as_json=as_json,
        text=finding_lines(findings) or [f"the policy is sound ({str(digest)[:12]})"],
    )
    if digest is None or any(str(f.severity) == "error" for f in findings):
        raise typer.Exit(UNSOUND)


@app.command(
    "explain",
    epilog=epilog(
        "privseg policy explain lifecycle-marketing religion",
        "{question, allowed, grounds: [{holds, text, place, remedy}]}",
    ),
)
def explain(
    segmenter: Annotated[str, typer.Argument(help="The segmenter.")],
    attribute: Annotated[str, typer.Argument(help="The attribute it would read.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Say whether a segmenter may read an attribute, and why.

    Every ground is told: + holds, - does not. One that does not is enough for a no, and exit
    code 3.
    """
    from privseg.policy import explain as asked  # noqa: PLC0415  # loaded with the workspace

    with workspace(folder, role) as ws:
        told = asked(ws.policy, segmenter=segmenter, attribute=Attribute(attribute), actor=role)
    emit(_document(told), as_json=as_json, text=_lines(told))
    if not told.allowed:
        if not as_json:
            say("whatever the policy does not allow is refused")
        raise typer.Exit(REFUSED)


def _document(told: Explanation) -> dict[str, object]:
    """Return an explanation as JSON."""
    return {
        "question": told.question, "allowed": told.allowed,
        "grounds": [{"holds": g.holds, "text": g.text, "remedy": g.remedy or None,
                     "place": str(g.place) if g.place else None} for g in told.grounds],
    }  # fmt: skip


def _lines(told: Explanation) -> list[str]:
    """Return an explanation as lines: the answer, then every ground."""
    lines = wrapped(f"{told.question} {yes(told.allowed)}", after="  ")
    for ground in told.grounds:
        what, *remedy = reason_lines(str(ground))
        lines += wrapped(what, indent=f"  {'+' if ground.holds else '-'} ", after="    ")
        lines += [line for r in remedy for line in wrapped(r, indent="      ", after="        ")]
    return lines
