# SPDX-License-Identifier: Apache-2.0
"""Re-identification by two people: asked by one, decided by another, for a purpose that allows it.

GDPR Art. 4(5) keeps apart what would lead a pseudonym back to a person. So nobody here does that
alone: whoever asks does not approve, and whoever approves does not open, by the operating system's
user and in whatever role. Every step, and every refusal of one, is on the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from privseg.engine.house import House
from privseg.engine.policy.approving import PolicyNotApprovedError, require_approved
from privseg.engine.reidentify.errors import (
    NoReidentificationError,
    OwnReidentificationError,
    ReidentificationClosedError,
)
from privseg.engine.reidentify.life import (
    NEEDS,
    Asked,
    Reidentification,
    State,
    Step,
    Taken,
    closes,
)
from privseg.engine.reidentify.listing import parse_pseudonyms, parse_reason
from privseg.engine.reidentify.record import ASK, Record
from privseg.engine.scope import UnknownPurposeError
from privseg.errors import PolicyError
from privseg.policy import Policy
from privseg.policy.reidentification import Reidentification as Rule
from privseg.pseudonym import Domain
from privseg.terms import Purpose, StaffRole

LIST = "reidentify-list"


@dataclass(frozen=True, slots=True)
class ReidentificationView:
    """How a request stands. It names staff, and nobody whom it is about."""

    number: int
    state: State
    purpose: str
    identifiers: tuple[str, ...]
    people: int  # pseudonyms that were given, known or not
    reason_code: str
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    until: datetime
    opened: int
    opens: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be asked: for which purpose, of which pseudonyms, and why.

    ``domain`` is where the pseudonyms come from; ``identifiers`` None stands for every kind that
    the policy lets be named.
    """

    purpose: Purpose
    domain: Domain
    pseudonyms: Iterable[str]
    reason_code: str
    identifiers: frozenset[str] | None = None


def ask(house: House, question: Question, *, role: StaffRole) -> ReidentificationView:
    """Ask who is behind pseudonyms. Nothing is looked up yet, so it tells nothing of anybody.

    Raises:
        PseudonymListError, ReasonCodeError, UnknownPurposeError: the question is not usable.
        PolicyNotApprovedError, NoReidentificationError: the policy does not allow it; on the log.
    """
    people, reason = parse_pseudonyms(question.pseudonyms), parse_reason(question.reason_code)
    if question.purpose not in house.policy.purposes:
        raise UnknownPurposeError(question.purpose, known=tuple(sorted(house.policy.purposes)))
    record, rule = Record(house), house.policy.purposes[question.purpose].reidentification
    kinds = question.identifiers or (rule.identifiers if rule else frozenset())
    with house.db.transaction():
        now = house.now()
        sweep(record, now)
        asked = Asked(
            question.purpose, question.domain, kinds, reason, house.outside.user(), role, now,
            len(people),
        )  # fmt: skip
        refused = not_allowed(house, asked, role)
        if refused is None:
            return view(record.ask(asked, people), now)
        record.deny(ASK, role, why(refused))
    raise refused


def approve(house: House, number: int, *, role: StaffRole) -> ReidentificationView:
    """Approve what another person asked; from now on they may open it, for as long as policy says.

    Raises:
        The errors of ``decide``.
    """
    return decide(house, number, Step.APPROVED, role=role)


def decide(house: House, number: int, step: Step, *, role: StaffRole) -> ReidentificationView:
    """Approve, refuse or withdraw a request. Two who do so at once do it one after the other.

    Raises:
        UnknownReidentificationError: there is none.
        ReidentificationTamperedError: it is not what the log says.
        OwnReidentificationError, ReidentificationClosedError, NoReidentificationError: this person
            may not do this to it now; the refusal is on the log.
    """
    record = Record(house)
    with house.db.transaction():
        now, request = house.now(), record.borne_out(number)
        refused = _may_decide(house, request, step, role, now)
        if refused is None:
            done = record.decide(request, _taken(house, request, step, role, now))
            sweep(record, now)
            return view(done, now)
        record.deny(f"reidentify-{_WORDS[step]}", role, why(refused), number=number)
    raise refused


_WORDS = {Step.APPROVED: "approve", Step.REFUSED: "refuse", Step.WITHDRAWN: "withdraw"}


def listed(house: House, *, role: StaffRole) -> tuple[ReidentificationView, ...]:
    """Return every request, newest first; looking is itself on the log."""
    record = Record(house)
    with house.db.transaction():
        now = house.now()
        sweep(record, now)
        record.look(LIST, role)
        found = [view(record.request(n), now) for n in record.numbers()]
    return tuple(reversed(found))


