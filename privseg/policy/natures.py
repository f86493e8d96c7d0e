# SPDX-License-Identifier: Apache-2.0
"""What data are by nature, in the words that law packs use: one closed list, each with its source.

A column, an event's bare fact or a derived attribute says its nature in the catalogue; a law pack
says which natures its law protects. What has no protected nature has none here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from privseg.policy.catalogue import Catalogue
from privseg.terms import Category


class Nature(StrEnum):
    """A nature of data that some law protects more than others."""

    RACIAL_OR_ETHNIC_ORIGIN = "racial_or_ethnic_origin"
    POLITICAL_OPINIONS = "political_opinions"
    RELIGIOUS_OR_PHILOSOPHICAL_BELIEFS = "religious_or_philosophical_beliefs"
    TRADE_UNION_MEMBERSHIP = "trade_union_membership"
    GENETIC = "genetic"
    BIOMETRIC = "biometric"
    HEALTH = "health"
    SEX_LIFE_OR_SEXUAL_ORIENTATION = "sex_life_or_sexual_orientation"
    CRIMINAL_OFFENCES = "criminal_offences"
    CITIZENSHIP_OR_IMMIGRATION = "citizenship_or_immigration"
    PRECISE_LOCATION = "precise_location"
    GOVERNMENT_ID = "government_id"
    ACCOUNT_LOGIN = "account_login"
    FINANCIAL_ACCOUNT = "financial_account"
    MAIL_CONTENTS = "mail_contents"
    NEURAL = "neural"
    BIOLOGICAL = "biological"
    CHILD = "child"
    INCOME = "income"


SOURCES: Mapping[Nature, str] = MappingProxyType(
    {
        Nature.RACIAL_OR_ETHNIC_ORIGIN: "GDPR Art. 9(1)",
        Nature.POLITICAL_OPINIONS: "GDPR Art. 9(1)",
        Nature.RELIGIOUS_OR_PHILOSOPHICAL_BELIEFS: "GDPR Art. 9(1)",
        Nature.TRADE_UNION_MEMBERSHIP: "GDPR Art. 9(1)",
        Nature.GENETIC: "GDPR Art. 9(1), 4(13)",
        Nature.BIOMETRIC: "GDPR Art. 9(1), 4(14): to identify a person uniquely",
        Nature.HEALTH: "GDPR Art. 9(1), 4(15)",
        Nature.SEX_LIFE_OR_SEXUAL_ORIENTATION: "GDPR Art. 9(1)",
        Nature.CRIMINAL_OFFENCES: "GDPR Art. 10",
        Nature.CITIZENSHIP_OR_IMMIGRATION: "Cal. Civ. Code §1798.140(ae)(1)(D)",
        Nature.PRECISE_LOCATION: "Cal. Civ. Code §1798.140(ae)(1)(C), (w)",
        Nature.GOVERNMENT_ID: "Cal. Civ. Code §1798.140(ae)(1)(A)",
        Nature.ACCOUNT_LOGIN: "Cal. Civ. Code §1798.140(ae)(1)(B)",
        Nature.FINANCIAL_ACCOUNT: "Cal. Civ. Code §1798.140(ae)(1)(B)",
        Nature.MAIL_CONTENTS: "Cal. Civ. Code §1798.140(ae)(1)(E)",
        Nature.NEURAL: "Cal. Civ. Code §1798.140(ae)(1)(G)",
        Nature.BIOLOGICAL: "C.R.S. §6-1-1303(2.2)",
        Nature.CHILD: "C.R.S. §6-1-1303(24): from a known child",
        Nature.INCOME: "PIPEDA Schedule 1, 4.3.4",
    }
)
"""A text of law that names each."""


def natures_of(catalogue: Catalogue) -> Mapping[Category, frozenset[str]]:
    """Return the natures that each category holds; one of none is left out.

    People consent to a category as one, so it is as protected as the most protected thing in it.
    """
    found: defaultdict[Category, set[str]] = defaultdict(set)
    for nature, categories in catalogue.natures().items():
        for category in categories:
            found[category].add(nature)
    return {category: frozenset(natures) for category, natures in found.items()}
