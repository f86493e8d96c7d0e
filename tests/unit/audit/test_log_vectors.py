# SPDX-License-Identifier: Apache-2.0
"""Whole logs of ``audit/vectors/log.json``: both verifiers find what is expected of each."""

import json
from base64 import b64decode
from typing import Any

import pytest

from privseg.audit import Rule, check_export
from privseg.tlog import VerifierKey, parse_vkey
from tests.twins.seed_key import PublicKey
from tests.twins.stand_alone import AUDIT, report, verify

Case = dict[str, Any]
CASES: list[Case] = json.loads((AUDIT / "vectors" / "log.json").read_text())["cases"]


def _files(case: Case) -> dict[str, bytes]:
    return {
        path: said["text"].encode() if "text" in said else b64decode(said["base64"])
        for path, said in case["files"].items()
    }


def _verifiers(case: Case) -> list[PublicKey]:
    """Return the log's keys; where the one that was given is not among them, that one."""
    lines = case["files"]["log.vkey"]["text"].splitlines()
    keys: list[VerifierKey] = [parse_vkey(line) for line in lines]
    given = parse_vkey(case["key"])
    trusted = keys if given in keys else [given]
    return [PublicKey(key.name, key.public_key) for key in trusted]


def _expected(case: Case) -> set[tuple[str, int | None]]:
    return {(rule, place) for rule, place in case["findings"]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_privseg_finds_what_is_expected(case: Case) -> None:
    told = check_export(_files(case), verifiers=_verifiers(case), anchors=case["anchors"])
    assert {(f.rule.value, f.sequence) for f in told.findings} == _expected(case)
    assert told.first_bad == case["first_bad"]
    state = "erased" if told.erased else "intact"
    assert (state if told.is_clean else "tampered") == case["expect"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_stand_alone_verifier_finds_what_is_expected(case: Case) -> None:
    anchors = tuple(each.encode() for each in case["anchors"])
    told = report(_files(case), case["key"], anchors)
    assert {(f.rule, f.sequence) for f in told["findings"]} == _expected(case)
    assert verify.first_bad(told) == case["first_bad"]
    assert verify.state_of(told) == case["expect"]


def test_every_state_and_every_finding_is_expected_of_some_log() -> None:
    assert {case["expect"] for case in CASES} == {"intact", "erased", "tampered"}
    assert len({case["name"] for case in CASES}) == len(CASES)
    assert {rule for case in CASES for rule, _ in case["findings"]} == {r.value for r in Rule}
