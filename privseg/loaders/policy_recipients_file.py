# SPDX-License-Identifier: Apache-2.0
"""The keys of a policy file that say who gets data, and what registers tell of the controller."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from privseg.loaders.document import Document
from privseg.policy.natures import Nature
from privseg.policy.recipients import RecipientRole


class HandedEntry(Document):
    """What of each person is handed over for one purpose."""

    identifier: str = Field(
        description="The kind of identifier that it gets, such as email; or pseudonym: made for "
        "this recipient and purpose alone."
    )
    attributes: tuple[str, ...] = Field((), description="Of people sources: [country].")
    natures: tuple[Nature, ...] = Field(
        (), description="Protected natures that it may be told of, each by name: [health]."
    )
    epoch: str = Field(
        "1", description="Of pseudonyms: another one, and they cannot be joined with earlier ones."
    )


class RecipientEntry(Document):
    """Somebody outside who gets data of people (GDPR Art. 4(9))."""

    title: str = Field(description="What people read: its name in full.")
    role: RecipientRole
    country: str = Field(description="ISO 3166 code of where it is: DE, US-CA.")
    transfer: str | None = Field(
        None, description="Outside the EEA: the safeguard of the transfer (GDPR Art. 44-49)."
    )
    contract: str | None = Field(None, description="Where the contract is (GDPR Art. 26, 28).")
    notices: str | tuple[str, ...] | None = Field(
        None,
        description="Where it is told what people ask for: an https address that takes signed "
        "JSON, or the lines of a postal address.",
    )
    gets: Mapping[str, HandedEntry] = Field(
        {}, description="By purpose: what of each person is handed over; absent: nobody is."
    )


class ReleasesRegisterEntry(Document):
    """What the register of releases says of the risk of finding people (Quebec, Law 25)."""

    supervised_by: str | None = Field(None, description="Who is competent to supervise it.")
    risk_analysis: str | None = Field(None, description="Where the analysis of the risks is.")
    review: str | None = Field(None, description="How often it is looked at again: 365d.")


class RegisterEntry(Document):
    """What only people know, for the registers; what is left out is told as a finding."""

    name: str | None = Field(None, description="The controller's name in full.")
    address: tuple[str, ...] = Field((), description="Its postal address, a line each.")
    contact: str | None = Field(None, description="How it is reached: mail, telephone.")
    dpo: str | None = Field(None, description="The data protection officer, and how to reach them.")
    representative: str | None = Field(None, description="In the Union (GDPR Art. 27).")
    joint_controllers: str | None = Field(None, description="With whom it decides (GDPR Art. 26).")
    subjects: str | None = Field(None, description="Whose data they are: customers, visitors.")
    measures: str | None = Field(
        None, description="Technical and organisational measures, or where they are described."
    )
    releases: ReleasesRegisterEntry | None = None
