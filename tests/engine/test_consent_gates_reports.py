# SPDX-License-Identifier: Apache-2.0
"""Promise 1: no consent, no read. The committed people sets of runs, opened from the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import Kind
from privseg.consent import ConsentStatus, decide
from privseg.engine import Workspace
from privseg.gate import consent_rules
from privseg.terms import Category, Purpose, SubjectId
from tests.twins import club
from tests.twins.club import Clock, Counting, Member, last_outcome, log_of, number, ordinal
from tests.twins.naive_consent import naive_decide

MARKETING = Purpose("marketing")
GRANTED = "M0006"  # consented to everything that the reports read, and is a gardener
OUT = {"M0007": "refused", "M0008": "withdrawn", "M0009": "never", "M0010": "unplaced",
       "M0011": "narrow"}  # fmt: skip


def intent(ws: Workspace) -> club.Logged:
    return log_of(ws, Kind.ACCESS_INTENT)[-1]


def withdraw(ws: Workspace, who: str) -> None:
    ws.record_consent(number(who), act="withdraw", purpose=MARKETING)


def test_a_run_reads_exactly_those_whom_the_decision_allows_in_every_category(
    shop: Workspace,
) -> None:
    shop.report("customer-overview")
    house, rules, run = shop._house, consent_rules(shop.policy), intent(shop)
    edition = house.editions.find(str(run.entry.header["edition"]))
    purpose = Purpose(str(run.entry.header["purpose"]))
    reads = [shop.policy.catalogue.readables[a].category for a in run.entry.header["attributes"]]
    assert len(set(reads)) == 7
    statuses: Counter[ConsentStatus] = Counter()
    allowed = set()
    for person in house.vault.people(edition.snapshot):
        history = house.ledger.history(person)
        answers = set()
        for category in {Category(c) for c in reads}:
            key = (purpose, category, edition.ledger_position)
            question = house.sets._question(key, edition.at).of(person)
            answer = decide(rules, history, question)
            told = answer.allowed, answer.status, frozenset(answer.reasons)
            assert naive_decide(rules, history, question) == told
            statuses[answer.status] += 1
            answers.add(answer.allowed)
        if answers == {True}:
            allowed.add(person)
    assert run.eligible == FrozenBitMap(allowed) == last_outcome(shop).eligible
    assert 100 < len(allowed) < 400
    assert statuses.keys() >= {
        ConsentStatus.GIVEN, ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN, ConsentStatus.EXPIRED,
        ConsentStatus.NEVER_ASKED, ConsentStatus.MISSING, ConsentStatus.STALE,
        ConsentStatus.OBJECTED, ConsentStatus.OPTED_OUT, ConsentStatus.DEFERRED,
    }  # fmt: skip


def test_nobody_is_found_in_a_segment_who_may_not_be_read(shop: Workspace) -> None:
    shop.report("customer-overview")
    outcome = last_outcome(shop)
    assert len(outcome.members) == 6
    for people in outcome.members.values():
        assert people <= outcome.eligible


def test_silence_refusal_withdrawal_an_unknown_place_and_a_narrow_grant_are_each_a_no(
    small: Workspace,
) -> None:
    small.report("overview")
    eligible = last_outcome(small).eligible
    assert ordinal(small, GRANTED) in eligible
    for who, course in OUT.items():
        assert club.crowd(12)[int(who[1:])].consent == course
        known = small._house.vault.resolve(number(who))
        assert known is not None
        assert known not in eligible, course
    granted = [m.number for m in club.crowd(60) if m.consent == "granted"]
    assert eligible == club.ordinals(small, granted)


@pytest.mark.parametrize("category", club.ALLOWED.split("|"))
def test_a_grant_that_leaves_out_one_category_of_those_read_is_a_no(
    tmp_path: Path, category: str
) -> None:
    partial = Member("P1", consent=f"without {category}")
    with club.found(tmp_path, [partial, Member("P2")]) as ws:
        ws.report("overview")
        assert last_outcome(ws).eligible == club.ordinals(ws, ["P2"])


def test_a_narrow_grant_suffices_for_a_report_that_reads_no_more(small: Workspace) -> None:
    """A yes to the one category read is enough: categories are asked one by one."""
    segment = small.folder / "segments" / "germans.yaml"
    segment.write_text(
        "segment: germans\nlabel: {en: Germans}\nsegmenter: letters\n"
        "where: {attribute: country, equals: DE}\n"
    )
    small.report("germans")
    eligible = last_outcome(small).eligible
    assert ordinal(small, "M0011") in eligible
    assert ordinal(small, "M0007") not in eligible


def test_somebody_known_by_consent_alone_is_not_read(small: Workspace) -> None:
    stranger = SubjectId("customer_number", "Z9999")
    small.record_consent(stranger, act="attest_jurisdiction", value="DE")
    small.record_consent(
        stranger,
        act="grant",
        purpose=MARKETING,
        categories=frozenset(Category(c) for c in club.ALLOWED.split("|")),
    )
    assert all(s.allowed for s in small.consent_of(stranger).standing if s.purpose == MARKETING)
    small.open_edition()
    small.report("overview")
    assert ordinal(small, "Z9999") not in intent(small).eligible


def test_after_a_withdrawal_the_next_edition_leaves_the_person_out(
    small: Workspace, clock: Clock
) -> None:
    small.report("overview")
    before = intent(small).eligible
    clock.pass_(minutes=1)
    withdraw(small, GRANTED)
    small.open_edition()
    small.report("overview")
    gone = FrozenBitMap([ordinal(small, GRANTED)])
    assert gone <= before
    assert gone <= log_of(small, Kind.ACCESS_OUTCOME)[0].members["gardeners"]
    assert intent(small).eligible == last_outcome(small).eligible == before - gone
    assert all(gone.isdisjoint(people) for people in last_outcome(small).members.values())


def test_without_a_new_edition_the_person_is_not_read_any_more(
    small: Workspace, clock: Clock
) -> None:
    """An edition says who may be in it, never who must: a no since is obeyed before a read."""
    small.report("overview")
    before = intent(small).eligible
    clock.pass_(minutes=1)
    withdraw(small, GRANTED)
    small.report("sizes")  # another plan on the edition of before
    gone = FrozenBitMap([ordinal(small, GRANTED)])
    assert gone <= before
    assert intent(small).eligible == last_outcome(small).eligible == before - gone
    assert all(gone.isdisjoint(people) for people in last_outcome(small).members.values())


def test_a_withdrawal_while_data_are_being_read_is_honoured(small: Workspace) -> None:
    """Not in the sets, and not in the numbers either: those are counted after the last check."""
    before = club.internal(small, "sizes").members["gardeners"]
    watched = Tallying(small._house, first=lambda: withdraw(small, GRANTED))
    small.report("sizes")
    gone = FrozenBitMap([ordinal(small, GRANTED)])
    assert gone <= intent(small).eligible
    assert last_outcome(small).eligible == intent(small).eligible - gone
    gardeners = last_outcome(small).members["gardeners"]
    assert gone.isdisjoint(gardeners)
    watched.leave()
    assert gardeners == before - gone != before
    assert watched.people == [len(gardeners)]


class Tallying(Counting):
    """Also keeps how many people each tally counted."""

    @property
    def people(self) -> list[int]:
        return [cell.people for tally in self.tallies for cell in tally.values()]

    @contextmanager
    def open(self, plan: Any, attributes: Any) -> Iterator[Any]:
        self.tallies: list[Any] = []
        with super().open(plan, attributes) as scan:
            real = scan.tally

            def tally(*asked: Any, **more: Any) -> Any:
                self.tallies.append(real(*asked, **more))
                return self.tallies[-1]

            scan.tally = tally
            yield scan


def test_a_grant_after_the_edition_was_fixed_waits_for_the_next_one(
    small: Workspace, clock: Clock
) -> None:
    small.open_edition()
    clock.pass_(minutes=1)
    small.record_consent(
        number("M0007"),
        act="grant",
        purpose=MARKETING,
        categories=frozenset(Category(c) for c in club.ALLOWED.split("|")),
    )
    small.report("overview")
    late = ordinal(small, "M0007")
    assert late not in intent(small).eligible
    small.open_edition()
    small.report("overview")
    assert late in intent(small).eligible
    assert late in last_outcome(small).eligible


def test_a_consent_that_expires_after_the_edition_was_fixed_is_not_used(
    small: Workspace, clock: Clock
) -> None:
    """Everybody granted 199 days before, for 730: it is over 531 days on, at nine o'clock."""
    clock.pass_(days=531, hours=-2)
    small.open_edition()
    small.report("overview")
    assert last_outcome(small).eligible == intent(small).eligible != FrozenBitMap()
    clock.pass_(hours=2)
    small.report("sizes")  # of the same day's edition
    assert not intent(small).eligible  # nobody is read at all
    assert not last_outcome(small).eligible


def test_a_clock_that_is_turned_back_revives_no_consent(small: Workspace, clock: Clock) -> None:
    clock.pass_(days=800)
    small.open_edition()
    small.report("sizes")
    assert not last_outcome(small).eligible
    clock.pass_(days=-790)
    small.open_edition()
    small.report("sizes")
    assert not last_outcome(small).eligible


@pytest.mark.parametrize("who", ["M0001", "M0007", "M0009"])
def test_what_a_person_is_told_of_their_consent_is_what_reports_go_by(
    small: Workspace, who: str
) -> None:
    small.report("overview")
    standing = small.consent_of(number(who)).standing
    read = {"location", "interests", "purchases"}
    told = all(s.allowed for s in standing if s.purpose == MARKETING and s.category in read)
    assert told is (ordinal(small, who) in last_outcome(small).eligible)
