# SPDX-License-Identifier: Apache-2.0
"""What the person-level exit refuses, and how it fails."""

from __future__ import annotations

from privseg.engine.errors import UnknownNameError
from privseg.errors import DisclosureError, InputError, PolicyError


class UnknownRecipientError(UnknownNameError):
    """The policy has no such recipient."""

    what = "recipient"
    see = "privseg audience list"


class HandOverRefusedError(PolicyError):
    """The policy does not let these people be handed to this recipient; nothing was read."""

    def __init__(self, *, segment: str, recipient: str, reasons: tuple[str, ...]) -> None:
        super().__init__(
            f'segment "{segment}" is not handed to "{recipient}": {"; ".join(reasons)}; '
            "nothing was read. What it may get stands in the policy's section recipients"
        )
        self.segment = segment
        self.recipient = recipient
        self.reasons = reasons


class AudienceFormatError(InputError):
    """A file's name says of no format that an audience is written in."""

    def __init__(self) -> None:
        super().__init__("name a file that ends in .csv or .jsonl; nothing was read")


class HandOverFailedError(DisclosureError):
    """A hand-over was cut short; nothing was written. The message never depends on the data."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            "the hand-over failed and nothing was written; what it may have read is on the log. "
            "See: privseg doctor"
        )
