# SPDX-License-Identifier: Apache-2.0
"""The format, held still: shared vectors made with a fixed key and fixed bits, and the schema.

``release-good.json`` and one ``release-KIND.json`` for every other table are releases, byte for
byte; ``release-forged.json`` lists documents that every verifier must refuse (those signed anew
carry good signatures), with the field it must name. ``PRIVSEG_WRITE_VECTORS=1`` writes them anew:
only for a new version of the format.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.protect import Part
from privseg.release import Release, ReleaseForgedError, verify_release
from privseg.tlog import canonical
from tests.twins import release_world as world

HERE = Path(__file__).parents[2]
FORGED = HERE / "vectors/release-forged.json"
SCHEMA = HERE.parent / "docs/reference/schemas/release.schema.json"
GOOD = {
    name: HERE / f"vectors/release-{'good' if name == 'overview' else name}.json"
    for name in world.TABLES
}
Change = Callable[[dict[str, Any]], object]


@cache
def release(name: str = "overview") -> Release:
    return world.release(world.statement(world.plan(name, not_included=name == "overview")))


def _first(document: dict[str, Any]) -> dict[str, Any]:
    number: dict[str, Any] = document["statement"]["tables"][0]["cells"][0]["numbers"][0]
    return number


def _numbers(document: dict[str, Any]) -> list[dict[str, Any]]:
    numbers: list[dict[str, Any]] = document["statement"]["tables"][0]["cells"][0]["numbers"]
    return numbers


def _quantile(document: dict[str, Any]) -> dict[str, Any]:
    estimate: dict[str, Any] = _numbers(document)[3]["quantiles"][0]["estimate"]
    return estimate


CHANGES: dict[str, tuple[str, bool, Change]] = {
    "a digit of a value": (
        "statement.tables[0].cells[0].numbers[0].estimate.value",
        False,
        lambda d: _first(d)["estimate"].update(value=_first(d)["estimate"]["value"] + 1),
    ),
    "a shorter error bar": (
        "statement.tables[0].cells[0].numbers[0].estimate.low",
        True,
        lambda d: _first(d)["estimate"].update(low=_first(d)["estimate"]["value"]),
    ),
    "a smaller epsilon": (
        "statement.guarantee.epsilon",
        True,
        lambda d: d["statement"]["guarantee"].update(epsilon="0.100"),
    ),
    "less noise claimed than the bound asks": (
        "statement.tables[0].measures[1].mechanisms[0].sigma_squared",
        True,
        lambda d: d["statement"]["tables"][0]["measures"][1]["mechanisms"][0].update(
            sigma_squared="1"
        ),
    ),
    "a lower threshold": (
        "statement.tables[0].gate.threshold",
        True,
        lambda d: d["statement"]["tables"][0]["gate"].update(threshold=1),
    ),
    "a cell left out": (
        "statement.tables[0].cells",
        True,
        lambda d: d["statement"]["tables"][0]["cells"].pop(),
    ),
    "format 1": ("privseg", False, lambda d: d.update(privseg="privseg.release/1")),
    "a quantile": (
        "statement.tables[0].cells[0].numbers[3].quantiles[0].estimate.value",
        True,
        lambda d: _quantile(d).update(value=_quantile(d)["value"] + 1),
    ),
    "a draw": (
        "statement.tables[0].cells[0].numbers[1].estimate.value",
        True,
        lambda d: _numbers(d)[1]["released"].update(sum=_numbers(d)[1]["released"]["sum"] - 1),
    ),
    "a window": (
        "statement.report.plan",
        True,
        lambda d: d["statement"]["tables"][0]["measures"][1]["amount"]["window"].update(days=364),
    ),
    "a title": ("register.leaf", False, lambda d: d["statement"]["report"].update(title="x")),
    "another index": ("register", False, lambda d: d["register"].update(index=4)),
    "an unknown key": ("statement.extra", True, lambda d: d["statement"].update(extra=1)),
}


def forged() -> list[dict[str, Any]]:
    cases = []
    for name, (field, anew, change) in CHANGES.items():
        document = copy.deepcopy(release().document)
        change(document)
        if anew:
            document = world.Signed().document(document["statement"])
        case = {"name": name, "field": field, "signed_anew": anew, "document": document}
        cases.append(case)
    return cases


if os.environ.get("PRIVSEG_WRITE_VECTORS"):
    for name, path in GOOD.items():
        path.write_bytes(release(name).to_bytes())
    FORGED.write_bytes(canonical({"vkey": world.KEY.vkey, "cases": forged()}))


@pytest.mark.parametrize("name", GOOD)
def test_the_vector_verifies_and_is_what_this_code_writes(name: str) -> None:
    stored = GOOD[name].read_bytes()
    assert verify_release(stored, [world.KEY.public]).release == release(name)
    assert release(name).to_bytes() == stored


@pytest.mark.parametrize("case", json.loads(FORGED.read_text())["cases"], ids=lambda c: c["name"])
def test_every_forged_vector_is_refused_at_its_field(case: dict[str, Any]) -> None:
    with pytest.raises(ReleaseForgedError) as refusal:
        verify_release(case["document"], [world.KEY.public])
    assert refusal.value.field == case["field"]


def test_the_forged_vectors_are_what_this_code_writes() -> None:
    stored = json.loads(FORGED.read_text())
    assert stored == {"vkey": world.KEY.vkey, "cases": forged()}


def test_the_schema_is_shipped_and_is_the_one_published() -> None:
    shipped = files("privseg.loaders.schemas").joinpath("release.schema.json").read_text("utf-8")
    assert shipped == SCHEMA.read_text("utf-8")
    assert json.loads(shipped)["$id"] == "privseg.release/2"


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", GOOD)
def test_the_schema_accepts_what_is_written(name: str) -> None:
    validator().validate(json.loads(GOOD[name].read_bytes()))


def test_the_schema_accepts_a_report_of_all_tables() -> None:
    validator().validate(json.loads(world.release().to_bytes()))


@pytest.mark.parametrize("name", GOOD)
def test_the_schema_knows_every_key_and_no_other(name: str) -> None:
    """A key added to a release without a word in the schema, or the reverse, is found here."""
    document = json.loads(GOOD[name].read_bytes())
    shapes = _new_shapes(name, document)
    assert len(shapes) > 15 or name != "overview"
    for inner in shapes.values():
        for key in list(inner):
            value = inner.pop(key)
            assert not validator().is_valid(document), key
            inner[key] = value
        inner["zzz"] = 1
        assert not validator().is_valid(document)
        del inner["zzz"]
    assert validator().is_valid(document)


def _new_shapes(name: str, document: dict[str, Any]) -> dict[frozenset[str], dict[str, Any]]:
    """Return a map of every set of keys that no table before this one has."""
    names = list(GOOD)[: list(GOOD).index(name)]
    known = {frozenset(m) for other in names for m in _maps(json.loads(GOOD[other].read_bytes()))}
    found = {frozenset(m): m for m in _maps(document) if not m.keys() <= DRAWN}
    return {keys: m for keys, m in found.items() if keys not in known}


DRAWN = {part.value for part in Part}  # the keys of a map of draws, where any part may stand


def _maps(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    below = [m for v in inner for m in _maps(v)]
    return [value, *below] if isinstance(value, dict) else below
