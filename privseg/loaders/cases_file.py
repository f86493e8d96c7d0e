# SPDX-License-Identifier: Apache-2.0
"""The keys of a file of cases (``privseg: cases/1``). What they mean together: ``loaders.cases``.

Moments are written ``30d ago``, ``12h ago``, ``5min later`` (counted from the moment asked about),
``2026-03-03`` (noon, UTC) or ``2026-03-03T14:30Z``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from privseg.consent.decision import ConsentStatus, ReasonCode
from privseg.consent.event import Act, Method
from privseg.loaders.document import Document
from privseg.terms import StaffRole

Answer = Literal["allowed", "denied"]
Who = Literal["staff", "agent", "subject", "guardian"]


class ReadEntry(Document):
    """A question about a read: may a segmenter read an attribute, and of this person."""

    segmenter: str
    attribute: str = Field(description="An attribute, an event or an event's property.")
    role: StaffRole | None = Field(None, description="Who runs it; default: who may.")
    at: str | None = Field(None, description="The moment asked about; default: the file's.")
    known_at: str | None = Field(None, description="How much was known: recorded until then.")


class UseEntry(Document):
    """A question about a use: may a category be used for a purpose, of this person."""

    purpose: str
    category: str
    at: str | None = Field(None, description="The moment asked about; default: the file's.")
    known_at: str | None = Field(None, description="How much was known: recorded until then.")


class ActEntry(Document):
    """One act of the person, or of somebody about them."""

    act: Act
    when: str = Field("1d ago", description="When they acted.")
    recorded: str | None = Field(None, description="When we knew; default: when they acted.")
    purpose: str | None = Field(None, description="Default: the one asked about; all: every one.")
    categories: tuple[str, ...] | None = Field(
        None, description="Default: of a grant the one asked about, else every one."
    )
    explicit: bool = Field(False, description="Said so in words (GDPR Art. 9).")
    notice: str | None = Field(
        None, description="id@version; default of a grant: the one in force. none: none was shown."
    )
    language: str | None = Field(None, description="Of the notice's text that was shown.")
    text: str | None = Field(None, description="SHA-256 of the text shown; default: the notice's.")
    method: Method = Method.FORM
    authority: Who = Field("subject", description="Whose word it is.")
    expires: str | None = Field(None, description="From then on it no longer holds.")
    until: str | None = Field(None, description="Name of what ends it when it happens.")
    uses: int | None = Field(None, description="How often it may be used.")
    idle: str | None = Field(None, description="It ends after so long without activity: 90d.")
    value: str | None = Field(
        None, description="What is attested, what happened, or accept or discard (resolve)."
    )
    name: str | None = Field(None, description="How other acts of the case call it.")
    of: str | None = Field(None, description="Resolve: the name of the act that it settles.")
    linked: str | None = Field(
        None, alias="with", description="Merge and unmerge: the other profile's name."
    )


class ProfileEntry(Document):
    """What is known of one profile of the person."""

    jurisdiction: str | None = Field(None, description="Attested long before: DE, US-CA.")
    born: date | None = Field(None, description="Date of birth, attested long before.")
    age: int | None = Field(None, description="In years at the moment asked about; or say born.")
    acts: tuple[ActEntry, ...] = ()


class GivenEntry(ProfileEntry):
    """What is known of the person; nothing at all: nobody knows them."""

    linked: Mapping[str, ProfileEntry] = Field(
        {}, description="Their other profiles by name, such as a phone; merge acts tie them."
    )


class ExpectEntry(Document):
    """The answer, and as much of its account as the case is about."""

    answer: Answer
    status: ConsentStatus | None = None
    reason: ReasonCode | None = Field(None, description="One of the reasons.")
    reasons: tuple[ReasonCode, ...] | None = Field(None, description="All of the reasons.")
    says: str | None = Field(None, description="Words that one of the policy's grounds has.")


class CaseEntry(Document):
    """One example: a question, what is given, and the answer that is right."""

    because: str = Field(description="Why the answer is right: the rule or the law, in words.")
    ask: ReadEntry | UseEntry
    given: GivenEntry | None = Field(
        None, description="The person; left out, a read asks the policy alone."
    )
    expect: Answer | ExpectEntry


class CasesFile(Document):
    """Executable examples: what the rules must answer."""

    privseg: Literal["cases/1"] = Field(description="Kind and version of the file; first key.")
    policy: str | None = Field(
        None, description="A policy file beside it to judge by; default: the workspace's policy."
    )
    at: str = Field("2026-06-01", description="The moment asked about where a case names none.")
    cases: Mapping[str, CaseEntry] = Field(description="By name.")
