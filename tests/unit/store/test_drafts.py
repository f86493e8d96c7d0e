# SPDX-License-Identifier: Apache-2.0
"""Events as columns say what the events say, and refuse what no fold could read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.consent import Act, Event, MalformedEventError, refuse_malformed
from privseg.store.drafts import Drafts
from privseg.store.event_body import CONTENT, head, shared_words
from privseg.store.stamps import parsed, said, stamp_of
from tests.twins.consent_worlds import ADA, GRACE, event

BORN = ("1990-05-17", "19900517", "2011-W05-1")
PLACES = ("DE", "US-CA", "Atlantis 9")
NAMES = ("contract.ended", "order 4711", "ada@example.com")


def anything(rng: Random) -> Event:
    """Return an event that can be read, of any act."""
    act = rng.choice([a for a in Act if a is not Act.RESOLVE])
    values = {Act.ATTEST_AGE: BORN, Act.ATTEST_JURISDICTION: PLACES, Act.HAPPENED: NAMES}
    return event(
        act,
        subject=rng.choice((ADA, GRACE)),
        n=rng.randrange(5),
        value=rng.choice(values.get(act, (None, "a word"))),
        target=1_000 + rng.randrange(3) if act in {Act.MERGE, Act.UNMERGE} else None,
        until=rng.choice((None, *NAMES)),
        uses=rng.choice((None, 1, 2**70)),
        idle_days=rng.choice((None, 30)),
        evidence_sha256=rng.choice((None, "ab" * 32)),
        language=rng.choice((None, "pt-BR")),
        quarantined=rng.random() < 0.2,
    )


FAULTS: tuple[Callable[[Event], Event], ...] = (
    lambda e: replace(e, act=Act.MERGE, target=None),
    lambda e: replace(e, act=Act.UNMERGE, target=int(e.subject)),
    lambda e: replace(e, act=Act.RESOLVE, target=0, value="accept"),
    lambda e: replace(e, act=Act.RESOLVE, target=3, value="perhaps"),
    lambda e: replace(e, act=Act.ATTEST_JURISDICTION, value=None),
    lambda e: replace(e, act=Act.ATTEST_AGE, value=None),
    lambda e: replace(e, act=Act.HAPPENED, value=None),
    lambda e: replace(e, uses=0),
    lambda e: replace(e, idle_days=-1),
    lambda e: replace(e, notice_sha256="AB" * 32),
)


@given(seed=st.integers(0, 2**32))
def test_an_event_survives_as_a_column(seed: int) -> None:
    rng = Random(seed)
    events = [replace(anything(rng), position=0) for _ in range(8)]
    drafts = Drafts.of(events)
    assert [drafts.event(row) for row in range(len(events))] == events


@given(seed=st.integers(0, 2**32), fault=st.sampled_from(FAULTS), at=st.integers(0, 8))
def test_columns_refuse_the_event_that_the_events_would_refuse(
    seed: int, fault: Callable[[Event], Event], at: int
) -> None:
    rng = Random(seed)
    events = [anything(rng) for _ in range(8)]
    if at < len(events):
        events[at] = fault(events[at])
    assert _refused(lambda: Drafts.of(events).refuse_malformed()) == _refused(
        lambda: refuse_malformed(events)
    )


def _refused(check: Callable[[], None]) -> tuple[int, str] | None:
    try:
        check()
    except MalformedEventError as refusal:
        return refusal.index, refusal.fault
    return None


@pytest.mark.parametrize(
    ("act", "value", "is_shared"),
    [
        (Act.ATTEST_JURISDICTION, "US-CA", True),
        (Act.ATTEST_JURISDICTION, "AT-9", True),
        (Act.HAPPENED, "contract.ended", False),
        (Act.HAPPENED, "ada.lovelace", False),
        (Act.RESOLVE, "accept", True),
        (Act.HAPPENED, "order-4711", False),
        (Act.HAPPENED, "ada@example.com", False),
        (Act.ATTEST_AGE, "1990-05-17", False),
        (Act.GRANT, "anything", False),
    ],
)
def test_only_common_words_are_said_in_a_stamp(act: Act, value: str, *, is_shared: bool) -> None:
    """A stamp outlives the person: what could name one goes with their row."""
    assert shared_words(event(act, value=value))["value"] == (value if is_shared else None)


@given(seed=st.integers(0, 2**32))
def test_a_stamp_is_read_back_as_it_was_said(seed: int) -> None:
    stamp = stamp_of(anything(Random(seed)))
    assert tuple(parsed(said(stamp))[name] for name in sorted(parsed(said(stamp)))) == stamp


@given(seed=st.integers(0, 2**32))
def test_two_events_have_one_content_only_if_they_say_the_same(seed: int) -> None:
    rng = Random(seed)
    events = [replace(anything(rng), event_key=b"one key") for _ in range(12)]
    drafts = Drafts.of(events)
    contents = [head(said(drafts.stamps[stamp])) + own for stamp, own in drafts.contents()]
    assert all(content.startswith(CONTENT) for content in contents)
    same = replace(events[0], position=0, record_time=events[0].event_time, content_key=b"")
    for one, content in zip(events, contents, strict=True):
        other = replace(one, position=0, record_time=events[0].event_time, content_key=b"")
        assert (content == contents[0]) == (other == same)
