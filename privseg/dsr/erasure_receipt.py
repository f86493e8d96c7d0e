# SPDX-License-Identifier: Apache-2.0
"""The receipt of an erasure as a signed file, and the offline check of one.

The file is JSON: ``receipt`` is the document (``docs/reference/schemas``), ``signature`` a C2SP
signed note by the key that signs releases, whose text is the format and the SHA-256 of the
document's canonical form. It is *provisional*, and says why, while something is still to be done by
others; once the last of it is told done, the same erasure has a final one.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from hashlib import sha256
from typing import Any

from privseg.dsr.erasure import (
    ERASURE_FORMAT,
    NOT_COVERED,
    TOLD,
    Ordered,
    OutstandingBackup,
    Receipt,
    Search,
    SystemGone,
    Told,
)
from privseg.errors import IntegrityError
from privseg.tlog import Signer, Verifier, canonical, open_note, sign_note

BACKUPS_LEFT = (
    "a backup of the keys of before is outstanding: with it, a copy of the workspace of before "
    "opens; destroy it, then: privseg keys forget-backup ID"
)
ORDERS_LEFT = (
    "the people of another system were asked to erase and have not proved it yet; once they have: "
    "privseg dsr proof REQUEST SYSTEM --from FILE"
)
LETTERS_LEFT = (
    "a recipient was not told yet: the letter to it was written, and nobody has said that it was "
    "posted; once it is: privseg dsr notices --posted REQUEST"
)
NAMED_ELSEWHERE = (
    "files that people put into the workspace's folder, or texts about other people, name the "
    "person; see to them, then: privseg dsr receipt REQUEST --search --id-from -"
)
LEFT_IN_SYSTEM = "another system still holds rows of the person that were to be erased"


def document_of(receipt: Receipt) -> dict[str, Any]:
    """Return the receipt as a JSON-ready document, before it is signed."""
    left = receipt.left or {}
    return settled(
        {
            "privseg": ERASURE_FORMAT,
            "controller": receipt.controller,
            "request": receipt.case,
            "erased_at": receipt.erased_at.isoformat(),
            "erased": [
                {"store": e.store, "records": e.records, "fields": list(e.fields)}
                for e in receipt.erased
            ],
            "kept": [
                {"store": k.store, "records": k.records, "fields": list(k.fields),
                 "ground": k.ground, "article": k.article, "until": k.until.isoformat(),
                 "only_for": ["storage", "legal claims"]}
                for k in receipt.kept
            ],
            "systems": [_system(each, left.get(each.system, 0)) for each in receipt.systems],
            "work_orders": [_order(each) for each in receipt.work_orders],
            "recipients": [_told(each) for each in receipt.recipients],
            "sealed_copies": list(receipt.copies),
            "search": _search(receipt.search),
            "destroyed_keys": list(receipt.destroyed_keys),
            "log": {"before": receipt.before, "after": receipt.after},
            "claim": receipt.claim,
            "residues": [*receipt.residues, *receipt.more_residues],
            "residues_end": {e.what: e.until for e in receipt.ends},
            "not_covered": NOT_COVERED,
            "outstanding_backups": [_backup(each) for each in receipt.backups],
        }
    )  # fmt: skip


def settled(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document that says whether it is provisional, and why."""
    because = [
        *([BACKUPS_LEFT] if document["outstanding_backups"] else []),
        *([ORDERS_LEFT] if any(map(is_open_order, document["work_orders"])) else []),
        *([] if all(map(_is_told, document["recipients"])) else [LETTERS_LEFT]),
        *([NAMED_ELSEWHERE] if (document["search"] or {}).get("elsewhere") else []),
        *([LEFT_IN_SYSTEM] if any(s["left"] for s in document["systems"]) else []),
    ]
    return {**document, "provisional": bool(because), "provisional_because": because}


