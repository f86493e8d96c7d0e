# SPDX-License-Identifier: Apache-2.0
"""Whoever changes a setting is on the log before anything is done under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.engine import Outside, Workspace
from privseg.engine.audit.settings import settings_of
from privseg.errors import InputError, StorageError
from privseg.loaders import load_workspace
from privseg.loaders.workspace_audit import AuditConfig, WitnessConfig
from privseg.store import Database
from privseg.tlog import WitnessKey
from tests.twins import club
from tests.twins.seed_key import SeedKey


@pytest.fixture
def root(tmp_path: Path) -> Path:
    club.create(tmp_path).close()
    return tmp_path / "club"


def write(root: Path, text: str) -> None:
    path = root / "privseg.yaml"
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def told(root: Path) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """Yield header and body of every change of settings that the log tells."""
    with Workspace.open(root, outside=Outside(clock=club.Clock())) as ws:
        for logged in club.log_of(ws, Kind.CONFIGURATION):
            if logged.entry.header["verb"] == "set":
                yield dict(logged.entry.header), dict(logged.body)


def test_nothing_is_told_while_nothing_changes(root: Path) -> None:
    assert list(told(root)) == list(told(root)) == []


def test_a_changed_setting_is_told_once_with_what_it_was(root: Path) -> None:
    write(root, "currency: CHF\naudit: {bodies: 18mo}\n")
    expected = [
        ({"verb": "set", "setting": "audit.bodies", "previous": "3y", "value": "18mo"},
         {"previous": "3y", "value": "18mo"}),
        ({"verb": "set", "setting": "currency", "previous": "EUR", "value": "CHF"},
         {"previous": "EUR", "value": "CHF"}),
    ]  # fmt: skip
    assert list(told(root)) == expected
    assert list(told(root)) == expected


def test_changing_it_back_is_a_change_too(root: Path) -> None:
    settings = root / "privseg.yaml"
    before = settings.read_text("utf-8")
    write(root, "currency: CHF\n")
    assert len(list(told(root))) == 1
    settings.write_text(before, "utf-8")
    assert [header["value"] for header, _ in told(root)] == ["CHF", "EUR"]


def test_a_folder_or_address_stands_in_the_body_alone(root: Path, tmp_path: Path) -> None:
    away, key = (
        tmp_path / "home-of-ada",
        WitnessKey("witness.example", SeedKey("w").public_key).vkey,
    )
    write(
        root,
        f'audit: {{anchors: ["{away}"], '
        f'witnesses: [{{url: "https://witness.example/ada", vkey: "{key}"}}]}}\n',
    )
    (anchors, first), (witnesses, second) = told(root)
    assert anchors == {"verb": "set", "setting": "audit.anchors"}
    assert witnesses == {"verb": "set", "setting": "audit.witnesses"}
    assert first["value"] == str(away)
    assert second["value"] == f"https://witness.example/ada {key}"


def test_every_setting_of_the_log_itself_is_watched() -> None:
    """A key that is added to the settings of the log and not told fails here."""
    assert set(AuditConfig.__dataclass_fields__) == {"bodies", "anchors", "witnesses"}
    assert set(WitnessConfig.__dataclass_fields__) == {"url", "vkey"}


@pytest.mark.parametrize(
    "change",
    [{"time_zone": "Asia/Tokyo"}, {"environment": "production"}, {"key_scheme": "passphrase"}],
    ids=lambda change: next(iter(change)),
)
def test_what_decides_whom_to_trust_is_among_the_settings(
    root: Path, change: dict[str, str]
) -> None:
    config = load_workspace(root)
    if "environment" in change:
        changed = replace(config, environment=type(config.environment)("production"))
    else:
        changed = replace(config, **change)  # type: ignore[arg-type]
    assert settings_of(changed) != settings_of(config)


def test_a_log_that_cannot_be_written_lets_nothing_happen_under_a_new_setting(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privseg.store.transaction.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("privseg.store.sqlite.connect.BUSY_SECONDS", 0.1)
    write(root, "currency: CHF\n")
    with (
        Database.open(root / ".privseg" / "workspace.db") as other,
        other.transaction(),
        pytest.raises(StorageError),
    ):
        Workspace.open(root, outside=Outside(clock=club.Clock()))
    assert [header["setting"] for header, _ in told(root)] == ["currency"]


@pytest.mark.parametrize(
    "text",
    [
        "audit: off",
        "audit: false",
        "audit: {enabled: false}",
        "audit: {off: true}",
        "audit: {bodies: never}",
        "audit: {bodies: 0d}",
        "audit: {bodies: 12h}",
        "audit: {bodies: 3}",
        "audit: {anchors: [.]}",
        "audit: {anchors: [.privseg/anchors]}",
        'audit: {anchors: [""]}',
        'audit: {witnesses: [{url: "ftp://witness.example", vkey: x}]}',
        'audit: {witnesses: [{url: "https://ada:pw@witness.example", vkey: x}]}',
        "audit_log: none",
    ],
)
def test_there_is_no_key_that_switches_auditing_off(root: Path, text: str) -> None:
    write(root, f"{text}\n")
    with pytest.raises(InputError):
        load_workspace(root)


def test_settings_kept_by_somebody_else_are_told_anew(root: Path) -> None:
    with Workspace.open(root, outside=Outside(clock=club.Clock())) as ws:
        ws._house.db.bulk("UPDATE audit_settings SET sealed = ?", [(b"rubbish",)])
    with Workspace.open(root, outside=Outside(clock=club.Clock())) as ws:
        created = [
            logged
            for logged in club.log_of(ws, Kind.CONFIGURATION)
            if logged.entry.header["verb"] == "create"
        ]
    assert len(created) == 2
