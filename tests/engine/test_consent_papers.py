# SPDX-License-Identifier: Apache-2.0
"""Receipts, evidence bundles and exported histories: what they say, and who may have them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privseg.audit import Kind
from privseg.dsr.evidence_check import EvidenceForgedError, check_bundle
from privseg.engine import Workspace
from privseg.engine.errors import (
    AnswerThereError,
    NoSuchConsentError,
    RoleError,
    UnknownPersonGivenError,
)
from privseg.errors import AuditWriteError
from privseg.terms import StaffRole
from privseg.vault import Ed25519Verifier
from tests.engine.test_consent_acts import GRANTED, MARKETING, NEVER, grant
from tests.twins import club
from tests.twins.club import Clock, number


def verifiers(ws: Workspace) -> list[Ed25519Verifier]:
    house = ws._house
    signers = (house.release_signer, house.audit_signer)
    return [Ed25519Verifier(s.name, s.public_key) for s in signers]


def test_a_consent_is_proved_to_somebody_who_has_only_the_public_keys(small: Workspace) -> None:
    position = grant(small, NEVER, evidence=b"signed by an invented person")
    bundle = small.consent_evidence(number(NEVER), position=position)
    shown = check_bundle(bundle, verifiers(small))
    assert shown.document["event"]["position"] == position
    assert shown.document["decision"]["allowed"] is True
    assert len(shown.steps) >= 3
    assert json.loads(bundle)["bundle"]["evidence"] is not None


def test_a_consent_of_a_large_import_is_proved_too(small: Workspace) -> None:
    history = small.consent_of(number(GRANTED)).history
    position = next(e["position"] for e in history if e["act"] == "grant")
    shown = check_bundle(small.consent_evidence(number(GRANTED), position=position),
                         verifiers(small))  # fmt: skip
    assert shown.document["event"]["position"] == position


def test_a_changed_bundle_does_not_hold(small: Workspace) -> None:
    position = grant(small, NEVER)
    bundle = json.loads(small.consent_evidence(number(NEVER), position=position))
    bundle["bundle"]["event"]["event_time"] = "2020-01-01T00:00:00.000000Z"
    with pytest.raises(EvidenceForgedError):
        check_bundle(json.dumps(bundle).encode(), verifiers(small))


def test_what_somebody_else_did_is_no_evidence_of_ones_own(small: Workspace) -> None:
    position = grant(small, NEVER)
    with pytest.raises(NoSuchConsentError):
        small.consent_evidence(number(GRANTED), position=position)


def test_a_receipt_tells_every_state_and_not_only_the_last(small: Workspace, clock: Clock) -> None:
    grant(small, NEVER)
    clock.pass_(hours=1)
    small.record_consent(number(NEVER), act="withdraw", purpose=MARKETING)
    receipt = json.loads(small.consent_receipt(number(NEVER)))
    text = json.dumps(receipt)
    assert receipt["@type"] == "dpv:ConsentReceipt"
    assert "ConsentGiven" in text
    assert "ConsentWithdrawn" in text


@pytest.mark.parametrize("who", ["NOBODY", "M9999"])
def test_nobody_unknown_gets_a_paper(small: Workspace, who: str) -> None:
    for ask in (
        lambda: small.consent_receipt(number(who)),
        lambda: small.consent_evidence(number(who), position=1),
    ):
        with pytest.raises(UnknownPersonGivenError):
            ask()


def test_a_history_is_written_whole_and_for_its_owner_alone(
    small: Workspace, tmp_path: Path
) -> None:
    out = tmp_path / "history.jsonl"
    events = small.export_consents(out)
    first, *rest = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert first == {"privseg": "privseg.consent-history/1", "controller": "club"}
    assert len(rest) == events == small._house.ledger.position()
    assert [e["position"] for e in rest] == list(range(1, events + 1))
    assert out.stat().st_mode & 0o077 == 0
    assert not club.holding(["M0006", "m0006@example.com"], tmp_path / "history.jsonl")


def test_a_history_never_overwrites_a_file(small: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "there.jsonl"
    out.write_text("somebody's")
    with pytest.raises(AnswerThereError):
        small.export_consents(out, subject=number(GRANTED))
    assert out.read_text() == "somebody's"


def test_papers_are_on_the_log_and_for_compliance_officers_alone(
    small: Workspace, tmp_path: Path
) -> None:
    small.consent_receipt(number(GRANTED))
    small.export_consents(tmp_path / "one.jsonl", subject=number(GRANTED))
    kinds = [(e.entry.kind, e.entry.header["verb"]) for e in club.log_of(small)][-2:]
    assert kinds == [(Kind.ACTOR, "consent-receipt"), (Kind.EXPORT, "consents")]
    small.role = StaffRole.MARKETER
    for ask in _papers(small, tmp_path):
        with pytest.raises(RoleError):
            ask()


def _papers(ws: Workspace, tmp_path: Path) -> list[Any]:
    return [
        lambda: ws.consent_receipt(number(GRANTED)),
        lambda: ws.consent_evidence(number(GRANTED), position=1),
        lambda: ws.export_consents(tmp_path / "two.jsonl"),
        ws.taint,
        ws.quarantined,
        ws.coverage,
        lambda: ws.consent_of(number(GRANTED)),
    ]


def test_coverage_is_protected_charged_once_and_the_same_all_day(small: Workspace) -> None:
    before = small.budget().rho_spent
    dry = small.coverage(dry_run=True)
    assert small.budget().rho_spent == before
    assert dry.counts == ()
    first = small.coverage()
    spent = small.budget().rho_spent - before
    assert spent == first.cost.loss.rho == dry.cost.loss.rho
    again = small.coverage()
    assert again.was_known
    assert again.counts == first.counts
    assert small.budget().rho_spent - before == spent
    assert [c.label for c in first.counts] == list(first.labels)


def test_sets_folded_anew_are_those_that_were_kept(small: Workspace, clock: Clock) -> None:
    small.report("sizes")
    clock.pass_(days=3)
    small.record_consent(number(GRANTED), act="withdraw", purpose=MARKETING)
    assert set(small.rebuild_consents().values()) == {0}


def test_the_notices_say_what_they_lack(small: Workspace) -> None:
    (notice,) = small.notices()
    assert notice.name == "terms@1"
    assert "withdrawal" in notice.lacks
    assert notice.purposes == ("care", "marketing")


def test_evidence_of_an_act_long_ago_is_judged_by_the_policy_of_its_time(
    small: Workspace, clock: Clock
) -> None:
    position = grant(small, NEVER)
    clock.pass_(days=1)
    shown = check_bundle(small.consent_evidence(number(NEVER), position=position), verifiers(small))
    assert shown.document["policy"]["digest"] == small.policy.digest
    assert timedelta(0) < clock.now - club.NOW


def test_without_a_log_nothing_of_a_person_is_read_for_a_paper(
    small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, reads = small._house, []
    for verb in ("history", "whole_history", "columns"):
        real = getattr(house.ledger, verb)
        monkeypatch.setattr(
            house.ledger, verb, lambda *a, _real=real, **k: (reads.append(1), _real(*a, **k))[1]
        )

    def refuse(_event: object) -> int:
        raise AuditWriteError("the log cannot be written")

    monkeypatch.setattr(house.log, "append", refuse)
    for ask in (
        lambda: small.consent_receipt(number(GRANTED)),
        lambda: small.consent_evidence(number(GRANTED), position=1),
        lambda: small.resolve(1, "discard"),
        lambda: small.consent_of(number(GRANTED)),
        small.taint,
        small.quarantined,
        small.rebuild_consents,
    ):
        with pytest.raises(AuditWriteError):
            ask()
    assert reads == []
