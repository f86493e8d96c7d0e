# SPDX-License-Identifier: Apache-2.0
"""The bill of materials says what the locks of users pin, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from supply.locked import RUNTIME, WITH_EXTRAS, locked
from supply.sbom import MARKER, main, sbom

Document = dict[str, Any]


@pytest.fixture(scope="module")
def written() -> bytes:
    return sbom()


@pytest.fixture(scope="module")
def bill(written: bytes) -> Document:
    found: Document = json.loads(written)
    return found


def hashes(part: Document) -> set[str]:
    return {h["content"] for file in part["externalReferences"] for h in file["hashes"]}


def test_every_locked_package_is_in_it_with_its_hashes_and_nothing_else(bill: Document) -> None:
    listed = {
        (c["name"], c["version"]): {
            h["content"] for r in c["externalReferences"] for h in r["hashes"]
        }
        for c in bill["components"]
    }
    assert len(listed) == len(bill["components"])
    assert listed == {(p.name, p.version): {*p.sha256} for p in locked(WITH_EXTRAS)}
    lock = WITH_EXTRAS.read_text("utf-8")  # by another reading of the same file
    assert {h for of in listed.values() for h in of} == set(re.findall(r"sha256:(\w+)", lock))
    assert len(listed) == len(re.findall(r"^[a-z].*==", lock, re.MULTILINE))


def test_every_package_has_the_address_by_which_advisories_name_it(bill: Document) -> None:
    for part in bill["components"]:
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"


def test_who_needs_a_package_is_told(bill: Document) -> None:
    needs = {d["ref"]: {*d.get("dependsOn", [])} for d in bill["dependencies"]}
    for pin in locked(WITH_EXTRAS):
        needers = {
            ref.partition("==")[0]
            for ref, of in needs.items()
            if f"{pin.name}=={pin.version}" in of
        }
        assert needers == {*pin.needed_by}


def test_what_only_an_extra_needs_is_optional(bill: Document) -> None:
    scopes = {c["name"]: c["scope"] for c in bill["components"]}
    always = {p.name for p in locked(RUNTIME)}
    assert {name for name, scope in scopes.items() if scope == "required"} == always
    assert {name for name, scope in scopes.items() if scope == "optional"} == {*scopes} - always


def test_a_package_for_some_systems_only_says_which(bill: Document) -> None:
    marked = {
        (c["name"], c["version"]): p["value"]
        for c in bill["components"]
        for p in c.get("properties", [])
        if p["name"] == MARKER
    }
    assert marked == {(p.name, p.version): p.marker for p in locked(WITH_EXTRAS) if p.marker}


def test_written_twice_it_is_the_same_and_has_neither_time_nor_serial_number(
    written: bytes, bill: Document, tmp_path: Path
) -> None:
    main(tmp_path / "dist" / "again.json")
    assert (tmp_path / "dist" / "again.json").read_bytes() == written
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
    assert str(Path.home()) not in written.decode()


def test_a_lock_without_a_hash_has_no_bill(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("six==1.17.0\n")
    with pytest.raises(ValueError, match="without a hash"):
        sbom(lock, lock)
