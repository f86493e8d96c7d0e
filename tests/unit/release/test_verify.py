# SPDX-License-Identifier: Apache-2.0
"""Forgeries, with the publisher's key and without; hostile files; what is refused by name.

(That every single field is bound: tests/property/test_release_tampering.py and _free_facts.py.)
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from privseg.errors import IntegrityError
from privseg.release import ReleaseForgedError, parse_release, verify_release
from privseg.release.limits import MAX_CELLS, MAX_DIMENSIONS, MAX_EDGES, MAX_PERIODS
from privseg.tlog import canonical
from tests.twins import release_world as world
from tests.twins.seed_key import SeedKey
from tests.twins.tampering import at, one_of_each, put

VERIFIERS = [world.KEY.public]
DOCUMENT = world.release(world.statement(world.plan("overview"))).document
QUICKLY = 5  # seconds, on a machine that does other things as well


def test_the_untouched_document_verifies() -> None:
    verify_release(DOCUMENT, VERIFIERS)
    verify_release(canonical(DOCUMENT), VERIFIERS)


def statement_of(name: str) -> dict[str, Any]:
    made: dict[str, Any] = world.release(world.statement(world.plan(name))).document["statement"]
    return made


def _swap_cells(s: dict[str, Any]) -> None:
    s["tables"][0]["cells"].reverse()


def _drop_cell(s: dict[str, Any]) -> None:
    s["tables"][0]["cells"].pop()


def _publish_too_small(s: dict[str, Any]) -> None:
    """A value under the gate's smallest: nobody but a forger can have it."""
    cell = s["tables"][0]["cells"][0]["numbers"][0]
    small = s["tables"][0]["gate"]["smallest_value"] - 1
    cell["released"]["people"] = small
    cell["estimate"] = {"value": small, "low": 20, "high": 200, "decimals": 0}


def _no_cost(s: dict[str, Any]) -> None:
    for measure in s["tables"][0]["measures"]:
        measure["rho"] = "0"


def _drop_measure(s: dict[str, Any]) -> None:
    s["tables"][0]["cells"][0]["numbers"].pop()


def _unknown_part(s: dict[str, Any]) -> None:
    s["tables"][0]["cells"][0]["numbers"][0]["released"]["extra"] = 4


def _less_delta(s: dict[str, Any]) -> None:
    s["tables"][0]["gate"]["selection_delta"] = "1/100000000"


def _float(s: dict[str, Any]) -> None:
    s["tables"][0]["cells"][0]["numbers"][0]["estimate"]["low"] = 1.0


def _true(s: dict[str, Any]) -> None:
    s["tables"][0]["cells"][0]["numbers"][0]["estimate"]["decimals"] = False


def _huge(s: dict[str, Any]) -> None:
    s["tables"][0]["groups_per_person"] = 10**200


def _no_unit(s: dict[str, Any]) -> None:
    s["guarantee"]["unit"] = "row"


def _over_the_limit(s: dict[str, Any]) -> None:
    s["budget"]["limit"]["rho"] = "1/40"  # what was spent before


def _year_above_life(s: dict[str, Any]) -> None:
    s["budget"]["lifetime_before"] = copy.deepcopy(s["budget"]["before"])
    s["budget"]["lifetime_before"]["rho"] = "1/41"


def _before_its_time(s: dict[str, Any]) -> None:
    s["released_at"] = "2026-10-31T23:59:59.999999Z"


def _a_second_name(s: dict[str, Any]) -> None:
    s["segments"][1]["name"] = s["segments"][0]["name"]


def _a_size_in_a_withheld_cell(s: dict[str, Any]) -> None:
    cells = s["tables"][0]["cells"]
    cells[1]["numbers"] = cells[0]["numbers"]


def _an_average_that_is_not_printed(s: dict[str, Any]) -> None:
    s["tables"][0]["cells"][0]["numbers"][2]["released"]["events"] = 5


@pytest.mark.parametrize(
    "forge",
    [
        *(_swap_cells, _drop_cell, _publish_too_small, _no_cost, _drop_measure, _unknown_part),
        *(_less_delta, _true, _huge, _no_unit, _over_the_limit, _year_above_life),
        *(_before_its_time, _a_second_name, _a_size_in_a_withheld_cell),
        _an_average_that_is_not_printed,
    ],
    ids=lambda f: f.__name__.strip("_"),
)
def test_a_forgery_with_the_key_itself_is_caught(forge: Callable[[dict[str, Any]], None]) -> None:
    statement = copy.deepcopy(DOCUMENT["statement"])
    forge(statement)
    with pytest.raises(ReleaseForgedError):
        verify_release(world.Signed().document(statement), VERIFIERS)


