# SPDX-License-Identifier: Apache-2.0
"""The acts that staff may record by hand, and what each must say to count."""

from __future__ import annotations

import re
from typing import Annotated

import typer

ACTS = (
    "grant", "refuse", "withdraw", "object", "restrict", "lift", "opt_out", "opt_in", "limit",
    "defer", "signal", "hold", "release_hold", "attest_age", "attest_jurisdiction", "merge",
    "unmerge", "activity", "use", "happened",
)  # fmt: skip
"""What can be recorded by hand. An erasure is a request (dsr), a settlement consent resolve."""
_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")  # ISO 3166-1, -2


def _act(given: str) -> str:
    """Return an act that can be recorded by hand.

    Raises:
        typer.BadParameter: it is none.
    """
    if given == "erase":
        raise typer.BadParameter("an erasure is a request: privseg dsr open erasure --id-from -")
    if given not in ACTS:
        raise typer.BadParameter(f"name one of: {', '.join(ACTS)}")
    return given


def _acts(incomplete: str) -> list[str]:
    """Return the acts that begin so, for the shell."""
    return [a for a in ACTS if a.startswith(incomplete)]


Act = Annotated[
    str,
    typer.Argument(
        help="grant, withdraw, refuse, object, restrict, ...",
        callback=_act,
        autocompletion=_acts,
    ),
]


def require_complete(
    act: str, purpose: str | None, category: list[str] | None, value: str | None
) -> None:
    """Refuse an act that says too little to count, before it is recorded for good.

    Raises:
        typer.BadParameter: a grant names no purpose or category, or what is attested is missing.
    """
    if act in {"grant", "opt_in"} and not (purpose and category):
        raise typer.BadParameter(f"a {act} names --purpose and --category: silence allows nothing")
    if act == "attest_age" and value is not None:
        raise typer.BadParameter("a date of birth goes on standard input, after the identifier")
    if act == "happened" and not value:
        raise typer.BadParameter("say what happened with --value, by the name that grants use")
    if act == "attest_jurisdiction" and not _JURISDICTION.fullmatch(value or ""):
        raise typer.BadParameter("say where with --value: a code such as DE or US-CA")
