# SPDX-License-Identifier: Apache-2.0
"""The same sources give the same wheel and the same archive, wherever and whenever they are built.

So anybody can build the wheel that was handed out, and see that nothing else is in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from email.parser import BytesParser
from pathlib import Path

import pytest

from supply.locked import ROOT

SOURCES = ("privseg", "policies", "audit", "docs/guide", "pyproject.toml", "README.md", "LICENSE",
           ".gitignore", "CHANGELOG.md", "SECURITY.md", "ARCHITECTURE.md")  # fmt: skip
DATA = {
    ".css",
    ".example",
    ".j2",
    ".js",
    ".json",
    ".md",
    ".mo",
    ".po",
    ".pot",
    ".txt",
    ".yaml",
    ".yml",
}
MADE = {"__pycache__", ".mypy_cache", ".ruff_cache"}

Built = Mapping[str, bytes]


def build(folder: Path, *, umask: int, environment: Mapping[str, str]) -> Built:
    """Return the wheel and the archive that a folder's sources give, by their file names."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", "dist"],
        cwd=folder, env=os.environ | environment, umask=umask, check=True, capture_output=True,
    )  # fmt: skip
    return {path.name: path.read_bytes() for path in (folder / "dist").iterdir()}


def copied(sources: Path, folder: Path, *, mode: int, seconds: int) -> Path:
    """Return a copy of the sources with other permissions and times."""
    shutil.copytree(sources, folder, symlinks=True, ignore=shutil.ignore_patterns(*MADE))
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(mode)
            os.utime(path, (seconds, seconds))
    return folder


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, symlinks=True)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def here(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What was built in one folder,"""
    folder = tmp_path_factory.mktemp("a") / "here"
    copied(sources, folder, mode=0o644, seconds=1_800_000_000)
    return build(folder, umask=0o022, environment={"TZ": "UTC", "PYTHONHASHSEED": "1"})


@pytest.fixture(scope="module")
def elsewhere(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """and in another one, by somebody else."""
    folder = tmp_path_factory.mktemp("b") / "other place"
    copied(sources, folder, mode=0o600, seconds=1_000_000_000)
    environment = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2", "LC_ALL": "C", "USER": "ada"}
    return build(folder, umask=0o077, environment=environment)


@pytest.fixture(scope="module")
def wheel(here: Built, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    path = tmp_path_factory.mktemp("wheel") / "privseg.whl"
    path.write_bytes(next(data for name, data in here.items() if name.endswith(".whl")))
    return zipfile.ZipFile(path)


def test_two_people_build_the_same_bytes(here: Built, elsewhere: Built) -> None:
    assert len(here) == 2
    assert here == elsewhere


def test_the_wheel_from_the_archive_is_the_wheel_from_the_sources(
    here: Built, tmp_path: Path
) -> None:
    name = next(name for name in here if name.endswith(".tar.gz"))
    (tmp_path / name).write_bytes(here[name])
    with tarfile.open(tmp_path / name) as archive:
        archive.extractall(tmp_path, filter="data")
    again = build(tmp_path / name.removesuffix(".tar.gz"), umask=0o022, environment={})
    (wheel,) = (name for name in here if name.endswith(".whl"))
    assert again[wheel] == here[wheel]


def test_the_wheel_has_every_file_of_the_package_and_no_other(
    wheel: zipfile.ZipFile, sources: Path
) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = {
        str(Path(folder, name).relative_to(sources))
        for folder, _, names in os.walk(sources / "privseg", followlinks=True)
        for name in names
        if not MADE & {*Path(folder).parts}
    }
    assert packed == files
    assert {Path(name).suffix for name in packed} - {".py"} <= DATA


def test_rules_schemas_pages_and_translations_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    packed = {*wheel.namelist()}
    linked = (ROOT / "policies").rglob("*")
    policies = {
        f"privseg/_policies/{p.relative_to(ROOT / 'policies')}" for p in linked if p.is_file()
    }
    assert len(policies) > 50
    assert packed >= policies
    assert packed >= {"privseg/_evidence/SPEC.md", "privseg/_evidence/verify.txt"}
    assert {name for name in packed if name.endswith((".schema.json", ".j2", ".css", ".mo"))} >= {
        "privseg/loaders/schemas/release.schema.json",
        "privseg/report/templates/page.html.j2",
        "privseg/report/templates/house.css",
        "privseg/report/locale/de/privseg.mo",
    }


def test_the_wheel_says_what_it_needs_and_under_which_licence_it_is(
    wheel: zipfile.ZipFile,
) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    said = BytesParser().parsebytes(wheel.read(name))
    assert (said["Name"], said["License-Expression"]) == ("privseg", "Apache-2.0")
    assert said.get_all("License-File") == ["LICENSE"]
    assert {line.partition(">")[0] for line in said.get_all("Requires-Dist", [])} >= {"sqlmodel"}


def test_nothing_of_the_machine_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    home, root = str(Path.home()).encode(), str(ROOT).encode()
    for entry in wheel.infolist():
        data = wheel.read(entry)
        assert root not in data, entry.filename
        assert len(home) < 2 or home + b"/" not in data, entry.filename
        assert entry.date_time == (2020, 2, 2, 0, 0, 0)
        assert entry.external_attr >> 16 & 0o777 == 0o644
