# SPDX-License-Identifier: Apache-2.0
"""Everything a workspace is made of, opened together: the one place where rooms meet adapters."""

from __future__ import annotations

import os
import pwd
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from privseg.compute import DuckCompute
from privseg.engine.body_seals import SealedBodies
from privseg.engine.errors import (
    BrokenSegmentError,
    KeyInsideError,
    LogMissingError,
    UnknownReportError,
)
from privseg.engine.membership_seals import MembershipSeals
from privseg.engine.policy_sides import side
from privseg.errors import InputError
from privseg.gate import EligibleSets
from privseg.loaders import WorkspaceConfig, load_policy
from privseg.loaders.segments import load_segments
from privseg.policy import Policy
from privseg.segment import Library
from privseg.store import (
    HEAD_FILE,
    Database,
    FolderOfSets,
    SqlAuditLog,
    SqlCases,
    SqlEditions,
    SqlInForce,
    SqlLedger,
    SqlLosses,
    SqlPolicies,
    SqlReleases,
    SqlRuns,
    SqlSegments,
    VaultTables,
)
from privseg.terms import StaffRole
from privseg.tlog import Signer
from privseg.vault import ColumnStore, Ed25519Verifier, Environment, Vault
from privseg.vault.note import SealedNote

BUDGET = "budget"  # names the secret that seals what is remembered of the budget ledger
COLUMNS = "columns"
AUDIT_KEY = "audit"
ELIGIBLE = "eligible"  # names the folder of eligible sets, and the secret that they are read under
ANY_ENTRY = "SELECT 1 FROM audit_entry LIMIT 1"
RELEASE_KEY = "release"
SAMPLE = "sample"  # names the secret by which people are drawn for samples


def user_name() -> str:
    """Return the name of the user that the process runs as.

    By the process's own user id: environment variables such as LOGNAME are anybody's to set.
    """
    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return str(os.getuid())


@dataclass(frozen=True, slots=True)
class Outside:
    """What the engine takes from outside: the wall clock, random bits, who is at the keyboard."""

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    randbits: Callable[[int], int] = secrets.randbits
    user: Callable[[], str] = user_name


def boot_id() -> str:
    """Return the kernel's id of this boot, or a random one where there is none."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip().replace("-", "")
    return uuid.uuid4().hex


def key_folder() -> Path:
    """Return the folder of root keys: outside every workspace, the user's own."""
    if named := os.environ.get("PRIVSEG_KEYS"):
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "privseg" / "keys"


class House:
    """A workspace's parts. Opened once per process and closed by the workspace.

    ``recovering`` opens one whose budget ledger is not what is remembered, to mend that alone.
    """

    def __init__(
        self, config: WorkspaceConfig, outside: Outside, *, new: bool, recovering: bool = False
    ) -> None:
        self.config = config
        self.outside = outside
        if self.key_file.resolve().is_relative_to(config.root.resolve()):
            raise KeyInsideError(self.key_file)
        make = Database.create if new else Database.open
        self.db = make(config.database)
        try:
            self._furnish(config.database.parent, new=new)
            if not recovering:
                self.losses.check()
        except BaseException:
            self.db.close()
            raise

    def _furnish(self, private: Path, *, new: bool) -> None:
        """Open vault, column store, log and the rest over the one database."""
        storage = VaultTables(self.db)
        make = Vault.create if new else Vault.open
        self.vault = make(
            storage,
            self.key_file,
            workspace=self.config.workspace_id,
            environment=Environment(self.config.environment),
        )
        self.columns = ColumnStore.open(private / COLUMNS, storage, self.vault)
        if not new and not (private / HEAD_FILE).exists() and not self.db.raw(ANY_ENTRY):
            raise LogMissingError
        audit = self.audit_signer
        self.log = SqlAuditLog(
            self.db,
            audit,
            clock=self.outside.clock,
            monotonic_ns=time.monotonic_ns,
            boot_id=boot_id(),
            randbytes=secrets.token_bytes,
            origin=audit.name,
            bodies=SealedBodies(self.vault),
            verifiers=(Ed25519Verifier(audit.name, audit.public_key),),
        )
        self.ledger = SqlLedger(self.db)
        self.losses = SqlLosses(self.db, note=self._budget_note())
        self.editions = SqlEditions(self.db)
        self.releases = SqlReleases(self.db)
        self.runs = SqlRuns(self.db, MembershipSeals(self.vault))
        self.cases = SqlCases(self.db)
        self.policies = SqlPolicies(self.db)
        self.in_force = SqlInForce(self.db)
        self.definitions = SqlSegments(self.db)

    @property
    def audit_signer(self) -> Signer:
        """Return who signs the log's heads."""
        return self.vault.signer(f"privseg/{self.config.workspace_id}/{AUDIT_KEY}")

    @property
    def release_signer(self) -> Signer:
        """Return who signs releases and receipts."""
        return self.vault.signer(f"privseg/{self.config.workspace_id}/{RELEASE_KEY}")

    def _budget_note(self) -> SealedNote:
        """Return what remembers the budget ledger outside the workspace: beside the root key."""
        workspace, key = self.config.workspace_id, self.vault.secret(BUDGET)
        path = self.key_file.with_name(f"{workspace}.budget")
        return SealedNote(path, workspace=workspace, what=BUDGET, key=key)

    @property
    def key_file(self) -> Path:
        """Return where the root key lies."""
        return self.config.keys or key_folder() / f"{self.config.workspace_id}.json"

    @cached_property
    def policy(self) -> Policy:
        """Return the policy of the workspace's folder."""
        return load_policy(self.config.policies, name=self.config.policies.name)

    @cached_property
    def segments(self) -> Library:
        """Return every sound segment of the workspace, references resolved."""
        found = side(self.policy, self.config.segments)
        self._broken = found.broken
        return found.segments

    @property
    def broken(self) -> Mapping[str, str]:
        """Return why each of the other segments cannot be used: a mistake in it, or below it."""
        return self._broken if self.segments is not None else {}

    def require_all_segments(self) -> None:
        """Refuse to go on where a segment's file has mistakes: an answer would be without it.

        Raises:
            DocumentError: telling the mistakes.
        """
        load_segments(self.config.segments, self.policy.catalogue)

    def no_segment(self, name: str, *more: str) -> InputError:
        """Return the error for a name that is none of the segments, nor ``more`` that it may be."""
        if name in self.broken:
            return BrokenSegmentError(name, self.broken[name])
        return UnknownReportError(name, known=(*more, *self.segments))

    @cached_property
    def sets(self) -> EligibleSets:
        """Return the eligible sets under the policy in force."""
        folder = self.config.database.parent / ELIGIBLE
        key = partial(self.vault.secret, ELIGIBLE)
        return EligibleSets(self.policy, self.ledger, FolderOfSets(folder, self.db, key))

    @cached_property
    def compute(self) -> DuckCompute:
        """Return the engine that runs plans; it remembers which ones it has run."""
        key = self.vault.secret(SAMPLE)
        return DuckCompute(self.columns, self.policy.catalogue, clock=self.now, sample_key=key)

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone that calendar windows are in."""
        return ZoneInfo(self.config.time_zone)

    def now(self) -> datetime:
        """Return the later of the clock and the last moment seen: going back revives nothing."""
        return self.log.effective_now(self.outside.clock())

    def versions(self) -> Mapping[str, str]:
        """Return the pinned version of every segment."""
        return {name: self.segments.version(name) for name in self.segments}

    def roles(self) -> frozenset[StaffRole]:
        """Return the roles that privseg.yaml gives the user at the keyboard."""
        return self.config.staff.get(self.outside.user(), frozenset())
