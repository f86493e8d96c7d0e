# SPDX-License-Identifier: Apache-2.0
"""Which policy is in force, and which one was: old questions are judged by the old rules."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from privseg.audit import AuditEvent, Kind, Outcome, moment_to_text
from privseg.engine.house import House
from privseg.engine.policy.approving import standing
from privseg.policy import Policy, canonical_text
from privseg.policy.remembered import remembered
from privseg.store.policies import PolicyDigestError
from privseg.terms import StaffRole


def adopt(house: House, role: StaffRole) -> None:
    """Keep the policy that something is done under: its text, and that it is in force from now on.

    Once for each change, with an entry in the log; so that what is done today can be judged later.
    A policy that still waits for its approval is not in force.
    """
    if not standing(house).may_run:
        return
    digest = house.policy.digest
    with house.db.transaction():
        now = house.now()
        house.policies.remember(digest, canonical_text(house.policy), at=now)
        first = not house.in_force.ever(digest)
        if house.in_force.adopt(digest, at=now):
            verb = "first-use" if first else "in-force-again"
            header: dict[str, str | list[str]] = {"verb": verb, "policy": digest}
            body = {"at": moment_to_text(now)}
            house.log.append(AuditEvent(Kind.POLICY, Outcome.OK, role, header, body))


def policy_at(house: House, moment: datetime) -> Policy:
    """Return the policy that was in force at ``moment``; before the first, today's.

    Raises:
        PolicyDigestError, NotAPolicyTextError: the record of it is damaged.
    """
    digest = house.in_force.at(moment)
    return house.policy if digest is None else by_digest(house, digest)


def by_digest(house: House, digest: str) -> Policy:
    """Return a policy that was in force once, by its digest.

    Raises:
        PolicyDigestError, NotAPolicyTextError: the record of it is damaged.
    """
    if digest == house.policy.digest:
        return house.policy
    text = house.policies.text(digest)
    if sha256(text).hexdigest() != digest:
        raise PolicyDigestError(digest, "the text kept under it is another")
    return remembered(text)
