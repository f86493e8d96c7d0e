# SPDX-License-Identifier: Apache-2.0
"""Who gets people's data, what exactly, and where they are told what people ask for.

GDPR Art. 4(9), 13(1)(e), 19, 28, 30(1)(d)-(e); Cal. Civ. Code § 1798.140(e), (j), (ag), (ai). A
recipient that the policy does not name gets nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from privseg.terms import Attribute, Place, Purpose

PSEUDONYM = "pseudonym"
"""What is handed over in place of an identifier: of this recipient and purpose alone."""

FIRST_EPOCH = "1"

EEA = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
"""Where data stay under the GDPR without a transfer (EEA Agreement, Annex XI, 5e)."""


class RecipientRole(StrEnum):
    """What a recipient is to the controller."""

    PROCESSOR = "processor"  # GDPR Art. 4(8), 28
    SERVICE_PROVIDER = "service_provider"  # Cal. Civ. Code § 1798.140(ag)
    CONTRACTOR = "contractor"  # Cal. Civ. Code § 1798.140(j)
    THIRD_PARTY = "third_party"  # GDPR Art. 4(10); Cal. Civ. Code § 1798.140(ai)
    JOINT_CONTROLLER = "joint_controller"  # GDPR Art. 26

    @property
    def decides_itself(self) -> bool:
        """Return whether it uses the data for ends of its own, so that California calls it sold.

        What is handed to anybody but a service provider or contractor counts as sold or shared:
        whether something was got for it, the policy cannot know (§ 1798.140(ad), (ah)).
        """
        return self in {RecipientRole.THIRD_PARTY, RecipientRole.JOINT_CONTROLLER}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a recipient takes notices as signed JSON."""

    url: str  # https alone
    kind: str = "webhook"


@dataclass(frozen=True, slots=True)
class Letter:
    """Where a recipient takes notices on paper: the lines of an address."""

    lines: tuple[str, ...]
    kind: str = "letter"


@dataclass(frozen=True, slots=True)
class Handed:
    """What of each person is handed to a recipient for one purpose.

    ``identifier`` is a kind of the catalogue's, or ``PSEUDONYM``: another ``epoch`` gives others,
    which cannot be joined with the earlier ones. ``natures`` are those of specially protected data
    that may be told, by the attributes or by being in a segment: each by its name, or not at all.
    """

    identifier: str
    attributes: frozenset[Attribute]
    place: Place
    natures: frozenset[str] = frozenset()
    epoch: str = FIRST_EPOCH


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody outside who gets data of people.

    ``gets`` has only purposes for which people are handed over one by one. ``transfer`` names the
    safeguard under which data leave the EEA (GDPR Art. 44-49), ``contract`` where the contract is.
    """

    name: str
    title: str
    role: RecipientRole
    country: str  # ISO 3166-1
    place: Place
    gets: Mapping[Purpose, Handed] = field(default_factory=dict)
    transfer: str | None = None
    notices: Webhook | Letter | None = None
    contract: str | None = None

    @property
    def leaves_eea(self) -> bool:
        """Return whether handing over is a transfer to a third country (GDPR Art. 44)."""
        return self.country.partition("-")[0] not in EEA
