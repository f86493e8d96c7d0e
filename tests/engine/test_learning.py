# SPDX-License-Identifier: Apache-2.0
"""Learning under the same promises as reports: by name, by consent, on the log, of one budget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from diffprivlib.models import KMeans

from privseg.audit import Kind, Outcome
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace, verify_report
from privseg.engine.errors import RoleError, RunFailedError
from privseg.engine.learning.errors import ModelMistakeError, UnknownModelError
from privseg.errors import BudgetError, IntegrityError, PolicyError
from privseg.protect import learning
from privseg.store import ChargeKind
from privseg.terms import Attribute, Purpose, StaffRole
from tests.twins import club
from tests.twins.club import log_of

MODELS = """privseg: policy/1
learning:
  kinds:
    model: personas
    segmenter: letters
    clusters: 3
    epsilon: 1/2
    features:
      - {count: purchase, within: 90d, range: [0, 10], step: 1}
      - {sum: purchase.amount, within: 90d, range: [0 EUR, 500 EUR], step: 10 EUR}
  buyers-kinds:
    model: personas
    segmenter: letters
    segment: buyers
    clusters: 2
    epsilon: 1/2
    features: [{count: purchase, within: 90d, range: [0, 10], step: 1}]
  likely:
    model: propensity
    segmenter: letters
    target: gardeners
    epsilon: 1
    features: [{count: purchase, within: 90d, range: [0, 10], step: 1}]
  forbidden:
    model: propensity
    segmenter: letters
    target: diarists
    epsilon: 1
    features: [{count: purchase, within: 90d, range: [0, 10], step: 1}]
  others:
    model: propensity
    segmenter: letters
    target: confiding
    epsilon: 1
    features: [{count: purchase, within: 90d, range: [0, 10], step: 1}]
  dear:
    model: personas
    segmenter: letters
    clusters: 2
    epsilon: 3/2
    features: [{count: purchase, within: 90d, range: [0, 10], step: 1}]
