# SPDX-License-Identifier: Apache-2.0
"""The keys of a law pack's section ``requests``. What they mean together: ``laws_requests``.

Every rule says its value, the article it comes from, the day that was checked, how sure we are,
and at least one case that is run. Times are written ``1 month``, ``45 days``, ``10 business days``
and count from receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import Field

from privseg.dsr.identity import IdentityNeed
from privseg.dsr.kinds import RequestKind
from privseg.loaders.document import Document
from privseg.loaders.laws_source import SourceOfRule
from privseg.policy.natures import Nature


class PauseEntry(Document):
    """A time in which it was in real doubt who asks."""

    asked: date = Field(description="The day on which proof of identity was asked for.")
    came: date = Field(description="The day on which it came.")


class RequestCaseEntry(Document):
    """Given a request, what must come out of the law. Say at least one thing that must."""

    kind: RequestKind
    where: str | None = Field(
        None, alias="in", description="ISO 3166; default: the pack's first. Its holidays count."
    )
    received: date | None = Field(None, description="The local day of receipt.")
    extended: bool = Field(False, description="The person was told of an extension in time.")
    pauses: tuple[PauseEntry, ...] = ()
    answered: date | None = Field(None, description="The day of the answer.")
    confirm_by: date | None = None
    answer_by: date | None = None
    legal_limit: date | None = None
    tell_by: date | None = Field(None, description="Last day on which an extension is told.")
    kept_until: date | None = Field(None, description="Last day of the request's record.")
    may_extend: bool | None = None
    may_pause: bool | None = None
    ground: str | None = Field(None, description="A ground on which it can be refused.")
    no_ground: str | None = Field(None, description="A ground on which it cannot.")
    identity: IdentityNeed | None = None
    hides: Nature | None = Field(None, description="A nature that no answer discloses.")
    shows: Nature | None = Field(None, description="A nature that an answer discloses.")
    tells: str | None = Field(None, description="Words that tell where to complain.")
    appeal: bool | None = Field(None, description="There is an appeal to the controller.")
    metrics: bool | None = Field(None, description="Yearly numbers are published.")


class RequestRule(SourceOfRule):
    """What every rule says; each kind of rule narrows its value."""

    value: object
    cases: tuple[RequestCaseEntry, ...] = Field(description="At least one; all are run.")


class TimeException(SourceOfRule):
    """Another time for one kind of request."""

    value: str = Field(description="Such as 15 business days.")


class TimeRule(RequestRule):
    """A time, counted from receipt."""

    value: str = Field(description="Such as 1 month, 45 days, 10 business days.")
    exceptions: Mapping[RequestKind, TimeException] = Field(
        {}, alias="except", description="By kind of request; each needs a case of its own."
    )


class OneTimeRule(RequestRule):
    """A time."""

    value: str = Field(description="Such as 24 months.")


class TimeOfKindsRule(RequestRule):
    """A time that only some kinds of request have."""

    value: str = Field(description="Such as 90 days: the whole time from receipt.")
    kinds: tuple[RequestKind, ...] = Field((), description="Which; all of them if absent.")


class AppealRule(RequestRule):
    """How long an appeal may take; counted from its receipt."""

    value: str = Field(description="Such as 45 days.")
    extended: str | None = Field(None, description="The whole time of an extended one.")


class TruthRule(RequestRule):
    """A yes or no."""

    value: bool


class TextRule(RequestRule):
    """Words for the person: one plain sentence."""

    value: str


class HiddenRule(RequestRule):
    """Natures of data that no answer discloses; it says only that they are held."""

    value: tuple[Nature, ...]


class NeedsRule(RequestRule):
    """How sure we must be of who asks; kinds that are not named need a reasonable degree."""

    value: Mapping[IdentityNeed, tuple[RequestKind, ...]]


class GroundEntry(Document):
    """A ground of refusal."""

    code: str = Field(description="A term of W3C DPV, or LAW:SECTION where DPV has none.")
    title: str = Field(description="What it says, for the person: a few plain words.")
    article: str
    kinds: tuple[RequestKind, ...] = Field(description="Which requests can be refused so.")


class GroundsRule(RequestRule):
    """On what grounds requests may be refused, wholly or partly."""

    value: tuple[GroundEntry, ...]


class RequestsEntry(Document):
    """What the law asks of people's requests."""

    confirm: TimeOfKindsRule | None = Field(None, description="By when receipt is confirmed.")
    answer: TimeRule = Field(description="By when it is answered.")
    closed_days: TruthRule = Field(
        description="The law moves a last day that is closed to the next working day."
    )
    extend: TimeOfKindsRule | None = Field(
        None, description="The whole time when it is extended, told inside the first one."
    )
    pause: TruthRule = Field(description="The clock stands still while identity is in doubt.")
    appeal: AppealRule | None = Field(None, description="An appeal to the controller.")
    grounds: GroundsRule
    identity: NeedsRule
    never_disclosed: HiddenRule | None = None
    keep_records: OneTimeRule = Field(description="How long, counted from the answer.")
    complaint: TextRule
    metrics: TruthRule = Field(description="Yearly numbers of requests are published.")
