# SPDX-License-Identifier: Apache-2.0
"""A crowd of any size and its consent events, made column by column with a fixed seed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np

from privseg.consent import Act, Event, LawTerms, Method, PurposeTerms, Rules
from privseg.consent.encoding import NEVER
from privseg.store.drafts import Drafts
from privseg.store.event_body import BODY, TIE
from privseg.store.stamps import stamp_of
from privseg.terms import (
    Category,
    Controller,
    Jurisdiction,
    LawfulBasis,
    Ordinal,
    Purpose,
    to_micros,
)

SHOP, PURPOSE, NOTICE = Controller("bench"), Purpose("marketing"), "bench@1"
CATEGORIES = tuple(
    Category(c) for c in ("contact", "devices", "interests", "location", "profile", "purchases")
)
SINCE = datetime(2020, 1, 1, tzinfo=UTC)

_BATCH = 1_000_000  # events recorded at once, until half of what is there is more
_DAY = 86_400_000_000
_DE, _CA, _GB = (Jurisdiction(j) for j in ("DE", "US-CA", "GB"))
_BIRTH = date(1985, 3, 4).toordinal()


def rules() -> Rules:
    """Return rules under which nearly everybody's answer ends some day."""
    opt_in = LawfulBasis.CONSENT
    terms = PurposeTerms(
        PURPOSE,
        basis={_DE: opt_in, _GB: opt_in, _CA: LawfulBasis.OPT_OUT},
        categories=frozenset(CATEGORIES),
        notice=NOTICE,
        consent_lasts=timedelta(days=730),
        advertising=True,
    )
    laws = {j: LawTerms() for j in (_DE, _CA, _GB)}
    return Rules(SHOP, {PURPOSE: terms}, laws, opt_out_notice_since=SINCE)


def crowd(people: int, *, until: datetime) -> Iterator[Drafts]:
    """Yield three events of each person, mixed, in batches that grow with what came before.

    Where they live, what they said first, and what they did later.
    """
    chance = np.random.default_rng(11)
    total = 3 * people
    order = chance.permutation(total).astype(np.uint32)
    done = 0
    while done < total:
        size = min(max(_BATCH, done // 2), total - done)
        yield _drafts(order[done : done + size], people, chance, to_micros(until))
        done += size


def some_acts(count: int, *, among: int, at: datetime) -> Drafts:
    """Return acts that some people did just now."""
    chance = np.random.default_rng()
    body = _blank(chance.integers(0, among, count), np.full(count, to_micros(at)))
    body["stamp"] = chance.integers(_GRANT, len(_STAMPS), count)
    return _keyed(body)


def _said(act: Act, **more: object) -> Event:
    """Return an event whose stamp is wanted."""
    facts: dict[str, object] = {
        "position": 0,
        "event_key": b"",
        "content_key": b"",
        "subject": Ordinal(0),
        "controller": SHOP,
        "act": act,
        "event_time": SINCE,
        "record_time": SINCE,
        "purpose": PURPOSE,
        "method": Method.FORM,
    }
    return Event(**(facts | more))  # type: ignore[arg-type]


def _grant(*categories: Category) -> Event:
    """Return a grant."""
    return _said(
        Act.GRANT,
        categories=frozenset(categories),
        notice=NOTICE,
        notice_purposes=frozenset({PURPOSE}),
    )


_EVENTS = (
    *(_said(Act.ATTEST_JURISDICTION, value=j, purpose=None) for j in (_DE, _GB, _CA)),
    _said(Act.ATTEST_AGE, purpose=None),
    _said(Act.MERGE, purpose=None),
    _grant(*CATEGORIES),
    _grant(*CATEGORIES[:4]),
    _said(Act.REFUSE),
    _said(Act.WITHDRAW),
    _said(Act.ACTIVITY),
    _said(Act.SIGNAL),
)
_STAMPS = tuple(stamp_of(e) for e in _EVENTS)
_AGE, _MERGE, _GRANT, _FEWER, _REFUSE, _WITHDRAW, _ACTIVITY, _SIGNAL = range(3, 11)


def _drafts(numbers: np.ndarray, people: int, chance: np.random.Generator, until: int) -> Drafts:
    """Return the events of some numbers: of person ``number // 3``, the first, second or third."""
    size = len(numbers)
    days = np.array([800, 700, 300])[numbers % 3]
    times = until - (days * chance.random(size) * _DAY).astype(np.int64) - _DAY
    body = _blank(numbers // 3, times)
    first = chance.choice(3, size, p=(0.8, 0.1, 0.1))
    second = chance.choice((_GRANT, _FEWER, _REFUSE), size, p=(0.6, 0.2, 0.2))
    later = (_ACTIVITY, _WITHDRAW, _AGE, _GRANT, _SIGNAL, _MERGE)
    third = chance.choice(later, size, p=(0.5, 0.1, 0.149, 0.15, 0.1, 0.001))
    body["stamp"] = np.choose(numbers % 3, (first, second, third))
    granted = np.isin(body["stamp"], (_GRANT, _FEWER))
    ends = granted & (chance.random(size) < 0.1)
    body["expires_at"][ends] = times[ends] + (730 * chance.random(ends.sum()) * _DAY).astype("<i8")
    body["born"][body["stamp"] == _AGE] = _BIRTH
    tied = body["stamp"] == _MERGE
    body["target"][tied] = (body["subject"][tied] + 1) % people
    body["mark"][tied] = TIE
    return _keyed(body)


def _blank(subjects: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return bodies that say whose and when."""
    body = np.zeros(len(subjects), dtype=BODY)
    body["subject"], body["event_time"], body["record_time"] = subjects, times, times
    body["expires_at"], body["target"] = NEVER, -1
    return body


def _keyed(body: np.ndarray) -> Drafts:
    """Return bodies with keys, random as keyed hashes are."""
    keys = secrets.token_bytes(16 * len(body))
    each = [keys[start : start + 16] for start in range(0, len(keys), 16)]
    return Drafts(event_keys=each, content_keys=each, stamps=_STAMPS, body=body)
