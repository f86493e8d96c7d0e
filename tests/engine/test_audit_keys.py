# SPDX-License-Identifier: Apache-2.0
"""The key that signs the log's heads can be changed, and nobody is left with two or with none."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from privseg.audit import HeaderError, Kind, check, parse_entry
from privseg.audit.handover import open_chain
from privseg.engine import Outside, Workspace
from privseg.engine.audit.keys import generations, rotate
from privseg.engine.house import House
from privseg.errors import AuditWriteError
from privseg.store import AuditLogTamperedError
from privseg.store.audit_heads import CheckpointKeyChangedError
from privseg.store.remembered import read_head
from privseg.terms import StaffRole
from privseg.tlog import key_id, open_checkpoint, signers_of
from privseg.vault import verifier
from tests.twins import club


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with club.create(tmp_path) as made:
        yield made


def is_clean(house: House) -> bool:
    report = check(
        house.log.entries(),
        checkpoint_note=house.log.head(),
        verifiers=house.audit_verifiers,
        handovers=house.log.handovers(),
    )
    assert report.findings == ()
    return report.is_clean


def test_a_new_log_begins_with_its_key_and_its_settings(ws: Workspace) -> None:
    entries = [parse_entry(s.entry_bytes) for s in ws._house.log.entries()]
    key = ws._house.audit_signer
    assert entries[0].kind is Kind.CHECKPOINT_KEY
    assert entries[0].header["vkey"].startswith(key.name)  # type: ignore[union-attr]
    assert entries[0].header["key_id"] == key_id(key.name, key.public_key).hex()
    assert (entries[1].kind, entries[1].header["verb"]) == (Kind.CONFIGURATION, "create")


def test_a_changed_key_signs_from_then_on_and_both_sign_the_head_between(ws: Workspace) -> None:
    house = ws._house
    done = rotate(house, reason="once a year", role=StaffRole.ADMIN)
    assert [len(signers_of(note)) for note in (done.checkpoint, house.log.head())] == [2, 2]
    ws.open_edition()
    old, new = verifier(done.old_vkey), verifier(done.new_vkey)
    assert open_checkpoint(house.log.head(), [new]).size == house.log.size
    with pytest.raises(Exception, match="no known key"):
        open_checkpoint(house.log.head(), [old])
    assert is_clean(house)
    first, second = generations(house)
    assert (first.vkey, first.last_size) == (done.old_vkey, done.sequence + 1)
    assert (second.vkey, second.first_size) == (done.new_vkey, done.sequence + 1)
    assert second.last_size is None


def test_a_workspace_goes_on_under_its_third_key(ws: Workspace) -> None:
    root = ws.folder
    for reason in ("once a year", "the machine was sold"):
        rotate(ws._house, reason=reason, role=StaffRole.ADMIN)
    ws.close()
    with Workspace.open(root, outside=Outside(clock=club.Clock())) as again:
        again.open_edition()
        assert len(generations(again._house)) == 3
        assert is_clean(again._house)
        head = read_head(again._house.config.private / "head")
        assert head is not None
        assert len(signers_of(head.checkpoint)) == 1


def test_the_old_seed_is_in_no_file_afterwards(ws: Workspace) -> None:
    house = ws._house
    with sqlite3.connect(house.db.place) as connection:
        name = f"signing/{house.audit_signer.name}"
        (wrapped,) = connection.execute(
            "SELECT blob FROM wrapped_key WHERE name = ?", (name,)
        ).fetchone()
    place = Path(str(house.db.place)).parent
    assert any(wrapped in data for _, data in club.files(place))
    rotate(house, reason="once a year", role=StaffRole.ADMIN)
    house.db.empty_journal()
    assert not any(wrapped in data for _, data in club.files(place))


def test_a_reason_that_an_entry_may_not_state_changes_nothing(ws: Workspace) -> None:
    house = ws._house
    before, key = house.log.size, house.audit_signer.public_key
    with pytest.raises(HeaderError):
        rotate(house, reason="ask ada@example.com", role=StaffRole.ADMIN)
    assert (house.log.size, house.audit_signer.public_key) == (before, key)
    assert (house.log.handovers(), len(house.audit_verifiers)) == ([], 1)
    ws.open_edition()
    assert is_clean(house)


def test_a_change_that_is_undone_leaves_the_old_key_in_force(ws: Workspace) -> None:
    house = ws._house

    def fail() -> None:
        with house.db.transaction():
            rotate(house, reason="once a year", role=StaffRole.ADMIN)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    ws.open_edition()
    assert len(house.audit_verifiers) == 1
    assert is_clean(house)


def test_a_crash_before_the_new_head_was_remembered_needs_no_manual_step(ws: Workspace) -> None:
    root, head = ws.folder, ws._house.config.private / "head"
    behind = head.read_bytes()
    rotate(ws._house, reason="once a year", role=StaffRole.ADMIN)
    ws.close()
    head.write_bytes(behind)
    with Workspace.open(root, outside=Outside(clock=club.Clock())) as again:
        assert is_clean(again._house)
        again.open_edition()
        assert is_clean(again._house)


def test_a_process_that_still_has_the_old_key_writes_nothing_with_it(ws: Workspace) -> None:
    with Workspace.open(ws.folder, outside=Outside(clock=club.Clock())) as other:
        rotate(other._house, reason="once a year", role=StaffRole.ADMIN)
        with pytest.raises(CheckpointKeyChangedError, match="open the workspace again") as refused:
            ws.open_edition()
        assert refused.value.exit_code == AuditWriteError.exit_code == 74
        with pytest.raises(CheckpointKeyChangedError):
            ws._house.log.head()
        assert is_clean(other._house)


def test_a_head_remembered_under_a_key_that_was_given_up_is_not_believed(
    ws: Workspace, tmp_path: Path
) -> None:
    """Whoever kept the old seed can sign; a later head of theirs is refused."""
    shutil.copytree(ws.folder, tmp_path / "copy")
    root, head = ws.folder, ws._house.config.private / "head"
    old = ws._house.audit_signer
    rotate(ws._house, reason="once a year", role=StaffRole.ADMIN)
    ws.open_edition()
    state = read_head(head)
    assert state is not None
    text = open_checkpoint(state.checkpoint, ws._house.audit_verifiers[1:])
    ws.close()
    forged = head.read_text("utf-8").replace(
        state.checkpoint.replace("\n", "\\n"), text.sign(old).replace("\n", "\\n")
    )
    assert forged != head.read_text("utf-8")
    head.write_text(forged, "utf-8")
    with pytest.raises(AuditLogTamperedError, match="not signed by our key"):
        Workspace.open(root, outside=Outside(clock=club.Clock()))


def test_the_keys_and_handovers_are_one_chain(ws: Workspace) -> None:
    house = ws._house
    rotate(house, reason="once a year", role=StaffRole.ADMIN)
    rotate(house, reason="again", role=StaffRole.ADMIN)
    chain = open_chain(house.audit_verifiers, house.log.handovers())
    assert [head.size for head in chain.handovers] == [house.log.size - 1, house.log.size]
