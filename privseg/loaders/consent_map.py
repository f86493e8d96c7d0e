# SPDX-License-Identifier: Apache-2.0
"""What a consent file's columns and words mean: a YAML file (``privseg: consent-map/1``).

It is written once for a tool that exports consents, and given with each of its files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from privseg.consent import Act, Authority, Method
from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import read_document

ConsentField = Literal[
    "event_id",
    "act",
    "event_time",
    "purpose",
    "categories",
    "explicit",
    "notice",
    "language",
    "notice_sha256",
    "method",
    "authority",
    "jurisdiction",
    "expires_at",
    "expires_after",
    "until",
    "uses",
    "idle_days",
    "value",
    "target",
    "evidence",
]
"""What a row of a consent file may say (as the sources room reads it; a test compares them)."""

NEVER_CONSTANT = frozenset({"event_id", "target", "evidence"})
"""What no two rows may have in common."""


@dataclass(frozen=True, slots=True)
class ConsentMap:
    """How a consent file names its columns and words; ``columns`` gives the file's name of a field.

    ``values`` gives, by field, what the file's words mean in ours; ``constants`` what every row
    says. ``person`` None is the one column that no field is read from.
    """

    person: str | None = None
    id_kind: str | None = None
    target_kind: str | None = None
    time_zone: str = "UTC"
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class ConsentMapFile(Document):
    """What the columns and words of a consent file mean."""

    privseg: Literal["consent-map/1"] = Field(
        description="Kind and version of the file; first key."
    )
    person: str | None = Field(None, description="The column that says whom a row is about.")
    id_kind: str | None = Field(None, description="Which identifier that column holds.")
    target_kind: str | None = Field(
        None, description="Which identifier the other profile of a merge is named by."
    )
    time_zone: str = Field("UTC", description="IANA name; of times without an offset.")
    columns: Mapping[ConsentField, str] = Field(
        {}, description="The file's column of a field, where named otherwise."
    )
    constants: Mapping[ConsentField, str] = Field(
        {}, description="What every row says: who imports the file attests it."
    )
    values: Mapping[ConsentField, Mapping[str, str]] = Field(
        {}, description="By field, what the file's words mean in ours."
    )


def load_consent_map(path: Path, *, name: str | None = None) -> ConsentMap:
    """Return what the mapping in ``path`` says; ``name`` is how its places name the file.

    Raises:
        DocumentError: it is not usable; ``findings`` tells every mistake.
    """
    entry = read_document(path, ConsentMapFile, file=name)
    mistakes = Mistakes()
    for which in sorted({*entry.constants} & {*entry.columns}):
        place = entry.place("constants", which)
        mistakes.note(f"{which} is read from a column, too; take one of the two away", place)
    for which in sorted({*entry.constants} & NEVER_CONSTANT):
        mistakes.note("no two rows have it in common", entry.place("constants", which))
    _one_field_a_column(entry, mistakes)
    _own_words(entry, mistakes)
    zone = codes.time_zone(entry.time_zone, entry.place("time_zone"), mistakes)
    mistakes.refuse()
    return ConsentMap(
        person=entry.person,
        id_kind=entry.id_kind,
        target_kind=entry.target_kind,
        time_zone=zone,
        columns={str(which): column for which, column in entry.columns.items()},
        constants={str(which): said for which, said in entry.constants.items()},
        values={which: dict(words) for which, words in entry.values.items()},
    )


def _own_words(entry: ConsentMapFile, mistakes: Mistakes) -> None:
    """Note one of our own words that would mean another: a no would become a yes."""
    ours: Mapping[str, frozenset[str]] = {
        "act": frozenset(Act),
        "method": frozenset(Method),
        "authority": frozenset(a.name.lower() for a in Authority),
    }
    for which, words in entry.values.items():
        for word, meant in words.items():
            if word in ours.get(which, frozenset()) and word != meant:
                why = f"{word!r} is one of our own words and means itself"
                mistakes.note(why, entry.place("values", which))


def _one_field_a_column(entry: ConsentMapFile, mistakes: Mistakes) -> None:
    """Note a column that two fields, or a field and the person, would be read from."""
    taken = {} if entry.person is None else {entry.person: "person"}
    for which, column in entry.columns.items():
        if column in taken:
            why = f"{taken[column]} is read from this column already"
            mistakes.note(why, entry.place("columns", which))
        taken[column] = which
