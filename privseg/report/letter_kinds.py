# SPDX-License-Identifier: Apache-2.0
"""Which letters there are, to whom they go, and the facts that each of them must state.

Law: GDPR Art. 12(3)-(4) (what is done, or why not; an extension and its reasons; where to
complain), Art. 18(3), 19; 11 CCR §§ 7021(a) (receipt is confirmed), 7028 (a second step to opt
in); C.R.S. § 6-1-1306(3) (appeals).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum


class LetterKind(StrEnum):
    """What a letter is for."""

    RECEIVED = "received"  # 11 CCR § 7021(a): confirmed, and how it goes on
    IDENTITY_NEEDED = "identity_needed"  # GDPR Art. 12(6): only what is needed
    EXTENDED = "extended"  # GDPR Art. 12(3): in the first month, with reasons
    REFUSED = "refused"  # GDPR Art. 12(4)
    DONE = "done"
    PARTLY_DONE = "partly_done"
    NOTHING_HELD = "nothing_held"
    HELD = "held"  # an erasure waits: GDPR Art. 17(3)(e)
    PASSPHRASE = "passphrase"  # noqa: S105  # opens a sealed answer; sent apart from it
    ERASED = "erased"  # with the secret by which the person can show that it was theirs
    WITHDRAWN = "withdrawn"  # the person took the request back
    APPEAL_DECIDED = "appeal_decided"  # C.R.S. § 6-1-1306(3)
    RESTRICTION_LIFTED = "restriction_lifted"  # GDPR Art. 18(3): told before it is lifted
    OPT_IN_CONFIRM = "opt_in_confirm"  # 11 CCR § 7028: the second of two steps
    NOTICE = "notice"  # to a recipient: GDPR Art. 19
    WORK_ORDER = "work_order"  # to the people of a system that we cannot reach


TO_OTHERS = frozenset({LetterKind.NOTICE, LetterKind.WORK_ORDER})
"""Letters that do not go to the person."""

TELL = frozenset(
    {
        LetterKind.DONE,
        LetterKind.PARTLY_DONE,
        LetterKind.NOTHING_HELD,
        LetterKind.HELD,
        LetterKind.PASSPHRASE,
        LetterKind.ERASED,
        LetterKind.RESTRICTION_LIFTED,
    }
)
"""Letters from which one learns whether data are held: never to somebody not identified."""

SECRET = frozenset({LetterKind.PASSPHRASE, LetterKind.ERASED})
"""Letters that hold a secret which is the person's alone: no copy of them is kept."""


class Shape(Enum):
    """How a fact is given, and whether it may be empty."""

    TEXT = "text"
    LINES = "lines"
    SOME_LINES = "lines or none"
    DAY = "a date"
    DAY_OR_NONE = "a date or none"

    @property
    def is_lines(self) -> bool:
        """Return whether it is a list."""
        return self in {Shape.LINES, Shape.SOME_LINES}

    @property
    def is_day(self) -> bool:
        """Return whether it is a date."""
        return self in {Shape.DAY, Shape.DAY_OR_NONE}

    @property
    def may_be_empty(self) -> bool:
        """Return whether there may be nothing to say."""
        return self in {Shape.SOME_LINES, Shape.DAY_OR_NONE}


_text = Shape.TEXT
_lines = Shape.LINES
_day = Shape.DAY

OWN: Mapping[LetterKind, Mapping[str, Shape]] = {
    LetterKind.RECEIVED: {},
    LetterKind.IDENTITY_NEEDED: {"needed": _lines, "reply_by": _day},
    LetterKind.EXTENDED: {"until": _day, "reasons": _lines},
    LetterKind.REFUSED: {"grounds": _lines, "reasons": _lines},
    LetterKind.DONE: {"done": _lines},
    LetterKind.PARTLY_DONE: {
        "done": Shape.SOME_LINES, "kept": _lines, "grounds": _lines, "reasons": _lines,
    },
    LetterKind.NOTHING_HELD: {"unsearched": Shape.SOME_LINES},
    LetterKind.HELD: {"grounds": _lines, "until": Shape.DAY_OR_NONE},
    LetterKind.PASSPHRASE: {"file": _text, "passphrase": _text},
    LetterKind.ERASED: {
        "done": Shape.SOME_LINES, "asked": Shape.SOME_LINES, "pending": Shape.SOME_LINES,
        "kept": Shape.SOME_LINES, "unsearched": Shape.SOME_LINES, "stays": _lines, "secret": _text,
    },
    LetterKind.WITHDRAWN: {},
    LetterKind.APPEAL_DECIDED: {"outcome": _text, "reasons": _lines},
    LetterKind.RESTRICTION_LIFTED: {"lifts_on": _day, "reasons": _lines},
    LetterKind.OPT_IN_CONFIRM: {"purpose": _text, "reply_by": _day, "code": _text},
    LetterKind.NOTICE: {
        "recipient": _text, "act": _text, "identifier_kind": _text, "identifier": _text,
        "fields": Shape.SOME_LINES, "by": _day,
    },
    LetterKind.WORK_ORDER: {
        "system": _text, "act": _text, "identifiers": _lines, "tables": _lines, "by": _day,
    },
}  # fmt: skip
"""The facts that each letter has beside those that every letter has."""

EVERYWHERE = ("controller", "contact", "reference", "written")
"""Shown on every letter: from whom, about what, of when."""

TO_PERSON = ("request", "received", "law")
"""Shown on every letter to a person: what they asked, when it came, under which law."""

DATED = frozenset({LetterKind.RECEIVED, LetterKind.IDENTITY_NEEDED, LetterKind.EXTENDED})
"""Letters that say by when the person gets an answer."""

ENDS = frozenset(
    {
        LetterKind.EXTENDED,
        LetterKind.REFUSED,
        LetterKind.DONE,
        LetterKind.PARTLY_DONE,
        LetterKind.NOTHING_HELD,
        LetterKind.HELD,
        LetterKind.ERASED,
        LetterKind.APPEAL_DECIDED,
        LetterKind.RESTRICTION_LIFTED,
    }
)
"""Letters that say where to complain (GDPR Art. 12(4)); more than the law asks."""

MAY_APPEAL = frozenset({LetterKind.REFUSED, LetterKind.PARTLY_DONE, LetterKind.HELD})
"""Letters that say how to appeal, where the law gives an appeal."""
