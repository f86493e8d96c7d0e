# SPDX-License-Identifier: Apache-2.0
"""Tables of a file's keys for Markdown, from its JSON Schema; used by ``generate.py``."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from privseg.loaders.schemas import schema

FILTER = "[filter all](#filter-all)"  # which parts of events count: always the same four
SHORT = 4  # alternatives that are written out where there are more: a segment's conditions
REPORT = "ReportFile"  # whose alternatives are all written out: each asks something else


def keys(kind: str, example: Callable[[str], Iterable[str]] = lambda _: ()) -> Iterator[str]:
    """Yield the keys of a file, its own first, then those of each part.

    ``example`` gives the lines that stand below a part, by the part's name in words.
    """
    whole = schema(kind)
    parts = {whole["title"]: whole, **whole.get("$defs", {})}
    for name, part in parts.items():
        if "properties" in part:
            yield from (f"## {words_of(name)}", "", plain(part.get("description", "")), "")
            needed = part.get("required", ())
            rows = [
                (f"`{key}`", _holds(value, parts), "yes" if key in needed else _default(value),
                 plain(value.get("description", "")))
                for key, value in part["properties"].items()
            ]  # fmt: skip
            yield from table(("key", "holds", "needed, or default", "what it is"), rows)
            yield from example(words_of(name))


def _holds(value: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """Return what a key holds, in words."""
    match value:
        case {"$ref": str(ref)}:
            words = _part(ref.rpartition("/")[2], parts)
        case {"enum": list(choices)}:
            words = ", ".join(f"`{word}`" for word in choices)
        case {"const": word}:
            words = f"`{word}`"
        case {"anyOf": list(kinds)}:
            each = dict.fromkeys(_holds(kind, parts) for kind in kinds)
            words = " or ".join(each) if len(each) <= SHORT or REPORT in parts else "a condition"
            words = "a filter" if FILTER in each else words
        case {"items": Mapping() as items}:
            words = f"list of {_holds(items, parts)}"
        case {"additionalProperties": Mapping() as inner}:
            names = _holds(value.get("propertyNames", {"type": "names"}), parts)
            words = f"{names}; each with {_holds(inner, parts)}"
        case {"format": str(kind)} | {"type": str(kind)}:
            words = {"string": "text", "integer": "whole number"}.get(kind, kind)
        case _:
            words = "a value"
    return words


def _part(name: str, parts: Mapping[str, Any]) -> str:
    """Return a link to a part of a file, or the choices that it stands for."""
    if "enum" in parts[name]:
        return _holds(parts[name], parts)
    return f"[{words_of(name)}](#{words_of(name).replace(' ', '-')})"


def _default(value: Mapping[str, Any]) -> str:
    """Return a key's default, if it says something."""
    default = value.get("default")
    if default in (None, "", [], {}):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def words_of(name: str) -> str:
    """Return a part's name in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Entry")).lower()


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table, or nothing when it has no rows."""
    if rows := list(rows):
        for cells in (headings, ["---"] * len(headings), *rows):
            yield f"| {' | '.join(cells)} |"
        yield ""


def plain(text: str) -> str:
    """Return a docstring for Markdown: one line a paragraph, code in single backticks."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(text).replace("``", "`"))
    return "\n\n".join(" ".join(p.split()) for p in paragraphs)
