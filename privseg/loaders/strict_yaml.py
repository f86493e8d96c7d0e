# SPDX-License-Identifier: Apache-2.0
"""Strict YAML 1.2: one small document of text, lists and mappings; nothing is guessed.

Every scalar stays the text that was written (``NO`` is NO, ``012`` is 012): what it means is the
reader's decision (``privseg.loaders.bind``). Refused, each with its place: anchors, aliases,
tags, merge keys, directives, several documents, repeated keys, keys that are not text, tabs as
indentation, characters that cannot be seen or that reorder the line (Boucher & Anderson 2021,
"Trojan Source"), text that is not UTF-8, and anything beyond the bounds below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)

from privseg.loaders.errors import YamlError
from privseg.loaders.nodes import Entry, Fields, Items, Node, Scalar
from privseg.terms import Place

__all__ = ["Entry", "Fields", "Items", "Node", "Scalar", "YamlError", "parse", "read_yaml"]

MAX_BYTES = 1 << 20  # 1 MiB: a hundred times the largest policy we ship
MAX_DEPTH = 32  # lists and mappings inside each other
MAX_NODES = 20_000  # keys, values, lists and mappings
MAX_SCALAR = 1 << 16  # characters of one value

# YAML 1.2 §5.1 c-printable, less the breaks that editors do not count as lines (U+0085, U+2028,
# U+2029), the byte order mark and the controls that reorder a line on the screen.
_HIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"
)
_TABBED = re.compile(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)
_SURROGATE_OR_NUL = re.compile("[\0\ud800-\udfff]")


def read_yaml(path: Path | Traversable, *, file: str | None = None) -> Node:
    """Return the document in a file; ``file`` is how its places name it (default: the path).

    Raises:
        YamlError: it is missing, too large, not UTF-8 or not strict YAML.
    """
    name = str(path) if file is None else file
    start = Place(name, 1)
    try:
        if not path.is_file():
            raise YamlError("there is no such file", place=start)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise YamlError(f"cannot be read: {error.strerror}", place=start) from None
    return parse(_decoded(data, start), file=name)


def parse(text: str, *, file: str) -> Node:
    r"""Return the one document that ``text`` holds; ``file`` names it in places.

    >>> node = parse("country: NO\nsince: 012\n", file="shop.yaml")
    >>> [(e.key, e.value.text, str(e.value.place)) for e in node.entries]
    [('country', 'NO', 'shop.yaml:1:10'), ('since', '012', 'shop.yaml:2:8')]
    >>> parse("a: &x [1]\nb: *x\n", file="shop.yaml")
    Traceback (most recent call last):
    ...
    privseg.loaders.errors.YamlError: shop.yaml:1:4: error: anchors are not read; write it out

    Raises:
        YamlError: it is not strict YAML; the error carries the place.
    """
    text = text.removeprefix("\ufeff")  # YAML 1.2 §5.2: a leading byte order mark is no content
    _refuse_unseen(text, file)
    return _Builder(text, file).document()


class _Builder:
    """Builds nodes from the parser's events, bounded in depth and number."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._events = self._guarded(iter(YAML(typ="safe", pure=True).parse(text)))
        self._nodes = 0

    def document(self) -> Node:
        """Return the only document."""
        start = next(self._events)
        if not isinstance(start, DocumentStartEvent):
            raise YamlError("the document is empty", place=Place(self._file, 1))
        self._refuse_directives(start)
        node = self._node(next(self._events), depth=0)
        next(self._events)  # the document's end
        after = next(self._events)
        if isinstance(after, DocumentStartEvent):
            raise YamlError("a second document begins; use one file each", place=self._at(after))
        if isinstance(node, Scalar) and node.is_nothing:
            raise YamlError("the document is empty", place=node.place)
        return node

    def _guarded(self, events: Iterator[Event]) -> Iterator[Event]:
        """Yield the events after the stream's start; the library's errors become ours."""
        try:
            yield from (e for e in events if not isinstance(e, StreamStartEvent))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise YamlError(f"not YAML: {_problem(error)}", place=self._mark(mark)) from None
        except (YAMLError, ValueError, OverflowError):  # chr() of an escape beyond Unicode
            raise YamlError("not YAML: an impossible escape", place=self._mark(None)) from None

    def _node(self, event: Event, *, depth: int) -> Node:
        """Return the node that ``event`` begins."""
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            what = f"nested deeper than {MAX_DEPTH}" if depth > MAX_DEPTH else "too many values"
            raise YamlError(f"{what}; split the document", place=self._at(event))
        self._refuse_decorations(event)
        match event:
            case ScalarEvent():
                return self._scalar(event)
            case SequenceStartEvent():
                return Items(tuple(self._items(depth)), self._at(event))
            case MappingStartEvent():
                return Fields(self._entries(depth), self._at(event))
            case _:
                raise YamlError("not YAML: a value was expected", place=self._at(event))

    def _scalar(self, event: ScalarEvent) -> Scalar:
        """Return the scalar, bounded in length and free of what no text can hold."""
        place = self._at(event)
        if len(event.value) > MAX_SCALAR:
            raise YamlError(f"a value longer than {MAX_SCALAR} characters", place=place)
        if _SURROGATE_OR_NUL.search(event.value):
            raise YamlError("a NUL or half a character, written as an escape", place=place)
        return Scalar(str(event.value), event.style is not None, place)

    def _items(self, depth: int) -> Iterator[Node]:
        """Yield a list's nodes up to its end."""
        while not isinstance(event := next(self._events), SequenceEndEvent):
            yield self._node(event, depth=depth + 1)

    def _entries(self, depth: int) -> tuple[Entry, ...]:
        """Return a mapping's entries; each key is text and occurs once."""
        found: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, found)
            value = self._node(next(self._events), depth=depth + 1)
            found[key.text] = Entry(key.text, value, key.place)
        return tuple(found.values())

    def _key(self, event: Event, found: dict[str, Entry]) -> Scalar:
        """Return the key that ``event`` is, if it may be one."""
        key = self._node(event, depth=0) if isinstance(event, ScalarEvent | AliasEvent) else None
        place = self._at(event)
        if not isinstance(key, Scalar) or key.is_nothing:
            raise YamlError("a key is a word or a quoted text", place=place)
        if key.text == "<<" and not key.quoted:
            raise YamlError("merge keys are not read; write the keys out", place=place)
        if key.text in found:
            first = found[key.text].place.line
            raise YamlError(f"key {key.text[:60]!r} stands on line {first} already", place=place)
        return key

    def _refuse_decorations(self, event: Event) -> None:
        """Refuse aliases, anchors and tags: what is written is what is read."""
        if isinstance(event, AliasEvent):
            raise YamlError("aliases are not read; write it out", place=self._at(event))
        if isinstance(event, NodeEvent) and event.anchor is not None:
            raise YamlError("anchors are not read; write it out", place=self._at(event))
        if getattr(event, "tag", None) is not None:
            message = "tags (a word after '!') are not read; quote a text that begins with '!'"
            raise YamlError(message, place=self._at(event))

    def _refuse_directives(self, start: DocumentStartEvent) -> None:
        """Refuse ``%YAML``, ``%TAG`` and the like: nothing else can begin a line before ``---``."""
        lines = self._text[: start.start_mark.index].splitlines()
        for number, line in enumerate(lines, start=1):
            if line.startswith("%"):
                message = "directives (lines with '%') are not read; take the line out"
                raise YamlError(message, place=Place(self._file, number))

    def _at(self, event: Event) -> Place:
        """Return the place where ``event`` begins."""
        return self._mark(event.start_mark)

    def _mark(self, mark: StreamMark | None) -> Place:
        """Return a mark as a place; the parser counts from 0."""
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file, 1)


