# SPDX-License-Identifier: Apache-2.0
"""The ``systems:`` section of ``privseg.yaml``, or a file of its own (``privseg: systems/1``).

It says where else people's data are. No password stands in it, and nothing of any person.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from privseg.dsr.system_rules import Keep, SystemKind, SystemRules, TableRules
from privseg.dsr.systems import OnErasure
from privseg.loaders import codes
from privseg.loaders.database_address import address
from privseg.loaders.document import Document
from privseg.loaders.errors import DocumentError, Mistakes
from privseg.loaders.files import read_document
from privseg.loaders.segment_windows import ago
from privseg.pseudonym import identifies
from privseg.terms import Place

NAMED = re.compile(r"\w[\w .=\-]{0,127}(/\w[\w .=\-]{0,127}){0,8}")  # a table, or a path to one
GROUND = re.compile(r"[A-Za-z][A-Za-z0-9:._\-]{0,99}")
ENCODINGS = ("utf-8", "cp1252", "iso8859-1", "iso8859-15", "ascii")  # one character, one meaning


class KeepEntry(Document):
    """Why rows, or what is left of them, stay after an erasure."""

    ground: str = Field(description="Code of a ground of the law: see the law packs, grounds.")
    for_: str = Field(alias="for", description="How long: 10y, 18mo, 400d.")


class TableEntry(Document):
    """One table: whose its rows are, and what an erasure does with them."""

    person: str = Field(description="The column that says whose a row is.")
    identifier: str = Field(description="The kind of identifier in it: email, customer_number, …")
    columns: tuple[str, ...] | Literal["all"] = Field(
        "all", description="The columns that are the person's: shown to them, emptied by blank."
    )
    on_erasure: Literal["delete", "blank"] | None = Field(
        None, description="delete rows, or blank their columns; left out with keep: nothing."
    )
    keep: KeepEntry | None = Field(None, description="What stays, by which ground, how long.")
    cascades: tuple[str, ...] = Field(
        (), description="Tables whose rows the database itself takes, or empties, with these."
    )


class SystemEntry(Document):
    """Another system that holds people's data."""

    kind: SystemKind
    where: str = Field(
        "", description="A file or folder; postgresql://HOST/NAME without a password."
    )
    people: str = Field("", description="work_order: who does it; the letter is to them.")
    tables: Mapping[str, TableEntry] = Field(description="Its tables, or files and folders.")
    vacuum: bool = Field(
        default=False, description="sqlite, postgresql: write the tables anew after an erasure."
    )
    delimiter: str = Field(",", description="csv: what stands between two fields.")
    encoding: str = Field("utf-8", description="csv: how its text is written.")


class SystemsFile(Document):
    """The other systems that hold people's data."""

    privseg: Literal["systems/1"] = Field(description="Kind and version of the file; first key.")
    systems: Mapping[str, SystemEntry]


def systems_of(
    entry: Document,
    said: Mapping[str, SystemEntry] | str,
    root: Path,
    mistakes: Mistakes,
) -> tuple[SystemRules, ...]:
    """Return the systems of the section, or of the file that it names; note every mistake."""
    if isinstance(said, str):
        try:
            entry = read_document(systems_file(root, said), SystemsFile)
        except DocumentError as error:
            mistakes.findings.extend(error.findings)
            mistakes.note("the file of systems that is named here cannot be used",
                          entry.place("systems"))  # fmt: skip
            return ()
        said = entry.systems
    for name in said:
        codes.spelt(name, codes.NAME, entry.place("systems", name), mistakes)
    return tuple(_system(name, each, root, mistakes) for name, each in said.items())


def systems_file(root: Path, said: str) -> Path:
    """Return where the file of systems is that a workspace's settings name."""
    return root / Path(said).expanduser()


def _system(name: str, entry: SystemEntry, root: Path, mistakes: Mistakes) -> SystemRules:
    if not entry.tables:
        mistakes.note("no table: name the tables that hold people's data", entry.place("tables"))
    _of_its_kind(entry, mistakes)
    return SystemRules(
        name=name,
        kind=entry.kind,
        where=_where(entry, root, mistakes),
        tables=tuple(_table(n, t, entry, mistakes) for n, t in entry.tables.items()),
        vacuum=entry.vacuum,
        delimiter=entry.delimiter,
        encoding=_encoding(entry, mistakes),
        people=entry.people,
        places={n: str(t.place()) for n, t in entry.tables.items()},
    )


