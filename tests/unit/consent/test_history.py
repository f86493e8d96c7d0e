# SPDX-License-Identifier: Apache-2.0
"""What no fold could read is refused before it is recorded, and denies if it is met."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from privseg.consent import (
    Act,
    Event,
    EventColumns,
    EventConflictError,
    MalformedEventError,
    decide,
    refuse_malformed,
)
from privseg.consent.history import fault_of
from tests.twins.consent_worlds import ADA, attest, day, event, question, rules

NAIVE = datetime(2026, 1, 2)  # noqa: DTZ001 - what the test is about
GRANT = event(Act.GRANT, n=1)

FAULTS: dict[str, Event] = {
    "an event time without a zone": replace(GRANT, event_time=NAIVE),
    "a record time without a zone": replace(GRANT, record_time=NAIVE),
    "an end without a zone": replace(GRANT, expires_at=NAIVE),
    "a date of birth that is none": event(Act.ATTEST_AGE, value="soon"),
    "no date of birth": event(Act.ATTEST_AGE),
    "no jurisdiction": event(Act.ATTEST_JURISDICTION),
    "something happened without a name": event(Act.HAPPENED),
    "a merge with nobody": event(Act.MERGE),
    "a merge with oneself": event(Act.MERGE, target=int(ADA)),
    "a merge with no ordinal": event(Act.MERGE, target=-1),
    "an un-merge of nobody": event(Act.UNMERGE),
    "a resolution of nothing": event(Act.RESOLVE, value="accept"),
    "a resolution of no position": event(Act.RESOLVE, value="accept", target=0),
    "a resolution without a word": event(Act.RESOLVE, target=3),
    "a resolution with another word": event(Act.RESOLVE, target=3, value="perhaps"),
    "no uses": replace(GRANT, uses=0),
    "no days": replace(GRANT, idle_days=0),
    "a short hash": replace(GRANT, notice_sha256="a" * 63),
    "a hash in capitals": replace(GRANT, notice_sha256="A" * 64),
    "a hash of evidence with a line break": replace(GRANT, evidence_sha256="a" * 64 + "\n"),
}

SOUND: dict[str, Event] = {
    "a grant": GRANT,
    "a grant with every end": replace(
        GRANT, expires_at=day(9), until="order-shipped", uses=1, idle_days=1
    ),
    "a grant with hashes": replace(GRANT, notice_sha256="0" * 64, evidence_sha256="f" * 64),
    "what happened": event(Act.HAPPENED, value="order-shipped"),
    "a merge": event(Act.MERGE, target=0),
    "an un-merge": event(Act.UNMERGE, target=0),
    "a resolution": event(Act.RESOLVE, target=1, value="discard"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_malformed_event_is_refused_and_denies(what: str) -> None:
    malformed = FAULTS[what]
    assert fault_of(malformed) is not None
    with pytest.raises(MalformedEventError, match="event 1 of the batch") as caught:
        refuse_malformed([GRANT, malformed])
    assert (caught.value.index, caught.value.fault) == (1, fault_of(malformed))
    history = (attest(), event(Act.GRANT, n=1), malformed)
    assert decide(rules(), history, question()).status.value == "error"
    assert set(EventColumns.from_events(history).irregular) == {ADA}


@pytest.mark.parametrize("what", SOUND)
def test_a_well_formed_event_is_taken(what: str) -> None:
    assert fault_of(SOUND[what]) is None
    refuse_malformed([SOUND[what]])


def test_a_conflict_names_the_position_and_nothing_of_the_event() -> None:
    conflict = EventConflictError(position=7)
    assert conflict.position == 7
    assert "position 7" in str(conflict)
