# SPDX-License-Identifier: Apache-2.0
"""One profile for each person: who is linked counts once, or one person would weigh as several."""

from __future__ import annotations

from array import array

import numpy as np
from pyroaring import FrozenBitMap

from privseg.consent.assembly import Assembly, assemble
from privseg.consent.columns import EventColumns
from privseg.consent.crowd import Numbers
from privseg.consent.question import PopulationQuestion
from privseg.consent.rules import Rules


def one_profile_each(
    rules: Rules, events: EventColumns, question: PopulationQuestion, people: FrozenBitMap
) -> FrozenBitMap:
    """Return ``people`` with the lowest-numbered profile of each person alone.

    ``events`` are those of everybody whom any link names. Law: of the profiles linked at the
    moment at most one stays, and somebody whom nothing links always does. So the privacy unit of
    a report is the person, not the profile: with all data of one person added or taken away, at
    most one profile comes or goes.
    """
    assembly = assemble(rules, events, question)
    group = _groups(assembly)
    if group is None:
        return people
    inside = np.flatnonzero([int(p) in people for p in assembly.people])
    _, first = np.unique(group[inside], return_index=True)
    extra = np.delete(inside, first)
    gone = array("I", assembly.people[extra].astype(np.uint32).tobytes())
    return people - FrozenBitMap(gone)


def _groups(assembly: Assembly) -> Numbers | None:
    """Return whose profile each is; where the arrays do not say all, every tie counts."""
    now, ever = assembly.crowd.group, assembly.ever.group
    if ever is None:
        return None
    alone = np.arange(len(assembly.people))
    found: Numbers = np.where(assembly.unsettled, ever, alone if now is None else now)
    return found
