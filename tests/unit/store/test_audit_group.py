# SPDX-License-Identifier: Apache-2.0
"""Threads that append to one log share transactions, and each is told the truth about its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.audit import AuditEvent, HeaderError, Kind, Outcome, check, open_body, parse_entry
from privseg.errors import AuditWriteError, InputError
from privseg.store import (
    AuditHeadUnwritableError,
    AuditLogUnwritableError,
    Database,
    SqlAuditLog,
    audit_group,
)
from privseg.store.audit_group import Group, LeaderLostError, Waiting
from privseg.terms import StaffRole
from tests.twins.store_worker import KEY, event, open_log

BAD = AuditEvent(Kind.CONSENT, Outcome.OK, StaffRole.ENGINEER, {"verb": "not a name"})


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqlAuditLog]:
    path = tmp_path / ".privseg" / "privseg.sqlite"
    Database.create(path).close()
    db, log = open_log(path)
    with db:
        yield log


def bodies(log: SqlAuditLog) -> list[tuple[int, int]]:
    """Return (who, number) of every entry in order."""
    found = []
    for stored in log.entries():
        body = open_body(parse_entry(stored.entry_bytes), stored.salt or b"", stored.body or b"")
        found.append((body["who"], body["number"]))
    return found


def is_clean(log: SqlAuditLog) -> bool:
    return check(log.entries(), checkpoint_note=log.head(), verifiers=[KEY]).is_clean


def test_many_threads_append_and_each_gets_the_numbers_of_its_own_entries(
    log: SqlAuditLog,
) -> None:
    def write(who: int) -> list[tuple[int, tuple[int, int]]]:
        return [(log.append(event(who, number)), (who, number)) for number in range(25)]

    with ThreadPoolExecutor(8) as pool:
        told = [each for several in pool.map(write, range(8)) for each in several]
    assert sorted(index for index, _ in told) == list(range(200))
    assert [what for _, what in sorted(told)] == bodies(log)
    assert is_clean(log)


@dataclass
class Held:
    """A log whose database is held by another thread, so that appends pile up behind a leader."""

    log: SqlAuditLog
    commits: list[int] = field(default_factory=list)

    def together(self, calls: Sequence[Callable[[], object]]) -> list[object]:
        """Start every call while nobody can commit, then let go; return how each ended."""
        with ThreadPoolExecutor(len(calls) + 1) as pool:
            with self.log._db.transaction():
                ends = []
                for call in calls:
                    ends.append(pool.submit(ended, call))
                    time.sleep(0.01)  # so that they queue in this order
            return [end.result() for end in ends]


def ended(call: Callable[[], object]) -> object:
    """Return what a call returned, or what it raised."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - it is what the test looks at
        return error


def test_those_who_wait_are_committed_in_one_transaction(log: SqlAuditLog) -> None:
    before = log._continuity.committed
    sizes: list[int] = []
    log._continuity.committed = lambda f: (sizes.append(f.size), before(f))[1]  # type: ignore[method-assign]
    calls = [lambda n=n: log.append(event(n, 0)) for n in range(6)]
    found = Held(log).together(calls)
    assert sorted(found) == list(range(6))  # type: ignore[type-var]
    assert sizes == [1, 6]  # the first led alone; it wrote before the others came
    assert is_clean(log)


def test_an_event_that_cannot_be_recorded_fails_alone(log: SqlAuditLog) -> None:
    def good(n: int) -> Callable[[], object]:
        return lambda: log.append_many([event(n, 0), event(n, 1)])

    first, bad, second = Held(log).together([good(1), lambda: log.append(BAD), good(2)])
    assert (first, second) == (range(2), range(2, 4))
    assert isinstance(bad, HeaderError)
    assert bodies(log) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert is_clean(log)


def test_a_batch_of_nothing_but_bad_events_changes_nothing(log: SqlAuditLog) -> None:
    found = Held(log).together([lambda: log.append(BAD)] * 3)
    assert all(isinstance(each, HeaderError) for each in found)
    assert log.size == 0
    assert is_clean(log)


def test_an_append_inside_a_transaction_joins_it_while_others_wait(log: SqlAuditLog) -> None:
    def joined() -> range:
        with log._db.transaction():
            first = log.append(event(1, 0))
            time.sleep(0.05)  # others come, and must not get between
            return range(first, log.append(event(1, 1)) + 1)

    with ThreadPoolExecutor(5) as pool:
        inside = pool.submit(joined)
        others = [pool.submit(log.append, event(2, n)) for n in range(4)]
        assert len(inside.result()) == 2
        assert len({other.result() for other in others}) == 4
    found = bodies(log)
    at = found.index((1, 0))
    assert found[at + 1] == (1, 1)
    assert is_clean(log)


def test_a_failed_enclosing_transaction_takes_only_its_own_entries(log: SqlAuditLog) -> None:
    def fails() -> None:
        with log._db.transaction():
            log.append(event(1, 0))
            time.sleep(0.03)
            raise ZeroDivisionError

    with ThreadPoolExecutor(3) as pool:
        lost = pool.submit(ended, fails)
        kept = [pool.submit(log.append, event(2, n)) for n in range(2)]
        assert isinstance(lost.result(), ZeroDivisionError)
        assert sorted(each.result() for each in kept) == [0, 1]
    assert {who for who, _ in bodies(log)} == {2}
    assert is_clean(log)


