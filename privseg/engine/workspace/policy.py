# SPDX-License-Identifier: Apache-2.0
"""The policy verbs of a workspace: look, take, compare, foresee a change, propose, approve."""

from __future__ import annotations

from pathlib import Path

from privseg.engine.acting import Acting
from privseg.engine.policy import approving
from privseg.engine.policy import impact as policy_impact
from privseg.engine.policy.approving import PolicyStanding
from privseg.engine.policy.impact import PolicyImpact
from privseg.engine.policy.in_force import by_digest
from privseg.engine.policy.rulebook import Rulebook
from privseg.engine.policy.sides import Side, side
from privseg.engine.policy.testing import PolicyTested, try_policy
from privseg.engine.roles import USUAL, Verb
from privseg.engine.segment import showing as segmenting
from privseg.errors import InputError
from privseg.policy import Finding, Policy, authorize, check
from privseg.policy.diff import Change, diff
from privseg.release import ReportRequest
from privseg.store.policies import Step
from privseg.terms import Attribute, Decision


class NothingApprovedError(InputError):
    """The policy approved last is asked for, and none ever was."""

    def __init__(self) -> None:
        super().__init__(
            "no policy of this workspace was ever approved; name a folder instead, or approve one: "
            "privseg policy propose, then privseg policy approve"
        )


class PolicyVerbs(Acting):
    """What engineers and compliance officers do with rules, most of it before they are in force."""

    @property
    def policy(self) -> Policy:
        """Return the policy in force."""
        return self._house.policy

    def check_policy(self) -> tuple[Finding, ...]:
        """Return what is wrong or doubtful in the policy."""
        return check(self._house.policy)

    def explain(self, segmenter: str, attribute: Attribute) -> Decision:
        """Return whether a segmenter may read an attribute in the role it is run by, and why."""
        known = self._house.policy.segmenters.get(segmenter)
        actor = min(known.run_by) if known and known.run_by else USUAL[Verb.REPORT]
        return authorize(
            self._house.policy, segmenter=segmenter, actor=actor, reads=frozenset({attribute})
        )

    def use_policy(self, path: Path) -> None:
        """Take a policy file, or a folder laid out like a workspace, in place of what is there."""
        segmenting.take_policy(self._house, path, role=self._acting(Verb.POLICY))

    def test_policy(self) -> PolicyTested:
        """Try every case of the workspace on the policy in force."""
        book = self._book()
        return try_policy(self._house.policy, book.cases, book.cases_name)

    def policy_diff(self, new: Path) -> tuple[Change, ...]:
        """Return what changes from the policy in force to the one in a file or folder."""
        return diff(self._house.policy, Rulebook.of(new).policy)

    def approved_policy(self) -> Policy:
        """Return the policy that was approved last.

        Raises:
            NothingApprovedError: none ever was.
        """
        approved = [s for s in self._house.policies.steps() if s.step is Step.APPROVED]
        if not approved:
            raise NothingApprovedError
        return by_digest(self._house, approved[-1].digest)

    def foresee_impact(self, new: Path) -> PolicyImpact:
        """Return what a new policy does, and what it costs to know to how many. Reads nothing."""
        self._acting(Verb.RULES)
        return policy_impact.foresee_impact(*self._sides(new), self._reports())

    def policy_impact(self, new: Path) -> PolicyImpact:
        """Return what a new policy does, and to how many people, with noise; charged once.

        Raises:
            BudgetExceededError: the budget does not cover it; nothing was read or charged.
            AuditWriteError: the log cannot be written; nothing was read.
        """
        role = self._acting(Verb.IMPACT)
        old, after = self._sides(new)
        return policy_impact.impact(self._house, old, after, self._reports(), role=role)

    def propose(self) -> PolicyStanding:
        """Put the policy of the workspace's folder forward for approval."""
        return approving.propose(self._house, role=self._acting(Verb.POLICY))

    def approve(self, digest: str) -> PolicyStanding:
        """Approve a proposed policy, by its digest or the beginning of it.

        Raises:
            OwnPolicyError: the user at the keyboard is among its authors.
            UnknownProposalError: nobody proposed such a policy.
        """
        return approving.approve(self._house, digest, role=self._acting(Verb.APPROVE))

    def _book(self) -> Rulebook:
        """Return the workspace's rules as files."""
        config = self._house.config
        return Rulebook(config.policies, config.segments, config.reports)

    def _sides(self, new: Path) -> tuple[Side, Side]:
        """Return the workspace's segments under the policy in force and under a new one."""
        house = self._house
        old = Side(house.policy, house.segments, house.broken)
        return old, side(Rulebook.of(new).policy, house.config.segments, house.segments)

    def _reports(self) -> dict[str, ReportRequest]:
        """Return the workspace's reports."""
        return self._book().reports
