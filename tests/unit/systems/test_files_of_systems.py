# SPDX-License-Identifier: Apache-2.0
"""Files of other systems, of every kind: what must stay as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from privseg.systems import (
    SystemBusyError,
    SystemFileError,
    SystemUnreachableError,
    csv_folder,
)
from tests.twins.other_systems import ADA, PEOPLE, Table, email, laid, make, only_file, rules

FILES = ("parquet", "csv", "duckdb", "sqlite")


@pytest.mark.parametrize("kind", FILES)
def test_a_file_keeps_its_mode_and_attributes_and_nothing_is_left_beside_it(
    kind: str, tmp_path: Path
) -> None:
    made = laid(kind, tmp_path)
    path = only_file(made)
    path.chmod(0o640)
    os.setxattr(path, "user.owner", b"the shop")
    made.system(rules("people")).erase(email(ADA))
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.getxattr(path, "user.owner") == b"the shop"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", FILES)
def test_a_link_is_not_followed(kind: str, tmp_path: Path) -> None:
    made = laid(kind, tmp_path)
    path = only_file(made)
    away = tmp_path / "away"
    path.rename(away)
    path.symlink_to(away)
    before = away.read_bytes()
    with pytest.raises(SystemFileError, match="link"):
        made.system(rules("people")).erase(email(ADA))
    assert away.read_bytes() == before


@pytest.mark.parametrize("kind", FILES)
def test_a_file_with_a_second_name_is_refused_as_that_would_keep_the_bytes(
    kind: str, tmp_path: Path
) -> None:
    made = laid(kind, tmp_path)
    path = only_file(made)
    os.link(path, tmp_path / "second")
    before = path.read_bytes()
    with pytest.raises(SystemFileError, match="hard link"):
        made.system(rules("people")).erase(email(ADA))
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_file_of_its_kind_is_refused_and_stays(kind: str, tmp_path: Path) -> None:
    made = laid(kind, tmp_path)
    path = only_file(made)
    junk = b'"a quote that never ends,' + bytes(4096)
    path.write_bytes(junk)
    with pytest.raises((SystemFileError, SystemUnreachableError)):
        made.system(rules("people")).erase(email(ADA))
    assert path.read_bytes() == junk


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_file_that_changes_meanwhile_is_left_alone(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = laid(kind, tmp_path)
    path = only_file(made)
    real = csv_folder.FolderSystem._require_gone

    def meanwhile(self: object, *told: object) -> None:
        status = path.stat()
        path.write_bytes(path.read_bytes()[:-1] + b"!")  # as long as before
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # and as old
        real(self, *told)  # type: ignore[arg-type]

    monkeypatch.setattr(csv_folder.FolderSystem, "_require_gone", meanwhile)
    with pytest.raises(SystemBusyError, match="changed"):
        made.system(rules("people")).erase(email(ADA))
    assert path.read_bytes().endswith(b"!")
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_one_table_that_refuses_leaves_every_table_as_it_was(kind: str, tmp_path: Path) -> None:
    made = laid(kind, tmp_path)
    made.lay({"zoo": Table(("email", "x"), [(ADA, "1")])})
    os.link(made.place / f"zoo.{kind}", tmp_path / "second")
    before = made.raw()
    with pytest.raises(SystemFileError):
        made.system(rules("people"), rules("zoo")).erase(email(ADA))
    assert made.raw() == before


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_file_of_another_kind_among_them_is_refused_as_nobody_searches_it(
    kind: str, tmp_path: Path
) -> None:
    made = make(kind, tmp_path)
    folder = made.place / "people"
    folder.mkdir(parents=True)
    made.place = folder
    made.lay({"part-0": PEOPLE["people"]})
    made.place = folder.parent
    for harmless in ("_SUCCESS", ".hidden"):
        (folder / harmless).touch()
    assert made.system(rules("people")).count(email(ADA))[0].rows == 1
    for other, why in (("old.csv.gz", "nobody searches"), ("_metadata", "repeats values")):
        (folder / other).touch()
        with pytest.raises(SystemFileError, match=why):
            made.system(rules("people")).erase(email(ADA))
        (folder / other).unlink()
    (folder / "country=DE").mkdir()
    (folder / "country=DE" / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(SystemFileError, match="link"):
        made.system(rules("people")).erase(email(ADA))


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_folders_of_partitions_are_searched_and_told(kind: str, tmp_path: Path) -> None:
    made = make(kind, tmp_path)
    root = made.place
    for country in ("DE", "FR%20x"):
        made.place = root / "people" / f"country={country}"
        made.lay({"part-0": PEOPLE["people"]})
    made.place = root
    system = made.system(rules("people"))
    assert [row["country"] for _, row in system.rows(email(ADA))] == ["DE", "FR x"]
    assert [t.rows for t in system.erase(email(ADA)).tables] == [2]
    assert sorted(p.name for p in (root / "people").iterdir()) == ["country=DE", "country=FR%20x"]
    assert system.left(email(ADA)) == 0
