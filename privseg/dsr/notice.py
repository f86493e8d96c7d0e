# SPDX-License-Identifier: Apache-2.0
"""What a recipient is told that a person asked for: a signed document, or the same on paper.

GDPR Art. 19 (erased, corrected, restricted); Cal. Civ. Code § 1798.105(c), 11 CCR §§ 7022(b)-(c),
7026(f)(2), 7027(g). It says of whom in the very identifier that the recipient was handed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from privseg.errors import IntegrityError
from privseg.terms import Attribute, Ordinal, Purpose
from privseg.tlog import Signer, Verifier, open_note, sign_note
from privseg.tlog.canonical import canonical

NOTICE_FORMAT = "privseg.notice/1"


class NoticeKind(StrEnum):
    """What happened, which a recipient is to follow."""

    ERASED = "erased"  # delete it, too (GDPR Art. 17, 19; § 1798.105(c))
    CORRECTED = "corrected"  # GDPR Art. 16, 19; § 1798.106
    RESTRICTED = "restricted"  # GDPR Art. 18, 19
    RESTRICTION_LIFTED = "restriction_lifted"
    OBJECTED = "objected"  # GDPR Art. 21
    OPTED_OUT = "opted_out"  # § 1798.120; 11 CCR § 7026(f)(2)
    LIMITED = "limited"  # § 1798.121; 11 CCR § 7027(g)
    WITHDRAWN = "withdrawn"  # GDPR Art. 7(3)


@dataclass(frozen=True, slots=True)
class Named:
    """One person as a recipient knows them: an identifier that it was handed."""

    kind: str
    value: str = field(repr=False)
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Corrected:
    """One value that is another now; None: it was taken out."""

    attribute: Attribute
    value: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to one recipient. ``people`` are ours and are never told.

    ``fields`` are those that the recipient was handed, so that it knows what is meant.
    """

    notice_id: str
    kind: NoticeKind
    recipient: str
    controller: str
    case: int
    made_at: datetime
    reply_by: str
    people: tuple[Ordinal, ...] = field(repr=False)
    named: tuple[Named, ...] = field(repr=False)
    fields: tuple[str, ...]
    corrected: tuple[Corrected, ...] = field(default=(), repr=False)

    def document(self) -> dict[str, Any]:
        """Return what the recipient is told."""
        return {
            "privseg": NOTICE_FORMAT,
            "id": self.notice_id,
            "act": self.kind.value,
            "recipient": self.recipient,
            "controller": self.controller,
            "request": str(self.case),
            "made_at": self.made_at.isoformat(),
            "reply_by": self.reply_by,
            "people": [
                {"kind": n.kind, "value": n.value, "purpose": n.purpose} for n in self.named
            ],
            "fields": list(self.fields),
            "corrected": [{"attribute": c.attribute, "value": c.value} for c in self.corrected],
        }

    def kept(self) -> bytes:
        """Return what waits in the outbox: the document, and of whom it is."""
        return canonical({"people": [int(p) for p in self.people], "notice": self.document()})


def parse_kept(kept: bytes) -> Notice:
    """Return the notice of what waited in the outbox."""
    found = json.loads(kept)
    said = found["notice"]
    return Notice(
        notice_id=said["id"],
        kind=NoticeKind(said["act"]),
        recipient=said["recipient"],
        controller=said["controller"],
        case=int(said["request"]),
        made_at=datetime.fromisoformat(said["made_at"]),
        reply_by=said["reply_by"],
        people=tuple(map(Ordinal, found["people"])),
        named=tuple(Named(n["kind"], n["value"], Purpose(n["purpose"])) for n in said["people"]),
        fields=tuple(said["fields"]),
        corrected=tuple(
            Corrected(Attribute(c["attribute"]), c["value"]) for c in said["corrected"]
        ),
    )


def people_in(kept: bytes) -> frozenset[Ordinal]:
    """Return of whom something in the outbox is."""
    return frozenset(map(Ordinal, json.loads(kept)["people"]))


def signed_notice(document: Mapping[str, Any], signer: Signer) -> bytes:
    """Return the body of a webhook: the document, and a signed note over its hash."""
    note = sign_note(_signature_text(document), signer)
    return json.dumps({"notice": document, "signature": note}, ensure_ascii=False).encode()


class NoticeForgedError(IntegrityError):
    """A notice is not one, or was changed since it was signed."""

    def __init__(self) -> None:
        super().__init__(
            "this notice is not as it was signed; do not act on it, ask its controller"
        )


def check_notice(body: bytes, verifiers: Sequence[Verifier]) -> dict[str, Any]:
    """Return the document of a notice whose signature holds: what a recipient does first.

    Raises:
        NoticeForgedError: it is none, or not as it was signed.
    """
    try:
        file = json.loads(body)
        document, note = file["notice"], file["signature"]
        if set(file) != {"notice", "signature"} or document["privseg"] != NOTICE_FORMAT:
            raise NoticeForgedError
        if open_note(note, verifiers) != _signature_text(document):
            raise NoticeForgedError
    except (ValueError, KeyError, TypeError, IntegrityError):
        raise NoticeForgedError from None
    return dict(document)


def _signature_text(document: Mapping[str, Any]) -> str:
    """Return what is signed: the format, and the SHA-256 of the canonical document."""
    return f"{NOTICE_FORMAT}\n{sha256(canonical(document)).hexdigest()}\n"
