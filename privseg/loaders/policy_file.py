# SPDX-License-Identifier: Apache-2.0
"""The keys of a policy file (``privseg: policy/1``). What they mean together: ``loaders.policy``.

The JSON Schema that editors use is printed from these models, descriptions included.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Literal

from pydantic import Field

from privseg.loaders.document import Document, Verbatim
from privseg.loaders.policy_k_file import ExactTablesEntry, MicrodataEntry
from privseg.loaders.policy_learning_file import LearningEntry
from privseg.loaders.policy_recipients_file import RecipientEntry, RegisterEntry
from privseg.loaders.policy_score_file import ScoreEntry
from privseg.policy.catalogue import ColumnRole, ColumnType, Family, SourceKind
from privseg.policy.law import Content
from privseg.policy.natures import Nature
from privseg.policy.rules import PurposeKind
from privseg.terms import LawfulBasis, StaffRole


class NoticeEntry(Document):
    """What people were told when they were asked."""

    version: str = Field(description="Quote it: it is text.")
    text: str | None = Field(None, description="File with the text, beside the policy file.")
    texts: Mapping[str, str] = Field(
        {}, description="Files with the same text in several languages: {en: FILE, pt-BR: FILE}."
    )
    sha256: str | None = Field(None, description="SHA-256 of the text, in hex: pins it.")
    purposes: tuple[str, ...] = Field(description="The purposes that the text names.")
    replaces: tuple[str, ...] = Field(
        (), description="Earlier versions whose grants still stand: nothing material changed."
    )
    says: tuple[Content, ...] = Field(
        (), description="What the text tells people, of what laws ask a notice to say (GDPR 13)."
    )


class ColumnEntry(Document):
    """One column of a source."""

    attribute: str | None = Field(None, description="Its name in segments; default: the header.")
    type: ColumnType | None = Field(None, description="Needed unless it is a direct identifier.")
    role: ColumnRole | None = Field(None, description="Default: ordinary, or sensitive if special.")
    category: str | None = Field(None, description="The kind of data that people consent to.")
    special: bool = Field(False, description="A special category of GDPR Art. 9.")
    nature: Nature | None = Field(None, description="What laws call such data, such as health.")
    retention: str | None = Field(None, description="Kept shorter than its source's rows: 30d.")
    values: tuple[str, ...] = Field((), description="All values it may have: category and set.")
    currency: str | None = Field(None, description="ISO 4217 code: money.")
    decimals: int | None = Field(None, description="Digits after the point: decimal.")
    separator: Literal[";", ",", "|"] | None = Field(
        None, description="Set: what stands between several values in a cell; default: |."
    )
    of: str | None = Field(None, description="The source of accounts that people belong to.")
    identifier: str | None = Field(
        None, description="Kind of a direct identifier: email, phone, name, customer_number."
    )


class CampaignEntry(Document):
    """Which columns of an events source tell of campaigns; a report's numbers need their own."""

    name: str = Field(description="The category that names the campaign.")
    arm: str | None = Field(None, description="The category that says who was treated.")
    treated: str | None = Field(None, description="The arm's value of whom it was sent to.")
    control: str | None = Field(None, description="The arm's value of whom chance left out.")
    cost: str | None = Field(None, description="What reaching this person cost: money.")
    outcome: str | None = Field(None, description="Whether it worked with this person: boolean.")
    revenue: str | None = Field(None, description="What this person then spent: money.")


class KeepEntry(Document):
    """What of a source stays when a person is erased, because another law orders it."""

    ground: str | tuple[str, ...] = Field(
        description="Why, as law packs call it; of several the first that the person's law knows."
    )
    for_: str = Field(alias="for", description="How long after each row: 10y, 3650d.")


