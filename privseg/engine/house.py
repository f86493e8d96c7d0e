# SPDX-License-Identifier: Apache-2.0
"""Everything a workspace is made of, opened together: the one place where rooms meet adapters."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from privseg.compute import DuckCompute
from privseg.dsr.law import RequestLaw
from privseg.dsr.places import Where
from privseg.dsr.systems import System
from privseg.engine.audit.body_seals import SealedBodies
from privseg.engine.audit.keys import audit_signer, audit_verifiers, first_key
from privseg.engine.audit.settings import note_settings
from privseg.engine.audit.witnessing import PublishedReleases, Witnessing
from privseg.engine.dsr.case_seals import CaseSeals
from privseg.engine.dsr.laws import RequestLaws
from privseg.engine.errors import (
    BrokenSegmentError,
    KeyInsideError,
    LogMissingError,
    UnknownReportError,
)
from privseg.engine.keys.memory import backups_made, erased_people
from privseg.engine.keys.places import container_of, key_path
from privseg.engine.keys.row_seals import RowSeals
from privseg.engine.opening import open_database
from privseg.engine.outside import Outside, boot_id
from privseg.engine.policy.sides import side
from privseg.engine.policy.taking import finish_taking
from privseg.engine.segment.membership_seals import MembershipSeals
from privseg.engine.staff.trust import require_trusted
from privseg.engine.systems.opened import systems_of
from privseg.engine.who.seals import TouchedSeals
from privseg.errors import InputError
from privseg.gate import EligibleSets
from privseg.loaders import WorkspaceConfig, load_policy
from privseg.loaders.segments import load_segments
from privseg.policy import Policy
from privseg.segment import Library
from privseg.store import (
    HEAD_FILE,
    FolderOfSets,
    SqlAuditLog,
    SqlCases,
    SqlEditions,
    SqlInForce,
    SqlLedger,
    SqlLosses,
    SqlPolicies,
    SqlRuns,
    SqlSegments,
    VaultTables,
)
from privseg.store.anchors import MEMORY_FILE as ANCHORED
from privseg.store.anchors import FolderAnchors
from privseg.store.corrections import SqlCorrections
from privseg.store.disclosures import SqlDisclosures
from privseg.store.intake import SqlIntake
from privseg.store.kept import SqlKept
from privseg.store.matches import SqlMatches
from privseg.store.notices import SqlNotices
from privseg.store.touched import SqlTouched
from privseg.terms import StaffRole
from privseg.tlog import Signer, Verifier
from privseg.vault import ColumnStore, Environment, Vault
from privseg.vault.note import SealedNote

BUDGET = "budget"  # names the secret that seals what is remembered of the budget ledger
COLUMNS = "columns"
AUDIT_KEY = "audit"
ELIGIBLE = "eligible"  # names the folder of eligible sets, and the secret that they are read under
ANY_ENTRY = "SELECT 1 FROM audit_entry LIMIT 1"
RELEASE_KEY = "release"
SAMPLE = "sample"  # names the secret by which people are drawn for samples
OF_RULES = ("policy", "segments", "sets", "compute", "_request_laws")
"""What a house keeps that follows from its files of rules."""


class House:
    """A workspace's parts. Opened once per process and closed by the workspace.

    ``recovering`` opens one whose budget ledger is not what is remembered, to mend that alone.
    """

    def __init__(
        self, config: WorkspaceConfig, outside: Outside, *, new: bool, recovering: bool = False
    ) -> None:
        self.config = config
        self.outside = outside
        require_trusted(config)
        finish_taking(config.root)
        if self.key_file.resolve().is_relative_to(config.root.resolve()):
            raise KeyInsideError(self.key_file)
        self.db = open_database(config, new=new)
        try:
            self._furnish(config.private, new=new)
            if new:
                self.erasures.begin()
            if not recovering:
                self.erasures.require_no_older_copy()
                self.losses.check()
            if new:
                self.log.append(first_key(self.audit_signer))
            note_settings(self)
        except BaseException:
            self.db.close()
            raise

    def _furnish(self, private: Path, *, new: bool) -> None:
        """Open vault, column store, log and the rest over the one database."""
        storage = VaultTables(self.db)
        make = Vault.create if new else Vault.open
        self.vault = make(
            storage,
            container_of(self.config, self.outside.key_secrets),
            workspace=self.config.workspace_id,
            environment=Environment(self.config.environment),
        )
        self.columns = ColumnStore.open(private / COLUMNS, storage, self.vault)
        if not new and not (private / HEAD_FILE).exists() and not self.db.raw(ANY_ENTRY):
            raise LogMissingError
        audit = self.audit_signer
        self.anchors = FolderAnchors(
            self.config.audit.anchors, private / ANCHORED, clock=self.outside.clock
        )
        self.touched = SqlTouched(self.db, TouchedSeals(self.vault), by=self.outside.by)
        self.log = SqlAuditLog(
            self.db,
            audit,
            clock=self.outside.clock,
            monotonic_ns=self.outside.machine_ns,
            boot_id=boot_id(),
            randbytes=secrets.token_bytes,
            origin=audit.name,
            bodies=SealedBodies(self.vault),
            index=self.touched,
            anchoring=self.anchors,
            verifiers=self.audit_verifiers,
            by=self.outside.by,
        )
        self.ledger = SqlLedger(self.db)
        self.remember_beside_keys()
        self.editions = SqlEditions(self.db)
        self.witnessing = Witnessing(
            self.config.audit.witnesses,
            private,
            signer=lambda: self.release_signer,
            leaves=lambda: self.releases.leaves(),  # noqa: PLW0108 - made below
        )
        self.releases = PublishedReleases(self.db, self.witnessing.published)
        self.runs = SqlRuns(self.db, MembershipSeals(self.vault))
        self.disclosures = SqlDisclosures(self.db, RowSeals(self.vault, "disclosure"))
        self.notices = SqlNotices(self.db, RowSeals(self.vault, "notice"))
        self.kept = SqlKept(self.db, RowSeals(self.vault, "kept"))
        self.matches = SqlMatches(self.db)
        self.case_seals = CaseSeals(self.vault)
        self.cases = SqlCases(self.db, self.case_seals)
        self.corrections = SqlCorrections(self.db)
        self.intake = SqlIntake(self.db)
        self.policies = SqlPolicies(self.db)
        self.in_force = SqlInForce(self.db)
        self.definitions = SqlSegments(self.db)

    @property
    def audit_signer(self) -> Signer:
        """Return who signs the log's heads now."""
        return audit_signer(self.vault, f"privseg/{self.config.workspace_id}/{AUDIT_KEY}")

    @property
    def audit_verifiers(self) -> tuple[Verifier, ...]:
        """Return every key that signed heads of the log, oldest first."""
        return audit_verifiers(self.vault, self.audit_signer.name)

    @property
    def release_signer(self) -> Signer:
        """Return who signs releases and receipts."""
        return self.vault.signer(f"privseg/{self.config.workspace_id}/{RELEASE_KEY}")

    def remember_beside_keys(self) -> None:
        """Remember erasures, backups and charges beside the key container, wherever that lies."""
        folder = self.key_file.parent
        self.erasures = erased_people(folder, self.vault, self.log)
        self.backups = backups_made(folder, self.vault)
        self.losses = SqlLosses(self.db, note=self._budget_note())

    def _budget_note(self) -> SealedNote:
        """Return what remembers the budget ledger outside the workspace: beside the root key."""
        workspace, key = self.config.workspace_id, self.vault.secret(BUDGET)
        path = self.key_file.with_name(f"{workspace}.budget")
        return SealedNote(path, workspace=workspace, what=BUDGET, key=key)

    @property
    def key_file(self) -> Path:
        """Return where the root key lies."""
        return key_path(self.config)

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

    def forget_rules(self) -> None:
        """Read the rules anew when they are next asked for: their files have changed."""
        for cached in OF_RULES:
            self.__dict__.pop(cached, None)

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
        folder = self.config.private / ELIGIBLE
        key = partial(self.vault.secret, ELIGIBLE)
        return EligibleSets(self.policy, self.ledger, FolderOfSets(folder, self.db, key))

    @cached_property
    def compute(self) -> DuckCompute:
        """Return the engine that runs plans; it remembers which ones it has run."""
        key = self.vault.secret(SAMPLE)
        return DuckCompute(self.columns, self.policy.catalogue, clock=self.now, sample_key=key)

    @cached_property
    def systems(self) -> tuple[System, ...]:
        """Return the other systems that hold people's data; nothing is connected yet."""
        return systems_of(self.config)

    @cached_property
    def _request_laws(self) -> RequestLaws:
        """Return what every law that is known here asks of requests."""
        return RequestLaws(self.policy, self.config.policies)

    def request_law(self, where: Where) -> RequestLaw:
        """Return the law of a place, or what keeps those of several; of all where none is known."""
        return self._request_laws.of(where)

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
