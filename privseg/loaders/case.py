# SPDX-License-Identifier: Apache-2.0
"""A case: a question, what is given, and the answer that is right. What is not said is left out.

What the defaults are (the notice in force, the category asked about) follows from the policy that
judges the case; so they are filled in where it is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from privseg.consent.decision import ConsentStatus, ReasonCode
from privseg.consent.event import Act, Authority, Method
from privseg.terms import Attribute, Category, Jurisdiction, Place, Purpose, StaffRole

PERSON = ""
"""The name of the profile that a case asks about."""


@dataclass(frozen=True, slots=True)
class MayRead:
    """May ``segmenter``, run by ``role``, read ``attribute`` (of the person given, if any)?"""

    segmenter: str
    attribute: Attribute
    role: StaffRole | None
    at: datetime
    known_at: datetime | None
    place: Place


@dataclass(frozen=True, slots=True)
class MayUse:
    """May ``category`` of the person be used for ``purpose``?"""

    purpose: Purpose
    category: Category
    at: datetime
    known_at: datetime | None
    place: Place


@dataclass(frozen=True, slots=True)
class GivenAct:
    """One act; None is what the case leaves to its defaults. ``every_purpose`` names none."""

    act: Act
    when: datetime
    recorded: datetime
    place: Place
    purpose: Purpose | None = None
    every_purpose: bool = False
    categories: frozenset[Category] | None = None
    explicit: bool = False
    notice: str | None = None  # "none": none was shown
    language: str | None = None
    text: str | None = None
    method: Method = Method.FORM
    authority: Authority = Authority.SUBJECT
    expires: datetime | None = None
    until: str | None = None
    uses: int | None = None
    idle_days: int | None = None
    value: str | None = None
    name: str | None = None
    of: str | None = None
    linked: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one profile; what is attested of it was attested long before."""

    jurisdiction: Jurisdiction | None
    born: date | None
    acts: tuple[GivenAct, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Expected:
    """The answer that is right, and as much of its account as the case is about."""

    allowed: bool
    place: Place
    status: ConsentStatus | None = None
    reason: ReasonCode | None = None
    reasons: frozenset[ReasonCode] | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One example. ``given`` is None where the policy alone is asked; ``PERSON`` is in it else."""

    name: str
    because: str
    ask: MayRead | MayUse
    expected: Expected
    place: Place
    given: Mapping[str, Profile] | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one file, and the policy file beside it that judges them, if it names one."""

    file: str
    cases: tuple[Case, ...]
    policy: str | None = None
    policy_place: Place | None = field(default=None, compare=False)
