# SPDX-License-Identifier: Apache-2.0
"""Promise 4: one budget. Asking again is free and changes nothing; nothing else is free.

A clone of a workspace takes with it what was spent and what was answered; what becomes of it and
its original afterwards is in ``test_budget_doors``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace, verify_report
from privseg.errors import BudgetError, PolicyError
from privseg.store import AuditLogTamperedError
from privseg.terms import Category, Purpose, StaffRole
from tests.twins import club
from tests.twins.club import Clock, log_of, number

ONE = Fraction(1, 8)  # what a report costs


def spent(ws: Workspace) -> Fraction:
    return ws.budget().rho_spent


def edited(path: Path, old: str, new: str, *, to: str | None = None) -> None:
    """Change a file of a workspace, or write the change beside it under another name."""
    text = path.read_text("utf-8")
    assert old in text
    (path.with_stem(to) if to else path).write_text(text.replace(old, new), "utf-8")


def test_fifty_times_the_same_plan_on_the_same_edition_is_one_answer_charged_once(
    small: Workspace,
) -> None:
    answers = {small.report("overview").document for _ in range(50)}
    assert len(answers) == 1
    assert spent(small) == ONE
    assert len(log_of(small, Kind.ACCESS_INTENT)) == len(log_of(small, Kind.RELEASE)) == 1


def test_the_answer_stays_the_same_when_the_workspace_is_opened_again(small: Workspace) -> None:
    answer = small.report("overview").document
    for _ in range(3):
        with club.opened(small.folder) as again:
            assert again.report("overview").document == answer
            assert spent(again) == ONE


def test_a_role_that_may_not_run_it_is_refused_the_free_answer_too(small: Workspace) -> None:
    small.report("overview")
    for role in set(StaffRole) - {StaffRole.MARKETER, StaffRole.ANALYST, StaffRole.AUDITOR}:
        small.role = role
        with pytest.raises(PolicyError):
            small.report("overview")
    small.role = StaffRole.ANALYST
    assert small.report("overview").statement.plan.name == "overview"
    assert spent(small) == ONE
    denied = [e for e in log_of(small) if e.entry.outcome is Outcome.DENIED]
    assert len(denied) == len(StaffRole) - 3  # the maker of a workspace is no auditor


def test_a_role_that_the_policy_does_not_name_is_refused_the_free_answer_too(
    small: Workspace,
) -> None:
    small.role = StaffRole.ANALYST
    small.report("carers")
    small.role = StaffRole.MARKETER
    with pytest.raises(PolicyError):
        small.report("carers")
    assert len(log_of(small, Kind.ACCESS_DENIED)) == 1


def test_a_policy_that_no_longer_allows_it_refuses_what_is_published_already(
    small: Workspace,
) -> None:
    small.report("overview")
    edited(
        small.folder / "policies" / "club.yaml", "run_by: [marketer, analyst]", "run_by: [analyst]"
    )
    with club.opened(small.folder, role=StaffRole.MARKETER) as again:
        with pytest.raises(PolicyError):
            again.report("overview")
        again.role = StaffRole.ANALYST
        assert again.report("overview").statement.budget.spent.rho == ONE


def rename_the_report(root: Path) -> str:
    edited(
        root / "reports" / "sizes.yaml", "report: sizes", "report: sizes-again", to="sizes-again"
    )
    return "sizes-again"


def retitle_the_report(root: Path) -> str:
    edited(root / "reports" / "sizes.yaml", "How many", "Very many")
    return "sizes"


def relabel_the_segment(root: Path) -> str:
    edited(root / "segments" / "gardeners.yaml", "{en: Gardeners}", "{en: People with gardens}")
    return "sizes"


@pytest.mark.parametrize("change", [rename_the_report, retitle_the_report, relabel_the_segment])
def test_another_name_for_the_same_question_gets_the_same_numbers_at_no_cost(
    small: Workspace, change: Callable[[Path], str]
) -> None:
    answer = small.report("sizes").document
    name = change(small.folder)
    with club.opened(small.folder) as again:
        assert again.report(name).document == answer
        assert spent(again) == ONE


def rename_the_segment(root: Path) -> str:
    edited(root / "segments" / "gardeners.yaml", "segment: gardeners", "segment: growers",
           to="growers")  # fmt: skip
    edited(root / "reports" / "sizes.yaml", "[gardeners]", "[growers]", to="grown")
    return "grown"


def say_it_in_other_words(root: Path) -> str:
    where = "- {attribute: hobby, contains: garden}"
    edited(root / "segments" / "gardeners.yaml", where, f"{where}\n    {where}")
    return "sizes"


def ask_for_more_precision(root: Path) -> str:
    edited(root / "policies" / "club.yaml", "rho: 1/8\n      groups", "rho: 1/4\n      groups")
    return "sizes"


def weigh_otherwise(root: Path) -> str:
    edited(root / "reports" / "sizes.yaml", "tables:", "weights: {all.size: 3}\ntables:")
    return "sizes"


def leave_a_quantity_out(root: Path) -> str:
    edited(root / "reports" / "sizes.yaml", "tables:", "not_included: false\ntables:")
    return "sizes"


@pytest.mark.parametrize(
    ("change", "cost"),
    [
        (rename_the_segment, ONE),
        (say_it_in_other_words, ONE),
        (ask_for_more_precision, 2 * ONE),
        (weigh_otherwise, ONE),
        (leave_a_quantity_out, ONE),
    ],
)
def test_fresh_noise_is_never_free(
    small: Workspace, change: Callable[[Path], str], cost: Fraction
) -> None:
    answer = small.report("sizes").document
    name = change(small.folder)
    with club.opened(small.folder) as again:
        assert again.report(name).document != answer
        assert spent(again) == ONE + cost


def test_what_was_charged_is_what_the_release_says_it_cost(small: Workspace) -> None:
    said = json.loads(small.report("overview").document)["statement"]
    small.open_edition()
    later = json.loads(small.report("overview").document)["statement"]
    assert Fraction(said["guarantee"]["rho"]) == ONE
    assert Fraction(said["budget"]["before"]["rho"]) == 0
    assert Fraction(later["budget"]["before"]["rho"]) == ONE
    assert Fraction(later["budget"]["after"]["rho"]) == spent(small) == 2 * ONE
    assert small.budget().delta_spent == 2 * Fraction(said["guarantee"]["selection_delta"])


def test_every_segmenter_purpose_and_role_spends_from_the_one_line(small: Workspace) -> None:
    small.report("overview")
    small.role = StaffRole.ANALYST
    small.report("carers")
    small.role = None
    assert {c.purpose for c in small._house.losses.history("people")} == {"marketing", "care"}
    assert spent(small) == 2 * ONE


def test_a_new_edition_renews_the_answer_and_not_the_budget(small: Workspace) -> None:
    first = small.report("overview")
    small.open_edition()
    assert small.report("overview").statement.edition_id != first.statement.edition_id
    assert spent(small) == 2 * ONE


def test_withdrawing_and_consenting_again_renews_no_budget(small: Workspace, clock: Clock) -> None:
    small.report("overview")
    for act in ("withdraw", "grant"):
        clock.pass_(minutes=1)
        more = {"categories": frozenset(Category(c) for c in club.ALLOWED.split("|"))}
        small.record_consent(
            number("M0001"),
            act=act,
            purpose=Purpose("marketing"),
            **(more if act == "grant" else {}),
        )
        small.open_edition()
    assert spent(small) == ONE
    small.report("overview")
    assert spent(small) == 2 * ONE


def test_an_erasure_and_the_new_keys_it_brings_renew_no_budget(
    small: Workspace, tmp_path: Path
) -> None:
    answer = small.report("overview").document
    case = small.open_request(RequestKind.ERASURE, number("M0001"), identity=IdentityLevel.ACCOUNT)
    small.run_request(case.number, out=tmp_path / "out")
    assert spent(small) == ONE
    assert small.report("overview").document == answer
    small.open_edition()
    small.report("overview")
    assert spent(small) == 2 * ONE


def test_importing_the_data_again_renews_no_budget(small: Workspace) -> None:
    small.report("overview")
    small.load(club.member_rows(club.crowd(60)), source="members")
    assert spent(small) == ONE


def test_a_new_year_renews_the_year_and_not_the_lifetime(small: Workspace, clock: Clock) -> None:
    small.report("overview")
    lifetime = small.budget().epsilon_lifetime
    clock.now = clock.now.replace(year=clock.now.year + 1)
    assert spent(small) == 0
    assert small.budget().epsilon_lifetime == lifetime != small.budget().epsilon_year


def test_a_clock_turned_back_to_another_year_finds_no_other_budget(
    small: Workspace, clock: Clock
) -> None:
    small.report("overview")
    clock.pass_(days=-400)
    small.open_edition()
    assert spent(small) == ONE
    small.report("overview")
    assert spent(small) == 2 * ONE


def test_earlier_releases_hold_after_later_ones(small: Workspace, tmp_path: Path) -> None:
    _, first = small.report("overview").write(tmp_path)
    key = small.public_keys()["release"]
    small.open_edition()
    small.report("overview")
    small.report("sizes")
    assert verify_report(first, key=key, workspace=tmp_path)


def test_a_clone_takes_answers_and_what_was_spent_with_it(small: Workspace, tmp_path: Path) -> None:
    answer = small.report("overview").document
    small.close()
    copy = shutil.copytree(small.folder, tmp_path / "copy")
    with club.opened(copy) as clone:
        assert spent(clone) == ONE
        assert clone.report("overview").document == answer
        for _ in range(15):
            clone.open_edition()
            clone.report("overview")
        clone.open_edition()
        with pytest.raises(BudgetError):
            clone.report("overview")


def test_an_older_copy_of_the_database_put_back_is_noticed(
    small: Workspace, tmp_path: Path
) -> None:
    """The cheapest way to get a budget back: restore the file of before the report."""
    database = small._house.db.place
    small.close()
    before = shutil.copy(database, tmp_path / "before.db")
    with club.opened(small.folder) as ws:
        ws.report("overview")
    shutil.copy(before, database)
    with pytest.raises(AuditLogTamperedError), club.opened(small.folder):
        pass
