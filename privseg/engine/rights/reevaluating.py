# SPDX-License-Identifier: Apache-2.0
"""One person's stored memberships decided anew, by the evaluator of record.

What runs found is kept as of their moment; once a value is corrected, the person is in or out as
they would have been with the right one. Only definitions of today are decided anew: what an older
version of a segment found is history, and is not handed out any more.
"""

from __future__ import annotations

from pyroaring import FrozenBitMap

from privseg.audit import people_to_text
from privseg.engine.answers.held import stored_rows
from privseg.engine.answers.person import person_of
from privseg.engine.answers.readable import readable_rows
from privseg.engine.house import House
from privseg.engine.segment.memberships import may_be_in
from privseg.segment import Person, barred, holds, read_set
from privseg.store import MembershipHead
from privseg.terms import Ordinal

CORRECT = "correct"  # the log's verb
AMENDED, AMENDED_OF = "amended", "amended_of"  # what its body says: which memberships, and of whom


def amended(house: House, person: Ordinal) -> dict[str, object]:
    """Decide a person's memberships anew; return what an entry's body says of it."""
    changed = evaluate_again(house, person)
    if not changed:
        return {}
    listed = [[run, segment, is_in] for (run, segment), is_in in sorted(changed.items())]
    return {AMENDED: listed, AMENDED_OF: people_to_text(FrozenBitMap([person]))}


def evaluate_again(house: House, person: Ordinal) -> dict[tuple[str, str], bool]:
    """Put a person into, or take them out of, what they belong to now; return what changed.

    In the open transaction. Whoever may not be read for a segment is in none of it.
    """
    stored = stored_rows(house, person)
    known: dict[int | None, Person] = {}
    changed: dict[tuple[str, str], bool] = {}
    for found, was_in in house.runs.asked_of(person):
        if not _is_todays(house, found):
            continue
        days = house.policy.purposes[found.purpose].retention_days
        if days not in known:
            rows = readable_rows(stored, house.policy.catalogue, at=house.now(), purpose_days=days)
            known[days] = person_of(house, person, rows, purpose_days=days)
        is_in = may_be_in(house, found, person) and holds(
            house.segments[found.segment].where,
            known[days],
            at=found.at,
            zone=house.zone,
            segments=house.segments,
        )
        if is_in != was_in:
            changed[found.found] = is_in
    house.runs.amend(person, changed)
    return changed


def _is_todays(house: House, found: MembershipHead) -> bool:
    """Return whether a membership is of a definition that one person alone can be judged by."""
    name = found.segment
    if name not in house.segments or house.segments.version(name) != found.version:
        return False
    if found.purpose not in house.policy.purposes:
        return False
    reads = read_set(house.segments[name].where, house.policy.catalogue, house.segments)
    return not barred(reads, house.policy.catalogue)
