# SPDX-License-Identifier: Apache-2.0
"""What a breach has to do with hand-overs: to whom what leaked had gone, and a recipient's own.

A breach at a recipient that decides for itself is its to report; one at a processor is ours
(GDPR Art. 33(2)). Whom it concerns is whoever it was handed, which only we may be able to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pyroaring import BitMap, FrozenBitMap

from privseg.audit.reads import Run
from privseg.audit.wanted import Wanted
from privseg.engine.audience.errors import UnknownRecipientError
from privseg.engine.house import House
from privseg.engine.who.breach_views import BreachAsked, HandedThen
from privseg.store.disclosures import Disclosed
from privseg.terms import Attribute


def require_recipients(house: House, names: frozenset[str]) -> None:
    """Refuse a recipient that neither the policy nor any hand-over knows.

    Raises:
        UnknownRecipientError: as it says; nothing was looked up.
    """
    known = {*house.policy.recipients, *(d.recipient for d in house.disclosures.all())}
    if unknown := names - known:
        raise UnknownRecipientError(min(unknown), known=tuple(sorted(known)))


def handed_to(house: House, asked: BreachAsked) -> list[Disclosed]:
    """Return what the recipients that were asked for were handed in the window."""
    every = house.disclosures.all()
    return [d for d in every if d.recipient in asked.recipients and _is_in(d.at, asked.wanted)]


def handed_of(house: House, runs: Iterable[Run[Any]]) -> list[Disclosed]:
    """Return what was handed over of runs: who else has what they found."""
    names = {run.name for run in runs}
    return [d for d in house.disclosures.all() if d.run_id in names]


def people_of(house: House, handed: Iterable[Disclosed]) -> FrozenBitMap:
    """Return whoever was in any of these hand-overs."""
    found = BitMap()
    for told in handed:
        found |= house.disclosures.people(told.number)
    return FrozenBitMap(found)


def data_of(
    house: House, handed: Iterable[Disclosed], runs: Iterable[Run[Any]]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the attributes, kinds of identifier included, and the categories handed over.

    Being in a segment tells of what it reads, so what each run read is among the categories.
    """
    told = list(handed)
    names = {d.run_id for d in told}
    attributes = frozenset(field for d in told for field in d.fields)
    reads = {a for run in runs if run.name in names for a in run.attributes}
    known = [house.policy.catalogue.category_of(Attribute(a)) for a in attributes | reads]
    return attributes, frozenset(str(c) for c in known if c is not None)


def told(handed: Iterable[Disclosed]) -> tuple[HandedThen, ...]:
    """Return hand-overs as a facts sheet tells them."""
    return tuple(
        HandedThen(
            recipient=d.recipient, segment=d.segment, purpose=d.purpose, at=d.at, fields=d.fields
        )
        for d in handed
    )


def _is_in(moment: datetime, wanted: Wanted) -> bool:
    begun = wanted.since is None or moment >= wanted.since
    return begun and (wanted.until is None or moment < wanted.until)
