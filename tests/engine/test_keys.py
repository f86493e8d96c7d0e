# SPDX-License-Identifier: Apache-2.0
"""Keys of a whole workspace: epochs, providers, backups, and an older copy that is put back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from privseg.audit import Kind
from privseg.dsr import IdentityLevel, RequestKind, check_receipt
from privseg.engine import Outside, Workspace
from privseg.engine.errors import KeyInsideError, RoleError
from privseg.engine.keys.backups import BackupInsideError, OtherEpochError, UnknownBackupError
from privseg.engine.keys.memory import ErasureMemoryMissingError, ErasuresBehindError
from privseg.engine.keys.moving import SamePlaceError, SettingsNotWrittenError
from privseg.errors import KeyAccessError
from privseg.loaders.key_uri import KeyUriError
from privseg.terms import Ordinal, StaffRole
from privseg.vault import (
    Ed25519Verifier,
    KeyFileExistsError,
    NotForThisIdentityError,
    OtherProviderError,
    RootKeyUnknownError,
    SecretMissingError,
)
from privseg.vault.note import NoteForgedError, NoteWriteError
from privseg.vault.recipients import Identity
from tests.twins import club
from tests.twins.club import log_of, number, ordinal
from tests.twins.given_secrets import KEY, Given

NORA, OMAR = club.crowd(2)
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/reference/schemas/erasure-receipt.schema.json").read_text()
)


def outside(clock: club.Clock, **variables: str) -> Outside:
    return Outside(clock=clock, key_secrets=Given(variables=variables))


def erase(ws: Workspace, member: club.Member, out: Path) -> dict[str, object]:
    """Erase a member; return the receipt's document, checked."""
    case = ws.open_request(RequestKind.ERASURE, number(member), identity=IdentityLevel.ACCOUNT)
    receipt, *_ = ws.run_request(case.number, out=out)
    return checked(ws, receipt)


def checked(ws: Workspace, receipt: Path) -> dict[str, object]:
    assert Draft202012Validator(SCHEMA).is_valid(json.loads(receipt.read_bytes()))
    signer = ws._house.release_signer
    return check_receipt(receipt.read_bytes(), [Ed25519Verifier(signer.name, signer.public_key)])


def verbs(ws: Workspace, kind: Kind) -> list[str]:
    return [str(each.entry.header["verb"]) for each in log_of(ws, kind)]


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    Identity.new().save(tmp_path / "ada.key")
    return tmp_path / "ada.key"


def recipient(identity: Path) -> str:
    return str(json.loads(identity.read_bytes())["recipient"])


# --- epochs ---------------------------------------------------------------------------------------


def test_a_new_epoch_keeps_everything_and_locks_old_copies(
    small: Workspace, tmp_path: Path, clock: club.Clock
) -> None:
    before = shutil.copytree(small.folder, tmp_path / "before")
    was = small._house.vault.identity(Ordinal(0))
    foreseen = small.rotate_keys(dry_run=True)
    assert foreseen.before == foreseen.after == small._house.vault.keyring.root_id()
    done = small.rotate_keys()
    assert done.before == foreseen.before != done.after
    assert small._house.vault.identity(Ordinal(0)) == was
    assert verbs(small, Kind.KEY)[-1] == "rotate"
    assert small.audit_verify()["ok"]
    small.close()
    with pytest.raises(RootKeyUnknownError), club.opened(before, clock=clock):
        pass


def test_only_an_administrator_touches_keys(small: Workspace, tmp_path: Path) -> None:
    small.role = StaffRole.COMPLIANCE_OFFICER
    for act in (
        small.rotate_keys,
        small.key_backups,
        lambda: small.move_keys("x.json"),
        lambda: small.back_up_keys([], tmp_path / "b"),
        lambda: small.forget_key_backup("x"),
        lambda: small.rotate_audit_key(reason="yearly"),
    ):
        with pytest.raises(RoleError):
            act()
    with pytest.raises(RoleError):
        Workspace.restore_keys(
            small.folder, backup=tmp_path, identity=tmp_path, outside=Outside(user=lambda: "eve")
        )


# --- moving ---------------------------------------------------------------------------------------


