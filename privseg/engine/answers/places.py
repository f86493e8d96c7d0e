# SPDX-License-Identifier: Apache-2.0
"""Every place where something of a person could be, and where an access answer tells it.

GDPR Art. 15 asks for everything. A test walks the tables of the database, the tables of the column
store, the sources of the catalogue, the segments and the other systems, and fails when one of them
is neither in the answer nor here with the reason why it tells nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """Where in the answer a place is told: a key of the document."""

    under: str


@dataclass(frozen=True, slots=True)
class NotTold:
    """Why a place is not told."""

    why: str


_KEYS = NotTold("keys: they open what is told, and say nothing themselves")
_RULES = NotTold("rules and definitions: what they mean for the person is told")
_SUMS = NotTold("numbers with noise, of nobody alone: that they took part is told")
_PROOF = NotTold("what proves the log: hashes, sizes and signatures")
_STAFF = NotTold("staff, not the person: roles are told, names are not")

TABLES: Mapping[str, Told | NotTold] = {
    # who people are
    "identity_cell": Told("identity"),
    "population": NotTold("the number of the person, which leads nowhere without the vault"),
    "vault_state": NotTold("numbers of people that were given, and of those that are erased"),
    "key_page": _KEYS,
    "wrapped_key": _KEYS,
    "suppression": NotTold("marks of erased people, whom nothing here leads to any more"),
    "suppression_match": NotTold("marks of erased people that an import named"),
    # what is known of them
    "column_file": Told("data"),
    "column_table": Told("data"),
    "snapshot": NotTold("numbers of states of the data; the newest is told"),
    "correction": Told("corrections"),
    "kept": Told("data"),
    "kept_mark": NotTold("keyed marks by which what is kept of the person is found"),
    # what they allowed
    "consent_event": Told("consent_history"),
    "consent_evidence": Told("consent_history"),
    "consent_stamp": Told("consent_history"),
    "consent_erased": NotTold("keyed hashes of events that were erased with somebody"),
    "consent_position": NotTold("how many events there are"),
    # where they were found, who read them, who got them
    "membership": Told("memberships"),
    "membership_page": Told("memberships"),
    "membership_bucket": _KEYS,
    "touched_entry": Told("who_read_it"),
    "touched_part": Told("who_read_it"),
    "touched_head": _PROOF,
    "audit_body": Told("who_read_it"),
    "audit_entry": Told("who_read_it"),
    "audit_head": _PROOF,
    "audit_month": _PROOF,
    "audit_handover": _PROOF,
    "audit_settings": _STAFF,
    "disclosure": Told("recipients"),
    "release": Told("releases"),
    "protected_counts": _SUMS,
    "loss": NotTold("what releases cost: the person's own share is told with the releases"),
    "edition": NotTold("which state of the data reports read"),
    "reidentification": NotTold("what staff asked, without whom; each opening is told as a look"),
    "reidentification_step": NotTold("steps of it, likewise"),
    "reidentification_list": NotTold("pseudonyms, of nobody until opened: then it is told"),
    # requests
    "dsr_case": Told("requests"),
    "dsr_step": Told("requests"),
    "dsr_paper": Told("requests"),
    "dsr_notice": Told("requests"),
    "intake": NotTold("keyed hashes by which a file of requests is not opened twice"),
    # rules, staff, the database
    "policy": _RULES,
    "policy_in_force": _RULES,
    "policy_step": _STAFF,
    "segment_definition": Told("memberships"),
    "segment_step": _STAFF,
    "staff_seen": _STAFF,
    "format": NotTold("the version of the database"),
    "projection_version": NotTold("the version of its caches"),
}
"""Every table of the database."""


def unlisted(tables: Iterable[str]) -> list[str]:
    """Return the tables that nobody decided about: an answer may be without them.

    >>> unlisted(["loss", "loyalty_note"])
    ['loyalty_note']
    """
    return sorted(set(tables) - TABLES.keys())
