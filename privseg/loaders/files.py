# SPDX-License-Identifier: Apache-2.0
"""Opening documents: their kind and version first, then their content."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar, get_args

from privseg.loaders.bind import bind
from privseg.loaders.document import Document
from privseg.loaders.errors import YamlError
from privseg.loaders.nodes import Fields, Node, Scalar
from privseg.loaders.strict_yaml import read_yaml
from privseg.terms import Place

Model = TypeVar("Model", bound=Document)
File = Path | Traversable

MAX_FILES = 200  # of one folder


def read_document(path: File, model: type[Model], *, file: str | None = None) -> Model:
    """Return a file as ``model``, whose field ``privseg`` says which kind and version it reads.

    Raises:
        YamlError: it is not strict YAML, of another kind or of another version.
        DocumentError: its content does not fit.
    """
    return as_document(read_yaml(path, file=file), model)


def as_document(node: Node, model: type[Model]) -> Model:
    """Return what a file holds as ``model``; see ``read_document``.

    Raises:
        YamlError: it is of another kind or of another version.
        DocumentError: its content does not fit.
    """
    check_kind(node, get_args(model.model_fields["privseg"].annotation)[0])
    return bind(node, model)


def check_kind(node: Node, expected: str) -> None:
    """Refuse a document whose first key is not ``privseg: KIND/VERSION`` as expected.

    Raises:
        YamlError: it is not.
    """
    first = node.entries[0] if isinstance(node, Fields) and node.entries else None
    if first is None or first.key != "privseg" or not isinstance(first.value, Scalar):
        raise YamlError(f"the first line must be 'privseg: {expected}'", place=node.place)
    if first.value.text != expected:
        kind, _, version = first.value.text.partition("/")
        same = kind == expected.partition("/")[0]
        what = f"version {version[:20]!r} is not read here" if same else "another kind of file"
        raise YamlError(f"{what}; expected 'privseg: {expected}'", place=first.value.place)


def yaml_files(folder: File, name: str) -> Iterator[tuple[File, str]]:
    """Yield a folder's YAML files by name, each with the name that places give it.

    Hidden files and folders inside are not read.

    Raises:
        YamlError: there are none, or too many.
    """
    try:
        found = sorted(p.name for p in folder.iterdir() if _is_yaml(p.name))
    except OSError as error:
        raise YamlError(f"cannot be read: {error.strerror}", place=Place(name, 1)) from None
    if not found or len(found) > MAX_FILES:
        why = f"more than {MAX_FILES} YAML files" if found else "no YAML file (*.yaml)"
        raise YamlError(f"{why} in this folder", place=Place(name, 1))
    yield from ((folder.joinpath(file), f"{name.rstrip('/')}/{file}") for file in found)


def _is_yaml(name: str) -> bool:
    """Return whether a name is a YAML file's, and not a hidden one's."""
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")


def is_inside(file: File, folder: File) -> bool:
    """Return whether a file lies in a folder, links followed; in an archive there are none."""
    if not (isinstance(file, Path) and isinstance(folder, Path)):
        return True
    return file.resolve().is_relative_to(folder.resolve())
