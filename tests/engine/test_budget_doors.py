# SPDX-License-Identifier: Apache-2.0
"""No door to a fresh budget: whatever is renamed, edited or begun again, sums stay.

Doors in the reports and segments themselves are in ``test_one_budget``, too; copies of a workspace
in ``test_budget_copies``. Not promised: a year's budget knows no clock that was set ahead on
purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.errors import BudgetError
from privseg.store import (
    ChargeKind,
    QuotaExceededError,
)
from privseg.terms import StaffRole
from tests.twins import club
from tests.twins.club import Clock, Counting, log_of, number

ONE = Fraction(1, 8)  # what a report costs


def spent(ws: Workspace) -> Fraction:
    return ws.budget().rho_spent


def edited(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def policy(root: Path) -> Path:
    return root / "policies" / "club.yaml"


# --- another name -------------------------------------------------------------------------------


def rename_the_segmenter(root: Path) -> None:
    edited(policy(root), ("\n  letters:", "\n  posters:"))
    for path in [*(root / "segments").glob("*.yaml"), *(root / "reports").glob("*.yaml")]:
        path.write_text(path.read_text().replace("segmenter: letters", "segmenter: posters"))


def add_a_segmenter(root: Path) -> None:
    """Another right to the same data, for the same purpose."""
    text = policy(root).read_text()
    start, end = text.index("  letters:"), text.index("  carers:")
    again = text[start:end].replace("letters:", "more-letters:")
    policy(root).write_text(text[:end] + again + text[end:])
    edited(root / "segments" / "gardeners.yaml", ("letters", "more-letters"))
    edited(root / "reports" / "sizes.yaml", ("letters", "more-letters"))


def rename_the_table(root: Path) -> None:
    edited(root / "reports" / "sizes.yaml", ("name: all", "name: everything"))


def reorder_the_conditions(root: Path) -> None:
    edited(
        root / "segments" / "gardeners.yaml",
        ("    - {attribute: hobby, contains: garden}\n", ""),
        ("within: 7d}\n", "within: 7d}\n    - {attribute: hobby, contains: garden}\n"),
    )


def say_not_not(root: Path) -> None:
    edited(
        root / "segments" / "gardeners.yaml",
        (
            "{attribute: hobby, contains: garden}",
            "not: {not: {attribute: hobby, contains: garden}}",
        ),
    )


def edit_the_policy(root: Path) -> None:
    """A new digest, in the same year."""
    edited(policy(root), ("consent_lasts: 730d", "consent_lasts: 729d"))


def raise_the_limits(root: Path) -> None:
    edited(policy(root), ("rho_per_year: 2", "rho_per_year: 20"))


def add_quotas(root: Path) -> None:
    edited(policy(root), ("rho_per_year: 2", "quotas: {roles: {marketer: 1}}, rho_per_year: 2"))


@pytest.mark.parametrize(
    "change",
    [
        rename_the_segmenter, add_a_segmenter, rename_the_table, reorder_the_conditions,
        say_not_not, edit_the_policy, raise_the_limits, add_quotas,
    ],
)  # fmt: skip
def test_whatever_is_called_otherwise_keeps_what_was_spent_and_pays_for_fresh_noise(
    small: Workspace, change: Callable[[Path], None]
) -> None:
    answer = small.report("sizes").document
    before = small.budget()
    change(small.folder)
    with club.opened(small.folder) as again:
        assert spent(again) == ONE
        assert again.budget().epsilon_lifetime == before.epsilon_lifetime
        fresh = again.report("sizes").document
        assert spent(again) == (ONE if fresh == answer else 2 * ONE)
        assert again.audit_verify()["ok"]


def test_segments_in_another_order_pay_or_get_the_same_answer(small: Workspace) -> None:
    answer = small.report("overview").document
    edited(
        small.folder / "reports" / "overview.yaml", ("[buyers, gardeners]", "[gardeners, buyers]")
    )
    with club.opened(small.folder) as again:
        fresh = again.report("overview").document
        assert spent(again) == (ONE if fresh == answer else 2 * ONE)


def test_another_purpose_spends_from_the_same_line(small: Workspace) -> None:
    small.report("sizes")
    edited(
        policy(small.folder),
        ("  marketing:\n", "  outreach:\n"),
        ("purpose: marketing", "purpose: outreach"),
        ("[marketing, care]", "[outreach, care]"),
    )
    with club.opened(small.folder) as again:
        assert spent(again) == ONE
        again.report("sizes")
        assert spent(again) == 2 * ONE


def test_two_who_share_their_answers_spend_what_both_asked(small: Workspace) -> None:
    for n, role in enumerate((StaffRole.MARKETER, StaffRole.ANALYST, StaffRole.MARKETER), start=1):
        small.open_edition()
        small.role = role
        small.report("sizes")
        small.role = None
        assert spent(small) == n * ONE


def test_the_same_people_imported_under_another_name_spend_from_the_same_line(
    small: Workspace,
) -> None:
    small.report("sizes")
    text = policy(small.folder).read_text()
    start, end = text.index("  members:"), text.index("  orders:")
    copied = text[start:end].replace("members:", "patrons:").replace("hobby:", "pastime:")
    copied = copied.replace("country:", "land:").replace("diary:", "notes:")
    text = text[:end] + copied + text[end:]
    policy(small.folder).write_text(
        text.replace("reads: [country, hobby", "reads: [pastime, country, hobby")
    )
    edited(small.folder / "segments" / "gardeners.yaml", ("attribute: hobby", "attribute: pastime"))
    rows = club.member_rows(club.crowd(60)).rename(
        columns={"hobby": "pastime", "country": "land", "diary": "notes"}
    )
    with club.opened(small.folder) as again:
        again.load(rows, source="patrons")
        again.open_edition()
        again.report("sizes")
        assert spent(again) == 2 * ONE


def test_erased_and_enrolled_again_under_other_keys_is_no_new_budget(
    small: Workspace, tmp_path: Path
) -> None:
    """An erasure changes the root key; whoever comes back has a new ordinal and pseudonyms."""
    small.report("sizes")
    case = small.open_request(RequestKind.ERASURE, number("M0001"), identity=IdentityLevel.ACCOUNT)
    small.run_request(case.number, out=tmp_path / "out")
    newcomer = club.Member("M9001")
    small.load(club.member_rows([*club.crowd(60)[2:], newcomer]), source="members")
    small.consents(club.consent_rows([newcomer]))
    small.open_edition()
    small.close()
    with club.opened(small.folder) as again:
        assert spent(again) == ONE
        again.report("sizes")
        assert spent(again) == 2 * ONE
        assert again.audit_verify()["ok"]


# --- time ---------------------------------------------------------------------------------------


def test_a_clock_set_back_within_the_year_loses_no_charge(small: Workspace, clock: Clock) -> None:
    small.report("sizes")
    clock.pass_(days=-30)
    small.open_edition()
    small.report("sizes")
    assert spent(small) == 2 * ONE
    moments = [c.at for c in small._house.losses.history("people")]
    assert moments == sorted(moments)


def test_the_lifetime_is_told_whatever_the_policy_allows(small: Workspace, clock: Clock) -> None:
    small.report("sizes")
    clock.now = clock.now.replace(year=clock.now.year + 1)
    raise_the_limits(small.folder)
    with club.opened(small.folder, clock=clock) as again:
        again.report("sizes")
        assert spent(again) == ONE
        assert again.budget().rho_lifetime == 2 * ONE


# --- refused, crashed, joined -------------------------------------------------------------------


def test_a_refused_report_costs_nothing_and_an_answer_is_never_paid_back(
    small: Workspace,
) -> None:
    for asked in ("forbidden", "carers"):
        with pytest.raises(Exception, match=r"may not|refused|run"):
            small.report(asked)
        assert spent(small) == 0
    small.report("sizes")
    small.open_edition()
    assert spent(small) == ONE


def test_a_run_that_joined_a_charge_says_so_on_the_log(small: Workspace) -> None:
    small.open_edition()
    with club.opened(small.folder) as second:
        Counting(small._house, first=lambda: second.report("sizes"))
        small.report("sizes")
    first, joined = (e.body for e in log_of(small, Kind.ACCESS_INTENT))
    assert (first["rho"], joined["rho"]) == ("1/8", "0")
    assert first["link"] == joined["link"] == small._house.losses.head().link
    assert spent(small) == ONE
    assert small.audit_verify()["ok"]


def test_a_run_that_claims_to_have_joined_a_charge_there_was_not_is_found(
    small: Workspace,
) -> None:
    small.report("sizes")
    (intent,) = log_of(small, Kind.ACCESS_INTENT)
    from privseg.audit import AuditEvent  # noqa: PLC0415  # this test alone forges an entry

    body = {**intent.body, "rho": "0", "delta": "0", "link": "ff" * 32}
    small._house.log.append(
        AuditEvent(
            Kind.ACCESS_INTENT, Outcome.PENDING, StaffRole.MARKETER, intent.entry.header, body
        )
    )
    assert any("joined no charge" in str(f) for f in small.audit_verify()["findings"])  # type: ignore[attr-defined]


# --- quotas, and what a refusal says ------------------------------------------------------------


def test_a_quota_refuses_and_the_line_has_room_for_others(small: Workspace) -> None:
    edited(
        policy(small.folder),
        ("rho_per_year: 2", "quotas: {roles: {marketer: 1/16}}, rho_per_year: 2"),
    )
    with club.opened(small.folder, role=StaffRole.MARKETER) as ws:
        ws.report("sizes")
        with pytest.raises(QuotaExceededError) as refused:
            ws.report("overview")
        assert refused.value.exit_code == 4
        assert "role marketer" in str(refused.value)
        ws.role = StaffRole.ANALYST
        ws.report("overview")
        assert spent(ws) == 2 * ONE
        assert [(q.name, q.spent.rho) for q in ws.budget().quotas] == [("role marketer", ONE)]


@pytest.mark.parametrize(
    ("quotas", "says"),
    [
        ("{purposes: {letters: 1/2}}", "no purpose is called 'letters'"),
        ("{purposes: {marketing: 0}}", "a share"),
        ("{roles: {marketer: 5/4}}", "a share"),
        ("{roles: {owner: 1/2}}", "owner"),
    ],
)
def test_a_quota_that_means_nothing_is_a_mistake_at_its_place(
    small: Workspace, quotas: str, says: str
) -> None:
    edited(policy(small.folder), ("rho_per_year: 2", f"quotas: {quotas}, rho_per_year: 2"))
    with club.opened(small.folder) as ws, pytest.raises(Exception, match=says) as refused:
        ws.report("sizes")
    assert "club.yaml:" in str(refused.value)


def test_a_used_up_budget_says_what_is_left_what_would_fit_and_when(small: Workspace) -> None:
    edited(policy(small.folder), ("rho_per_year: 2", "rho_per_year: 0.3"))
    with club.opened(small.folder) as ws:
        ws.report("sizes")
        ws.open_edition()
        ws.report("sizes")
        with pytest.raises(BudgetError) as refused:
            ws.report("overview")
    assert refused.value.exit_code == 4
    advice = "\n".join(refused.value.__notes__)
    assert "left: rho 1/20" in advice
    assert "it would fit at rho 1/20, with error bars 1.59 times as wide" in advice
    assert "begins on 2027-01-01" in advice
    edited(policy(small.folder), ("rho: 1/8\n      groups", "rho: 1/20\n      groups"))
    with club.opened(small.folder) as ws:
        ws.report("overview")  # as it said
        assert spent(ws) == Fraction(3, 10)


def test_a_charge_says_which_kind_of_question_it_was(small: Workspace) -> None:
    small.report("sizes")
    kinds = [c.kind for c in small._house.losses.history("people")]
    assert kinds == [ChargeKind.REPORT]
    (charge,) = small.budget_history()
    assert (charge.charge.name, charge.charge.actor) == ("sizes", StaffRole.MARKETER)
