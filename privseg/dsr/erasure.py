# SPDX-License-Identifier: Apache-2.0
"""Erasure: what is to go, what stays and why, and the receipt that says it was done."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from privseg.errors import IntegrityError
from privseg.tlog import Signer, Verifier, canonical, open_note, sign_note

ERASURE_FORMAT = "privseg.erasure/1"

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
    "this case: its number, kind, dates and state",
    "numbers in releases already published; they carry noise and are not recalled",
    "answers to earlier access requests that were written to another folder than the workspace's",
)

PROVISIONAL = (
    "a backup of the keys of before is outstanding: with it, a copy of the workspace of before "
    "opens; destroy it, then: privseg keys forget-backup ID"
)
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
class Residue:
    """Something that stays of a person for a time, and the last day on which it may be there."""

    what: str
    until: str


@dataclass(frozen=True, slots=True)
class OutstandingBackup:
    """A backup of the keys that still opens copies of the workspace from before."""

    backup_id: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed statement that one person's data were erased (GDPR Art. 17).

    ``entry`` is a salted commitment, in hex, to the log's entry of the erasure: an auditor inside
    can open it, and it tells nobody how long the log is.

    Provisional, and saying so, while a backup of the keys of before is outstanding. Once each of
    them is told destroyed a final one is signed, about the same erasure.
    """

    controller: str
    case: int
    erased_at: datetime
    erased: tuple[Erased, ...]
    destroyed_keys: tuple[str, ...]
    entry: str
    backups: tuple[OutstandingBackup, ...] = ()
    ends: tuple[Residue, ...] = ()
    more_residues: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """Return the receipt as a JSON-ready document, before it is signed."""
        return {
            "privseg": ERASURE_FORMAT,
            "controller": self.controller,
            "request": self.case,
            "erased_at": self.erased_at.isoformat(),
            "erased": [
                {"store": e.store, "records": e.records, "fields": list(e.fields)}
                for e in self.erased
            ],
            "destroyed_keys": list(self.destroyed_keys),
            "log_entry": self.entry,
            "residues": [*RESIDUES, *self.more_residues],
            "residues_end": {e.what: e.until for e in self.ends},
            "not_covered": NOT_COVERED,
            "provisional": bool(self.backups),
            "provisional_because": PROVISIONAL if self.backups else "",
            "outstanding_backups": [
                {"id": b.backup_id, "made_at": b.made_at} for b in self.backups
            ],
        }


OF_A_SERVER = (
    "what the database server keeps of its own until it uses it again or somebody deletes it: "
    "write-ahead log, standbys, backups (docs/how-to/postgresql.md)"
)
"""Stays as well where the workspace's database is on a server."""


def signed(receipt: Receipt, signer: Signer) -> str:
    """Return the receipt's file: its document and a signed note over the document's hash."""
    return sign_document(receipt.document(), signer)


def without_backup(
    document: Mapping[str, object], backup_ids: Container[str]
) -> dict[str, object] | None:
    """Return a receipt's document after backups were destroyed; None where it named none of them.

    With the last one it is final.
    """
    named: list[dict[str, str]] = list(document["outstanding_backups"])  # type: ignore[call-overload]
    left = [b for b in named if b["id"] not in backup_ids]
    if left == named:
        return None
    because = {} if left else {"provisional": False, "provisional_because": ""}
    return {**document, "outstanding_backups": left, **because}


def sign_document(document: Mapping[str, object], signer: Signer) -> str:
    """Return the file of a receipt's document."""
    note = sign_note(signature_text(document), signer)
    return json.dumps({"receipt": document, "signature": note}, indent=2, ensure_ascii=False)


def check_receipt(text: bytes, verifiers: Sequence[Verifier]) -> dict[str, object]:
    """Return the document of a receipt whose signature holds.

    Raises:
        ReceiptForgedError: it is no receipt, or not as it was signed.
    """
    try:
        file = json.loads(text)
        document, note = file["receipt"], file["signature"]
        if set(file) != {"receipt", "signature"} or document["privseg"] != ERASURE_FORMAT:
            raise ReceiptForgedError
        if open_note(note, verifiers) != signature_text(document):
            raise ReceiptForgedError
    except (ValueError, KeyError, TypeError, IntegrityError):
        raise ReceiptForgedError from None
    return dict(document)


def signature_text(document: Mapping[str, object]) -> str:
    """Return what is signed: the format, and the SHA-256 of the canonical document."""
    return f"{ERASURE_FORMAT}\n{sha256(canonical(document)).hexdigest()}\n"


class ReceiptForgedError(IntegrityError):
    """A receipt is not one, or was changed since it was signed."""

    def __init__(self) -> None:
        super().__init__(
            "this receipt is not as it was signed; ask the controller for the original"
        )