class SourceEntry(Document):
    """One kind of file or table that data come from."""

    holds: SourceKind = Field(
        description="people: a row per person; events: a row per event; accounts: a row per "
        "company that people belong to; list: who is on it."
    )
    person: str | None = Field(
        None, description="The column that says whom a row is about; all but accounts need it."
    )
    account: str | None = Field(
        None, description="Accounts: the column that says which account a row is about."
    )
    family: Family = Field(
        Family.DP,
        description="Which guarantee all that is released of it has: dp (noise and a budget) or k "
        "(exact numbers about at least k people).",
    )
    columns: Mapping[str, ColumnEntry] = Field(description="By the header in the file.")
    leaves_out: tuple[str, ...] = Field(
        (), description="Columns that files may have and nobody reads, by their headers."
    )
    time_zone: str = Field("UTC", description="IANA name; of times without an offset.")
    retention: str | None = Field(None, description="How long rows are kept: 1095d.")
    event: str | None = Field(None, description="Events: what happened, as segments call it.")
    event_id: str | None = Field(None, description="Events: the column that names a row.")
    time: str | None = Field(None, description="Events: the column that says when.")
    category: str | None = Field(
        None, description="Events and lists: kind of data of the bare fact."
    )
    special: bool = Field(
        False, description="Events and lists: the bare fact is a special category."
    )
    nature: Nature | None = Field(
        None, description="Events and lists: what laws call the bare fact."
    )
    campaign: CampaignEntry | None = Field(
        None, description="Events: the columns that tell of campaigns, for reports about them."
    )
    keep: KeepEntry | None = Field(
        None, description="People and events: what stays of an erased person, sealed, and why."
    )


class DerivedEntry(Document):
    """An attribute made from others: whoever reads it needs the right to each of them."""

    from_: tuple[str, ...] = Field(alias="from", description="Attributes, events or properties.")
    category: str = Field(description="The kind of data that people consent to.")
    special: bool = Field(False, description="It tells something of GDPR Art. 9.")
    nature: Nature | None = Field(None, description="What laws call such data, such as health.")


class SegmentsEntry(Document):
    """Who may change segments."""

    changed_by: tuple[StaffRole, ...] | None = Field(None, description="Absent: any role.")
    approval: bool = Field(
        False, description="A changed segment is run only once a second person approved it."
    )


class ReidentificationEntry(Document):
    """Whether, by whom and within what bounds pseudonyms may be led back to people."""

    asked_by: tuple[StaffRole, ...] = Field(description="analyst, engineer, compliance_officer.")
    approved_by: tuple[StaffRole, ...] = Field(
        description="Likewise; always another person than the one who asks."
    )
    within: str = Field(description="How long an approval counts: 8h, 2d; at most 31d.")
    people: int = Field(description="People that one request may name at most.")
    identifiers: tuple[str, ...] = Field(
        description="The kinds of identifier that may be named: email, customer_number."
    )
    opens: int = Field(1, description="How often an approved request may be opened.")


class PurposeEntry(Document):
    """A reason for processing."""

    title: str = Field(description="What people read.")
    kind: PurposeKind
    basis: Mapping[LawfulBasis, tuple[str, ...]] = Field(
        description="The countries or regions where it rests on each basis; elsewhere: no."
    )
    categories: tuple[str, ...] = Field(description="The kinds of data it may touch.")
    notice: str | None = Field(None, description="The notice that people were shown.")
    consent_lasts: str | None = Field(None, description="Default expiry of a consent: 730d.")
    consent_idle: str | None = Field(None, description="A consent ends unused after: 365d.")
    ask_again: str | None = Field(None, description="How long a no is left in peace: 365d.")
    recipients: tuple[str, ...] = Field(
        (), description="Who gets the data (GDPR Art. 13, 30), by their names in recipients."
    )
    retention: str | None = Field(None, description="Older data are not read for it: 365d.")
    significant: bool = Field(False, description="Legal or similar effects (GDPR Art. 22).")
    human_review: str | None = Field(
        None, description="Significant: how somebody asks for a human (GDPR Art. 22(3))."
    )
    dpia: str | None = Field(None, description="Where the impact assessment is (GDPR Art. 35).")
    reidentification: ReidentificationEntry | None = Field(
        None, description="Absent: nobody behind a pseudonym is ever named for it."
    )


class GridEntry(Document):
    """Rising amounts at equal steps."""

    from_: Verbatim = Field(alias="from", description="The first: 0 EUR.")
    to: Verbatim = Field(description="The last, a whole number of steps on: 500 EUR.")
    step: Verbatim = Field(description="From one to the next: 10 EUR.")


