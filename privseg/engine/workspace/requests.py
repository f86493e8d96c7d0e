# SPDX-License-Identifier: Apache-2.0
"""The verbs about people's requests: from the letter to the closed case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from privseg.dsr import Asked, Case, IdentityLevel, RequestKind
from privseg.dsr.points import Point
from privseg.engine.acting import Acting
from privseg.engine.dsr import (
    appeals,
    ending,
    extending,
    holds,
    identity,
    linked,
    planning,
    refusing,
    requests,
    running,
)
from privseg.engine.dsr.appeals import Outcome
from privseg.engine.dsr.linked import ForLinked
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.dsr.planning import CasePlan
from privseg.engine.roles import Verb
from privseg.terms import Jurisdiction, SubjectId


class RequestVerbs(Acting):
    """What compliance officers do for people, and counsel with legal holds."""

    def open_request(
        self,
        kind: RequestKind,
        subject: SubjectId,
        *,
        received_at: datetime | None = None,
        manner: str = "letter",
        identity: IdentityLevel | None = None,
        asked: Asked | None = None,
        where: Jurisdiction | None = None,
    ) -> Case:
        """Open a request and start its clock.

        ``identity`` ACCOUNT is what staff attest when the person was signed in. ``where`` says
        where they live, and counts only where nothing is attested.
        """
        return requests.open_request(
            self._house,
            kind,
            subject,
            received_at=received_at,
            manner=manner,
            identity=identity,
            asked=asked,
            role=self._acting(Verb.REQUEST),
            where=where,
        )

    def open_for_linked(self, number: int, *, dry_run: bool = False) -> ForLinked:
        """Open the same request for every profile linked to the person now, that has none yet.

        Never done by itself: whether such a profile is the same person is for you to decide.
        """
        role = self._acting(Verb.REQUEST)
        return linked.open_for_linked(self._house, number, dry_run=dry_run, role=role)

    def requests(self) -> list[Case]:
        """Return every request, oldest first."""
        self._acting(Verb.REQUEST)
        return self._house.cases.all()

    def request(self, number: int) -> Case:
        """Return one request."""
        self._acting(Verb.REQUEST)
        return self._house.cases.case(number)

    def plan_request(self, number: int) -> CasePlan:
        """Assess a request: its law, what stands against it, what running it would do."""
        return planning.plan(self._house, number, role=self._acting(Verb.REQUEST))

    def run_request(
        self,
        number: int,
        *,
        out: Path | None = None,
        plain: bool = False,
        on: date | None = None,
    ) -> list[Path]:
        """Carry out a request; return the files written.

        ``plain`` writes an answer in the open, not sealed for the person. ``on`` is the day on
        which a restriction ends; the person is told first, and a second run ends it.

        Raises:
            IdentityNeededError: the person is not identified as the law asks; nothing was read.
            HeldError: counsel keeps the data from being erased.
            LiftWaitsError: a restriction ends on a day that has not come; nothing was changed.
        """
        role, folder = self._acting(Verb.REQUEST), self._answers(out)
        ran = running.run_request(self._house, number, out=folder, role=role, plain=plain, on=on)
        return ran.files

    # --- who asks ----------------------------------------------------------------------------

    def ask_identity(self, number: int, *, out: Path | None = None) -> tuple[Case, Path]:
        """Ask the person for proof; the clock stands still where the law lets it."""
        role = self._acting(Verb.REQUEST)
        return identity.ask_identity(self._house, number, out=self._answers(out), role=role)

    def verify_points(
        self, number: int, points: Sequence[Point], *, declaration: bytes | None = None
    ) -> bool:
        """Return whether data points are what is held; never which one is not."""
        role = self._acting(Verb.REQUEST)
        return identity.verify_points(
            self._house, number, points, declaration=declaration, role=role
        )

    def verify_account(self, number: int) -> Case:
        """Record that the person was signed in to an account of theirs."""
        return identity.verify_account(self._house, number, role=self._acting(Verb.REQUEST))

    def verify_agent(
        self, number: int, permission: bytes, *, confirmed: bool = False, attorney: bool = False
    ) -> Case:
        """Record an agent's signed permission, or power of attorney."""
        return identity.verify_agent(
            self._house,
            number,
            permission,
            confirmed=confirmed,
            attorney=attorney,
            role=self._acting(Verb.REQUEST),
        )

    def verify_guardian(self, number: int, proof: bytes) -> Case:
        """Record that a parent or guardian asks for a child."""
        role = self._acting(Verb.REQUEST)
        return identity.verify_guardian(self._house, number, proof, role=role)

    # --- how it ends -------------------------------------------------------------------------

    def confirm_request(self, number: int, *, out: Path | None = None) -> tuple[Case, Path]:
        """Confirm to the person that the request has come."""
        role = self._acting(Verb.REQUEST)
        return ending.confirm(self._house, number, out=self._answers(out), role=role)

    def extend_request(
        self, number: int, reasons: Sequence[str], *, out: Path | None = None
    ) -> tuple[Case, Path]:
        """Take longer, once; the letter says why and until when."""
        role = self._acting(Verb.REQUEST)
        return extending.extend(self._house, number, reasons, out=self._answers(out), role=role)

    def refuse_request(
        self,
        number: int,
        grounds: Sequence[str],
        reasons: Sequence[str],
        *,
        out: Path | None = None,
    ) -> tuple[Case, Path]:
        """Refuse a request on grounds of its law; the letter says why, and where to complain."""
        role, folder = self._acting(Verb.REQUEST), self._answers(out)
        return refusing.refuse(self._house, number, grounds, reasons, out=folder, role=role)

    def withdraw_request(self, number: int, *, out: Path | None = None) -> tuple[Case, Path]:
        """Record that the person took their request back."""
        role = self._acting(Verb.REQUEST)
        return ending.withdraw(self._house, number, out=self._answers(out), role=role)

    def close_request(self, number: int) -> Case:
        """Close a request that is answered; its files in the folder of answers go."""
        return ending.close(self._house, number, role=self._acting(Verb.REQUEST))

    def appeal_request(
        self, number: int, *, received_at: datetime | None = None, manner: str = "letter"
    ) -> Case:
        """Open the appeal against what was refused."""
        role = self._acting(Verb.REQUEST)
        return appeals.appeal(
            self._house, number, received_at=received_at, manner=manner, role=role
        )

    def decide_appeal(self, number: int, outcome: Outcome, reasons: Sequence[str]) -> Case:
        """Decide an appeal against what somebody else refused."""
        role = self._acting(Verb.REQUEST)
        return appeals.decide(self._house, number, Outcome(outcome), reasons, role=role)

    # --- legal holds -------------------------------------------------------------------------

    def place_hold(
        self, subject: SubjectId, *, review: date, why: str, ground: str = holds.GROUND
    ) -> Case:
        """Keep somebody's data from being erased; for counsel."""
        role = self._acting(Verb.HOLD)
        return holds.place_hold(
            self._house, subject, review=review, why=why, ground=ground, role=role
        )

    def lift_hold(self, number: int) -> Case:
        """Lift a legal hold; for counsel."""
        return holds.lift_hold(self._house, number, role=self._acting(Verb.HOLD))

    def legal_holds(self) -> list[Case]:
        """Return every legal hold, oldest first; none tells whom it is about."""
        self._acting(Verb.HOLDS)
        return holds.holds(self._house)

    def _answers(self, out: Path | None) -> Path:
        """Return where letters and answers are written."""
        return out or self._house.config.root / ANSWERS
