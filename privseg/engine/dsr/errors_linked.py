# SPDX-License-Identifier: Apache-2.0
"""What requests for linked profiles refuse: each leaves the case and the log as they were."""

from __future__ import annotations

from privseg.dsr.kinds import RequestKind
from privseg.errors import InputError, PolicyError


class NotForLinkedError(InputError):
    """A kind of request needs none for linked profiles; nothing was opened."""

    def __init__(self, number: int, kind: RequestKind) -> None:
        why = (
            "a correction is about a value of one profile"
            if kind is RequestKind.RECTIFICATION
            else "what it brings about holds for linked profiles by itself"
        )
        super().__init__(
            f"request {number} is {kind.value.replace('_', ' ')}: {why}; nothing was opened"
        )
        self.number = number
        self.kind = kind


class GoesWithAnotherError(InputError):
    """A request was opened for a linked profile itself; nothing was opened."""

    def __init__(self, number: int, first: int) -> None:
        super().__init__(
            f"request {number} goes with request {first} already; name that one: "
            f"privseg dsr linked {first}; nothing was opened"
        )
        self.number = number
        self.first = first


class RequestOverError(PolicyError):
    """A request is answered, so nothing goes with it any more; nothing was opened."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} is over, so nothing can go with it any more; if the person asks "
            "for their linked profiles now, open a new request (privseg dsr open) and name that "
            "one; nothing was opened"
        )
        self.number = number


class NotLinkedNowError(PolicyError):
    """A request is for a profile that no consent links to who asked any more; nothing was done."""

    def __init__(self, number: int, first: int) -> None:
        super().__init__(
            f"request {number} goes with request {first}, but its profile is not linked to that "
            "one's person any more, so it may be somebody else's and nothing was done; refuse it "
            f"(privseg dsr refuse {number}) or withdraw it (privseg dsr withdraw {number}), or "
            "link them again if they are one person (privseg consent record merge)"
        )
        self.number = number
        self.first = first


class FirstWithdrawnError(PolicyError):
    """A request goes with one that the person took back; nothing was done."""

    def __init__(self, number: int, first: int) -> None:
        super().__init__(
            f"request {number} goes with request {first}, which the person took back, so nothing "
            f"was done; withdraw it as well: privseg dsr withdraw {number}"
        )
        self.number = number
        self.first = first