def test_a_float_is_caught_before_anything_is_computed() -> None:
    statement = copy.deepcopy(DOCUMENT["statement"])
    _float(statement)
    with pytest.raises(ReleaseForgedError, match="canonical"):
        verify_release({**DOCUMENT, "statement": statement}, VERIFIERS)


# --- forgeries of single kinds of table, signed anew ---


def _swap(items: list[Any]) -> None:
    items[0], items[1] = items[1], items[0]


FORGERIES: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "a total that its cells do not make": (
        "crossed",
        lambda t: t["cells"][-1]["numbers"][1]["estimate"].update(value=1),
    ),
    "a margin less": ("crossed", lambda t: t["margins"].pop()),
    "a margin in another order": ("crossed", lambda t: _swap(t["margins"])),
    "a key more": ("crossed", lambda t: t["dimensions"][0]["keys"].append("US")),
    "a key for the total": (
        "regions",
        lambda t: t["dimensions"][0].update(keys=["(all)", "FR", "DE"]),
    ),
    "found cells in another order": ("found", lambda t: _swap(t["cells"])),
    "a found cell of another segment": ("found", lambda t: t["cells"][0].update(segment="nobody")),
    "a found cell without a key": ("found", lambda t: t["cells"][0].update(keys=[])),
    "a found cell twice": ("found", lambda t: t["cells"].insert(0, t["cells"][0])),
    "fewer periods a person": ("trend", lambda t: t["dimensions"][0].update(most=1)),
    "a period before": ("trend", lambda t: _swap(t["dimensions"][0]["periods"])),
    "a kinder matrix": (
        "trend",
        lambda t: t["measures"][1]["mechanisms"][0]["factor"]["column"].__setitem__(0, 1),
    ),
    "single weeks as running sums": ("trend", lambda t: t["measures"][1].update(running=False)),
    "another cut": ("grid", lambda t: t["dimensions"][0]["cuts"].__setitem__(0, 31)),
    "another set": ("change", lambda t: t["dimensions"][0].update(set="big-spenders")),
    "a set that nobody names": ("change", lambda t: t["dimensions"][0].update(set="others")),
    "a share of other cells": (
        "crossed",
        lambda t: t["derived"][0]["formula"]["top"][0].update(keys=["FR", "[40,)"]),
    ),
    "a formula over the gate's draw": (
        "overlap",
        lambda t: t["derived"][0]["formula"]["terms"][0].update(measure="size", part="people"),
    ),
    "a lift the other way": ("campaign", lambda t: t["derived"][0]["formula"].update(
        treated=t["derived"][0]["formula"]["control"],
        control=t["derived"][0]["formula"]["treated"],
    )),
    "no noise in a lift": ("campaign", lambda t: t["derived"][0].update(noise_share="0")),
    "another largest": ("regions", lambda t: t["derived"][0].update(surely=[["FR"]])),
    "a wider scale": ("feedback", lambda t: t["derived"][0]["formula"].update(highest=1000)),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_table_is_caught_with_the_key_itself(forgery: str) -> None:
    name, forge = FORGERIES[forgery]
    statement = statement_of(name)
    forge(statement["tables"][0])
    with pytest.raises(ReleaseForgedError) as refusal:
        verify_release(world.Signed().document(statement), VERIFIERS)
    assert refusal.value.field.startswith("statement")
    assert isinstance(refusal.value, IntegrityError)


# --- hostile files ---


HUGE = 10**119
HOSTILE: dict[type, list[Any]] = {
    int: [HUGE, -HUGE, 10**400, 10**9],
    str: ["x" * 10**6, f"1/{HUGE}", f"{HUGE}", f"{HUGE - 1}/{HUGE}", "0" * 10**6],
    list: [[[[[[[]]]]]] * 20_000, [0] * 100_000],
    dict: [{str(i): i for i in range(50_000)}],
    bool: [HUGE],
}


def _hostile(name: str) -> Iterator[tuple[str, Any]]:
    """Yield a statement with one hostile value, for every sort of field and every such value."""
    statement = statement_of(name)
    for sort, path in one_of_each(statement).items():
        if path and not sort.startswith(("budget", "register", "code")):
            for value in HOSTILE.get(type(at(statement, path)), []):
                yield sort, put(statement, path, value)


def _refused_quickly(sort: str, statement: Any) -> None:
    began = time.monotonic()
    with pytest.raises(ReleaseForgedError):
        parse_release({**DOCUMENT, "statement": statement})
    assert time.monotonic() - began < QUICKLY, sort


@pytest.mark.parametrize(("name", "first"), [("overview", 0), ("trend", 3), ("campaign", 6)])
def test_a_hostile_value_here_and_there_is_refused_quickly(name: str, first: int) -> None:
    for sort, statement in islice(_hostile(name), first, None, 11):
        _refused_quickly(sort, statement)


