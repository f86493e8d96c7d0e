# SPDX-License-Identifier: Apache-2.0
"""Forgeries: any leaf of a release, changed, is caught; signed anew, whatever follows is caught."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from privseg.errors import IntegrityError
from privseg.release import ReleaseForgedError, parse_release, verify_release
from privseg.tlog import canonical
from tests.twins import release_world as world
from tests.twins.seed_key import SeedKey

Path = tuple[str | int, ...]
VERIFIERS = [world.KEY.public]
DOCUMENT = world.release(
    world.statement(
        world.plan(world.request(world.table(world.size(), world.total(), world.average())))
    )
).document

# What a signer states freely; everything else in a statement follows from these, or is bound by
# the plan's hash (versions, bounds, names, the policy). The last: a sum moved by one cent still
# rounds to the same average.
FACTS = {
    *("code", "register", "audit", "released_at", "edition.id", "purpose.title"),
    *("report.name", "report.title", "tables.0.title"),
    *("segments.0.label", "segments.0.colour", "segments.0.words"),
    *("segments.1.label", "segments.1.colour", "segments.1.words"),
    *(f"tables.0.measures.{i}.label" for i in range(3)),
    *(f"tables.0.measures.{i}.unit.{part}" for i in range(3) for part in ("name", "decimals")),
    *("budget.period", "budget.limit.rho", "budget.limit.selection_delta"),
    "tables.0.cells.0.numbers.2.released.centred_sum",
}


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))
    else:
        yield path


def changed(value: Any) -> Any:
    """Return another value of the same kind, one digit or letter away."""
    match value:
        case int():
            return value + 1
        case None:
            return ""
        case "":
            return "x"
        case str() if any(c.isdigit() for c in value):
            i = next(i for i in range(len(value) - 1, -1, -1) if value[i].isdigit())
            return value[:i] + str((int(value[i]) + 1) % 10) + value[i + 1 :]
        case str():
            return ("b" if value[0] == "a" else "a") + value[1:]
        case _:
            raise TypeError


def with_change(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(document)
    target = made
    for key in path[:-1]:
        target = target[key]  # type: ignore[assignment,index]
    target[path[-1]] = value  # type: ignore[index]
    return made


def at(document: dict[str, Any], path: Path) -> Any:
    for key in path:
        document = document[key]  # type: ignore[index]
    return document


ALL = list(paths(DOCUMENT))


def test_the_untouched_document_verifies() -> None:
    verify_release(DOCUMENT, VERIFIERS)
    verify_release(canonical(DOCUMENT), VERIFIERS)


def test_any_leaf_changed_anywhere_is_caught() -> None:
    for path in ALL:
        forged = with_change(DOCUMENT, path, changed(at(DOCUMENT, path)))
        with pytest.raises(ReleaseForgedError) as refusal:
            verify_release(forged, VERIFIERS)
        assert refusal.value.field
        assert isinstance(refusal.value, IntegrityError)


def test_any_key_removed_or_added_is_caught() -> None:
    maps = {path[:-1] for path in ALL if isinstance(path[-1], str)}
    for path in sorted(maps, key=str):
        inner = at(DOCUMENT, path)
        fewer = {k: v for k, v in inner.items() if k != next(iter(inner))}
        for other in (fewer, {**inner, "zzz": None}):
            forged = with_change(DOCUMENT, path, other) if path else other
            with pytest.raises(ReleaseForgedError):
                verify_release(forged, VERIFIERS)


@cache
def freely_stated() -> frozenset[str]:
    """Return which leaves of a statement whoever holds the key can change and sign anew."""
    statement, free = DOCUMENT["statement"], set()
    for path in paths(statement):
        forged = with_change(statement, path, changed(at(statement, path)))
        try:
            verify_release(world.Signed().document(forged), VERIFIERS)
        except ReleaseForgedError:
            continue
        free.add(".".join(map(str, path)))
    return frozenset(free)


def test_signed_anew_only_bare_facts_can_be_changed() -> None:
    """Every sigma, bound, threshold, cost, epsilon, interval and derivation follows from others."""
    assert freely_stated() == FACTS


@pytest.mark.parametrize(
    "path",
    [
        "tables.0.measures.0.mechanisms.0.sigma_squared",
        "tables.0.measures.1.mechanisms.0.sensitivity_squared",
        "tables.0.measures.1.mechanisms.0.derivation.2",
        "tables.0.measures.2.mechanisms.0.half_width",
        "tables.0.gate.threshold",
        "tables.0.gate.smallest_value",
        "tables.0.groups_per_person",
        "tables.0.cells.0.numbers.0.estimate.low",
        "tables.0.cells.0.numbers.0.released.people",
        "tables.0.cells.0.numbers.1.estimate.high",
        "tables.0.cells.0.numbers.2.estimate.value",
        "tables.0.cells.0.numbers.1.limit_hides_up_to",
        "guarantee.rho",
        "guarantee.epsilon",
        "guarantee.delta",
        "guarantee.min_people",
        "budget.after.rho",
        "budget.lifetime_after.epsilon",
        "version",
        "report.plan",
    ],
)
def test_signed_anew_a_derived_field_that_does_not_follow_is_caught(path: str) -> None:
    known = {".".join(map(str, p)) for p in paths(DOCUMENT["statement"])}
    assert path in known
    assert path not in freely_stated()


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


@pytest.mark.parametrize(
    "forge",
    [
        *(_swap_cells, _drop_cell, _publish_too_small, _no_cost, _drop_measure, _unknown_part),
        *(_less_delta, _true, _huge, _no_unit),
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


def test_another_version_is_refused_by_name() -> None:
    with pytest.raises(ReleaseForgedError, match=r"privseg\.release/1"):
        parse_release({**DOCUMENT, "privseg": "privseg.release/2"})


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
    path = ("statement", "guarantee", "epsilon")
    with pytest.raises(ReleaseForgedError) as refusal:
        verify_release(with_change(DOCUMENT, path, "0.001"), VERIFIERS)
    assert refusal.value.field == "statement.guarantee.epsilon"
    assert "0.001" not in str(refusal.value)
