# SPDX-License-Identifier: Apache-2.0
"""What the log says of a policy's way into force: proposed, asked for, approved, in force.

The tables beside the log say the same faster. Where they differ, the log is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from privseg.audit import (
    AuditEvent,
    Kind,
    Outcome,
    StoredEntry,
    moment_to_text,
    open_body,
    parse_entry,
    text_to_moment,
)
from privseg.engine.house import House
from privseg.store.policies import PolicyStep, Step
from privseg.terms import StaffRole

STEPS: Mapping[str, Step] = {
    "propose": Step.WROTE,
    "ask-approval": Step.ASKED,
    "approve": Step.APPROVED,
}
IN_FORCE = frozenset({"first-use", "in-force-again"})


@dataclass(frozen=True, slots=True)
class Said:
    """What one entry says. ``is_whole`` is false when its body is gone: then the worst holds."""

    index: int
    verb: str
    digest: str
    users: tuple[str, ...]
    asks: bool
    at: datetime | None
    is_whole: bool

    def steps(self) -> list[PolicyStep]:
        """Return the rows that belong to it; none when it is no step, or its body is gone."""
        kind, at = STEPS.get(self.verb), self.at
        if kind is None or at is None:
            return []
        return [PolicyStep(self.digest, kind, u, at, self.asks, self.index) for u in self.users]


def said_in(entries: Iterable[StoredEntry]) -> list[Said]:
    """Return what the entries of a log say of policies' ways into force, in order."""
    return [said for stored in entries if (said := _said(stored)) is not None]


def enter_step(
    house: House, verb: str, digest: str, role: StaffRole, *, users: Iterable[str], asks: bool
) -> list[PolicyStep]:
    """Write the log's entry of a step and the rows of it, in the open transaction.

    Who took it is in the body, as is whether the policy ``asks`` for a second person.
    """
    now = house.now()
    header: dict[str, str | list[str]] = {"verb": verb, "policy": digest}
    body = {"users": sorted(users), "asks": asks, "at": moment_to_text(now)}
    index = house.log.append(AuditEvent(Kind.POLICY, Outcome.OK, role, header, body))
    steps = [PolicyStep(digest, STEPS[verb], u, now, asks, index) for u in sorted(users)]
    house.policies.add_steps(steps)
    return steps


def borne_out(house: House) -> list[PolicyStep]:
    """Return the history of every policy, oldest first, as far as the log bears it out.

    Law: what the log does not bear out permits nothing. An approval then counts for nothing; a
    proposal still has its author, and counts as one that asks for a second person.
    """
    found: list[PolicyStep] = []
    for step in house.policies.steps():
        stored = house.log.entries(step.audit_index, step.audit_index + 1)
        is_on_log = any(step in said.steps() for said in said_in(stored))
        if is_on_log:
            found.append(step)
        elif step.step is not Step.APPROVED:
            found.append(_at_worst(step))
    return found


def _at_worst(step: PolicyStep) -> PolicyStep:
    """Return a step that the log does not bear out as the strictest that it may have been."""
    return PolicyStep(step.digest, step.step, step.user, step.at, True, step.audit_index)


def _said(stored: StoredEntry) -> Said | None:
    """Return what one entry says of a policy's way into force; None when it is about another."""
    entry = parse_entry(stored.entry_bytes)
    verb, digest = entry.header.get("verb"), entry.header.get("policy")
    if entry.kind is not Kind.POLICY or entry.outcome is not Outcome.OK:
        return None
    if verb not in {*STEPS, *IN_FORCE} or not isinstance(digest, str):
        return None
    body = open_body(entry, stored.salt, stored.body) if stored.salt and stored.body else {}
    at = text_to_moment(str(body.get("at")))
    return Said(
        index=entry.sequence,
        verb=str(verb),
        digest=digest,
        users=tuple(map(str, body.get("users", ()))),
        asks=body.get("asks") is not False,
        at=at,
        is_whole=at is not None,
    )