def test_keys_move_to_another_provider_and_folder_and_the_old_container_is_gone(
    small: Workspace, tmp_path: Path, clock: club.Clock
) -> None:
    old, notes = small.key_file, {p.name for p in small.key_file.parent.glob("*.budget")}
    small.close()
    given = outside(clock, SHOP_KEY=KEY)
    with Workspace.open(small.folder, outside=given) as ws:
        target = tmp_path / "safe" / "club.json"
        foreseen = ws.move_keys(f"environment:SHOP_KEY?file={target}", dry_run=True)
        assert (foreseen.path, old.exists(), target.exists()) == (target, True, False)
        done = ws.move_keys(f"environment:SHOP_KEY?file={target}")
        assert (done.scheme, done.path) == ("environment", target)
        assert verbs(ws, Kind.KEY)[-1] == "move"
        ws.report("overview")
        assert ws.audit_verify()["ok"]
    assert not old.exists()
    assert not [p for p in old.parent.iterdir() if p.name != "lock"]
    assert notes <= {p.name for p in target.parent.iterdir()}
    with Workspace.open(small.folder, outside=given) as ws:
        assert ws.key_file == target
        assert ws._house.vault.identity(Ordinal(0))
    with pytest.raises(SecretMissingError):
        Workspace.open(small.folder, outside=outside(clock))


def test_keys_do_not_move_where_they_are_into_the_workspace_or_over_a_file(
    small: Workspace, tmp_path: Path
) -> None:
    settings = (small.folder / "privseg.yaml").read_bytes()
    held = small.key_file.read_bytes()
    (tmp_path / "there").write_bytes(b"somebody's")
    for uri, refused in (
        (str(small.key_file), SamePlaceError),
        ("passphrase:inside.json", KeyInsideError),
        (f"passphrase:{tmp_path}/there", KeyFileExistsError),
        ("environment:not-a-name", KeyUriError),
        (f"pkcs11:token?file={tmp_path}/k", KeyAccessError),
        (f"environment:ABSENT?file={tmp_path}/k", SecretMissingError),
    ):
        with pytest.raises(refused):
            small.move_keys(uri)
    assert (small.folder / "privseg.yaml").read_bytes() == settings
    assert small.key_file.read_bytes() == held
    assert (tmp_path / "there").read_bytes() == b"somebody's"
    assert "move" not in verbs(small, Kind.KEY)


def test_settings_that_cannot_name_the_new_place_leave_the_keys_where_they_are(
    small: Workspace, tmp_path: Path, clock: club.Clock
) -> None:
    settings = small.folder / "privseg.yaml"
    text = settings.read_text("utf-8").replace('keys: "', 'keys:\n  "')
    settings.write_text(text, "utf-8")
    with pytest.raises(SettingsNotWrittenError):
        small.move_keys(str(tmp_path / "new.json"))
    small.close()
    assert settings.read_text("utf-8") == text
    with club.opened(small.folder, clock=clock) as ws:
        assert ws._house.vault.identity(Ordinal(0))
    assert not (tmp_path / "new.json").exists()


def test_a_container_that_privseg_yaml_names_otherwise_is_refused(
    small: Workspace, clock: club.Clock
) -> None:
    small.close()
    settings = small.folder / "privseg.yaml"
    settings.write_text(settings.read_text().replace('keys: "', 'keys: "passphrase:'))
    with pytest.raises(OtherProviderError):
        Workspace.open(small.folder, outside=outside(clock))


# --- backups and an older copy --------------------------------------------------------------------


@dataclass
class Loss:
    """A club with a backup of keys and folder; then Nora was erased, and then all is lost."""

    ws: Path
    copy: Path
    keys: Path
    backup: Path
    identity: Path
    was: Ordinal
    receipt: dict[str, object]

    def put_back(self, *, memory: bool = True) -> None:
        """Put the older copy in the place of the workspace; the key container is lost."""
        shutil.rmtree(self.ws)
        shutil.copytree(self.copy, self.ws)
        for path in self.keys.iterdir():
            if path.suffix == ".json" or not (memory or path.suffix == ".budget"):
                path.unlink()


@pytest.fixture
def loss(small: Workspace, tmp_path: Path, identity: Path) -> Iterator[Loss]:
    small.report("overview")
    small.back_up_keys([recipient(identity)], tmp_path / "shop.backup")
    was = ordinal(small, NORA)
    copy = shutil.copytree(small.folder, tmp_path / "copy")
    receipt = erase(small, NORA, tmp_path / "out")
    small.close()
    return Loss(
        small.folder, copy, small.key_file.parent, tmp_path / "shop.backup", identity, was, receipt
    )


def test_a_receipt_is_provisional_while_a_backup_of_before_is_outstanding(
    loss: Loss, tmp_path: Path, clock: club.Clock
) -> None:
    (named,) = loss.receipt["outstanding_backups"]  # type: ignore[misc]
    assert loss.receipt["provisional"] is True
    with club.opened(loss.ws, clock=clock) as ws:
        (view,) = ws.key_backups()
        assert (named["id"], view.is_current) == (view.backup_id, False)
        with pytest.raises(UnknownBackupError):
            ws.forget_key_backup("0" * 32)
        assert ws.forget_key_backup(view.backup_id).requests == (1,)
        assert ws.forget_key_backup(view.backup_id).requests == ()
        (again,) = ws.run_request(1, out=tmp_path / "again")
        final = checked(ws, again)
        assert (final["provisional"], final["outstanding_backups"]) == (False, [])
        assert final["provisional_because"] == []
        same = {n for n in final if final[n] == loss.receipt[n]}
        assert {"erased", "erased_at", "destroyed_keys", "residues", "log", "claim"} <= same
        assert verbs(ws, Kind.KEY)[-2:] == ["forget-backup", "forget-backup"]
        assert "settled" in verbs(ws, Kind.DSR)
        assert ws.audit_verify()["ok"]
        assert erase(ws, OMAR, tmp_path / "later")["provisional"] is False


