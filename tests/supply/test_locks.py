# SPDX-License-Identifier: Apache-2.0
"""What is installed is what the lock files pin, and the lock files are those of pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply.locked import (
    BUILD,
    DEV,
    ROOT,
    RUNTIME,
    WITH_EXTRAS,
    Locked,
    LockNotUsableError,
    locked,
)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
GROUPS = PROJECT["dependency-groups"]
NEEDED = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
ASKED = {
    RUNTIME: NEEDED,
    WITH_EXTRAS: [*NEEDED, *(line for lines in EXTRAS.values() for line in lines)],
    BUILD: GROUPS["build"],
    DEV: [*NEEDED, *GROUPS["dev"]],
}
locks = pytest.mark.parametrize("lock", ASKED, ids=lambda path: path.name)


def direct(pins: tuple[Locked, ...]) -> dict[str, list[str]]:
    """Return the versions of what privseg itself asks for."""
    found: dict[str, list[str]] = {}
    for pin in pins:
        if "privseg" in pin.needed_by:
            found.setdefault(pin.name, []).append(pin.version)
    return found


@locks
def test_a_lock_pins_what_the_project_asks_for_in_a_version_it_allows(lock: Path) -> None:
    asked = {canonicalize_name(r.name): r for r in map(Requirement, ASKED[lock])}
    pinned = direct(locked(lock))
    assert pinned.keys() == asked.keys(), "run make lock"
    refused = {n: v for n, of in pinned.items() for v in of if v not in asked[n].specifier}
    assert not refused, "run make lock"


@locks
def test_nothing_is_pinned_that_nobody_needs(lock: Path) -> None:
    pins = locked(lock)
    names = {pin.name for pin in pins}
    assert all(pin.needed_by and {*pin.needed_by} <= {*names, "privseg"} for pin in pins)


@locks
def test_a_package_is_pinned_once_wherever_it_is_installed(lock: Path) -> None:
    here = [pin.name for pin in locked(lock) if pin.is_installed_here]
    assert len(here) == len({*here})


def test_the_locks_agree_where_they_pin_the_same_package() -> None:
    users = {(p.name, p.marker): p for p in locked(WITH_EXTRAS)}
    for lock in (RUNTIME, BUILD, DEV):
        for pin in locked(lock):
            same = users.get((pin.name, pin.marker))
            assert same is None or (same.version, same.sha256) == (pin.version, pin.sha256)


def test_what_an_extra_adds_is_all_that_its_lock_has_beside_the_runtime() -> None:
    more = {p.name for p in locked(WITH_EXTRAS)} - {p.name for p in locked(RUNTIME)}
    assert more == {"psycopg", "psycopg-binary"}
    assert {p.name for p in locked(RUNTIME)} <= {p.name for p in locked(WITH_EXTRAS)}


def test_neither_the_build_nor_a_tool_is_part_of_what_users_install() -> None:
    tools = {p.name for p in locked(BUILD)} | {
        canonicalize_name(r.name) for r in map(Requirement, GROUPS["dev"])
    }
    assert not tools & {p.name for p in locked(RUNTIME)}
    assert tools & {p.name for p in locked(WITH_EXTRAS)} == {"psycopg"}  # tests use the extra, too


SHA = "--hash=sha256:" + 64 * "0"


@pytest.mark.parametrize(
    "line",
    [
        "jinja2==3.1.6",
        "jinja2>=3.1.6 " + SHA,
        "jinja2 " + SHA,
        "jinja2==3.1.6 --hash=md5:" + 32 * "0",
        "jinja2==3.1.6 --hash=sha256:00",
        "jinja2 @ https://example.com/jinja2.whl " + SHA,
        "--index-url https://example.com/simple",
        "not a requirement",
    ],
)
def test_a_line_that_pins_no_hashed_version_is_refused(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"six==1.17.0 {SHA}\n    # via privseg\n")
    assert [pin.name for pin in locked(lock)] == ["six"]
    lock.write_text(f"six==1.17.0 {SHA}\n    # via privseg\n{line}\n")
    with pytest.raises(LockNotUsableError, match="make lock"):
        locked(lock)
