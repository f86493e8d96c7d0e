# SPDX-License-Identifier: Apache-2.0
"""Who wrote a policy does not approve it.

Where a policy says ``approval: second_person`` nothing is read or charged under it before a
compliance officer who is not among its authors has approved exactly this text, by its digest.
The need stands from the first time that any policy which asks for it was proposed here, or was
refused a run, until one that leaves the line out is approved: nobody drops the need alone. Only
the policy that was approved *last* may run: what a second person took away does not come back by
putting old files back, but by approving them again.

An author is whoever proposed a policy, and whoever owns one of its files, when it is proposed and
again when it is approved: who owns a file may have written it. All are the system's own users
(never a name that somebody typed). What two people agree on behind the program's back, and who
sat at another's keyboard, it cannot know.
"""

from __future__ import annotations

import pwd
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.errors import RoleError, UnknownNameError
from privseg.engine.house import House
from privseg.engine.policy.log import borne_out, enter_step
from privseg.errors import PolicyError
from privseg.policy import canonical_text
from privseg.store.policies import PolicyStep, Step
from privseg.terms import StaffRole

SHORTEST = 8  # hexadecimal digits that may stand for a digest
SHOWN = 12


class PolicyNotApprovedError(PolicyError):
    """Something is to be read under a policy that no second person has approved."""

    def __init__(
        self, digest: str, *, authors: tuple[str, ...], overtaken_by: str | None = None
    ) -> None:
        others = f" other than {', '.join(authors)}" if authors else ""
        first = "" if authors else "propose it with: privseg policy propose; then "
        why = (
            f"was approved, but policy {overtaken_by[:SHOWN]} was after it"
            if overtaken_by
            else "is not approved by a second person"
        )
        super().__init__(
            f"policy {digest[:SHOWN]} {why}, so nothing is read; "
            f"{first}ask a compliance officer{others} to run: "
            f"privseg policy approve {digest[:SHOWN]}"
        )
        self.digest = digest
        self.authors = authors
        self.overtaken_by = overtaken_by


class OwnPolicyError(PolicyError):
    """An author would approve their own policy."""

    def __init__(self, digest: str, *, user: str, owns: bool) -> None:
        why = "owns files of it and may have written it" if owns else "proposed it"
        super().__init__(
            f"{user} may not approve policy {digest[:SHOWN]}: {user} {why}, and who wrote a policy "
            "does not approve it; ask another compliance officer"
        )
        self.digest = digest
        self.user = user


class UnknownProposalError(UnknownNameError):
    """Nobody proposed a policy with this digest."""

    what = "proposed policy"
    see = "privseg policy propose"


@dataclass(frozen=True, slots=True)
class PolicyStanding:
    """Whether a policy may be used: whether approval is asked for, and who gave it.

    An approval counts until another policy is approved; ``overtaken_by`` is which one was.
    """

    digest: str
    asked: bool
    authors: tuple[str, ...] = ()
    approved_by: str | None = None
    approved_at: datetime | None = None
    overtaken_by: str | None = None

    @property
    def may_run(self) -> bool:
        """Return whether something may be read under it."""
        return not self.asked or self.approved_by is not None


def standing(house: House) -> PolicyStanding:
    """Return how the policy in the workspace's folder stands."""
    return _standing(house, house.policy.digest, asks=house.policy.approval)


def require_approved(house: House, *, role: StaffRole | None = None) -> None:
    """Return if something may be read under the policy of the workspace.

    With the ``role`` of a run that is not only foreseen, the log says once that the policy asked
    for approval: from then on nobody drops the need alone.

    Raises:
        PolicyNotApprovedError: approval is asked for, and a second person has not given it.
    """
    found = standing(house)
    if found.may_run:
        return
    if role is not None:
        _note_asked(house, role)
    raise PolicyNotApprovedError(
        found.digest, authors=found.authors, overtaken_by=found.overtaken_by
    )


def propose(house: House, *, role: StaffRole) -> PolicyStanding:
    """Put the policy of the workspace forward for approval; who does so is its author.

    Its text is kept and the log says so; doing it again changes nothing. Proposing permits nothing.
    """
    digest, asks = house.policy.digest, house.policy.approval
    with house.db.transaction():
        known = {s.user for s in house.policies.steps(digest) if s.step is Step.WROTE}
        authors = {house.outside.user(), *owners(house.config.policies)} - known
        if authors:
            house.policies.remember(digest, canonical_text(house.policy), at=house.now())
            enter_step(house, "propose", digest, role, users=authors, asks=asks)
    return standing(house)


