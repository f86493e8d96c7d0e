# SPDX-License-Identifier: Apache-2.0
"""What reports would cost, at the policy's precision or another one. Reads no data, charges none.

Nobody's role is asked: a cost is a function of plan and policy, and tells of no person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction

from privseg.engine.house import House
from privseg.engine.report.published import find_request
from privseg.engine.report.publishing import Run
from privseg.engine.report.running import prepare_on
from privseg.errors import PrivsegError
from privseg.frames import Edition
from privseg.gate import Admission, may_read
from privseg.policy import Policy
from privseg.policy.rules import ReleaseRules
from privseg.protect import PrivacyLoss
from privseg.release import ReportPlan, ReportRequest
from privseg.terms import StaffRole


@dataclass(frozen=True, slots=True)
class Affordable:
    """A report of the workspace, and what one costs."""

    name: str
    loss: PrivacyLoss

    def times(self, rho: Fraction, delta: Fraction) -> int:
        """Return how many of it ``rho`` and ``delta`` buy: as many as both do, rounded down."""
        buys = [left // cost for left, cost in ((rho, self.loss.rho), (delta, self.loss.delta))
                if cost > 0]  # fmt: skip
        return max(0, min(buys, default=0))


def plan_of(house: House, request: ReportRequest) -> ReportPlan:
    """Return the plan of a report as of now.

    Raises:
        ReportRefusedError: the policy has no such report.
    """
    return _run(house, request).plan


def _run(house: House, request: ReportRequest) -> Run:
    """Return the run that would make a report as of now, on no edition."""
    nothing = Edition("", 0, 0, house.now())
    return prepare_on(house, request, nothing, role=StaffRole.ANALYST)


def plan_at(
    house: House, request: ReportRequest, *, rho: Fraction, selection_delta: Fraction
) -> ReportPlan:
    """Return the plan that a report would have, were the policy to give it this precision."""
    return plan_of(_under(house, _giving(house.policy, request, rho, selection_delta)), request)


def rules_of(house: House, request: ReportRequest) -> ReleaseRules | None:
    """Return the precision that policy gives a report's segmenter, if it may make reports."""
    segmenter = house.policy.segmenters.get(request.segmenter)
    return None if segmenter is None else segmenter.releases


def affordable(house: House) -> tuple[Affordable, ...]:
    """Return what each report of the workspace costs, and the shortest question of a segmenter."""
    return tuple(_costs(house, _named(house)))


def _named(house: House) -> dict[str, str]:
    """Return what can be asked: every report file, and one segment of each segmenter."""
    reports = {path.stem: path.stem for path in sorted(house.config.reports.glob("*.yaml"))}
    first: dict[str, str] = {}
    for name in sorted(house.segments):
        first.setdefault(house.segments[name].segmenter, name)
    sizes = {f"size of a segment of {segmenter}": name for segmenter, name in first.items()}
    return reports | sizes


def _costs(house: House, named: Mapping[str, str]) -> Iterator[Affordable]:
    """Yield what each costs; what cannot be asked as it stands is left out."""
    for said, name in named.items():
        try:
            run = _run(house, find_request(house, name))
        except PrivsegError:
            continue
        if _is_allowed(house.policy, run.asked):
            yield Affordable(said, run.plan.loss)


def _is_allowed(policy: Policy, asked: Admission) -> bool:
    """Return whether policy lets some role make a report."""
    run_by = policy.segmenters[asked.segmenter].run_by
    return any(may_read(replace(asked, actor=role), policy).allowed for role in run_by)


def _giving(
    policy: Policy, request: ReportRequest, rho: Fraction, selection_delta: Fraction
) -> Policy:
    """Return the policy with another precision for one segmenter; it is in force nowhere."""
    segmenter = policy.segmenters[request.segmenter]
    if segmenter.releases is None:
        return policy
    releases = replace(segmenter.releases, rho=rho, selection_delta=selection_delta)
    changed = replace(segmenter, releases=releases)
    return replace(policy, segmenters={**policy.segmenters, segmenter.name: changed})


def _under(house: House, policy: Policy) -> House:
    """Return the same workspace as it would be under another policy, for foreseeing alone."""
    other = copy(house)
    other.__dict__["policy"] = policy
    return other
