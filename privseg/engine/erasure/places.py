# SPDX-License-Identifier: Apache-2.0
"""Every place where something of a person could be, and what an erasure does there.

The register that plans are made from. A test walks every table of the schema and every file of a
workspace and beside its keys, and fails when one is not listed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """What an erasure does with a place."""

    GOES = "goes"  # what is the person's is deleted, or written anew without them
    KEYS_DIE = "keys_die"  # what is sealed stays nowhere: its key, and the root above it, go
    STAYS = "stays"  # named on the receipt: a mark, a number that leads nowhere
    NOBODY = "nobody"  # rules, sums, keys: nothing in it is about anybody


@dataclass(frozen=True, slots=True)
class Place:
    """A table or kind of file, and why an erasure does with it what it does."""

    how: How
    why: str


_goes, _dies = How.GOES, How.KEYS_DIE
_stays, _nobody = How.STAYS, How.NOBODY

TABLES: Mapping[str, Place] = {
    # who people are
    "identity_cell": Place(_goes, "the person's identifiers and look-up keys are deleted"),
    "key_page": Place(_dies, "the page is written anew without the person's keys, under a new key"),
    "wrapped_key": Place(_dies, "every key lies under a new root; the person's files' keys go"),
    "vault_state": Place(_stays, "the number of the person among those that are erased"),
    "population": Place(_goes, "the person's bit goes from every snapshot"),
    "suppression": Place(_stays, "a keyed mark, so that an import does not bring the person back"),
    # what is known of them
    "column_table": Place(_nobody, "names and types of columns"),
    "column_file": Place(_goes, "the files of the person's bucket are written anew without them"),
    "snapshot": Place(_nobody, "numbers of snapshots"),
    "membership": Place(_nobody, "which run found people in which segment; whom, lies in pages"),
    "membership_page": Place(_goes, "the bucket's pages are sealed anew without the person"),
    "membership_bucket": Place(_dies, "the bucket's pages lie under a new key"),
    "kept": Place(_stays, "rows that another law orders to be kept, sealed, until their day"),
    "kept_mark": Place(_stays, "keyed marks of whom something is kept, as long as that is"),
    # what they allowed
    "consent_event": Place(_goes, "the person's events are deleted, but the one of the erasure"),
    "consent_evidence": Place(_goes, "sealed under the person's key, and deleted"),
    "consent_erased": Place(_stays, "a keyed hash and a time for each, so that the log verifies"),
    "consent_stamp": Place(_nobody, "acts, purposes and notices that events have in common"),
    "consent_position": Place(_nobody, "how many events were ever recorded"),
    # what was done with it
    "audit_entry": Place(_nobody, "headers name nobody; bodies are kept apart"),
    "audit_body": Place(_stays, "the person's number in sets of people, until the bodies go"),
    "audit_head": Place(_nobody, "how long the log is"),
    "audit_month": Place(_nobody, "which month's key seals which bodies"),
    "audit_handover": Place(_nobody, "changes of the key that signs the log"),
    "audit_settings": Place(_nobody, "settings, sealed; staff are in them, customers are not"),
    "touched_head": Place(_nobody, "how much of the log the index of reads has"),
    "touched_entry": Place(_stays, "the person's number in the index, until the bodies go"),
    "touched_part": Place(_stays, "the person's number in the index, until the bodies go"),
    "disclosure": Place(_goes, "every hand-over is sealed anew without the person"),
    "dsr_notice": Place(_goes, "what notices say of the person goes once they were delivered"),
    "correction": Place(_goes, "sealed under the person's key, and deleted"),
    # requests
    "dsr_case": Place(_goes, "the link to the person and what they asked go; kind and dates stay"),
    "dsr_step": Place(_stays, "steps with codes and dates, which name nobody"),
    "dsr_paper": Place(_goes, "papers of the person's cases are deleted, their keys destroyed"),
    "intake": Place(_stays, "keyed hashes of the row of a file that a request came in"),
    "reidentification": Place(_nobody, "what was asked and by whom; whom it is about lies apart"),
    "reidentification_step": Place(_nobody, "steps, sealed, without whom they are about"),
    "reidentification_list": Place(_goes, "the person's pseudonym goes from every open list"),
    "suppression_match": Place(_stays, "keyed marks of erased people that imports named, sealed"),
    # numbers, rules, staff
    "edition": Place(_nobody, "which snapshot and ledger position reports are made at"),
    "loss": Place(_nobody, "what the budget was spent on; nothing is given back"),
    "release": Place(_nobody, "published numbers with noise; they are not recalled"),
    "protected_counts": Place(_nobody, "numbers with noise"),
    "policy": Place(_nobody, "rules as they were once in force"),
    "policy_in_force": Place(_nobody, "which rules were in force when"),
    "policy_step": Place(_nobody, "which of the staff proposed and approved rules"),
    "segment_definition": Place(_nobody, "definitions as they were once used"),
    "segment_step": Place(_nobody, "which of the staff proposed and approved a definition"),
    "staff_seen": Place(_nobody, "which of the staff held which roles, sealed"),
    "format": Place(_nobody, "the version of the database"),
    "projection_version": Place(_nobody, "the version of its caches"),
}  # fmt: skip
"""Every table of the database."""

FILES: Mapping[str, Place] = {
    r"workspace\.db": Place(_goes, "the database: see its tables; what was deleted is overwritten"),
    r"workspace\.db-(journal|wal|shm)": Place(_goes, "the database's journal, which is emptied"),
    r"columns/[0-9a-f]{32}\.parquet": Place(_dies, "the person's bucket: new files, new keys"),
    r"records/.*": Place(_stays, "records of a k lineage, sealed: they name nobody"),
    r"eligible/[^/]*": Place(_goes, "cached sets of who may be read: those with the person go"),
    r"(head|reserve|anchored|witnesses)(\.[^/]*)?": Place(_nobody, "how far the log had come"),
    r"witnessed/[^/]*": Place(_nobody, "heads that witnesses signed"),
    r"running(/.*)?": Place(_nobody, "claims on charges of the budget"),
    r"[^/]*\.lock": Place(_nobody, "locks"),
}  # fmt: skip
"""Every kind of file below ``.privseg``, by its path there."""

BESIDE_KEYS: Mapping[str, Place] = {
    "": Place(_dies, "the root key is another one after the erasure"),
    "erasures": Place(_stays, "the person's number and marks, sealed, so that old copies are told"),
    "backups": Place(_nobody, "which backups of the keys there are"),
    "budget": Place(_nobody, "what was charged"),
}
"""What lies beside the root key, by what follows the workspace's name."""

OUTSIDE: Mapping[str, Place] = {
    "answers": Place(_goes, "answers and letters of the person's requests in that folder"),
    "other systems": Place(_goes, "erased in place, or by a work order with proof"),
    "recipients": Place(_goes, "told to erase what they were handed (GDPR Art. 19)"),
    "key backups": Place(_stays, "named on the receipt, which is provisional until they are gone"),
    "memory": Place(_nobody, "keys are asked for when they are needed; a process ends"),
}
"""Places that are no table and no file of ours."""


def place_of(path: str) -> Place | None:
    """Return the place that a file below ``.privseg`` is; None for one that nobody listed.

    >>> place_of("workspace.db").how.value, place_of("notes.txt")
    ('goes', None)
    """
    for pattern, place in FILES.items():
        if re.fullmatch(pattern, path):
            return place
    return None
