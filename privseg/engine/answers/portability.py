# SPDX-License-Identifier: Apache-2.0
"""Gathering what a person takes elsewhere: rows in the form in which their source reads them.

Round trip (tests/engine/test_portability.py): what is exported loads again through the readers of
``sources`` and gives the same cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import blake2b

from privseg.consent import Act, Event
from privseg.dsr import Case
from privseg.dsr.access import LeftOut
from privseg.dsr.portability import PortabilityAnswer, PortableSource, by_basis
from privseg.engine.answers.access import asker_of
from privseg.engine.answers.held import Hidden, Row, shown_value, sources_about_people, stored_rows
from privseg.engine.house import House
from privseg.policy import Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.terms import Category, Jurisdiction, LawfulBasis, Ordinal, Purpose

EVENT_BYTES = 16  # 128 bits: no two events of anybody meet by chance
HOLDS = {SourceKind.PEOPLE: "one record about you"}
NOT_YOURS = "it was not provided by you, nor observed of you: we made it"
NOT_ASKED = "it rests neither on your consent nor on a contract with you (GDPR Art. 20(1)(a))"
MARKED = "which company you belong to is stored as a mark alone, not by its name"
HIDDEN = "we hold it, and no answer may show it: {nature}"


def portability_answer(
    house: House, case: Case, person: Ordinal | None, language: str
) -> PortabilityAnswer:
    """Return the answer. The caller has put the read on the log before."""
    law = house.request_law(case.where)
    history = [] if person is None else house.ledger.history(person)
    may = (
        _portable(house, history, case.jurisdiction)
        if by_basis(law.pack)
        else frozenset(house.policy.catalogue.categories())
    )
    stored = stored_rows(house, person)
    known = {} if person is None else {s.kind: s.value for s in house.vault.identity(person)}
    hidden = Hidden(law.never_disclosed)
    found, left = [], []
    for name, source in sources_about_people(house):
        if not stored[name]:
            continue
        if source.kind is SourceKind.LIST:
            left.append(LeftOut(name, NOT_YOURS))
            continue
        columns = [c for c in source.columns if _goes(c, may, hidden)]
        left += [LeftOut(f"{name}: {c.name}", why) for c in source.columns
                 if (why := _why_not(c, may, hidden)) is not None]  # fmt: skip
        if _has_data(source, columns, may):
            found.append(_portable_source(source, columns, stored[name], known))
    return PortabilityAnswer(
        asker=asker_of(house, case, law, person, language),
        sources=tuple(found),
        left_out=tuple(left),
    )


def _portable(
    house: House, history: Sequence[Event], place: Jurisdiction | None
) -> frozenset[Category]:
    """Return the categories that a purpose uses by contract, or by a consent that was given."""
    found: set[Category] = set()
    for purpose, rule in house.policy.purposes.items():
        bases = set(rule.basis.values()) if place is None else {rule.basis.get(place)}
        if LawfulBasis.CONTRACT in bases:
            found |= rule.categories
        if LawfulBasis.CONSENT in bases:
            found |= _granted(history, purpose) & rule.categories
    return frozenset(found)


def _granted(history: Sequence[Event], purpose: Purpose) -> frozenset[Category]:
    """Return what was ever consented to: data that was taken under a consent stays so provided."""
    grants = (e for e in history if e.act is Act.GRANT and e.purpose == purpose)
    return frozenset(c for e in grants for c in e.categories)


def _why_not(column: Column, may: frozenset[Category], hidden: Hidden) -> str | None:
    """Return why a column is left out; None for one that goes."""
    if (nature := hidden.of(column)) is not None:
        return HIDDEN.format(nature=nature)
    if column.type is ColumnType.ACCOUNT:
        return MARKED
    if column.role is ColumnRole.DIRECT_IDENTIFIER or column.category in may:
        return None
    return NOT_ASKED


def _goes(column: Column, may: frozenset[Category], hidden: Hidden) -> bool:
    return _why_not(column, may, hidden) is None


def _has_data(source: Source, columns: Sequence[Column], may: frozenset[Category]) -> bool:
    """Return whether anything goes beside who it is about."""
    if source.category is not None and source.category in may:
        return True
    return any(c.role is not ColumnRole.DIRECT_IDENTIFIER for c in columns)


def _portable_source(
    source: Source, columns: Sequence[Column], rows: Sequence[Row], known: Mapping[str, str]
) -> PortableSource:
    """Return the rows under the names of their columns in a file."""
    own = [n for n in (source.event_id, source.time) if n is not None]
    names = tuple(dict.fromkeys([*(c.name for c in columns), *own]))
    return PortableSource(
        source=source.name,
        holds=HOLDS.get(source.kind, f"{source.event} events"),
        columns=names,
        rows=tuple(_row(source, columns, row, known) for row in rows),
    )


def _row(
    source: Source, columns: Sequence[Column], row: Row, known: Mapping[str, str]
) -> dict[str, object]:
    """Return one row as a file has it."""
    told: dict[str, object] = {c.name: _cell(c, row, known) for c in columns}
    if source.event_id is not None:
        told[source.event_id] = _event_mark(row.get("event_id"))
    if source.time is not None:
        told[source.time] = _moment(row.get("time"))
    return told


def _cell(column: Column, row: Row, known: Mapping[str, str]) -> object:
    """Return one cell as JSON holds it and a reader takes it."""
    if column.role is ColumnRole.DIRECT_IDENTIFIER:
        return known.get(column.identifier or "")
    value = shown_value(row.get(column.attribute), column)
    return _moment(value) if isinstance(value, date | datetime) else value


def _event_mark(own: object) -> str | None:
    """Return an id for an event: always the same one, and none that leads to ours."""
    if not isinstance(own, bytes):
        return None
    return blake2b(own, person=b"portability", digest_size=EVENT_BYTES).hexdigest()


def _moment(value: object) -> object:
    """Return a day or a moment in ISO 8601; a moment in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