def test_a_log_that_is_removed_tells_everybody_who_comes(log: SqlAuditLog) -> None:
    log.append(event(0, 0))
    place = Path(str(log._db.place))
    place.rename(place.with_name("elsewhere"))
    calls = [lambda n=n: log.append(event(n, 0)) for n in range(3)]
    with ThreadPoolExecutor(len(calls)) as pool:
        found = list(pool.map(ended, calls))
    assert all(isinstance(each, AuditLogUnwritableError) for each in found)


def test_a_head_that_cannot_be_remembered_is_told_to_everybody_it_was_for(
    log: SqlAuditLog,
) -> None:
    folder = Path(str(log._db.place)).parent
    (folder / "head.new").mkdir()
    found = Held(log).together([lambda n=n: log.append(event(n, 0)) for n in range(3)])
    assert all(isinstance(each, AuditHeadUnwritableError) for each in found)
    (folder / "head.new").rmdir()
    log.append(event(9, 0))
    assert is_clean(log)


def test_nobody_waits_longer_than_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_group, "BUSY_SECONDS", 0.2)
    leading, go = threading.Event(), threading.Event()

    def stuck(batch: Sequence[Waiting], durable: Callable[[], None]) -> None:
        leading.set()
        go.wait(10)
        for each in batch:
            each.written = range(1)
        durable()

    group = Group(stuck)
    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(group.append, [])
        leading.wait(5)
        began = time.monotonic()
        follower = pool.submit(ended, lambda: group.append([]))
        assert isinstance(follower.result(), audit_group.LeaderBusyError)
        assert time.monotonic() - began < 2
        go.set()
        assert leader.result() == range(1)
    assert group._queue == []


class Stopped(BaseException):
    """As KeyboardInterrupt: nobody expects it."""


@pytest.mark.parametrize("durable_before", [False, True])
def test_a_leader_that_is_stopped_leaves_nobody_hanging(  # noqa: C901 - threads need steps
    *, durable_before: bool
) -> None:
    """What is durable is told as such; the others are told that their leader was lost."""
    leading, queued = threading.Event(), threading.Event()
    calls: list[int] = []

    def commit(batch: Sequence[Waiting], durable: Callable[[], None]) -> None:
        calls.append(len(batch))
        if len(calls) == 1:
            leading.set()
            queued.wait(5)  # the next ones come together
        for each in batch:
            each.written = range(7, 8)
        if len(calls) == 2:
            if durable_before:
                durable()
            raise Stopped
        durable()

    group = Group(commit)
    ends: list[object] = []

    def follow() -> None:
        try:
            ends.append(group.append([]))
        except (Stopped, LeaderLostError) as error:
            ends.append(type(error))

    threads = [threading.Thread(target=follow)]
    threads[0].start()
    leading.wait(5)
    threads += [threading.Thread(target=follow) for _ in range(3)]
    for thread in threads[1:]:
        thread.start()
    while len(group._queue) < 3:
        time.sleep(0.005)
    queued.set()
    for thread in threads:
        thread.join(5)
    assert calls[:2] == [1, 3]
    told = [range(7, 8)] * 2 if durable_before else [LeaderLostError] * 2
    assert sorted(map(str, ends)) == sorted(map(str, [range(7, 8), Stopped, *told]))
    assert group.append([]) == range(7, 8)  # and the next one leads again


def test_a_fault_that_only_one_event_causes_is_looked_for_one_by_one(log: SqlAuditLog) -> None:
    class Index:
        """A ``BodyIndex`` that cannot read one event."""

        def add(self, _first: int, events: Sequence[AuditEvent]) -> None:
            if any(each.body.get("who") == 13 for each in events):
                raise RuntimeError("unreadable")

        def forget(self, _sequences: object) -> None:
            """Nothing is kept."""

    log._index = Index()
    first, bad, second = Held(log).together(
        [lambda n=n: log.append(event(n, 0)) for n in (1, 13, 2)]
    )
    assert isinstance(bad, RuntimeError)
    assert {first, second} == {0, 1}
    assert {who for who, _ in bodies(log)} == {1, 2}
    assert is_clean(log)


plans = (
    st.lists(  # for each thread: its calls, each good (how many events) or bad (0), alone or not
        st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=4),
        min_size=2,
        max_size=5,
    )
)


@settings(max_examples=8, deadline=None)
@given(plans)
def test_whatever_threads_do_at_once_the_log_is_what_they_were_told(
    tmp_path_factory: pytest.TempPathFactory, plan: list[list[tuple[int, bool]]]
) -> None:
    path = tmp_path_factory.mktemp("group") / "log" / "privseg.sqlite"
    Database.create(path).close()
    db, log = open_log(path)

    def act(who: int) -> list[tuple[int, tuple[int, int]]]:
        told, number = [], 0
        for count, joins in plan[who]:
            wanted = [event(who, number + i) for i in range(count)] or [BAD]
            try:
                with db.transaction() if joins else threading.Lock():
                    written = log.append_many(wanted)
            except InputError:
                continue
            told += [(index, (who, number + i)) for i, index in enumerate(written)]
            number += count
        return told

    with db, ThreadPoolExecutor(len(plan)) as pool:
        told = [each for several in pool.map(act, range(len(plan))) for each in several]
        assert [what for _, what in sorted(told)] == bodies(log)
        assert [index for index, _ in sorted(told)] == list(range(log.size))
        assert is_clean(log)


def test_an_error_of_one_kind_reaches_the_caller_as_the_log_refuses(log: SqlAuditLog) -> None:
    def commit(_batch: object, _durable: object) -> None:
        raise LeaderLostError

    log._group = Group(commit)
    with pytest.raises(AuditWriteError) as refused:
        log.append(event(0, 0))
    assert refused.value.exit_code == 74
