# SPDX-License-Identifier: Apache-2.0
"""privseg policy: check the rules, and ask them why."""

from __future__ import annotations

from typing import Annotated

import typer

from privseg.cli.output import emit, say
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.terms import Attribute, StaffRole

app = typer.Typer(name="policy", help="Check the rules and ask them why.", no_args_is_help=True)


@app.command("check", epilog="Example:  privseg policy check")
def check(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Load the policy and list what is wrong or doubtful in it, with file:line:column."""
    with workspace(folder, role, StaffRole.ENGINEER) as ws:
        findings = ws.check_policy()
        digest = ws.policy.digest
    emit(
        {"digest": digest, "findings": [{"severity": str(f.severity), "message": f.message,
                                         "place": str(f.place)} for f in findings]},
        as_json=as_json,
        text=[f"{f.place}: {f.severity}: {f.message}" for f in findings]
        or [f"the policy is sound ({digest[:12]})"],
    )  # fmt: skip
    if any(str(f.severity) == "error" for f in findings):
        raise typer.Exit(1)


@app.command("explain", epilog="Example:  privseg policy explain lifecycle-marketing religion")
def explain(
    segmenter: Annotated[str, typer.Argument(help="The segmenter.")],
    attribute: Annotated[str, typer.Argument(help="The attribute it would read.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Say whether a segmenter may read an attribute, and which rules make it so."""
    with workspace(folder, role, StaffRole.ENGINEER) as ws:
        decision = ws.explain(segmenter, Attribute(attribute))
    emit(
        {"allowed": decision.allowed, "reasons": list(decision.reasons),
         "errors": list(decision.errors)},
        as_json=as_json,
        text=["yes" if decision.allowed else "no",
              *(f"  {line}" for line in decision.reasons + decision.errors)],
    )  # fmt: skip
    if not decision.allowed:
        say("a no is the default: see policies/ for the place that would allow it")
        raise typer.Exit(3)
