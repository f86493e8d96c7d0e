# SPDX-License-Identifier: Apache-2.0
"""What was allowed on a day, by its rules, knowing what we knew; and what is tainted since."""

from __future__ import annotations

from datetime import timedelta

from privseg.audit import Kind
from privseg.engine import Workspace
from privseg.terms import Category
from tests.engine.test_consent_acts import (
    CARE,
    EVERYTHING,
    GRANTED,
    MARKETING,
    NEVER,
    grant,
    may_use,
)
from tests.twins import club
from tests.twins.club import Clock, number


def late_withdrawal(ws: Workspace, clock: Clock) -> None:
    """Let a report run, then learn that somebody had withdrawn the day before it."""
    ws.report("sizes")
    acted = clock.now - timedelta(days=1)
    clock.pass_(days=3)
    ws.record_consent(number(GRANTED), act="withdraw", purpose=MARKETING, event_time=acted)


def test_a_past_day_is_judged_by_what_was_known_then(small: Workspace, clock: Clock) -> None:
    late_withdrawal(small, clock)
    assert may_use(small, GRANTED, at=club.NOW, known_at=club.NOW + timedelta(hours=1))
    assert not may_use(small, GRANTED, at=club.NOW)
    assert not may_use(small, GRANTED)


def test_a_past_day_is_judged_by_the_policy_that_was_in_force(
    small: Workspace, clock: Clock
) -> None:
    small.report("sizes")  # the first policy is in force from here on
    first = small.policy.digest
    clock.pass_(days=10)
    file = small.folder / "policies" / "club.yaml"
    narrowed = (
        file.read_text()
        .replace(
            "categories: [location, interests, purchases]", "categories: [location, interests]"
        )
        .replace("[country, hobby, purchase, purchase.amount]", "[country, hobby]")
    )
    a, b = narrowed.index("      clamps:"), narrowed.index("  carers:\n")
    file.write_text(narrowed[:a] + narrowed[b:])
    with club.opened(small.folder, clock=clock) as after:
        after.record_consent(number(NEVER), act="refuse", purpose=MARKETING)
        assert "purchases" not in {
            s.category for s in after.consent_of(number(GRANTED)).standing if s.purpose == MARKETING
        }
        then = after.consent_of(number(GRANTED), at=club.NOW + timedelta(days=1))
        assert (then.policy, then.in_force) == (first, False)
        assert may_use(after, GRANTED, at=club.NOW + timedelta(days=1))


def test_a_policy_that_comes_back_is_in_force_again(small: Workspace, clock: Clock) -> None:
    house = small._house
    for digest in ("aa", "bb", "aa", "aa"):
        house.in_force.adopt(digest, at=clock.now)
        clock.pass_(days=1)
    days = [house.in_force.at(club.NOW + timedelta(days=n, hours=1)) for n in range(4)]
    assert days == ["aa", "bb", "aa", "aa"]
    assert house.in_force.at(club.NOW - timedelta(seconds=1)) is None


def test_a_late_withdrawal_taints_the_runs_between_the_act_and_its_record(
    small: Workspace, clock: Clock
) -> None:
    late_withdrawal(small, clock)
    (run,) = small.taint()
    assert (run.people, run.reports, run.releases) == (1, ("sizes",), (0,))
    assert run.segmenter == "letters"
    assert small.taint(number(GRANTED)) == (run,)
    assert small.taint(number(NEVER)) == ()
    assert small.taint(number("NOBODY")) == ()
    assert small.taint(since=clock.now) == ()


def test_a_withdrawal_in_time_taints_nothing(small: Workspace, clock: Clock) -> None:
    small.report("sizes")
    clock.pass_(days=1)
    small.record_consent(number(GRANTED), act="withdraw", purpose=MARKETING)
    assert small.taint() == ()


def test_a_late_no_to_something_else_taints_nothing(small: Workspace, clock: Clock) -> None:
    small.report("sizes")
    acted = clock.now - timedelta(days=1)
    clock.pass_(days=1)
    small.record_consent(number(GRANTED), act="withdraw", purpose=CARE, event_time=acted)
    assert small.taint() == ()


def test_a_late_no_on_a_linked_profile_taints_too(small: Workspace, clock: Clock) -> None:
    small.record_consent(number(GRANTED), act="merge", other=number("DEVICE-9"))
    small.report("sizes")
    acted = clock.now - timedelta(hours=1)
    clock.pass_(days=1)
    small.record_consent(number("DEVICE-9"), act="refuse", purpose=MARKETING, event_time=acted)
    (run,) = small.taint(number(GRANTED))
    assert run.people == 1


def test_an_edition_of_the_morning_is_not_tainted_by_a_withdrawal_that_it_saw(
    small: Workspace, clock: Clock
) -> None:
    small.open_edition()
    clock.pass_(hours=1)
    small.record_consent(number(GRANTED), act="withdraw", purpose=MARKETING)
    clock.pass_(hours=1)
    small.report("sizes")
    assert small.taint() == ()


def test_the_past_runs_are_those_of_the_log(small: Workspace) -> None:
    from privseg.engine.consent.tainting import past_runs  # noqa: PLC0415

    small.report("sizes")
    small.report("overview")
    runs = list(past_runs(small._house.log.entries()))
    outcomes = club.log_of(small, Kind.ACCESS_OUTCOME)
    assert [r.run_id for r in runs] == [o.entry.header["run"] for o in outcomes]
    assert [r.people for r in runs] == [o.eligible for o in outcomes]


def test_a_lost_withdrawal_would_be_seen(small: Workspace) -> None:
    """The grant that a late no meets is really one: without the no, everybody is allowed."""
    grant(small, NEVER)
    assert may_use(small, NEVER)
    assert EVERYTHING


def test_a_lawful_last_use_taints_nothing(small: Workspace, clock: Clock) -> None:
    grant(small, NEVER, uses=1)
    small.open_edition()
    small.report("sizes")
    clock.pass_(days=1)
    assert small.taint() == ()


REVEALING = """segment: well-read
label: {en: Well read}
segmenter: letters
reveals: [interests]
where: {event: purchase, within: 90d}
"""


def test_a_late_no_to_what_a_segment_reveals_taints_too(small: Workspace, clock: Clock) -> None:
    (small.folder / "segments" / "well-read.yaml").write_text(REVEALING, "utf-8")
    with club.opened(small.folder, clock=clock) as ws:
        ws.report("well-read")
        acted = clock.now - timedelta(days=1)
        clock.pass_(days=1)
        ws.record_consent(
            number(GRANTED), act="withdraw", purpose=MARKETING, event_time=acted,
            categories=frozenset({Category("interests")}),
        )  # fmt: skip
        (run,) = ws.taint()
        assert run.people == 1
