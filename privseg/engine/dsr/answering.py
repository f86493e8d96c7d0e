# SPDX-License-Identifier: Apache-2.0
"""Everything that answers one person's access request, gathered from every room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from privseg.consent import AtPosition
from privseg.consent import Event as ConsentEvent
from privseg.dsr import (
    AccessAnswer,
    Case,
    ConsentStep,
    HeldData,
    Participation,
    PurposeStanding,
    Standing,
)
from privseg.engine.consent.showing import standing
from privseg.engine.dsr.person import account_rows, memberships_of, person_of, was_found
from privseg.engine.dsr.readable import readable_rows
from privseg.engine.dsr.reads import (
    reads_of_person,
    told_limits,
    told_lookups,
    told_reads,
)
from privseg.engine.exact.participation import exact_participation
from privseg.engine.house import House
from privseg.engine.learning.publishing import learned_participation
from privseg.engine.views import PurposeStatus
from privseg.engine.who.views import WhoReadPerson
from privseg.gate.columns import IMPORTED
from privseg.policy import ColumnType, Source, SourceKind
from privseg.release import leaf_of, parse_release
from privseg.release.exact_register import is_exact
from privseg.release.learned_register import is_learned
from privseg.segment import FOLDED_SUFFIX, Person, barred, clauses, read_set, why
from privseg.terms import Ordinal, Purpose

Row = Mapping[str, object]
STRUCTURAL = frozenset({"ordinal", "event_id", "time", IMPORTED})
HOLDS = {
    SourceKind.PEOPLE: "one record about you",
    SourceKind.ACCOUNTS: "one record about your company",
    SourceKind.LIST: "that you are on this list",
}


def access_answer(house: House, case: Case, person: Ordinal) -> AccessAnswer:
    """Return the whole answer. The caller has put the read on the log before."""
    house.require_all_segments()
    whole = house.ledger.whole_history(person)
    history = [event for event in whole if event.subject == person]
    now = house.now()
    stored = stored_rows(house, person)
    rows = {name: [_shown(r, source) for r in stored[name]] for name, source in _sources(house)}
    known = AtPosition(house.ledger.position(), as_of=now)
    allowed = standing(house.policy, person, whole, at=now, known_at=known)
    reads, own = reads_of_person(house, person)
    published = _published(house)
    usable = {(s.purpose, s.category) for s in allowed if s.allowed}
    return AccessAnswer(
        controller=house.policy.controller,
        case=case.number,
        received_at=case.received_at,
        answered_at=now,
        identity=tuple((s.kind, s.value) for s in house.vault.identity(person)),
        data=(
            *(_held(source, rows[name]) for name, source in _sources(house)),
            *(_undeclared(t, r) for t, r in sorted(undeclared_rows(house, person).items())),
            *(_held(s, [_shown(r, s)]) for s, r in account_rows(house, stored)),
        ),
        purposes=tuple(_purpose(house, s) for s in allowed),
        consents=tuple(_step(e) for e in history),
        reads=tuple(told_reads(reads, own, published)),
        segments=tuple(_standings(house, person, stored, usable, now)),
        releases=tuple(_participations(reads, published)),
        requests=tuple((c.number, c.kind.value, c.state.value)
                       for c in house.cases.of_subject(person) if c.number != case.number),
        memberships=memberships_of(house, person),
        looked_up=tuple(told_lookups(reads)),
        reads_are_whole=reads.whole,
        reads_limits=told_limits(reads),
    )  # fmt: skip


def stored_rows(house: House, person: Ordinal) -> dict[str, list[Row]]:
    """Return every row that the column store holds on a person, by source, in stored units."""
    snapshot, there = house.columns.snapshot(), set(house.columns.tables())
    return {
        name: list(house.columns.stamped_rows_of(person, source.table, snapshot=snapshot))
        if source.table in there
        else []
        for name, source in _sources(house)
    }


def undeclared_rows(house: House, person: Ordinal) -> dict[str, list[Row]]:
    """Return what is stored on a person in tables that the catalogue does not declare any more."""
    declared = {s.table for s in house.policy.catalogue.sources.values()}
    snapshot = house.columns.snapshot()
    found: dict[str, list[Row]] = {
        table: list(house.columns.rows_of(person, table, snapshot=snapshot))
        for table in house.columns.tables()
        if table not in declared
    }
    return {table: rows for table, rows in found.items() if rows}


def _sources(house: House) -> list[tuple[str, Source]]:
    """Return the sources with rows about people, by name."""
    found = house.policy.catalogue.sources.items()
    return sorted((n, s) for n, s in found if s.kind is not SourceKind.ACCOUNTS)


def _shown(row: Row, source: Source) -> Row:
    """Return a stored row in the catalogue's units, without structural columns."""
    columns = {c.attribute: c for c in source.columns}
    shown: dict[str, object] = {}
    for name, value in row.items():
        column = columns.get(name)
        if name == "time":
            shown["time"] = value
        elif column is None and name not in STRUCTURAL and not name.endswith(FOLDED_SUFFIX):
            shown[name] = value  # stored, though the catalogue does not declare it any more
        elif column is not None and column.type is ColumnType.ACCOUNT:
            shown[name] = value.hex() if isinstance(value, bytes) else None  # a keyed mark
        elif column is not None:
            digits = column.currency.exponent if column.currency else column.decimals
            scaled = column.type in {ColumnType.MONEY, ColumnType.DECIMAL}
            shown[name] = _decimal(value, digits) if scaled else value
    return shown


