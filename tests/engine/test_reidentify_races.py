# SPDX-License-Identifier: Apache-2.0
"""Two people at one request at the same moment: one goes first, and nobody is named by a race."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

from privseg.audit import parse_entry
from privseg.engine import Outside, Workspace
from privseg.engine.reidentify.check import check_reidentifications
from privseg.engine.reidentify.errors import ReidentificationClosedError
from privseg.engine.reidentify.life import State
from privseg.errors import PrivsegError
from privseg.terms import StaffRole
from tests.twins.named_club import NamedClub, copied, found

ROUNDS = 5


def at_once(*verbs: Callable[[], object]) -> list[str]:
    """Do several things at the same moment; return what each came to."""
    ready, done = Barrier(len(verbs)), [""] * len(verbs)

    def run(place: int, verb: Callable[[], object]) -> None:
        ready.wait()
        try:
            verb()
            done[place] = "done"
        except PrivsegError as error:
            done[place] = type(error).__name__

    threads = [Thread(target=run, args=(i, verb)) for i, verb in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def beside(here: NamedClub, user: str, role: StaffRole | None = None) -> Workspace:
    """Open the club once more, for somebody at another keyboard."""
    outside = Outside(clock=here.clock, user=lambda: user)
    return Workspace.open(here.ws.folder, role=role, outside=outside)


def test_of_approving_withdrawing_and_opening_at_once_none_wins_twice(tmp_path: Path) -> None:
    found(tmp_path / "founded", people=4)
    here = copied(tmp_path / "founded", tmp_path)
    analyst = StaffRole.ANALYST
    with here.ws, beside(here, "grace") as grace, beside(here, "ada", analyst) as ada:
        for n in range(ROUNDS):
            number = here.ask([0, 1]).number
            approved, withdrawn = at_once(
                lambda n=number: grace.approve_reidentification(n),  # type: ignore[misc]
                lambda n=number: ada.withdraw_reidentification(n),  # type: ignore[misc]
            )
            assert withdrawn == "done"  # before or after
            assert approved in {"done", ReidentificationClosedError.__name__}
            (seen,) = (r for r in grace.reidentifications() if r.number == number)
            assert seen.state is State.WITHDRAWN
            out = tmp_path / f"{n}.json"
            assert at_once(
                lambda n=number, out=out: ada.open_reidentification(n, out=out)  # type: ignore[misc]
            ) == [ReidentificationClosedError.__name__]
            assert not out.exists()
        with beside(here, "ada", analyst) as other:
            number = here.asked_and_approved([0, 1])
            files = [tmp_path / "one.json", tmp_path / "two.json"]
            came = at_once(
                lambda: ada.open_reidentification(number, out=files[0]),
                lambda: other.open_reidentification(number, out=files[1]),
            )
        assert sorted(came) == [ReidentificationClosedError.__name__, "done"]
        assert sum(f.exists() for f in files) == 1
        entries = [parse_entry(s.entry_bytes) for s in here.ws._house.log.entries()]
        assert check_reidentifications(here.ws._house, entries) == []
