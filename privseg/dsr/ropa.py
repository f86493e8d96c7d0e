# SPDX-License-Identifier: Apache-2.0
"""Records of processing (GDPR Art. 30(1)): what the policy declares beside what was really done.

Everything is values here; ``engine.registers`` fills them from policy and log. What is not known
is a finding and never made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

PROCESSING_FORMAT = "privseg.processing/1"


class FindingCode(StrEnum):
    """What a register can lack, or contradict."""

    MISSING = "missing"  # a fact that only people know (Art. 30(1)(a), (c), (g))
    NO_CONTRACT = "no_contract"  # Art. 28(3)
    NO_TRANSFER = "no_transfer"  # Art. 30(1)(e), 44-49
    NO_RETENTION = "no_retention"  # Art. 30(1)(f)
    NO_NOTICE = "no_notice"  # Art. 13, 14
    UNUSED_SEGMENTER = "unused_segmenter"  # declared, and not used in a year (Art. 5(1)(c))
    UNUSED_ATTRIBUTES = "unused_attributes"
    UNUSED_RECIPIENT = "unused_recipient"
    UNDECLARED_READ = "undeclared_read"  # read, and not declared any more
    UNDECLARED_RECIPIENT = "undeclared_recipient"
    UNDECLARED_FIELDS = "undeclared_fields"
    RETENTION_NOT_KEPT = "retention_not_kept"  # Art. 5(1)(e)
    FORGED = "forged"  # a release that is not as it was signed
    REVIEW_DUE = "review_due"  # Quebec: the risk is to be looked at again


@dataclass(frozen=True, slots=True)
class RegisterFinding:
    """One thing that is missing or differs. ``facts`` are names of policy, rules and dates."""

    code: FindingCode
    about: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerFacts:
    """Who is responsible (Art. 30(1)(a)), as the policy's section ``register`` says it."""

    controller: str
    name: str | None = None
    address: tuple[str, ...] = ()
    contact: str | None = None
    dpo: str | None = None
    representative: str | None = None
    joint_controllers: str | None = None
    subjects: str | None = None
    measures: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterUse:
    """A segmenter, and what of it was used since the register looks back."""

    name: str
    run_by: tuple[str, ...]
    reads: tuple[str, ...]
    runs: int
    last_read: datetime | None
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientUse:
    """A recipient of a purpose, and when it was handed anybody."""

    name: str
    title: str
    role: str
    country: str
    transfer: str | None
    contract: str | None
    is_transfer: bool
    gets: tuple[str, ...]
    times: int
    last_handed: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One purpose: all that Art. 30(1)(b)-(f) ask of it, and when it was last pursued."""

    purpose: str
    title: str
    kind: str
    basis: Mapping[str, str]
    categories: tuple[str, ...]
    natures: tuple[str, ...]
    sources: Mapping[str, int | None]  # by name: days that rows are kept
    retention_days: int | None
    consent_lasts_days: int | None
    notice: str | None
    dpia: str | None
    is_significant: bool
    segmenters: tuple[SegmenterUse, ...]
    recipients: tuple[RecipientUse, ...]

    @property
    def last_read(self) -> datetime | None:
        """Return when it was last pursued, if it was."""
        return max((s.last_read for s in self.segmenters if s.last_read), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingRecord:
    """A controller's whole record of processing."""

    made_at: datetime
    observed_since: datetime
    responsible: ControllerFacts
    activities: tuple[Activity, ...]
    findings: tuple[RegisterFinding, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "privseg": PROCESSING_FORMAT,
            "made_at": self.made_at.isoformat(),
            "observed_since": self.observed_since.isoformat(),
            "responsible": plain(asdict(self.responsible)),
            "activities": [
                {**plain(asdict(a)), "last_read": _moment(a.last_read)} for a in self.activities
            ],
            "findings": [plain(asdict(f)) for f in self.findings],
        }


def missing(responsible: ControllerFacts) -> Iterator[RegisterFinding]:
    """Yield what the policy's section ``register`` does not say."""
    for name in ("name", "address", "contact", "dpo", "subjects", "measures"):
        if not getattr(responsible, name):
            yield RegisterFinding(FindingCode.MISSING, "", (name,))


def differing(activities: Sequence[Activity]) -> Iterator[RegisterFinding]:
    """Yield where what is declared lacks something, or was not used since it is looked at."""
    for activity in activities:
        yield from _declared(activity)
        for segmenter in activity.segmenters:
            yield from _unused(segmenter)
        for recipient in activity.recipients:
            yield from _handed(activity, recipient)


def _declared(activity: Activity) -> Iterator[RegisterFinding]:
    """Yield times and notices that nobody has stated."""
    endless = tuple(sorted(n for n, days in activity.sources.items() if days is None))
    if endless and activity.retention_days is None:
        yield RegisterFinding(FindingCode.NO_RETENTION, activity.purpose, endless)
    if activity.notice is None:
        yield RegisterFinding(FindingCode.NO_NOTICE, activity.purpose)


def _unused(segmenter: SegmenterUse) -> Iterator[RegisterFinding]:
    """Yield a right to read, or a part of one, that nobody has used."""
    if not segmenter.runs:
        yield RegisterFinding(FindingCode.UNUSED_SEGMENTER, segmenter.name)
    elif segmenter.unused:
        yield RegisterFinding(FindingCode.UNUSED_ATTRIBUTES, segmenter.name, segmenter.unused)


def _handed(activity: Activity, recipient: RecipientUse) -> Iterator[RegisterFinding]:
    """Yield papers that are missing, and a recipient that got nothing."""
    if recipient.is_transfer and recipient.transfer is None:
        yield RegisterFinding(FindingCode.NO_TRANSFER, recipient.name, (recipient.country,))
    if recipient.role in {"processor", "service_provider", "contractor"} and not recipient.contract:
        yield RegisterFinding(FindingCode.NO_CONTRACT, recipient.name)
    if recipient.gets and not recipient.times:
        yield RegisterFinding(FindingCode.UNUSED_RECIPIENT, recipient.name, (activity.purpose,))


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: moments as text, tuples as lists."""
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return {str(k): plain(v) for k, v in value.items()}
        case tuple() | list():
            return [plain(v) for v in value]
        case StrEnum():
            return value.value
    return value


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