def sweep(record: Record, at: datetime) -> int:
    """Delete the lists of requests that can come to no name any more; return how many."""
    over = [n for n in record.with_people() if closes(record.request(n), at)]
    return sum(record.forget_people(n) for n in over)


def not_allowed(house: House, asked: Asked, role: StaffRole) -> PolicyError | None:
    """Return why the policy in force does not allow what was asked, in the asker's role."""
    try:
        require_approved(house, role=role)
    except PolicyNotApprovedError as error:
        return error
    if (said := _excess(house.policy, asked)) is None:
        return None
    return NoReidentificationError(asked.purpose, said)


def why(refused: PolicyError) -> str:
    """Return the reason of a refusal as the log's header may say it: a word of ours."""
    return {
        NoReidentificationError: "the policy does not allow it",
        OwnReidentificationError: "it needs another person",
        ReidentificationClosedError: "it is closed",
    }.get(type(refused), "approval")


def view(request: Reidentification, at: datetime) -> ReidentificationView:
    """Return how a request stands at a moment."""
    asked, approval = request.asked, request.approval
    return ReidentificationView(
        number=request.number,
        state=request.state(at),
        purpose=asked.purpose,
        identifiers=tuple(sorted(asked.identifiers)),
        people=asked.people,
        reason_code=asked.reason_code,
        asked_by=asked.user,
        asked_at=asked.at,
        approved_by=approval.user if approval else None,
        until=request.until,
        opened=request.opened,
        opens=approval.opens if approval else 0,
    )


def closed(request: Reidentification, step: Step, at: datetime) -> PolicyError | None:
    """Return why a step cannot be taken from where a request stands; None where it can."""
    state = request.state(at)
    if state in NEEDS[step]:
        return None
    return ReidentificationClosedError(request.number, state=state, until=request.until)


def rule_of(policy: Policy, purpose: Purpose) -> Rule | None:
    """Return what a policy says of naming people for a purpose; nothing is a no."""
    rule = policy.purposes.get(purpose)
    return None if rule is None else rule.reidentification


def _excess(policy: Policy, asked: Asked) -> str | None:
    """Return in what something goes beyond the policy; None where it does not."""
    rule = rule_of(policy, asked.purpose)
    if rule is None:
        return "the purpose does not allow it"
    if asked.role not in rule.asked_by:
        return f"role {asked.role} may not ask; it is for: {', '.join(sorted(rule.asked_by))}"
    if asked.people > rule.people:
        return f"one request names up to {rule.people} people, not {asked.people}"
    if more := sorted(asked.identifiers - rule.identifiers):
        return f"{', '.join(kind[:40] for kind in more)} may not be named"
    return None


def _may_decide(
    house: House, request: Reidentification, step: Step, role: StaffRole, at: datetime
) -> PolicyError | None:
    """Return why the user at the keyboard may not take a step; None where they may."""
    if (refused := closed(request, step, at)) is not None:
        return refused
    user, approval = house.outside.user(), request.approval
    if step is Step.WITHDRAWN:
        may = {request.asked.user} | ({approval.user} if approval else set())
        said = "only who asked, or who approved it, takes it back"
        return None if user in may else _own(request, user, said)
    if user == request.asked.user:
        return _own(request, user, "who asked does not decide; ask another person")
    rule = rule_of(house.policy, request.asked.purpose)
    if rule is None or role not in rule.approved_by:
        may_approve = ", ".join(sorted(rule.approved_by)) if rule else "nobody"
        said = f"role {role} may not decide; it is for: {may_approve}"
        return NoReidentificationError(request.asked.purpose, said)
    return not_allowed(house, request.asked, role) if step is Step.APPROVED else None


def _own(request: Reidentification, user: str, said: str) -> OwnReidentificationError:
    return OwnReidentificationError(request.number, user=user, why=said)


def _taken(
    house: House, request: Reidentification, step: Step, role: StaffRole, at: datetime
) -> Taken:
    """Return the step as it is taken now; an approval has its time box and number of openings."""
    taken = Taken(step, house.outside.user(), role, at, 0)
    rule = rule_of(house.policy, request.asked.purpose)
    if step is not Step.APPROVED or rule is None:
        return taken
    until = at + timedelta(hours=rule.within_hours)
    return Taken(step, taken.user, role, at, 0, until=until, opens=rule.opens)
