# SPDX-License-Identifier: Apache-2.0
"""Witnesses sign heads of the register of releases; they never hold a release up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from privseg.engine import Outside, Workspace
from privseg.engine.audit.witnessing import Witnessing, seen_by
from privseg.loaders.workspace_audit import WitnessConfig
from privseg.tlog import (
    Checkpoint,
    NotWitnessedError,
    ProofMismatchError,
    WitnessKey,
    root_hash,
)
from tests.twins.club import Clock
from tests.twins.seed_key import PublicKey, SeedKey
from tests.twins.stand_alone import verify
from tests.twins.witness_server import SEEN, Witness, serving

Answer = Callable[[str], tuple[int, str, str]]


def _witness(ws: Workspace) -> Witness:
    """Return a witness that knows the workspace's register."""
    signer = ws._house.release_signer
    return Witness({signer.name: PublicKey(signer.name, signer.public_key)})


@contextmanager
def _watched(ws: Workspace, clock: Clock, url: str, vkey: str) -> Iterator[Workspace]:
    """Open the workspace again with one witness in its settings."""
    folder = ws.folder
    ws.close()
    settings = folder / "privseg.yaml"
    kept = settings.read_text("utf-8").partition("audit:")[0]
    more = f'audit:\n  witnesses:\n    - {{url: "{url}", vkey: "{vkey}"}}\n'
    settings.write_text(kept + more, "utf-8")
    with Workspace.open(folder, outside=Outside(clock=clock)) as opened:
        yield opened
    settings.write_text(kept, "utf-8")


def _failures(ws: Workspace) -> list[str]:
    return [state.failure for state in ws._house.witnessing.states()]


