# SPDX-License-Identifier: Apache-2.0
"""The audit log: what is recorded, how it is sealed, checked, exported and asked.

Pure: the store keeps the bytes (port ``AuditLog``), the vault keeps the key (``tlog.Signer``).
"""

from privseg.audit.check_export import check_export
from privseg.audit.entry import (
    MAX_ENTRY,
    SALT_SIZE,
    VERSION,
    CommitmentError,
    Entry,
    MalformedEntryError,
    Sealed,
    UnwritableEntryError,
    commit,
    open_body,
    parse_entry,
    seal,
)
from privseg.audit.event import AuditEvent, Kind, Outcome
from privseg.audit.finding import Finding, Report, Rule, Severity
from privseg.audit.header import HeaderError, check_header, name_or_unknown
from privseg.audit.log import AuditLog, StoredEntry
from privseg.audit.moment import moment_to_text, text_to_moment
from privseg.audit.people import MalformedPeopleError, people_to_text, text_to_people
from privseg.audit.tiles import export, tile_path
from privseg.audit.verify_log import check

__all__ = [
    "MAX_ENTRY",
    "SALT_SIZE",
    "VERSION",
    "AuditEvent",
    "AuditLog",
    "CommitmentError",
    "Entry",
    "Finding",
    "HeaderError",
    "Kind",
    "MalformedEntryError",
    "MalformedPeopleError",
    "Outcome",
    "Report",
    "Rule",
    "Sealed",
    "Severity",
    "StoredEntry",
    "UnwritableEntryError",
    "check",
    "check_export",
    "check_header",
    "commit",
    "export",
    "moment_to_text",
    "name_or_unknown",
    "open_body",
    "parse_entry",
    "people_to_text",
    "seal",
    "text_to_moment",
    "text_to_people",
    "tile_path",
]
