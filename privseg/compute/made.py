# SPDX-License-Identifier: Apache-2.0
"""Tables that are made for a run from permitted rows: attributes of people's accounts, samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import FrozenBitMap

from privseg.compute.reader import PermittedTable, Streamed, ordinals_of
from privseg.compute.tables import ACCOUNT, Held
from privseg.gate.columns import ORDINAL
from privseg.segment.sampling import draws

PEOPLE_AT_ONCE = 1 << 20  # of one batch of draws


@dataclass(frozen=True, slots=True)
class AccountTable(Streamed):
    """Of each person who belongs to an account: the attributes of that account that are read.

    Whoever has no account, or one that nothing is known of, has no row: all of it is missing.
    """

    people: PermittedTable | Held = field(repr=False)  # the ordinal and the link
    link: str
    accounts: pa.Table = field(repr=False)  # ``account`` and the attributes

    @property
    def schema(self) -> pa.Schema:
        """Return the ordinal and the attributes; never who the account is."""
        return pa.schema([pa.field(ORDINAL, pa.uint32()), *self._attributes.schema])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the people's rows as they come."""
        known = self.accounts.column(ACCOUNT).combine_chunks()
        for batch in self.people.batches():
            place = pc.index_in(batch.column(self.link), known, skip_nulls=True)
            belongs = place.is_valid()
            rows = self._attributes.take(place.filter(belongs)).combine_chunks()
            ordinals = batch.column(ORDINAL).filter(belongs)
            yield from (pa.table([ordinals, *rows.columns], schema=self.schema).to_batches())

    @property
    def _attributes(self) -> pa.Table:
        return self.accounts.drop_columns([ACCOUNT])


@dataclass(frozen=True, slots=True)
class SampleTable(Streamed):
    """What each person draws for each sample: nobody's data, but a secret of the workspace."""

    people: FrozenBitMap = field(repr=False)
    names: tuple[str, ...]
    key: bytes = field(repr=False)

    @property
    def schema(self) -> pa.Schema:
        """Return the ordinal and a column for each sample."""
        return pa.schema([pa.field(n, pa.uint32()) for n in (ORDINAL, *self.names)])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the draws of everybody, many at once."""
        ordinals = ordinals_of(self.people)
        for start in range(0, len(ordinals), PEOPLE_AT_ONCE):
            some = ordinals[start : start + PEOPLE_AT_ONCE]
            drawn = [draws(self.key, name, some) for name in self.names]
            yield pa.record_batch([pa.array(a) for a in (some, *drawn)], schema=self.schema)
