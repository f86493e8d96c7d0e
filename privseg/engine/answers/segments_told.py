# SPDX-License-Identifier: Apache-2.0
"""The segments that a person is and was in, each explained by the evaluator that decides.

Conditions in words with public thresholds, the person's own values, and the smallest changes that
would take them out. A score that was fitted to many people tells nothing of one alone: then it is
what the last run found, without clauses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from privseg.dsr.access import (
    ChangeTold,
    ClauseTold,
    FoundIn,
    OwnValue,
    SignificantDecision,
)
from privseg.dsr.access import Standing as Told
from privseg.dsr.changes import Change, Changes
from privseg.dsr.reasons import Asked, flips
from privseg.engine.answers.held import Hidden, Row, column_of, decimal_text, shown_value
from privseg.engine.answers.person import ORIGINS, person_of, was_found
from privseg.engine.answers.readable import readable_rows
from privseg.engine.house import House
from privseg.engine.segment.definition_reading import written_out
from privseg.engine.who.views import WhoReadPerson
from privseg.policy import Segmenter
from privseg.segment import (
    AccountTest,
    All,
    AttributeTest,
    CohortTest,
    Condition,
    EventTest,
    Leaf,
    Library,
    Person,
    Sample,
    ScoreTest,
    Segment,
    barred,
    clauses,
    explain,
    holds,
    leaves,
    read_set,
)
from privseg.segment.evaluate_values import Moment
from privseg.segment.measured import events_of, measured
from privseg.store import DefinitionError
from privseg.store.memberships_told import KeptMembership, kept_memberships
from privseg.terms import Attribute, Ordinal

Usable = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Looked:
    """The person as the evaluator reads them, by how long a purpose may read anything."""

    house: House
    ordinal: Ordinal
    stored: Mapping[str, list[Row]] = field(repr=False)
    usable: Usable
    hidden: Hidden
    at: datetime
    known: dict[int | None, Person] = field(default_factory=dict, repr=False)

    def person(self, days: int | None) -> Person:
        """Return what a purpose's retention leaves of the person."""
        if days not in self.known:
            catalogue = self.house.policy.catalogue
            rows = readable_rows(self.stored, catalogue, at=self.at, purpose_days=days)
            self.known[days] = person_of(self.house, self.ordinal, rows, purpose_days=days)
        return self.known[days]


def standings(looked: Looked, language: str) -> tuple[Told, ...]:
    """Return the person's place in every segment, as a run would find it now."""
    segments = looked.house.segments
    return tuple(_standing(looked, segments[name], language) for name in sorted(segments))


def memberships(
    house: House, person: Ordinal | None, reads: WhoReadPerson, own: frozenset[int]
) -> tuple[FoundIn, ...]:
    """Return where runs and reports found a person, each with what that version meant.

    The index of reads says who was found; only where it cannot is a stored membership opened.
    """
    if person is None:
        return ()
    told = {r.run.run: r.found_in for r in reads.reads if r.run.entry in own}
    known: dict[str, str | None] = {}
    return tuple(
        FoundIn(m.segment, m.version, m.at, ORIGINS[m.origin], _meaning(house, m.version, known))
        for m in kept_memberships(house.db)
        if _is_in(house, person, m, told, whole=reads.whole)
    )


def _is_in(
    house: House, person: Ordinal, kept: KeptMembership,
    told: Mapping[str, tuple[str, ...] | None], *, whole: bool,
) -> bool:  # fmt: skip
    """Return whether a person is in a stored membership."""
    found = told.get(kept.run_id)
    if found is not None:
        return kept.segment in found
    if whole and kept.run_id not in told:
        return False  # surely not read, so not found
    opened = house.runs.of_run(kept.run_id)
    return any(m.segment == kept.segment and person in m.people for m in opened)


def decisions(house: House, told: tuple[Told, ...]) -> tuple[SignificantDecision, ...]:
    """Return the purposes with significant effects that hold a segment, and a human to ask.

    GDPR Art. 15(1)(h) and 22: their logic is that of the segments, clause by clause.
    """
    found = []
    for purpose, rule in sorted(house.policy.purposes.items()):
        of_it = [s for s in told if s.purpose == purpose]
        if rule.significant and of_it:
            found.append(
                SignificantDecision(
                    purpose,
                    rule.title,
                    tuple(s.segment for s in of_it),
                    tuple(s.segment for s in of_it if s.member),
                    rule.human_review,
                )
            )
    return tuple(found)


def _standing(looked: Looked, segment: Segment, language: str) -> Told:
    """Return the person's place in one segment."""
    house = looked.house
    segmenter = house.policy.segmenters.get(segment.segmenter)
    reads = read_set(segment.where, house.policy.catalogue, house.segments)
    needs = house.policy.catalogue.categories_of(reads) | house.segments.reveals(segment.name)
    readable = segmenter is not None and _may(segmenter, reads, needs, looked.usable)
    fitted = bool(barred(reads, house.policy.catalogue))
    person = looked.person(_days(house, segmenter))
    parts = () if fitted else _clauses(looked, segment.where, person)
    is_in = was_found(house, segment.name, looked.ordinal) if fitted else all(p.held for p in parts)
    member = readable and is_in
    return Told(
        segment=segment.name,
        label=segment.label.get(language) or segment.label.get("en", segment.name),
        meaning="; ".join(clauses(segment.where)),
        purpose=None if segmenter is None else segmenter.purpose,
        member=member,
        readable=readable,
        explained=not fitted,
        clauses=parts,
        ways_out=_ways_out(looked, segment.where, person) if member and not fitted else (),
        allowed_by=tuple(sorted(needs)) if member else (),
    )


