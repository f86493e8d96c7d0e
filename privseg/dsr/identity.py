# SPDX-License-Identifier: Apache-2.0
"""How sure we are that a request comes from the person: levels, and which satisfies which.

11 CCR §§ 7060-7063 name the degrees; GDPR Art. 12(6) asks for more only in reasonable doubt.
"""

from __future__ import annotations

from enum import StrEnum


class IdentityLevel(StrEnum):
    """How somebody was identified."""

    ACCOUNT = "account"  # signed in to an account of theirs (11 CCR § 7061)
    TWO_POINTS = "two_points"  # two data points match: a reasonable degree (§ 7062(b))
    THREE_POINTS = "three_points"  # three, and a signed declaration: reasonably high (§ 7062(c))
    AGENT = "agent"  # an agent with signed permission, the person identified (§ 7063)
    GUARDIAN = "guardian"  # a parent or guardian, for a child (§ 7070; GDPR Art. 8)


class IdentityNeed(StrEnum):
    """What a law asks before a request is carried out."""

    NONE = "none"  # opt-outs, objections, limits: nobody has to prove anything
    REASONABLE = "reasonable"
    HIGH = "high"


_ENOUGH = {
    IdentityNeed.NONE: frozenset(IdentityLevel),
    IdentityNeed.REASONABLE: frozenset(IdentityLevel),
    IdentityNeed.HIGH: frozenset(IdentityLevel) - {IdentityLevel.TWO_POINTS},
}


def satisfies(level: IdentityLevel | None, need: IdentityNeed) -> bool:
    """Return whether a person so identified may have what needs so much; None is not identified.

    >>> satisfies(None, IdentityNeed.REASONABLE), satisfies(None, IdentityNeed.NONE)
    (False, True)
    >>> satisfies(IdentityLevel.TWO_POINTS, IdentityNeed.HIGH)
    False
    """
    if level is None:
        return need is IdentityNeed.NONE
    return level in _ENOUGH[need]
