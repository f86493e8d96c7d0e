# SPDX-License-Identifier: Apache-2.0
"""Every package that privseg installs has a licence that its own allows."""

from __future__ import annotations

import pytest

from supply import licences
from supply.licences import ALLOWED, PAGE, READ, LicenceNotAllowedError, page
from supply.locked import WITH_EXTRAS, Locked, locked

PIN = Locked("six", "1.17.0", "", ("0" * 64,), ("privseg",))


def test_the_list_of_licences_is_that_of_the_lock() -> None:
    assert PAGE.read_text("utf-8") == page(), "run make docs"
    rows = [line.split(" | ")[:2] for line in page().splitlines() if line.startswith("| ")]
    named = {(row[0].removeprefix("| "), row[1]) for row in rows}
    assert {(p.name, p.version) for p in locked(WITH_EXTRAS)} <= named


@pytest.mark.parametrize(
    "licence", ["MIT", "MIT OR GPL-3.0-only", "MIT AND (GPL-2.0-only OR 0BSD)", "Apache-2.0"]
)
def test_of_alternatives_one_allowed_licence_is_enough(licence: str) -> None:
    assert licences._checked(PIN, licence, "its metadata") == (licence, "its metadata")


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-only",
        "AGPL-3.0-or-later",
        "MIT AND GPL-3.0-only",
        "SSPL-1.0",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "BSD",
        "Dual License",
        "",
    ],
)
def test_a_licence_that_is_not_allowed_or_not_told_stops_the_list(licence: str) -> None:
    with pytest.raises(LicenceNotAllowedError, match="six"):
        licences._checked(PIN, licence, "its metadata")


def test_a_package_that_is_not_installed_and_was_not_read_has_no_licence() -> None:
    absent = Locked("no-such-package-here", "1", "", ("0" * 64,), ("privseg",))
    assert licences._licence(absent) == ("", "not installed")


def test_only_locked_packages_were_read_by_a_person() -> None:
    assert READ.keys() <= {p.name for p in locked(WITH_EXTRAS)}
    assert not [licence for licence in ALLOWED if licence.startswith(("GPL", "AGPL"))]
