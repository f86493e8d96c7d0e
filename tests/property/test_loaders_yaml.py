# SPDX-License-Identifier: Apache-2.0
"""Strict YAML as laws: what is printed is read back, and nothing else than a refusal can happen."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from privseg.loaders.bind import Document, DocumentError, bind
from privseg.loaders.errors import YamlError
from privseg.loaders.nodes import Fields, Items, Node, Scalar
from privseg.loaders.strict_yaml import parse
from privseg.policy.findings import Finding
from privseg.terms import Place

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
documents = st.recursive(
    texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def printed(value: Any) -> str:
    """Print a document in flow style, every text in double quotes and escaped."""
    match value:
        case str():
            return '"' + "".join(f"\\U{ord(c):08x}" for c in value) + '"'
        case list():
            return f"[{', '.join(map(printed, value))}]"
        case _:
            return f"{{{', '.join(f'{printed(k)}: {printed(v)}' for k, v in value.items())}}}"


def plain(node: Node) -> object:
    match node:
        case Scalar():
            return node.text
        case Items():
            return [plain(n) for n in node.nodes]
        case Fields():
            return {e.key: plain(e.value) for e in node.entries}


@given(documents)
def test_what_is_printed_is_read_back(document: Any) -> None:
    assert plain(parse(printed(document), file="f")) == document


PIECES = """a|b: |- |[|]|{|}|,|: |? |&x |*x|!t |>|%|#|'|"|
|
  |\t|\r\n|---
|...
|<<: |~|\\|\0|\ufeff|@|`|\u202e|é|1_0|%YAML 1.1
|\\x|null|=|!!python/name:os """
yamlish = st.lists(st.sampled_from([*PIECES.split("|"), "|"]), max_size=25).map("".join)


@given(yamlish | st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert 1 <= place_of(text).line <= lines


def place_of(text: str) -> Place:
    """Return where a text begins, or where it is refused; any other end fails the test."""
    try:
        return parse(text, file="f").place
    except YamlError as refused:
        return refused.place


class Leaf(Document):
    n: int
    words: tuple[str, ...] = ()


class Tree(Document):
    leaf: Leaf | None = None
    more: dict[str, bool] = Field({})


@given(documents)
def test_any_document_is_bound_or_refused_with_places(document: Any) -> None:
    findings = mistakes_of(printed(document))
    assert findings is None or {f.place.file for f in findings} == {"f"}


def mistakes_of(text: str) -> tuple[Finding, ...] | None:
    """Return the mistakes of a refused document, None of a good one."""
    try:
        bind(parse(text, file="f"), Tree)
    except DocumentError as refused:
        return refused.findings
    return None
