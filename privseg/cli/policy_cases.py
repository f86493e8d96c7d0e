# SPDX-License-Identifier: Apache-2.0
"""privseg policy test: the rules must give the answers that their cases expect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import count, emit, epilog, finding_document, finding_lines, say, wrapped
from privseg.cli.refusals import findings_of
from privseg.cli.session import HERE, Folder, Json
from privseg.errors import InputError

if TYPE_CHECKING:
    from privseg.engine.policy.law_testing import LawResult
    from privseg.engine.policy.testing import CaseResult, PolicyTested
    from privseg.policy import Finding

FAILED = 1
SHAPE = (
    "{cases: [{name, place, because, expected, got, passed, wrong, decided}], "
    "law_cases, law_failures: [{name, place, expected, got}], "
    "uncovered: [{severity, message, place}], mistakes: [{severity, message, place}]}"
)
Strict = Annotated[
    bool, typer.Option("--strict", help="Fail, too, when a rule has no case, or there are none.")
]


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""
    app.command("test", epilog=epilog("privseg policy test --strict", SHAPE))(try_cases)


def try_cases(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of cases; default: all, and the law packs'.")
    ] = None,
    folder: Folder = HERE,
    *,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Try the cases of the rules.

    Cases are examples with the answer that is right, in policies/cases. Each goes through the code
    that decides; exit code 1 when an answer is another one. Needs the files alone: no key, no
    database.
    """
    try:
        tested, laws = _tried(folder, files or [])
    except InputError as error:
        _refused(findings_of(error), as_json=as_json)
        raise typer.Exit(FAILED) from None
    emit(_document(tested, laws), as_json=as_json, text=_lines(tested, laws))
    none = not tested.results
    if none and not as_json:
        say("there is no case; begin with one in policies/cases (docs/how-to/engineer.md)")
    failed = tested.failed or any(not r.passed for r in laws)
    if failed or (strict and (none or tested.uncovered)):
        raise typer.Exit(FAILED)


def _tried(folder: Path, files: list[Path]) -> tuple[PolicyTested, tuple[LawResult, ...]]:
    """Try the files, or everything there is."""
    from privseg.engine.policy.law_testing import try_laws  # noqa: PLC0415  # saves a second for --help
    from privseg.engine.policy.rulebook import Rulebook  # noqa: PLC0415  # likewise
    from privseg.engine.policy.testing import (  # noqa: PLC0415  # likewise
        PolicyTested,
        try_files,
        try_policy,
    )

    book = Rulebook.at(folder)
    if files:
        return PolicyTested(try_files(book.policy, [(f, str(f)) for f in files]).results), ()
    return try_policy(book.policy, book.cases, book.cases_name), try_laws(book.policy)


def _refused(findings: tuple[Finding, ...], *, as_json: bool) -> None:
    """Print the mistakes of the policy or of its cases."""
    document = {
        "cases": [], "law_cases": 0, "law_failures": [], "uncovered": [],
        "mistakes": finding_document(findings),
    }  # fmt: skip
    emit(document, as_json=as_json, text=finding_lines(findings))


def _document(tested: PolicyTested, laws: tuple[LawResult, ...]) -> dict[str, object]:
    """Return what was tried as JSON."""
    return {
        "cases": [_case(r) for r in tested.results],
        "law_cases": len(laws),
        "law_failures": [
            {"name": r.name, "place": str(r.place), "expected": r.expected, "got": r.got}
            for r in laws
            if not r.passed
        ],
        "uncovered": finding_document(tested.uncovered),
        "mistakes": [],
    }


def _case(r: CaseResult) -> dict[str, object]:
    """Return one case as JSON."""
    return {
        "name": r.name, "place": str(r.place), "because": r.because, "expected": r.expected,
        "got": str(r.got), "passed": r.passed, "wrong": list(r.wrong),
        "decided": list(r.got.decided),
    }  # fmt: skip


def _lines(tested: PolicyTested, laws: tuple[LawResult, ...]) -> list[str]:
    """Return what was tried as lines: failures first, then what has no case, then the sum."""
    lines = [line for r in tested.failed for line in _failure(r)]
    for r in laws:
        if not r.passed:
            lines.append(f"{r.place}: {r.name}: the law pack's case does not hold")
            lines += wrapped(f"expected {r.expected}; got {r.got}", indent="  ", after="    ")
    held = len(tested.results) - len(tested.failed)
    told = f"{count(held, 'case')} of {len(tested.results)} hold"
    broken = sum(not r.passed for r in laws)
    of_laws = f"; of the law packs {len(laws) - broken} of {len(laws)}" if laws else ""
    return [*lines, *finding_lines(tested.uncovered), told + of_laws]


def _failure(r: CaseResult) -> list[str]:
    """Return one failure: where, what, why the expected answer is right, and what decided."""
    return [
        f"{r.place}: {r.name}: {r.wrong[0]}",
        *(line for w in r.wrong[1:] for line in wrapped(w, indent="  ", after="    ")),
        *wrapped(f"right, because: {r.because}", indent="  ", after="    "),
        *wrapped(f"expected: {r.expected}", indent="  ", after="    "),
        *wrapped(f"got:      {r.got}", indent="  ", after="            "),
        *(line for d in r.got.decided for line in wrapped(d, indent="  by ", after="     ")),
    ]
