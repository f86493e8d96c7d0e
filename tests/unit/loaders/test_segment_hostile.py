# SPDX-License-Identifier: Apache-2.0
"""Whatever a file holds, it is a segment that fits its catalogue or it is refused as a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from privseg.loaders.errors import DocumentError
from privseg.loaders.policy import load_policy
from privseg.loaders.segments import load_segment
from privseg.policy.catalogue import Catalogue
from privseg.segment.errors import EmptyReadSetError
from privseg.segment.library import Library, references
from privseg.segment.reads import read_set
from privseg.segment.tree import Segment
from tests.twins.language_catalogue import CATALOGUE

ROOT = Path(__file__).parents[3]
SHOP = load_policy(ROOT / "policies/shop/policies").catalogue
EXAMPLES = [
    json.loads(json.dumps(YAML(typ="safe").load(p.read_text("utf-8")), default=str))
    for p in sorted((ROOT / "docs/reference/segment-language").iterdir())
]
KEYS = [
    "all", "any", "not", "attribute", "account", "score", "cohort", "sample", "share",
    "segment", "event", "sequence", "span", "without", "within", "where", "count", "sum",
    "average", "min", "max", "first", "last", "distinct", "of", "property", "same_as",
    "from", "to", "equals", "in", "between", "at_least", "over", "at_most", "under",
    "starts_with", "contains", "is_known", "older_than", "within_next", "anniversary",
    "every",
]  # fmt: skip
NAMES = [
    *map(str, CATALOGUE.readables),
    *map(str, CATALOGUE.derived),
    *map(str, SHOP.readables),
    *("time", "purchase.time", "email", "amount", "section", "tags", "article", "rfm", "crm"),
]
HOSTILE = [
    *("", " ", "\u202e\u2066evil\u2069", "a\0b", "\u200f", "\ufeff", "é", "e\u0301", "ﷺ"),
    *("x" * 70_000, "9" * 400, "-0", "1e999", "NaN", "inf", "9223372036854775808", "0x10"),
    *("30d", "0d", "999999y", "999999h", "1mo", "2026-02-29", "0001-01-01", "9999-12-31"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "24:00"),
    *("10%", "0.1", "99.99999999999%", "20 EUR", "0.001 EUR", "5 USD", "null", "~", "true"),
    *("'; DROP TABLE eligible; --", "{{ 7 * 7 }}", "${x}", "../../x", "<<", "&a", "*a", "!!x"),
]
DAY = re.compile(r'"([0-9]{4}-[0-9]{2}-[0-9]{2})"(?!:)')
words = st.one_of(
    st.sampled_from(KEYS),
    st.sampled_from(NAMES),
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
leaves = st.one_of(
    words, st.integers(-(10**20), 10**20), st.booleans(), st.none(), st.floats(allow_nan=True)
)
nodes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), words), inner, max_size=3),
    ),
    max_leaves=12,
)


def _text(document: object, *, ascii_only: bool = True) -> str:
    """Return a document as JSON, which is YAML; days stand without quotes, as they must."""
    return DAY.sub(r"\1", json.dumps(document, ensure_ascii=ascii_only))


def _load(text: str, catalogue: Catalogue) -> Segment | None:
    """Return the segment that ``text`` is, or None where it is refused; nothing else may happen."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return load_segment(path, catalogue, name="s.yaml")
        except DocumentError as refusal:
            _check_told(refusal)
            return None


def _check_told(refusal: DocumentError) -> None:
    """Check that a refusal says where, and keeps its words short whatever was written."""
    assert refusal.findings
    assert all(f.place.file == "s.yaml" for f in refusal.findings)
    assert len(str(refusal)) < 20_000


def _fits(segment: Segment, catalogue: Catalogue) -> None:
    """Check that what was loaded can be versioned, and that it reads what the catalogue has."""
    if references(segment.where):
        return
    known = {*catalogue.readables, *catalogue.derived}
    library = Library([segment])
    assert len(library.version(segment.name)) == 64
    with suppress(EmptyReadSetError):  # a sample alone, which nobody can have allowed
        assert read_set(segment.where, catalogue, library) <= known


@given(where=nodes, ascii_only=st.booleans())
def test_any_nesting_of_keys_names_and_texts_is_a_segment_or_is_refused(
    where: Any, *, ascii_only: bool
) -> None:
    document = {"segment": "s", "segmenter": "t", "where": where}
    found = _load(_text(document, ascii_only=ascii_only), CATALOGUE)
    if found is not None:
        _fits(found, CATALOGUE)


@given(st.text(st.sampled_from("{}[]:,-#&*!|>'\"%@` \n\tab\u202e\0é0"), max_size=60))
def test_any_text_is_a_segment_or_is_refused(text: str) -> None:
    _load(text, CATALOGUE)
    _load(f"segment: s\nsegmenter: t\nwhere: {text}\n", CATALOGUE)


@given(st.sampled_from(EXAMPLES), nodes, st.data())
def test_an_example_with_one_part_exchanged_is_a_segment_or_is_refused(
    example: dict[str, Any], part: Any, data: st.DataObject
) -> None:
    document = deepcopy(example)
    holder, key = data.draw(st.sampled_from(list(_spots(document))))
    holder[key] = part
    found = _load(_text(document), SHOP)
    if found is not None:
        _fits(found, SHOP)


@given(st.sampled_from(EXAMPLES), st.sampled_from(KEYS), nodes, st.data())
def test_an_example_with_one_key_more_is_a_segment_or_is_refused(
    example: dict[str, Any], key: str, part: Any, data: st.DataObject
) -> None:
    document = deepcopy(example)
    holders = [h for h, _ in _spots(document) if isinstance(h, dict)]
    data.draw(st.sampled_from(holders)).setdefault(key, part)
    found = _load(_text(document), SHOP)
    if found is not None:
        _fits(found, SHOP)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["segment"])
def test_an_example_as_it_stands_is_a_segment(example: dict[str, Any]) -> None:
    """The positive control of the two above."""
    found = _load(_text(example), SHOP)
    assert found is not None
    _fits(found, SHOP)


def _spots(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a document where a value stands."""
    if isinstance(node, dict | list):
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from _spots(node[key])
