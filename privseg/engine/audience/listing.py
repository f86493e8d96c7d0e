# SPDX-License-Identifier: Apache-2.0
"""Who gets data, by the policy, and who was handed what; and the same for one person.

GDPR Art. 15(1)(c), 19: the person is told the actual recipients (CJEU C-154/21).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.house import House
from privseg.policy.recipients import Recipient
from privseg.store.disclosures import Disclosed
from privseg.terms import Ordinal, Purpose, StaffRole


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A recipient, and what was handed over to it; never of whom, nor of how many."""

    recipient: Recipient
    purposes: tuple[Purpose, ...]
    handed: tuple[Disclosed, ...]


@dataclass(frozen=True, slots=True)
class GotData:
    """That a recipient was handed somebody, as the person is told it."""

    recipient: str
    title: str
    role: str
    country: str
    purpose: Purpose
    segment: str
    at: datetime
    fields: tuple[str, ...]
    audit_index: int


def views(house: House, *, role: StaffRole) -> list[RecipientView]:
    """Return every recipient of the policy with its hand-overs; looking is on the log."""
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": "audience-list"}))
    handed = house.disclosures.all()
    rules = house.policy.purposes
    return [
        RecipientView(
            recipient,
            tuple(sorted(p for p, rule in rules.items() if name in rule.recipients)),
            tuple(d for d in handed if d.recipient == name),
        )
        for name, recipient in sorted(house.policy.recipients.items())
    ]


def recipients_of(house: House, person: Ordinal) -> list[GotData]:
    """Return every hand-over of a person, oldest first, as the person is told of it.

    A recipient that the policy names no more is told by the name that it had.
    """
    return [_got(house, told) for told in house.disclosures.of(person)]


def _got(house: House, told: Disclosed) -> GotData:
    known = house.policy.recipients.get(told.recipient)
    return GotData(
        recipient=told.recipient,
        title=told.recipient if known is None else known.title,
        role="" if known is None else known.role.value,
        country="" if known is None else known.country,
        purpose=told.purpose,
        segment=told.segment,
        at=told.at,
        fields=told.fields,
        audit_index=told.audit_index,
    )
