# SPDX-License-Identifier: Apache-2.0
"""From a scan to what is protected: people of each atom, or records as codes. Both are secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.frames import (
    EVERYBODY,
    IN_KEY,
    OUT_KEY,
    Block,
    ByCategory,
    ByCut,
    ByMember,
    Cell,
    Dimension,
    Measure,
    MeasureKind,
    OfPerson,
    Tally,
)
from privseg.frames.dimension import MISSING_KEY
from privseg.policy import Catalogue, ColumnType
from privseg.policy.k_rules import ExactTables, Microdata, QuasiIdentifier
from privseg.protect.exact.hierarchy import Coded, Scale, Value, coded
from privseg.protect.exact.microdata import Records
from privseg.protect.exact.tables import Counts, Tables
from privseg.release.exact_asked import Json, column_of, decimals_of, keys_of
from privseg.release.exact_guarantee import sensitive_column

if TYPE_CHECKING:
    import pyarrow as pa

ATOMS = "atoms"  # names the block, and the secret of a bounding that has nothing to bound


def block_of(declared: ExactTables, catalogue: Catalogue) -> Block:
    """Return one block whose cells are the atoms of a period's tables."""
    axes: list[Dimension] = []
    for name in declared.axes:
        cuts, column = declared.cuts.get(name), column_of(name, catalogue)
        by_cut = None if cuts is None else ByCut(OfPerson(name), cuts)
        axes.append(by_cut or ByCategory(name, keys_of(column, None)))
    members = (ByMember(name) for name in declared.segments)
    size = Measure("size", MeasureKind.SIZE)
    return Block(ATOMS, (EVERYBODY,), 1, (size,), dimensions=(*axes, *members))


def atoms_of(tallies: Mapping[Cell, Tally], tables: Tables) -> Counts:
    """Return the people of each atom."""
    people = np.zeros(tables.shape, np.int64)
    places = [{key: i for i, key in enumerate(axis.keys)} for axis in tables.axes]
    places += [{OUT_KEY: 0, IN_KEY: 1} for _ in tables.segments]
    for (_, keys), tally in tallies.items():
        at = tuple(place[key] for place, key in zip(places, keys, strict=True))
        people[at] += tally.people
    return people


def records_of(
    table: pa.Table, declared: Microdata, asked: Json, catalogue: Catalogue, own: FrozenBitMap
) -> Records:
    """Return people's records as codes; ``own`` are those whose records are released."""
    quasi = tuple(_coded(q, table, catalogue) for q in declared.quasi_identifiers)
    told = [
        sensitive_column(said, _texts(table, said["attribute"], catalogue))
        for said in asked["sensitive"]
    ]
    ordinals = table.column("ordinal").to_numpy()
    released: NDArray[np.bool_] = np.isin(ordinals, np.asarray(own.to_array(), np.uint32))
    return Records(quasi, tuple(c for c, _ in told), tuple(values for _, values in told), released)


def _coded(quasi: QuasiIdentifier, table: pa.Table, catalogue: Catalogue) -> Coded:
    """Return one quasi-identifier as codes."""
    column = column_of(quasi.name, catalogue)
    values: Sequence[Value] = table.column(quasi.name).to_pylist()
    if column.type is ColumnType.BOOLEAN:
        values = [None if v is None else _truth(v) for v in values]
    return coded(quasi.name, values, quasi.levels, Scale(decimals_of(column)))


def _texts(table: pa.Table, name: str, catalogue: Catalogue) -> list[str]:
    """Return a sensitive attribute's texts, as they stand in records."""
    column = catalogue.readables[name].column  # type: ignore[index]  # a name of the catalogue
    assert column is not None, "what exact releases read are columns"
    scale = Scale(decimals_of(column))
    return [_text(value, scale) for value in table.column(name).to_pylist()]


def _text(value: Any, scale: Scale) -> str:
    match value:
        case None:
            return MISSING_KEY
        case bool():
            return _truth(value)
        case int():
            return scale.text(value)
    return str(value)


def _truth(value: object) -> str:
    return "true" if value else "false"
