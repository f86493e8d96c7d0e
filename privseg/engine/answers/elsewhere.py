# SPDX-License-Identifier: Apache-2.0
"""What other systems hold on a person, and to whom their data really went."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.dsr.access import Elsewhere, ElsewhereRow, HandedTo
from privseg.dsr.systems import Reach, System
from privseg.engine.house import House
from privseg.terms import Ordinal, SubjectId

ASK = (
    "we cannot look into this system from here, and this answer does not hold what is in it; if "
    "you want that as well, write to us and name this system"
)
NOT_ASKED = "it can be searched only by identifiers that we hold, and we hold none under yours"


def elsewhere(house: House, person: Ordinal | None) -> tuple[Elsewhere, ...]:
    """Return the rows of every system that can be reached, and how to ask the others.

    Raises:
        PrivsegError: a system that should be reached is not: an answer without it would be wrong.
    """
    known = [] if person is None else house.vault.identity(person)
    return tuple(_of_system(system, known) for system in house.systems)


def handed_to(house: House, person: Ordinal | None) -> tuple[HandedTo, ...]:
    """Return the actual recipients of a person's data (GDPR Art. 15(1)(c); CJEU C-154/21)."""
    return () if person is None else tuple(_handed(house, person))


def _of_system(system: System, known: list[SubjectId]) -> Elsewhere:
    """Return what one system holds."""
    if system.reach is not Reach.IN_PLACE:
        return Elsewhere(system.name, reached=False, how_to_ask=ASK)
    if not known:
        return Elsewhere(system.name, reached=False, how_to_ask=NOT_ASKED)
    rows = tuple(ElsewhereRow(table, dict(row)) for table, row in system.rows(known))
    return Elsewhere(system.name, reached=True, rows=rows)


def _handed(house: House, person: Ordinal) -> Iterator[HandedTo]:
    """Yield each hand-over that a person was in, with whom policy says the recipient is."""
    for told in house.disclosures.of(person):
        recipient = house.policy.recipients.get(told.recipient)
        yield HandedTo(
            recipient=told.recipient if recipient is None else recipient.title,
            role="unknown" if recipient is None else str(recipient.role),
            country=None if recipient is None else recipient.country,
            purpose=told.purpose,
            at=told.at,
            fields=told.fields,
            segment=told.segment or None,
        )
