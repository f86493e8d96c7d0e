# SPDX-License-Identifier: Apache-2.0
"""Who may act in which role: ``staff:`` of ``privseg.yaml``, or a file of its own.

The file (``privseg: staff/1``) may lie outside the workspace, where only the administrator writes.
Users are those of the operating system, by name; one without a name is written as its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Literal

from pydantic import Field

from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import DocumentError, Mistakes
from privseg.loaders.files import read_document
from privseg.terms import Place, StaffRole

Roles = Mapping[str, frozenset[StaffRole]]
Pair = frozenset[StaffRole]

ALWAYS_APART: frozenset[Pair] = frozenset({frozenset({StaffRole.ADMIN, StaffRole.AUDITOR})})
"""Roles that no user may hold together: who holds the keys does not judge the record."""

LONGEST_NAME = 64  # a text longer than that is no user's name on any system in use


class StaffFile(Document):
    """Who may act in which role."""

    privseg: Literal["staff/1"] = Field(description="Kind and version of the file; first key.")
    staff: Mapping[str, tuple[StaffRole, ...]] = Field(
        description="The roles of each user of this machine, by user name."
    )
    apart: tuple[tuple[StaffRole, ...], ...] = Field(
        (),
        description="More roles that no user may hold together: "
        "[[engineer, compliance_officer]]; admin and auditor never.",
    )


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may act in which role, and the file that says so."""

    roles: Roles
    file: Path
    apart: frozenset[Pair] = field(default=ALWAYS_APART)


def load_staff(path: Path, place: Place, mistakes: Mistakes) -> Staff:
    """Return the mapping that a file of its own holds; ``place`` is where the file is named."""
    try:
        entry = read_document(path, StaffFile)
    except DocumentError as error:
        mistakes.findings.extend(error.findings)
        mistakes.note("the staff file that is named here cannot be used", place)
        return Staff({}, path)
    apart = ALWAYS_APART | _pairs(entry, mistakes)
    return Staff(_roles(entry, entry.staff, apart, mistakes), path, apart)


def staff_within(
    entry: Document, staff: Mapping[str, tuple[StaffRole, ...]], file: Path, mistakes: Mistakes
) -> Staff:
    """Return the mapping that stands in the settings themselves."""
    return Staff(_roles(entry, staff, ALWAYS_APART, mistakes), file)


def _roles(
    entry: Document,
    staff: Mapping[str, tuple[StaffRole, ...]],
    apart: frozenset[Pair],
    mistakes: Mistakes,
) -> Roles:
    """Return the roles of each user; note what no user may hold together."""
    for user, roles in staff.items():
        places = [entry.place("staff", user, i) for i in range(len(roles))]
        codes.once(roles, places, mistakes)
        if not user.strip() or len(user) > LONGEST_NAME or not user.isprintable():
            mistakes.note("not the name of a user", entry.place("staff", user))
        if not roles:
            message = "no role: name the user's roles, or leave the user out"
            mistakes.note(message, entry.place("staff", user))
        for one, other in _together(roles, apart):
            message = f"no user may be both {one} and {other}; give one of them to somebody else"
            mistakes.note(message, entry.place("staff", user))
    return {user: frozenset(roles) for user, roles in staff.items()}


def _together(
    roles: tuple[StaffRole, ...], apart: frozenset[Pair]
) -> list[tuple[StaffRole, StaffRole]]:
    """Return the pairs among ``roles`` that must be apart, in the order of the roles."""
    return [pair for pair in combinations(sorted(set(roles)), 2) if frozenset(pair) in apart]


def _pairs(entry: StaffFile, mistakes: Mistakes) -> frozenset[Pair]:
    """Return the pairs that the file keeps apart."""
    for i, pair in enumerate(entry.apart):
        if len(pair) != len(set(pair)) or len(pair) != 2:  # noqa: PLR2004  # a pair
            message = "two different roles, such as [engineer, compliance_officer]"
            mistakes.note(message, entry.place("apart", i))
    return frozenset(frozenset(pair) for pair in entry.apart)
