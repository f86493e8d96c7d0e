# SPDX-License-Identifier: Apache-2.0
"""What a field's type asks of a node: its shape, its choices, and the words to ask with."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Literal, TypeGuard, get_args, get_origin

from privseg.loaders.document import Document
from privseg.loaders.nodes import Fields, Items, Node, Scalar
from privseg.loaders.values import VALUES

LISTS = frozenset({tuple, list})
MAPPINGS = frozenset({dict, Mapping})


def is_model(expected: Any) -> TypeGuard[type[Document]]:
    """Return whether a type is a model of its own."""
    return isinstance(expected, type) and issubclass(expected, Document)


def plain(expected: Any) -> Any:
    """Return a type without its annotations."""
    return plain(get_args(expected)[0]) if get_origin(expected) is Annotated else expected


def fits(node: Node, member: Any) -> bool:
    """Return whether a member of a union takes a node of this shape."""
    origin = get_origin(plain(member))
    match node:
        case Fields():
            return is_model(plain(member)) or origin in MAPPINGS
        case Items():
            return origin in LISTS
        case Scalar():
            return not is_model(plain(member)) and origin not in LISTS | MAPPINGS


def narrowest(node: Node, members: list[Any]) -> Any:
    """Return the member that reads a scalar most narrowly; the first for other nodes."""
    if not isinstance(node, Scalar):
        return members[0]
    return next((m for m in members if _reads(node, plain(m))), members[-1])


def choices(expected: Any) -> dict[str, Any]:
    """Return what an enumeration or a literal allows, by its text; nothing for other types."""
    if get_origin(expected) is Literal:
        return {str(v): v for v in get_args(expected)}
    if isinstance(expected, type) and issubclass(expected, Enum):
        return {str(m.value): m for m in expected}
    return {}


def described(expected: Any) -> str:
    """Return what a type asks for, in words.

    >>> described(int), described(Literal["people", "events"]), described(tuple[str, ...])
    ('a whole number, such as 20', 'one of: people, events', 'a list, such as [a, b]')
    """
    expected = plain(expected)
    if words := choices(expected):
        return f"one of: {', '.join(words)}" if len(words) > 1 else f"{next(iter(words))!r}"
    if is_model(expected):
        return f"keys and values ({', '.join(keys(expected))})"
    if get_origin(expected) in LISTS:
        return "a list, such as [a, b]"
    if expected is Scalar:
        return "a single value"
    return VALUES[expected].words if expected in VALUES else "keys and values"


def described_any(members: list[Any]) -> str:
    """Return what a union asks for, in words; many models are told by their heads."""
    models = [m for m in map(plain, members) if is_model(m)]
    if len(models) == 1:
        return " or ".join(dict.fromkeys(map(described, members)))
    heads = [f"keys and values with one of: {', '.join(keys(m)[0] for m in models)}"] * bool(models)
    return " or ".join(dict.fromkeys([described(m) for m in members if m not in models] + heads))


def keys(model: type[Document]) -> list[str]:
    """Return a model's keys as a file writes them."""
    return [f.alias or name for name, f in model.model_fields.items()]


def _reads(scalar: Scalar, member: Any) -> bool:
    """Return whether a member reads ``scalar`` as something narrower than any text."""
    if words := choices(member):
        return scalar.text in words
    return member is not str and member in VALUES and VALUES[member].reads(scalar)
