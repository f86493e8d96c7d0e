# SPDX-License-Identifier: Apache-2.0
"""What every model of a file derives from: strict, frozen, and aware of its places."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, PrivateAttr, WithJsonSchema

from privseg.loaders.nodes import Fields, Items, Node, Scalar
from privseg.terms import Place

Verbatim = Annotated[Scalar, WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""A field that takes any single value as it was written, quotes and place included."""


class Document(BaseModel):
    """A file, or a part of one: no key that is not declared, no value that is not of its type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    _node: Fields = PrivateAttr()
    _place: Place = PrivateAttr()

    def stand(self, node: Fields, place: Place) -> None:
        """Remember where this was read from; ``bind`` calls it once."""
        self._node, self._place = node, place

    def place(self, *path: str | int) -> Place:
        """Return where this stands, or what ``path`` leads to (keys as written, list positions).

        A list or mapping stands where its key does. A path that ends in nothing leads as far as
        it can: to the mapping that lacks the key.

        >>> from privseg.loaders.bind import bind
        >>> from privseg.loaders.strict_yaml import parse
        >>> class Crew(Document):
        ...     names: tuple[str, ...]
        >>> crew = bind(parse("names: [Ada, Grace]", file="a.yaml"), Crew)
        >>> str(crew.place("names", 1)), str(crew.place("names")), str(crew.place())
        ('a.yaml:1:14', 'a.yaml:1:1', 'a.yaml:1:1')
        """
        return walk(self._node, self._place, path)


def walk(node: Node, place: Place, path: tuple[str | int, ...]) -> Place:
    """Return the place of what ``path`` leads to from ``node``, as far as it can be followed."""
    for step in path:
        match node:
            case Fields() if entry := node.get(str(step)):
                node, place = entry.value, entry.best_place
            case Items() if isinstance(step, int) and step < len(node.nodes):
                node = node.nodes[step]
                place = node.place
            case _:
                return place
    return place
