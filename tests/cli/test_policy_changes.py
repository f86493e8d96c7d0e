# SPDX-License-Identifier: Apache-2.0
"""``privseg policy diff``, ``impact``, ``propose``, ``approve``: a change of rules, looked at."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import Shell

CHANGES = (
    ("page_view, page_view.section]", "page_view, page_view.section, page_view.referrer]"),
    ("consent_lasts: 730d", "consent_lasts: 365d"),
)


@pytest.fixture
def new(own: Shell, tmp_path: Path) -> Path:
    """The shop's policy with a read more, and consents that last a year."""
    target = tmp_path / "new"
    for path in (p for p in (own.folder / "policies").rglob("*") if p.is_file()):
        copy = target / path.relative_to(own.folder / "policies")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    text = (target / "shop.yaml").read_text("utf-8")
    for old, instead in CHANGES:
        assert old in text
        text = text.replace(old, instead)
    (target / "shop.yaml").write_text(text, "utf-8")
    return target


def test_no_change_is_exit_code_0_and_changes_are_6(own: Shell, new: Path) -> None:
    same = own("policy", "diff", "policies", "policies")
    assert (same.code, same.out) == (0, "no change\n")
    assert own("policy", "diff", "policies", str(new)).code == 6


def test_a_change_says_what_where_and_whether_it_widens(own: Shell, new: Path) -> None:
    text = own("policy", "diff", str(new)).out
    joined = " ".join(text.split())
    added = r"\+ segmenter assortment: reads page_view\.referrer \(new/shop\.yaml:\d+:\d+\)"
    assert re.search(added, joined)
    assert 'widens: analyst may read page_view.referrer through "assortment"' in joined
    assert "~ purpose marketing.lifecycle: consent lasts days: 730 -> 365" in joined
    assert 'narrows: a consent holds 365 days for "marketing.lifecycle"' in joined
    assert joined.endswith("3 changes: 1 widen, 2 narrow")
    assert all(len(line) <= 80 for line in text.splitlines())


def test_as_json_a_pipeline_can_ask_whether_it_widens(own: Shell, new: Path) -> None:
    document = own("policy", "diff", "policies", str(new), "--json").document
    assert (document["widens"], document["narrows"]) == (True, True)
    assert {c["mark"] for c in document["changes"]} == {"+", "~"}
    back = own("policy", "diff", str(new), "policies", "--json").document
    assert {c["mark"] for c in back["changes"]} == {"-", "~"}
    assert document["old"] == back["new"] != document["new"]


def test_comments_and_order_are_no_change(own: Shell, tmp_path: Path) -> None:
    text = (own.folder / "policies/shop.yaml").read_text("utf-8")
    notes = tmp_path / "other"
    (notes / "notices").mkdir(parents=True)
    for path in (own.folder / "policies/notices").iterdir():
        (notes / "notices" / path.name).write_bytes(path.read_bytes())
    learning = (own.folder / "policies/learning.yaml").read_bytes()
    (notes / "learning.yaml").write_bytes(learning)
    head, tail = text.split("# What the people of the shop may lose", 1)
    moved = f"{head}# {tail}".replace("run_by: [marketer, analyst]", "run_by: [analyst, marketer]")
    (notes / "a.yaml").write_text(moved, "utf-8")
    assert own("policy", "diff", "policies", str(notes)).code == 0


def test_against_names_what_to_compare_with(own: Shell, new: Path) -> None:
    document = own("policy", "diff", "--against", str(new), "--json").document
    assert {c["mark"] for c in document["changes"]} == {"-", "~"}


@pytest.mark.parametrize(
    "line",
    ["policy diff", "policy diff a b --against c", "policy schema nonsense"],
)
def test_wrong_usage_is_2(own: Shell, line: str) -> None:
    answer = own(*line.split())
    assert answer.code == 2
    assert not answer.out


