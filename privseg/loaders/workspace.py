# SPDX-License-Identifier: Apache-2.0
"""A workspace's settings: ``privseg.yaml`` in its folder (``privseg: workspace/1``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field

from privseg.dsr.system_rules import SystemRules
from privseg.loaders import codes
from privseg.loaders.database_address import address, is_address
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import read_document
from privseg.loaders.key_uri import FILE, KeyUri, KeyUriError
from privseg.loaders.staff import ALWAYS_APART, Pair, Roles, Staff, load_staff, staff_within
from privseg.loaders.workspace_audit import AuditConfig, AuditEntry, audit_config
from privseg.loaders.workspace_systems import SystemEntry, systems_file, systems_of
from privseg.terms import Currency, Place, StaffRole

SETTINGS = "privseg.yaml"
DATABASE = ".privseg/workspace.db"
EUR = Currency("EUR")  # stands in for one that was a mistake, until the mistakes are told


class Environment(StrEnum):
    """What a workspace is for; keys of one are never used in the other."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """A workspace's settings, with every path made absolute.

    ``keys`` is None where the key container lies in the user's key folder, named by
    ``workspace_id``; ``key_scheme`` and ``key_name`` say who opens it (``key_uri``).
    ``staff`` says which roles a user of this machine may act in; empty, nobody may do anything.
    ``database`` is a file, or the address of a PostgreSQL server.
    It stands in ``staff_file`` (None: in the settings); ``apart`` are roles that nobody joins.
    """

    root: Path
    workspace_id: str
    environment: Environment
    time_zone: str
    currency: Currency
    database: Path | str
    policies: Path
    segments: Path
    reports: Path
    keys: Path | None = None
    key_scheme: str = FILE
    key_name: str = ""
    staff: Roles = field(default_factory=dict)
    staff_file: Path | None = None
    apart: frozenset[Pair] = ALWAYS_APART
    audit: AuditConfig = field(default_factory=AuditConfig)
    systems: tuple[SystemRules, ...] = ()
    systems_file: Path | None = None
    language: str = "en"  # of letters and answers, where the person asked in no other
    place: Place = field(default=Place(SETTINGS, 1), compare=False)

    @property
    def private(self) -> Path:
        """Return the folder of what only privseg writes: column store, heads, locks, sets."""
        beside = self.database if isinstance(self.database, Path) else self.root / DATABASE
        return beside.parent


class WorkspaceFile(Document):
    """The settings of a workspace."""

    privseg: Literal["workspace/1"] = Field(description="Kind and version of the file; first key.")
    id: str = Field(description="Names the workspace's keys; never changes.")
    environment: Environment = Environment.DEVELOPMENT
    time_zone: str = Field("UTC", description="IANA name; of calendar windows and local days.")
    currency: str = Field("EUR", description="ISO 4217 code; of amounts that name none.")
    language: str = Field(
        "en", description="Of letters and answers to people who asked in no other: en, de."
    )
    database: str = Field(
        DATABASE,
        description="A file inside the workspace, or postgresql://HOST/NAME without a password.",
    )
    keys: str | None = Field(
        None,
        description="Where the root keys lie and who opens them: a path, passphrase:PATH, "
        "environment:NAME?file=PATH; default: a file in the user's key folder.",
    )
    policies: str = Field("policies", description="A folder, or a file, inside the workspace.")
    segments: str = Field("segments", description="A folder inside the workspace.")
    reports: str = Field("reports", description="A folder inside the workspace.")
    staff: Mapping[str, tuple[StaffRole, ...]] | str = Field(
        {},
        description="The roles that users of this machine may act in, by user name; or the file "
        "that says so (privseg: staff/1), which may lie outside the workspace.",
    )
    audit: AuditEntry | None = Field(None, description="Retention of the log, and its anchors.")
    systems: Mapping[str, SystemEntry] | str = Field(
        {},
        description="Other systems that hold people's data, by name; or the file that says so "
        "(privseg: systems/1).",
    )


def load_workspace(folder: Path) -> WorkspaceConfig:
    """Return the settings of the workspace in ``folder``.

    Raises:
        DocumentError: there are none, or they are not usable; ``findings`` tells every mistake.
    """
    entry = read_document(folder / SETTINGS, WorkspaceFile)
    mistakes = Mistakes()
    root = folder.resolve()
    staff = _staff(root, entry, mistakes)
    keys = _keys(root, entry, mistakes)
    config = WorkspaceConfig(
        root=root,
        workspace_id=codes.spelt(entry.id, codes.NAME, entry.place("id"), mistakes),
        environment=entry.environment,
        time_zone=codes.time_zone(entry.time_zone, entry.place("time_zone"), mistakes),
        currency=codes.currency(entry.currency, entry.place("currency"), mistakes) or EUR,
        language=_language(entry, mistakes),
        database=_database(root, entry, mistakes),
        policies=_inside(root, entry, "policies", mistakes),
        segments=_inside(root, entry, "segments", mistakes),
        reports=_inside(root, entry, "reports", mistakes),
        keys=keys.path,
        key_scheme=keys.scheme,
        key_name=keys.name,
        staff=staff.roles,
        staff_file=staff.file if isinstance(entry.staff, str) else None,
        apart=staff.apart,
        audit=audit_config(entry.audit, root, mistakes),
        systems=systems_of(entry, entry.systems, root, mistakes),
        systems_file=systems_file(root, entry.systems) if isinstance(entry.systems, str) else None,
        place=entry.place(),
    )
    mistakes.refuse()
    return config


def _language(entry: WorkspaceFile, mistakes: Mistakes) -> str:
    """Return the language of letters, if letters have been translated to it."""
    if entry.language == "en":
        return entry.language
    from privseg.report.language import languages  # noqa: PLC0415  # English needs no catalogue

    if entry.language not in languages():
        there = ", ".join(languages())
        mistakes.note(f"there are letters in {there}; name one of them", entry.place("language"))
    return entry.language


def _keys(root: Path, entry: WorkspaceFile, mistakes: Mistakes) -> KeyUri:
    """Return where the keys lie."""
    try:
        return KeyUri.parse(entry.keys or "", root)
    except KeyUriError as error:
        mistakes.note(str(error), entry.place("keys"))
        return KeyUri(FILE)


def _staff(root: Path, entry: WorkspaceFile, mistakes: Mistakes) -> Staff:
    """Return who may act in which role, from the settings or the file that they name."""
    if isinstance(entry.staff, str):
        path = root / Path(entry.staff).expanduser()
        return load_staff(path, entry.place("staff"), mistakes)
    return staff_within(entry, entry.staff, root / SETTINGS, mistakes)


def _database(root: Path, entry: WorkspaceFile, mistakes: Mistakes) -> Path | str:
    """Return the file, or the address of the server, that the database is."""
    if is_address(entry.database):
        _no_links(root, PurePosixPath(DATABASE).parent, entry.place("database"), mistakes)
        return address(entry.database, entry.place("database"), mistakes)
    return _inside(root, entry, "database", mistakes)


def _inside(root: Path, entry: WorkspaceFile, key: str, mistakes: Mistakes) -> Path:
    """Return a path inside the workspace; a copy of the folder is then a copy of all of it."""
    path = PurePosixPath(getattr(entry, key))
    if path.is_absolute() or ".." in path.parts or "\\" in str(path) or not path.parts:
        mistakes.note("a path inside the workspace, such as data/shop.db", entry.place(key))
    else:
        _no_links(root, path, entry.place(key), mistakes)
    return root / path


def _no_links(root: Path, path: PurePosixPath, place: Place, mistakes: Mistakes) -> None:
    """Refuse a path that a symbolic link leads elsewhere.

    Else a folder with privseg.yaml of one's own, linked to another workspace's database, would say
    who may do what there.
    """
    for step in (*reversed(path.parents), path):
        if (root / step).is_symlink():
            mistakes.note(
                f"{step} is a symbolic link, so another folder's privseg.yaml could say who may do "
                "what with this data; put the folder or file itself there, or move the workspace",
                place,
            )
            return
