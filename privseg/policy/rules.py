# SPDX-License-Identifier: Apache-2.0
"""Purposes, segmenters and budgets: what the policy's author allows, with file:line:column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from privseg.policy.catalogue import Catalogue
from privseg.policy.k_rules import ExactTables, KRules, Microdata
from privseg.policy.law import Law
from privseg.policy.learning import Learning
from privseg.policy.recipients import Recipient
from privseg.policy.register import RegisterFacts
from privseg.policy.reidentification import Reidentification
from privseg.terms import (
    Attribute,
    Category,
    Controller,
    Jurisdiction,
    LawfulBasis,
    Place,
    Purpose,
    StaffRole,
)


class PurposeKind(StrEnum):
    """What a purpose is, as far as consent depends on it."""

    MARKETING = "marketing"  # direct marketing: an objection is absolute (GDPR Art. 21(3))
    ADVERTISING = "advertising"  # sale, sharing or targeted advertising: opt-out signals bind
    ANALYTICS = "analytics"
    SERVICE = "service"
    STORAGE = "storage"  # goes on under restriction (GDPR Art. 18(2))
    LEGAL_CLAIMS = "legal_claims"  # goes on under restriction and hold


@dataclass(frozen=True, slots=True)
class Notice:
    """What people were told when they were asked: an id, a version and the text's SHA-256 (hex).

    ``replaces`` lists earlier versions whose grants still stand for this purpose because nothing
    material changed for it; a grant under any other version is stale.
    """

    notice_id: str
    version: str
    sha256: str
    purposes: frozenset[Purpose]
    replaces: frozenset[str] = frozenset()
    place: Place | None = None
    texts: Mapping[str, str] = field(default_factory=dict)  # by language (BCP 47): SHA-256 (hex)
    says: frozenset[str] = frozenset()  # which contents it has, as law packs name them (GDPR 13)


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """A purpose, the basis it rests on in each jurisdiction and the data it may touch.

    A jurisdiction that ``basis`` does not name has no rule, so the answer there is no.
    """

    purpose: Purpose
    title: str
    kind: PurposeKind
    basis: Mapping[Jurisdiction, LawfulBasis]
    categories: frozenset[Category]
    notice: str | None
    place: Place
    significant: bool = False  # has legal or similarly significant effects (GDPR Art. 22)
    consent_lasts_days: int | None = None
    consent_idle_days: int | None = None  # a consent ends after so long without activity
    ask_again_days: int | None = None  # how long a no is left in peace
    recipients: tuple[str, ...] = ()  # who gets the data, by their names in the policy
    dpia: str | None = None  # the impact assessment (GDPR Art. 35), where one is needed
    human_review: str | None = None  # how somebody asks a human (GDPR Art. 22(3)); significant only
    retention_days: int | None = None  # data are not read for it when older than this
    reidentification: Reidentification | None = None  # whether pseudonyms may be led back, and how


@dataclass(frozen=True, slots=True)
class Clamp:
    """How much one person may add to a number; policy states it, data never do.

    ``attribute`` is an event's property, an event (whose number is bounded), a person's number or
    the result of a score. ``per_person`` bounds a total, and the mean over people of what is
    added up (minor units or scaled integers, per person and group: U). ``per_event`` (low, high)
    and ``events_per_person`` bound an average over events. ``range`` (low, high) bounds a person's
    number or a score's result. ``edges`` are rising amounts, between which quantiles are told.
    """

    attribute: Attribute
    per_person: int | None = None
    per_event: tuple[int, int] | None = None
    events_per_person: int | None = None
    range: tuple[int, int] | None = None
    edges: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """Which releases a segmenter may make, and at what precision (defaults: DESIGN).

    ``groups_per_person`` (m) and the clamps (U) have no default: without them a report is refused.
    Nor has ``periods_per_person`` (C): without it a trend is.
    """

    place: Place
    min_people: int = 20
    rho: Fraction = Fraction(1, 80)  # zCDP of one report
    selection_delta: Fraction = Fraction(1, 10_000_000)  # of one table of cells
    groups_per_person: int | None = None
    clamps: Mapping[Attribute, Clamp] = field(default_factory=dict)
    periods_per_person: int | None = None  # weeks or months of a trend that one person counts in


@dataclass(frozen=True, slots=True)
class Segmenter:
    """Somebody's right to segment: for one purpose, over named attributes, by named roles."""

    name: str
    purpose: Purpose
    reads: Mapping[Attribute, Place]
    run_by: frozenset[StaffRole]
    place: Place
    releases: ReleaseRules | None = None
    exact: KRules | None = None  # of a k lineage, which has no other releases


@dataclass(frozen=True, slots=True)
class BudgetQuotas:
    """How much of the one budget a purpose (with those below it) or a role may spend at most.

    Shares in (0, 1] of what a year may cost. They only subdivide the line and need not add up:
    who is not named is held by the line alone, and by every quota that counts them.
    """

    purposes: Mapping[Purpose, Fraction] = field(default_factory=dict)
    roles: Mapping[StaffRole, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BudgetRules:
    """What the people of the workspace may lose in a year, over all reports and purposes."""

    rho_per_year: Fraction = Fraction(1)
    selection_delta_per_year: Fraction = Fraction(1, 100_000)
    conversion_delta: Fraction = Fraction(1, 1_000_000)
    quotas: BudgetQuotas = field(default_factory=BudgetQuotas)


@dataclass(frozen=True, slots=True)
class SegmentRules:
    """Who may change a segment, and whether a second person must approve what is changed."""

    changed_by: frozenset[StaffRole] | None = None  # None: any role
    approval: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """One controller's whole policy. ``digest`` is the SHA-256 (hex) of its canonical form."""

    controller: Controller
    catalogue: Catalogue
    purposes: Mapping[Purpose, PurposeRule]
    notices: Mapping[str, Notice]
    segmenters: Mapping[str, Segmenter]
    budget: BudgetRules
    digest: str
    directed_to_children: bool = False
    opt_out_notice_since: datetime | None = None  # when the right to opt out was posted
    data_collected_since: datetime | None = None  # nothing in the catalogue is older than this
    laws: Mapping[Jurisdiction, Law] = field(default_factory=dict)
    contact: str | None = None  # where people reach the controller; words, told on receipts
    withdraw_at: str | None = None  # where consent is taken back (GDPR Art. 7(3)), likewise
    approval: bool = False  # nothing is read under a policy that a second person has not approved
    segment_rules: SegmentRules = field(default_factory=SegmentRules)
    exact_tables: Mapping[str, ExactTables] = field(default_factory=dict)
    microdata: Mapping[str, Microdata] = field(default_factory=dict)
    learning: Mapping[str, Learning] = field(default_factory=dict)
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    register: RegisterFacts | None = None  # words for the registers
