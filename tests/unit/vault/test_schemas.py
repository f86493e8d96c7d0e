# SPDX-License-Identifier: Apache-2.0
"""The published schemas say what is written, and refuse what is not."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

HERE = Path(__file__).parents[2]
SCHEMAS = HERE.parent / "docs" / "reference" / "schemas"
VECTORS = HERE / "vectors" / "vault"
KINDS = {
    "keyfile": "key-container", "passphrase": "key-container", "environment": "key-container",
    "backup": "key-backup", "identity": "key-identity",
}  # fmt: skip


def schema(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8")))


@pytest.mark.parametrize("name", KINDS)
def test_a_vector_is_what_its_schema_says_and_nothing_may_be_missing(name: str) -> None:
    document = json.loads((VECTORS / f"{name}.json").read_bytes())
    assert schema(KINDS[name]).is_valid(document)
    for field in document:
        left = {key: value for key, value in document.items() if key != field}
        assert not schema(KINDS[name]).is_valid(left), field
    assert not schema(KINDS[name]).is_valid({**document, "more": 1})
