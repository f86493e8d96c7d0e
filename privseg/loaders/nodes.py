# SPDX-License-Identifier: Apache-2.0
"""What a strict YAML text is made of: scalars, items and fields, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from privseg.terms import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was written: text, and whether it stood in quotes.

    ``quoted`` is true of single and double quotes and of block text (``|`` and ``>``).
    """

    text: str
    quoted: bool
    place: Place

    @property
    def is_nothing(self) -> bool:
        """Return whether it says nothing: left empty, or YAML's null, and not in quotes."""
        return not self.quoted and self.text in {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value. The place is the key's."""

    key: str
    value: Node
    place: Place

    @property
    def best_place(self) -> Place:
        """Return where to point for the value: at a scalar itself, else at the key above it."""
        return self.value.place if isinstance(self.value, Scalar) else self.place


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order written; no key occurs twice."""

    entries: tuple[Entry, ...]
    place: Place

    def get(self, key: str) -> Entry | None:
        """Return the entry of ``key``, or None."""
        return next((e for e in self.entries if e.key == key), None)


Node = Scalar | Items | Fields
"""Any part of a document; match on it exhaustively."""
