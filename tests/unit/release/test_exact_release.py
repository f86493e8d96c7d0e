# SPDX-License-Identifier: Apache-2.0
"""``privseg.exact-release/1``, held still: vectors, the schema, and every change that is caught.

``exact-tables.json`` and ``exact-records.json`` are releases, byte for byte;
``PRIVSEG_WRITE_VECTORS=1`` writes them anew: only for a new version of the format.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.release.decode_node import ReleaseForgedError
from privseg.release.exact_asked import plan_hash
from privseg.release.exact_register import ExactRelease, is_exact, sign_exact
from privseg.release.exact_statement import csv_text, four_up, harmless, shown_left_out
from privseg.release.exact_verify import (
    CHECKS_RECORDS,
    CHECKS_TABLES,
    verify_exact,
)
from privseg.tlog import canonical, parse_canonical
from tests.twins import exact_world as world
from tests.twins.seed_key import PublicKey, SeedKey

HERE = Path(__file__).parents[2]
SCHEMA = HERE.parent / "docs/reference/schemas/exact-release.schema.json"
MADE: dict[str, Callable[[], ExactRelease]] = {"tables": world.tables, "records": world.records}
STEP = 9  # of all leaves of a document, every so manyth is changed


@pytest.mark.parametrize("kind", MADE)
def test_a_release_is_byte_for_byte_what_it_always_was(kind: str) -> None:
    path, document = HERE / f"vectors/exact-{kind}.json", MADE[kind]().to_bytes()
    if os.environ.get("PRIVSEG_WRITE_VECTORS"):
        path.write_bytes(document)
    assert path.read_bytes() == document


@pytest.mark.parametrize("kind", MADE)
def test_a_release_holds_and_fits_its_schema(kind: str) -> None:
    document = MADE[kind]().to_bytes()
    checks = CHECKS_TABLES if kind == "tables" else CHECKS_RECORDS
    assert verify_exact(document, [world.VERIFIER]).checks == checks
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(json.loads(document))
    assert is_exact(document)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every single value."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from leaves(inner, (*path, key))
    else:
        yield path


def changed(document: bytes, path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return a document with one value changed a little."""
    value: dict[str, Any] = parse_canonical(document)
    holder: Any = value
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    match old:
        case bool():
            new: Any = not old
        case int():
            new = old + 1
        case str():
            new = old[:-1] + ("b" if old.endswith("a") else "a")
        case _:
            new = 0
    holder[path[-1]] = new
    return value


@pytest.mark.parametrize("kind", MADE)
def test_whatever_is_changed_in_a_file_is_caught(kind: str) -> None:
    document = MADE[kind]().to_bytes()
    paths = list(leaves(parse_canonical(document)))
    for path in paths[::STEP]:
        with pytest.raises(ReleaseForgedError):
            verify_exact(canonical(changed(document, path)), [world.VERIFIER])