def _may(
    segmenter: Segmenter, reads: frozenset[Attribute], needs: frozenset[Any], usable: Usable
) -> bool:
    """Return whether a segment may read the person at all."""
    allowed = all((segmenter.purpose, c) in usable for c in needs)
    return reads <= segmenter.reads.keys() and allowed


def _days(house: House, segmenter: Segmenter | None) -> int | None:
    """Return how long the purpose of a segmenter may read anything."""
    if segmenter is None:
        return None
    return house.policy.purposes[segmenter.purpose].retention_days


def _clauses(looked: Looked, where: Condition, person: Person) -> tuple[ClauseTold, ...]:
    """Return each part that must hold, whether it did, and the values that it looked at."""
    house = looked.house
    parts = where.parts if isinstance(where, All) else (where,)
    return tuple(
        ClauseTold(
            explain(part) if not isinstance(part, All) else "; ".join(clauses(part)),
            holds(part, person, at=looked.at, zone=house.zone, segments=house.segments),
            _own_values(looked, part, person),
        )
        for part in parts
    )


def _own_values(looked: Looked, part: Condition, person: Person) -> tuple[OwnValue, ...]:
    """Return the person's own values in the tests of a part, each once."""
    moment = Moment(looked.at, looked.house.zone)
    found: dict[str, OwnValue] = {}
    for leaf in leaves(_written_out(looked.house.segments, part)):
        for name, attribute, value in _seen(leaf, person, moment):
            found.setdefault(name, _own(looked, name, attribute, value))
    return tuple(found.values())


def _seen(leaf: Leaf, person: Person, moment: Moment) -> list[tuple[str, str, object]]:
    """Return what a test looked at: its name, the attribute that it is of, the value."""
    match leaf:
        case AttributeTest(name) | AccountTest(name) | ScoreTest(name):
            return [(name, name, person.attributes.get(name))]
        case CohortTest(name):
            return [(name, name, person.attributes.get(name) is True)]
        case Sample(name):
            return [(f"sample {name}", name, person.draws.get(name, leaf.below) < leaf.below)]
        case EventTest():
            events = events_of(leaf, person, moment)
            return [
                (f"{a.kind} of {a.of or leaf.event}", a.of or "", measured(a, events))
                for a in leaf.aggregates
            ]
        case _:
            return []


def _own(looked: Looked, name: str, attribute: str, value: object) -> OwnValue:
    """Return a value in the catalogue's units; one of a nature that is not shown stays hidden."""
    column = column_of(looked.house, attribute)
    if column is None or value is None:
        return OwnValue(name, _of_score(looked.house, attribute, value))
    if looked.hidden.of(column) is not None:
        return OwnValue(name, None, hidden=True)
    return OwnValue(name, value if name.startswith(_COUNTS) else shown_value(value, column))


_COUNTS = ("count of", "distinct of")


def _of_score(house: House, attribute: str, value: object) -> object:
    """Return a score's result in its units."""
    output = house.policy.catalogue.output_of(Attribute(attribute))
    if output is None or not isinstance(value, int) or isinstance(value, bool):
        return value
    digits = output.currency.exponent if output.currency else output.decimals
    return decimal_text(value, digits) if digits else value


def _ways_out(
    looked: Looked, where: Condition, person: Person
) -> tuple[tuple[ChangeTold, ...], ...]:
    """Return the smallest changes that would take the person out, tried on the evaluator."""
    house = looked.house
    others = {
        str(name): known.column.values
        for name, known in house.policy.catalogue.readables.items()
        if known.column is not None and known.column.values
    }
    asked = Asked(_written_out(house.segments, where), looked.at, house.zone, others)
    return tuple(_told(looked, way) for way in flips(asked, person))


def _told(looked: Looked, way: Changes) -> tuple[ChangeTold, ...]:
    """Return changes as they are told."""
    return tuple(ChangeTold(str(c.kind), c.of, _new_value(looked, c), c.size) for c in way)


def _new_value(looked: Looked, change: Change) -> object:
    """Return the value that would take a person out, in the catalogue's units."""
    column = column_of(looked.house, change.of)
    if column is None:
        return _of_score(looked.house, change.of, change.to)
    return shown_value(change.to, column)


def _written_out(segments: Library, part: Condition) -> Condition:
    """Return a part with its references written out."""
    return segments.expand(part)


def _meaning(house: House, version: str, known: dict[str, str | None]) -> str | None:
    """Return a version in words, as far as its text was kept."""
    if version not in known:
        try:
            where = written_out(house.definitions, version).where
            known[version] = "; ".join(clauses(where))
        except DefinitionError:
            known[version] = None
    return known[version]
