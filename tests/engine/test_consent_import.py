# SPDX-License-Identifier: Apache-2.0
"""A file of consents is recorded as its rows would be one by one, only faster."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privseg.audit import Kind
from privseg.consent import Event, EventConflictError, MalformedEventError
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.engine.consent.drafting import EVENT_KEY, EVIDENCE, prepared, sealed
from privseg.sources import ConsentBatch, ConsentMapping, consents_from_dataframe
from privseg.store.drafts import Drafts
from privseg.store.stamps import said
from privseg.terms import Ordinal, SubjectId
from tests.twins import club

ACTS = ("grant", "opt_in", "refuse", "withdraw", "merge", "unmerge", "attest_age", "happened",
        "attest_jurisdiction", "use", "activity", "restrict")  # fmt: skip
WORDS = {
    "attest_age": ("1990-05-17", "2011-02-28"),
    "attest_jurisdiction": ("DE", "US-CA", "AT-9"),
    "happened": ("contract.ended", "order-4711"),
}
HOW = ConsentMapping(person="number", target_kind="device")


def table(seed: int, rows: int = 25) -> pd.DataFrame:
    """Return a file of all sorts of acts, some rows of which say much."""
    rng = Random(seed)
    return pd.DataFrame([_row(rng, n) for n in range(rows)])


def _row(rng: Random, n: int) -> dict[str, object]:
    act = rng.choice(ACTS)
    grants = act in {"grant", "opt_in"}
    named = grants or act == "use"
    ends = {
        "expires_at": "2027-01-02T03:04:05.000006Z",
        "expires_after": "730d",
        "until": rng.choice(("contract.ended", "order-4711")),
        "uses": rng.choice((1, 5)),
        "idle_days": 365,
    }
    chosen = rng.sample(sorted(ends), rng.randrange(3)) if grants else []
    if {"expires_at", "expires_after"} <= set(chosen):
        chosen.remove("expires_at")
    return {
        "event_id": f"E{n}",
        "number": f"M{rng.randrange(8):04d}",
        "act": act,
        "event_time": (club.NOW - timedelta(hours=rng.randrange(90))).isoformat(),
        "purpose": "marketing" if named else rng.choice(("marketing", None)),
        "categories": "location" if grants else rng.choice((None, "location")),
        "explicit": rng.choice((True, False, None)),
        "notice": rng.choice((None, "club@1", "club@2")),
        "language": rng.choice((None, "en", "pt-BR")),
        "notice_sha256": rng.choice((None, "ab" * 32)),
        "method": "form",
        "authority": rng.choice((None, "guardian", "staff")),
        "jurisdiction": rng.choice((None, "DE")),
        "value": rng.choice(WORDS[act]) if act in WORDS else rng.choice((None, "said by phone")),
        "target": f"device-{rng.randrange(4)}" if act in {"merge", "unmerge"} else None,
        "evidence": rng.choice((None, None, f"form {rng.randrange(3)}")),
        **dict.fromkeys(ends),
        **{name: ends[name] for name in chosen},
    }


def one_by_one(ws: Workspace, batch: ConsentBatch) -> list[Event]:
    """Return what each row says as an event of its own, sealed."""
    house = ws._house
    key = house.vault.secret(EVENT_KEY)
    return [
        sealed(
            batch.event(
                row,
                subject=_number(ws, batch.id_kind, batch, "person", row),
                target=_number(ws, batch.target_kind, batch, "target", row),
                controller=house.policy.controller,
                event_key=blake2b(
                    batch.event_ids[row].encode(), digest_size=16, key=key, person=b"event id"
                ).digest(),
                record_time=house.now(),
                notices=house.policy.notices,
            ),
            key=key,
        )
        for row in range(batch.rows)
    ]


def _number(ws: Workspace, kind: str, batch: ConsentBatch, name: str, row: int) -> Ordinal | None:
    code = int(batch.codes[name][row])
    if code < 0:
        return None
    return ws._house.vault.resolve(SubjectId(kind, batch.words[name][code]))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_columns_say_what_the_rows_say_one_by_one(small: Workspace, seed: int) -> None:
    batch = consents_from_dataframe(table(seed), HOW)
    with small._house.db.transaction():
        found = prepared(small._house, batch).drafts
    expected = Drafts.of(one_by_one(small, batch))
    assert list(found.event_keys) == list(expected.event_keys)
    assert list(found.content_keys) == list(expected.content_keys)
    assert stamps(found) == stamps(expected)
    assert (found.own, found.evidence) == (expected.own, expected.evidence)
    for name in set(found.body.dtype.names or ()) - {"stamp"}:
        np.testing.assert_array_equal(found.body[name], expected.body[name], err_msg=name)


def stamps(drafts: Drafts) -> list[str]:
    return [said(drafts.stamps[code]) for code in drafts.body["stamp"].tolist()]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_read_back_is_what_the_rows_say(small: Workspace, seed: int) -> None:
    batch = consents_from_dataframe(table(seed), HOW)
    start = small._house.ledger.position()
    with small._house.db.transaction():
        ready = prepared(small._house, batch)
        small._house.ledger.record_columns(ready.drafts, evidence=ready.evidence)
    events = one_by_one(small, batch)
    people = {e.subject for e in events}
    read = sorted((e for p in people for e in small._house.ledger.history(p)),
                  key=lambda e: e.position)  # fmt: skip
    expected = [replace(e, position=start + 1 + i) for i, e in enumerate(events)]
    assert [e for e in read if e.position > start] == expected


def test_evidence_is_sealed_under_the_persons_key(small: Workspace) -> None:
    rows = club.consent_rows(club.crowd(60)).head(1).assign(event_id="proven", evidence="form 7")
    small.import_consents(rows)
    house = small._house
    position = house.ledger.position()
    (event,) = [
        e
        for p in house.ledger.changed(after=position - 1, upto=position)
        for e in house.ledger.history(p)
        if e.position == position
    ]
    blob = house.ledger.evidence(position)
    assert blob is not None
    assert b"form 7" not in blob
    assert house.vault.unseal(event.subject, EVIDENCE, blob) == b"form 7"


def test_the_same_file_again_changes_nothing(small: Workspace) -> None:
    rows = club.consent_rows(club.crowd(60))
    done = small.import_consents(pd.concat([rows, rows]))
    assert (done.recorded, done.unchanged) == (0, 2 * len(rows))


def test_an_event_twice_in_a_file_is_recorded_once(small: Workspace) -> None:
    rows = club.consent_rows(club.crowd(60)).head(2).assign(event_id="once")
    rows = pd.concat([rows.head(1), rows.head(1)])
    done = small.import_consents(rows)
    assert (done.recorded, done.unchanged) == (1, 1)


def test_an_event_with_other_content_refuses_the_whole_file(small: Workspace) -> None:
    rows = club.consent_rows(club.crowd(60))
    changed = rows.tail(1).assign(event_time="2025-01-01T00:00:00Z")
    before = (small._house.ledger.position(), small._house.log.size)
    with pytest.raises(EventConflictError):
        small.import_consents(pd.concat([rows.head(1).assign(event_id="new"), changed]))
    assert (small._house.ledger.position(), small._house.log.size) == before


def test_a_profile_is_not_merged_with_itself(small: Workspace) -> None:
    row = {"event_id": "m", "number": "M0001", "act": "merge", "target": "M0001",
           "event_time": "2026-01-01"}  # fmt: skip
    before = (small._house.ledger.position(), small._house.log.size)
    with pytest.raises(MalformedEventError):
        small.import_consents(pd.DataFrame([row]))
    assert (small._house.ledger.position(), small._house.log.size) == before


def test_acts_of_erased_people_and_their_ties_are_passed_over(
    small: Workspace, tmp_path: Path
) -> None:
    ada = club.crowd(60)[0].number
    case = small.open_request(
        RequestKind.ERASURE, SubjectId("customer_number", ada), identity=IdentityLevel.ACCOUNT
    )
    small.run_request(case.number, out=tmp_path)
    rows = pd.DataFrame(
        [
            {"event_id": "a", "number": ada, "act": "refuse", "target": None},
            {"event_id": "b", "number": "M0001", "act": "merge", "target": ada},
            {"event_id": "c", "number": "M0001", "act": "merge", "target": "M0002"},
        ]
    ).assign(event_time="2026-01-01")
    done = small.import_consents(rows)
    assert (done.rows, done.recorded) == (3, 1)


def test_a_mapping_file_says_what_columns_and_words_mean(small: Workspace, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(
        "privseg: consent-map/1\nperson: who\ntime_zone: Europe/Berlin\n"
        "columns: {event_id: ref, act: answer, event_time: when, purpose: topic}\n"
        "constants: {method: form, categories: location}\n"
        'values:\n  act: {"yes": grant, "no": refuse}\n  purpose: {News: marketing}\n'
    )
    (tmp_path / "c.csv").write_text(
        "ref,who,answer,when,topic\n1,M0001,yes,2026-01-01 12:00,News\n2,M0001,no,2026-01-02,News\n"
    )
    position = small._house.ledger.position()
    small.import_consents(tmp_path / "c.csv", mapping=tmp_path / "map.yaml")
    person = small._house.vault.resolve(SubjectId("customer_number", "M0001"))
    assert person is not None
    new = [e for e in small._house.ledger.history(person) if e.position > position]
    assert [(e.act.value, e.purpose, e.event_time.hour) for e in new] == [
        ("grant", "marketing", 11),
        ("refuse", "marketing", 23),
    ]


def test_a_large_file_is_bound_by_entries_that_evidence_can_hold(
    small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privseg.engine.consent.ledger_entry.MOST_BOUND", 7)
    rows = club.consent_rows(club.crowd(20)).assign(event_id=lambda f: f["event_id"] + "-again")
    before = small._house.log.size
    done = small.import_consents(rows)
    entries = [e for e in club.log_of(small, Kind.CONSENT) if e.entry.sequence >= before]
    sizes = [e.body["recorded"] for e in entries]
    assert sum(sizes) == done.recorded
    assert max(sizes) == 7
    assert small.audit_verify()["ok"]
    again = small.import_consents(rows)
    assert (again.recorded, again.unchanged) == (0, done.rows)
    assert small.audit_verify()["ok"]
