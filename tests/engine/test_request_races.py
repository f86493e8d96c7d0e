# SPDX-License-Identifier: Apache-2.0
"""Requests that meet: two processes on one case, an impostor's duplicates around a person's own."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.dsr import CaseState, CaseStateError, IdentityLevel, RequestKind, StepKind
from privseg.dsr.points import parse_points
from privseg.engine import Outside, Workspace
from privseg.engine.dsr.errors_case import AttemptsExhaustedError
from privseg.engine.errors import IdentityNeededError
from privseg.terms import Jurisdiction
from tests.twins import office
from tests.twins.club import number
from tests.twins.office import Office

WORKER = Path(office.__file__).with_name("request_worker.py")
DE = Jurisdiction("DE")
WRONG = parse_points(["email: nobody@example.com", "hobby: falconry"])


@pytest.mark.long
def test_two_processes_share_the_attempts_and_one_of_them_ends_a_case(
    desk: Office, tmp_path: Path
) -> None:
    ws = desk.at("grace")
    first = ws.open_request(RequestKind.ERASURE, number("M0001"), where=DE).number
    second = ws.open_request(RequestKind.ACCESS, number("M0002")).number
    started = [
        subprocess.Popen(  # our own script under our own interpreter
            [sys.executable, *map(str, (WORKER, ws.folder, tmp_path, verb, first, second))],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for verb in ("refuse", "withdraw")
    ]  # fmt: skip
    said: list[str] = []
    for process in started:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err[-2000:]
        said += out.splitlines()
    told = Counter(said)
    assert (told["tried False"], told["tried AttemptsExhaustedError"]) == (5, 5)
    assert told["ended refuse"] + told["ended withdraw"] == 1
    assert told["ended CaseStateError"] == 1
    tries = [s for s in ws.request(first).steps if s.kind is StepKind.IDENTITY_TRIED]
    assert len(tries) == 5
    assert ws.request(second).state in {CaseState.REFUSED, CaseState.WITHDRAWN}
    report = desk.at("edith").audit_verify()
    assert report["ok"], report["findings"]


def test_two_that_work_on_one_case_share_its_attempts_and_its_end(desk: Office) -> None:
    ws = desk.at("grace")
    case = ws.open_request(RequestKind.ERASURE, number("M0005"), where=DE).number
    outside = Outside(clock=desk.clock, user=lambda: "joan")
    with Workspace.open(ws.folder, outside=outside) as other:
        for one in (ws, other, ws, other, ws):
            assert not one.verify_points(case, WRONG)
        for one in (ws, other):
            with pytest.raises(AttemptsExhaustedError):
                one.verify_points(case, WRONG)
        other.refuse_request(case, ["IdentityVerificationFailure"], ["nobody proved it"])
        before = desk.size()
        for act in (ws.withdraw_request, ws.verify_account, ws.run_request):
            with pytest.raises((CaseStateError, IdentityNeededError)):
                act(case)
    assert desk.size() == before
    assert ws.request(case).state is CaseState.REFUSED


IMPOSTOR = ("opens", "guesses", "guesses", "takes back", "other person asks", "confirms")


@settings(max_examples=4, deadline=None)
@given(around=st.lists(st.sampled_from(IMPOSTOR), min_size=2, max_size=5), at=st.integers(0, 5))
def test_whatever_others_do_a_verified_request_is_carried_out(
    desk: Office, around: list[str], at: int
) -> None:
    """An impostor opens, guesses and takes back in Ada's name; somebody else asks as well."""
    desk.clock.pass_(days=1)
    ws = desk.at("grace")
    false: list[int] = []
    steps = [*around[:at], "Ada asks", *around[at:]]
    ada = 0
    for step in steps:
        if step == "Ada asks":
            identity = IdentityLevel.ACCOUNT
            ada = ws.open_request(RequestKind.CATEGORIES, number("M0003"), identity=identity).number
        elif step == "other person asks":
            ws.open_request(RequestKind.CATEGORIES, number("M0004"))
        elif step == "opens" or not false:
            false.append(ws.open_request(RequestKind.CATEGORIES, number("M0003"), where=DE).number)
        elif step == "guesses":
            _guess(desk, false[-1])
        elif step == "takes back":
            ws.withdraw_request(false.pop())
        else:
            ws.confirm_request(false[-1])
    assert ws.request(ada).identity is IdentityLevel.ACCOUNT
    assert ws.run_request(ada, plain=True)
    assert ws.request(ada).state is CaseState.DONE
    for case in false:
        assert ws.request(case).state is CaseState.RECEIVED
        assert ws.request(case).identity is None


def _guess(desk: Office, case: int) -> None:
    """Guess wrongly, if there are attempts left."""
    try:
        assert not desk.ws.verify_points(case, WRONG)
    except AttemptsExhaustedError:
        return
