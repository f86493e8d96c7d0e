# SPDX-License-Identifier: Apache-2.0
"""What a new policy would do to the segments and reports of a workspace, and to how many people.

Which segments and reports change follows from the rules alone. How many people does not: those
numbers are protected (``protected_counts``), charged, and asked for only on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import chain

from pyroaring import BitMap, FrozenBitMap

from privseg.engine.house import House
from privseg.engine.policy.sides import Side, Standing, report_standing, segment_standing
from privseg.engine.report.look import MIN_PEOPLE, Counted, CountsCost, Look, foresee_counts
from privseg.engine.report.protected_counts import Maker, protected_counts
from privseg.frames import Edition
from privseg.gate import EligibleSets
from privseg.policy import Policy, canonical_text
from privseg.release import ReportRequest
from privseg.terms import StaffRole

KIND = "policy-impact"
BEFORE, AFTER = "before", "after"


class Fate(StrEnum):
    """What becomes of a segment or report."""

    SAME = "same"
    CHANGED = "changed"  # other people are eligible, or it costs or measures something else
    REFUSED = "refused"  # it could be run, and no longer can
    POSSIBLE = "possible"  # it could not be run, and now can
    STILL_REFUSED = "still refused"


@dataclass(frozen=True, slots=True)
class Impact:
    """What becomes of one segment or report, and why."""

    name: str
    fate: Fate
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyImpact:
    """What a new policy does. ``cost`` is None where nobody's eligibility can change."""

    old: str  # digests
    new: str
    segments: tuple[Impact, ...]
    reports: tuple[Impact, ...]
    cost: CountsCost | None
    counted: Counted | None = None


def foresee_impact(old: Side, new: Side, reports: Mapping[str, ReportRequest]) -> PolicyImpact:
    """Return what the new policy does, with the cost of knowing to how many. Reads nothing."""
    look = look_of(old, new)
    return PolicyImpact(
        old.policy.digest,
        new.policy.digest,
        tuple(
            _impact(n, segment_standing(old, n), segment_standing(new, n)) for n in _names(old, new)
        ),
        tuple(
            _impact(n, report_standing(old, r), report_standing(new, r))
            for n, r in sorted(reports.items())
        ),
        foresee_counts(look) if look.labels else None,
    )


def impact(
    house: House, old: Side, new: Side, reports: Mapping[str, ReportRequest], *, role: StaffRole
) -> PolicyImpact:
    """Return what the new policy does, with protected numbers of people. Charged once.

    Raises:
        BudgetExceededError, AuditWriteError, RunFailedError: as ``protected_counts``.
    """
    told, look = foresee_impact(old, new, reports), look_of(old, new)
    if not look.labels:
        return told
    counted = protected_counts(house, makers(house, old, new), look=look, role=role)
    text = canonical_text(new.policy)  # so that the numbers can be accounted for
    house.policies.remember(new.policy.digest, text, at=house.now())
    return replace(told, counted=counted)


def look_of(old: Side, new: Side) -> Look:
    """Return the question: who is eligible, before and after, for each segment that it changes."""
    labels = tuple(label for name in _names(old, new) for label in _labels(old, new, name))
    facts = {"old": old.policy.digest, "new": new.policy.digest, "reads": _facts(old, new)}
    least = max(chain([MIN_PEOPLE], _minima(old.policy), _minima(new.policy)))
    return Look(KIND, labels, facts, min_people=least)


def makers(house: House, old: Side, new: Side) -> dict[str, Maker]:
    """Return how to find the people of each label."""
    found: dict[str, Maker] = {}
    for when, given in ((BEFORE, old), (AFTER, new)):
        sets = EligibleSets(given.policy, house.ledger)
        for name in _names(old, new):
            if (label := f"{name}.{when}") in _labels(old, new, name):
                found[label] = partial(_eligible, sets, segment_standing(given, name))
    return found


def _eligible(sets: EligibleSets, stands: Standing, edition: Edition) -> FrozenBitMap:
    """Return who may be read for a segment, as of an edition: an AND over what it needs."""
    assert stands.purpose is not None, "only what runs is counted"
    people: BitMap | None = None
    for category in sorted(stands.categories):
        allowed = sets.people(
            stands.purpose, category, at=edition.at, known_at=edition.ledger_position
        )
        people = BitMap(allowed) if people is None else people & allowed
    return FrozenBitMap(people or ())


def _names(old: Side, new: Side) -> tuple[str, ...]:
    """Return every segment of the workspace."""
    return tuple(sorted({*old.segments, *old.broken, *new.segments, *new.broken}))


def _labels(old: Side, new: Side, name: str) -> tuple[str, ...]:
    """Return what is counted of a segment: where it runs, if who is eligible may differ."""
    before, after = segment_standing(old, name), segment_standing(new, name)
    if before == after:
        return ()
    sides = ((BEFORE, before), (AFTER, after))
    return tuple(f"{name}.{when}" for when, stands in sides if stands.allowed)


def _facts(old: Side, new: Side) -> dict[str, object]:
    """Return, by label, what has to be allowed: it decides the answer beside the two policies."""
    found: dict[str, object] = {}
    for when, given in ((BEFORE, old), (AFTER, new)):
        for name in _names(old, new):
            if (label := f"{name}.{when}") in _labels(old, new, name):
                stands = segment_standing(given, name)
                found[label] = [str(stands.purpose), *sorted(stands.categories)]
    return found


def _minima(policy: Policy) -> Iterator[int]:
    """Yield how many people must stand behind a number, by each segmenter's rules."""
    for segmenter in policy.segmenters.values():
        if segmenter.releases is not None:
            yield segmenter.releases.min_people


def _impact(name: str, before: Standing, after: Standing) -> Impact:
    """Return what becomes of one thing."""
    if before.allowed and after.allowed:
        return Impact(name, Fate.SAME if before == after else Fate.CHANGED)
    if before.allowed:
        return Impact(name, Fate.REFUSED, after.reasons)
    if after.allowed:
        return Impact(name, Fate.POSSIBLE, before.reasons)
    return Impact(name, Fate.STILL_REFUSED, after.reasons)
