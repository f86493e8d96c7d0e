# SPDX-License-Identifier: Apache-2.0
"""The page about the segment language, each node with an example; used by ``generate.py``.

The examples are files beside the page. The suite loads them over the shop's policy and compares
each with the tree that it means.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from file_keys import keys, plain, table

from privseg.policy.catalogue import ColumnType
from privseg.segment import cost, tree, tree_events, values

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs/reference/segment-language"
WEIGHTS = (
    ("a test of an attribute, account, score, list or sample", cost.LOOKUP),
    ("an event", cost.SCAN),
    ("count, sum, average, min, max, or when the first or last was", cost.FOLD),
    ("distinct, or a property of the first or last", cost.SORTED_FOLD),
    ("same_as", cost.JOIN),
    ("a step of a sequence, and its `without`", cost.STEP),
)


def segment_language() -> Iterator[str]:
    """Yield the nodes with an example each, the tests, the windows, the limits, the shop's."""
    law = plain(tree.__doc__ or "").partition("\n\n")[2].partition(" A node that exists")[0]
    yield from ("# The segment language", "", law, "")
    yield from (
        "There is no precedence: a mapping holds one condition, and one with both `all` and `any`",
        "is refused. Nest them.", "",
        "The examples below are for the demo shop (`privseg demo shop`).", "",
    )  # fmt: skip
    yield from keys("segment", _example)
    yield from _tests()
    yield from _aggregates()
    yield from ("## Windows", "", plain(inspect.getdoc(values.AgoUnit) or ""), "")
    yield from _limits()
    yield from ("## Examples", "")
    for path in sorted((ROOT / "policies/shop/segments").glob("*.yaml")):
        yield from _shown(path.read_text("utf-8"))


def slug(part: str) -> str:
    """Return the name of the example of a part of the file, given in words.

    >>> slug("same as")
    'same-as'
    """
    return part.replace(" ", "-")


def _example(part: str) -> Iterator[str]:
    """Yield the example of a part: what it finds in words, then its condition as it is written."""
    text = EXAMPLES.joinpath(f"{slug(part)}.yaml").read_text("utf-8")
    head, _, where = text.partition("where:")
    note = next((n for n in head.splitlines() if n.startswith("note: ")), "")
    if part == "segment file":
        yield from _shown(text)
        return
    yield from (note.removeprefix("note: "), "")
    yield from _shown(f"where:{where}")


def _shown(text: str) -> Iterator[str]:
    yield from ("```yaml", text.rstrip(), "```", "")


def _tests() -> Iterator[str]:
    """Yield what each type can be tested by."""
    operators = plain(inspect.getdoc(values.Operator) or "")
    relations = plain(inspect.getdoc(values.Relation) or "")
    yield from ("## Tests of each type", "", operators, "", relations, "")
    rows = [(kind.value, ", ".join(_names(kind))) for kind in values.OPERATORS]
    yield from table(("type", "may be tested by"), rows)
    yield from (plain(inspect.getdoc(values.Relative) or ""), "")


def _names(kind: ColumnType) -> Iterator[str]:
    """Yield the keys that test a value of a type."""
    yield from (f"`{o.value}`" for o in values.Operator if o in values.OPERATORS[kind])
    dated = {ColumnType.DATE, ColumnType.TIME}
    relations = ("within", "older_than", "within_next") if kind in dated else ()
    yield from (f"`{r}`" for r in relations)
    if kind is ColumnType.DATE:
        yield "`anniversary`"


def _aggregates() -> Iterator[str]:
    """Yield what can be asked of the events that count, and of which types."""
    yield from ("## What can be asked of which property", "")
    rows = [
        (f"`{kind}`", ", ".join(t for t in ColumnType if t in types))
        for kind, types in tree_events.AGGREGATED.items()
    ]
    yield from table(("key", "of a property of type"), rows)


def _limits() -> Iterator[str]:
    """Yield how large and how dear a segment may be."""
    yield from (
        "## Limits", "",
        f"With its references written out a segment has at most {cost.MAX_DEPTH} levels,",
        f"{cost.MAX_NODES} conditions, filters and steps, and a cost of {cost.MAX_COST:,}. A",
        f"sequence has {tree_events.MIN_STEPS} to {tree_events.MAX_STEPS} steps, an `in` at most",
        f"{values.MAX_VALUES:,} values.", "",
    )  # fmt: skip
    yield from table(("what", "costs"), [(what, str(weight)) for what, weight in WEIGHTS])
