# SPDX-License-Identifier: Apache-2.0
"""Identifiers become look-up keys, and people become pseudonyms that cannot be joined.

A direct identifier has one canonical form per kind; a keyed hash of it (a *blind index*) finds the
person again without storing the identifier. A pseudonym belongs to one domain (purpose, recipient,
epoch), so that two recipients cannot put their lists together (GDPR Art. 4(5)).
"""

from privseg.pseudonym.canonical import (
    DESCRIPTIVE_KINDS,
    IdentifierError,
    canonical_form,
    identifies,
)
from privseg.pseudonym.keyed import Domain, Pseudonym, blind_index, domain_key, hkdf, pseudonym

__all__ = [
    "DESCRIPTIVE_KINDS",
    "Domain",
    "IdentifierError",
    "Pseudonym",
    "blind_index",
    "canonical_form",
    "domain_key",
    "hkdf",
    "identifies",
    "pseudonym",
]
