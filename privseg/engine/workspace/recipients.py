# SPDX-License-Identifier: Apache-2.0
"""The verbs about recipients: hand people over, tell who got them, notify, and the registers."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from privseg.engine.acting import Acting
from privseg.engine.audience import listing
from privseg.engine.audience.listing import RecipientView
from privseg.engine.audience.running import HandedOver, hand_over
from privseg.engine.notices import delivering as delivering_notices
from privseg.engine.notices import posting
from privseg.engine.notices.delivering import Delivered, Transport
from privseg.engine.registers import views
from privseg.engine.registers.views import Register
from privseg.engine.roles import Verb
from privseg.store.notices import StoredNotice


class RecipientVerbs(Acting):
    """What marketers, compliance officers and auditors do about those who get data."""

    def recipients(self) -> list[RecipientView]:
        """Return the recipients of the policy, and when each was handed which segment."""
        return listing.views(self._house, role=self._acting(Verb.RULES))

    def export_audience(self, segment: str, *, to: str, out: str | PathLike[str]) -> HandedOver:
        """Write whom a segment finds into a new file for a recipient; it is personal data.

        Raises:
            HandOverRefusedError, ReadRefusedError: the policy says no; nothing was read.
            AnswerThereError, AudienceFormatError: nothing can be written there.
        """
        role = self._acting(Verb.HAND_OVER)
        return hand_over(self._house, segment, to, Path(out), role=role)

    def plan_audience(self, segment: str, *, to: str) -> HandedOver:
        """Return what would be handed over of each person; nothing is read, nobody counted."""
        return hand_over(self._house, segment, to, None, role=self._acting(Verb.HAND_OVER))

    def recipient_notices(self) -> list[StoredNotice]:
        """Return every notice to a recipient: of which request, when, and whether it was told."""
        self._acting(Verb.REQUEST)
        return self._house.notices.all()

    def send_notices(
        self,
        *,
        request: int | None = None,
        out: Path | None = None,
        by_letter: bool = False,
        transport: Transport | None = None,
    ) -> list[Delivered]:
        """Deliver the notices that are due, or all of one request: by webhook or as letters."""
        return delivering_notices.deliver(
            self._house, self._acting(Verb.REQUEST), transport, number=request, out=out,
            by_letter=by_letter,
        )  # fmt: skip

    def posted_notices(self, request: int, *, recipient: str | None = None) -> list[StoredNotice]:
        """Note that a request's letters to recipients were posted: now they were told."""
        return posting.posted(
            self._house, request, recipient=recipient, role=self._acting(Verb.REQUEST)
        )

    def register_processing(
        self, *, out: Path | None = None, language: str | None = None
    ) -> Register:
        """Return the records of processing (GDPR Art. 30), with every difference as a finding."""
        role = self._acting(Verb.REGISTER)
        return views.register_processing(self._house, out=out, code=language, role=role)

    def register_releases(
        self, *, out: Path | None = None, language: str | None = None
    ) -> Register:
        """Return the register of releases, each checked against its signature."""
        role = self._acting(Verb.REGISTER)
        return views.register_releases(self._house, out=out, code=language, role=role)
