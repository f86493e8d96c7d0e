# SPDX-License-Identifier: Apache-2.0
"""The verbs about staff, and those that lead a pseudonym back to a person."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from privseg.engine.acting import Acting
from privseg.engine.reidentify import asking as reidentify
from privseg.engine.reidentify import opening as reidentify_open
from privseg.engine.reidentify.asking import Question, ReidentificationView
from privseg.engine.reidentify.life import Step
from privseg.engine.reidentify.opening import ReidentificationOpened
from privseg.engine.roles import Verb
from privseg.engine.staff import showing as staff
from privseg.engine.staff.showing import StaffFinding, StaffView, Whoami
from privseg.pseudonym import Domain
from privseg.terms import Purpose


class StaffVerbs(Acting):
    """Who may do what; and what needs two of them."""

    def staff(self) -> StaffView:
        """Return who holds which roles, and what these may do; for administrator and auditor."""
        return staff.staff_view(self._house, role=self._acting(Verb.STAFF))

    def check_staff(self) -> tuple[StaffFinding, ...]:
        """Return what is wrong or doubtful in the mapping of users to roles."""
        return staff.staff_findings(self._house, role=self._acting(Verb.STAFF))

    def whoami(self) -> Whoami:
        """Return who is at the keyboard and what they may do; anybody may ask about themselves."""
        return staff.whoami(self._house)

    # --- pseudonyms --------------------------------------------------------------------------

    def ask_reidentification(
        self,
        purpose: Purpose,
        pseudonyms: Iterable[str],
        *,
        domain: Domain,
        reason_code: str,
        identifiers: Iterable[str] = (),
    ) -> ReidentificationView:
        """Ask who is behind pseudonyms of a domain, for a purpose that allows it.

        Nothing is looked up before somebody else has approved. ``identifiers`` are the kinds to be
        named; none stands for all that the policy allows.

        Raises:
            NoReidentificationError: the policy does not allow it.
            PseudonymListError, ReasonCodeError: what was given is not usable.
        """
        role = self._acting(Verb.REIDENTIFY)
        asked = Question(purpose, domain, pseudonyms, reason_code, frozenset(identifiers) or None)
        return reidentify.ask(self._house, asked, role=role)

    def reidentifications(self) -> tuple[ReidentificationView, ...]:
        """Return every request, newest first; none tells whom it is about."""
        return reidentify.listed(self._house, role=self._acting(Verb.REIDENTIFICATIONS))

    def approve_reidentification(self, number: int) -> ReidentificationView:
        """Approve what another person asked.

        Raises:
            OwnReidentificationError: the user at the keyboard asked it.
            ReidentificationClosedError: it is not waiting any more.
        """
        role = self._acting(Verb.APPROVE_REIDENTIFY)
        return reidentify.approve(self._house, number, role=role)

    def refuse_reidentification(self, number: int) -> ReidentificationView:
        """Refuse what another person asked, for good."""
        role = self._acting(Verb.APPROVE_REIDENTIFY)
        return reidentify.decide(self._house, number, Step.REFUSED, role=role)

    def withdraw_reidentification(self, number: int) -> ReidentificationView:
        """Take a request back, or its approval: nobody is named by it any more."""
        role = self._acting(Verb.REIDENTIFY)
        return reidentify.decide(self._house, number, Step.WITHDRAWN, role=role)

    def open_reidentification(self, number: int, *, out: Path) -> ReidentificationOpened:
        """Write the people of an approved request into a new file; only who asked can.

        Who has withdrawn, objected or restricted since is not named.

        Raises:
            OwnReidentificationError, ReidentificationClosedError, NoReidentificationError: no.
            AnswerThereError: the file is there already; nothing was counted.
        """
        role = self._acting(Verb.REIDENTIFY)
        return reidentify_open.open_request(self._house, number, out=out, role=role)
