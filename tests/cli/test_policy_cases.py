# SPDX-License-Identifier: Apache-2.0
"""``privseg policy test``: the rules must give the answers that their cases expect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command_line import Shell

CASE = """privseg: cases/1
cases:
  silence:
    because: Nothing said is a no.
    ask: {purpose: marketing.lifecycle, category: purchases}
    given:
      jurisdiction: DE
      age: 34
      acts:
        - {act: grant, when: 30d ago}
    expect: denied
"""


@pytest.fixture
def rules(shop: Path, tmp_path: Path) -> Shell:
    """Somebody with a copy of the shop's rules, and neither key nor database."""
    for folder in ("policies", "segments", "reports"):
        (tmp_path / "rules" / folder).mkdir(parents=True)
        for path in (p for p in (shop / folder).rglob("*") if p.is_file()):
            target = tmp_path / "rules" / folder / path.relative_to(shop / folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return Shell(tmp_path / "rules")


def write(rules: Shell, text: str, name: str = "mine") -> None:
    (rules.folder / f"policies/cases/{name}.yaml").write_text(text, "utf-8")


def test_the_shops_rules_hold_without_key_or_database(rules: Shell) -> None:
    answer = rules("policy", "test", "--strict")
    assert answer.code == 0, answer.out + answer.err
    assert "cases of 22 hold" in answer.out
    assert "of the law packs " in answer.out
    assert not (rules.folder / ".privseg").exists()


def test_a_case_that_fails_is_told_with_place_answers_and_what_decided(rules: Shell) -> None:
    write(rules, CASE)
    answer = rules("policy", "test")
    assert answer.code == 1
    first, *more = answer.out.splitlines()
    assert first == "policies/cases/mine.yaml:11:13: silence: expected denied, got allowed"
    text = " ".join(" ".join(more).split())
    assert "right, because: Nothing said is a no." in text
    assert "expected: denied got: allowed, status given, reasons: given" in text
    assert "by grant (policies/cases/mine.yaml:10:11)" in text
    assert 'by purpose "marketing.lifecycle" (policies/shop.yaml:' in text
    assert "22 cases of 23 hold" in answer.out


def test_as_json_every_case_is_told(rules: Shell) -> None:
    write(rules, CASE)
    answer = rules("policy", "test", "--json")
    assert answer.code == 1
    failed = [c for c in answer.document["cases"] if not c["passed"]]
    assert [c["name"] for c in failed] == ["silence"]
    assert failed[0]["place"] == "policies/cases/mine.yaml:11:13"
    assert answer.document["law_cases"] > 100
    assert answer.document["law_failures"] == answer.document["uncovered"] == []


def test_only_the_files_that_are_named_are_tried(rules: Shell) -> None:
    write(rules, CASE)
    assert rules("policy", "test", "policies/cases/readers.yaml").code == 0
    assert rules("policy", "test", "policies/cases/mine.yaml").code == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("marketing.lifecycle", "marketing.lifecycl", "the policy has no purpose"),
        ("purchases", "purchase", "the policy has no category"),
        ("act: grant", "act: grnt", "unknown word 'grnt'; did you mean 'grant'?"),
        ("because: Nothing said is a no.", "becase: x", "unknown key 'becase'"),
    ],
)
def test_a_slip_of_the_pen_is_a_mistake_and_no_case_that_holds(
    rules: Shell, old: str, new: str, says: str
) -> None:
    """What nobody has is denied like any other: no case must pass by a typing error."""
    write(rules, CASE.replace(old, new))
    for options in ([], ["--json"]):
        answer = rules("policy", "test", *options)
        assert answer.code == 1
        assert "policies/cases/mine.yaml:" in answer.out
    assert any(says in m["message"] for m in answer.document["mistakes"])


def test_a_case_may_say_that_something_is_unknown(rules: Shell) -> None:
    text = CASE.replace("marketing.lifecycle", "marketing.phone")
    write(rules, text.replace("denied", "{answer: denied, reason: unknown_purpose}"))
    assert rules("policy", "test").code == 0


def test_rules_without_a_case_are_listed_and_fail_when_strict(rules: Shell) -> None:
    for path in (rules.folder / "policies/cases").iterdir():
        path.unlink()
    write(rules, CASE.replace("expect: denied", "expect: allowed"))
    answer = rules("policy", "test")
    assert answer.code == 0
    assert 'no case asks about purpose "analytics.assortment"' in answer.out
    assert 'no case asks about segmenter "assortment"' in answer.out
    assert 'purpose "marketing.lifecycle"' not in answer.out
    assert rules("policy", "test", "--strict").code == 1


def test_that_there_is_no_case_is_said(rules: Shell) -> None:
    for path in (rules.folder / "policies/cases").iterdir():
        path.unlink()
    answer = rules("policy", "test")
    assert answer.code == 0
    assert "there is no case" in answer.err
    assert rules("policy", "test", "--strict").code == 1


def test_cases_may_have_a_policy_of_their_own_beside_them(rules: Shell) -> None:
    own = (rules.folder / "policies/shop.yaml").read_text("utf-8")
    cases = rules.folder / "policies/cases"
    (cases / "notices").mkdir()
    for notice in (rules.folder / "policies/notices").iterdir():
        (cases / "notices" / notice.name).write_bytes(notice.read_bytes())
    (cases / "strict.yaml").write_text(own.replace("consent_lasts: 730d", "consent_lasts: 10d"))
    write(rules, CASE.replace("cases:\n", "policy: strict.yaml\ncases:\n", 1))
    assert rules("policy", "test", "policies/cases/mine.yaml").code == 0
    write(rules, CASE.replace("cases:\n", "policy: missing.yaml\ncases:\n", 1))
    assert rules("policy", "test", "policies/cases/mine.yaml").code == 1


def test_a_policy_that_is_broken_is_told_at_its_place(rules: Shell) -> None:
    (rules.folder / "policies/more.yaml").write_text("privseg: policy/1\ncontroler: x\n", "utf-8")
    answer = rules("policy", "test")
    assert answer.code == 1
    assert answer.out.startswith("policies/more.yaml:2:1: error: unknown key 'controler'")


def test_a_folder_that_is_no_workspace_is_refused(outside: Shell) -> None:
    answer = outside("policy", "test")
    assert answer.code == 1
    assert "is no workspace" in answer.err