def test_an_older_copy_put_back_reads_nothing_before_the_erasures_are_replayed(
    loss: Loss, clock: club.Clock
) -> None:
    loss.put_back()
    given = Outside(clock=clock)
    tried = Workspace.restore_keys(
        loss.ws, backup=loss.backup, identity=loss.identity, outside=given
    )
    assert not list(loss.keys.glob("*.json")), "without yes nothing is written"
    Workspace.restore_keys(
        loss.ws, backup=loss.backup, identity=loss.identity, outside=given, yes=True
    )
    with pytest.raises(ErasuresBehindError) as refused:
        Workspace.open(loss.ws, outside=given)
    assert refused.value.exit_code == 5
    assert "privseg keys recover" in str(refused.value)
    foreseen = Workspace.recover_keys(loss.ws, outside=given)
    assert (foreseen.erasures, foreseen.done) == (1, False)
    with pytest.raises(ErasuresBehindError):
        Workspace.open(loss.ws, outside=given)
    done = Workspace.recover_keys(loss.ws, outside=given, yes=True)
    assert (done.erasures, done.done, done.unknown) == (1, True, False)
    with Workspace.open(loss.ws, outside=given) as ws:
        house = ws._house
        assert house.vault.resolve(number(NORA)) is None
        assert house.vault.suppressed(number(NORA))
        assert loss.was in house.vault.population.erased()
        assert house.vault.resolve(number(OMAR)) is not None
        ws.load(club.member_rows([NORA]), source="members")
        assert house.vault.resolve(number(NORA)) is None, "an old file brings nobody back"
        assert verbs(ws, Kind.KEY)[-2:] == ["restore", "restore"]
        assert verbs(ws, Kind.DSR)[-1] == "replay"
        assert ws.audit_verify()["ok"]
        assert house.vault.keyring.root_id() != tried.epoch, "the backup's epoch is over again"
    assert Workspace.recover_keys(loss.ws, outside=given, yes=True).why == ""


def test_somebody_enrolled_after_the_copy_and_erased_is_suppressed_and_their_number_stays_free(
    loss: Loss, tmp_path: Path, clock: club.Clock
) -> None:
    late = club.Member(number="LATE0001")
    given = Outside(clock=clock)
    with club.opened(loss.ws, clock=clock) as ws:
        ws.load(club.member_rows([late]), source="members")
        number_of_late = ordinal(ws, late)
        erase(ws, late, tmp_path / "late")
    loss.put_back()
    Workspace.restore_keys(
        loss.ws, backup=loss.backup, identity=loss.identity, outside=given, yes=True
    )
    assert Workspace.recover_keys(loss.ws, outside=given, yes=True).erasures == 2
    with Workspace.open(loss.ws, outside=given) as ws:
        assert ws._house.vault.suppressed(number(late))
        fresh = club.Member(number="FRESH001")
        ws.load(club.member_rows([late, fresh]), source="members")
        assert ws._house.vault.resolve(number(late)) is None
        assert ordinal(ws, fresh) > number_of_late
        assert ws._house.vault.identity(ordinal(ws, fresh))


def test_a_backup_restores_only_its_own_epoch_for_its_recipient_and_over_nothing(
    loss: Loss, tmp_path: Path, clock: club.Clock
) -> None:
    given = Outside(clock=clock)
    held = {p: p.read_bytes() for p in loss.keys.iterdir()}
    with pytest.raises(OtherEpochError):  # the workspace is of after the erasure
        Workspace.restore_keys(
            loss.ws, backup=loss.backup, identity=loss.identity, outside=given, yes=True
        )
    loss.put_back()
    Identity.new().save(tmp_path / "mallory.key")
    with pytest.raises(NotForThisIdentityError):
        Workspace.restore_keys(
            loss.ws, backup=loss.backup, identity=tmp_path / "mallory.key", outside=given, yes=True
        )
    container = next(p for p in held if p.suffix == ".json")
    container.write_bytes(held[container])
    container.chmod(0o600)
    with pytest.raises(KeyFileExistsError):
        Workspace.restore_keys(
            loss.ws, backup=loss.backup, identity=loss.identity, outside=given, yes=True
        )
    assert {p: p.read_bytes() for p in loss.keys.iterdir()} == held