def test_each_release_is_countersigned_and_a_kit_shows_by_whom_and_when(
    small: Workspace, clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = _witness(small)
    with serving(witness.answer) as url, _watched(small, clock, url, witness.vkey) as ws:
        ws.report("overview")
        ws.report("gardeners")
        assert _failures(ws) == [""]
        assert [each.split("\n")[0] for each in witness.asked] == ["old 0", "old 1"]
        assert ws._house.witnessing.sizes() == [1, 2]
        ws.audit_kit(tmp_path / "kit")
        keys = ws.public_keys()
        (report,) = [
            p for p in ws.report("overview").write(tmp_path / "out") if p.suffix == ".json"
        ]
    one = tmp_path / f"kit/register/witnessed/{1:020}.checkpoint"
    assert seen_by(report, [witness.vkey], cosigned=one) == {witness.key.name: SEEN}
    with pytest.raises(NotWitnessedError):
        seen_by(report, [witness.vkey])
    two = one.with_name(f"{2:020}.checkpoint")
    with pytest.raises(ProofMismatchError):
        seen_by(report, [witness.vkey], cosigned=two)
    flags = ["--key", keys["release"], "--witness", witness.vkey]
    assert verify.main(["--register", str(report), *flags, "--checkpoint", str(one)]) == 0
    assert "w1+" in capsys.readouterr().out
    assert verify.main(["--register", str(report), *flags]) == 5
    flags = ["--key", keys["audit"], "--release-key", keys["release"]]
    assert verify.main([str(tmp_path / "kit"), *flags, "--witness", witness.vkey]) == 0
    assert "2026-03-02T12:00:00+00:00, at 2 releases" in capsys.readouterr().out
    other = WitnessKey("witness.example/w2", witness.key.public_key).vkey
    assert verify.main([str(tmp_path / "kit"), *flags, "--witness", other]) == 5


def test_a_witness_learns_nothing_but_the_public_register(small: Workspace, clock: Clock) -> None:
    witness = _witness(small)
    with serving(witness.answer) as url, _watched(small, clock, url, witness.vkey) as ws:
        ws.report("overview")
        (asked,) = witness.asked
        log_size = ws._house.log.size
    head = asked.split("\n\n")[1].split("\n")
    assert head[0].endswith("/release")
    assert head[1] == "1"
    assert str(log_size) not in head[1]


def test_a_witness_that_is_not_there_holds_no_release_up_and_is_asked_again(
    small: Workspace, clock: Clock
) -> None:
    witness = _witness(small)
    with serving(witness.answer) as url:
        pass  # gone again: the port refuses
    with _watched(small, clock, url, witness.vkey) as ws:
        started = time.monotonic()
        ws.report("overview")
        assert time.monotonic() - started < 15
        assert "did not answer" in _failures(ws)[0]
        with serving(witness.answer) as there, _watched(ws, clock, there, witness.vkey) as again:
            again.report("gardeners")
            assert _failures(again) == [""]
            assert witness.latest.popitem()[1][0] == 2


def test_a_slow_witness_is_waited_for_a_bounded_time(small: Workspace, clock: Clock) -> None:
    witness = _witness(small)

    def slow(body: str) -> tuple[int, str, str]:
        time.sleep(3)
        return witness.answer(body)

    with serving(slow) as url, _watched(small, clock, url, witness.vkey) as ws:
        released = ws.report("overview")
        assert released.statement is not None
        assert "did not answer" in _failures(ws)[0]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _: (404, "text/plain", ""), "does not know our register"),
        (lambda _: (403, "text/plain", ""), "does not trust our key"),
        (lambda _: (422, "text/plain", ""), "does NOT continue"),
        (lambda _: (400, "text/plain", ""), "could not read"),
        (lambda _: (409, "text/x.tlog.size", "0\n"), "ANOTHER register"),
        (lambda _: (409, "text/x.tlog.size", "9\n"), "an older state is here"),
        (lambda _: (409, "text/plain", "nonsense"), "ANOTHER register"),
        (lambda _: (500, "text/plain", "x" * 100_000), "it answered 500"),
        (lambda _: (301, "text/plain", ""), "it answered 301"),
        (lambda _: (200, "text/plain", "— nobody AAAA\n"), "no cosignature of its own"),
        (lambda _: (200, "text/plain", ""), "no cosignature of its own"),
        (lambda _: (200, "text/plain", "\x00" * 70_000), "no cosignature of its own"),
    ],
    ids=range(12),
)
def test_whatever_a_witness_answers_the_release_stands_and_the_answer_is_told(
    answer: Answer, why: str, watched: Callable[[Answer], list[str]]
) -> None:
    assert why in watched(answer)[0]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Answer], list[str]]:
    """Return what is told of a witness that answers in a given way: without a workspace."""
    key = SeedKey("witness.example/w1", b"w" * 32)
    vkey = WitnessKey(key.name, key.public_key).vkey
    register = SeedKey("example.com/releases")

    def ask(answer: Answer) -> list[str]:
        private = tmp_path_factory.mktemp("private")
        with serving(answer) as url:
            ours = Witnessing(
                [WitnessConfig(url, vkey)], private, signer=lambda: register, leaves=lambda: [b"a"]
            )
            ours.published()
            assert ours.sizes() == []
            return [state.failure for state in ours.states()]

    return ask


def test_what_is_remembered_of_a_witness_can_be_lost_and_is_learnt_again(
    small: Workspace, clock: Clock
) -> None:
    witness = _witness(small)
    with serving(witness.answer) as url, _watched(small, clock, url, witness.vkey) as ws:
        ws.report("overview")
        (ws._house.config.private / "witnesses").write_text("nonsense")
        ws.report("gardeners")
        assert _failures(ws) == [""]
        assert [each.split("\n")[0] for each in witness.asked] == ["old 0", "old 0", "old 1"]


def test_a_register_put_back_to_an_older_state_is_told_by_its_witness(
    small: Workspace, clock: Clock
) -> None:
    witness = _witness(small)
    signer = small._house.release_signer
    leaves = [bytes([n]) * 32 for n in range(3)]
    head = Checkpoint(signer.name, 3, root_hash(leaves))
    witness.latest[signer.name] = (head.size, head.root)
    with serving(witness.answer) as url, _watched(small, clock, url, witness.vkey) as ws:
        ws.report("overview")
        assert "it saw 3 releases and here are 1" in _failures(ws)[0]
        assert json.loads((ws._house.config.private / "witnesses").read_text())[0]["size"] == 0
