# SPDX-License-Identifier: Apache-2.0
"""The JSON schema, the code and the stand-alone verifier know the same entries."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.audit import Kind, Outcome, Rule, Severity
from privseg.audit.entry import KEYS, MAX_ENTRY, VERSION
from privseg.audit.finding import MAX_PER_RULE
from privseg.audit.header import ALLOWED, LISTS, REQUIRED, SHAPES, Shape
from privseg.terms import StaffRole
from tests.twins.stand_alone import AUDIT, verify

SCHEMA = json.loads((AUDIT / "entry.schema.json").read_text())
CASES = json.loads((AUDIT / "vectors" / "entry.json").read_text())["cases"]
SPEC = (AUDIT / "SPEC.md").read_text()
BEYOND_A_SCHEMA = {
    "the fields are in another order",  # spelling
    "an entry of 65,536 bytes",  # length
    "hour 24",  # the calendar
    "a leap second",
    "the 30th of February",
    "the year 0",
    "a commitment with a newline",  # "$" before a last newline, as some readers have it
    "header: a name with a newline",
}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def _value(case: dict[str, str]) -> Any:
    try:
        return json.loads(case["text"]) if "text" in case else None
    except ValueError:
        return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_schema_judges_as_the_vectors_say(case: dict[str, str]) -> None:
    if case["name"] in BEYOND_A_SCHEMA:
        assert case["expect"] == "refused"
        return
    assert Draft202012Validator(SCHEMA).is_valid(_value(case)) is (case["expect"] == "ok")


def test_the_stand_alone_verifier_knows_the_same_words() -> None:
    assert set(re.findall(rb'"([a-z_]+)":', verify.LAYOUT.pattern)) == {k.encode() for k in KEYS}
    assert (verify.VERSION, verify.MAX_ENTRY) == (VERSION, MAX_ENTRY)
    assert {role.value for role in StaffRole} == set(verify.ACTORS.split())
    assert {outcome.value for outcome in Outcome} == set(verify.OUTCOMES.split())
    assert {kind: set(keys.split()) for kind, keys in verify.ALLOWED.items()} == {
        kind.value: ALLOWED[kind] for kind in Kind
    }
    assert {kind: set(keys.split()) for kind, keys in verify.REQUIRED.items()} == {
        kind.value: keys for kind, keys in REQUIRED.items()
    }
    assert {shape.name: shape.value for shape in Shape} == verify.SPELLINGS
    assert {key: shape.name for key, shape in SHAPES.items()} == {
        key: shape for shape, keys in verify.SHAPES.items() for key in keys.split()
    }
    assert verify.LISTS == LISTS


def test_the_stand_alone_verifier_knows_the_same_findings() -> None:
    warnings = {rule.value for rule in Rule if rule.severity is Severity.WARNING}
    assert warnings == verify.WARNINGS
    assert verify.MAX_PER_RULE == MAX_PER_RULE
    source = (AUDIT / "verify.py").read_text()
    assert {rule.value for rule in Rule if f'"{rule.value}"' not in source} == set()


def test_the_specification_names_every_word() -> None:
    text = (AUDIT / "SPEC.md").read_text()
    words = [*Kind, *Outcome, *StaffRole, *Rule, *SHAPES, *(shape.name for shape in Shape), *KEYS]
    assert [word for word in map(str, words) if f"`{word}`" not in text] == []


def test_the_example_of_the_specification_is_in_the_demo_log() -> None:
    text = (AUDIT / "SPEC.md").read_text()
    demo = AUDIT / "demo"
    (entry,) = re.findall(r'^\{"actor":.*\}$', text, re.MULTILINE)
    assert entry.encode() in (demo / "tile/entries/000.p/25").read_bytes()
    (body,) = re.findall(r'^\{"by":.*\}$', text, re.MULTILINE)
    (salt,) = re.findall(r"^`([0-9a-f]{64})`, then$", text, re.MULTILINE)
    assert bytes.fromhex(salt) + body.encode() in (demo / "bodies/000.p/25").read_bytes()
    leaf = bytes.fromhex(re.findall(r"^`([0-9a-f]{64})`, hash 7 of$", text, re.MULTILINE)[0])
    assert (demo / "tile/0/000.p/25").read_bytes()[7 * 32 : 8 * 32] == leaf
    for name in ("checkpoint", "handover/000"):
        assert f"```\n{(demo / name).read_text()}```" in text


def test_the_specification_has_an_example_of_each_kind_and_it_is_in_a_vector() -> None:
    rows = re.findall(r"^\| `([a-z.]+)` \| ([0-9]+) \| `(\{.*\})` \|$", SPEC, re.MULTILINE)
    assert {kind for kind, _, _ in rows} == {kind.value for kind in Kind}
    entries = {case["name"]: case["text"] for case in CASES if "text" in case}
    for kind, number, header in rows:
        assert f'"header":{header},' in entries[f"entry {number} of the demo log: {kind}"]
