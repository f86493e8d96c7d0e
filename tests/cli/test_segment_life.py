# SPDX-License-Identifier: Apache-2.0
"""A segment's life at the command line: begun, previewed, run, changed, compared."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import Shell

LAPSED = "lapsed-big-spenders"


@pytest.fixture
def draft(own: Shell) -> Path:
    """A changed definition that is not in the workspace."""
    text = (own.folder / "segments" / f"{LAPSED}.yaml").read_text("utf-8")
    path = own.folder.parent / "draft.yaml"
    path.write_text(text.replace("within: 30d", "within: 60d"), "utf-8")
    return path


def test_a_segment_is_begun_checked_previewed_and_run(own: Shell) -> None:
    made = own("segment", "new", "quiet-ones", "--template", "gone-quiet")
    assert made.code == 0
    assert "next: privseg segment explain quiet-ones" in made.err
    assert own("segment", "check", "quiet-ones").out.startswith("quiet-ones: sound\n")
    foreseen = own("segment", "preview", "quiet-ones", "--dry-run")
    assert "nothing was read or charged" in foreseen.err
    assert own("segment", "run", "quiet-ones").out.startswith("quiet-ones: done")
    assert "marketer" in own("segment", "history", "quiet-ones").out


def test_new_overwrites_nothing(own: Shell) -> None:
    path = own.folder / "segments" / f"{LAPSED}.yaml"
    before = path.read_bytes()
    answer = own("segment", "new", LAPSED, "--template", "holdout")
    assert answer.code == 1
    assert "is there already" in answer.err
    assert path.read_bytes() == before


def test_new_wants_a_name_and_a_template(own: Shell) -> None:
    assert own("segment", "new", "only-a-name").code == 2
    assert own("segment", "new").code == 2


def test_the_list_of_templates_says_when_to_use_each(outside: Shell) -> None:
    answer = outside("segment", "new", "--list", "--json")
    assert answer.code == 0
    assert len(answer.document["templates"]) > 40


def test_a_run_prints_no_number_of_people(own: Shell) -> None:
    """Nothing that is printed depends on who is in it."""
    text, document = own("segment", "run", LAPSED), own("segment", "run", LAPSED, "--json")
    assert text.code == document.code == 0
    assert not re.search(r"(?<![0-9a-f])[0-9]+(?![0-9a-f])", re.sub(r"version \w+", "", text.out))
    (ran,) = document.document["ran"]
    assert set(ran) == {"segment", "state", "version", "edition", "why"}


def test_run_wants_names_or_due_and_not_both(own: Shell) -> None:
    assert own("segment", "run").code == 2
    assert own("run", LAPSED, "--due").code == 2


def test_run_due_says_what_it_did_and_what_waits(own: Shell) -> None:
    path = own.folder / "segments" / f"{LAPSED}.yaml"
    path.write_text(path.read_text("utf-8") + "every: 1d\n", "utf-8")
    assert own("run", "--due").out.startswith(f"{LAPSED}: done")
    assert own("segment", "run", "--due").out == f"{LAPSED}: not due\n"


def test_one_failing_segment_does_not_stop_the_others_and_the_exit_code_tells(own: Shell) -> None:
    (own.folder / "segments" / "broken.yaml").write_text("segment: broken\n", "utf-8")
    path = own.folder / "segments" / f"{LAPSED}.yaml"
    path.write_text(path.read_text("utf-8") + "every: 1d\n", "utf-8")
    answer = own("run", "--due", "--json")
    assert answer.code == 1
    assert {r["segment"]: r["state"] for r in answer.document["ran"]} == {
        "broken": "failed", LAPSED: "done"
    }  # fmt: skip


def test_a_refused_segment_is_exit_code_three(own: Shell) -> None:
    (own.folder / "segments" / "faith.yaml").write_text(
        "segment: faith\nsegmenter: lifecycle-marketing\n"
        "where: {attribute: religion, is_known: true}\n", "utf-8"
    )  # fmt: skip
    answer = own("segment", "run", "faith", LAPSED)
    assert answer.code == 3
    assert f"{LAPSED}: done" in answer.out


def test_a_preview_is_charged_once(own: Shell, draft: Path) -> None:
    first, again = own("segment", "preview", str(draft)), own("segment", "preview", str(draft))
    assert (first.code, again.code) == (0, 0)
    assert "charged: rho" in first.err
    assert "free" in again.err
    assert first.out == again.out


def test_a_plan_says_how_many_come_and_go_and_never_who(own: Shell, draft: Path) -> None:
    own("segment", "run", LAPSED)
    answer = own("segment", "plan", str(draft), "--json")
    assert answer.code == 0, answer.err
    numbers = answer.document["numbers"]
    assert [n["segment"] for n in numbers] == ["would-enter", "would-leave"]
    assert answer.document["before"] != answer.document["version"]


def test_a_plan_of_nothing_is_free(own: Shell) -> None:
    own("segment", "run", LAPSED)
    answer = own("segment", "plan", LAPSED)
    assert answer.code == 0
    assert "nobody would enter or leave" in " ".join(answer.out.split())


def test_a_diff_says_what_changes_and_exits_with_six(own: Shell, draft: Path) -> None:
    own("segment", "run", LAPSED)
    assert own("segment", "diff", LAPSED).code == 0
    answer = own("segment", "diff", str(draft))
    assert answer.code == 6
    assert "in the 30 days before -> any email_open in the 60 days before" in " ".join(
        answer.out.split()
    )


def test_versions_of_the_history_can_be_compared(own: Shell, draft: Path) -> None:
    own("segment", "run", LAPSED)
    (own.folder / "segments" / f"{LAPSED}.yaml").write_bytes(draft.read_bytes())
    own("segment", "run", LAPSED)
    found = own("segment", "history", LAPSED, "--json").document
    first, second = (d["version"] for d in found["definitions"])
    assert own("segment", "diff", LAPSED, first[:8], second[:8]).code == 6
    assert own("segment", "diff", LAPSED, second[:8], second[:8]).code == 0
    assert own("segment", "diff", LAPSED, "12345678").code == 1


def test_a_role_that_may_not_change_segments_is_told_what_to_do(own: Shell, draft: Path) -> None:
    own("segment", "run", LAPSED)
    policy = own.folder / "policies" / "shop.yaml"
    policy.write_text(policy.read_text("utf-8") + "\nsegments: {changed_by: [engineer]}\n", "utf-8")
    (own.folder / "segments" / f"{LAPSED}.yaml").write_bytes(draft.read_bytes())
    answer = own("report", "run", LAPSED)
    assert answer.code == 3
    assert f"privseg segment propose {LAPSED}" in " ".join(answer.err.split())
    assert own("segment", "propose", LAPSED, "--as", "engineer").code == 0
    assert own("segment", "run", LAPSED).code == 0


def test_an_author_does_not_approve_their_own_segment(own: Shell) -> None:
    policy = own.folder / "policies" / "shop.yaml"
    policy.write_text(policy.read_text("utf-8") + "\nsegments: {approval: true}\n", "utf-8")
    assert own("segment", "run", LAPSED).code == 3
    proposed = own("segment", "propose", LAPSED, "--json")
    version = proposed.document["segments"][-1]["version"]
    assert own("segment", "approve", LAPSED, version[:12]).code == 3


@pytest.mark.parametrize("verb", ["check", "deps"])
def test_rules_alone_are_enough(tmp_path: Path, shop: Path, verb: str) -> None:
    """A folder with policies and segments: no key, no database."""
    for part in ("policies", "segments", "reports"):
        shutil.copytree(shop / part, tmp_path / "rules" / part)
    answer = Shell(tmp_path / "rules")("segment", verb, LAPSED)
    assert answer.code == 0, answer.err


def test_explain_says_the_cost_and_what_a_score_is_made_of(own: Shell) -> None:
    own("segment", "new", "best-here", "--template", "best-customers")
    answer = own("segment", "explain", "best-here", "--json")
    assert answer.code == 0, answer.err
    assert answer.document["cost"] > 0
    assert any("Reads" in text for text in answer.document["scores"])
    assert json.loads(answer.out)["nodes"] >= 1
