# SPDX-License-Identifier: Apache-2.0
"""Every way to change one thing in a JSON document."""

from __future__ import annotations

import copy
import re
import zlib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value in a document: maps, lists and leaves."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def at(document: Any, path: Path) -> Any:
    """Return the value at ``path``."""
    for key in path:
        document = document[key]
    return document


def put(document: Any, path: Path, value: Any) -> Any:
    """Return a copy of ``document`` with another value at ``path``; only the way there is new."""
    if not path:
        return value
    made = copy.copy(document)
    made[path[0]] = put(document[path[0]], path[1:], value)
    return made


def sort_of(path: Path) -> str:
    """Return a path without the numbers in it: ``tables[].cells[].keys[]``."""
    parts = ("[]" if isinstance(p, int) else f".{p}" for p in path)
    return "".join(parts).lstrip(".")


def one_of_each(document: Any) -> dict[str, Path]:
    """Return one path, the first, of every sort; maps of another tag are of another sort."""
    found: dict[str, Path] = {}
    for path in places(document):
        tags = [_tag(at(document, path[:i])) for i in range(len(path) + 1)]
        found.setdefault(f"{sort_of(path)} {' '.join(filter(None, tags))}".strip(), path)
    return found


def _tag(value: Any) -> str:
    """Return what a map of a closed union says that it is."""
    if not isinstance(value, dict) or "cells" in value:  # all tables have the same fields
        return ""
    return "".join(str(value.get(tag, "")) for tag in ("by", "of", "as", "kind", "asked", "part"))


def changes(value: Any) -> list[Any]:
    """Return other values in the place of ``value``, most of them nearly it; none equals it."""
    match value:
        case bool():
            made: list[Any] = [not value, int(value), None]
        case int():
            made = [value + 1, value - 1, -value, value * 10, 0, str(value), value == 1, None]
        case str():
            made = [*_texts(value), None]
        case None:
            made = ["", 0, False, {}, [], {"value": 1, "low": 1, "high": 1, "decimals": 0}]
        case list():
            made = [value[::-1], value[:-1], [*value, *value[-1:]], [*value, None], [], {}, None]
        case dict():
            fewer = [{k: v for k, v in value.items() if k != key} for key in value]
            made = [*fewer, {**value, "zzz": None}, [], None]
        case _:
            raise TypeError
    return [other for other in made if repr(other) != repr(value)]


def some_changes(value: Any, path: Path, most: int = 3) -> list[Any]:
    """Return a few of the changes, others at other places; with all of them it takes minutes."""
    made = changes(value)
    start = zlib.crc32(repr(path).encode())
    return [made[(start + i) % len(made)] for i in range(min(most, len(made)))]


def _texts(text: str) -> list[str]:
    """Return neighbours of a text: a digit or letter off, one more, one less, another case."""
    digits = [m.start() for m in re.finditer(r"\d", text)]
    near = [
        text[:i] + str((int(text[i]) + step) % 10) + text[i + 1 :]
        for i in {*digits[:1], *digits[-1:]}
        for step in (1, 9)
    ]
    letter = "b" if text[:1] == "a" else "a"
    return [*near, letter + text[1:], text + "0", text[:-1], f" {text}", text.swapcase()]
