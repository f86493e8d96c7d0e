# SPDX-License-Identifier: Apache-2.0
"""The privacy unit is the person: of profiles that are linked one counts."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.consent import Act, Authority, EventColumns, PopulationQuestion
from privseg.consent.event import usual_authority
from privseg.consent.links import linked, ties
from privseg.consent.one_each import one_profile_each
from privseg.consent.question import AtPosition
from privseg.terms import Category, Ordinal, Purpose
from tests.twins.consent_worlds import SHOP, day, event, rules

LINKS = st.lists(
    st.tuples(
        st.sampled_from([Act.MERGE, Act.MERGE, Act.UNMERGE]),
        st.integers(1, 5), st.integers(1, 5), st.integers(0, 6), st.integers(0, 6),
        st.sampled_from(Authority),
    ).filter(lambda link: link[1] != link[2]),
    max_size=6,
)  # fmt: skip


@given(links=LINKS, inside=st.sets(st.integers(1, 5)), n=st.integers(0, 7))
def test_of_linked_profiles_one_stays_and_nobody_else_goes(
    links: list[tuple[Act, int, int, int, int, Authority]], inside: set[int], n: int
) -> None:
    events = [
        event(act, n=acted, recorded=recorded, subject=Ordinal(a), target=b, position=i + 1,
              purpose=None, authority=authority)
        for i, (act, a, b, acted, recorded, authority) in enumerate(links)
    ]  # fmt: skip
    asked = PopulationQuestion(SHOP, Purpose(""), Category(""), day(n), AtPosition(99))
    found = one_profile_each(rules(), EventColumns.from_events(events), asked, FrozenBitMap(inside))
    sound = [e for e in events if e.event_time - e.record_time <= rules().max_skew]
    tied = ties(sound, day(n))
    persons = {tuple(sorted(linked(Ordinal(p), tied))) for p in inside}
    assert set(found) == {min(set(person) & inside) for person in persons}
    for one, other in combinations(found, 2):
        assert other not in linked(Ordinal(one), tied)


def test_where_nothing_is_linked_everybody_stays() -> None:
    asked = PopulationQuestion(SHOP, Purpose(""), Category(""), day(5), AtPosition(99))
    everybody = FrozenBitMap([1, 2, 3])
    assert one_profile_each(rules(), EventColumns.from_events([]), asked, everybody) == everybody


def test_staff_speak_for_themselves_only_where_no_person_could() -> None:
    by_staff = {a for a in Act if usual_authority(a) is Authority.STAFF}
    assert by_staff == {Act.HOLD, Act.RELEASE_HOLD, Act.RESOLVE, Act.MERGE, Act.UNMERGE}
