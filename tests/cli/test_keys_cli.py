# SPDX-License-Identifier: Apache-2.0
"""Keys at the command line: where secrets come from, and where they never stand."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import Shell
from tests.twins.given_secrets import KEY, WORDS


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words"
    path.write_text(f"{WORDS}\nnever read\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name in ("PASSPHRASE_FILE", "PASSPHRASE_FD", "NEW_PASSPHRASE_FILE", "NEW_PASSPHRASE_FD"):
        monkeypatch.delenv(f"PRIVSEG_{name}", raising=False)
    (tmp_path / "home").mkdir()
    return Shell(tmp_path / "home")


def test_init_takes_a_passphrase_from_a_private_file_or_a_descriptor(
    shell: Shell, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVSEG_PASSPHRASE_FILE", str(words))
    made = shell("init", "shop", "--keys", "passphrase:")
    assert made.code == 0, made.err
    (container,) = shell.keys.glob("*.passphrase.json")
    assert b'"argon2id"' in container.read_bytes()
    monkeypatch.delenv("PRIVSEG_PASSPHRASE_FILE")
    refused = shell("keys", "show", "--workspace", "shop")
    assert refused.code == 1
    assert "PRIVSEG_PASSPHRASE_FILE" in refused.err
    read, write = os.pipe()
    os.write(write, f"{WORDS}\n".encode())
    os.close(write)
    monkeypatch.setenv("PRIVSEG_PASSPHRASE_FD", str(read))
    assert shell("keys", "show", "--workspace", "shop").code == 0
    os.close(read)
    closed = shell("keys", "show", "--workspace", "shop")
    assert closed.code == 1
    files = [p for p in words.parent.rglob("*") if p.is_file() and p != words]
    everything = b"".join(path.read_bytes() for path in files)
    assert WORDS.encode() not in everything


@pytest.mark.parametrize("words_given", ["", "short", "a" * 30])
def test_a_passphrase_that_protects_nothing_makes_no_workspace(
    shell: Shell, words: Path, monkeypatch: pytest.MonkeyPatch, words_given: str
) -> None:
    words.write_text(words_given)
    monkeypatch.setenv("PRIVSEG_PASSPHRASE_FILE", str(words))
    refused = shell("init", "shop", "--keys", "passphrase:")
    assert refused.code == 1
    assert not words_given or words_given not in refused.err
    assert not list(shell.keys.glob("*.json"))
    assert shell("keys", "show", "--workspace", "shop").code == 1, "it is no workspace"


def test_a_passphrase_file_that_others_can_read_or_that_is_a_link_is_refused(
    shell: Shell, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words.chmod(0o644)
    monkeypatch.setenv("PRIVSEG_PASSPHRASE_FILE", str(words))
    assert "0644" in shell("init", "shop", "--keys", "passphrase:").err
    words.chmod(0o600)
    (shell.folder / "link").symlink_to(words)
    monkeypatch.setenv("PRIVSEG_PASSPHRASE_FILE", str(shell.folder / "link"))
    assert "is a link" in shell("init", "shop", "--keys", "passphrase:").err
    assert not list(shell.keys.glob("*.json"))


def test_a_backup_is_told_destroyed_and_restores_a_lost_container(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", KEY)
    assert shell("init", "shop", "--keys", "environment:SHOP_KEY").code == 0
    name = shell("keys", "recipient", "--out", "me.key").out.strip()
    here = ("--workspace", "shop")
    assert shell("keys", "backup", "--to", name, "--out", "b", *here).code == 0
    mistyped = shell("keys", "backup", "--to", f"{name}x", "--out", "c", *here)
    assert (mistyped.code, (shell.folder / "c").exists()) == (1, False)
    (container,) = shell.keys.glob("*.json")
    there = shell("keys", "restore", "b", "--identity", "me.key", "--yes", *here)
    assert there.code == 1, "keys are never overwritten"
    assert "already" in there.err
    shutil.move(container, shell.folder / "aside")
    assert shell("keys", "show", *here).code == 1
    assert shell("keys", "restore", "b", "--identity", "me.key", *here).code == 0
    assert not container.exists()
    done = shell("keys", "restore", "b", "--identity", "me.key", "--yes", "--json", *here)
    assert done.document == {**(done.document or {}), "done": True}
    assert shell("keys", "show", *here).code == 0
    assert KEY.encode() not in container.read_bytes()
    listed = shell("keys", "backups", *here).out
    (backup,) = re.findall("[0-9a-f]{32}", listed)
    assert shell("keys", "forget-backup", "0" * 32, *here).code == 1
    forgotten = shell("keys", "forget-backup", backup, "--json", *here)
    assert forgotten.document == {"id": backup, "requests": []}
    assert "nothing: destroyed" in shell("keys", "backups", *here).out
