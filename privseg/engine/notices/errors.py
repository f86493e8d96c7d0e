# SPDX-License-Identifier: Apache-2.0
"""Refusals about notices to recipients."""

from __future__ import annotations

from privseg.errors import InputError


class NoticesWaitingError(InputError):
    """Recipients have not been told of an erasure, which would take away of whom to tell them."""

    def __init__(
        self,
        number: int,
        *,
        recipients: tuple[str, ...],
        erased: tuple[str, ...] = (),
        asked: tuple[str, ...] = (),
    ) -> None:
        outside = [
            *([f"erased already in {', '.join(erased)}"] if erased else []),
            *([f"ordered already from {', '.join(asked)}"] if asked else []),
        ]
        done = f" (but {', '.join(outside)}: that is not done twice)" if outside else ""
        super().__init__(
            f"request {number}: {', '.join(recipients)} must be told first, since afterwards "
            f"nobody can say of whom; nothing of our own was erased yet{done}. Send again with: "
            f"privseg dsr notices --send --request {number}, or write letters with: --letters"
        )
        self.number = number
        self.recipients = recipients
        self.erased = erased
        self.asked = asked


class NothingToPostError(InputError):
    """No letter of the request to a recipient waits to be posted; nothing was changed."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} has no such letter to a recipient that waits to be posted; see "
            f"them with: privseg dsr notices --request {number}"
        )
        self.number = number
