# SPDX-License-Identifier: Apache-2.0
"""What a value was and is: both in one sealed text, under the key of the person they are about."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from privseg.engine.house import House
from privseg.terms import Ordinal, from_micros, to_micros
from privseg.tlog import canonical

CONTEXT = "correction"  # what both values are sealed as


def to_text(value: object) -> Any:
    """Return a stored value as JSON holds it, with its type where JSON has none."""
    match value:
        case datetime():
            return {"time": to_micros(value)}
        case date():
            return {"date": value.isoformat()}
        case bytes():
            return {"bytes": value.hex()}
    return value


def from_text(said: Any) -> object:
    """Return the value that ``to_text`` was given."""
    match said:
        case {"time": micros}:
            return from_micros(int(micros))
        case {"date": day}:
            return date.fromisoformat(day)
        case {"bytes": text}:
            return bytes.fromhex(text)
    return said


def sealed_values(
    house: House, person: Ordinal, old: object, new: object, row: str | None
) -> bytes:
    """Return both values sealed under the person's key: they die with it."""
    said = {"old": to_text(old), "new": to_text(new), "row": row}
    return house.vault.seal(person, CONTEXT, canonical(said))


def opened_values(
    house: House, person: Ordinal, sealed: bytes
) -> tuple[object, object, str | None]:
    """Return the old value, the new one, and the row that was meant."""
    said = json.loads(house.vault.unseal(person, CONTEXT, sealed))
    return from_text(said["old"]), from_text(said["new"]), said["row"]
