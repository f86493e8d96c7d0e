# SPDX-License-Identifier: Apache-2.0
"""In production nobody but root or an administrator can change who may do what, or nothing is done.

A mapping of users to roles is worth what the file is worth that it stands in.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from privseg.engine.staff.trust import (
    StaffExposedError,
    StaffMissingError,
    faults,
    name_of,
    require_trusted,
)
from privseg.loaders.workspace import WorkspaceConfig, load_workspace

ME = name_of(os.getuid())
NOBODY = 65534  # the id of a user who owns nothing, on every system in use
IS_ROOT = os.getuid() == 0
SETTINGS = 'privseg: workspace/1\nid: shop\nenvironment: {}\nstaff: "{}"\n'
STAFF = 'privseg: staff/1\nstaff: {{"{}": [admin], grace: [compliance_officer]}}\n'


class Place:
    """A workspace whose mapping lies in a folder of its own."""

    def __init__(self, folder: Path, admin: str = ME, environment: str = "production") -> None:
        self.shop, self.apart = folder / "shop", folder / "etc" / "privseg"
        for made in (self.shop, self.apart):
            made.mkdir(parents=True, mode=0o755)
        self.file = self.apart / "staff.yaml"
        self.file.write_text(STAFF.format(admin), "utf-8")
        self.name(self.file, environment)
        self.file.chmod(0o644)

    def name(self, file: Path, environment: str = "production") -> None:
        """Let the settings name a file."""
        settings = self.shop / "privseg.yaml"
        settings.write_text(SETTINGS.format(environment, file), "utf-8")
        settings.chmod(0o644)

    def config(self) -> WorkspaceConfig:
        return load_workspace(self.shop)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_file_that_only_the_administrator_writes_is_trusted(place: Place) -> None:
    assert faults(place.config()) == ()
    require_trusted(place.config())


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666, 0o620])
@pytest.mark.parametrize("which", ["staff.yaml", "privseg.yaml"])
def test_a_file_that_others_may_write_is_refused(place: Place, mode: int, which: str) -> None:
    """The settings count as well: who writes them names another file, or another environment."""
    path = place.file if which == "staff.yaml" else place.shop / which
    path.chmod(mode)
    with pytest.raises(StaffExposedError) as refused:
        require_trusted(place.config())
    (fault,) = refused.value.faults
    assert fault == f"{path} can be written by others: chmod go-w {path}"
    assert refused.value.exit_code == 3
    path.chmod(0o644)
    require_trusted(place.config())


@pytest.mark.parametrize("above", [0, 1])
@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
def test_a_file_that_others_could_put_another_one_in_place_of_is_refused(
    place: Place, above: int, mode: int
) -> None:
    folder = (place.apart, place.apart.parent)[above]
    folder.chmod(mode)
    assert faults(place.config()) == (f"{folder} can be written by others: chmod go-w {folder}",)


def test_a_sticky_folder_lets_only_owners_replace_what_is_theirs(place: Place) -> None:
    place.apart.chmod(0o1777)
    assert faults(place.config()) == ()


def test_a_link_is_followed_and_each_folder_on_its_way_counts(place: Place, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "staff.yaml"
    link.symlink_to("../etc/privseg/staff.yaml")
    place.name(link)
    assert faults(place.config()) == ()
    link.parent.chmod(0o777)  # where the link lies
    assert faults(place.config()) != ()
    link.parent.chmod(0o755)
    place.apart.chmod(0o777)  # where it leads
    assert faults(place.config()) != ()


def test_links_that_go_round_are_not_followed_for_ever(place: Place) -> None:
    config = place.config()
    place.file.unlink()
    place.file.symlink_to(place.file)
    (fault,) = faults(config)
    assert "cannot be followed" in fault


def test_a_file_that_is_gone_is_not_trusted(place: Place) -> None:
    config = place.config()
    place.file.unlink()
    (fault,) = faults(config)
    assert "cannot be followed" in fault


@pytest.mark.skipif(IS_ROOT, reason="root is trusted whatever the mapping says")
def test_an_owner_whom_the_mapping_makes_no_administrator_is_refused(tmp_path: Path) -> None:
    found = faults(Place(tmp_path, admin="grace").config())
    assert any("who is no administrator" in fault for fault in found)


@pytest.mark.skipif(not IS_ROOT, reason="only root gives a file to somebody else")
@pytest.mark.parametrize("which", ["staff.yaml", "privseg", "etc", "privseg.yaml", "shop", "link"])
def test_what_belongs_to_somebody_else_is_refused(place: Place, which: str) -> None:
    link = place.apart / "link"
    link.symlink_to(place.file)
    place.name(link)
    paths = {
        "staff.yaml": place.file, "privseg": place.apart, "etc": place.apart.parent,
        "privseg.yaml": place.shop / "privseg.yaml", "shop": place.shop, "link": link,
    }  # fmt: skip
    os.chown(paths[which], NOBODY, NOBODY, follow_symlinks=False)
    (fault,) = faults(place.config())
    assert fault.startswith(f"{paths[which]} belongs to {name_of(NOBODY)}, who is no administrator")


@pytest.mark.skipif(not IS_ROOT, reason="only root gives a file to somebody else")
def test_a_file_of_an_administrator_who_is_not_root_is_trusted(tmp_path: Path) -> None:
    place = Place(tmp_path, admin=name_of(NOBODY))
    os.chown(place.file, NOBODY, NOBODY)
    assert faults(place.config()) == ()


def test_in_production_a_mapping_that_names_nobody_is_refused(tmp_path: Path) -> None:
    settings = tmp_path / "privseg.yaml"
    settings.write_text("privseg: workspace/1\nid: shop\nenvironment: production\n", "utf-8")
    with pytest.raises(StaffMissingError, match="say who may do what") as refused:
        require_trusted(load_workspace(tmp_path))
    assert refused.value.exit_code == 3


def test_to_try_things_in_a_workspace_may_lie_anywhere(tmp_path: Path) -> None:
    place = Place(tmp_path, environment="development")
    place.apart.chmod(0o777)
    require_trusted(place.config())
    assert faults(place.config()) != ()  # what the doctor and `staff check` tell
