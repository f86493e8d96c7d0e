# SPDX-License-Identifier: Apache-2.0
"""The keys of a law pack (``privseg: law/1``). What they mean together: ``loaders.laws``.

Every rule says its value, the article it comes from, the day that was checked, how sure we are,
and at least one case that is run. A rule without source or case does not load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from privseg.consent import Act, Method
from privseg.gate.law_cases import Expected
from privseg.loaders.document import Document
from privseg.loaders.laws_requests_file import RequestsEntry
from privseg.loaders.laws_source import SourceOfRule
from privseg.policy.law import Content, Regime, Trigger
from privseg.policy.natures import Nature
from privseg.policy.rules import PurposeKind
from privseg.terms import LawfulBasis


class ActEntry(Document):
    """What the person of a case did."""

    act: Act
    by: Literal["subject", "guardian", "agent"] = "subject"
    days_ago: int = Field(1, description="How many days before the question.")
    explicit: bool = False
    method: Method = Method.FORM


class LawCaseEntry(Document):
    """Given a person and what they did, what must come out, and why."""

    where: tuple[str, ...] = Field(
        (), alias="in", description="Jurisdictions; default: the first of the pack."
    )
    basis: LawfulBasis
    age: int | None = Field(None, description="In years; absent: nothing is known of it.")
    nature: Nature | None = Field(None, description="What the data are; absent: nothing special.")
    kind: PurposeKind = PurposeKind.ANALYTICS
    significant: bool = Field(False, description="The purpose has legal or similar effects.")
    human_review: bool = Field(False, description="The purpose says how to ask a human.")
    dpia: bool = Field(False, description="The purpose names an impact assessment.")
    says: tuple[Content, ...] | None = Field(
        None, description="What the notice tells; absent: everything."
    )
    acts: tuple[Act | ActEntry, ...] = Field((), description="In order; a word alone: a day ago.")
    expect: Expected
    because: str | None = Field(None, description="The reason; every no gives one.")


class RuleEntry(SourceOfRule):
    """What every rule says; each kind of rule narrows its value."""

    value: object
    cases: tuple[LawCaseEntry, ...] = Field(description="At least one; all are run.")


class RegimeRule(RuleEntry):
    """What silence means: nothing is allowed (opt_in), or what is not objected to (opt_out)."""

    value: Regime


class BasesRule(RuleEntry):
    """The lawful bases that the law knows, or that a significant decision may rest on."""

    value: tuple[LawfulBasis, ...]


class AgeException(SourceOfRule):
    """Another age in one jurisdiction of the pack."""

    value: int


class AgeRule(RuleEntry):
    """An age in years."""

    value: int
    exceptions: Mapping[str, AgeException] = Field(
        {}, alias="except", description="By jurisdiction; each needs a case of its own."
    )


class NaturesRule(RuleEntry):
    """Natures of data."""

    value: tuple[Nature, ...]


class SpanRule(RuleEntry):
    """A time in days of 24 hours."""

    value: str = Field(description="Whole days: 730d.")


class YesRule(RuleEntry):
    """A yes or no."""

    value: bool


class ContentsRule(RuleEntry):
    """What a notice must tell."""

    value: tuple[Content, ...]


class TriggersRule(RuleEntry):
    """What asks for an impact assessment."""

    value: tuple[Trigger, ...]


class RulesEntry(Document):
    """The rules of a pack."""

    regime: RegimeRule
    bases: BasesRule
    guardian_below: AgeRule = Field(description="Below it only a guardian's consent counts.")
    opt_in_below: AgeRule | None = Field(
        None, description="Below it silence is not enough; needed where people must opt out."
    )
    explicit: NaturesRule | None = Field(None, description="Needs explicit consent.")
    sensitive: NaturesRule | None = Field(None, description="Needs an opt-in.")
    idle: SpanRule | None = Field(
        None, description="A consent ends after so long without activity."
    )
    ask_again: SpanRule | None = Field(None, description="How long a no is left in peace.")
    significant: BasesRule = Field(description="What a significant decision may rest on.")
    human_review: YesRule | None = Field(None, description="It can be brought before a human.")
    notice: ContentsRule
    dpia: TriggersRule | None = None


class LawFile(Document):
    """A law pack: what the law of some jurisdictions asks, as dated data. Not legal advice."""

    privseg: Literal["law/1"] = Field(description="Kind and version of the file; first key.")
    law: str = Field(description="The pack's name.")
    version: str = Field(description="Year and month, quoted: it is text.")
    title: str
    replaces: str | None = Field(
        None, description="A shipped pack whose place this takes in its jurisdictions."
    )
    jurisdictions: tuple[str, ...] = Field(description="ISO 3166 codes that it covers.")
    rules: RulesEntry
    requests: RequestsEntry | None = Field(
        None, description="What it asks of people's requests; absent: the shortest time of any."
    )