def test_where_nothing_is_remembered_of_erasures_it_is_said_and_logged(
    small: Workspace, tmp_path: Path, clock: club.Clock
) -> None:
    erase(small, NORA, tmp_path / "out")
    note = small._house.erasures.told.memory.note.path
    small.close()
    note.unlink()
    given = Outside(clock=clock)
    with pytest.raises(ErasureMemoryMissingError):
        Workspace.open(small.folder, outside=given)
    assert Workspace.recover_keys(small.folder, outside=given).unknown
    assert not note.exists()
    done = Workspace.recover_keys(small.folder, outside=given, yes=True)
    assert (done.unknown, done.erasures, done.done) == (True, 0, True)
    with Workspace.open(small.folder, outside=given) as ws:
        assert verbs(ws, Kind.KEY)[-1] == "restore"
        assert ws._house.vault.resolve(number(OMAR)) is not None


def test_a_forged_memory_is_refused_and_names_the_way_out(
    small: Workspace, tmp_path: Path, clock: club.Clock
) -> None:
    erase(small, NORA, tmp_path / "out")
    note = small._house.erasures.told.memory.note.path
    small.close()
    data = note.read_bytes()
    note.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(NoteForgedError) as refused:
        Workspace.open(small.folder, outside=Outside(clock=clock))
    assert "keys recover" in str(refused.value)
    assert Workspace.recover_keys(small.folder, outside=Outside(clock=clock), yes=True).unknown


def test_an_erasure_that_cannot_be_remembered_is_not_done(small: Workspace, tmp_path: Path) -> None:
    note = small._house.erasures.told.memory.note.path
    beside, before = note.with_name(f".{note.name}.new"), note.read_bytes()
    beside.mkdir()
    with pytest.raises(NoteWriteError):
        erase(small, NORA, tmp_path / "out")
    beside.rmdir()
    assert small._house.vault.identity(ordinal(small, NORA))
    assert note.read_bytes() == before
    assert small.audit_verify()["ok"]


def test_an_erasure_that_was_undone_after_it_was_remembered_is_no_older_copy(
    small: Workspace, tmp_path: Path, clock: club.Clock
) -> None:
    """The database refuses at the very end: what is remembered never happened."""
    case = small.open_request(RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT)
    stand_in = small.key_file.with_name(f".{small.key_file.name}.new")
    stand_in.mkdir()  # the change of root fails, after the erasure was remembered
    with pytest.raises(Exception, match="cannot be written"):
        small.run_request(case.number, out=tmp_path / "out")
    stand_in.rmdir()
    told = small._house.erasures.told
    assert list(told.all() or {}) == [ordinal(small, NORA)]
    small.close()
    with club.opened(small.folder, clock=clock) as ws:
        assert ws._house.vault.identity(ordinal(ws, NORA))
        erase(ws, OMAR, tmp_path / "out")
        assert list(ws._house.erasures.told.all() or {}) == [Ordinal(1)]
        ws.run_request(case.number, out=tmp_path / "out")
    with club.opened(small.folder, clock=clock) as ws:
        assert set(ws._house.erasures.told.all() or {}) == {Ordinal(0), Ordinal(1)}


def test_a_backup_is_listed_before_it_exists_and_never_lies_in_the_workspace(
    small: Workspace, tmp_path: Path, identity: Path
) -> None:
    with pytest.raises(BackupInsideError):
        small.back_up_keys([recipient(identity)], small.folder / "keys.backup")
    assert small.key_backups() == []
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(KeyFileExistsError):
        small.back_up_keys([recipient(identity)], tmp_path / "taken")
    assert len(small.key_backups()) == 1, "it may be half written somewhere: it is outstanding"
    assert verbs(small, Kind.KEY)[-1] == "backup"


def test_an_older_copy_without_what_remembers_erasures_reads_nothing(
    loss: Loss, clock: club.Clock
) -> None:
    loss.put_back()
    given = Outside(clock=clock)
    Workspace.restore_keys(
        loss.ws, backup=loss.backup, identity=loss.identity, outside=given, yes=True
    )
    for path in loss.keys.glob("*.erasures"):
        path.unlink()
    with pytest.raises(ErasureMemoryMissingError):
        Workspace.open(loss.ws, outside=given)
    foreseen = Workspace.recover_keys(loss.ws, outside=given)
    assert (foreseen.unknown, foreseen.done) == (True, False)
    assert foreseen.why
    with pytest.raises(ErasureMemoryMissingError):
        Workspace.open(loss.ws, outside=given)
    assert Workspace.recover_keys(loss.ws, outside=given, yes=True).unknown
    with Workspace.open(loss.ws, outside=given) as ws:
        (entry,) = club.log_of(ws, Kind.KEY)[-1:]
        assert entry.entry.header["reason"] == "nothing was remembered of erasures"
