# SPDX-License-Identifier: Apache-2.0
"""Bodies of the log are kept as long as the settings say, and then nobody can open them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from privseg.audit import (
    AuditEvent,
    Kind,
    Outcome,
    Rule,
    StoredEntry,
    check,
    open_body,
    parse_entry,
)
from privseg.audit.spans import text_to_span
from privseg.engine import Outside, Workspace
from privseg.engine.audit.body_seals import secret_of
from privseg.engine.audit.retention import TABLE, ClockJumpedError
from privseg.errors import KeyAccessError
from privseg.store.audit import LASTING_KINDS
from privseg.terms import StaffRole
from tests.twins import club


@dataclass
class Machine:
    """A wall clock and the machine's own, which go on together unless a test parts them."""

    wall: club.Clock = field(default_factory=club.Clock)
    own: int = 10**12

    def pass_(self, **time: float) -> None:
        self.wall.pass_(**time)
        self.own += timedelta(**time) // timedelta(microseconds=1) * 1_000

    @property
    def outside(self) -> Outside:
        return Outside(clock=self.wall, machine_ns=lambda: self.own)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def ws(tmp_path: Path, machine: Machine) -> Iterator[Workspace]:
    """A club with entries of two months: March and, after forty days, April."""
    with club.found(tmp_path, club.crowd(12), outside=machine.outside) as made:
        made.report("sizes")
        machine.pass_(days=40)
        made.open_edition()
        yield made


def entries(ws: Workspace) -> list[StoredEntry]:
    return list(ws._house.log.entries())


def bodies_gone(ws: Workspace) -> list[int]:
    return [stored.sequence for stored in entries(ws) if stored.body is None]


def of_march(ws: Workspace) -> list[int]:
    """Return the entries of March whose bodies a month takes with it."""
    found = []
    for stored in entries(ws):
        entry = parse_entry(stored.entry_bytes)
        if entry.time.month == 3 and entry.kind not in LASTING_KINDS:
            found.append(entry.sequence)
    assert len(found) > 3
    return found


def body_of(ws: Workspace, kind: Kind) -> dict[str, object]:
    """Return the newest body of a kind, without who was at the keyboard."""
    for stored in reversed(entries(ws)):
        entry = parse_entry(stored.entry_bytes)
        if entry.kind is kind and stored.body and stored.salt:
            body = open_body(entry, stored.salt, stored.body)
            return {key: value for key, value in body.items() if key != "by"}
    return {}


def is_clean(ws: Workspace) -> bool:
    log = ws._house.log
    report = check(log.entries(), checkpoint_note=log.head(), verifiers=ws._house.audit_verifiers)
    assert {finding.rule for finding in report.findings} <= {Rule.CLOCK_JUMP}
    return report.is_clean


def expired(ws: Workspace, *, dry_run: bool = False) -> int:
    return sum(p.rows for p in ws.expire(dry_run=dry_run) if p.table == TABLE)


def test_nothing_goes_before_its_whole_month_is_old_enough(ws: Workspace, machine: Machine) -> None:
    machine.pass_(days=3 * 365 - 15)  # the entries of March are three years old, April is not
    assert machine.wall.now.strftime("%Y-%m") == "2029-03"
    assert expired(ws) == 0
    assert bodies_gone(ws) == []


def test_a_month_goes_whole_and_one_entry_says_which_bodies_went(
    ws: Workspace, machine: Machine
) -> None:
    march = of_march(ws)
    before = len(entries(ws))
    machine.pass_(days=3 * 365)
    assert expired(ws, dry_run=True) == len(march)
    assert (len(entries(ws)), bodies_gone(ws)) == (before, [])
    assert expired(ws) == len(march)
    assert bodies_gone(ws) == march
    (said,) = [
        entry
        for stored in entries(ws)
        if (entry := parse_entry(stored.entry_bytes)).kind is Kind.RETENTION
    ]
    spans = [text_to_span(text) for text in said.header["erased"]]
    assert [n for first, last in spans for n in range(first, last + 1)] == march
    assert is_clean(ws)
    assert expired(ws) == 0


