# SPDX-License-Identifier: Apache-2.0
"""What a request must be before it is run: proved as its law asks, and stopped by nothing."""

from __future__ import annotations

from privseg.dsr import Case, RequestKind, StepKind, satisfies
from privseg.engine.dsr.holds import require_not_held
from privseg.engine.dsr.identity import need_of
from privseg.engine.dsr.linked import require_still_linked
from privseg.engine.dsr.newcomers import person_now
from privseg.engine.dsr.steps import require_of_person
from privseg.engine.errors import IdentityNeededError
from privseg.engine.house import House
from privseg.engine.rights.lifting import require_day_come

HANDED_OUT_AGAIN = frozenset({RequestKind.ERASURE})  # once done, its receipt is written once more
_KEPT_FROM = frozenset({RequestKind.ERASURE})  # what a legal hold stops


def require_runnable(house: House, case: Case) -> None:
    """Refuse to run a request that is over, unproved, or about data that counsel keeps.

    And one for a profile that is not the person's any more; and to lift a restriction before the
    day that the person was told.
    """
    require_of_person(case)
    if case.kind in HANDED_OUT_AGAIN and case.is_done:
        return
    require_day_come(house, case)
    if case.lifts_on is not None and not case.state.is_open:
        return  # decided against the person, who was told when it ends
    require_still_linked(house, case)
    need = need_of(house, case)
    if case.state.is_open and not satisfies(case.identity, need):
        raise IdentityNeededError(case.number, need)
    case.step_to(StepKind.RUNNING, house.now())
    if case.kind in _KEPT_FROM:
        require_not_held(house, case.number, person_now(house, case.number))
