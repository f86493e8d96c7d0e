# SPDX-License-Identifier: Apache-2.0
"""Erasure: what is to go, what stays and why, and the receipt that says it was done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    "that number's bit in the people sets of earlier runs, kept as long as the audit bodies are",
    "keyed hashes of identifiers in copies made before: with the keys, whether one was known",
    "the files that data were imported from, wherever they lie: the controller deletes them",
    "this case: its number, kind, dates and state",
    "numbers in releases already published; they carry noise and are not recalled",
    "answers to earlier access requests that were written to another folder than the workspace's",
)

PROVISIONAL = (
    "copies of the key file or of the workspace made outside privseg before the erasure are not "
    "covered: destroy the key file's copies, and this receipt holds for the workspace's too"
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What one store lost: how many records, and the names of their fields (never values)."""

    store: str
    records: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed statement that one person's data were erased (GDPR Art. 17).

    Provisional, and saying so, as long as key backups are not covered by a shred.
    """

    controller: str
    case: int
    erased_at: datetime
    erased: tuple[Erased, ...]
    destroyed_keys: tuple[str, ...]
    log_before: int
    log_after: int
    checkpoint: str

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
            "audit_log": {"before": self.log_before, "after": self.log_after},
            "checkpoint": self.checkpoint,
            "residues": list(RESIDUES),
            "provisional": True,
            "provisional_because": PROVISIONAL,
        }


def signed(receipt: Receipt, signer: Signer) -> str:
    """Return the receipt's file: its document and a signed note over the document's hash."""
    document = receipt.document()
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
