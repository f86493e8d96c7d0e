# SPDX-License-Identifier: Apache-2.0
"""The privacy unit is the person: profiles that are linked weigh as one in every number."""

from __future__ import annotations

from pyroaring import FrozenBitMap

from privseg.engine import Workspace
from tests.twins import club
from tests.twins.club import Clock, last_outcome, number, ordinal

FIRST, SECOND = "M0006", "M0005"  # both granted everything


def merge(ws: Workspace) -> None:
    ws.record_consent(number(FIRST), act="merge", other=number(SECOND))


def test_two_linked_profiles_are_one_in_a_report(small: Workspace, clock: Clock) -> None:
    small.report("sizes")
    both = club.ordinals(small, [FIRST, SECOND])
    assert both <= last_outcome(small).eligible
    clock.pass_(hours=1)
    merge(small)
    small.open_edition()
    small.report("sizes")
    assert len(last_outcome(small).eligible & both) == 1


def test_a_link_made_while_a_report_runs_counts_before_the_noise(
    small: Workspace, clock: Clock
) -> None:
    small.open_edition()
    clock.pass_(hours=1)
    merge(small)
    small.report("sizes")
    assert len(last_outcome(small).eligible & club.ordinals(small, [FIRST, SECOND])) == 1


def test_un_merged_profiles_count_each(small: Workspace, clock: Clock) -> None:
    merge(small)
    clock.pass_(hours=1)
    small.record_consent(number(SECOND), act="unmerge", other=number(FIRST))
    small.open_edition()
    small.report("sizes")
    assert club.ordinals(small, [FIRST, SECOND]) <= last_outcome(small).eligible


def test_the_profile_that_stays_is_one_that_may_be_read(small: Workspace) -> None:
    never = "M0009"
    small.record_consent(number(never), act="merge", other=number(FIRST))
    small.open_edition()
    small.report("sizes")
    found = last_outcome(small).eligible & club.ordinals(small, [FIRST, never])
    assert found == FrozenBitMap([ordinal(small, FIRST)])
