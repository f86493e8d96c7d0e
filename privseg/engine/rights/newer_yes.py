# SPDX-License-Identifier: Apache-2.0
"""No letter says that a use has ended which the person's own later yes still allows.

A request binds from when it came. Who said yes again after that is asked what they mean; nobody is
told that their consent has ended while it goes on (GDPR Art. 5(1)(a), 7(3)).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from privseg.consent import AtPosition
from privseg.consent.scope import GRANTING
from privseg.engine.consent.showing import standing
from privseg.engine.house import House
from privseg.engine.rights.concerned import Concerned
from privseg.engine.views import PurposeStatus
from privseg.errors import ConsentError
from privseg.terms import Ordinal, Purpose, covers


class NewerYesError(ConsentError):
    """The person said yes again after their request came, and that yes still allows something."""

    def __init__(self, number: int, day: date) -> None:
        super().__init__(
            f"the person said yes again on {day}, after request {number} came: it would end "
            "nothing, so no letter says so; nothing was changed: ask them; if they still mean it, "
            f"open it anew, else take it back (privseg dsr withdraw {number})"
        )
        self.number = number
        self.day = day


def require_no_newer_yes(
    house: House, number: int, person: Ordinal, about: Sequence[Concerned], at: datetime
) -> None:
    """Refuse to end nothing; in the transaction of the acts, which goes with the refusal.

    Raises:
        NewerYesError: what the request is about is still allowed by a grant that is newer.
    """
    history = house.ledger.whole_history(person)
    grants = [e for e in history if e.act in GRANTING and e.event_time > at]
    if not grants:  # nothing to weigh: most people have said no yes since
        return
    now = house.now()
    known = AtPosition(house.ledger.position(), as_of=now)
    told = standing(house.policy, person, history, at=now, known_at=known)
    used = {p for s in told if s.allowed and _is_about(s, about) for p in s.evidence}
    newer = [e for e in grants if e.position in used]
    if newer:
        last = max(e.event_time for e in newer)
        raise NewerYesError(number, last.astimezone(house.zone).date())


def _is_about(status: PurposeStatus, about: Sequence[Concerned]) -> bool:
    """Return whether a use is among what a request is about."""
    return any(
        (each.purpose is None or covers(each.purpose, Purpose(status.purpose)))
        and (not each.categories or status.category in each.categories)
        for each in about
    )
