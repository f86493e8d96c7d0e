# SPDX-License-Identifier: Apache-2.0
"""The audit log in memory: the twin of the store's adapter, through the same contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from privseg.audit import AuditEvent, Kind, Outcome, StoredEntry, seal
from privseg.audit.handover import rotation_header
from privseg.terms import StaffRole
from privseg.tlog import Checkpoint, Frontier, leaf_hash
from tests.twins.seed_key import PublicKey, SeedKey

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOOT = "0b" * 16


def ticking(step: timedelta = timedelta(minutes=17)) -> Callable[[int], datetime]:
    """Return a clock that tells, for each sequence number, a later time."""
    return lambda sequence: START + sequence * step


def salts(seed: bytes = b"privseg test salts") -> Callable[[int], bytes]:
    """Return reproducible salts: for tests and vectors only."""
    return lambda sequence: sha256(seed + sequence.to_bytes(8, "big")).digest()


@dataclass
class MemoryAuditLog:
    """Port AuditLog, durable as long as it is referenced."""

    signer: SeedKey = field(default_factory=lambda: SeedKey("example.com/audit"))
    clock: Callable[[int], datetime] = field(default_factory=ticking)
    salt: Callable[[int], bytes] = field(default_factory=salts)
    boot_id: str = BOOT
    by: Mapping[str, str] | None = None  # who is at the keyboard: it goes into every body
    stored: list[StoredEntry] = field(default_factory=list, repr=False)
    frontier: Frontier = field(default_factory=Frontier, repr=False)
    earlier: list[SeedKey] = field(default_factory=list, repr=False)
    handovers: list[str] = field(default_factory=list, repr=False)

    def append(self, event: AuditEvent) -> int:
        if self.by is not None:
            event = replace(event, body={**event.body, "by": self.by})
        sequence = len(self.stored)
        sealed = seal(
            event,
            sequence=sequence,
            time=self.clock(sequence),
            monotonic_ns=(sequence + 1) * 1_000_000_000,
            boot_id=self.boot_id,
            salt=self.salt(sequence),
        )
        data = sealed.entry.to_bytes()
        leaf = leaf_hash(data)
        self.stored.append(StoredEntry(sequence, data, sealed.salt, sealed.body, leaf))
        self.frontier = self.frontier.append([leaf])
        return sequence

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[StoredEntry]:
        return iter(self.stored[start:end])

    @property
    def size(self) -> int:
        return len(self.stored)

    @property
    def origin(self) -> str:
        """Return the log's name, which a new key keeps."""
        return self.keys[0].name

    def head(self) -> str:
        head = Checkpoint(self.origin, self.size, self.frontier.root())
        return head.sign(self.signer)

    def erase_body(self, sequence: int) -> None:
        """Erase as the store does: salt and body together; the entry stays."""
        kept = self.stored[sequence]
        self.stored[sequence] = StoredEntry(sequence, kept.entry_bytes, leaf=kept.leaf)

    def rotate(self, signer: SeedKey) -> int:
        """Hand over to another key as the engine does: an entry, and a head that both keys sign."""
        header = rotation_header(self.signer.public, signer.public)
        event = AuditEvent(Kind.CHECKPOINT_KEY, Outcome.OK, StaffRole.ADMIN, header)
        index = self.append(event)
        note = self.head()
        self.earlier.append(self.signer)
        self.signer = signer
        self.handovers.append(note + self.head().rpartition("\n\n")[2])
        return index

    @property
    def keys(self) -> list[SeedKey]:
        """Return every key that signed heads, oldest first."""
        return [*self.earlier, self.signer]

    @property
    def vkeys(self) -> list[str]:
        """Return the keys as an export names them."""
        return [key.vkey for key in self.keys]

    @property
    def verifiers(self) -> list[PublicKey]:
        """Return the keys as a check needs them."""
        return [key.public for key in self.keys]
