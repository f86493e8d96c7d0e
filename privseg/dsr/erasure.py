# SPDX-License-Identifier: Apache-2.0
"""What an erasure did, for its receipt: what went, what stays and why, and who was told.

Counts and names of stores and fields, never a value (GDPR Art. 17, 19, 5(2); Cal. Civ. Code
§ 1798.105). ``erasure_receipt`` prints and signs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

ERASURE_FORMAT = "privseg.erasure/2"

RESIDUES = (
    "a keyed mark on the suppression list, so that an import does not bring the person back",
    "one erasure event in the consent ledger, under a number that leads nowhere any more",
    "links of that number to other profiles in the consent ledger, so that a no still binds those",
    "of each erased consent event a keyed hash and when it was recorded, so that the log verifies",
    (
        "that number's bit in the people sets of earlier runs and in their index, kept as long as "
        "the audit bodies are"
    ),
    "keyed hashes of identifiers in copies made before: with the keys, whether one was known",
    (
        "that number and keyed hashes of identifiers in a sealed file beside the keys, so that an "
        "older copy, put back, is erased again"
    ),
    "the files that data were imported from, wherever they lie: the controller deletes them",
    (
        "this case: its number, kind, dates and state; of one that came in a file, keyed hashes of "
        "its row"
    ),
    "numbers in releases already published; they carry noise and are not recalled",
    "answers to earlier access requests that were written to another folder than the workspace's",
    (
        "files that staff had written elsewhere: audiences, lists after a breach, rows put into "
        "quarantine: the controller deletes them"
    ),
)

OF_A_REQUEST = next(text for text in RESIDUES if text.startswith("this case:"))
"""What stays of an erasure alone, where nothing was held."""

OF_A_SERVER = (
    "what the database server keeps of its own until it uses it again or somebody deletes it: "
    "write-ahead log, standbys, backups (docs/how-to/postgresql.md)"
)
"""Stays as well where the workspace's database is on a server."""

TOLD = frozenset({"webhook", "letter"})
"""How a recipient was told: its machine took the notice, or a letter was posted."""

NOT_COVERED = (
    "copies of the key container made outside privseg before the erasure are not covered: destroy "
    "them, and this receipt holds for copies of the workspace, too"
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What one store lost: how many records, and the names of their fields (never values)."""

    store: str
    records: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of one store, on which ground of the law, until when at the latest.

    It is restricted to storage and to legal claims (GDPR Art. 17(3), 18(2)): no segmenter reads it.
    """

    store: str
    records: int
    fields: tuple[str, ...]
    ground: str  # a code: W3C DPV's term, or ``ccpa:...``
    article: str
    until: date


@dataclass(frozen=True, slots=True)
class TableGone:
    """What one table of another system lost."""

    table: str
    records: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableStays:
    """What stays in one table of another system, on which ground and for how long."""

    table: str
    records: int
    ground: str
    until: str


@dataclass(frozen=True, slots=True)
class SystemGone:
    """What another system lost. ``unsearched`` are tables by whose identifiers nobody is known."""

    system: str
    tables: tuple[TableGone, ...]
    kept: tuple[TableStays, ...] = ()
    unsearched: tuple[str, ...] = ()
    overwritten: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """That the people of a system did what they were asked: the hash of what they sent, and when.

    Who recorded it stands in the log, and not here: employees are people, too.
    """

    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ordered:
    """A system whose own people erase; ``proof`` is None until they have proved it.

    ``kept_by`` is the ground on which they cannot, and have said so.
    """

    system: str
    proof: Proof | None = None
    kept_by: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A recipient who is told of the erasure (GDPR Art. 19): when, and how.

    ``how`` is one of ``TOLD``; or "letter_written", which nobody has said to be posted yet; or
    "waiting".
    """

    recipient: str
    how: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched after the erasure, in how many spellings, and how much was found.

    ``files`` and ``bytes`` are those of the workspace and beside its keys; ``cells`` are values of
    the database and decrypted ones of the column store. ``elsewhere`` counts files of the
    workspace's folder that are not ours, and tables with texts about other people, that name the
    person still: the controller's to see to. ``where`` names them for the officer; no receipt does.
    """

    files: int
    bytes: int
    cells: int
    spellings: int
    found: int = 0
    elsewhere: int = 0
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Residue:
    """Something that stays of a person for a time, and the last day on which it may be there."""

    what: str
    until: str


@dataclass(frozen=True, slots=True)
class OutstandingBackup:
    """A backup of the keys that still opens copies of the workspace from before."""

    backup_id: str
    made_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A signed statement that one person's data were erased.

    ``before`` and ``after`` are salted commitments, in hex, to how far the log had come: an auditor
    inside can open them, and they tell nobody how much is done here (``log_points``). ``claim`` is
    the hash of a secret that only the person has (``erasure_claim``).
    ``copies`` are requests of the same person whose answers were sealed before, for them alone.
    ``residues`` are what stays of everybody erased; of somebody unknown only the request does.
    """

    controller: str
    case: int
    erased_at: datetime
    erased: tuple[Erased, ...]
    kept: tuple[Kept, ...] = ()
    systems: tuple[SystemGone, ...] = ()
    left: Mapping[str, int] | None = None  # by system; None before it was searched
    work_orders: tuple[Ordered, ...] = ()
    recipients: tuple[Told, ...] = ()
    copies: Sequence[int] = ()
    destroyed_keys: tuple[str, ...]
    before: str
    after: str
    search: Search | None = None
    claim: str = ""
    backups: tuple[OutstandingBackup, ...] = ()
    ends: tuple[Residue, ...] = ()
    residues: tuple[str, ...] = RESIDUES
    more_residues: tuple[str, ...] = ()

    @property
    def is_partial(self) -> bool:
        """Return whether something stays on a ground of the law."""
        return bool(self.kept) or any(system.kept for system in self.systems)
