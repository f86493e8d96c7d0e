# SPDX-License-Identifier: Apache-2.0
"""What learning a model would ask and cost, without learning it: no edition, no entry, no read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from privseg.engine.house import House
from privseg.engine.learning.prepare import prepare_learning
from privseg.engine.reading import edition_now, would_authorise
from privseg.engine.segment.changes import require_usable
from privseg.policy.learning import Learning
from privseg.release.learned_asked import Json
from privseg.terms import Attribute, StaffRole


@dataclass(frozen=True, slots=True)
class LearningForeseen:
    """What would be asked, of what, and at what price."""

    asked: Json
    plan: str
    reads: frozenset[Attribute]
    rho: Fraction


def foresee_learning(house: House, declared: Learning, *, role: StaffRole) -> LearningForeseen:
    """Return what a model asks, judged by the policy as a run would be.

    Raises:
        ReadRefusedError, ResultBarredError, SegmentChangeRefusedError, PolicyNotApprovedError: a
            run would be refused.
    """
    run = prepare_learning(house, declared, edition_now(house), role=role)
    would_authorise(house, run.admission)
    require_usable(house, run.library, run.admission.segments, role=role)
    return LearningForeseen(run.asked, run.plan, run.admission.reads, run.loss.rho)
