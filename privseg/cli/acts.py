# SPDX-License-Identifier: Apache-2.0
"""The acts that staff may record by hand, and what each must say to count."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

import typer

ACTS = (
    "grant", "refuse", "withdraw", "object", "restrict", "lift", "opt_out", "opt_in", "limit",
    "defer", "hold", "release_hold", "attest_age", "attest_jurisdiction",
)  # fmt: skip
"""What can be recorded by hand. An erasure is a request (dsr); merges are not built."""
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
    if act == "attest_age" and not _is_day(value or ""):
        raise typer.BadParameter("say when they were born with --value: a day such as 1990-05-17")
    if act == "attest_jurisdiction" and not _JURISDICTION.fullmatch(value or ""):
        raise typer.BadParameter("say where with --value: a code such as DE or US-CA")


def _is_day(text: str) -> bool:
    """Return whether a text is an ISO day."""
    try:
        return date.fromisoformat(text) is not None
    except ValueError:
        return False
