# SPDX-License-Identifier: Apache-2.0
"""What a new policy does is told before it is in force: rules for nothing, people with noise.

Who may be read is about people, so their numbers go the way of a report: charged once, on the log
before they are counted, noisy, withheld where few, and the same for whoever asks the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.engine import Outside, Workspace
from privseg.engine.errors import RoleError, RunFailedError
from privseg.engine.policy.impact import Fate, PolicyImpact
from privseg.engine.report.look import DELTA, RHO, Look, foresee_counts
from privseg.engine.report.protected_counts import protected_counts
from privseg.errors import AuditWriteError, BudgetError
from privseg.frames import Edition
from privseg.protect import half_width
from privseg.store.counts import SqlCounts
from privseg.terms import StaffRole
from tests.twins import club
from tests.twins.club import Clock, Member, log_of

NORA = Member(number="N7701")
OTHERS = club.crowd(300)


def policy(tmp_path: Path, old: str, new: str, name: str = "new") -> Path:
    """Write the club's policy with one thing changed."""
    assert old in club.POLICY
    path = tmp_path / f"{name}.yaml"
    path.write_text(club.POLICY.replace(old, new), "utf-8")
    return path


@pytest.fixture
def shorter(tmp_path: Path) -> Path:
    """A policy under which consents to marketing last 100 days: all of the club's are over."""
    return policy(tmp_path, "consent_lasts: 730d", "consent_lasts: 100d")


@pytest.fixture
def blind(tmp_path: Path) -> Path:
    """A policy under which letters may not read hobbies."""
    return policy(tmp_path, "reads: [country, hobby,", "reads: [country,", "blind")


