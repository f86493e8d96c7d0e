# SPDX-License-Identifier: Apache-2.0
"""The shipped law packs as the strict reader leaves them, kept beside the code as JSON.

Reading them as YAML takes most of the time of a command that only looks at rules. What is kept is
used for exactly the bytes that it was made from (SHA-256); of any other the YAML is read. It is
written anew by ``keep``, and a test asks whether it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from privseg.loaders.files import File, yaml_files
from privseg.loaders.nodes import Entry, Fields, Items, Node, Scalar
from privseg.loaders.shipped import ROOT
from privseg.loaders.strict_yaml import read_yaml
from privseg.terms import Place

FOLDER = "laws"
KEPT = "laws_parsed.json"


def law_files() -> Iterator[tuple[File, str]]:
    """Yield the files of the shipped packs, each with the name that places give it."""
    yield from yaml_files(files("privseg").joinpath(ROOT, FOLDER), FOLDER)


def parsed(file: File, name: str) -> Node:
    """Return the document in a shipped pack's file.

    Raises:
        YamlError: it is not strict YAML.
    """
    kept = _kept().get(sha256(file.read_bytes()).hexdigest())
    return read_yaml(file, file=name) if kept is None else _node(kept, name)


def text_of(packs: Iterable[tuple[File, str]]) -> str:
    """Return what is to be kept of packs: a line for each."""
    lines = []
    for file, name in packs:
        digest = sha256(file.read_bytes()).hexdigest()
        said = json.dumps(_said(read_yaml(file, file=name)), separators=(",", ":"))
        lines.append(f'"{digest}":{said}')
    return "{" + ",\n".join(lines) + "}\n"


def keep() -> None:
    """Write anew what is kept, after a change of a shipped pack.

    ``python -c 'from privseg.loaders.laws_parsed import keep; keep()'``
    """
    Path(str(_home())).write_text(text_of(law_files()), "utf-8")


@cache  # what is installed does not change while a program runs
def _kept() -> Mapping[str, Any]:
    """Return what is kept, by the digest of the file that it was made from."""
    file = _home()
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


def _home() -> Traversable:
    """Return where it is kept."""
    return files("privseg.loaders").joinpath(KEPT)


def _said(node: Node) -> list[Any]:
    """Return a node as JSON: its place, then what it is made of."""
    at = _at(node.place)
    match node:
        case Scalar():
            return [*at, node.text, int(node.quoted)]
        case Items():
            return [*at, [_said(n) for n in node.nodes]]
        case Fields():
            return [
                *at,
                {e.key: [e.place.line, e.place.column, _said(e.value)] for e in node.entries},
            ]


def _node(said: list[Any], file: str) -> Node:
    """Return the node that was kept so."""
    line, column, what, *quoted = said
    place = Place(file, line, column)
    match what:
        case str():
            return Scalar(what, bool(quoted[0]), place)
        case list():
            return Items(tuple(_node(n, file) for n in what), place)
        case _:
            entries = (
                Entry(key, _node(value, file), Place(file, at, to))
                for key, (at, to, value) in what.items()
            )
            return Fields(tuple(entries), place)


def _at(place: Place) -> list[int]:
    """Return a place in a file that is known."""
    return [place.line, place.column]