def signed_anew(kind: str, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a changed release with good signatures: by a publisher who lies."""
    release = MADE[kind]()
    value = parse_canonical(release.to_bytes())
    change(value)
    value["statement"]["plan"] = plan_hash(value["statement"]["asked"])
    return sign_exact(value["statement"], value["data"], [], world.SIGNER).to_bytes()


def _counts(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [c for table in value["statement"]["tables"] for c in table["counts"]]


def _print_a_withheld_one(value: dict[str, Any]) -> None:
    hidden = next(c for c in _counts(value) if c["people"] is None)
    hidden.update(people=2, low=2, high=2)


def _shorten(value: dict[str, Any]) -> None:
    hidden = next(c for c in _counts(value) if c["people"] is None and c["high"])
    hidden["high"] -= 1


def _drop_a_row(value: dict[str, Any]) -> None:
    value["data"] = "\r\n".join(value["data"].split("\r\n")[:-2]) + "\r\n"


def _single_out(value: dict[str, Any]) -> None:
    """Give one record an age that nobody else has, and a hash and numbers that fit."""
    rows = value["data"].split("\r\n")
    cells = rows[1].split(",")
    rows[1] = ",".join([cells[0], "17", *cells[-3:]])
    value["data"] = "\r\n".join(rows)
    value["statement"]["records"]["sha256"] = sha256(value["data"].encode()).hexdigest()


LIES: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "a count that is too small": ("tables", _print_a_withheld_one),
    "a range that does not follow": ("tables", _shorten),
    "a word of the promise": (
        "tables", lambda v: v["statement"]["held"].append("Nobody can be found."),
    ),
    "a larger k than holds": ("tables", lambda v: v["statement"]["asked"]["guarantee"].update(k=9)),
    "a table that was not asked": ("tables", lambda v: v["statement"]["tables"].pop()),
    "one group with two counts": (
        "tables", lambda v: v["statement"]["tables"][1]["counts"][-1].update(people=10**6),
    ),
    "a record less": ("records", _drop_a_row),
    "a record that stands alone": ("records", _single_out),
    "a class of fewer than are told": (
        "records", lambda v: v["statement"]["attained"].update(k=99),
    ),
    "a larger l than holds": (
        "records", lambda v: v["statement"]["asked"]["guarantee"].update(l=99),
    ),
    "a smaller risk": ("records", lambda v: v["statement"]["risk"].update(prosecutor="0.0001")),
    "a risk that is no share": (
        "records", lambda v: v["statement"]["risk"].update(journalist="none"),
    ),
    "an inference that is said to be closed": (
        "records", lambda v: v["statement"]["remaining"].update(inference="None."),
    ),
    "a key more": ("records", lambda v: v["statement"].update(epsilon="1")),
    "a key more that says nothing": ("records", lambda v: v["statement"].update(epsilon=None)),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_with_good_signatures_is_caught(lie: str) -> None:
    kind, change = LIES[lie]
    with pytest.raises(ReleaseForgedError):
        verify_exact(signed_anew(kind, change), [world.VERIFIER])


def test_what_holds_when_signed_anew_holds() -> None:
    """The lies above are caught for what they say, and not for how they are signed."""
    for kind in MADE:
        assert verify_exact(signed_anew(kind, lambda _: None), [world.VERIFIER])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("proof", [None]),
        ("proof", ["!"]),
        ("proof", ""),
        ("index", True),
        ("index", -1),
        ("checkpoint", None),
    ],
)
def test_a_proof_that_is_spelled_otherwise_is_refused(key: str, value: object) -> None:
    document = parse_canonical(world.records().to_bytes())
    document["register"][key] = value
    with pytest.raises(ReleaseForgedError):
        verify_exact(canonical(document), [world.VERIFIER])


def test_a_signature_that_is_no_text_is_refused() -> None:
    document = parse_canonical(world.records().to_bytes())
    document["signature"] = None
    with pytest.raises(ReleaseForgedError):
        verify_exact(canonical(document), [world.VERIFIER])


def test_another_key_is_not_enough() -> None:
    other = SeedKey(world.SIGNER.name, b"\x08" * 32)
    with pytest.raises(ReleaseForgedError):
        verify_exact(world.tables().to_bytes(), [PublicKey(other.name, other.public_key)])


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"[]", b"null", b'{"privseg":"privseg.exact-release/1"}', b"\xff"]
)
def test_what_is_no_release_is_refused(document: bytes) -> None:
    with pytest.raises(ReleaseForgedError):
        verify_exact(document, [world.VERIFIER])


def test_nothing_in_records_is_run_by_a_spreadsheet() -> None:
    text = csv_text(("a",), [("=1+1",), ("-3",), ("+x",), ('say "hi", you',)])
    assert text.split("\r\n") == ["a", "'=1+1", "-3", "'+x", '"say ""hi"", you"', ""]
    assert harmless("@x") == "'@x"


def test_few_records_left_out_are_not_told() -> None:
    assert [shown_left_out(n, 5) for n in (0, 1, 4, 5)] == [0, None, None, 5]
    assert four_up(Fraction(1, 3)) == "0.3334"