class Bits:
    """Random bits that are the same each time, and how often they were drawn."""

    def __init__(self) -> None:
        self.source, self.draws = random.Random(7), 0

    def __call__(self, count: int) -> int:
        self.draws += 1
        return self.source.getrandbits(count)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A club of 300: read it only."""
    ws = club.found(tmp_path_factory.mktemp("crowd"), [NORA, *OTHERS])
    yield ws
    ws.close()


def fates(told: PolicyImpact) -> dict[str, Fate]:
    return {i.name: i.fate for i in (*told.segments, *told.reports)}


def spent(ws: Workspace) -> Fraction:
    return ws.budget().rho_spent


def test_a_policy_that_changes_nothing_costs_nothing(small: Workspace, tmp_path: Path) -> None:
    (tmp_path / "same.yaml").write_text(f"{club.POLICY}# a comment\n", "utf-8")
    told = small.policy_impact(tmp_path / "same.yaml")
    assert set(fates(told).values()) <= {Fate.SAME, Fate.STILL_REFUSED}
    assert told.cost is None
    assert told.counted is None
    assert spent(small) == 0
    assert not log_of(small, Kind.ACCESS_INTENT)


def test_segments_and_reports_that_change_are_named(small: Workspace, shorter: Path) -> None:
    told = fates(small.foresee_impact(shorter))
    assert told["buyers"] is told["gardeners"] is told["overview"] is Fate.CHANGED
    assert told["confiding"] is told["carers"] is Fate.SAME
    assert told["diarists"] is told["forbidden"] is Fate.STILL_REFUSED


def test_what_can_no_longer_be_run_is_told_with_its_reason(small: Workspace, blind: Path) -> None:
    told = small.foresee_impact(blind)
    assert fates(told)["gardeners"] is fates(told)["overview"] is Fate.REFUSED
    assert fates(told)["buyers"] is Fate.SAME
    (why,) = (i.reasons for i in told.segments if i.name == "gardeners")
    assert 'segmenter "letters" may not read hobby' in why[0]


def test_what_becomes_possible_is_told(small: Workspace, tmp_path: Path) -> None:
    new = policy(tmp_path, "reads: [diary, purchase,", "reads: [purchase,")
    assert fates(small.foresee_impact(new))["confiding"] is Fate.REFUSED
    small.use_policy(new)
    back = fates(small.foresee_impact(policy(tmp_path, "controller: club", "controller: club")))
    assert back["confiding"] is back["carers"] is Fate.POSSIBLE


def test_a_segment_that_does_not_fit_the_new_policy_is_told_apart(
    small: Workspace, tmp_path: Path
) -> None:
    text = club.POLICY.replace("      hobby: {type: text, category: interests}\n", "")
    text = text.replace("reads: [country, hobby,", "reads: [country,").replace(" interests,", "")
    new = tmp_path / "new.yaml"
    new.write_text(text, "utf-8")
    told = small.foresee_impact(new)
    assert fates(told)["gardeners"] is Fate.REFUSED
    (why,) = (i.reasons for i in told.segments if i.name == "gardeners")
    assert "segments/gardeners.yaml:" in why[0]


def test_a_dry_run_reads_charges_and_writes_nothing(small: Workspace, shorter: Path) -> None:
    entries, edition = len(log_of(small)), small._house.editions.current_edition()
    told = small.foresee_impact(shorter)
    assert told.counted is None
    assert told.cost is not None
    assert told.cost.loss.rho == RHO
    assert (spent(small), len(log_of(small))) == (0, entries)
    assert small._house.editions.current_edition() == edition


def test_the_numbers_are_near_the_truth_and_withheld_where_few(
    crowd: Workspace, shorter: Path
) -> None:
    told = crowd.policy_impact(shorter)
    assert told.counted is not None
    counts = {c.label: c for c in told.counted.counts}
    assert set(counts) == {f"{s}.{w}" for s in ("buyers", "gardeners") for w in ("before", "after")}
    granted = sum(m.consent == "granted" for m in [NORA, *OTHERS])
    shown = counts["buyers.before"]
    assert shown.people is not None
    assert shown.low is not None
    assert shown.high is not None
    assert abs(shown.people - granted) < 60
    assert shown.low <= shown.people <= shown.high
    assert counts["buyers.after"].is_withheld


def test_one_question_is_charged_once_and_has_one_answer(small: Workspace, shorter: Path) -> None:
    answers = [small.policy_impact(shorter).counted for _ in range(5)]
    assert spent(small) == RHO
    assert len({a.counts for a in answers if a}) == 1
    assert [a.was_known for a in answers if a] == [False, True, True, True, True]
    assert len(log_of(small, Kind.ACCESS_INTENT)) == len(log_of(small, Kind.ACCESS_OUTCOME)) == 1
    with club.opened(small.folder) as again:
        counted = again.policy_impact(shorter).counted
        assert counted is not None
        assert answers[0] is not None
        assert counted.counts == answers[0].counts
        assert spent(again) == RHO


def test_another_edition_is_another_question(small: Workspace, shorter: Path) -> None:
    small.policy_impact(shorter)
    small.open_edition()
    small.policy_impact(shorter)
    assert spent(small) == 2 * RHO


def test_the_log_and_the_budget_agree_and_name_no_person(small: Workspace, shorter: Path) -> None:
    small.policy_impact(shorter)
    (intent,), (outcome,) = (
        log_of(small, Kind.ACCESS_INTENT), log_of(small, Kind.ACCESS_OUTCOME),
    )  # fmt: skip
    assert intent.entry.sequence < outcome.entry.sequence
    assert intent.entry.header["segmenter"] == "policy-impact"
    assert (intent.body["rho"], intent.body["delta"]) == (str(RHO), str(DELTA))
    assert not intent.eligible
    assert not outcome.eligible
    assert small.audit_verify()["ok"]


def test_the_charge_and_the_log_come_before_anybody_is_counted(small: Workspace) -> None:
    seen: list[tuple[Fraction, int]] = []

    def maker(edition: Edition) -> object:
        seen.append((spent(small), len(log_of(small, Kind.ACCESS_INTENT))))
        return small._house.vault.people(edition.snapshot)

    look = Look("test-look", ("all",))
    protected_counts(small._house, {"all": maker}, look=look, role=StaffRole.ENGINEER)  # type: ignore[dict-item]
    assert seen == [(RHO, 1)]


def test_a_failure_after_the_charge_stays_charged_and_says_nothing_of_data(
    small: Workspace,
) -> None:
    def broken(edition: Edition) -> object:
        raise ValueError(f"{len(small._house.vault.people(edition.snapshot))} people")

    with pytest.raises(RunFailedError) as failed:
        protected_counts(
            small._house, {"all": broken}, look=Look("test-look", ("all",)),  # type: ignore[dict-item]
            role=StaffRole.ENGINEER,
        )  # fmt: skip
    assert "60" not in str(failed.value)
    assert spent(small) == RHO
    (end,) = log_of(small, Kind.ACCESS_OUTCOME)
    assert end.entry.outcome is Outcome.FAILED
    assert small.audit_verify()["ok"]


def test_what_the_budget_does_not_cover_is_refused_and_nobody_is_counted(
    small: Workspace, tmp_path: Path, shorter: Path
) -> None:
    tight = policy(tmp_path, "{rho_per_year: 2,", "{rho_per_year: 0.13,", "tight")
    small.use_policy(tight)
    small.report("sizes")
    before = small.budget()
    with pytest.raises(BudgetError):
        small.policy_impact(shorter)
    assert small.budget() == before
    assert not [e for e in log_of(small, Kind.ACCESS_INTENT) if "impact" in str(e.entry.header)]
    (denied,) = log_of(small, Kind.ACCESS_DENIED)
    assert denied.entry.header["reason"] == "budget"


def test_no_log_no_count(small: Workspace, shorter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(event: object) -> int:
        del event
        raise AuditWriteError("the log cannot be written")

    monkeypatch.setattr(small._house.log, "append", full)
    with pytest.raises(AuditWriteError):
        small.policy_impact(shorter)
    assert spent(small) == 0


@pytest.mark.parametrize("role", [StaffRole.MARKETER, StaffRole.ADMIN])
def test_a_role_that_may_not_is_refused(small: Workspace, shorter: Path, role: StaffRole) -> None:
    small.role = role
    with pytest.raises(RoleError):
        small.policy_impact(shorter)
    assert spent(small) == 0


@pytest.mark.parametrize("labels", range(1, 6))
def test_noise_is_that_of_a_vector_of_which_one_person_moves_every_entry(labels: int) -> None:
    """The l2 sensitivity of n counts is sqrt(n): sigma^2 = n / (2 rho)."""
    look = Look("test-look", tuple(f"l{n}" for n in range(labels)))
    (quantity,) = look.table.size.quantities
    assert quantity.sensitivity.squared == labels
    assert quantity.sigma2 == Fraction(labels) / (2 * look.rho)
    assert look.loss.rho == look.rho
    assert look.loss.delta == look.delta
    assert look.table.gate.groups == labels
    assert foresee_counts(look).half_width == half_width(quantity)


def test_a_maker_is_asked_for_each_label_and_no_other(small: Workspace) -> None:
    with pytest.raises(ValueError, match="a maker for each label"):
        protected_counts(
            small._house, {}, look=Look("test-look", ("all",)), role=StaffRole.ENGINEER
        )
    assert spent(small) == 0


def test_the_first_of_two_answers_stands(small: Workspace, clock: Clock) -> None:
    answers = SqlCounts(small._house.db)
    made: Callable[[bytes], bytes] = lambda text: answers.add(  # noqa: E731
        plan_hash="p", edition_id="e", answer=text, at=clock()
    )
    assert made(b"first") == made(b"second") == b"first"
    assert answers.find(plan_hash="p", edition_id="other") is None


@pytest.mark.parametrize("consent", ["refused", "granted"])
def test_one_person_moves_no_number_by_more_than_one(
    tmp_path: Path, shorter: Path, consent: str
) -> None:
    """Neighbours under the same noise: what differs are numbers, and by one at most."""
    found = []
    few = OTHERS[:150]
    for name, people in (("with", [Member("N7701", consent=consent), *few]), ("out", few)):
        bits = Bits()
        outside = Outside(clock=Clock(), randbits=bits)
        with club.found(tmp_path / name, people, outside=outside) as ws:
            counted = ws.policy_impact(shorter).counted
            assert counted is not None
            found.append((counted, bits.draws, ws.budget()))
    (one, draws, budget), (other, other_draws, other_budget) = found
    assert (draws, budget) == (other_draws, other_budget)
    for a, b in zip(one.counts, other.counts, strict=True):
        assert a.label == b.label
        if a.people is not None and b.people is not None:
            assert abs(a.people - b.people) <= (consent == "granted")
