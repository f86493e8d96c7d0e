# SPDX-License-Identifier: Apache-2.0
"""The workspace's database: histories that are only added to, and the changes they record.

Consent ledger, budget ledger, audit log, keys and releases lie in one SQLite file, or in one schema
of a PostgreSQL server, so that one transaction covers a change and its entry in the log.
"""

from privseg.store.audit import SqlAuditLog
from privseg.store.audit_ports import Bodies
from privseg.store.audit_refusals import AuditHeadUnwritableError, AuditLogUnwritableError
from privseg.store.budget_chain import LedgerHead
from privseg.store.budget_claims import Claim
from privseg.store.budget_quota import RECOVERED, Quota
from privseg.store.budget_refusals import (
    LossChainError,
    LossesBehindError,
    LossesForkedError,
    LossLedgerError,
    LossMemoryMissingError,
    LossMemoryUnreadableError,
    QuotaExceededError,
)
from privseg.store.cases import SqlCases, UnknownCaseError
from privseg.store.continuity import HEAD_FILE, AuditLogTamperedError
from privseg.store.database import Database
from privseg.store.eligible_files import FolderOfSets
from privseg.store.engine import Shared
from privseg.store.in_force import SqlInForce
from privseg.store.ledger import SqlLedger
from privseg.store.losses import BackdatedChargeError, Charge, ChargeKind, Payment, SqlLosses
from privseg.store.membership_pages import PageSeals
from privseg.store.people import VaultTables
from privseg.store.policies import PolicyDigestError, SqlPolicies
from privseg.store.refusals import (
    CommitUnknownError,
    ConnectionLostError,
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseExistsError,
    DatabaseFormatError,
    DatabaseMissingError,
    DatabaseReadOnlyError,
    DatabaseReplacedError,
    DatabaseUnreachableError,
    DiskFailureError,
    DiskFullError,
    DriverMissingError,
    ForeignDatabaseError,
    RowRefusedError,
    StatementRefusedError,
    TransactionError,
    UnsafeDatabaseError,
)
from privseg.store.releases import (
    RegisterOrderError,
    SqlEditions,
    SqlReleases,
    StoredRelease,
    UnknownEditionError,
)
from privseg.store.remembered import Reserve, read_head
from privseg.store.runs import Membership, MembershipHead, Origin, SqlRuns
from privseg.store.sealing import Seals
from privseg.store.segments import DefinitionError, SegmentStep, SqlSegments, TakenStep

__all__ = [
    "HEAD_FILE",
    "RECOVERED",
    "AuditHeadUnwritableError",
    "AuditLogTamperedError",
    "AuditLogUnwritableError",
    "BackdatedChargeError",
    "Bodies",
    "Charge",
    "ChargeKind",
    "Claim",
    "CommitUnknownError",
    "ConnectionLostError",
    "Database",
    "DatabaseBusyError",
    "DatabaseCorruptError",
    "DatabaseError",
    "DatabaseExistsError",
    "DatabaseFormatError",
    "DatabaseMissingError",
    "DatabaseReadOnlyError",
    "DatabaseReplacedError",
    "DatabaseUnreachableError",
    "DefinitionError",
    "DiskFailureError",
    "DiskFullError",
    "DriverMissingError",
    "FolderOfSets",
    "ForeignDatabaseError",
    "LedgerHead",
    "LossChainError",
    "LossLedgerError",
    "LossMemoryMissingError",
    "LossMemoryUnreadableError",
    "LossesBehindError",
    "LossesForkedError",
    "Membership",
    "MembershipHead",
    "Origin",
    "PageSeals",
    "Payment",
    "PolicyDigestError",
    "Quota",
    "QuotaExceededError",
    "RegisterOrderError",
    "Reserve",
    "RowRefusedError",
    "Seals",
    "SegmentStep",
    "Shared",
    "SqlAuditLog",
    "SqlCases",
    "SqlEditions",
    "SqlInForce",
    "SqlLedger",
    "SqlLosses",
    "SqlPolicies",
    "SqlReleases",
    "SqlRuns",
    "SqlSegments",
    "StatementRefusedError",
    "StoredRelease",
    "TakenStep",
    "TransactionError",
    "UnknownCaseError",
    "UnknownEditionError",
    "UnsafeDatabaseError",
    "VaultTables",
    "read_head",
]
