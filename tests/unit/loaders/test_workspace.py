# SPDX-License-Identifier: Apache-2.0
"""A workspace's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.workspace import Environment, load_workspace
from privseg.terms import Currency, StaffRole

TEXT = """\
privseg: workspace/1
id: shop-7f3a
environment: production
time_zone: Europe/Berlin
currency: JPY
staff: {ada: [marketer, analyst], grace: [compliance_officer]}
"""


def write(folder: Path, text: str) -> Path:
    (folder / "privseg.yaml").write_text(text, encoding="utf-8")
    return folder


def test_settings_are_read_and_paths_lie_in_the_workspace(tmp_path: Path) -> None:
    config = load_workspace(write(tmp_path, TEXT))
    assert (config.workspace_id, config.environment) == ("shop-7f3a", Environment.PRODUCTION)
    assert (config.time_zone, config.currency) == ("Europe/Berlin", Currency("JPY", 0))
    assert config.database == tmp_path.resolve() / ".privseg" / "workspace.db"
    assert config.policies == tmp_path.resolve() / "policies"
    assert config.segments == tmp_path.resolve() / "segments"
    assert config.reports == tmp_path.resolve() / "reports"
    assert config.keys is None
    assert config.staff == {
        "ada": {StaffRole.MARKETER, StaffRole.ANALYST},
        "grace": {StaffRole.COMPLIANCE_OFFICER},
    }


def test_what_is_not_said_has_the_default_that_harms_least(tmp_path: Path) -> None:
    config = load_workspace(write(tmp_path, "privseg: workspace/1\nid: mine\n"))
    assert (config.environment, config.time_zone) == (Environment.DEVELOPMENT, "UTC")
    assert config.staff == {}


def test_the_key_file_may_lie_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    text = "privseg: workspace/1\nid: mine\nkeys: {}\n"
    found = [
        load_workspace(write(tmp_path, text.format(keys))).keys
        for keys in ("/srv/keys/mine.json", "~/mine.json", "../mine.json")
    ]
    root = tmp_path.resolve()
    assert found == [
        Path("/srv/keys/mine.json"),
        Path("/home/ada/mine.json"),
        root / "../mine.json",
    ]


@pytest.mark.parametrize(
    ("old", "new", "place", "word"),
    [
        ("workspace/1", "workspace/9", "1:10", "version '9'"),
        ("id: shop-7f3a\n", "", "1:1", "'id' is missing"),
        ("id: shop-7f3a", "id: ../shop", "2:5", "not a name"),
        ("production", "prodction", "3:14", "did you mean 'production'?"),
        ("Europe/Berlin", "Berlin", "4:12", "not an IANA time zone"),
        ("JPY", "Yen", "5:11", "not an ISO 4217 currency"),
        ("[compliance_officer]", "[officer]", "6:43", "unknown word 'officer'"),
        ("staff:", "database: /tmp/x.db\nstaff:", "6:11", "inside the workspace"),
        ("staff:", "policies: ../policies\nstaff:", "6:11", "inside the workspace"),
        ("staff:", "reports: .\nstaff:", "6:10", "inside the workspace"),
        ("staff:", "colour: red\nstaff:", "6:1", "unknown key 'colour'"),
    ],
)
def test_a_mistake_is_told_at_its_place(
    tmp_path: Path, old: str, new: str, place: str, word: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        load_workspace(write(tmp_path, TEXT.replace(old, new)))
    (finding,) = refused.value.findings
    assert str(finding.place).endswith(f"privseg.yaml:{place}")
    assert word in finding.message


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        load_workspace(tmp_path)


@pytest.mark.parametrize("address", ["", "database: postgresql:///shop\n"])
@pytest.mark.parametrize("part", [".privseg", ".privseg/workspace.db", "policies", "reports"])
def test_a_link_in_place_of_what_a_workspace_holds_is_refused(
    tmp_path: Path, part: str, address: str
) -> None:
    """Inside or outside, whether it leads anywhere or not; the database on a server has no file."""
    folder = tmp_path / "shop"
    (folder / part).parent.mkdir(parents=True)
    (folder / part).symlink_to(tmp_path / "elsewhere")
    write(folder, TEXT + address)
    if address and part.endswith(".db"):
        load_workspace(folder)
        return
    with pytest.raises(DocumentError) as refused:
        load_workspace(folder)
    (finding,) = refused.value.findings
    assert finding.message.startswith(f"{part} is a symbolic link")


def test_a_workspace_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "shop")
    write(tmp_path / "shop", TEXT)
    assert load_workspace(tmp_path / "link").root == (tmp_path / "shop").resolve()
