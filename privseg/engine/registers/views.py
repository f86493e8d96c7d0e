# SPDX-License-Identifier: Apache-2.0
"""A register as it is handed out: a page to print, JSON, or a table; making one is on the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.errors import AnswerThereError
from privseg.engine.house import House
from privseg.engine.private_files import write_new
from privseg.engine.registers.processing import processing
from privseg.engine.registers.releases import releases
from privseg.errors import InputError
from privseg.report.language import Language, language
from privseg.report.registers import (
    finding_words,
    processing_csv,
    releases_csv,
    render_processing,
    render_releases,
)
from privseg.terms import StaffRole


class RegisterFormatError(InputError):
    """A file's name says of no format that a register is written in."""

    def __init__(self) -> None:
        super().__init__("name a file that ends in .html, .json or .csv; nothing was written")


@dataclass(frozen=True, slots=True)
class Said:
    """One finding in words; ``about`` is the rule, recipient or release that it is about."""

    code: str
    about: str
    says: str


@dataclass(frozen=True, slots=True)
class Register:
    """A register and what was found wrong or missing in it."""

    document: dict[str, Any]
    findings: tuple[Said, ...]


Json = Mapping[str, Any]
Made = Callable[[House], Any]


def register_processing(
    house: House, *, out: Path | None, code: str | None, role: StaffRole
) -> Register:
    """Return the record of processing, and write it where ``out`` says.

    Raises:
        AnswerThereError, RegisterFormatError: nothing can be written there.
        LanguageNotThereError: there is no translation to that language.
    """
    return _register(
        house, "register-processing", processing, render_processing, processing_csv, out, code, role
    )


def register_releases(
    house: House, *, out: Path | None, code: str | None, role: StaffRole
) -> Register:
    """Return the register of releases, and write it where ``out`` says.

    Raises:
        AnswerThereError, RegisterFormatError, LanguageNotThereError: as above.
    """
    return _register(
        house, "register-releases", releases, render_releases, releases_csv, out, code, role
    )


def _register(
    house: House,
    verb: str,
    make: Made,
    render: Callable[..., str],
    table: Callable[[Json], str],
    out: Path | None,
    code: str | None,
    role: StaffRole,
) -> Register:
    """Make a register; the log says so before anything is looked up."""
    words = language(code or house.config.language)
    if out is not None:
        _require_writable(out)
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": verb}))
    document: dict[str, Any] = make(house).document()
    if out is not None:
        write_new(out, _text(document, out, words, render, table).encode())
    said = (Said(f["code"], f["about"], finding_words(f)) for f in document["findings"])
    return Register(document, tuple(said))


def _require_writable(out: Path) -> None:
    if out.suffix not in {".html", ".json", ".csv"}:
        raise RegisterFormatError
    if out.exists():
        raise AnswerThereError(out)


def _text(
    document: Json,
    out: Path,
    words: Language,
    render: Callable[..., str],
    table: Callable[[Json], str],
) -> str:
    """Return the file that a name asks for."""
    match out.suffix:
        case ".json":
            return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        case ".csv":
            return table(document)
    return render(document, language=words)
