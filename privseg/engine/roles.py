# SPDX-License-Identifier: Apache-2.0
"""Which roles may do what: few, closed, and separate. Policy narrows reports and segments further.

An administrator is not an auditor, and neither of them makes reports, brings data in, writes rules
or answers requests. Who may do a thing is said here and nowhere else; which method and which
command is which verb says ``engine.verbs``. ``docs/how-to/roles.md`` shows both.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from privseg.policy.reidentification import MAY_APPROVE, MAY_ASK
from privseg.terms import StaffRole

_R = StaffRole
_WRITERS = frozenset({_R.MARKETER, _R.ANALYST, _R.ENGINEER, _R.COMPLIANCE_OFFICER})


class Verb(StrEnum):
    """A kind of work."""

    IMPORT = "import"  # bring people's data in
    EXPIRE = "expire"  # take data off the disk whose retention is over
    CONSENT = "consent"  # record, show, settle and prove what people allow
    RULES = "rules"  # look at rules, definitions and what the budget has left
    POLICY = "policy"  # put a policy forward
    APPROVE = "approve"  # approve a policy that somebody else wrote
    IMPACT = "impact"  # count, with noise, whom a new policy would reach
    EDITION = "edition"  # open the next edition of the data
    REPORT = "report"  # ask for protected numbers
    RECORDS = "records"  # records of a k lineage, for analysts
    LEARN = "learn"  # learn a model that policy allows by name
    SEGMENT = "segment"  # write or propose a segment
    APPROVE_SEGMENT = "approve-segment"  # approve a segment that somebody else changed
    RUN = "run"  # find a segment's members and keep them, sealed
    HAND_OVER = "hand-over"  # hand whom a segment finds to a recipient: personal data
    REQUEST = "request"  # answer people's requests
    HOLD = "hold"  # place and lift legal holds on people's data
    HOLDS = "holds"  # list them, without people
    AUDIT = "audit"  # read, check and hand out the log
    WHO_READ = "who-read"  # ask the log who read whose data
    REGISTER = "register"  # records of processing and of releases
    BREACH = "breach"  # list whom a breach must be told to
    RETAIN = "retain"  # destroy bodies of the log whose retention is over
    RECOVER = "recover"  # go on with a copy whose budget is not the newest
    KEYS = "keys"  # back up, restore, move and change keys
    STAFF = "staff"  # look at who may do what
    REIDENTIFY = "reidentify"  # ask for, withdraw and open a re-identification
    APPROVE_REIDENTIFY = "approve-reidentify"  # approve or refuse somebody else's
    REIDENTIFICATIONS = "reidentifications"  # list them, without people


USUAL: Mapping[Verb, StaffRole] = {
    Verb.IMPORT: _R.ENGINEER,
    Verb.EXPIRE: _R.ENGINEER,
    Verb.CONSENT: _R.COMPLIANCE_OFFICER,
    Verb.RULES: _R.ENGINEER,
    Verb.POLICY: _R.ENGINEER,
    Verb.APPROVE: _R.COMPLIANCE_OFFICER,
    Verb.IMPACT: _R.ENGINEER,
    Verb.EDITION: _R.ANALYST,
    Verb.REPORT: _R.MARKETER,
    Verb.RECORDS: _R.ANALYST,
    Verb.LEARN: _R.ANALYST,
    Verb.SEGMENT: _R.MARKETER,
    Verb.APPROVE_SEGMENT: _R.COMPLIANCE_OFFICER,
    Verb.RUN: _R.MARKETER,
    Verb.HAND_OVER: _R.MARKETER,
    Verb.REQUEST: _R.COMPLIANCE_OFFICER,
    Verb.HOLD: _R.COUNSEL,
    Verb.HOLDS: _R.COUNSEL,
    Verb.AUDIT: _R.AUDITOR,
    Verb.WHO_READ: _R.AUDITOR,
    Verb.REGISTER: _R.COMPLIANCE_OFFICER,
    Verb.BREACH: _R.COMPLIANCE_OFFICER,
    Verb.RETAIN: _R.COMPLIANCE_OFFICER,
    Verb.RECOVER: _R.COMPLIANCE_OFFICER,
    Verb.KEYS: _R.ADMIN,
    Verb.STAFF: _R.ADMIN,
    Verb.REIDENTIFY: _R.COMPLIANCE_OFFICER,
    Verb.APPROVE_REIDENTIFY: _R.COMPLIANCE_OFFICER,
    Verb.REIDENTIFICATIONS: _R.COMPLIANCE_OFFICER,
}
"""The role that does it when none is named and the user holds this one."""

ALLOWED: Mapping[Verb, frozenset[StaffRole]] = {
    Verb.IMPORT: frozenset({_R.ENGINEER}),
    Verb.EXPIRE: frozenset({_R.ENGINEER, _R.ADMIN}),
    Verb.CONSENT: frozenset({_R.COMPLIANCE_OFFICER}),
    Verb.RULES: frozenset(StaffRole),  # they name nobody and hold no number about people
    Verb.POLICY: frozenset({_R.ENGINEER, _R.COMPLIANCE_OFFICER}),
    Verb.APPROVE: frozenset({_R.COMPLIANCE_OFFICER}),
    Verb.IMPACT: frozenset({_R.ENGINEER, _R.ANALYST, _R.COMPLIANCE_OFFICER}),
    Verb.EDITION: frozenset({_R.MARKETER, _R.ANALYST, _R.ENGINEER}),
    Verb.REPORT: frozenset({_R.MARKETER, _R.ANALYST}),
    Verb.RECORDS: frozenset({_R.ANALYST}),
    Verb.LEARN: frozenset({_R.MARKETER, _R.ANALYST}),
    Verb.SEGMENT: _WRITERS,  # policy says which of them may change a segment
    Verb.APPROVE_SEGMENT: _WRITERS,  # likewise
    Verb.RUN: frozenset({_R.MARKETER, _R.ANALYST, _R.ENGINEER}),  # an engineer: on a schedule
    Verb.HAND_OVER: frozenset({_R.MARKETER, _R.ANALYST}),  # policy says to whom, for what
    Verb.REQUEST: frozenset({_R.COMPLIANCE_OFFICER}),
    Verb.HOLD: frozenset({_R.COUNSEL}),
    Verb.HOLDS: frozenset({_R.COUNSEL, _R.COMPLIANCE_OFFICER, _R.AUDITOR}),
    Verb.AUDIT: frozenset({_R.AUDITOR, _R.COMPLIANCE_OFFICER}),
    Verb.WHO_READ: frozenset({_R.AUDITOR, _R.COMPLIANCE_OFFICER}),
    Verb.REGISTER: frozenset({_R.COMPLIANCE_OFFICER, _R.AUDITOR}),
    Verb.BREACH: frozenset({_R.COMPLIANCE_OFFICER}),
    Verb.RETAIN: frozenset({_R.COMPLIANCE_OFFICER, _R.ADMIN}),
    Verb.RECOVER: frozenset({_R.COMPLIANCE_OFFICER}),
    Verb.KEYS: frozenset({_R.ADMIN}),
    Verb.STAFF: frozenset({_R.ADMIN, _R.AUDITOR}),
    Verb.REIDENTIFY: MAY_ASK,  # policy says for which purpose, and which of them
    Verb.APPROVE_REIDENTIFY: MAY_APPROVE,  # likewise
    Verb.REIDENTIFICATIONS: MAY_ASK | MAY_APPROVE | {_R.AUDITOR},
}
"""Every role that may do it."""


def role_for(verb: Verb, held: frozenset[StaffRole]) -> StaffRole | None:
    """Return the role to do ``verb`` in when none was named: the usual one, else one that may.

    >>> role_for(Verb.AUDIT, frozenset({StaffRole.COMPLIANCE_OFFICER, StaffRole.ADMIN})).value
    'compliance_officer'
    >>> role_for(Verb.AUDIT, frozenset({StaffRole.ADMIN})) is None
    True
    """
    if USUAL[verb] in held:
        return USUAL[verb]
    return next((role for role in StaffRole if role in ALLOWED[verb] & held), None)
