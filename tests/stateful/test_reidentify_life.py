# SPDX-License-Identifier: Apache-2.0
"""Re-identifications as a machine, beside a naive twin that knows the rules by heart.

People ask, decide, take back and open in any order and at any time; somebody whom it is about says
no and yes again. After every step both say how each request stands, and who was named.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from privseg.engine.reidentify.errors import (
    OwnReidentificationError,
    ReidentificationClosedError,
)
from privseg.terms import StaffRole
from tests.twins import club
from tests.twins.named_club import MARKETING, NamedClub, copied, found

ANALYSTS, DECIDERS = ("ada", "bob"), ("grace", "mary", "ada")
ROLES = {"grace": StaffRole.COMPLIANCE_OFFICER, "mary": StaffRole.ENGINEER,
         "ada": StaffRole.COMPLIANCE_OFFICER}  # fmt: skip
WHIMSICAL, STEADY = 0, 1  # of the two people whom every request is about
WAITS, BOX = timedelta(days=7), timedelta(hours=8)
Error = type[Exception] | None


@dataclass
class Twin:
    """What one request has come to."""

    asker: str
    asked: datetime
    approver: str | None = None
    approved: datetime = datetime.min  # noqa: DTZ901  # never looked at before it is set
    end: str | None = None

    def state(self, now: datetime) -> str:
        if self.end is not None:
            return self.end
        if self.approver is None:
            return "lapsed" if now >= self.asked + WAITS else "waiting"
        return "lapsed" if now >= self.approved + BOX else "approved"


class Requests(RuleBasedStateMachine):
    """One club for all runs, as making it is slow; each run has requests of its own."""

    here: ClassVar[NamedClub]
    files: ClassVar[itertools.count[int]] = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.twins: dict[int, Twin] = {}
        self.allowed = True
        self.say("grant")

    @property
    def now(self) -> datetime:
        return self.here.clock.now

    def tried(self, does: Callable[[], object], expected: Error) -> None:
        """Do it, and see that it is refused for just the reason that the twin has."""
        if expected is None:
            does()
            return
        with pytest.raises(expected) as refused:
            does()
        assert type(refused.value) is expected

    @rule(user=st.sampled_from(ANALYSTS))
    def ask(self, user: str) -> None:
        made = self.here.ask([WHIMSICAL, STEADY], user=user)
        self.twins[made.number] = Twin(user, self.now)

    @precondition(lambda self: self.twins)
    @rule(data=st.data(), user=st.sampled_from(DECIDERS), approves=st.booleans())
    def decide(self, data: st.DataObject, user: str, *, approves: bool) -> None:
        number, twin = self.one(data)
        expected: Error = OwnReidentificationError if user == twin.asker else None
        if twin.state(self.now) != "waiting":
            expected = ReidentificationClosedError
        ws = self.here.at(user, ROLES[user])
        does = ws.approve_reidentification if approves else ws.refuse_reidentification
        self.tried(lambda: does(number), expected)
        if expected is None and approves:
            twin.approver, twin.approved = user, self.now
        elif expected is None:
            twin.end = "refused"

    @precondition(lambda self: self.twins)
    @rule(data=st.data(), user=st.sampled_from(["ada", "bob", "grace", "mary"]))
    def withdraw(self, data: st.DataObject, user: str) -> None:
        number, twin = self.one(data)
        expected: Error = None if user in {twin.asker, twin.approver} else OwnReidentificationError
        if twin.state(self.now) not in {"waiting", "approved"}:
            expected = ReidentificationClosedError
        self.tried(lambda: self.here.at(user).withdraw_reidentification(number), expected)
        if expected is None:
            twin.end = "withdrawn"

    @precondition(lambda self: self.twins)
    @rule(data=st.data(), user=st.sampled_from(ANALYSTS))
    def open(self, data: st.DataObject, user: str) -> None:
        number, twin = self.one(data)
        expected: Error = (
            None if twin.state(self.now) == "approved" else ReidentificationClosedError
        )
        if user != twin.asker:
            expected = OwnReidentificationError
        if expected is None:
            self.named(number, twin)
            return
        name = f"{next(self.files)}.json"
        self.tried(lambda: self.here.open(number, user=user, name=name), expected)
        assert not (self.here.ws.folder.parent / name).exists()

    def named(self, number: int, twin: Twin) -> None:
        """Open a request, and see that just those are named who allow it now."""
        named = self.here.open(number, user=twin.asker, name=f"{next(self.files)}.json")
        told = [p["identifiers"]["customer_number"] for p in named["people"]]  # type: ignore[attr-defined]
        assert sorted(told) == ([["M0000"]] if self.allowed else []) + [["M0001"]]
        twin.end = "spent"

    @precondition(lambda self: self.those("waiting"))
    @rule()
    def approve_as_it_should_be(self) -> None:
        number = self.those("waiting")[-1]
        self.here.at("grace").approve_reidentification(number)
        self.twins[number].approver, self.twins[number].approved = "grace", self.now

    @precondition(lambda self: self.those("approved"))
    @rule()
    def open_as_it_should_be(self) -> None:
        number = self.those("approved")[-1]
        self.named(number, self.twins[number])

    @rule(hours=st.sampled_from([1, 2, 4, 7, 8, 24 * 7]))
    def wait(self, hours: int) -> None:
        self.here.clock.pass_(hours=hours)

    @rule(yes=st.booleans())
    def change_their_mind(self, *, yes: bool) -> None:
        self.here.clock.pass_(seconds=1)
        self.say("grant" if yes else "withdraw")
        self.allowed = yes

    @invariant()
    def both_say_how_each_stands(self) -> None:
        if not self.twins:
            return
        seen = self.here.at("joan").reidentifications()
        told = {r.number: r.state.value for r in seen if r.number in self.twins}
        assert told == {n: twin.state(self.now) for n, twin in self.twins.items()}

    def those(self, state: str) -> list[int]:
        """Return the requests that stand so."""
        return [n for n, twin in self.twins.items() if twin.state(self.now) == state]

    def one(self, data: st.DataObject) -> tuple[int, Twin]:
        """Return one of the requests."""
        number = data.draw(st.sampled_from(sorted(self.twins)))
        return number, self.twins[number]

    def say(self, act: str) -> None:
        """Let the whimsical one say yes or no."""
        more = {"categories": frozenset(club.ALLOWED.split("|")), "notice": "terms@1"}
        given = more if act == "grant" else {}
        self.here.at("grace").record_consent(
            club.number("M0000"), act=act, purpose=MARKETING, **given
        )


@pytest.fixture(scope="module", autouse=True)
def here(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("life")
    found(folder, people=2)
    with tempfile.TemporaryDirectory() as copy:
        Requests.here = copied(folder, Path(copy))
        yield Requests.here
        Requests.here.ws.close()


class TestRequests(Requests.TestCase):  # type: ignore[misc, name-defined]
    """The machine, run by hypothesis."""

    settings = settings(max_examples=4, stateful_step_count=25)


@pytest.mark.long
class TestManyRequests(Requests.TestCase):  # type: ignore[misc, name-defined]
    """The same, for longer."""

    settings = settings(max_examples=60, stateful_step_count=40)
