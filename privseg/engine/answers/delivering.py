# SPDX-License-Identifier: Apache-2.0
"""Answering with a copy of data: gathered, sealed for the person, handed over.

Sealed unless somebody asks for the plain files: one page that the person opens in any browser,
and apart from it a letter with the passphrase, which is kept nowhere (ADR 0025). Plain ones are for
an officer to check, or for paper; ``seal_answer`` seals them afterwards, reading nothing anew. They
lie in a folder of the owner's alone until they are sealed, the request closed or the person erased.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from privseg.dsr import Case, RequestKind, StepKind
from privseg.dsr.sealed_answer import AnswerFile, new_passphrase
from privseg.engine.answers.access import access_answer
from privseg.engine.answers.categories import categories_answer
from privseg.engine.answers.page_wording import page_wording
from privseg.engine.answers.portability import portability_answer
from privseg.engine.answers.sealing import sealed_answer
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.outcomes import ANSWERS, Ran, private_file
from privseg.engine.dsr.steps import take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.errors import InputError, StorageError
from privseg.report.language import ENGLISH, Language, languages
from privseg.report.language import language as language_of
from privseg.report.person import render_access, render_categories, render_portability
from privseg.report.person_csv import tables_of
from privseg.terms import Ordinal, StaffRole

MEDIA = {
    "json": "application/json",
    "html": "text/html",
    "csv": "text/csv",
    "jsonl": "application/jsonl",
}


JSON_NAME, PAGE_NAME, SEALED = "json", "html", "sealed"
Answered = tuple[AnswerFile, ...]
"""An answer in all its forms: the document first, then the page to read, then every list."""


class PlainAnswerLeftError(StorageError):
    """An answer was sealed, and its plain files are still there."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the answer is sealed, but its plain files could not be removed ({why}); remove them "
            "from the folder of answers, or close the request, which does"
        )
        self.why = why


class NoPlainAnswerError(InputError):
    """A request has no plain files to seal; nothing was changed."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"there are no plain files of request {number} to seal; it is sealed from the start "
            f"with: privseg dsr run {number}"
        )
        self.number = number


def answer_sealed(house: House, number: int, *, out: Path, role: StaffRole) -> Ran:
    """Answer a request for a copy of data, sealed. The read is on the log before a row is read.

    It may be run again after it was cut short: then the passphrase is another one.

    Raises:
        CaseStateError: the request is answered already.
        PrivsegError: something that the answer needs cannot be read; nothing is handed over.
    """
    return _answered(house, number, out, role, plain=False)


def answer_plain(house: House, number: int, *, out: Path, role: StaffRole) -> Ran:
    """Answer as ``answer_sealed`` does, in plain files: for an officer to check, or for paper.

    Raises:
        CaseStateError, PrivsegError: as above.
    """
    return _answered(house, number, out, role, plain=True)


def seal_answer(house: House, number: int, *, out: Path, role: StaffRole) -> list[Path]:
    """Seal the plain files of an answer and remove them; nothing is read of anybody anew.

    Raises:
        UnknownCaseError: no request has this number.
        NoPlainAnswerError: there are no plain files of it in the folder; nothing was changed.
        PlainAnswerLeftError: it is sealed, but plain files could not be removed.
    """
    house.cases.case(number)
    there = {
        path.name.removeprefix(f"request-{number}."): path for path in plain_files(out, number)
    }
    if JSON_NAME not in there:
        raise NoPlainAnswerError(number)
    first = [name for name in (JSON_NAME, PAGE_NAME) if name in there]
    names = [*first, *sorted(set(there) - set(first))]
    made = tuple(
        AnswerFile(_inside(name), MEDIA[name.rpartition(".")[2]], _text(there[name]))
        for name in names
    )
    files = _seal(house, number, made, out=out, role=role)
    _remove([there[name] for name in names])  # the document first: no part is ever sealed alone
    return files


def plain_files(out: Path, number: int) -> list[Path]:
    """Return the plain files of an answer in a folder: no letter, and nothing that is sealed."""
    letters = {f"{kind.value}.html" for kind in LetterKind} | {f"{SEALED}.html"}
    found = (p for p in out.glob(f"request-{number}.*") if p.suffix[1:] in MEDIA)
    own = (p for p in found if p.name.removeprefix(f"request-{number}.") not in letters)
    return sorted(own)


def remove_answers(house: House, numbers: Iterable[int]) -> None:
    """Remove what was written for requests from the workspace's folder of answers."""
    for number in numbers:
        for name in (f"request-{number}.*", f".request-{number}.*"):  # or half written
            _remove((house.config.root / ANSWERS).glob(name))


