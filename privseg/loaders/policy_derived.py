# SPDX-License-Identifier: Apache-2.0
"""From the derived section of a policy to attributes made from others; every mistake is noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_file import DerivedEntry
from privseg.policy.catalogue import Catalogue, ColumnRole, Derived, circle_in
from privseg.policy.findings import suggestion
from privseg.terms import Attribute, Category

STRUCTURAL = frozenset({"ordinal", "event_id", "time"})  # columns that every table has already
FOLDED = "__folded"  # ends the second column of a text: as it is matched (segment/text.py)


def read_derived(
    entries: Mapping[str, DerivedEntry], catalogue: Catalogue, mistakes: Mistakes
) -> dict[Attribute, Derived]:
    """Return what is derived from ``catalogue``; what cannot be is noted and left out."""
    known = {*catalogue.readables, *catalogue.derived, *entries}  # results of scores, too
    found = {
        Attribute(name): _derived(Attribute(name), entry, catalogue, known, mistakes)
        for name, entry in entries.items()
    }
    if (circle := circle_in({n: d.inputs for n, d in found.items()})) is not None:
        message = f"derived from itself: {' from '.join(circle)}"
        mistakes.note(message, entries[circle[0]].place("from"))
        found = {n: replace(d, inputs=frozenset()) for n, d in found.items()}
    return {n: d for n, d in found.items() if catalogue.category_of(n) is None}


def _derived(
    name: Attribute,
    entry: DerivedEntry,
    catalogue: Catalogue,
    known: set[str],
    mistakes: Mistakes,
) -> Derived:
    """Return one derived attribute."""
    codes.spelt(name, codes.WORD, entry.place(), mistakes)
    if name in STRUCTURAL or name.endswith(FOLDED):
        mistakes.note("a name that the engine uses itself: take another", entry.place())
    if name in catalogue.readables or name in catalogue.derived:
        mistakes.note(f"attribute {name!r} is declared twice", entry.place())
    _check_inputs(entry, catalogue, known, mistakes)
    return Derived(
        attribute=name,
        inputs=frozenset(map(Attribute, entry.from_)),
        category=Category(
            codes.spelt(entry.category, codes.NAME, entry.place("category"), mistakes)
        ),
        place=entry.place(),
        special=entry.special,
        nature=entry.nature,
    )


def _check_inputs(
    entry: DerivedEntry, catalogue: Catalogue, known: set[str], mistakes: Mistakes
) -> None:
    """Note inputs that there are not, that stand twice, or that identify somebody."""
    places = [entry.place("from", i) for i in range(len(entry.from_))]
    codes.once(entry.from_, places, mistakes)
    if not entry.from_:
        mistakes.note("name what it is made of: from: [purchase.amount]", entry.place("from"))
    identifiers = identifiers_of(catalogue)
    for name, place in zip(entry.from_, places, strict=True):
        if name in known:
            continue
        if name.rpartition(".")[2] in identifiers:
            mistakes.note(f"{name[:60]!r} is a direct identifier: nothing is made of one", place)
        else:
            mistakes.note(f"unknown attribute {name[:60]!r}{suggestion(name, known)}", place)


def identifiers_of(catalogue: Catalogue) -> frozenset[str]:
    """Return the names of the columns that are direct identifiers."""
    return frozenset(
        c.attribute
        for s in catalogue.sources.values()
        for c in s.columns
        if c.role is ColumnRole.DIRECT_IDENTIFIER
    )
