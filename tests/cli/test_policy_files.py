# SPDX-License-Identifier: Apache-2.0
"""Rules in a repository: checked without key or database, by editors, hooks and pipelines."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from privseg.loaders import Shipped, copy_shipped
from privseg.loaders.schemas import DOCUMENTS
from tests.cli.command_line import Shell
from tests.cli.every_verb import verb_of, verbs

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "policies/ci/policy-review.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


@pytest.fixture
def rules(tmp_path: Path) -> Shell:
    """Somebody in a repository with the shop's rules and nothing else."""
    copy_shipped(Shipped.SHOP, tmp_path / "rules")
    return Shell(tmp_path / "rules")


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text("utf-8"))


def test_doubts_fail_only_when_strict(rules: Shell) -> None:
    assert rules("policy", "check").code == 0
    strict = rules("policy", "check", "--strict")
    assert strict.code == 1
    assert "religion: is it needed" in strict.out
    assert {f["severity"] for f in rules("policy", "check", "--json").document["findings"]} == {
        "warning"
    }


def test_a_mistake_fails_always(rules: Shell) -> None:
    (rules.folder / "policies/more.yaml").write_text("privseg: policy/1\ncontroler: x\n", "utf-8")
    answer = rules("policy", "check")
    assert answer.code == 1
    assert answer.out.startswith("policies/more.yaml:2:1: error: unknown key 'controler'")


def test_an_explanation_needs_the_files_alone(rules: Shell) -> None:
    assert rules("policy", "explain", "lifecycle-marketing", "age").code == 0
    assert rules("policy", "explain", "lifecycle-marketing", "religion").code == 3
    engineer = rules("policy", "explain", "lifecycle-marketing", "age", "--as", "engineer")
    assert engineer.code == 3
    assert "may not be run by engineer" in " ".join(engineer.out.split())


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_the_schema_of_every_kind_of_file_is_printed(rules: Shell, kind: str) -> None:
    printed = rules("policy", "schema", kind).document
    jsonschema.Draft202012Validator.check_schema(printed)
    whole = rules("policy", "schema", kind, "--json").document
    assert whole == {"kind": kind, "schema": printed, "out": None}
    assert rules("policy", "schema", kind, "--out", "it.json").code == 0
    assert json.loads((rules.folder / "it.json").read_text("utf-8")) == printed


def test_the_shops_files_fit_their_schemas(rules: Shell) -> None:
    for path in (p for p in rules.folder.rglob("*.yaml")):
        document = YAML(typ="safe").load(path.read_text("utf-8"))
        kind = str(document.get("privseg", "segment/1")).partition("/")[0]
        shape = rules("policy", "schema", kind).document
        assert set(shape.get("required", ())) <= set(document)
        assert set(document) <= set(shape["properties"])


def commands(text: str) -> list[str]:
    """Return the calls of privseg in a shell text."""
    return re.findall(r"^\s*(privseg [^|&>\n]*)", text, re.MULTILINE)


def test_the_workflow_parses_and_its_commands_exist() -> None:
    steps = read(WORKFLOW)["jobs"]["review"]["steps"]
    called = [c for step in steps for c in commands(step.get("run", ""))]
    assert [verb_of(c.removeprefix("privseg ")) for c in called] == [
        "policy check", "segment check", "policy test", "policy diff",
    ]  # fmt: skip
    assert all("uses" in step or "run" in step for step in steps)


def test_the_workflows_commands_do_what_it_expects_of_them(rules: Shell, tmp_path: Path) -> None:
    steps = {s.get("name"): s.get("run", "") for s in read(WORKFLOW)["jobs"]["review"]["steps"]}
    shutil.copytree(rules.folder, tmp_path / "before")
    for name in ("check", "segments", "test"):
        (command,) = commands(steps[name])
        done = rules(*shlex.split(command)[1:])
        assert done.code == 0, done.out + done.err
    (compare,) = commands(steps["diff"])
    assert rules(*shlex.split(compare)[1:]).code == 0
    policy = rules.folder / "policies/shop.yaml"
    text = policy.read_text("utf-8").replace("min_people: 20", "min_people: 10")
    policy.write_text(text, "utf-8")
    changed = rules(*shlex.split(compare)[1:])
    assert changed.code == 6
    assert "-eq 6" in steps["diff"]
    assert "min_people: 20 -> 10" in changed.out
    assert "policies/shop.yaml:" in changed.out


def test_the_hooks_parse_and_their_entries_work(rules: Shell) -> None:
    hooks = read(HOOKS)
    assert {h["id"] for h in hooks} == {"privseg-policy-check", "privseg-policy-test"}
    for hook in hooks:
        assert {"id", "name", "entry", "language", "files"} <= set(hook)
        assert re.compile(hook["files"]).search("policies/shop.yaml")
        assert re.compile(hook["files"]).search("policies/cases/readers.yaml")
        assert not re.compile(hook["files"]).search("README.md")
        first, *arguments = shlex.split(hook["entry"])
        assert first == "privseg"
        assert " ".join(arguments) in verbs()
        assert rules(*arguments).code == 0


def test_a_hook_stops_what_is_wrong(rules: Shell) -> None:
    policy = rules.folder / "policies/shop.yaml"
    text = policy.read_text("utf-8").replace("consent_lasts: 730d", "consent_lasts: 9999d")
    policy.write_text(text, "utf-8")
    assert rules("policy", "check").code == 0
    failing = rules("policy", "test")
    assert failing.code == 1
    assert "a-yes-does-not-last-for-ever: expected denied, got allowed" in failing.out