@pytest.mark.long
@pytest.mark.parametrize("name", world.TABLES)
def test_a_hostile_value_anywhere_is_refused_quickly(name: str) -> None:
    for sort, statement in _hostile(name):
        _refused_quickly(sort, statement)


def _nested(depth: int) -> bytes:
    return b'{"privseg":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize("data", [_nested(70), _nested(10**6), b"[" * 10**7, b'{"a":' * 10**6])
def test_deep_nesting_is_refused_quickly(data: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(ReleaseForgedError):
        verify_release(data, VERIFIERS)
    assert time.monotonic() - began < QUICKLY


def _many_keys(t: dict[str, Any]) -> None:
    """A short file that asks for 10**12 cells."""
    way = t["dimensions"][0]
    t["dimensions"] = [dict(way, keys=[f"k{i}" for i in range(1000)])] * 4


def _many_dimensions(t: dict[str, Any]) -> None:
    t["dimensions"] = [dict(t["dimensions"][0], keys=["a"])] * (MAX_DIMENSIONS + 1)


def _many_margins(t: dict[str, Any]) -> None:
    t["margins"] = [[0]] * 20_000


@pytest.mark.parametrize("forge", [_many_keys, _many_dimensions, _many_margins])
def test_a_short_file_cannot_ask_for_endless_work(forge: Callable[[dict[str, Any]], None]) -> None:
    statement = statement_of("crossed")
    forge(statement["tables"][0])
    began = time.monotonic()
    with pytest.raises(ReleaseForgedError) as refusal:
        parse_release({**DOCUMENT, "statement": statement})
    assert time.monotonic() - began < QUICKLY
    assert refusal.value.field == "statement.tables[0]"


def test_the_limits_leave_room_for_any_report() -> None:
    assert MAX_PERIODS >= 5 * 53
    assert MAX_EDGES >= 1_000
    assert MAX_CELLS >= 50 * 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"privseg":"privseg.release/2"}',
        b"\xff\xfe",
        canonical(DOCUMENT) + b"\n",
        json.dumps(DOCUMENT).encode(),
        canonical(DOCUMENT).replace(b'{"privseg"', b'{"privseg":1,"privseg"'),
    ],
    ids=range(9),
)
def test_bytes_that_are_no_release_in_its_one_spelling_are_refused(data: bytes) -> None:
    with pytest.raises(ReleaseForgedError):
        verify_release(data, VERIFIERS)


@pytest.mark.parametrize("other", ["privseg.release/1", "privseg.release/3", "", 2, None])
def test_another_version_is_refused_by_name(other: object) -> None:
    with pytest.raises(ReleaseForgedError, match=r"reads 'privseg\.release/2' alone") as refusal:
        parse_release({**DOCUMENT, "privseg": other})
    assert refusal.value.field == "privseg"


def test_a_release_signed_by_nobody_known_is_refused() -> None:
    stranger = SeedKey("shop.example/releases", bytes(32))
    for verifiers in ([stranger.public], []):
        with pytest.raises(ReleaseForgedError):
            verify_release(DOCUMENT, verifiers)


def test_a_second_signature_line_is_refused() -> None:
    stranger = SeedKey("other.example/key", bytes(32))
    line = world.release(key=stranger).signature.rpartition("\n\n")[2]
    for field in ("signature", "checkpoint"):
        forged = copy.deepcopy(DOCUMENT)
        place = forged if field == "signature" else forged["register"]
        place[field] += line
        with pytest.raises(ReleaseForgedError):
            verify_release(forged, VERIFIERS)


def test_the_head_of_another_log_is_refused() -> None:
    """The same key may sign the audit log's heads; a release is proved by the register named."""
    other = world.statement()
    audit_log = world.release(replace(other, register="shop.example/audit"))
    forged = {**world.release().document, "register": audit_log.document["register"]}
    with pytest.raises(ReleaseForgedError):
        verify_release(forged, VERIFIERS)


def test_a_proof_of_another_release_is_refused() -> None:
    other = world.release(earlier=world.EARLIER[:2]).document
    for key in ("proof", "index", "checkpoint"):
        forged = copy.deepcopy(DOCUMENT)
        forged["register"][key] = other["register"][key]
        with pytest.raises(ReleaseForgedError):
            verify_release(forged, VERIFIERS)


def test_a_refusal_names_the_field_and_no_value() -> None:
    forged = put(DOCUMENT, ("statement", "guarantee", "epsilon"), "0.001")
    with pytest.raises(ReleaseForgedError) as refusal:
        verify_release(forged, VERIFIERS)
    assert refusal.value.field == "statement.guarantee.epsilon"
    assert "0.001" not in str(refusal.value)
