# SPDX-License-Identifier: Apache-2.0
"""What a release says, and the release itself: values, error bars and the words to check them by.

A statement is built from public things only: a plan, noisy numbers, a random edition id, sums of
costs of plans, and a salted commitment. Nothing in it is an exact function of personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privseg.protect import PrivacyLoss, Protected
from privseg.release.plan import ReportPlan
from privseg.tlog.note import sign_note
from privseg.tlog.signer import Signer

RELEASE_FORMAT = "privseg.release/2"
MOST_WORDS = 4_000
COMMITMENT_SIZE = 32  # bytes: a salted SHA-256


@dataclass(frozen=True, slots=True)
class SegmentNote:
    """What a reader is told of a segment: its label, colour and meaning in words.

    Words beyond ``MOST_WORDS`` letters (a list of thousands of postcodes) are cut, and say so.
    """

    name: str
    label: str
    colour: str
    words: str

    def __post_init__(self) -> None:
        """Cut what nobody would read, and what no verifier would."""
        if len(self.words) > MOST_WORDS:
            object.__setattr__(self, "words", f"{self.words[: MOST_WORDS - 2]} …")


@dataclass(frozen=True, slots=True)
class Budget:
    """What the people of the workspace had lost before this release: a sum over plans, not data.

    ``period`` names what ``limit`` and ``spent`` count in (a year); ``lifetime`` is all of it.
    """

    period: str
    limit: PrivacyLoss
    spent: PrivacyLoss
    lifetime: PrivacyLoss


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything a release says. The JSON text of it is ``release.encode``'s.

    ``audit`` is the salted commitment to the audit entry, which only an auditor inside can open;
    ``register`` the origin of the release register that proves it; ``code`` this code's version.
    """

    plan: ReportPlan
    protected: Protected
    purpose_title: str
    segments: tuple[SegmentNote, ...]
    edition_id: str
    released_at: datetime
    budget: Budget
    audit: bytes
    register: str
    code: str

    def __post_init__(self) -> None:
        """Refuse what could not be printed: other segments, an unfit commitment, a naive time."""
        if tuple(s.name for s in self.segments) != tuple(n for n, _ in self.plan.segments):
            raise ValueError("a statement explains the segments of its plan, in their order")
        if len(self.audit) != COMMITMENT_SIZE or self.released_at.tzinfo is None:
            raise ValueError("a commitment has 32 bytes, and a moment a time zone")


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """Where a release stands in the register: index, audit path, and the signed head."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str


def signature_text(statement_sha256: str) -> str:
    r"""Return what is signed: the format, and the hash of the statement's canonical text.

    >>> signature_text("ab")
    'privseg.release/2\nab\n'
    """
    return f"{RELEASE_FORMAT}\n{statement_sha256}\n"


def sign_statement(statement_sha256: str, signer: Signer) -> str:
    """Return the signed note over a statement's hash (C2SP signed-note)."""
    return sign_note(signature_text(statement_sha256), signer)
