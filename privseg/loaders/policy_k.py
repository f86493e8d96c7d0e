# SPDX-License-Identifier: Apache-2.0
"""Which guarantee family everything is of, and what k lineages release; every mistake noted.

One family a lineage: an exact number about people voids what differential privacy promises of the
same data. So who releases exactly reads only k sources, who releases with noise only dp sources,
and no purpose, whose consents both would tell of, is pursued by both.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import stored
from privseg.loaders.policy_file import SegmenterEntry
from privseg.loaders.policy_k_file import ExactTableEntry, ExactTablesEntry, MicrodataEntry
from privseg.loaders.policy_k_records import people_column, read_microdata
from privseg.policy.catalogue import Catalogue, ColumnType, Family
from privseg.policy.findings import suggestion
from privseg.policy.k_rules import ExactTable, ExactTables, KRules, Microdata
from privseg.policy.rules import Segmenter
from privseg.terms import Attribute, Purpose

LEAST_K = 2  # one person is never a group
KEYED = frozenset({ColumnType.CATEGORY, ColumnType.BOOLEAN})
NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY})
OF_DP = ("rho", "selection_delta", "groups_per_person", "periods_per_person", "clamps")


def read_k_rules(segmenter: SegmenterEntry, mistakes: Mistakes) -> KRules | None:
    """Return a segmenter's right to exact releases, or None if it has none."""
    entry = segmenter.releases
    if entry is None or entry.guarantee != Family.K:
        return None
    for key in OF_DP:
        if key in entry.model_fields_set:
            message = "a k lineage has no noise and no budget: leave it out, or say guarantee: dp"
            mistakes.note(message, entry.place(key))
    if entry.min_people < LEAST_K:
        mistakes.note(f"at least {LEAST_K}", entry.place("min_people"))
    return KRules(entry.place(), entry.min_people)


def check_families(
    segmenters: Mapping[str, Segmenter], catalogue: Catalogue, mistakes: Mistakes
) -> None:
    """Note every read outside a segmenter's family, and purposes that two families pursue."""
    pursued: dict[Purpose, Segmenter] = {}
    for segmenter in segmenters.values():
        own = family_of(segmenter)
        for attribute, place in segmenter.reads.items():
            if (others := catalogue.families_of([attribute]) - {own}) and catalogue.category_of(
                attribute
            ):
                message = (
                    f"{attribute} is of a {min(others)} source, and this segmenter's releases are "
                    f"{own}: what is released of a source has one guarantee"
                )
                mistakes.note(message, place)
        first = pursued.setdefault(segmenter.purpose, segmenter)
        if family_of(first) is not own:
            message = (
                f'"{segmenter.purpose}" is pursued by "{first.name}" too, whose releases are '
                f"{family_of(first)}: exact numbers tell of consents, so give each its own purpose"
            )
            mistakes.note(message, segmenter.place)


def family_of(segmenter: Segmenter) -> Family:
    """Return the guarantee family of what a segmenter releases."""
    return Family.DP if segmenter.exact is None else Family.K


