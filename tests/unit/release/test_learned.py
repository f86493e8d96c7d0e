# SPDX-License-Identifier: Apache-2.0
"""A learned release says what it is, and what does not follow is refused with its field.

``learned-KIND.json`` are releases, byte for byte; ``learned-forged.json`` lists documents that
every verifier must refuse, most of them signed anew. ``PRIVSEG_WRITE_VECTORS=1`` writes them anew.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.policy.learning import Model
from privseg.release.decode_node import ReleaseForgedError
from privseg.release.learned_asked import asked_hash
from privseg.release.learned_register import is_learned, stored_learned
from privseg.release.learned_statement import LEARNED_FORMAT
from privseg.release.learned_verify import parse_learned, verify_learned
from privseg.tlog import canonical
from tests.twins import learned_world as world
from tests.twins.seed_key import SeedKey

HERE = Path(__file__).parents[2]
FORGED = HERE / "vectors/learned-forged.json"
SCHEMA = HERE.parent / "docs/reference/schemas/learned.schema.json"
KINDS = [str(m) for m in Model]
GOOD = {kind: HERE / f"vectors/learned-{kind}.json" for kind in KINDS}
Change = Callable[[dict[str, Any]], object]

CHANGES: dict[str, tuple[str, str, Change]] = {
    "a smaller price": (
        "personas", "statement.loss", lambda s: s["loss"].update(rho="1/80"),
    ),
    "a delta that is not charged": (
        "personas", "statement.loss", lambda s: s["loss"].update(delta="1/1000"),
    ),
    "a claim that it is proved": (
        "personas", "statement.loss", lambda s: s["loss"].update(claim="proved"),
    ),
    "another epsilon": (
        "personas", "statement.budget", lambda s: s["asked"].update(epsilon="1/4"),
    ),
    "another epsilon, with another plan": (
        "personas", "statement.budget",
        lambda s: (s["asked"].update(epsilon="1/4"), _planned(s), s["loss"].update(
            epsilon="1/4", rho="1/32")),
    ),
    "a budget that does not add up": (
        "personas", "statement.budget",
        lambda s: s["budget"]["after"].update(rho=s["budget"]["before"]["rho"]),
    ),
    "a budget without room": (
        "personas", "statement.budget.limit", lambda s: s["budget"]["limit"].update(rho="1/10"),
    ),
    "a centre off the grid": (
        "personas", "statement.model.centres",
        lambda s: s["model"]["centres"][0].__setitem__(0, 27),
    ),
    "a centre outside the bounds": (
        "personas", "statement.model.centres",
        lambda s: s["model"]["centres"][1].__setitem__(0, 94),
    ),
    "a centre left out": (
        "personas", "statement.model.centres", lambda s: s["model"]["centres"].pop(),
    ),
    "centres in another order": (
        "personas", "statement.model.centres", lambda s: s["model"]["centres"].reverse(),
    ),
    "a number of people": (
        "personas", "statement.model", lambda s: s["model"].update(people=4711),
    ),
    "a limit left out": ("personas", "statement.limits", lambda s: s["limits"].pop()),
    "an assumption left out": ("propensity", "statement.assumed", lambda s: s["assumed"].pop()),
    "bounds that bound nothing": (
        "personas", "document",
        lambda s: (s["asked"]["numbers"][0].update(high=18), _planned(s)),
    ),
    "clusters of a propensity": (
        "propensity", "statement.asked.model",
        lambda s: (s["asked"].update(clusters=3), _planned(s)),
    ),
    "an epsilon of nothing": (
        "personas", "statement.asked.epsilon",
        lambda s: (s["asked"].update(epsilon="0"), _planned(s)),
    ),
    "a fraction in another spelling": (
        "personas", "statement.asked.epsilon",
        lambda s: (s["asked"].update(epsilon="2/4"), _planned(s)),
    ),
    "true for one": (
        "personas", "statement.asked.clusters",
        lambda s: (s["asked"].update(clusters=True), _planned(s)),
    ),
    "a coefficient larger than any": (
        "propensity", "statement.model.weights",
        lambda s: s["model"]["weights"].__setitem__(0, 10**6),
    ),
    "a coefficient left out": (
        "propensity", "statement.model.weights", lambda s: s["model"]["weights"].pop(),
    ),
    "a segment that was not asked for": (
        "propensity", "statement.segments", lambda s: s["segments"].clear(),
    ),
    "an earlier release": (
        "personas", "statement.released_at",
        lambda s: s.update(released_at="2026-11-20T12:00:00.000000Z"),
    ),
    "an unknown key": ("personas", "statement.extra", lambda s: s.update(extra=1)),
    "another format": (
        "personas", "statement.version", lambda s: s.update(version="privseg.learned/2"),
    ),
}  # fmt: skip


def _planned(statement: dict[str, Any]) -> None:
    """Give a statement the plan of what it asks now."""
    statement["plan"] = asked_hash(statement["asked"])


def forged() -> list[dict[str, Any]]:
    cases = []
    for name, (kind, field, change) in CHANGES.items():
        said = copy.deepcopy(world.statement(kind))
        change(said)
        case = {"name": name, "field": field, "document": world.signed(said).document}
        cases.append(case)
    return cases


if os.environ.get("PRIVSEG_WRITE_VECTORS"):
    for kind, path in GOOD.items():
        path.write_bytes(world.release(kind).to_bytes())
    FORGED.write_bytes(canonical({"vkey": world.KEY.vkey, "cases": forged()}))


@pytest.mark.parametrize("kind", KINDS)
def test_the_vector_verifies_and_is_what_this_code_writes(kind: str) -> None:
    stored = GOOD[kind].read_bytes()
    assert world.release(kind).to_bytes() == stored
    assert verify_learned(stored, [world.KEY.public]).release == world.release(kind)
    assert stored_learned(stored) == parse_learned(stored)
    assert is_learned(stored)


@pytest.mark.parametrize("case", forged(), ids=lambda c: c["name"])
def test_what_does_not_follow_is_refused_at_its_field_though_signed_anew(
    case: dict[str, Any],
) -> None:
    with pytest.raises(ReleaseForgedError) as refusal:
        verify_learned(canonical(case["document"]), [world.KEY.public])
    assert refusal.value.field == case["field"]


def test_a_key_more_that_says_nothing_is_refused_though_signed_anew() -> None:
    said = {**copy.deepcopy(world.statement("personas")), "rho": None}
    with pytest.raises(ReleaseForgedError) as refusal:
        verify_learned(canonical(world.signed(said).document), [world.KEY.public])
    assert refusal.value.field == "statement.rho"


def test_the_forged_vectors_are_what_this_code_writes() -> None:
    stored = json.loads(FORGED.read_text("utf-8"))
    assert stored == {"vkey": world.KEY.vkey, "cases": forged()}


def test_another_key_another_register_and_another_statement_are_refused() -> None:
    good = world.release("personas")
    stranger = SeedKey("shop.example/releases", seed=b"\x07" * 32)
    with pytest.raises(ReleaseForgedError):
        verify_learned(good.to_bytes(), [stranger.public])
    elsewhere = world.signed({**world.statement("personas"), "register": "other.example/all"})
    head = elsewhere.entry.checkpoint
    moved = dataclasses.replace(good, entry=dataclasses.replace(good.entry, checkpoint=head))
    with pytest.raises(ReleaseForgedError):
        verify_learned(moved.to_bytes(), [world.KEY.public])
    other = {**good.document, "signature": world.release("propensity").entry.signature}
    with pytest.raises(ReleaseForgedError) as refusal:
        verify_learned(canonical(other), [world.KEY.public])
    assert refusal.value.field == "signature"


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b'{"privseg":"privseg.learned/1"}'])
def test_what_is_no_learned_release_is_refused(text: bytes) -> None:
    with pytest.raises(ReleaseForgedError):
        verify_learned(text, [world.KEY.public])


# --- the schema -----------------------------------------------------------------------------------


def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_schema_is_shipped_and_is_the_one_published() -> None:
    shipped = files("privseg.loaders.schemas").joinpath("learned.schema.json").read_text("utf-8")
    assert shipped == SCHEMA.read_text("utf-8")
    assert json.loads(shipped)["$id"] == LEARNED_FORMAT


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_knows_every_key_and_no_other(kind: str) -> None:
    document, check = world.release(kind).document, validator()
    document = json.loads(canonical(document))
    check.validate(document)
    for inner in _maps(document):
        for key in list(inner):
            value = inner.pop(key)
            assert not check.is_valid(document), key
            inner[key] = value
        inner["zzz"] = 1
        assert not check.is_valid(document)
        del inner["zzz"]
    assert check.is_valid(document)


def _maps(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value
    below = [m for v in inner if isinstance(v, dict | list) for m in _maps(v)]
    return [value, *below] if isinstance(value, dict) else below