def approve(house: House, digest: str, *, role: StaffRole) -> PolicyStanding:
    """Approve a proposed policy as its second person; from then on it may be used.

    Args:
        house: The workspace.
        digest: Which text, by its digest or the beginning of it: never "whatever is there now".
        role: The role to do it in.

    Raises:
        RoleError: the role is not compliance officer.
        UnknownProposalError: nobody proposed such a policy, or several begin so.
        OwnPolicyError: the user at the keyboard is among its authors. The refusal is on the log.
    """
    if role is not StaffRole.COMPLIANCE_OFFICER:
        raise RoleError(role=role, why="does not approve policies; it is for: compliance_officer")
    user = house.outside.user()
    with house.db.transaction():
        steps = borne_out(house)
        whole = _named(digest, steps)
        wrote = [s for s in steps if s.digest == whole and s.step is Step.WROTE]
        own = user in {s.user for s in wrote}
        if own or user in owners(house.config.policies):
            denied = _denied(house, whole, role, user=user, owns=not own)
        else:
            asks = any(s.asks_approval for s in wrote)
            enter_step(house, "approve", whole, role, users=[user], asks=asks)
            return _standing(house, whole, asks=asks)
    raise denied  # outside the transaction, which keeps the entry of the refusal


def owners(folder: Path) -> frozenset[str]:
    """Return the users who own a file of the policy, by name where they have one."""
    files = [p for p in folder.rglob("*") if p.is_file()] if folder.is_dir() else [folder]
    return frozenset(_owner(path) for path in files)


def _owner(path: Path) -> str:
    """Return the user who owns a file."""
    uid = path.stat().st_uid
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _standing(house: House, digest: str, *, asks: bool) -> PolicyStanding:
    """Return how one policy stands, by the history that the log bears out."""
    steps = borne_out(house)
    approved = [s for s in steps if s.step is Step.APPROVED]
    authors = sorted({s.user for s in steps if s.digest == digest and s.step is Step.WROTE})
    found = PolicyStanding(digest, asks or _is_needed(steps), tuple(authors))
    if not any(s.digest == digest for s in approved):
        return found
    last = approved[-1]
    if last.digest != digest:
        return replace(found, overtaken_by=last.digest)
    return replace(found, approved_by=last.user, approved_at=last.at)


def _is_needed(steps: list[PolicyStep]) -> bool:
    """Return whether any policy needs approval after these steps, whatever it says itself."""
    needed = False
    for step in steps:
        is_given = step.step is Step.APPROVED
        needed = step.asks_approval if is_given else needed or step.asks_approval
    return needed


def _note_asked(house: House, role: StaffRole) -> None:
    """Put on record that the policy here asks for approval, unless that is known."""
    with house.db.transaction():
        if house.policy.approval and not _is_needed(borne_out(house)):
            users = [house.outside.user()]
            enter_step(house, "ask-approval", house.policy.digest, role, users=users, asks=True)


def _named(digest: str, steps: list[PolicyStep]) -> str:
    """Return the one proposed policy whose digest begins so.

    Raises:
        UnknownProposalError: there is none, or more than one.
    """
    proposed = sorted({s.digest for s in steps if s.step is Step.WROTE})
    found = [d for d in proposed if d.startswith(digest)]
    if len(digest) < SHORTEST or len(found) != 1:
        raise UnknownProposalError(digest, known=tuple(d[:SHOWN] for d in proposed))
    return found[0]


def _denied(house: House, digest: str, role: StaffRole, *, user: str, owns: bool) -> OwnPolicyError:
    """Put on the log that an author would approve their own policy; return the error."""
    reason = "the approver is an author"
    header: dict[str, str | list[str]] = {"verb": "approve", "policy": digest, "reason": reason}
    house.log.append(AuditEvent(Kind.POLICY, Outcome.DENIED, role, header, {"user": user}))
    return OwnPolicyError(digest, user=user, owns=owns)
