# SPDX-License-Identifier: Apache-2.0
"""Who may act in which role: in the settings or in a file of its own, strictly read."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.workspace import WorkspaceConfig, load_workspace
from privseg.terms import StaffRole

SETTINGS = "privseg: workspace/1\nid: shop\nstaff: {}\n"
STAFF = """\
privseg: staff/1
apart:
  - [engineer, compliance_officer]
staff:
  ada: [marketer, analyst]
  grace: [admin]
"""


def load(folder: Path, staff: str, text: str | None = None, name: str = "staff.yaml") -> object:
    """Return the settings that name ``staff``, with the file ``name`` holding ``text``."""
    (folder / "shop").mkdir(exist_ok=True)
    (folder / "shop" / "privseg.yaml").write_text(SETTINGS.format(staff), "utf-8")
    if text is not None:
        (folder / name).write_text(text, "utf-8")
    return load_workspace(folder / "shop")


def config(folder: Path, staff: str, text: str | None = None, name: str = "x") -> WorkspaceConfig:
    found = load(folder, staff, text, name)
    assert isinstance(found, WorkspaceConfig)
    return found


@pytest.mark.parametrize(
    ("named", "name"),
    [("staff.yaml", "shop/staff.yaml"), ("../apart.yaml", "apart.yaml"), ("{}", "anywhere.yaml")],
)
def test_the_mapping_may_lie_in_a_file_inside_or_outside_the_workspace(
    tmp_path: Path, named: str, name: str
) -> None:
    (tmp_path / "shop").mkdir()
    found = config(tmp_path, f'"{named.format(tmp_path / name)}"', STAFF, name)
    assert found.staff == {
        "ada": {StaffRole.MARKETER, StaffRole.ANALYST},
        "grace": {StaffRole.ADMIN},
    }
    assert found.staff_file is not None
    assert found.staff_file.resolve() == tmp_path.resolve() / name
    assert frozenset({StaffRole.ENGINEER, StaffRole.COMPLIANCE_OFFICER}) in found.apart


def test_a_mapping_in_the_settings_has_no_file_of_its_own(tmp_path: Path) -> None:
    found = config(tmp_path, "{ada: [admin]}")
    assert (found.staff, found.staff_file) == ({"ada": {StaffRole.ADMIN}}, None)


@pytest.mark.parametrize(
    ("staff", "place", "word"),
    [
        ("{ada: [admin, auditor]}", "3:9", "no user may be both admin and auditor"),
        ("{ada: [auditor, analyst, admin]}", "3:9", "no user may be both admin and auditor"),
        ("{ada: [admin, admin]}", "3:22", "stands in the list twice"),
        ("{ada: []}", "3:9", "no role"),
        ("{ada: [king]}", "3:15", "unknown word 'king'"),
        ('{"": [admin]}', "3:9", "not the name of a user"),
        ('{"a\\tb": [admin]}', "3:9", "not the name of a user"),
        ("[admin]", "3:1", "expected"),
        ("missing.yaml", "3:8", "cannot be used"),
    ],
)
def test_a_mistake_in_the_settings_is_told_at_its_place(
    tmp_path: Path, staff: str, place: str, word: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, staff)
    told = [str(f) for f in refused.value.findings]
    assert any(f"privseg.yaml:{place}: " in each and word in each for each in told), told


@pytest.mark.parametrize(
    ("old", "new", "place", "word"),
    [
        ("staff/1", "staff/2", "1:10", "version '2'"),
        ("staff/1", "workspace/1", "1:10", "another kind of file"),
        ("[admin]", "[admin, auditor]", "6:3", "no user may be both admin and auditor"),
        ("[admin]", "[engineer, compliance_officer]", "6:3", "compliance_officer and eng"),
        ("- [engineer, compliance_officer]", "- [engineer]", "3:5", "two different roles"),
        ("- [engineer, compliance_officer]", "- [admin, admin]", "3:5", "two different roles"),
        ("grace: [admin]", "ada: [admin]", "6:3", "key 'ada' stands"),
        ("staff:\n", "stuff:\n", "4:1", "unknown key 'stuff'"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_told_at_its_place_and_nothing_of_it_is_used(
    tmp_path: Path, old: str, new: str, place: str, word: str
) -> None:
    assert old in STAFF
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, "../staff.yaml", STAFF.replace(old, new))
    told = [str(f) for f in refused.value.findings]
    assert any(f"staff.yaml:{place}: " in each and word in each for each in told), told


def test_the_pair_that_is_always_apart_needs_no_word_in_the_file(tmp_path: Path) -> None:
    text = "privseg: staff/1\nstaff: {ada: [admin, auditor]}\n"
    with pytest.raises(DocumentError, match="both admin and auditor"):
        load(tmp_path, "../staff.yaml", text)