def _decimal(value: object, digits: int) -> object:
    """Return a scaled integer as exact decimal text."""
    if not isinstance(value, int):
        return value
    whole, part = divmod(abs(value), 10**digits)
    return f"{'-' if value < 0 else ''}{whole}" + (f".{part:0{digits}}" if digits else "")


def _held(source: Source, rows: list[Row]) -> HeldData:
    """Return one source's part of the answer."""
    kinds = {c.category for c in source.columns if c.category} | (
        {source.category} if source.category else set()
    )
    return HeldData(
        source=source.name,
        holds=HOLDS.get(source.kind, f"{source.event} events"),
        categories=tuple(sorted(kinds)),
        retention_days=source.retention_days,
        rows=tuple({k: _plain(v) for k, v in row.items()} for row in rows),
    )


def _undeclared(table: str, rows: list[Row]) -> HeldData:
    """Return what is still stored of a source that the catalogue does not declare any more."""
    told = [{k: _plain(v) for k, v in r.items() if k not in {"ordinal", "event_id"}} for r in rows]
    return HeldData(table, "no longer in use", ("no longer declared",), None, tuple(told))


def _plain(value: object) -> object:
    """Return a cell as JSON holds it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _purpose(house: House, found: PurposeStatus) -> PurposeStanding:
    """Return one line of what may be used today, with the purpose's title."""
    title = house.policy.purposes[Purpose(found.purpose)].title
    return PurposeStanding(
        found.purpose, title, found.category, found.allowed, found.status, found.reasons
    )


def _step(event: ConsentEvent) -> ConsentStep:
    """Return one act of the person."""
    return ConsentStep(
        act=str(event.act),
        event_time=event.event_time,
        record_time=event.record_time,
        purpose=event.purpose,
        categories=tuple(sorted(event.categories)),
        notice=event.notice,
        method=str(event.method),
    )


def _published(house: House) -> dict[str, Participation]:
    """Return every release by the hash of its statement, as the log names it."""
    found: dict[str, Participation] = {}
    for stored in house.releases.all():
        if is_exact(stored.statement):
            found |= exact_participation(stored)
            continue
        if is_learned(stored.statement):
            found |= learned_participation(stored)
            continue
        statement = parse_release(stored.statement).statement
        found[leaf_of(statement)["statement"]] = Participation(
            stored.register_index,
            statement.plan.title,
            statement.released_at.isoformat(),
            statement.plan.loss.rho,
        )
    return found


def _participations(
    reads: WhoReadPerson, published: Mapping[str, Participation]
) -> list[Participation]:
    """Return the releases of the runs that read the person, by whichever profile, or may have."""
    return [published[r] for read in reads.reads for r in read.run.releases if r in published]


def _standings(
    house: House,
    ordinal: Ordinal,
    stored: Mapping[str, list[Row]],
    usable: set[tuple[str, str]],
    at: datetime,
) -> list[Standing]:
    """Return the person's place in every segment, clause by clause, as a run would find it.

    A score that was fitted to many people tells nothing of one alone: then it is what the last run
    found, without clauses.
    """
    found = []
    known: dict[int | None, Person] = {}  # what a purpose's retention leaves, by its days
    for name, segment in sorted(house.segments.items()):
        segmenter = house.policy.segmenters.get(segment.segmenter)
        days = house.policy.purposes[segmenter.purpose].retention_days if segmenter else None
        if days not in known:
            rows = readable_rows(stored, house.policy.catalogue, at=at, purpose_days=days)
            known[days] = person_of(house, ordinal, rows, purpose_days=days)
        reads = read_set(segment.where, house.policy.catalogue, house.segments)
        needs = house.policy.catalogue.categories_of(reads) | house.segments.reveals(name)
        readable = (
            segmenter is not None
            and reads <= segmenter.reads.keys()
            and all((segmenter.purpose, c) in usable for c in needs)
        )
        fitted = bool(barred(reads, house.policy.catalogue))
        parts = (
            ()
            if fitted
            else why(segment.where, known[days], at=at, zone=house.zone, segments=house.segments)
        )
        is_in = was_found(house, name, ordinal) if fitted else all(p.held for p in parts)
        member = readable and is_in
        found.append(
            Standing(
                segment=name,
                label=segment.label.get("en", name),
                meaning="; ".join(clauses(segment.where)),
                member=member,
                readable=readable,
                clauses=tuple((p.text, p.held) for p in parts),
            )
        )
    return found
