# SPDX-License-Identifier: Apache-2.0
"""After an erasure a search of every byte finds nothing but the residues that the receipt names.

The world has every kind of file that a workspace can have: memberships, eligible sets, releases,
reports, a backup, a receipt, and what lies beside the keys.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside
from privseg.errors import PrivsegError
from privseg.terms import Ordinal, SubjectId
from privseg.vault.recipients import Identity
from tests.twins import club, panel
from tests.twins.club import number, ordinal
from tests.twins.forensics import Traces, spellings
from tests.twins.panel_policy import HEAD, RECORDS
from tests.twins.power_cut import PowerCut, cut_before

NORA = club.Member(number="NQX7701CANARY", name="Norazel Quibblecanary", card_text="with love")


@dataclass
class World:
    """A club with all kinds of files, from which Nora is to be erased."""

    folder: Path
    traces: Traces
    own: list[SubjectId]
    was: Ordinal

    @property
    def places(self) -> tuple[Path, Path, Path]:
        return self.folder / "club", self.folder / "keys", self.folder / "out"

    def copy_to(self, folder: Path) -> World:
        shutil.copytree(self.folder, folder)
        settings = folder / "club" / "privseg.yaml"
        settings.write_text(settings.read_text().replace(str(self.folder), str(folder)), "utf-8")
        return World(folder, Traces(self.traces.needles), self.own, self.was)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("forensics")
    with club.found(folder, [NORA, *club.crowd(40)], outside=Outside(clock=club.Clock())) as ws:
        ws.report("overview").write(folder / "out")
        ws.run_segments(["gardeners", "buyers"])
        Identity.new().save(folder / "me.key")
        to = str(json.loads((folder / "me.key").read_bytes())["recipient"])
        ws.back_up_keys([to], folder / "shop.backup")
        was = ordinal(ws, NORA)
        ws.open_request(RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT)
        return World(folder, Traces.of(ws, was), ws._house.vault.identity(was), was)


def erase(world: World) -> None:
    with club.opened(world.folder / "club") as ws:
        ws.run_request(1, out=world.folder / "out")


def test_the_search_finds_what_is_there(world: World, tmp_path: Path) -> None:
    """The positive control: each needle, in each spelling, in a file and in a name."""
    for what, needle in world.traces.needles.items():
        for n, form in enumerate(sorted(spellings(needle))):
            (tmp_path / "planted").write_bytes(b"xx" + form + b"yy")
            assert f"{what}: planted" in Traces({what: needle}).left_in(tmp_path), (what, n)
    assert len(world.traces.needles) > 12


def test_before_an_erasure_look_up_keys_and_the_root_are_there(world: World) -> None:
    found = {line.partition(":")[0] for line in Traces(world.traces.needles).left_in(*world.places)}
    assert {"look-up key 0", "root key"} <= found
    assert not found & {"uid", "data key", "key page", "key of the page"}, "wrapped, never in clear"
    assert not {what for what in found if "as given" in what or "canonical" in what}


def test_after_an_erasure_no_byte_of_any_file_tells_of_the_person(
    world: World, tmp_path: Path
) -> None:
    mine = world.copy_to(tmp_path / "mine")
    erase(mine)
    assert mine.traces.left_in(*mine.places) == []
    kinds = {Path(name.partition(":")[0]).suffix or name for name in mine.traces.searched}
    assert {".db", ".parquet", ".json", ".erasures", ".backups", ".budget", "head"} <= kinds
    assert {name.partition(":")[2] for name in mine.traces.searched} >= {
        "identity_cell", "wrapped_key", "key_page", "audit_entry", "audit_body", "suppression",
    }  # fmt: skip


def test_the_one_mark_that_stays_is_the_suppression_list_that_the_receipt_names(
    world: World, tmp_path: Path
) -> None:
    mine = world.copy_to(tmp_path / "mine")
    erase(mine)
    with club.opened(mine.folder / "club") as ws:
        marks = Traces.suppressed(ws, [s for s in mine.own if s.kind != "name"])
    places = {line.partition(": ")[2] for line in marks.left_in(*mine.places)}
    assert places == {"workspace.db", "workspace.db:suppression"}
    (receipt,) = (mine.folder / "out").glob("*receipt*")
    assert "suppression list" in receipt.read_text("utf-8")


def test_after_a_new_epoch_the_old_root_is_nowhere(world: World, tmp_path: Path) -> None:
    mine = world.copy_to(tmp_path / "mine")
    with club.opened(mine.folder / "club") as ws:
        ws.rotate_keys()
    root = Traces({"root key": mine.traces.needles["root key"]})
    assert root.left_in(*mine.places) == []


def test_records_of_a_k_lineage_that_are_kept_sealed_tell_nothing_either(tmp_path: Path) -> None:
    """They name nobody and are kept to their end; the person is in them as one of k, or not."""
    with panel.found(tmp_path, 200, policy=HEAD + RECORDS) as ws:
        ws.microdata("panel-records")
        assert list((tmp_path / "panel" / ".privseg" / "records").glob("*.sealed"))
        subject = SubjectId("customer_number", panel.people(200)["number"][0])
        person = ws._house.vault.resolve(subject)
        assert person is not None
        traces = Traces.of(ws, person)
        case = ws.open_request(RequestKind.ERASURE, subject, identity=IdentityLevel.ACCOUNT)
        ws.run_request(case.number, out=tmp_path / "out")
    assert traces.left_in(tmp_path / "panel", tmp_path / "keys", tmp_path / "out") == []
    assert any(place.endswith(".sealed") for place in traces.searched)


# --- cut at every step ----------------------------------------------------------------------------


def erased_or_whole(mine: World) -> bool:
    """Return whether the person is gone, without a trace; if not, they must be there whole."""
    with club.opened(mine.folder / "club") as ws:
        assert ws.audit_verify()["ok"]
        gone = ws._house.vault.resolve(number(NORA)) is None
        if not gone:
            assert ws._house.vault.identity(mine.was) == mine.own
    if gone:
        left = mine.traces.left_in(mine.folder / "club", mine.folder / "keys")
        assert [line for line in left if not line.startswith("pseudonym")] == []
    return gone


def outcomes(world: World, tmp_path: Path, patch: pytest.MonkeyPatch, every: int) -> list[bool]:
    """Cut an erasure before its steps, one after the other; return whether it had happened."""
    found: list[bool] = []
    for last in range(1, 1_000, every):
        mine = world.copy_to(tmp_path / str(last))
        with cut_before(last, patch) as taken:
            with suppress(PowerCut, PrivsegError):
                erase(mine)
            steps = taken()
        found.append(erased_or_whole(mine))
        shutil.rmtree(mine.folder)
        if steps < last:
            return found
    raise AssertionError("an erasure has not so many steps")


def test_cut_at_some_steps_an_erasure_left_everything_or_no_trace(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = outcomes(world, tmp_path, monkeypatch, every=9)
    assert found == sorted(found)
    assert set(found) == {False, True}


@pytest.mark.long
def test_cut_at_any_step_an_erasure_left_everything_or_no_trace(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = outcomes(world, tmp_path, monkeypatch, every=1)
    assert len(found) > 20
    assert found == sorted(found)
