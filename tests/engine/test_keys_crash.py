# SPDX-License-Identifier: Apache-2.0
"""Power lost at any step of a new epoch, a move or a recovery: it happened, or it did not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.keys.memory import ErasuresBehindError
from privseg.errors import PrivsegError
from privseg.terms import Ordinal
from privseg.vault.recipients import Identity
from tests.twins import club
from tests.twins.club import number
from tests.twins.forensics import Traces
from tests.twins.given_secrets import KEY, Given
from tests.twins.power_cut import PowerCut, cut_before

NORA = club.crowd(1)[0]


def outside() -> Outside:
    return Outside(clock=club.Clock(), key_secrets=Given(variables={"SHOP_KEY": KEY}))


@dataclass
class Scene:
    """A folder with a workspace, its keys and all that was made beside it."""

    folder: Path

    @property
    def ws(self) -> Path:
        return self.folder / "club"

    def copy_to(self, folder: Path) -> Scene:
        shutil.copytree(self.folder, folder)
        for settings in folder.glob("*/privseg.yaml"):
            settings.write_text(settings.read_text().replace(str(self.folder), str(folder)))
        return Scene(folder)

    def containers(self) -> list[Path]:
        return [p for p in self.folder.glob("*keys/*.json") if p.is_file()]


def at_every(
    scene: Scene, tmp_path: Path, patch: pytest.MonkeyPatch, every: int,
    act: Callable[[Scene], object], happened: Callable[[Scene], bool],
) -> list[bool]:  # fmt: skip
    """Cut ``act`` before its steps, one after the other; return whether it had happened."""
    found: list[bool] = []
    for last in range(1, 2_000, every):
        mine = scene.copy_to(tmp_path / str(last))
        with cut_before(last, patch) as taken:
            with suppress(PowerCut, PrivsegError):
                act(mine)
            steps = taken()
        found.append(happened(mine))
        shutil.rmtree(mine.folder)
        if steps < last:
            return found
    raise AssertionError("it has not so many steps")


def both_ways(found: list[bool]) -> bool:
    return found == sorted(found) and set(found) == {False, True}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("keys-crash")
    with club.found(folder, club.crowd(20), outside=Outside(clock=club.Clock())):
        pass
    return Scene(folder)


# --- a move ---------------------------------------------------------------------------------------


def move(mine: Scene) -> None:
    with Workspace.open(mine.ws, outside=outside()) as ws:
        ws.move_keys(f"environment:SHOP_KEY?file={mine.folder}/newkeys/shop.json")


def moved(mine: Scene) -> bool:
    """Return whether the keys moved; there is one container, with all that lay beside it."""
    with Workspace.open(mine.ws, outside=outside()) as ws:
        assert ws._house.vault.identity(Ordinal(0))
        assert ws.audit_verify()["ok"]
        assert mine.containers() == [ws.key_file]
        there = ws.key_file.parent.name == "newkeys"
        other = mine.folder / ("keys" if there else "newkeys")
        assert not other.exists() or list(other.iterdir()) == []
        assert list(ws.key_file.parent.glob("*.budget"))
    if not there:
        move(mine)  # it can be done again
        assert moved(mine)
    return there


def test_cut_at_some_steps_of_a_move_there_is_one_container_and_it_opens(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert both_ways(at_every(scene, tmp_path, monkeypatch, 7, move, moved))


@pytest.mark.long
def test_cut_at_any_step_of_a_move_there_is_one_container_and_it_opens(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert both_ways(at_every(scene, tmp_path, monkeypatch, 1, move, moved))


# --- a new epoch ----------------------------------------------------------------------------------


@pytest.mark.long
def test_cut_at_any_step_of_a_new_epoch_one_root_is_left(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(scene.copy_to(tmp_path / "first").ws, outside=outside()) as ws:
        old = ws._house.vault.keyring.root_id()
        root = Traces({"root": ws._house.vault.keyring._roots[old].key})

    def rotate(mine: Scene) -> None:
        with Workspace.open(mine.ws, outside=outside()) as ws:
            ws.rotate_keys()

    def rotated(mine: Scene) -> bool:
        with Workspace.open(mine.ws, outside=outside()) as ws:
            assert ws._house.vault.identity(Ordinal(0))
            held = ws._house.vault.keyring._read()
            assert [r.root_id for r in held.roots] == [ws._house.vault.keyring.root_id()]
            gone = held.roots[0].root_id != old
        assert (root.left_in(mine.folder / "keys") == []) is gone
        return gone

    assert both_ways(at_every(scene, tmp_path, monkeypatch, 1, rotate, rotated))


# --- an older copy --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def older(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The workspace of before an erasure, put back with its keys; the erasure is remembered."""
    made = scene.copy_to(tmp_path_factory.mktemp("older") / "scene")
    Identity.new().save(made.folder / "me.key")
    to = str(json.loads((made.folder / "me.key").read_bytes())["recipient"])
    with Workspace.open(made.ws, outside=outside()) as ws:
        ws.back_up_keys([to], made.folder / "shop.backup")
    before = shutil.copytree(made.ws, made.folder / "before")
    with Workspace.open(made.ws, outside=outside()) as ws:
        ws.open_request(RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT)
        ws.run_request(1, out=made.folder / "out")
    shutil.rmtree(made.ws)
    before.rename(made.ws)
    for container in made.containers():
        container.unlink()
    return made


def restore(mine: Scene) -> None:
    Workspace.restore_keys(
        mine.ws, backup=mine.folder / "shop.backup", identity=mine.folder / "me.key",
        outside=outside(), yes=True,
    )  # fmt: skip


def restore_and_recover(mine: Scene) -> None:
    restore(mine)
    Workspace.recover_keys(mine.ws, outside=outside(), yes=True)


def replayed(mine: Scene) -> bool:
    """Return whether Nora is gone again; until then nothing can be read."""
    if not mine.containers():
        restore(mine)
    try:
        with Workspace.open(mine.ws, outside=outside()) as ws:
            assert ws._house.vault.resolve(number(NORA)) is None
            assert ws._house.vault.suppressed(number(NORA))
            assert ws.audit_verify()["ok"]
            return True
    except ErasuresBehindError:
        Workspace.recover_keys(mine.ws, outside=outside(), yes=True)
        assert replayed(mine)
        return False


def test_cut_at_some_steps_of_a_recovery_nothing_is_read_before_the_erasure_is_replayed(
    older: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = at_every(older, tmp_path, monkeypatch, 11, restore_and_recover, replayed)
    assert both_ways(found)


@pytest.mark.long
def test_cut_at_any_step_of_a_recovery_nothing_is_read_before_the_erasure_is_replayed(
    older: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = at_every(older, tmp_path, monkeypatch, 1, restore_and_recover, replayed)
    assert both_ways(found)
