# SPDX-License-Identifier: Apache-2.0
"""Acts recorded by hand: whose word, how long, which profiles, with what proof; refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from privseg.audit import Kind
from privseg.engine import Workspace
from privseg.engine.consent.act import IncompleteActError
from privseg.engine.consent.recording import EVIDENCE
from privseg.terms import Category, Purpose
from tests.twins import club
from tests.twins.club import Clock, last_outcome, number, ordinal

MARKETING, CARE = Purpose("marketing"), Purpose("care")
EVERYTHING = frozenset(map(Category, ("location", "interests", "purchases")))
GRANTED, NEVER = "M0006", "M0009"  # the second has a jurisdiction and was never asked


def may_use(ws: Workspace, who: str, category: str = "purchases", **when: Any) -> bool:
    view = ws.consent_of(number(who), **when)
    return next(
        s.allowed for s in view.standing if (s.purpose, s.category) == (MARKETING, category)
    )


def reasons(ws: Workspace, who: str, category: str = "purchases") -> tuple[str, ...]:
    view = ws.consent_of(number(who))
    return next(
        s.reasons for s in view.standing if (s.purpose, s.category) == (MARKETING, category)
    )


def grant(ws: Workspace, who: str, **more: Any) -> int | None:
    return ws.record_consent(
        number(who), act="grant", purpose=MARKETING, categories=EVERYTHING, **more
    )


def is_read(ws: Workspace, who: str) -> bool:
    """Say whether a run that is made now reads somebody."""
    ws.open_edition()
    ws.report("sizes")
    return ordinal(ws, who) in last_outcome(ws).eligible


def test_a_grant_for_so_many_uses_ends_with_the_last_run_that_read_the_person(
    small: Workspace, clock: Clock
) -> None:
    grant(small, NEVER, uses=2)
    assert is_read(small, NEVER)
    clock.pass_(days=1)
    assert is_read(small, NEVER)
    clock.pass_(days=1)
    assert not is_read(small, NEVER)
    assert reasons(small, NEVER) == ("used_up",)


def test_the_answer_that_is_already_published_uses_nothing_up(small: Workspace) -> None:
    grant(small, NEVER, uses=1)
    assert is_read(small, NEVER)
    small.report("sizes")
    uses = [e for e in small.consent_of(number(NEVER)).history if e["act"] == "use"]
    assert len(uses) == 1


def test_a_use_is_not_recorded_of_those_whose_consent_does_not_count_uses(small: Workspace) -> None:
    assert is_read(small, GRANTED)
    assert "use" not in {e["act"] for e in small.consent_of(number(GRANTED)).history}


def test_a_grant_until_something_happens_ends_when_it_has(small: Workspace, clock: Clock) -> None:
    grant(small, NEVER, until="contract_ended")
    assert may_use(small, NEVER)
    clock.pass_(hours=1)
    small.record_consent(number(NEVER), act="happened", value="contract_ended")
    assert reasons(small, NEVER) == ("ended_by_event",)


def test_a_grant_ends_after_so_long_without_activity(small: Workspace, clock: Clock) -> None:
    grant(small, NEVER, idle_days=30)
    clock.pass_(days=20)
    small.record_consent(number(NEVER), act="activity")
    clock.pass_(days=29)
    assert may_use(small, NEVER)
    clock.pass_(days=1)
    assert reasons(small, NEVER) == ("idle",)


def test_an_opt_out_signal_of_a_device_binds_the_person_when_they_are_linked(
    small: Workspace,
) -> None:
    small.record_consent(number("DEVICE-1"), act="withdraw", purpose=MARKETING)
    assert may_use(small, GRANTED)
    small.record_consent(number(GRANTED), act="merge", other=number("DEVICE-1"))
    assert not may_use(small, GRANTED)
    assert not is_read(small, GRANTED)
    assert small.consent_of(number(GRANTED)).linked == 1


def test_linking_a_profile_that_was_never_asked_takes_nothing_away(small: Workspace) -> None:
    small.record_consent(number(GRANTED), act="merge", other=number("DEVICE-2"))
    assert may_use(small, GRANTED)
    assert is_read(small, GRANTED)
    assert not may_use(small, "DEVICE-2")


def test_un_merging_restores_each_side(small: Workspace, clock: Clock) -> None:
    small.record_consent(number("DEVICE-3"), act="withdraw", purpose=MARKETING)
    small.record_consent(number(GRANTED), act="merge", other=number("DEVICE-3"))
    assert not may_use(small, GRANTED)
    clock.pass_(hours=1)
    small.record_consent(number("DEVICE-3"), act="unmerge", other=number(GRANTED))
    assert may_use(small, GRANTED)
    assert is_read(small, GRANTED)


def test_a_child_needs_a_guardians_grant(small: Workspace) -> None:
    born = (club.NOW - timedelta(days=12 * 366)).date().isoformat()
    small.record_consent(number(NEVER), act="attest_age", value=born)
    grant(small, NEVER)
    assert reasons(small, NEVER) == ("under_age",)
    grant(small, NEVER, authority="guardian", event_time=club.NOW)
    assert not may_use(small, NEVER)  # both govern: the child's own is no consent


def test_a_guardians_grant_lapses_when_the_child_is_of_age(small: Workspace, clock: Clock) -> None:
    born = (club.NOW - timedelta(days=14 * 365 + 300)).date().isoformat()  # France: 15
    small.record_consent(number(NEVER), act="attest_age", value=born)
    grant(small, NEVER, authority="guardian")
    assert may_use(small, NEVER)
    clock.pass_(days=90)
    assert reasons(small, NEVER) == ("guardian_lapsed",)


def test_evidence_is_sealed_and_only_its_hash_is_told(small: Workspace, tmp_path: Any) -> None:
    proof = b"a signed letter of an invented person"
    position = grant(small, NEVER, evidence=proof, method="signed_paper")
    house = small._house
    sealed = house.ledger.evidence(position)
    assert sealed is not None
    assert proof not in sealed
    assert house.vault.unseal(ordinal(small, NEVER), EVIDENCE, sealed) == proof
    assert not club.holding(["signed letter of an invented"], tmp_path)
    told = next(e for e in small.consent_of(number(NEVER)).history if e["position"] == position)
    assert len(str(told["evidence_hash"])) == 64


@pytest.mark.parametrize(
    "act",
    [
        {"act": "grant", "purpose": MARKETING},
        {"act": "grant", "categories": EVERYTHING},
        {"act": "grant", "purpose": MARKETING, "categories": EVERYTHING, "method": "scroll"},
        {"act": "grant", "purpose": MARKETING, "categories": EVERYTHING, "authority": "staff"},
        {"act": "withdraw", "purpose": MARKETING, "uses": 3},
        {"act": "attest_age", "value": "20"},
        {"act": "attest_jurisdiction", "value": "Germany"},
        {"act": "merge"},
        {"act": "happened"},
        {"act": "resolve", "value": "accept"},
        {"act": "erase"},
        {"act": "withdraw", "purpose": MARKETING, "other": number("M0001")},
    ],
    ids="-".join,
)
def test_an_act_that_says_too_little_is_refused_and_changes_nothing(
    small: Workspace, act: dict[str, Any]
) -> None:
    before = small._house.ledger.position(), small._house.log.size
    with pytest.raises(IncompleteActError, match="nothing was recorded"):
        small.record_consent(number(NEVER), **act)
    assert (small._house.ledger.position(), small._house.log.size) == before


def test_a_profile_is_not_merged_with_itself(small: Workspace) -> None:
    before = small._house.ledger.position()
    with pytest.raises(IncompleteActError, match="the same profile"):
        small.record_consent(number(GRANTED), act="merge", other=number(GRANTED))
    assert small._house.ledger.position() == before


def test_an_event_from_the_future_denies_until_an_officer_settles_it(
    small: Workspace, clock: Clock
) -> None:
    ahead = clock.now + timedelta(days=2)
    position = small.record_consent(
        number(GRANTED), act="withdraw", purpose=MARKETING, event_time=ahead
    )
    assert reasons(small, GRANTED) == ("quarantined",)
    (waiting,) = small.quarantined()
    assert waiting.position == position
    clock.pass_(hours=1)
    small.resolve(position, "discard")
    assert small.quarantined() == ()
    assert small.quarantined(settled=True)[0].resolved == "discard"
    assert may_use(small, GRANTED)


def test_a_settled_event_counts_when_it_is_accepted(small: Workspace, clock: Clock) -> None:
    ahead = clock.now + timedelta(days=2)
    position = small.record_consent(
        number(GRANTED), act="withdraw", purpose=MARKETING, event_time=ahead
    )
    clock.pass_(hours=1)
    small.resolve(position, "accept")
    assert reasons(small, GRANTED) == ("withdrawn",)


def test_only_what_waits_can_be_settled(small: Workspace) -> None:
    before = small._house.ledger.position()
    with pytest.raises(IncompleteActError, match="was set aside"):
        small.resolve(1, "discard")
    assert small._house.ledger.position() == before


def test_each_record_and_each_look_is_on_the_log(small: Workspace) -> None:
    grant(small, NEVER)
    small.consent_of(number(NEVER))
    small.taint()
    small.quarantined()
    verbs = [e.entry.header["verb"] for e in club.log_of(small)][-4:]
    assert verbs == ["record", "consent-show", "consent-taint", "quarantine"]


def test_a_consent_for_one_use_is_read_by_one_run_though_the_clock_stands_still(
    small: Workspace,
) -> None:
    grant(small, NEVER, uses=1)
    small.open_edition()
    small.report("sizes")
    small.report("overview")
    person = ordinal(small, NEVER)
    outcomes = club.log_of(small, Kind.ACCESS_OUTCOME)[-2:]
    assert [person in o.eligible for o in outcomes] == [True, False]


def test_a_hold_in_a_file_is_the_staffs_word_as_it_is_by_hand(small: Workspace) -> None:
    rows = club.consent_rows([club.Member("M0006", consent="hold")]).tail(1)
    small.import_consents(rows.assign(act="hold", event_id="h1", categories=None, notice=None))
    told = [e for e in small.consent_of(number(GRANTED)).history if e["act"] == "hold"]
    assert [e["by"] for e in told] == ["staff"]
