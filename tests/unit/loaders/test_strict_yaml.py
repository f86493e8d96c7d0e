# SPDX-License-Identifier: Apache-2.0
"""Strict YAML: what is read, and how everything else is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from privseg.loaders.errors import YamlError
from privseg.loaders.nodes import Fields, Items, Node, Scalar
from privseg.loaders.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, parse, read_yaml


def plain(node: Node) -> object:
    match node:
        case Scalar():
            return node.text
        case Items():
            return [plain(n) for n in node.nodes]
        case Fields():
            return {e.key: plain(e.value) for e in node.entries}


@pytest.mark.parametrize(
    "text", ["NO", "yes", "on", "012", "1_000", "1e-6", "0x1F", "2026-11-21", ".nan", "1:30", "~x"]
)
def test_a_scalar_stays_the_text_that_was_written(text: str) -> None:
    assert plain(parse(f"a: {text}\nb: [{text}]", file="f")) == {"a": text, "b": [text]}


def test_quotes_are_remembered() -> None:
    nodes = parse("- plain\n- 'single'\n- \"double\"\n- |\n  block", file="f")
    assert isinstance(nodes, Items)
    assert [n.quoted for n in nodes.nodes if isinstance(n, Scalar)] == [False, True, True, True]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_places_count_lines_from_1_whatever_ends_them(newline: str) -> None:
    node = parse(newline.join(["a: 1", "", "b:", "  c: [x, y]"]), file="f")
    assert isinstance(node, Fields)
    inner = node.entries[1].value
    assert isinstance(inner, Fields)
    items = inner.entries[0].value
    assert isinstance(items, Items)
    assert str(node.entries[1].place) == "f:3:1"
    assert [str(n.place) for n in items.nodes] == ["f:4:7", "f:4:10"]


def test_a_leading_byte_order_mark_is_no_content() -> None:
    node = parse("\ufeffa: 1", file="f")
    assert plain(node) == {"a": "1"}
    assert str(node.place) == "f:1:1"


REFUSED = {
    "an anchor": ("a: &x 1", "f:1:4", "anchors"),
    "an alias": ("a: *x", "f:1:4", "aliases"),
    "an anchor on a key": ("&x a: 1", "f:1:1", "anchors"),
    "a tag": ("a: !!int 1", "f:1:4", "tags"),
    "a tag that is only a mark": ("a: ! x", "f:1:4", "tags"),
    "a tag on a list": ("a: !x [1]", "f:1:4", "tags"),
    "a merge key": ("a: {<<: {b: 1}}", "f:1:5", "merge"),
    "a key twice": ("a: 1\nb: 2\na: 3", "f:3:1", "line 1"),
    "a key twice, once in quotes": ("{a: 1, 'a': 2}", "f:1:8", "line 1"),
    "a key that is a list": ("? [a]\n: 1", "f:1:3", "key"),
    "a key that is a mapping": ("{a: 1}: 2", "f:1:1", "key"),
    "a key that is nothing": (": 1", "f:1:1", "key"),
    "a key that is null": ("null: 1", "f:1:1", "key"),
    "YAML 1.1": ("%YAML 1.1\n---\na: NO", "f:1:1", "directives"),
    "YAML 1.2, too": ("# c\n%YAML 1.2\n---\na: b", "f:2:1", "directives"),
    "a tag directive": ("%TAG ! x:\n---\na: b", "f:1:1", "directives"),
    "a directive of no meaning": ("%PRIVSEG 1\n---\na: b", "f:1:1", "directives"),
    "two documents": ("a: 1\n---\nb: 2", "f:2:1", "second document"),
    "nothing": ("", "f:1:1", "empty"),
    "nothing but space": ("\n \n", "f:1:1", "empty"),
    "nothing but a comment": ("# later", "f:1:1", "empty"),
    "nothing but null": ("~", "f:1:1", "empty"),
    "a tab as indentation": ("a:\n\tb: 1", "f:2:1", "tab"),
    "a tab among spaces": ("a:\n  b:\n  \tc: 1", "f:3:1", "tab"),
    "a tab before a value": ("a:\tb", "f:1:3", "tab"),
    "a NUL": ("a: b\0", "f:1:5", "U+0000"),
    "an escaped NUL": ('a: "\\0"', "f:1:4", "NUL"),
    "half of a surrogate pair": ('a: "\\ud83d"', "f:1:4", "half a character"),
    "an escape beyond Unicode": ('a: "\\UFFFFFFFF"', "f:1:1", "escape"),
    "a lone surrogate": ("a: \ud83d", "f:1:4", "U+D83D"),
    "an escape character": ("a: \x1b[31m", "f:1:4", "U+001B"),
    "a next-line mark": ("a: b\x85c: d", "f:1:5", "U+0085"),
    "a line separator": ("a: b\u2028c: d", "f:1:5", "U+2028"),
    "a byte order mark inside": ("a: \ufeffb", "f:1:4", "U+FEFF"),
    "a mark that reorders the line": ("a: x # \u202e evil", "f:1:8", "U+202E"),
    "an isolate": ("a: \u2067x", "f:1:4", "U+2067"),
    "a list that does not end": ("a: [b", "f:1:6", "expected"),
    "a quote that does not end": ('a: "b', "f:1:6", "end of stream"),
    "a colon too many": ("a: b: c", "f:1:5", "mapping"),
    "a reserved sign": ("a: @b", "f:1:4", "start"),
    "a list inside out": ("- a\nb: 1", "f:2:1", "expected"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_strict_yaml_is_refused_at_its_place(case: str) -> None:
    text, place, word = REFUSED[case]
    with pytest.raises(YamlError) as refused:
        parse(text, file="f")
    assert str(refused.value.place) == place
    assert word in str(refused.value)
    assert "\n" not in str(refused.value)


BOMBS = {
    "lists in lists": "[" * 200_000,
    "mappings in mappings": "{a: " * 50_000,
    "dashes in dashes": "- " * 100_000,
    "indented ever more": "".join(" " * i + "k:\n" for i in range(500)),
    "a billion laughs": "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "more values than are read": "- a\n" * (MAX_NODES + 1),
    "a value of half a mebibyte": "a: " + "x" * (1 << 19),
    "a key of half a mebibyte": "x" * (1 << 19) + ": a",
    "more bytes than are read": "# " + "x" * MAX_BYTES,
    "more bytes than characters": "# " + "é" * (MAX_BYTES // 2),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_document_made_to_exhaust_is_refused(case: str) -> None:
    with pytest.raises(YamlError):
        parse(BOMBS[case], file="f")


def test_the_deepest_document_allowed_is_read() -> None:
    assert parse("[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH, file="f")
    with pytest.raises(YamlError, match="nested deeper"):
        parse("[" * (MAX_DEPTH + 1) + "x" + "]" * (MAX_DEPTH + 1), file="f")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a: 1\nb: \xff", "f:2:4"),
        ("a: ü".encode("latin-1"), "f:1:4"),
        ("a: 1".encode("utf-16"), "f:1:1"),
        (b"a: \xed\xa0\x80", "f:1:4"),
        (b"", "f:1:1"),
        (b"x" * (MAX_BYTES + 1), "f:1:1"),
    ],
)
def test_a_file_that_is_not_a_small_utf8_text_is_refused(
    tmp_path: Path, data: bytes, place: str
) -> None:
    path = tmp_path / "f"
    path.write_bytes(data)
    with pytest.raises(YamlError) as refused:
        read_yaml(path, file="f")
    assert str(refused.value.place) == place


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(YamlError, match="no such file"):
        read_yaml(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(YamlError, match="no such file"):
        read_yaml(tmp_path / "pipe")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    assert plain(read_yaml(tmp_path / "f")) == {"a": "1"}