def test_the_whole_workspace_still_verifies_after_it(ws: Workspace, machine: Machine) -> None:
    known = set(club.log_of(ws, Kind.CONSENT)[-1].body)
    machine.pass_(days=4 * 365)
    assert expired(ws) == len(of_march(ws))
    assert known == set(body_of(ws, Kind.CONSENT))  # what binds the ledger stays, whatever its age
    found = ws.audit_verify()
    assert found["ok"], found["findings"]


def test_the_settings_say_how_long(ws: Workspace, machine: Machine) -> None:
    root = ws.folder
    ws.close()
    settings = root / "privseg.yaml"
    settings.write_text(settings.read_text("utf-8") + "audit: {bodies: 60d}\n", "utf-8")
    machine.pass_(days=30)
    with Workspace.open(root, outside=machine.outside) as again:
        assert expired(again) == 0  # 10 May: March was over forty days ago
        machine.pass_(days=30)
        assert expired(again) > 0
        assert is_clean(again)


def test_no_byte_of_a_body_or_of_its_key_is_left_in_any_file(
    ws: Workspace, machine: Machine, tmp_path: Path
) -> None:
    house = ws._house
    key = house.vault.secret(secret_of("2026-03"))
    with sqlite3.connect(house.db.place) as connection:
        sealed = [body for (body,) in connection.execute("SELECT body FROM audit_body")]
        (wrapped,) = connection.execute(
            "SELECT blob FROM wrapped_key WHERE name = ?", (secret_of("2026-03"),)
        ).fetchone()
    plain = [stored.body for stored in entries(ws) if stored.body]
    (first, *_) = [s for s in sealed if s.startswith(b"2026-03")]
    assert any(wrapped in data for _, data in club.files(tmp_path))
    assert any(first in data for _, data in club.files(tmp_path))
    older = tmp_path / "older.db"
    shutil.copy(str(house.db.place), older)
    machine.pass_(days=4 * 365)
    assert expired(ws) > 0
    older.rename(tmp_path / "copy-of-before")
    kept = [data for path, data in club.files(tmp_path) if path.name != "copy-of-before"]
    april = {s[:64] for s in sealed if not s.startswith(b"2026-03")}
    gone = [key, wrapped, *(s[:64] for s in sealed if s[:64] not in april), *plain]
    assert not [needle for needle in gone for data in kept if needle in data]


def test_a_copy_from_before_opens_no_more(ws: Workspace, machine: Machine, tmp_path: Path) -> None:
    root = ws.folder
    shutil.copytree(root, tmp_path / "copy")
    machine.pass_(days=4 * 365)
    assert expired(ws) > 0
    ws.close()
    with pytest.raises(KeyAccessError):
        Workspace.open(tmp_path / "copy", outside=machine.outside)


def test_a_clock_that_jumped_ahead_destroys_nothing(ws: Workspace, machine: Machine) -> None:
    machine.wall.pass_(days=4 * 365)
    for _ in range(2):  # other verbs may have been used under the wrong clock already
        with pytest.raises(ClockJumpedError, match="set it right"):
            ws.expire()
        ws.open_edition()
    assert bodies_gone(ws) == []
    assert is_clean(ws)


def test_a_month_that_was_partly_erased_before_goes_too(ws: Workspace, machine: Machine) -> None:
    house = ws._house
    with house.db.transaction():
        house.log.erase_bodies([3, 5])
        house.log.append(
            AuditEvent(
                Kind.DSR,
                Outcome.OK,
                StaffRole.COMPLIANCE_OFFICER,
                {"verb": "done", "erased": ["3", "5"]},
            )
        )
    machine.pass_(days=4 * 365)
    assert expired(ws) > 0
    assert {3, 5} <= set(bodies_gone(ws))
    assert is_clean(ws)
