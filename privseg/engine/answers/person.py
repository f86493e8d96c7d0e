# SPDX-License-Identifier: Apache-2.0
"""One person as the evaluator of record reads them, and what is kept of them beside rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pyarrow.compute as pc

from privseg.dsr import FoundIn
from privseg.engine.answers.readable import readable_rows
from privseg.engine.house import SAMPLE, House
from privseg.policy import Column, ColumnRole, Source, SourceKind
from privseg.segment import Event, Person, Sample
from privseg.segment.sampling import draw
from privseg.segment.scores import NotFittedError, scores_of
from privseg.segment.walk import leaves
from privseg.store import Origin
from privseg.terms import Ordinal

Row = Mapping[str, object]
ACCOUNT = "account"  # names the account in its rows, as a keyed hash
ORIGINS = {Origin.RUN: "a run of the segment", Origin.REPORT: "a report"}


def person_of(
    house: House,
    ordinal: Ordinal,
    stored: Mapping[str, list[Row]],
    *,
    purpose_days: int | None = None,
) -> Person:
    """Return everything that a condition may read of one person, from rows that may be read.

    ``purpose_days`` is how long the purpose may read anything, of their accounts, too.
    A score whose parameters were fitted to people is left out: one person does not tell it.
    """
    catalogue = house.policy.catalogue
    attributes: dict[str, Any] = {}
    events: list[Event] = []
    for name, rows in stored.items():
        source = catalogue.sources[name]
        for row in rows:
            if source.kind is SourceKind.LIST:
                attributes[name] = True
            elif source.event is None:
                attributes |= {c.attribute: row.get(c.attribute) for c in _readable(source)}
            else:
                events.append(_event(source.event, source, row))
    attributes |= _of_accounts(house, attributes, purpose_days)
    attributes |= _scores(house, events)
    return Person(attributes, tuple(events), _draws(house, ordinal))


def account_rows(house: House, stored: Mapping[str, list[Row]]) -> Iterator[tuple[Source, Row]]:
    """Yield what is stored of the companies that a person belongs to, by source."""
    attributes: dict[str, Any] = {}
    for name, rows in stored.items():
        if house.policy.catalogue.sources[name].event is None and rows:
            attributes |= rows[-1]
    for source in _accounts(house):
        row = _account_row(house, source, attributes)
        if row:
            yield source, {k: v for k, v in row.items() if k != ACCOUNT}


def memberships_of(house: House, person: Ordinal) -> tuple[FoundIn, ...]:
    """Return in which segments runs and reports found a person, as far as it is kept."""
    return tuple(
        FoundIn(m.segment, m.version, m.at, ORIGINS[m.origin])
        for m in house.runs.containing(person)
    )


def was_found(house: House, segment: str, person: Ordinal) -> bool:
    """Return whether the last run of a segment found a person."""
    last = house.runs.newest(segment)
    return last is not None and person in last.people


def _of_accounts(
    house: House, attributes: Mapping[str, Any], purpose_days: int | None
) -> dict[str, Any]:
    """Return the attributes of the accounts that a person belongs to, as far as they are kept."""
    found: dict[str, Any] = {}
    for source in _accounts(house):
        row = _account_row(house, source, attributes)
        rows = readable_rows(
            {source.name: [row] if row else []},
            house.policy.catalogue,
            at=house.now(),
            purpose_days=purpose_days,
        )
        for kept in rows[source.name]:
            found |= {c.attribute: kept.get(c.attribute) for c in _readable(source)}
    return found


def _account_row(house: House, source: Source, attributes: Mapping[str, Any]) -> Row:
    """Return the row of a person's account; nothing for nobody's."""
    link = house.policy.catalogue.link_to(source.name)
    mark = attributes.get(link) if link is not None else None
    if mark is None or source.table not in house.columns.tables():
        return {}
    table = house.columns.accounts(source.table, snapshot=house.columns.snapshot())
    rows = table.filter(pc.equal(table.column(ACCOUNT), mark)).to_pylist()
    return cast("Row", rows[0]) if rows else {}


def _scores(house: House, events: list[Event]) -> dict[str, Any]:
    """Return every result that a person has."""
    found: dict[str, Any] = {}
    for score in house.policy.catalogue.scores.values():
        try:
            found.update({str(k): v for k, v in scores_of(score, events, at=house.now()).items()})
        except NotFittedError:
            continue
    return found


def _draws(house: House, person: Ordinal) -> dict[str, int]:
    """Return what a person draws for every sample that a segment uses."""
    key = house.vault.secret(SAMPLE)
    tests = (t for s in house.segments.values() for t in leaves(house.segments.expand(s.where)))
    names = {t.name for t in tests if isinstance(t, Sample)}
    return {name: draw(key, name, person) for name in sorted(names)}


def _accounts(house: House) -> list[Source]:
    """Return the sources of accounts, by name."""
    sources = sorted(house.policy.catalogue.sources.items())
    return [s for _, s in sources if s.kind is SourceKind.ACCOUNTS]


def _event(name: str, source: Source, row: Row) -> Event:
    """Return a stored row of an events source as the evaluator reads it."""
    moment = cast("Any", row["time"])
    properties: dict[str, Any] = {c.attribute: row.get(c.attribute) for c in _readable(source)}
    return Event(name, bytes(cast("bytes", row["event_id"])), moment, properties)


def _readable(source: Source) -> list[Column]:
    """Return the columns of a source that lie in the column store."""
    return [c for c in source.columns if c.role is not ColumnRole.DIRECT_IDENTIFIER]