def read_exact(
    tables: Mapping[str, ExactTablesEntry],
    records: Mapping[str, MicrodataEntry],
    segmenters: Mapping[str, Segmenter],
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> tuple[dict[str, ExactTables], dict[str, Microdata]]:
    """Return what k lineages release; no two declarations release of one lineage."""
    found: dict[str, ExactTables] = {}
    coarse: dict[str, Microdata] = {}
    taken: dict[str, str] = {}
    several: list[tuple[str, ExactTablesEntry | MicrodataEntry]] = [
        *tables.items(),
        *records.items(),
    ]
    for name, entry in several:
        codes.spelt(name, codes.NAME, entry.place(), mistakes)
        segmenter = _segmenter(entry, segmenters, mistakes)
        if segmenter is None:
            continue
        _check_alone(name, entry, segmenter, catalogue, taken, mistakes)
        if isinstance(entry, ExactTablesEntry):
            found[name] = _tables(name, entry, segmenter, catalogue, mistakes)
        else:
            coarse[name] = read_microdata(name, entry, segmenter, catalogue, mistakes)
    return found, coarse


def _segmenter(
    entry: ExactTablesEntry | MicrodataEntry,
    segmenters: Mapping[str, Segmenter],
    mistakes: Mistakes,
) -> Segmenter | None:
    """Return the segmenter of a declaration, if it is one of a k lineage."""
    found, place = segmenters.get(entry.segmenter), entry.place("segmenter")
    if found is None:
        near = suggestion(entry.segmenter, segmenters)
        mistakes.note(f"unknown segmenter {entry.segmenter[:60]!r}{near}", place)
    elif found.exact is None:
        message = (
            f'the releases of "{found.name}" are not k: exact numbers and records come only of a '
            "k lineage; say releases: {guarantee: k}, over sources with family: k"
        )
        mistakes.note(message, place)
    elif entry.k < found.exact.min_people:
        message = f'at least {found.exact.min_people}, as the releases of "{found.name}" say'
        mistakes.note(message, entry.place("k"))
    else:
        return found
    return None


def _check_alone(
    name: str,
    entry: ExactTablesEntry | MicrodataEntry,
    segmenter: Segmenter,
    catalogue: Catalogue,
    taken: dict[str, str],
    mistakes: Mistakes,
) -> None:
    """Note a declaration whose lineage another one releases of: nobody would audit both."""
    for source in sorted(catalogue.sources_of(segmenter.reads)):
        if (other := taken.setdefault(source, name)) != name:
            message = (
                f'"{other}" releases of {source} already: what is released of one lineage in a '
                "period is audited together, so declare it together, or read other sources"
            )
            mistakes.note(message, entry.place())


def _tables(
    name: str,
    entry: ExactTablesEntry,
    segmenter: Segmenter,
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> ExactTables:
    """Return one declaration of tables."""
    if entry.protection is not None and entry.protection < 1:
        mistakes.note("at least 1", entry.place("protection"))
    if not entry.tables:
        mistakes.note("declare at least one table", entry.place("tables"))
    places = [t.place("name") for t in entry.tables]
    codes.once([t.name for t in entry.tables], places, mistakes)
    used = {a for t in entry.tables for a in t.by}
    for attribute in entry.cuts.keys() - used:
        mistakes.note("no table is by it", entry.place("cuts", attribute))
    return ExactTables(
        name=name,
        segmenter=segmenter.name,
        period=entry.period,
        k=entry.k,
        protection=entry.protection if entry.protection is not None else entry.k,
        tables=tuple(_table(t, entry, segmenter, catalogue, mistakes) for t in entry.tables),
        place=entry.place(),
        cuts=_cuts(entry, catalogue, mistakes),
    )


def _table(
    table: ExactTableEntry,
    entry: ExactTablesEntry,
    segmenter: Segmenter,
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> ExactTable:
    """Return one table; what it is by has public keys, one a person."""
    codes.spelt(table.name, codes.NAME, table.place("name"), mistakes)
    places = [table.place("by", i) for i in range(len(table.by))]
    codes.once(table.by, places, mistakes)
    for attribute, place in zip(table.by, places, strict=True):
        column = people_column(
            attribute, place, segmenter=segmenter, catalogue=catalogue, mistakes=mistakes
        )
        if column is None:
            continue
        if column.type in NUMBERS and attribute not in entry.cuts:
            message = f"{attribute} is a number: give its cut points, cuts: {{{attribute}: [...]}}"
            mistakes.note(message, place)
        elif column.type not in KEYED | NUMBERS:
            message = f"{attribute} is {column.type}: tables are by categories, booleans, numbers"
            mistakes.note(message, place)
    codes.once(
        table.segments, [table.place("segments", i) for i in range(len(table.segments))], mistakes
    )
    by = tuple(Attribute(a) for a in table.by)
    return ExactTable(table.name, by, table.place(), table.segments)


def _cuts(
    entry: ExactTablesEntry, catalogue: Catalogue, mistakes: Mistakes
) -> dict[Attribute, tuple[int, ...]]:
    """Return the cut points in stored units; they rise."""
    found = {}
    for name, literals in entry.cuts.items():
        readable, place = catalogue.readables.get(Attribute(name)), entry.place("cuts", name)
        if readable is None or readable.column is None or readable.column.type not in NUMBERS:
            mistakes.note(f"{name[:60]!r} is no number of people", place)
            continue
        numbers = [stored(literal, readable.column, mistakes) for literal in literals]
        cuts = tuple(n for n in numbers if n is not None)
        if not cuts or any(b <= a for a, b in pairwise(cuts)):
            mistakes.note("cut points rise, and there is at least one", place)
        found[Attribute(name)] = cuts
    return found