def test_a_policy_that_is_not_there_or_broken_is_1(own: Shell, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("privseg: policy/1\ncontroler: x\n", "utf-8")
    for other in (tmp_path / "none", tmp_path / "bad.yaml"):
        answer = own("policy", "diff", "policies", str(other))
        assert answer.code == 1
        assert not answer.out


def test_an_impact_is_foreseen_for_nothing_and_then_charged_once(own: Shell, new: Path) -> None:
    before = own("budget", "show", "--json").document
    foreseen = own("policy", "impact", str(new), "--dry-run", "--json").document
    assert own("budget", "show", "--json").document == before
    assert {s["fate"] for s in foreseen["segments"]} == {"changed"}
    assert {s["before"] for s in foreseen["segments"]} == {None}
    told = own("policy", "impact", str(new), "--json").document
    assert (told["rho"], told["half_width"]) == (foreseen["rho"], foreseen["half_width"])
    after = own("budget", "show", "--json").document
    assert after["rho_spent"] == told["rho"] == "1/80"
    big = next(s for s in told["segments"] if s["name"] == "big-spenders")
    assert big["before"]["low"] <= big["before"]["people"] <= big["before"]["high"]
    assert big["before"]["people"] > big["after"]["people"]
    again = own("policy", "impact", str(new), "--json").document
    assert again == told
    assert own("budget", "show", "--json").document == after
    words = own("policy", "impact", str(new))
    assert "nothing was charged" in words.err
    assert re.search(r"big-spenders +changed +[\d,]+ \([\d,]+ to [\d,]+\)", words.out)
    assert own("audit", "verify").code == 0


def test_an_impact_that_the_budget_does_not_cover_is_4(own: Shell, new: Path) -> None:
    policy = own.folder / "policies/shop.yaml"
    small = policy.read_text("utf-8").replace("rho_per_year: 1\n", "rho_per_year: 0.013\n")
    policy.write_text(small.replace("rho: 0.05\n", "rho: 0.0125\n"), "utf-8")
    (own.folder / "policies/learning.yaml").unlink()  # a model costs more than that
    assert own("report", "run", "big-spenders").code == 0
    before = own("budget", "show", "--json").document
    answer = own("policy", "impact", str(new))
    assert answer.code == 4
    assert not answer.out
    assert own("budget", "show", "--json").document == before
    assert "(not enough)" in own("policy", "impact", str(new), "--dry-run").err


def test_a_marketer_may_not_ask_for_an_impact(own: Shell, new: Path) -> None:
    assert own("policy", "impact", str(new), "--as", "marketer").code == 3


@pytest.fixture
def somebody_else(own: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Another user of this machine, who holds every role as well."""
    settings = own.folder / "privseg.yaml"
    text = settings.read_text("utf-8")
    me = pwd.getpwuid(os.getuid()).pw_name
    other = next(p for p in pwd.getpwall() if p.pw_uid != os.getuid())
    roles = re.search(rf'^  "{me}": (.*)$', text, re.MULTILINE)
    assert roles
    settings.write_text(f'{text}  "{other.pw_name}": {roles[1]}\n', "utf-8")
    monkeypatch.setattr("os.getuid", lambda: other.pw_uid)
    yield other.pw_name
    monkeypatch.undo()


def test_who_writes_a_policy_does_not_approve_it(own: Shell) -> None:
    proposed = own("policy", "propose", "--json")
    assert proposed.code == 0
    assert proposed.document["approved_by"] is None
    digest = proposed.document["digest"]
    answer = own("policy", "approve", digest[:12])
    assert answer.code == 3
    assert "does not approve it" in answer.err
    assert own("policy", "diff", "--against", "approved").code == 1


def test_somebody_else_approves_it_and_later_changes_are_compared_with_that(
    own: Shell, request: pytest.FixtureRequest
) -> None:
    digest = own("policy", "propose", "--json").document["digest"]
    other = request.getfixturevalue("somebody_else")
    approved = own("policy", "approve", digest[:12], "--json")
    assert approved.code == 0, approved.err
    assert approved.document["approved_by"] == other
    assert own("policy", "diff", "--against", "approved").code == 0
    policy = own.folder / "policies/shop.yaml"
    text = policy.read_text("utf-8").replace("min_people: 20", "min_people: 25")
    policy.write_text(text, "utf-8")
    changed = own("policy", "diff", "--against", "approved")
    assert changed.code == 6
    assert "min_people: 20 -> 25" in changed.out


def test_an_unknown_proposal_is_refused(own: Shell) -> None:
    answer = own("policy", "approve", "0123456789ab")
    assert answer.code == 1
    assert "there is no proposed policy" in answer.err
