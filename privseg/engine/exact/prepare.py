# SPDX-License-Identifier: Apache-2.0
"""What an exact release would ask, before anything is read: declared in policy, once a period."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from privseg.engine.exact.errors import (
    ExactMistakeError,
    PeriodTakenError,
    UnknownExactError,
    WrongFamilyError,
)
from privseg.engine.house import House
from privseg.engine.reading import reads_of
from privseg.frames import Edition
from privseg.gate import Admission
from privseg.policy.catalogue import Family
from privseg.policy.k_rules import ExactTables, Microdata
from privseg.release.exact_asked import (
    Json,
    Span,
    plan_hash,
    records_asked,
    span_of,
    tables_asked,
    tables_of,
)
from privseg.release.exact_register import is_exact
from privseg.segment import Library
from privseg.store import StoredRelease
from privseg.terms import Attribute, StaffRole
from privseg.tlog import parse_canonical

Declared = ExactTables | Microdata
Made = TypeVar("Made", ExactTables, Microdata)


@dataclass(frozen=True, slots=True)
class ExactRun:
    """One exact release about to be made."""

    declared: Declared
    asked: Json  # what stands in the statement
    admission: Admission
    edition: Edition
    library: Library
    span: Span
    defining: frozenset[Attribute]  # what the segments' definitions read

    @property
    def plan(self) -> str:
        """Return the hash of what is asked."""
        return plan_hash(self.asked)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Return what is read of each person, beside what segments read."""
        return attributes_of(self.declared)


def find_tables(house: House, name: str) -> ExactTables:
    """Return a declaration of tables.

    Raises:
        UnknownExactError: the policy has none of this name.
    """
    return _find(house.policy.exact_tables, name, "declaration of exact tables")


def find_records(house: House, name: str) -> Microdata:
    """Return a declaration of records.

    Raises:
        UnknownExactError: the policy has none of this name.
    """
    return _find(house.policy.microdata, name, "declaration of microdata")


def attributes_of(declared: Declared) -> tuple[Attribute, ...]:
    """Return what a declaration reads of each person, beside what segments read."""
    if isinstance(declared, ExactTables):
        return declared.axes
    coarsened = (each.name for each in declared.quasi_identifiers)
    return (*coarsened, *(each.name for each in declared.sensitive))


def segments_of(declared: Declared) -> tuple[str, ...]:
    """Return the segments that a declaration is about."""
    if isinstance(declared, ExactTables):
        return declared.segments
    return () if declared.segment is None else (declared.segment,)


def prepare_exact(
    house: House, declared: Declared, edition: Edition, *, role: StaffRole
) -> ExactRun:
    """Return the run that would make a declared release on ``edition``; reads no data.

    Raises:
        ExactMistakeError: a segment of it is not there, or another segmenter's.
        WrongFamilyError: it would read what is not of a k lineage.
        TooManyCellsError: its tables are too large to be audited.
    """
    names = segments_of(declared)
    _check_segments(house, declared, names)
    defining = reads_of(house, house.segments, names)
    reads = frozenset(attributes_of(declared)) | defining
    _check_family(house, declared, reads)
    versions = {name: house.segments.version(name) for name in names}
    span = span_of(edition.at, declared.period, house.zone)
    admission = Admission(
        run_id=secrets.token_hex(16),
        segmenter=declared.segmenter,
        actor=role,
        reads=reads | _facts(house, declared, reads),
        segments=versions,
        reveals=frozenset().union(*(house.segments.reveals(name) for name in names)),
    )
    asked = _asked(house, declared, versions, span)
    return ExactRun(declared, asked, admission, edition, house.segments, span, defining)


def earlier(house: House, run: ExactRun) -> StoredRelease | None:
    """Return the release that answered the same in this period, if there is one.

    Raises:
        PeriodTakenError: of its lineage another one was released, for a period that overlaps.
    """
    for stored in house.releases.all():
        if not is_exact(stored.statement):
            continue
        asked = parse_canonical(stored.statement)["statement"]["asked"]
        if not set(asked["lineage"]) & set(run.asked["lineage"]):
            continue
        if plan_hash(asked) == run.plan:
            return stored
        if _span(asked).overlaps(run.span):
            raise PeriodTakenError(asked["name"], asked["period"]["name"])
    return None


def _asked(house: House, declared: Declared, versions: Mapping[str, str], span: Span) -> Json:
    """Return what the statement says was asked; tables too large to be audited are refused here."""
    if isinstance(declared, Microdata):
        return records_asked(declared, house.policy, versions=versions, span=span)
    asked = tables_asked(declared, house.policy, versions=versions, span=span)
    tables_of(asked)
    return asked


def _find(declared: Mapping[str, Made], name: str, what: str) -> Made:
    if name not in declared:
        raise UnknownExactError(name, known=tuple(declared), what=what)
    return declared[name]


def _check_segments(house: House, declared: Declared, names: tuple[str, ...]) -> None:
    """Refuse segments that are not there, broken, or another segmenter's."""
    for name in names:
        if name not in house.segments:
            raise house.no_segment(name)
        if (own := house.segments[name].segmenter) != declared.segmenter:
            why = f'segment "{name}" is of segmenter "{own}", not "{declared.segmenter}"'
            raise ExactMistakeError(why, declared.place)


def _check_family(house: House, declared: Declared, reads: frozenset[Attribute]) -> None:
    """Refuse to read anything but a k lineage: the loader did, and this asks again."""
    catalogue = house.policy.catalogue
    sources = catalogue.sources_of(
        reads | frozenset(house.policy.segmenters[declared.segmenter].reads)
    )
    odd = tuple(sorted(s for s in sources if catalogue.sources[s].family is not Family.K))
    if odd or house.policy.segmenters[declared.segmenter].exact is None:
        raise WrongFamilyError(odd or (declared.segmenter,), declared.place)


def _facts(house: House, declared: Declared, reads: frozenset[Attribute]) -> frozenset[Attribute]:
    """Return what must be read where a declaration reads nothing itself: something of the lineage.

    Who may be read depends on what is read. A table of everybody by nothing is of all those whose
    data the segmenter reads.
    """
    return frozenset() if reads else frozenset(house.policy.segmenters[declared.segmenter].reads)


def _span(asked: Json) -> Span:
    period = asked["period"]
    begins, ends = (datetime.fromisoformat(period[key]) for key in ("from", "to"))
    return Span(period["name"], begins, ends)
