# SPDX-License-Identifier: Apache-2.0
r"""From a strict YAML node to a pydantic model, with every mistake found and each at its place.

A model says what it expects and the text is read that way: ``012`` is text where text is expected
and a mistake where a whole number is. Nothing is guessed and nothing is left out:

====================  ============================================================
the field's type      what may stand in the file
====================  ============================================================
``str``               any text but an unquoted ``null``, ``~`` or nothing at all
``int``               ``0``, ``20``, ``-3``; no ``+``, ``012``, ``1_000``, ``1e3``, quotes
``bool``              ``true`` or ``false``
``Decimal, Fraction`` ``0.0125``, ``-3``; for a fraction also ``1/80``; exact
``date``              ``2026-11-21``
an enumeration        one of its values (as is a ``Literal`` of texts)
``Verbatim``          any single value as it was written (a ``Scalar``)
``tuple[T, ...]``     a list
``Mapping[str, T]``   a mapping with keys of the author's choosing
another model         a mapping with exactly the model's keys
``A | B | ...``       whichever fits: a value, a list, or the model whose *head* is there
====================  ============================================================

The head of a model in a union is its first field: ``{attribute: country, in: [DE]}`` is the model
that begins with ``attribute``. (A key that is a Python word takes an alias: ``Field(alias="in")``;
unions may be recursive.) What is absent takes the field's default; ``None`` can only be one.
A model's own validators run once its fields are read; their ``ValueError`` stands at its place.

>>> from privseg.loaders.strict_yaml import parse
>>> class Size(Document):
...     at_least: int
...     colour: str = "red"
>>> size = bind(parse("at_least: 20", file="a.yaml"), Size)
>>> size.at_least, size.colour, str(size.place("at_least"))
(20, 'red', 'a.yaml:1:11')
>>> bind(parse("at_least: 1_000\ncolor: red", file="a.yaml"), Size)
Traceback (most recent call last):
...
privseg.loaders.errors.DocumentError: a.yaml:1:11: error: expected a whole number, such as 20
a.yaml:2:1: error: unknown key 'color'; did you mean 'colour'?
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from privseg.loaders.document import Document, Verbatim, walk
from privseg.loaders.errors import DocumentError
from privseg.loaders.nodes import Entry, Fields, Items, Node, Scalar
from privseg.loaders.shapes import (
    LISTS,
    MAPPINGS,
    choices,
    described,
    described_any,
    fits,
    is_model,
    keys,
    narrowest,
    plain,
)
from privseg.loaders.values import VALUES, UnreadableError
from privseg.policy.findings import Finding, mistake, suggestion
from privseg.terms import Place

__all__ = ["Document", "DocumentError", "Verbatim", "bind", "mistake", "suggestion"]

Model = TypeVar("Model", bound=Document)


def bind(node: Node, model: type[Model]) -> Model:
    """Return ``node`` as ``model``.

    Raises:
        DocumentError: it does not fit; ``findings`` has every mistake with its place.
    """
    binder = _Binder()
    bound = binder.model(node, model, node.place)
    if isinstance(bound, _Failed):
        raise DocumentError(binder.findings)
    return bound


class _Failed:
    """Stands for a value that could not be read; its mistakes have been noted."""


_FAILED = _Failed()


class _Binder:
    """Reads nodes by type and notes every mistake on the way."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def model(self, node: Node, model: type[Model], place: Place) -> Model | _Failed:
        """Return ``node`` as ``model``; its own validators run once all its fields are read."""
        if not isinstance(node, Fields):
            return self._refuse(f"expected {described(model)}", place)
        before = len(self.findings)
        fields = {(f.alias or name): f for name, f in model.model_fields.items()}
        values = {e.key: self._field(e, fields) for e in node.entries}
        for key in (k for k, f in fields.items() if f.is_required() and k not in values):
            self._refuse(f"key {key!r} is missing", place)
        if len(self.findings) > before:
            return _FAILED
        return self._made(node, model, place, values)

    def _made(
        self, node: Fields, model: type[Model], place: Place, values: dict[str, Any]
    ) -> Model | _Failed:
        """Let pydantic check the finished values; its complaints get their places."""
        try:
            made = model.model_validate(values)
        except ValidationError as error:
            for one in error.errors(include_url=False, include_input=False, include_context=False):
                self._refuse(_said(one["msg"]), walk(node, place, one["loc"]))
            return _FAILED
        made.stand(node, place)
        return made

    def _field(self, entry: Entry, fields: Mapping[str, FieldInfo]) -> Any:
        """Return the value of a key that the model knows."""
        if entry.key not in fields:
            close = suggestion(entry.key, fields)
            return self._refuse(f"unknown key {entry.key[:60]!r}{close}", entry.place)
        return self._value(entry.value, fields[entry.key].annotation, entry.best_place)

    def _value(self, node: Node, expected: Any, place: Place) -> Any:
        """Return ``node`` as the type ``expected``."""
        expected = plain(expected)
        origin, inner = get_origin(expected), get_args(expected)
        if origin in {Union, types.UnionType}:
            return self._union(node, [t for t in inner if t is not types.NoneType], place)
        if origin in LISTS:
            return self._items(node, inner[0], origin, place)
        if origin in MAPPINGS:
            return self._mapping(node, inner, place)
        if is_model(expected):
            return self.model(node, expected, place)
        return self._scalar(node, expected, place)

    def _scalar(self, node: Node, expected: Any, place: Place) -> Any:
        """Return a single value as the type ``expected``."""
        if not isinstance(node, Scalar):
            return self._refuse(f"expected {described(expected)}", place)
        if node.is_nothing:
            return self._refuse("no value; leave the key out, or quote an empty text", place)
        if words := choices(expected):
            return self._choice(node, words, place)
        try:
            return node if expected is Scalar else VALUES[expected].read(node)
        except UnreadableError:
            return self._refuse(f"expected {described(expected)}", place)

    def _choice(self, node: Scalar, words: dict[str, Any], place: Place) -> Any:
        """Return which of the known words is written."""
        if node.text in words:
            return words[node.text]
        return self._refuse(f"unknown word {node.text[:60]!r}{suggestion(node.text, words)}", place)

    def _items(self, node: Node, inner: Any, origin: type, place: Place) -> Any:
        """Return a list's values; each is read, even when one before it fails."""
        if not isinstance(node, Items):
            return self._refuse("expected a list, such as [a, b]", place)
        values = [self._value(n, inner, n.place) for n in node.nodes]
        return _FAILED if any(v is _FAILED for v in values) else origin(values)

    def _mapping(self, node: Node, inner: tuple[Any, Any], place: Place) -> Any:
        """Return a mapping whose keys the author chose: any text, or of the known words."""
        if not isinstance(node, Fields):
            return self._refuse("expected keys and values", place)
        read = [
            (self._key(e, inner[0]), self._value(e.value, inner[1], e.best_place))
            for e in node.entries
        ]
        return _FAILED if any(_FAILED in pair for pair in read) else dict(read)

    def _key(self, entry: Entry, expected: Any) -> Any:
        """Return a key as text or as one of the known words."""
        key = Scalar(entry.key, quoted=True, place=entry.place)
        return self._scalar(key, expected, entry.place)

    def _union(self, node: Node, members: list[Any], place: Place) -> Any:
        """Return ``node`` as the one member that it can be."""
        fitting = [m for m in members if fits(node, m)]
        models = [m for m in map(plain, fitting) if is_model(m)]
        if len(models) > 1 and isinstance(node, Fields):
            return self._headed(node, models, place)
        if not fitting:
            return self._refuse(f"expected {described_any(members)}", place)
        return self._value(node, narrowest(node, fitting), place)

    def _headed(self, node: Fields, models: list[type[Document]], place: Place) -> Any:
        """Return ``node`` as the one model whose head it has."""
        heads = {keys(m)[0]: m for m in models}
        present = [e for e in node.entries if e.key in heads]
        if len(present) == 1:
            return self.model(node, heads[present[0].key], place)
        if present:
            both = " and ".join(repr(e.key) for e in present)
            return self._refuse(f"{both} cannot stand together; nest them", present[1].place)
        close = suggestion(node.entries[0].key, heads) if node.entries else ""
        return self._refuse(f"expected one of: {', '.join(heads)}{close}", place)

    def _refuse(self, message: str, place: Place) -> _Failed:
        """Note a mistake."""
        self.findings.append(mistake(message, place))
        return _FAILED


def _said(message: str) -> str:
    """Return a validator's own words without pydantic's prefix."""
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
