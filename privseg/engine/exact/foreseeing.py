# SPDX-License-Identifier: Apache-2.0
"""What an exact release would ask, told without making it: no edition, no entry, no read."""

from __future__ import annotations

from dataclasses import dataclass

from privseg.engine.exact.prepare import Declared, earlier, prepare_exact
from privseg.engine.house import House
from privseg.engine.reading import edition_now, would_authorise
from privseg.engine.segment.changes import require_usable
from privseg.release.exact_asked import Json
from privseg.terms import Attribute, StaffRole


@dataclass(frozen=True, slots=True)
class ExactForeseen:
    """What would be asked, of what, and whether the period's answer is there already."""

    asked: Json
    plan: str
    reads: frozenset[Attribute]
    is_made: bool


def foresee_exact(house: House, declared: Declared, *, role: StaffRole) -> ExactForeseen:
    """Return what a declaration asks in the present period, judged by the policy as a run would be.

    Raises:
        ReadRefusedError, WrongFamilyError, PeriodTakenError, SegmentChangeRefusedError,
            PolicyNotApprovedError: a run would be refused.
    """
    run = prepare_exact(house, declared, edition_now(house), role=role)
    would_authorise(house, run.admission)
    require_usable(house, run.library, run.admission.segments, role=role)
    is_made = earlier(house, run) is not None
    return ExactForeseen(run.asked, run.plan, run.admission.reads, is_made)
