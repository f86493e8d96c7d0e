# SPDX-License-Identifier: Apache-2.0
"""A work order: what the people of a system that we cannot reach are asked to erase, signed.

Its format is ``privseg.workorder/1`` (docs/reference/schemas/work-order.schema.json). It names the
person, as whoever is to find them needs it, and only by the kinds of identifier that the system's
tables are kept under.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

from privseg.dsr.system_rules import TableRules
from privseg.dsr.systems import WORK_ORDER_FORMAT
from privseg.errors import IntegrityError
from privseg.terms import SubjectId
from privseg.tlog import Signer, Verifier, open_note, sign_note
from privseg.tlog.canonical import canonical

PROOF = (
    "Erase these rows in your system, its copies and exports, then send a proof back: when it was "
    "done, by whom, how many rows of which table. Name the request, and nobody's data."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one system's people are asked."""

    controller: str
    request: int
    system: str
    people: str
    asked_at: datetime
    by: date
    tables: tuple[TableRules, ...]
    identifiers: tuple[SubjectId, ...] = field(repr=False)

    def document(self) -> dict[str, object]:
        """Return the order as a JSON-ready document, before it is signed."""
        return {
            "privseg": WORK_ORDER_FORMAT,
            "controller": self.controller,
            "request": self.request,
            "system": self.system,
            "to": self.people,
            "act": "erase",
            "asked_at": self.asked_at.isoformat(),
            "by": self.by.isoformat(),
            "identifiers": [{"kind": i.kind, "value": i.value} for i in self.identifiers],
            "tables": [_table(table) for table in self.tables],
            "proof": PROOF,
        }


def needed(ids: Iterable[SubjectId], tables: Sequence[TableRules]) -> tuple[SubjectId, ...]:
    """Return the identifiers that a system is searched by, and no other."""
    kinds = {table.identifier for table in tables}
    return tuple(each for each in ids if each.kind in kinds)


def signed_order(order: Order, signer: Signer) -> str:
    """Return the file of a work order: its document, and a signed note over its hash."""
    document = order.document()
    note = sign_note(_signature_text(document), signer)
    file = {"work_order": document, "signature": note}
    return json.dumps(file, indent=2, ensure_ascii=False) + "\n"


def check_order(text: bytes, verifiers: Sequence[Verifier]) -> dict[str, object]:
    """Return the document of a work order whose signature holds.

    Raises:
        OrderForgedError: it is no work order, or not as it was signed.
    """
    try:
        file = json.loads(text)
        document = file["work_order"]
        if set(file) != {"work_order", "signature"} or document["privseg"] != WORK_ORDER_FORMAT:
            raise OrderForgedError
        if open_note(file["signature"], verifiers) != _signature_text(document):
            raise OrderForgedError
    except (ValueError, KeyError, TypeError, IntegrityError):
        raise OrderForgedError from None
    return dict(document)


class OrderForgedError(IntegrityError):
    """A work order is not one, or was changed since it was signed."""

    def __init__(self) -> None:
        super().__init__(
            "this work order is not as it was signed; ask the controller for the original, and "
            "erase nothing by this one"
        )


def _table(table: TableRules) -> dict[str, object]:
    """Return what is to be done with one table."""
    told: dict[str, object] = {
        "table": table.name,
        "person": table.person,
        "identifier": table.identifier,
        "on_erasure": table.on_erasure.value,
        "columns": list(table.columns),
    }
    if table.keep is not None:
        told["keep"] = {"ground": table.keep.ground, "for": table.keep.span}
    return told


def _signature_text(document: Mapping[str, object]) -> str:
    """Return what is signed: the format, and the SHA-256 of the canonical document."""
    return f"{WORK_ORDER_FORMAT}\n{sha256(canonical(document)).hexdigest()}\n"
