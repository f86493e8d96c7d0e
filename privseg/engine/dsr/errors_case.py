# SPDX-License-Identifier: Apache-2.0
"""What the life of a request refuses: each leaves the case and the log as they were."""

from __future__ import annotations

from datetime import date

from privseg.dsr.kinds import RequestKind
from privseg.errors import InputError, PolicyError


class NotAPersonsRequestError(InputError):
    """A kind of case is not opened by a person's letter; nothing was opened."""

    def __init__(self, kind: RequestKind) -> None:
        how = (
            "privseg dsr appeal NUMBER" if kind is RequestKind.APPEAL else "privseg dsr hold place"
        )
        super().__init__(f"no letter opens a {kind.value.replace('_', ' ')}; open it with: {how}")
        self.kind = kind


class CounselsOrderError(PolicyError):
    """A legal hold is treated as if it were a person's request; nothing was done."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} is a legal hold: counsel alone places and lifts it "
            f"(privseg dsr hold lift {number}); nothing was done"
        )
        self.number = number


class IdentityNotAttestedError(InputError):
    """Only that somebody was signed in can be attested when a request is opened."""

    def __init__(self) -> None:
        super().__init__(
            "only --identity account can be said when a request is opened; anything else is "
            "proved, with: privseg dsr verify NUMBER; nothing was opened"
        )


class AttemptsExhaustedError(PolicyError):
    """Too many attempts to identify somebody; nothing was compared.

    Counted alike for people that are known here and for those that are not.
    """

    def __init__(self, number: int) -> None:
        super().__init__(
            f"too many attempts were made for request {number}, so nothing was compared; a paper "
            "can prove who asks (privseg dsr verify --help), or refuse it: privseg dsr refuse"
        )
        self.number = number


class PointNotUsableError(InputError):
    """A data point cannot prove who asks; nothing was compared, and no attempt was counted."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; take another data point, nothing was compared")
        self.why = why


class ProofNotUsableError(PolicyError):
    """A paper proves nothing here; nothing was recorded."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"request {number}: {why}; nothing was recorded")
        self.number = number
        self.why = why


class NotExtendableError(PolicyError):
    """The time of a request cannot be made longer; nothing was changed."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(
            f"the time of request {number} cannot be extended: {why}; nothing was changed"
        )
        self.number = number
        self.why = why


class ReasonsNeededError(InputError):
    """An extension, refusal or decision comes without reasons; nothing was changed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs reasons for the person, one a line; nothing was changed")
        self.what = what


class NoAppealError(PolicyError):
    """There is nothing to appeal against, or the law knows no appeal; nothing was opened."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"request {number} cannot be appealed: {why}; nothing was opened")
        self.number = number
        self.why = why


class OwnDecisionError(PolicyError):
    """Who refused a request is to decide the appeal against it; nothing was decided."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"the appeal {number} is for somebody who did not refuse the request; ask another "
            "compliance officer to decide it"
        )
        self.number = number


class NotDecidedError(InputError):
    """An appeal is to be carried out that nobody has decided; nothing was done."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"the appeal {number} is not decided yet; decide it with: "
            f"privseg dsr decide {number} upheld --reasons-from FILE (or: dismissed)"
        )
        self.number = number


class HeldError(PolicyError):
    """Data of somebody under a legal hold are to be erased; nothing was erased."""

    def __init__(self, number: int, hold: int) -> None:
        super().__init__(
            f"request {number} is about data under legal hold {hold}, so nothing was erased; "
            "refuse it on the ground of the hold (privseg dsr refuse), or wait until counsel "
            "lifts it"
        )
        self.number = number
        self.hold = hold


class ReviewDateError(InputError):
    """A legal hold has no day, or a past one, on which it is looked at again; nothing was held."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"{day} is over: a hold needs a day to come on which counsel looks at it again; "
            "nothing was held"
        )
        self.day = day


class NotAHoldError(InputError):
    """A request is to be lifted that is no legal hold; nothing was changed."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} is no legal hold; see them with: privseg dsr hold list; "
            "nothing was changed"
        )
        self.number = number
