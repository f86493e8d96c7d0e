# SPDX-License-Identifier: Apache-2.0
"""Rows that an erasure must leave: sealed apart, on a ground of the person's own law.

GDPR Art. 17(3), 18(2): restricted to storage and to legal claims. They are out of the column store,
so that no segmenter can read them; with them stay those of the person's identifiers that the source
has columns for, since an invoice without a name is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby

from privseg.dsr import Kept, RequestKind
from privseg.dsr.law import Ground, RequestLaw
from privseg.dsr.places import Where
from privseg.engine.house import House
from privseg.errors import PolicyError
from privseg.policy import Source
from privseg.store.kept import KeptRows
from privseg.terms import Ordinal
from privseg.tlog import canonical
from privseg.vault.rows import EVENT_ID, IMPORTED, ORDINAL, TIME

Row = Mapping[str, object]
_STRUCTURE = frozenset({ORDINAL, EVENT_ID, IMPORTED})


class GroundNotOfLawError(PolicyError):
    """The policy keeps rows on a ground that the person's law does not have; nothing was done."""

    def __init__(self, source: str, grounds: Iterable[str], law: str) -> None:
        super().__init__(
            f"{source} is to be kept for {', '.join(grounds)}, which is no ground against an "
            f"erasure under {law}; nothing was erased: name one that is, in the source's keep"
        )
        self.source = source
        self.law = law


@dataclass(frozen=True, slots=True)
class ToKeep:
    """Rows of one source that stay until the same day, on the same ground."""

    source: Source
    ground: Ground
    until: date
    rows: tuple[Row, ...] = field(repr=False)

    @property
    def kept(self) -> Kept:
        """Return what a receipt says of them."""
        held = {name for row in self.rows for name, value in row.items() if value is not None}
        return Kept(
            self.source.table,
            len(self.rows),
            tuple(sorted(held - _STRUCTURE)),
            self.ground.code,
            self.ground.article,
            self.until,
        )


def to_keep(house: House, person: Ordinal, where: Where) -> list[ToKeep]:
    """Return what must stay of a person today, by source and day.

    ``where`` are all places whose laws the request goes by: a ground counts only if every one of
    those laws has it, so that nothing stays that one of them orders to be erased.

    Raises:
        GroundNotOfLawError: the policy names no ground that every law of the person has.
    """
    sources = [s for s in house.policy.catalogue.sources.values() if s.keep is not None]
    if not sources:
        return []
    law = house.request_law(where)
    found = []
    for source in sorted(sources, key=lambda s: s.name):
        ground = _ground(source, law)
        found += [
            ToKeep(source, ground, until, rows) for until, rows in _by_day(house, person, source)
        ]
    return found


def keep(house: House, person: Ordinal, case: int, groups: Iterable[ToKeep]) -> None:
    """Seal rows apart, in the erasure's transaction and before the person's keys are destroyed."""
    marks = house.vault.suppression_tags(person)
    for group in groups:
        house.kept.add(
            KeptRows(
                number=0,
                case=case,
                source=group.source.name,
                ground=group.ground.code,
                article=group.ground.article,
                until=group.until,
                rows=len(group.rows),
                text=canonical(_document(house, person, group)),
            ),
            marks,
        )


def summed(kept: Iterable[Kept]) -> tuple[Kept, ...]:
    """Return one line for each store and ground, until its last day: what a receipt says."""
    ordered = sorted(kept, key=lambda k: (k.store, k.ground))
    found = []
    for _, group in groupby(ordered, key=lambda k: (k.store, k.ground)):
        each = list(group)
        fields = tuple(sorted({name for k in each for name in k.fields}))
        last = max(k.until for k in each)
        first, rows = each[0], sum(k.records for k in each)
        found.append(Kept(first.store, rows, fields, first.ground, first.article, last))
    return tuple(found)


def _ground(source: Source, law: RequestLaw) -> Ground:
    """Return the first of a source's grounds that the law has."""
    assert source.keep is not None
    known = {ground.code: ground for ground in law.grounds(RequestKind.ERASURE)}
    for code in source.keep.grounds:
        if code in known:
            return known[code]
    raise GroundNotOfLawError(source.name, source.keep.grounds, law.pack)


def _by_day(
    house: House, person: Ordinal, source: Source
) -> Iterator[tuple[date, tuple[Row, ...]]]:
    """Yield the rows of a source that stay, by their last day; what is over does not stay."""
    if source.table not in house.columns.tables():
        return
    assert source.keep is not None
    today = house.now().astimezone(house.zone).date()
    snapshot = house.columns.snapshot()
    rows = house.columns.stamped_rows_of(person, source.table, snapshot=snapshot)
    dated = [(source.keep.until(_day(row, house, today)), row) for row in rows]
    ordered = sorted((pair for pair in dated if pair[0] >= today), key=lambda pair: pair[0])
    for until, group in groupby(ordered, key=lambda pair: pair[0]):
        yield until, tuple(row for _, row in group)


def _day(row: Row, house: House, today: date) -> date:
    """Return the day of a row: of its event, or when it came in; without one, today."""
    moment = row.get(TIME, row.get(IMPORTED))
    if not isinstance(moment, datetime):
        return today
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(house.zone).date()


def _document(house: House, person: Ordinal, group: ToKeep) -> dict[str, object]:
    """Return what is sealed: the rows, and the identifiers that their source has columns for."""
    kinds = {c.identifier for c in group.source.columns if c.identifier is not None}
    return {
        "source": group.source.name,
        "identity": [[s.kind, s.value] for s in house.vault.identity(person) if s.kind in kinds],
        "rows": [
            {name: _printable(v) for name, v in row.items() if name not in _STRUCTURE}
            for row in group.rows
        ],
    }


def _printable(value: object) -> object:
    """Return a value as JSON holds it."""
    match value:
        case date():  # and moments
            return value.isoformat()
        case bytes():
            return value.hex()
        case list():
            return [_printable(each) for each in value]
    return value
