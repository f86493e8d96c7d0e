# SPDX-License-Identifier: Apache-2.0
"""The record of processing: the policy, beside the reads and hand-overs that the log shows.

Nothing about a person is in it: names of rules, and moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from privseg.audit.reads import Run, fold
from privseg.compute.ages import ages_of
from privseg.dsr.ropa import (
    Activity,
    ControllerFacts,
    FindingCode,
    ProcessingRecord,
    RecipientUse,
    RegisterFinding,
    SegmenterUse,
    differing,
    missing,
)
from privseg.engine.house import House
from privseg.engine.reidentify.record import SEGMENTER as REIDENTIFICATION
from privseg.policy import Policy, PurposeRule, Segmenter
from privseg.policy.natures import natures_of
from privseg.policy.recipients import Recipient
from privseg.store.disclosures import Disclosed
from privseg.terms import Attribute, Purpose
from privseg.vault.purging import Limits

LOOKS_BACK = timedelta(days=365)  # what was not used for a year is hardly needed (Art. 5(1)(c))


@dataclass(slots=True)
class _Seen:
    """What one segmenter was seen to do for one purpose."""

    runs: int = 0
    last: datetime | None = None
    attributes: set[str] = field(default_factory=set)


Seen = Mapping[tuple[str, str], _Seen]


def processing(house: House) -> ProcessingRecord:
    """Return the record of processing as it stands now.

    Raises:
        ReadIndexBehindError, ReadIndexBrokenError: the index of reads cannot answer.
    """
    now = house.now()
    since = now - LOOKS_BACK
    with house.db.reading():
        seen = _seen(fold(house.touched.of_everybody(size=house.log.size)).runs, since)
        handed = house.disclosures.all(since=since)
        policy, responsible = house.policy, _responsible(house.policy)
        rules = sorted(policy.purposes.items())
        activities = tuple(_activity(policy, rule, seen, handed) for _, rule in rules)
        findings = (
            *missing(responsible),
            *dict.fromkeys(differing(activities)),
            *_undeclared_reads(policy, seen),
            *dict.fromkeys(_undeclared_hands(policy, handed)),
        )
    findings = (*findings, *_overdue(house))
    return ProcessingRecord(
        made_at=now, observed_since=since, responsible=responsible, activities=activities,
        findings=findings,
    )  # fmt: skip


def _seen(runs: Iterable[Run[Any]], since: datetime) -> Seen:
    """Return what runs did since a moment, by segmenter and purpose."""
    found: dict[tuple[str, str], _Seen] = {}
    for run in runs:
        if run.intent.time < since:
            continue
        key = (run.intent.one("segmenter"), run.intent.one("purpose"))
        seen = found.setdefault(key, _Seen())
        seen.runs += 1
        seen.last = run.intent.time if seen.last is None else max(seen.last, run.intent.time)
        seen.attributes |= run.attributes
    return found


def _responsible(policy: Policy) -> ControllerFacts:
    """Return who is responsible, as far as the policy says."""
    said = policy.register
    if said is None:
        return ControllerFacts(controller=policy.controller, contact=policy.contact)
    return ControllerFacts(
        controller=policy.controller,
        name=said.name,
        address=said.address,
        contact=said.contact or policy.contact,
        dpo=said.dpo,
        representative=said.representative,
        joint_controllers=said.joint_controllers,
        subjects=said.subjects,
        measures=said.measures,
    )


def _activity(
    policy: Policy, rule: PurposeRule, seen: Seen, handed: Sequence[Disclosed]
) -> Activity:
    """Return one purpose, as declared and as seen."""
    natures = natures_of(policy.catalogue)
    own = [s for _, s in sorted(policy.segmenters.items()) if s.purpose == rule.purpose]
    reads = {a for s in own for a in policy.catalogue.closure_of(s.reads)}
    sources = sorted(policy.catalogue.sources_of(reads))
    return Activity(
        purpose=rule.purpose,
        title=rule.title,
        kind=rule.kind.value,
        basis={str(place): basis.value for place, basis in sorted(rule.basis.items())},
        categories=tuple(sorted(rule.categories)),
        natures=tuple(sorted({n for c in rule.categories for n in natures.get(c, ())})),
        sources={name: policy.catalogue.sources[name].retention_days for name in sources},
        retention_days=rule.retention_days,
        consent_lasts_days=rule.consent_lasts_days,
        notice=rule.notice,
        dpia=rule.dpia,
        is_significant=rule.significant,
        segmenters=tuple(_segmenter(policy, s, seen) for s in own),
        recipients=tuple(
            _recipient(policy.recipients[name], rule.purpose, handed)
            for name in rule.recipients
            if name in policy.recipients
        ),
    )


def _segmenter(policy: Policy, segmenter: Segmenter, seen: Seen) -> SegmenterUse:
    """Return a segmenter and what of it was used."""
    used = seen.get((segmenter.name, segmenter.purpose), _Seen())
    touched = policy.catalogue.closure_of(map(Attribute, used.attributes))
    return SegmenterUse(
        name=segmenter.name,
        run_by=tuple(sorted(segmenter.run_by)),
        reads=tuple(sorted(segmenter.reads)),
        runs=used.runs,
        last_read=used.last,
        unused=tuple(sorted(segmenter.reads.keys() - touched)) if used.runs else (),
    )


def _recipient(recipient: Recipient, purpose: Purpose, handed: Iterable[Disclosed]) -> RecipientUse:
    """Return a recipient and what it was handed for one purpose."""
    got = [d for d in handed if (d.recipient, d.purpose) == (recipient.name, purpose)]
    gets = recipient.gets.get(purpose)
    return RecipientUse(
        name=recipient.name,
        title=recipient.title,
        role=recipient.role.value,
        country=recipient.country,
        transfer=recipient.transfer,
        contract=recipient.contract,
        is_transfer=recipient.leaves_eea,
        gets=() if gets is None else (gets.identifier, *sorted(gets.attributes)),
        times=len(got),
        last_handed=max((d.at for d in got), default=None),
    )


def _undeclared_reads(policy: Policy, seen: Seen) -> Iterator[RegisterFinding]:
    """Yield what was read in the year, and is not declared by the policy of now."""
    for (name, purpose), used in sorted(seen.items()):
        segmenter = policy.segmenters.get(name)
        if name == REIDENTIFICATION:
            continue  # of identifiers, not of attributes: its own requests say all of it
        if segmenter is None or segmenter.purpose != purpose:
            yield RegisterFinding(FindingCode.UNDECLARED_READ, name, (purpose,))
            continue
        declared = policy.catalogue.closure_of(segmenter.reads)
        odd = sorted(used.attributes - declared)
        if odd:
            yield RegisterFinding(FindingCode.UNDECLARED_READ, name, tuple(odd))


def _undeclared_hands(policy: Policy, handed: Iterable[Disclosed]) -> Iterator[RegisterFinding]:
    """Yield recipients that got what the policy of now does not let them get."""
    for told in handed:
        recipient, rule = policy.recipients.get(told.recipient), policy.purposes.get(told.purpose)
        gets = None if recipient is None else recipient.gets.get(told.purpose)
        if gets is None or rule is None or told.recipient not in rule.recipients:
            yield RegisterFinding(FindingCode.UNDECLARED_RECIPIENT, told.recipient, (told.purpose,))
            continue
        odd = sorted(set(told.fields) - {gets.identifier, *gets.attributes})
        if odd:
            yield RegisterFinding(FindingCode.UNDECLARED_FIELDS, told.recipient, tuple(odd))


def _overdue(house: House) -> Iterator[RegisterFinding]:
    """Yield sources that still hold what has expired: the files say otherwise than the policy."""
    edition = house.editions.current_edition()
    at = house.now() if edition is None else edition.at
    limits, there = ages_of(house.policy.catalogue, at=at), set(house.columns.tables())
    for name, source in sorted(house.policy.catalogue.sources.items()):
        if source.table in limits and source.table in there:
            age = limits[source.table]
            limit = Limits(age.clock, age.rows_after, age.cells_after)
            if house.columns.is_over(source.table, limit):
                yield RegisterFinding(FindingCode.RETENTION_NOT_KEPT, name)