class ClampEntry(Document):
    """How much one person may add to a number."""

    per_person: Verbatim | None = Field(
        None, description="An event or its property; bounds totals and means over people: 2000 EUR."
    )
    per_event: tuple[Verbatim, ...] | None = Field(
        None, description="An event's property; bounds an average over events: [0 EUR, 400 EUR]."
    )
    events_per_person: int | None = Field(None, description="Events of one person in an average.")
    range: tuple[Verbatim, ...] | None = Field(
        None, description="A person's number or a score's result; bounds a mean: [0, 10]."
    )
    grid: tuple[Verbatim, ...] | GridEntry | None = Field(
        None,
        description="Rising amounts, between which medians and quantiles are told: a list, or "
        "{from: 0 EUR, to: 500 EUR, step: 10 EUR}.",
    )


class ReleaseEntry(Document):
    """Which releases a segmenter may make. Groups per person and clamps have no default."""

    guarantee: Family = Field(
        description="dp: differential privacy; k: exact numbers, for min_people and more, of k "
        "sources alone."
    )
    min_people: int = Field(20, description="People that must stand behind a number.")
    rho: Fraction = Field(Fraction(1, 80), description="Loss of one report (zCDP).")
    selection_delta: Fraction = Field(
        Fraction(1, 10_000_000), description="Chance given to showing or withholding, per table."
    )
    groups_per_person: int | None = Field(None, description="Cells one person may count in.")
    periods_per_person: int | None = Field(
        None, description="Weeks or months of a trend that one person may count in; no default."
    )
    clamps: Mapping[str, ClampEntry] = Field(
        {}, description="By event property, event, person's number or score's result."
    )


class SegmenterEntry(Document):
    """Somebody's right to segment."""

    purpose: str
    reads: tuple[str, ...] = Field(
        description="Attributes, events and their properties, lists, scores or single results."
    )
    run_by: tuple[StaffRole, ...]
    releases: ReleaseEntry | None = Field(None, description="Absent: no report may be made.")


class QuotasEntry(Document):
    """Shares of the one budget that a purpose or a role may spend at most; they add none to it."""

    purposes: Mapping[str, Fraction] = Field(
        {}, description="By purpose, with those below it: 1/2 of what a year may cost."
    )
    roles: Mapping[StaffRole, Fraction] = Field({}, description="By role, likewise.")


class BudgetEntry(Document):
    """What the people of the workspace may lose in a year, over all reports and purposes."""

    rho_per_year: Fraction = Fraction(1)
    selection_delta_per_year: Fraction = Fraction(1, 100_000)
    conversion_delta: Fraction = Fraction(1, 1_000_000)
    quotas: QuotasEntry | None = Field(None, description="Absent: nothing is subdivided.")


class PolicyFile(Document):
    """A policy, or the part of one that stands in one file of a folder."""

    privseg: Literal["policy/1"] = Field(description="Kind and version of the file; first key.")
    controller: str | None = Field(None, description="Who decides why data are processed.")
    directed_to_children: bool | None = Field(None, description="Unknown age is then a child's.")
    opt_out_notice_since: date | None = Field(
        None, description="Since when people could read how to opt out; absent: they could not."
    )
    data_collected_since: date | None = Field(
        None,
        description="No data here were collected before this day; opt-out regimes need to know.",
    )
    laws: tuple[str, ...] | None = Field(
        None, description="Law packs, pinned or not: [gdpr@2026-11, ccpa]; default: all shipped."
    )
    contact: str | None = Field(None, description="Where people reach the controller.")
    withdraw_at: str | None = Field(None, description="Where consent is taken back; on receipts.")
    approval: Literal["second_person"] | None = Field(
        None, description="Nothing is read before somebody else than its author approved this."
    )
    notices: Mapping[str, NoticeEntry] = {}
    catalogue: Mapping[str, SourceEntry] = {}
    derived: Mapping[str, DerivedEntry] = {}
    scores: Mapping[str, ScoreEntry] = {}
    segments: SegmentsEntry | None = None
    purposes: Mapping[str, PurposeEntry] = {}
    recipients: Mapping[str, RecipientEntry] = {}
    segmenters: Mapping[str, SegmenterEntry] = {}
    exact_tables: Mapping[str, ExactTablesEntry] = {}
    microdata: Mapping[str, MicrodataEntry] = {}
    learning: Mapping[str, LearningEntry] = {}
    budget: BudgetEntry | None = None
    register_: RegisterEntry | None = Field(None, alias="register")