def _of_its_kind(entry: SystemEntry, mistakes: Mistakes) -> None:
    """Note what a system of its kind cannot have."""
    kind = entry.kind
    if entry.vacuum and kind not in {SystemKind.SQLITE, SystemKind.POSTGRESQL}:
        mistakes.note("vacuum is for sqlite and postgresql alone", entry.place("vacuum"))
    if kind is not SystemKind.CSV:
        for key, usual in (("delimiter", ","), ("encoding", "utf-8")):
            if getattr(entry, key) != usual:
                mistakes.note(f"{key} is for csv alone", entry.place(key))
    if len(entry.delimiter) != 1 or entry.delimiter in '"\r\n\0':
        mistakes.note("one character, such as ';'", entry.place("delimiter"))
    if (kind is SystemKind.WORK_ORDER) != bool(entry.people.strip()):
        why = (
            "a work order is a letter: say to whom" if not entry.people else "for work_order alone"
        )
        mistakes.note(why, entry.place("people"))


def _where(entry: SystemEntry, root: Path, mistakes: Mistakes) -> str:
    """Return the address of a server, or an absolute path; links on the way are judged on use."""
    place = entry.place("where")
    if entry.kind is SystemKind.WORK_ORDER:
        if entry.where:
            mistakes.note("a work order is for what cannot be reached: leave it out", place)
        return ""
    if not entry.where.strip():
        mistakes.note("say where it is: a file, a folder or an address", place)
    if entry.kind is SystemKind.POSTGRESQL:
        return address(entry.where, place, mistakes)
    if "://" in entry.where:
        mistakes.note("a path on this machine, not an address", place)
    return str((root / Path(entry.where).expanduser()).absolute())


def _encoding(entry: SystemEntry, mistakes: Mistakes) -> str:
    """Return Python's name of an encoding that turns bytes into text and back without loss."""
    try:
        name = codecs.lookup(entry.encoding).name
    except (LookupError, ValueError):
        name = ""
    if name not in ENCODINGS:
        mistakes.note(f"one of {', '.join(ENCODINGS)}", entry.place("encoding"))
    return name


def _table(name: str, entry: TableEntry, of: SystemEntry, mistakes: Mistakes) -> TableRules:
    place = of.place("tables", name)
    if not NAMED.fullmatch(name) or ("/" in name and not of.kind.is_folder):
        mistakes.note("not the name of a table, or of a file or folder below 'where'", place)
    columns = () if isinstance(entry.columns, str) else entry.columns
    codes.once(columns, [entry.place("columns", i) for i in range(len(columns))], mistakes)
    codes.spelt(entry.identifier, codes.WORD, entry.place("identifier"), mistakes)
    if not identifies(entry.identifier):
        mistakes.note("two people may share it: an erasure by it would take other people's rows",
                      entry.place("identifier"))  # fmt: skip
    return TableRules(
        name=name,
        person=entry.person,
        identifier=entry.identifier,
        columns=columns,
        on_erasure=_on_erasure(entry, columns, mistakes),
        keep=_keep(entry.keep, mistakes),
        cascades=frozenset(entry.cascades),
    )


def _on_erasure(entry: TableEntry, columns: tuple[str, ...], mistakes: Mistakes) -> OnErasure:
    """Return what happens to rows; something must: silence is no ground to keep anything."""
    said = entry.on_erasure
    if said is None:
        if entry.keep is None:
            mistakes.note("say on_erasure: delete or blank; or keep, with its ground",
                          entry.place())  # fmt: skip
        return OnErasure.KEEP
    if said == "delete" and entry.keep is not None:
        mistakes.note("rows that are deleted cannot be kept: leave on_erasure out, or say blank",
                      entry.place("keep"))  # fmt: skip
    if said == "blank" and not columns:
        mistakes.note("blank empties the columns that are named: list them, or say delete",
                      entry.place("on_erasure"))  # fmt: skip
    return OnErasure(said)


def _keep(entry: KeepEntry | None, mistakes: Mistakes) -> Keep | None:
    if entry is None:
        return None
    if not GROUND.fullmatch(entry.ground):
        mistakes.note("the code of a ground, such as A17LegalClaims", entry.place("ground"))
    _span(entry, entry.place("for"), mistakes)
    return Keep(entry.ground, entry.for_)


def _span(entry: KeepEntry, place: Place, mistakes: Mistakes) -> None:
    ago(entry.for_, place, mistakes, spelt="how long: 10y, 18mo or 400d")
