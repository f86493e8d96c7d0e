# SPDX-License-Identifier: Apache-2.0
"""Attempts on consent from inside a whole workspace, each of which must fail."""

from __future__ import annotations

import shutil
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from privseg.audit import Kind
from privseg.consent import EventConflictError
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.gate import EligibleSets
from privseg.store import FolderOfSets
from privseg.terms import Category, Purpose
from tests.twins import club
from tests.twins.club import Clock, number, ordinal

MARKETING = Purpose("marketing")
EVERYTHING = frozenset(map(Category, ("location", "interests", "purchases")))
GRANTED, NEVER, STRANGER = "M0006", "M0009", "Z9999"


def row(event: str, who: str, act: str = "refuse", **more: str) -> dict[str, str]:
    when = "2026-02-01T00:00:00Z"
    said = {"event_id": event, "number": who, "act": act, "event_time": when, "method": "form"}
    return {**said, "purpose": "marketing", **more}


def test_the_last_use_of_a_consent_is_not_given_to_two_runs_at_once(
    small: Workspace, clock: Clock
) -> None:
    small.record_consent(
        number(NEVER), act="grant", purpose=MARKETING, categories=EVERYTHING, uses=1
    )
    clock.pass_(minutes=1)
    small.open_edition()
    with Workspace.open(small.folder, outside=Outside(clock=clock)) as other:
        counting = club.Counting(small._house, first=lambda: other.report("overview"))
        small.report("sizes")
        counting.leave()
    who = ordinal(small, NEVER)
    runs = [who in run.eligible for run in club.log_of(small, Kind.ACCESS_OUTCOME)]
    assert runs == [True, False]
    history = small._house.ledger.history(who)
    assert sum(event.act == "use" for event in history) == 1


def test_a_clock_that_is_turned_back_gives_no_use_away(small: Workspace, clock: Clock) -> None:
    small.record_consent(
        number(NEVER), act="grant", purpose=MARKETING, categories=EVERYTHING, uses=1
    )
    clock.pass_(days=1)
    small.open_edition()
    clock.pass_(hours=-5)  # time stands still in the workspace until the clock has caught up
    small.report("sizes")
    small.report("overview")
    who = ordinal(small, NEVER)
    runs = [who in run.eligible for run in club.log_of(small, Kind.ACCESS_OUTCOME)]
    assert runs == [True, False]


@pytest.fixture
def keeping(small: Workspace) -> Path:
    """Make a workspace keep every eligible set in a file, however small; return the folder."""
    house = small._house
    folder = small.folder / ".privseg" / "eligible"
    files = FolderOfSets(folder, house.db, lambda: house.vault.secret("eligible"))
    house.__dict__["sets"] = sets = EligibleSets(house.policy, house.ledger, files)
    sets._kept._worth = 0
    return folder


def put_back(kept: Path, folder: Path) -> None:
    """Put old files in the place of new ones."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)


def people(ws: Workspace) -> frozenset[int]:
    """Return whom another process with nothing in memory finds eligible."""
    house = ws._house
    files = FolderOfSets(
        ws.folder / ".privseg" / "eligible", house.db, lambda: house.vault.secret("eligible")
    )
    sets = EligibleSets(house.policy, house.ledger, files)
    position = house.ledger.position()
    found = sets.people(MARKETING, Category("purchases"), at=house.now(), known_at=position)
    return frozenset(found)


@pytest.mark.parametrize("how", ["withdrawn", "erased"])
def test_an_eligible_set_put_back_from_before_brings_nobody_back(
    small: Workspace, keeping: Path, clock: Clock, tmp_path: Path, how: str
) -> None:
    small.open_edition()
    small.report("sizes")
    who = ordinal(small, GRANTED)
    kept = Path(shutil.copytree(keeping, tmp_path / "kept"))
    assert any(kept.iterdir())
    assert who in people(small)
    clock.pass_(hours=1)
    if how == "erased":
        case = small.open_request(
            RequestKind.ERASURE, number(GRANTED), identity=IdentityLevel.ACCOUNT
        )
        small.run_request(case.number)
    else:
        small.record_consent(number(GRANTED), act="withdraw", purpose=MARKETING)
    put_back(kept, keeping)
    assert who not in people(small)


def test_a_dry_run_or_a_refused_file_makes_nobody_known(small: Workspace) -> None:
    small.import_consents(pd.DataFrame([row("d1", STRANGER)]), dry_run=True)
    assert small._house.vault.resolve(number(STRANGER)) is None
    small.import_consents(pd.DataFrame([row("d2", GRANTED)]))
    changed = [row("d3", STRANGER), row("d2", GRANTED, "withdraw")]
    with pytest.raises(EventConflictError):
        small.import_consents(pd.DataFrame(changed))
    assert small._house.vault.resolve(number(STRANGER)) is None
    small.import_consents(pd.DataFrame([row("d4", STRANGER)]))
    assert small._house.vault.resolve(number(STRANGER)) is not None


def test_a_policy_that_differs_by_a_hair_is_charged_like_any_other(
    small: Workspace, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(small.folder / "policies", tmp_path / "other"))
    spent = [small.budget().rho_spent]
    for days in (731, 732):
        text = club.POLICY.replace("730d", f"{days}d")
        (other / "club.yaml").write_text(text, "utf-8")
        small.policy_impact(other)
        spent.append(small.budget().rho_spent)
    assert [after - before for before, after in pairwise(spent)] == [Fraction(1, 80)] * 2


def test_how_many_people_allow_one_purpose_is_charged_though_all_were_asked(
    small: Workspace,
) -> None:
    small.coverage()
    spent = small.budget().rho_spent
    small.coverage(purpose=MARKETING)
    assert small.budget().rho_spent > spent


@pytest.mark.parametrize(
    "end", [{"expires_at": "2026-02-02T00:00:00Z"}, {"expires_after": "1d"}, {"uses": "1"},
            {"until": "tomorrow"}, {"idle_days": "1"}],
    ids=lambda end: next(iter(end)),
)  # fmt: skip
def test_a_withdrawal_never_ends_by_itself(
    small: Workspace, clock: Clock, end: dict[str, str]
) -> None:
    small.import_consents(pd.DataFrame([row("w1", GRANTED, "withdraw", **end)]))
    clock.pass_(days=30)
    small.record_consent(number(GRANTED), act="happened", value="tomorrow")
    view = small.consent_of(number(GRANTED))
    assert not any(s.allowed for s in view.standing)