def finished(
    document: Mapping[str, Any],
    *,
    search: Search,
    left: Mapping[str, int],
    backups: Sequence[OutstandingBackup],
    claim: str,
) -> dict[str, Any]:
    """Return a draft's document with what is known only after the erasure."""
    systems = [{**s, "left": left.get(s["system"], s["left"])} for s in document["systems"]]
    return settled(
        {
            **document,
            "systems": systems,
            "search": _search(search),
            "claim": claim,
            "outstanding_backups": [_backup(each) for each in backups],
        }
    )


def without_backup(
    document: Mapping[str, Any], backup_ids: Container[str]
) -> dict[str, Any] | None:
    """Return a receipt's document after backups were destroyed; None where it named none of them.

    With the last one it may be final.
    """
    named = document["outstanding_backups"]
    left = [b for b in named if b["id"] not in backup_ids]
    return None if left == named else settled({**document, "outstanding_backups": left})


def with_orders(
    document: Mapping[str, Any], answered: Mapping[str, Ordered]
) -> dict[str, Any] | None:
    """Return a receipt's document after systems' people answered; None where nothing is new."""
    orders = [
        _order(answered[o["system"]]) if o["system"] in answered else o
        for o in document["work_orders"]
    ]
    if orders == document["work_orders"]:
        return None
    return settled({**document, "work_orders": orders})


def with_recipients(document: Mapping[str, Any], told: Sequence[Told]) -> dict[str, Any] | None:
    """Return a receipt's document after recipients were told; None where nothing is new."""
    said = [_told(each) for each in told]
    how = [each["how"] for each in document["recipients"]]
    if how == [each["how"] for each in said] or len(how) != len(said):
        return None
    return settled({**document, "recipients": said})


def with_search(document: Mapping[str, Any], search: Search) -> dict[str, Any]:
    """Return a receipt's document after another search."""
    return settled({**document, "search": _search(search)})


def sign_document(document: Mapping[str, object], signer: Signer) -> str:
    """Return the file of a receipt's document."""
    note = sign_note(signature_text(document), signer)
    return json.dumps({"receipt": document, "signature": note}, indent=2, ensure_ascii=False)


def check_receipt(text: bytes, verifiers: Sequence[Verifier]) -> dict[str, Any]:
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
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, IntegrityError):
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


def _system(gone: SystemGone, left: int) -> dict[str, Any]:
    return {
        "system": gone.system,
        "tables": [
            {"table": t.table, "records": t.records, "fields": list(t.fields)} for t in gone.tables
        ],
        "kept": [
            {"table": k.table, "records": k.records, "ground": k.ground, "until": k.until}
            for k in gone.kept
        ],
        "unsearched": list(gone.unsearched),
        "overwritten": gone.overwritten,
        "left": left,
    }


def _order(ordered: Ordered) -> dict[str, Any]:
    proof = ordered.proof
    told = None if proof is None else {"sha256": proof.sha256, "at": proof.at.isoformat()}
    return {"system": ordered.system, "proof": told, "kept_by": ordered.kept_by}


def _told(told: Told) -> dict[str, Any]:
    return {"recipient": told.recipient, "how": told.how, "at": told.at and told.at.isoformat()}


def _is_told(recipient: Mapping[str, Any]) -> bool:
    """Return whether a recipient was told, and not only written to or still to be told."""
    return recipient["how"] in TOLD


def is_open_order(order: Mapping[str, Any]) -> bool:
    """Return whether a system's people have neither proved theirs nor said why they cannot."""
    return order["proof"] is None and order["kept_by"] is None


def _search(search: Search | None) -> dict[str, int] | None:
    if search is None:
        return None
    return {
        "files": search.files, "bytes": search.bytes, "cells": search.cells,
        "spellings": search.spellings, "found": search.found, "elsewhere": search.elsewhere,
    }  # fmt: skip


def _backup(backup: OutstandingBackup) -> dict[str, str]:
    return {"id": backup.backup_id, "made_at": backup.made_at}
