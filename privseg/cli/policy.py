# SPDX-License-Identifier: Apache-2.0
"""privseg policy: check the rules, ask them why, and print their schemas for editors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import policy_approve, policy_cases, policy_diff, policy_impact
from privseg.cli.output import emit, epilog, finding_document, finding_lines, say, wrapped, yes
from privseg.cli.refusals import findings_of, reason_lines
from privseg.cli.session import HERE, Folder, Json
from privseg.errors import InputError
from privseg.terms import Attribute, StaffRole

if TYPE_CHECKING:
    from privseg.policy import Explanation

app = typer.Typer(
    name="policy",
    help="Check rules, try, compare and approve them.",
    epilog="Example:  privseg policy explain lifecycle-marketing age",
    no_args_is_help=True,
)
UNSOUND, REFUSED = 1, 3
Role = Annotated[
    StaffRole | None,
    typer.Option("--as", help="The role that would run it; default: one that may."),
]
Out = Annotated[Path | None, typer.Option(help="Write it to this file.")]


@app.command(
    "check",
    epilog=epilog(
        "privseg policy check --strict", "{digest, findings: [{severity, message, place}]}"
    ),
)
def check(
    folder: Folder = HERE,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Doubts fail, too.")] = False,
    as_json: Json = False,
) -> None:
    """List what is wrong or doubtful, with file:line:column.

    Exit code 1 when something is wrong; doubts only ask for a look, unless --strict. Needs the
    files alone: no key, no database.
    """
    from privseg.engine.policy.rulebook import Rulebook  # noqa: PLC0415  # saves a second for --help
    from privseg.policy import check as checked  # noqa: PLC0415  # likewise

    digest = None
    try:
        policy = Rulebook.at(folder).policy
        findings, digest = checked(policy), policy.digest
    except InputError as error:
        findings = findings_of(error)
    emit(
        {"digest": digest, "findings": finding_document(findings)},
        as_json=as_json,
        text=finding_lines(findings) or [f"the policy is sound ({str(digest)[:12]})"],
    )
    if digest is None or any(strict or str(f.severity) == "error" for f in findings):
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
    role: Role = None,
    *,
    as_json: Json = False,
) -> None:
    """Say whether a segmenter may read an attribute, and why.

    Every ground is told: + holds, - does not. One that does not is enough for a no, and exit
    code 3.
    """
    from privseg.engine.policy.rulebook import Rulebook  # noqa: PLC0415  # saves a second for --help
    from privseg.policy import explain as asked  # noqa: PLC0415  # likewise

    policy = Rulebook.at(folder).policy
    told = asked(policy, segmenter=segmenter, attribute=Attribute(attribute), actor=role)
    emit(_document(told), as_json=as_json, text=_lines(told))
    if not told.allowed:
        if not as_json:
            say("whatever the policy does not allow is refused")
        raise typer.Exit(REFUSED)


@app.command(
    "schema",
    epilog=epilog("privseg policy schema policy --out policy.schema.json", "{kind, schema, out}"),
)
def schema(
    kind: Annotated[
        str, typer.Argument(help="policy, segment, report, cases, law, ...")
    ] = "policy",
    out: Out = None,
    *,
    as_json: Json = False,
) -> None:
    """Print the JSON Schema of a kind of file.

    In VS Code with the YAML extension, settings.json maps files to it:
    "yaml.schemas": {"./policy.schema.json": "policies/*.yaml"}. With --json it comes inside an
    object that names the kind.
    """
    from privseg.loaders.schemas import DOCUMENTS, schema_text  # noqa: PLC0415  # saves a second
    from privseg.loaders.schemas import schema as made  # noqa: PLC0415  # likewise

    if kind not in DOCUMENTS:
        raise typer.BadParameter(f"name one of: {', '.join(DOCUMENTS)}")
    if out is not None:
        out.write_text(schema_text(kind), "utf-8")
    document = {
        "kind": kind,
        "schema": None if out else made(kind),
        "out": str(out) if out else None,
    }
    emit(document, as_json=as_json, text=str(out) if out else schema_text(kind).rstrip())
    if out is not None and not as_json:
        say(f"next: in the editor, map your {kind} files to {out}")


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


for module in (policy_cases, policy_diff, policy_impact, policy_approve):
    module.register(app)
