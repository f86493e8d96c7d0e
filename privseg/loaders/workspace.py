# SPDX-License-Identifier: Apache-2.0
"""A workspace's settings: ``privseg.yaml`` in its folder (``privseg: workspace/1``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field

from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import read_document
from privseg.terms import Currency, Place, StaffRole

SETTINGS = "privseg.yaml"
EUR = Currency("EUR")  # stands in for one that was a mistake, until the mistakes are told


class Environment(StrEnum):
    """What a workspace is for; keys of one are never used in the other."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """A workspace's settings, with every path made absolute.

    ``keys`` is None where the root key lies in the user's key folder, named by ``workspace_id``.
    ``staff`` says which roles a user of this machine may act in; empty, it says nothing.
    """

    root: Path
    workspace_id: str
    environment: Environment
    time_zone: str
    currency: Currency
    database: Path
    policies: Path
    segments: Path
    reports: Path
    keys: Path | None = None
    staff: Mapping[str, frozenset[StaffRole]] = field(default_factory=dict)
    place: Place = field(default=Place(SETTINGS, 1), compare=False)


class WorkspaceFile(Document):
    """The settings of a workspace."""

    privseg: Literal["workspace/1"] = Field(description="Kind and version of the file; first key.")
    id: str = Field(description="Names the workspace's keys; never changes.")
    environment: Environment = Environment.DEVELOPMENT
    time_zone: str = Field("UTC", description="IANA name; of calendar windows and local days.")
    currency: str = Field("EUR", description="ISO 4217 code; of amounts that name none.")
    database: str = Field(".privseg/workspace.db", description="Inside the workspace.")
    keys: str | None = Field(None, description="Root key file; default: the user's key folder.")
    policies: str = Field("policies", description="A folder, or a file, inside the workspace.")
    segments: str = Field("segments", description="A folder inside the workspace.")
    reports: str = Field("reports", description="A folder inside the workspace.")
    staff: Mapping[str, tuple[StaffRole, ...]] = Field(
        {}, description="The roles that users of this machine may act in, by user name."
    )


def load_workspace(folder: Path) -> WorkspaceConfig:
    """Return the settings of the workspace in ``folder``.

    Raises:
        DocumentError: there are none, or they are not usable; ``findings`` tells every mistake.
    """
    entry = read_document(folder / SETTINGS, WorkspaceFile)
    mistakes = Mistakes()
    root = folder.resolve()
    config = WorkspaceConfig(
        root=root,
        workspace_id=codes.spelt(entry.id, codes.NAME, entry.place("id"), mistakes),
        environment=entry.environment,
        time_zone=codes.time_zone(entry.time_zone, entry.place("time_zone"), mistakes),
        currency=codes.currency(entry.currency, entry.place("currency"), mistakes) or EUR,
        database=_inside(root, entry, "database", mistakes),
        policies=_inside(root, entry, "policies", mistakes),
        segments=_inside(root, entry, "segments", mistakes),
        reports=_inside(root, entry, "reports", mistakes),
        keys=None if entry.keys is None else root / Path(entry.keys).expanduser(),
        staff={user: frozenset(roles) for user, roles in entry.staff.items()},
        place=entry.place(),
    )
    mistakes.refuse()
    return config


def _inside(root: Path, entry: WorkspaceFile, key: str, mistakes: Mistakes) -> Path:
    """Return a path inside the workspace; a copy of the folder is then a copy of all of it."""
    path = PurePosixPath(getattr(entry, key))
    if path.is_absolute() or ".." in path.parts or "\\" in str(path) or not path.parts:
        mistakes.note("a path inside the workspace, such as data/shop.db", entry.place(key))
    return root / path
