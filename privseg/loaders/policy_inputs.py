# SPDX-License-Identifier: Apache-2.0
"""What a score reads must be there: events, and properties of the types that its formula takes."""

from __future__ import annotations

from collections.abc import Collection

from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_score_file import ScoreEntry
from privseg.policy.catalogue import Catalogue, Column, ColumnType
from privseg.policy.findings import suggestion
from privseg.terms import Attribute


class Inputs:
    """Looks up what one score names; what there is not is noted with what may have been meant."""

    def __init__(self, entry: ScoreEntry, catalogue: Catalogue, mistakes: Mistakes) -> None:
        self._entry = entry
        self._catalogue = catalogue
        self._events = catalogue.events()
        self._mistakes = mistakes

    def event(self, name: str | None, *path: str | int) -> bool:
        """Return whether there is such an event; note one there is not."""
        if name is None or name in self._events:
            return name is not None
        message = f"unknown event {name[:60]!r}{suggestion(name, self._events)}"
        self._mistakes.note(message, self._entry.place(*path))
        return False

    def property_of(
        self, event: str, name: str | None, key: str, types: Collection[ColumnType]
    ) -> tuple[Attribute, Column | None]:
        """Return an event's property, and its column if there is one of the types."""
        full = Attribute(f"{event}.{name or ''}")
        if not self.event(event or None, "event") or name is None:
            return full, None
        names = {a.partition(".")[2]: a for a in self._properties(event)}
        if name not in names:
            message = f"{event} has no property {name[:60]!r}{suggestion(name, names)}"
            self._mistakes.note(message, self._entry.place(key))
            return full, None
        return full, self._typed(full, key, types)

    def attribute(self, name: str, key: str, types: Collection[ColumnType]) -> Column | None:
        """Return the column of ``event.property``, if there is one of the types."""
        event, dot, word = name.partition(".")
        if not name:
            return None
        if not dot or not word:
            message = "expected an event's property, such as page_view.section"
            self._mistakes.note(message, self._entry.place(key))
            return None
        if not self.event(event, key):
            return None
        if Attribute(name) not in self._properties(event):
            near = suggestion(name, self._properties(event))
            self._mistakes.note(f"unknown property {name[:60]!r}{near}", self._entry.place(key))
            return None
        return self._typed(Attribute(name), key, types)

    def zone_of(self, event: str) -> str:
        """Return the time zone of an event's source."""
        return self._events[event].time_zone if event in self._events else "UTC"

    def _properties(self, event: str) -> list[Attribute]:
        """Return the names of what an event tells."""
        readables = self._catalogue.readables
        return [a for a, r in readables.items() if r.source.event == event and r.column is not None]

    def _typed(self, name: Attribute, key: str, types: Collection[ColumnType]) -> Column | None:
        """Return the column of a property; note one of another type than the formula takes."""
        column = self._catalogue.readables[name].column
        if column is None or column.type in types:
            return column
        wanted = " or ".join(sorted(types))
        message = f"{name} is {column.type}; formula {self._entry.formula} takes {wanted}"
        self._mistakes.note(message, self._entry.place(key))
        return None
