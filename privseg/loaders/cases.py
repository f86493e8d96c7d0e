# SPDX-License-Identifier: Apache-2.0
"""A file of cases (``privseg: cases/1``) as cases; every mistake of it is told at its place."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from privseg.loaders import codes
from privseg.loaders.case import PERSON, Case, Cases, Expected, MayRead, MayUse, Profile
from privseg.loaders.case_acts import read_profile
from privseg.loaders.case_times import absolute, moment
from privseg.loaders.cases_file import (
    CaseEntry,
    CasesFile,
    ExpectEntry,
    GivenEntry,
    ReadEntry,
    UseEntry,
)
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import read_document, yaml_files
from privseg.terms import Attribute, Category, Purpose

FOLDER = "cases"
"""The folder of a workspace's cases, beside the files of its policy."""


def load_cases(path: Path | Traversable, *, name: str | None = None) -> Cases:
    """Return the cases in a file; ``name`` is how places call it (default: the path).

    Raises:
        DocumentError: it is no file of cases; ``findings`` tells every mistake.
    """
    entry = read_document(path, CasesFile, file=name)
    mistakes = Mistakes()
    cases = tuple(_case(n, c, entry, mistakes) for n, c in entry.cases.items())
    if not cases:
        mistakes.note("name at least one case", entry.place("cases"))
    if entry.policy is not None and not _is_beside(entry.policy):
        mistakes.note("a policy file in the folder of the cases", entry.place("policy"))
    mistakes.refuse()
    return Cases(entry.place().file, cases, entry.policy, entry.place("policy"))


def case_files(folder: Path | Traversable, name: str) -> list[tuple[Path | Traversable, str]]:
    """Return the files of cases in a folder, each with the name that places give it; [] if none.

    Only files whose first line says so are cases: a policy may lie beside those that it judges.
    """
    if not folder.is_dir() or not any(p.name.endswith((".yaml", ".yml")) for p in folder.iterdir()):
        return []
    return [(file, called) for file, called in yaml_files(folder, name) if _says_cases(file)]


def _says_cases(file: Path | Traversable) -> bool:
    """Return whether a file is not plainly of another kind; what is unreadable is told later."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return True
    said = [line for line in lines if line.startswith("privseg:")]
    return not said or said[0].removeprefix("privseg:").strip().startswith("cases/")


def _is_beside(text: str) -> bool:
    """Return whether a path stays in the folder."""
    path = PurePosixPath(text)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in text


def _case(name: str, entry: CaseEntry, file: CasesFile, mistakes: Mistakes) -> Case:
    """Return one case."""
    codes.spelt(name, codes.NAME, entry.place(), mistakes)
    if not entry.because.strip():
        mistakes.note("say why the answer is right", entry.place("because"))
    ask = _ask(entry.ask, file, mistakes)
    if entry.given is None and isinstance(ask, MayUse):
        mistakes.note("say what is given of the person: given: {}", entry.place("ask"))
    return Case(
        name=name,
        because=entry.because,
        ask=ask,
        expected=_expected(entry, mistakes),
        place=entry.place(),
        given=None if entry.given is None else _given(entry.given, ask, mistakes),
    )


def _ask(entry: ReadEntry | UseEntry, file: CasesFile, mistakes: Mistakes) -> MayRead | MayUse:
    """Return the question."""
    at = absolute(
        entry.at or file.at, entry.place("at") if entry.at else file.place("at"), mistakes
    )
    known = entry.known_at
    known_at = None if known is None else moment(known, at, entry.place("known_at"), mistakes)
    if isinstance(entry, UseEntry):
        purpose, category = Purpose(entry.purpose), Category(entry.category)
        return MayUse(purpose, category, at, known_at, entry.place())
    attribute = Attribute(entry.attribute)
    return MayRead(entry.segmenter, attribute, entry.role, at, known_at, entry.place())


def _given(entry: GivenEntry, ask: MayRead | MayUse, mistakes: Mistakes) -> dict[str, Profile]:
    """Return the person's profiles, their own first."""
    for name, profile in entry.linked.items():
        codes.spelt(name, codes.NAME, profile.place(), mistakes)
    everybody = {PERSON: entry, **entry.linked}
    named = [a for p in everybody.values() for a in p.acts if a.name is not None]
    codes.once((str(a.name) for a in named), (a.place("name") for a in named), mistakes)
    names = frozenset(str(a.name) for a in named)
    others = frozenset(entry.linked)
    return {
        name: read_profile(p, ask.at, others=others, acts=names, mistakes=mistakes)
        for name, p in everybody.items()
    }


def _expected(entry: CaseEntry, mistakes: Mistakes) -> Expected:
    """Return the answer that is right; what only a person's answer has needs a person."""
    expect = entry.expect
    if not isinstance(expect, ExpectEntry):
        return Expected(expect == "allowed", entry.place("expect"))
    for key in ("status", "reason", "reasons"):
        if getattr(expect, key) is not None and entry.given is None:
            mistakes.note("only an answer about a person has it: say given", expect.place(key))
    if expect.reason is not None and expect.reasons is not None:
        mistakes.note("say reason (one of them) or reasons (all of them)", expect.place("reasons"))
    if expect.says is not None and not isinstance(entry.ask, ReadEntry):
        mistakes.note("only a read has grounds of policy", expect.place("says"))
    return Expected(
        allowed=expect.answer == "allowed",
        place=expect.place("answer"),
        status=expect.status,
        reason=expect.reason,
        reasons=None if expect.reasons is None else frozenset(expect.reasons),
        says=expect.says,
    )