def _problem(error: MarkedYAMLError) -> str:
    """Return the parser's complaint on one line."""
    said = " ".join(f"{error.problem or error.context or 'cannot be read'}".split())
    return "a tab where a value should begin; use spaces" if r"'\t'" in said else said


def _refuse_unseen(text: str, file: str) -> None:
    """Refuse a text too long, with characters that cannot be seen, or indented by tabs."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise YamlError(f"larger than {MAX_BYTES} bytes", place=Place(file, 1))
    if hidden := _HIDDEN.search(text):
        message = (
            f"character U+{ord(hidden[0]):04X} cannot be seen in an editor; "
            'take it out, or write it as an escape in "double quotes"'
        )
        raise YamlError(message, place=_place(text, hidden.start(), file))
    if tab := _TABBED.search(text):
        message = "a tab before the text; indent with spaces"
        raise YamlError(message, place=_place(text, tab.start(), file))


def _place(text: str, index: int, file: str) -> Place:
    """Return the place of a character."""
    before = re.split("\r\n|\r|\n", text[:index])
    return Place(file, len(before), len(before[-1]) + 1)


def _decoded(data: bytes, start: Place) -> str:
    """Return UTF-8 text, bounded in size."""
    if len(data) > MAX_BYTES:
        raise YamlError(f"larger than {MAX_BYTES} bytes", place=start)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = _place(before, len(before), start.file)
        raise YamlError("not UTF-8; save it as UTF-8", place=place) from None