"""
KINDS = Fraction(1, 8)  # what "kinds" costs: epsilon 1/2, squared, halved


@pytest.fixture
def ws(small: Workspace) -> Iterator[Workspace]:
    (small.folder / "policies" / "learning.yaml").write_text(MODELS, "utf-8")
    with club.opened(small.folder) as opened:
        yield opened


def spent(ws: Workspace) -> Fraction:
    return ws.budget().rho_spent


def kinds_of(ws: Workspace) -> list[Kind]:
    return [e.entry.kind for e in log_of(ws)]


def test_a_model_is_charged_logged_signed_and_in_the_register(ws: Workspace) -> None:
    made = ws.learn("kinds")
    assert spent(ws) == KINDS
    charges = ws._house.losses.history("people")
    assert [(c.kind, c.name, c.loss.delta) for c in charges] == [(ChargeKind.LEARNING, "kinds", 0)]
    (intent,), (release,) = log_of(ws, Kind.ACCESS_INTENT), log_of(ws, Kind.RELEASE)
    assert intent.entry.header["attributes"] == ["purchase", "purchase.amount"]
    assert release.entry.header["report"] == "kinds"
    path = made.write(ws.folder / "out")
    lines = verify_report(path, key=ws.public_keys()["release"], workspace=ws.folder)
    assert any("claim" in line for line in lines)


def test_the_loss_stands_on_a_line_of_its_own_as_a_claim(ws: Workspace) -> None:
    told = ws.learn("kinds").statement
    version = learning.ready()
    assert told["loss"] == {
        "epsilon": "1/2",
        "rho": "1/8",
        "delta": "0",
        "learner": version,
        "claim": f"claimed by diffprivlib {version}, floating point, not proved here",
    }
    assert told["budget"]["after"]["rho"] == "1/8"
    assert any("decision about one person" in limit for limit in told["limits"])


def test_nothing_in_it_is_exact_and_no_number_of_people_is_told(ws: Workspace) -> None:
    told = ws.learn("kinds").statement
    assert set(told["model"]) == {"centres"}
    assert all(v % 1000 == 0 for _, v in told["model"]["centres"])
    assert "people" not in told["model"]


def test_the_same_model_of_the_same_edition_is_free_and_the_same(ws: Workspace) -> None:
    answers = {ws.learn("kinds").document for _ in range(3)}
    with club.opened(ws.folder) as again:
        answers.add(again.learn("kinds").document)
        assert spent(again) == KINDS
    assert len(answers) == 1
    assert len(log_of(ws, Kind.RELEASE)) == 1


def test_a_new_edition_is_paid_for_again(ws: Workspace) -> None:
    first = ws.learn("kinds").document
    ws.open_edition()
    assert ws.learn("kinds").document != first
    assert spent(ws) == 2 * KINDS


def test_a_model_of_a_segment_and_a_propensity_use_the_segments_as_reports_do(
    ws: Workspace,
) -> None:
    of = ws.learn("buyers-kinds").statement
    assert of["asked"]["of"]["name"] == "buyers"
    likely = ws.learn("likely").statement
    assert likely["asked"]["target"]["name"] == "gardeners"
    assert [s["name"] for s in likely["segments"]] == ["gardeners"]
    assert spent(ws) == KINDS + Fraction(1, 2)
    assert next(iter(ws.learn("likely").to_pandas()["number"])) == "(intercept)"


def test_only_people_who_agreed_are_learned_of(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    fit = KMeans.fit

    def watched(self: KMeans, rows: np.ndarray) -> object:
        seen.append(len(rows) - self.n_clusters)  # without those made up
        return fit(self, rows)

    monkeypatch.setattr(KMeans, "fit", watched)
    ws.learn("kinds")
    house = ws._house
    (category,) = house.policy.catalogue.categories_of([Attribute("purchase")])
    agreed = house.sets.people(
        Purpose("marketing"), category, at=house.now(), known_at=house.ledger.position()
    )
    assert seen == [len(agreed)]
    assert 0 < len(agreed) < 60


REFUSALS = [
    ("forbidden", PolicyError, 1),
    ("others", ModelMistakeError, 0),
    ("unheard-of", UnknownModelError, 0),
]


@pytest.mark.parametrize(("name", "error", "logged"), REFUSALS)
def test_what_policy_does_not_allow_is_refused_before_anything_is_read_or_charged(
    ws: Workspace, name: str, error: type[Exception], logged: int
) -> None:
    with pytest.raises(error):
        ws.learn(name)
    assert spent(ws) == 0
    assert not log_of(ws, Kind.ACCESS_INTENT)
    assert len(log_of(ws, Kind.ACCESS_DENIED)) == logged
    with pytest.raises(error):
        ws.plan_learning(name)


def test_only_marketers_and_analysts_learn(ws: Workspace) -> None:
    for role in set(StaffRole) - {StaffRole.MARKETER, StaffRole.ANALYST, StaffRole.AUDITOR}:
        ws.role = role
        with pytest.raises(RoleError):
            ws.learn("kinds")
        with pytest.raises(RoleError):
            ws.plan_learning("kinds")
    assert spent(ws) == 0


def test_what_the_budget_does_not_cover_is_refused_and_nothing_is_read(ws: Workspace) -> None:
    ws.learn("dear")  # rho 9/8 of 2
    ws.open_edition()
    with pytest.raises(BudgetError):
        ws.learn("dear")
    assert spent(ws) == Fraction(9, 8)
    assert len(log_of(ws, Kind.ACCESS_INTENT)) == 1
    assert log_of(ws, Kind.ACCESS_DENIED)[-1].entry.header["reason"] == "budget"


def test_a_failure_after_the_charge_is_told_by_a_constant_and_the_charge_stands(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("C0000001 is the farthest of all")

    monkeypatch.setattr(learning, "_personas_model", fails)
    with pytest.raises(RunFailedError) as refused:
        ws.learn("kinds")
    assert "C0000001" not in str(refused.value)
    assert spent(ws) == KINDS
    assert log_of(ws)[-1].entry.outcome is Outcome.FAILED
    assert not log_of(ws, Kind.RELEASE)


def test_without_diffprivlib_nothing_is_read_or_charged(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ImportError

    monkeypatch.setattr(learning, "_models", missing)
    with pytest.raises(learning.LearnerMissingError):
        ws.learn("kinds")
    assert spent(ws) == 0
    assert not log_of(ws, Kind.ACCESS_INTENT)


def test_what_it_would_cost_is_told_without_an_entry_a_charge_or_an_edition(
    ws: Workspace,
) -> None:
    before = kinds_of(ws)
    foreseen = ws.plan_learning("kinds")
    assert (foreseen.rho, foreseen.asked["epsilon"]) == (KINDS, "1/2")
    assert kinds_of(ws) == before
    assert spent(ws) == 0
    assert ws.learn("kinds").statement["plan"] == foreseen.plan


def test_a_changed_digit_is_caught(ws: Workspace) -> None:
    made = ws.learn("kinds")
    document = json.loads(made.document)
    document["statement"]["model"]["centres"][0][0] ^= 1
    path = ws.folder / "forged.json"
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    path.write_text(text, "utf-8")
    with pytest.raises(IntegrityError):
        verify_report(path, key=ws.public_keys()["release"], workspace=ws.folder)


def test_reports_go_on_beside_it_and_the_person_is_told_of_it(
    ws: Workspace, tmp_path: Path
) -> None:
    ws.learn("kinds")
    ws.report("overview")
    assert [r.register_index for r in ws._house.releases.all()] == [0, 1]
    ws.role = StaffRole.COMPLIANCE_OFFICER
    case = ws.open_request(
        RequestKind.ACCESS, club.number(club.crowd(60)[0]), identity=IdentityLevel.ACCOUNT
    )
    document, *_ = ws.run_request(case.number, out=tmp_path / "answer", plain=True)
    assert "kinds (personas, learned)" in document.read_text("utf-8")
