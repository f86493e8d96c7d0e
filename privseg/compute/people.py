# SPDX-License-Identifier: Apache-2.0
"""Attributes of the people counted: each source and each score is read once for a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyroaring import FrozenBitMap

from privseg.compute.reader import mask_of
from privseg.compute.slots import Ordinals
from privseg.compute.stand import Stand
from privseg.compute.tables import withheld
from privseg.frames import Amount, Block, ByCategory, ByCut, ByFound, OfPerson
from privseg.gate.columns import ORDINAL
from privseg.terms import Attribute


class People:
    """What is known of ``people``, of attributes that are all named beforehand."""

    def __init__(
        self, stand: Stand, people: FrozenBitMap, attributes: frozenset[Attribute]
    ) -> None:
        """Take whom and what it is about; read nothing yet."""
        self._stand = stand
        self._people = people
        self._mask = mask_of(people)
        self._attributes = attributes
        self._held: dict[str, pa.Table] = {}

    def cells(self, attribute: Attribute) -> Iterator[tuple[Ordinals, Any]]:
        """Yield people and their cells, missing ones too; whoever has no row is left out.

        Raises:
            NotImportedError, NotFittedError, ScanFailedError: as they say.
        """
        for batch in self.rows(attribute).to_batches():
            yield batch.column(ORDINAL).to_numpy(), batch.column(str(attribute))

    def rows(self, attribute: Attribute) -> pa.Table:
        """Return everything that is read of the source or score that an attribute comes from.

        Raises:
            NotImportedError, NotFittedError, ScanFailedError: as they say.
        """
        origin = self._stand.origin_of(attribute)
        if origin not in self._held:
            mine = frozenset(a for a in self._attributes if self._stand.origin_of(a) == origin)
            with withheld():
                rows = self._stand.rows_of(mine, self._people)
                own = (self._own(batch) for batch in rows.batches())
                self._held[origin] = pa.Table.from_batches(own, rows.schema)
        return self._held[origin]

    def _own(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        inside = np.take(self._mask, batch.column(ORDINAL).to_numpy(), mode="clip")
        return batch if inside.all() else batch.filter(pa.array(inside))


def attributes_of(block: Block) -> frozenset[Attribute]:
    """Return the attributes of people that a block reads."""
    amounts: list[Amount] = [m.amount for m in block.measures if m.amount is not None]
    amounts += [d.amount for d in block.dimensions if isinstance(d, ByCut)]
    named = {d.attribute for d in block.dimensions if isinstance(d, ByCategory | ByFound)}
    return frozenset(named | {a.attribute for a in amounts if isinstance(a, OfPerson)})
