# SPDX-License-Identifier: Apache-2.0
"""What an events source says of campaigns: its columns by role; every mistake is noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_file import CampaignEntry, SourceEntry
from privseg.policy.campaign import CampaignRoles
from privseg.policy.catalogue import Column, ColumnRole, ColumnType, SourceKind
from privseg.policy.findings import suggestion

TYPES: Mapping[str, ColumnType] = {
    "name": ColumnType.CATEGORY,
    "arm": ColumnType.CATEGORY,
    "cost": ColumnType.MONEY,
    "outcome": ColumnType.BOOLEAN,
    "revenue": ColumnType.MONEY,
}


def read_campaign(
    source: SourceEntry, columns: Iterable[Column], mistakes: Mistakes
) -> CampaignRoles | None:
    """Return what the columns tell of campaigns; None if the source says nothing of them."""
    entry = source.campaign
    if entry is None:
        return None
    if source.holds is not SourceKind.EVENTS:
        message = f"campaigns are recorded by a source that holds events; this holds {source.holds}"
        mistakes.note(message, entry.place())
        return None
    headers = {role: getattr(entry, role) for role in TYPES}
    found = {
        role: _column(header, role, entry, columns, mistakes)
        for role, header in headers.items()
        if header is not None
    }
    if not _check_arms(entry, found.get("arm"), mistakes) or None in found.values():
        return None
    words = {role: column.attribute for role, column in found.items() if column is not None}
    return CampaignRoles(words.pop("name"), treated=entry.treated, control=entry.control, **words)


def _column(
    header: str, role: str, entry: CampaignEntry, columns: Iterable[Column], mistakes: Mistakes
) -> Column | None:
    """Return the column of a role; note one that is not there, or of another type."""
    readable = {c.name: c for c in columns if c.role is not ColumnRole.DIRECT_IDENTIFIER}
    found = readable.get(header)
    if found is None:
        near = suggestion(header, readable)
        mistakes.note(f"no column {header[:60]!r} that can be read{near}", entry.place(role))
        return None
    if found.type is not TYPES[role]:
        message = f"{header!r} is {found.type}; {role} takes a {TYPES[role]}"
        mistakes.note(message, entry.place(role))
        return None
    return found


def _check_arms(entry: CampaignEntry, arm: Column | None, mistakes: Mistakes) -> bool:
    """Return whether there is no arm, or one with its two values; note what is amiss."""
    keys = ("arm", "treated", "control")
    if missing := [k for k in keys if getattr(entry, k) is None]:
        if len(missing) < len(keys):
            message = "an arm needs all of arm, treated and control: who was held out?"
            mistakes.note(message, entry.place())
        return len(missing) == len(keys)
    if entry.treated == entry.control:
        mistakes.note("the treated are not the held out", entry.place("control"))
        return False
    values = () if arm is None else arm.values
    unknown = [k for k in ("treated", "control") if arm and getattr(entry, k) not in values]
    for key in unknown:
        word = str(getattr(entry, key))
        message = f"{word[:60]!r} is no declared value of the arm{suggestion(word, values)}"
        mistakes.note(message, entry.place(key))
    return not unknown
