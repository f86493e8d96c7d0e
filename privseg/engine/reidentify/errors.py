# SPDX-License-Identifier: Apache-2.0
"""Why somebody behind a pseudonym is not named."""

from __future__ import annotations

from datetime import datetime

from privseg.errors import InputError, IntegrityError, PolicyError
from privseg.terms import Purpose

SHOWN = 60  # characters of a name that somebody typed


class NoReidentificationError(PolicyError):
    """The policy does not allow it: for this purpose, in this role, so many, so long."""

    def __init__(self, purpose: Purpose, why: str) -> None:
        super().__init__(
            f'for "{purpose[:SHOWN]}" nobody is named: {why}; what is allowed says its '
            "reidentification: in the policy"
        )
        self.purpose = purpose
        self.why = why


class OwnReidentificationError(PolicyError):
    """Who asked would decide on it themselves, or somebody else than who asked would open it."""

    def __init__(self, number: int, *, user: str, why: str) -> None:
        super().__init__(f"{user} may not do this to re-identification {number}: {why}")
        self.number = number
        self.user = user


class ReidentificationClosedError(PolicyError):
    """A request stands where this cannot be done to it (any more)."""

    def __init__(self, number: int, *, state: str, until: datetime) -> None:
        when = f" (it lapsed at {until.isoformat(timespec='minutes')})" if state == "lapsed" else ""
        super().__init__(
            f"re-identification {number} is {state}{when}, so this cannot be done; "
            "ask anew with: privseg reidentify ask"
        )
        self.number = number
        self.state = state


class ReidentificationTamperedError(IntegrityError):
    """What is stored of a request is not what the log says of it; nobody is named by it."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"what is stored of re-identification {number} is not what the log says, so it "
            "permits nothing; see: privseg audit verify"
        )
        self.number = number


class PseudonymListError(InputError):
    """A list of pseudonyms is not usable. It says which line, never what stands in it."""

    def __init__(self, why: str, *, line: int | None = None) -> None:
        place = "" if line is None else f" (line {line})"
        super().__init__(
            f"this is no list of pseudonyms{place}: {why}; write one a line, "
            "as 32 hexadecimal digits; nothing was recorded"
        )
        self.line = line
        self.why = why


class ReasonCodeError(InputError):
    """A reason code is none: it would say more than a code."""

    def __init__(self) -> None:
        super().__init__(
            "a reason code is the number or short name of a case elsewhere, such as FR-2026-17: "
            "letters, digits, dots and dashes, 40 at most; nothing personal; nothing was recorded"
        )
