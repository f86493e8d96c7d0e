# SPDX-License-Identifier: Apache-2.0
"""The format, held still: shared vectors made with a fixed key and fixed bits, and the schema.

``release-good.json`` is a release, byte for byte; ``release-forged.json`` lists documents that
every verifier must refuse (those signed anew carry good signatures), with the field it must name.
``PRIVSEG_WRITE_VECTORS=1`` writes them anew: only for a new version of the format.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.protect import Part
from privseg.release import ReleaseForgedError, verify_release
from privseg.tlog import canonical
from tests.twins import release_world as world

HERE = Path(__file__).parents[2]
GOOD, FORGED = HERE / "vectors/release-good.json", HERE / "vectors/release-forged.json"
SCHEMA = HERE.parent / "docs/reference/schemas/release.schema.json"
Change = Callable[[dict[str, Any]], object]


def _first(document: dict[str, Any]) -> dict[str, Any]:
    number: dict[str, Any] = document["statement"]["tables"][0]["cells"][0]["numbers"][0]
    return number


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
    "a title": ("register.leaf", False, lambda d: d["statement"]["report"].update(title="x")),
    "another index": ("register", False, lambda d: d["register"].update(index=4)),
    "an unknown key": ("statement.extra", True, lambda d: d["statement"].update(extra=1)),
}


def forged() -> list[dict[str, Any]]:
    cases = []
    for name, (field, anew, change) in CHANGES.items():
        document = copy.deepcopy(world.release().document)
        change(document)
        if anew:
            document = world.Signed().document(document["statement"])
        case = {"name": name, "field": field, "signed_anew": anew, "document": document}
        cases.append(case)
    return cases


if os.environ.get("PRIVSEG_WRITE_VECTORS"):
    GOOD.write_bytes(world.release().to_bytes())
    FORGED.write_bytes(canonical({"vkey": world.KEY.vkey, "cases": forged()}))


def test_the_vector_verifies_and_is_what_this_code_writes() -> None:
    assert verify_release(GOOD.read_bytes(), [world.KEY.public]).release == world.release()
    assert world.release().to_bytes() == GOOD.read_bytes()


@pytest.mark.parametrize("case", json.loads(FORGED.read_text())["cases"], ids=lambda c: c["name"])
def test_every_forged_vector_is_refused_at_its_field(case: dict[str, Any]) -> None:
    with pytest.raises(ReleaseForgedError) as refusal:
        verify_release(case["document"], [world.KEY.public])
    assert refusal.value.field == case["field"]


def test_the_forged_vectors_are_what_this_code_writes() -> None:
    stored = json.loads(FORGED.read_text())
    assert stored == {"vkey": world.KEY.vkey, "cases": forged()}


def test_the_schema_accepts_what_is_written() -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(GOOD.read_bytes()))


def test_the_schema_knows_every_key_and_no_other() -> None:
    """A key added to a release without a word in the schema, or the reverse, is found here."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    document = json.loads(GOOD.read_bytes())
    shapes = {frozenset(m): m for m in _maps(document) if not m.keys() <= DRAWN}
    assert len(shapes) > 15
    for inner in shapes.values():
        for key in list(inner):
            value = inner.pop(key)
            assert not validator.is_valid(document), key
            inner[key] = value
        inner["zzz"] = 1
        assert not validator.is_valid(document)
        del inner["zzz"]
    assert validator.is_valid(document)


DRAWN = {part.value for part in Part}  # the keys of a map of draws, where any part may stand


def _maps(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    below = [m for v in inner for m in _maps(v)]
    return [value, *below] if isinstance(value, dict) else below