def _answered(house: House, number: int, out: Path, role: StaffRole, *, plain: bool) -> Ran:
    """Gather, write and end."""
    person = house.cases.subject(number)  # nobody, where the identifier is not known here
    take_step(house, number, StepKind.RUNNING, role=role, people=tied(house, person))
    made = answer_to(house, house.cases.case(number), person)
    files = (
        [_write(out, number, file) for file in made]
        if plain
        else _seal(house, number, made, out=out, role=role)
    )
    take_step(house, number, StepKind.DONE, role=role)
    return Ran(files, StepKind.DONE)


def answer_to(house: House, case: Case, person: Ordinal | None) -> Answered:
    """Return the answer to a request in all its forms. The caller has put the read on the log."""
    spoken = language_for(house, case.number)
    document = _GATHER[case.kind](house, case, person, spoken.code)
    page = _RENDER[case.kind](house, document, spoken)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    lists = [
        AnswerFile(f"{name}.csv", MEDIA["csv"], text) for name, text in tables_of(document).items()
    ]
    lines = [
        AnswerFile(f"data-{name}.jsonl", MEDIA["jsonl"], text) for name, text in _lines(document)
    ]
    return (
        AnswerFile("answer.json", MEDIA["json"], text),
        AnswerFile("answer.html", MEDIA["html"], page),
        *lists,
        *lines,
    )


def language_for(house: House, number: int) -> Language:
    """Return the person's language, else the workspace's; English where there is no such one."""
    code = (house.cases.asked(number).language or house.config.language).partition("-")[0]
    return language_of(code) if code in languages() else ENGLISH


def _seal(house: House, number: int, made: Answered, *, out: Path, role: StaffRole) -> list[Path]:
    """Write the sealed answer and the letter with its passphrase, which nobody keeps."""
    randbits = house.outside.randbits
    passphrase = new_passphrase(randbits)
    page = sealed_answer(
        made,
        passphrase,
        controller=house.policy.controller,
        language=language_for(house, number),
        randbits=randbits,
    )
    sealed = private_file(out / f"request-{number}.{SEALED}.html", page)
    facts = {"file": sealed.name, "passphrase": passphrase}
    letter = write_letter(house, number, LetterKind.PASSPHRASE, facts=facts, out=out, role=role)
    return [sealed, letter]


def _write(out: Path, number: int, file: AnswerFile) -> Path:
    """Write one plain file."""
    name = file.name.removeprefix("answer.")
    return private_file(out / f"request-{number}.{name}", file.text)


def _remove(paths: Iterable[Path]) -> None:
    """Remove files.

    Raises:
        PlainAnswerLeftError: the system refuses.
    """
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise PlainAnswerLeftError(error.strerror or "the system refuses") from None


def _inside(name: str) -> str:
    """Return how a plain file is called inside a sealed answer."""
    return f"answer.{name}" if name in {JSON_NAME, PAGE_NAME} else name


def _text(path: Path) -> str:
    """Return a file's text as it was written, its line ends among it."""
    return path.read_bytes().decode("utf-8")


def _lines(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield each source of data to take along as JSON lines, which lose nothing of a text."""
    for source in document.get("sources", ()):
        rows = (json.dumps(row, ensure_ascii=False) + "\n" for row in source["rows"])
        yield source["source"], "".join(rows)


_Gather = Callable[[House, Case, Ordinal | None, str], dict[str, object]]
_GATHER: Mapping[RequestKind, _Gather] = {
    RequestKind.ACCESS: lambda *given: access_answer(*given).document(),
    RequestKind.CATEGORIES: lambda *given: categories_answer(*given).document(),
    RequestKind.PORTABILITY: lambda *given: portability_answer(*given).document(),
}
_Render = Callable[[House, Mapping[str, Any], Language], str]
_RENDER: Mapping[RequestKind, _Render] = {
    RequestKind.ACCESS: lambda house, document, spoken: render_access(
        document, language=spoken, wording=page_wording(house, document, spoken)
    ),
    RequestKind.CATEGORIES: lambda _, document, spoken: render_categories(
        document, language=spoken
    ),
    RequestKind.PORTABILITY: lambda _, document, spoken: render_portability(
        document, language=spoken
    ),
}
