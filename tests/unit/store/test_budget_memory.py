# SPDX-License-Identifier: Apache-2.0
"""The ledger's chain, what is remembered of it outside, and when the two agree."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.errors import IntegrityError
from privseg.protect.loss import BudgetExceededError, PrivacyLoss
from privseg.store import (
    Charge,
    ChargeKind,
    Database,
    LedgerHead,
    LossChainError,
    LossesBehindError,
    LossesForkedError,
    LossMemoryMissingError,
    LossMemoryUnreadableError,
    Quota,
    QuotaExceededError,
    SqlLosses,
)
from privseg.store.budget_memory import parse, require_known, to_bytes
from privseg.terms import Purpose, StaffRole
from privseg.vault.note import SealedNote

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = PrivacyLoss.of("1", "1e-5")
REPORT = Charge(
    population="people",
    at=YEAR + timedelta(days=3),
    loss=PrivacyLoss.of("1/8", "1e-7"),
    plan_hash="ab" * 32,
    edition_id="cd" * 16,
    purpose=Purpose("marketing.letters"),
    actor=StaffRole.MARKETER,
    name="overview",
)


def note(folder: Path) -> SealedNote:
    return SealedNote(folder / "keys" / "ws.budget", workspace="ws", what="budget", key=bytes(32))


def opened(folder: Path, *, name: str = "db") -> SqlLosses:
    path = folder / name
    db = Database.open(path) if path.exists() else Database.create(path)
    return SqlLosses(db, note=note(folder))


@pytest.fixture
def losses(tmp_path: Path) -> Iterator[SqlLosses]:
    made = opened(tmp_path)
    made.check()
    yield made
    made._db.close()


def charge(losses: SqlLosses, times: int = 1, **change: object) -> None:
    for _ in range(times):
        losses.charge(replace(REPORT, **change), limit=LIMIT, since=YEAR)  # type: ignore[arg-type]


def rewrite(losses: SqlLosses, *changes: str) -> None:
    """Change the ledger as whoever can write the file would: the guards go first."""
    with closing(sqlite3.connect(losses._db.place)) as direct:
        for (guard,) in direct.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            direct.execute(f'DROP TRIGGER "{guard}"')
        for change in changes:
            direct.execute(change)
        direct.commit()


# --- the chain ----------------------------------------------------------------------------------


def test_the_head_counts_sums_and_seals_every_charge(losses: SqlLosses) -> None:
    charge(losses, 3)
    head = losses.head()
    assert (head.count, head.rho, head.delta) == (3, Fraction(3, 8), Fraction(3, 10**7))
    assert head.link == losses.history("people")[-1].link
    assert len(set(head.links)) == 3


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE loss SET rho = '0' WHERE number = 2",
        "UPDATE loss SET delta = '0' WHERE number = 2",
        "UPDATE loss SET at = at - 1 WHERE number = 2",
        "UPDATE loss SET population = 'nobody' WHERE number = 2",
        "UPDATE loss SET purpose = 'care' WHERE number = 2",
        "UPDATE loss SET actor = 'analyst' WHERE number = 2",
        "UPDATE loss SET kind = 'preview' WHERE number = 2",
        "UPDATE loss SET name = 'sizes' WHERE number = 2",
        "UPDATE loss SET plan_hash = 'ff' WHERE number = 2",
        "UPDATE loss SET edition_id = 'ff' WHERE number = 2",
        "UPDATE loss SET link = (SELECT link FROM loss WHERE number = 1) WHERE number = 2",
        "UPDATE loss SET number = 9 WHERE number = 3",
        "DELETE FROM loss WHERE number = 1",
        "DELETE FROM loss WHERE number = 2",
    ],
)
def test_a_charge_altered_or_removed_is_found_and_nothing_more_is_charged(
    losses: SqlLosses, change: str
) -> None:
    charge(losses, 3)
    rewrite(losses, change)
    with pytest.raises(LossChainError):
        losses.check()
    with pytest.raises(LossChainError):
        charge(losses)
    assert len(losses._db.raw("SELECT 1 FROM loss")) == (2 if "DELETE" in change else 3)


def test_a_ledger_cut_at_its_end_is_behind_what_is_remembered(losses: SqlLosses) -> None:
    charge(losses, 3)
    rewrite(losses, "DELETE FROM loss WHERE number = 3")
    with pytest.raises(LossesBehindError) as refused:
        losses.check()
    assert (refused.value.count, refused.value.remembered) == (2, 3)
    with pytest.raises(LossesBehindError):
        charge(losses)


# --- what is remembered -------------------------------------------------------------------------

links = st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), max_size=5).map(tuple)
sums = st.fractions(min_value=0, max_denominator=10**9)
heads = st.builds(LedgerHead, sums, sums, links)


@given(head=heads)
def test_what_is_remembered_is_read_back_exactly(head: LedgerHead) -> None:
    assert parse(to_bytes(head), Path("x")) == head


ONE = to_bytes(LedgerHead(Fraction(1), Fraction(0), ("00" * 32,)))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}",
        b"[]",
        b'{"count":1}',
        ONE + b" ",
        ONE.replace(b'"rho":"1"', b'"rho":"2/2"'),
        ONE.replace(b'"count":1', b'"count":2'),
        ONE.replace(b"budget-head/1", b"budget-head/2"),
    ],
)
def test_what_is_not_a_head_is_refused(said: bytes) -> None:
    with pytest.raises(LossMemoryUnreadableError):
        parse(said, Path("x"))


@given(shared=links, here=links, known=links)
def test_a_ledger_is_known_only_if_it_begins_with_all_that_is_remembered(
    shared: tuple[str, ...], here: tuple[str, ...], known: tuple[str, ...]
) -> None:
    """The law, link by link; any other ledger is refused, and never taken for a longer one."""
    ours, theirs = LedgerHead(links=shared + here), LedgerHead(links=shared + known)
    if ours.links[: theirs.count] == theirs.links:
        require_known(ours, theirs, Path("x"))
    else:
        with pytest.raises((LossesBehindError, LossesForkedError)):
            require_known(ours, theirs, Path("x"))


def test_every_charge_is_remembered_once_it_is_durable(losses: SqlLosses) -> None:
    for n in range(1, 4):
        charge(losses)
        known = losses.remembered()
        assert known == losses.head()
        assert known is not None
        assert known.count == n


def test_a_charge_undone_is_not_remembered(losses: SqlLosses) -> None:
    charge(losses)

    def charge_and_fail() -> None:
        with losses._db.transaction():
            charge(losses)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        charge_and_fail()
    known = losses.remembered()
    assert known is not None
    assert known.count == losses.head().count == 1


def test_a_crash_between_charge_and_memory_is_caught_up(losses: SqlLosses, tmp_path: Path) -> None:
    """The order is durable first, remembered then: so the memory may lag, and never leads."""
    charge(losses)
    before = note(tmp_path).path.read_bytes()
    charge(losses, 2)
    note(tmp_path).path.write_bytes(before)  # as if the process had died before it was moved
    losses.check()
    assert losses.remembered() == losses.head()
    note(tmp_path).path.write_bytes(before)
    charge(losses)  # a charge catches it up, too
    assert losses.remembered() == losses.head()
    assert losses.head().count == 4


def test_an_older_ledger_is_refused_and_nothing_is_charged_to_it(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.check()
    charge(first)
    first._db.close()
    older = (tmp_path / "db").read_bytes()
    again = opened(tmp_path)
    charge(again, 2)
    again._db.close()
    (tmp_path / "db").write_bytes(older)
    put_back = opened(tmp_path)
    for refuses in (put_back.check, lambda: charge(put_back)):
        with pytest.raises(LossesBehindError) as refused:
            refuses()
        assert refused.value.exit_code == 5
        assert "privseg budget recover" in str(refused.value)
    assert put_back.head().count == 1
    put_back._db.close()


def test_two_copies_that_both_go_on_are_refused_before_a_second_answer(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.check()
    charge(one)
    one._db.close()
    (tmp_path / "copy").write_bytes((tmp_path / "db").read_bytes())
    one, other = opened(tmp_path), opened(tmp_path, name="copy")
    charge(one)
    with pytest.raises(LossesBehindError):
        charge(other)
    assert other.head().count == 1
    one._db.close()
    other._db.close()


def test_two_copies_that_charge_in_the_same_moment_cannot_both_go_on_reading(
    tmp_path: Path,
) -> None:
    """Both looked before either was remembered: the later one learns it before it reads."""
    one = opened(tmp_path)
    one.check()
    charge(one)
    one._db.close()
    (tmp_path / "copy").write_bytes((tmp_path / "db").read_bytes())
    one, other = opened(tmp_path), opened(tmp_path, name="copy")

    def both() -> None:
        with other._db.transaction():
            charge(other, plan_hash="ef" * 32)
            charge(one)

    with pytest.raises(LossesForkedError) as refused:
        both()
    assert refused.value.common == 1
    assert one.remembered() == one.head()
    one._db.close()
    other._db.close()


def test_a_memory_that_is_gone_is_refused_once_anything_was_charged(
    losses: SqlLosses, tmp_path: Path
) -> None:
    note(tmp_path).path.unlink()
    losses.check()  # nothing was charged: it begins anew
    charge(losses)
    note(tmp_path).path.unlink()
    for refuses in (losses.check, lambda: charge(losses)):
        with pytest.raises(LossMemoryMissingError):
            refuses()
    assert losses.head().count == 1


def other_digit(data: bytes) -> bytes:
    return data[:-1] + (b"1" if data.endswith(b"0") else b"0")


@pytest.mark.parametrize("harm", [other_digit, lambda data: data[:-1], lambda _: b""])
def test_a_memory_that_was_changed_is_refused(
    losses: SqlLosses, tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    charge(losses)
    path = note(tmp_path).path
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(IntegrityError):
        losses.check()
    with pytest.raises(IntegrityError):
        charge(losses)
    assert losses.head().count == 1


def test_what_is_remembered_names_nobody(losses: SqlLosses, tmp_path: Path) -> None:
    charge(losses)
    said = note(tmp_path).path.read_text("utf-8")
    for private in ("overview", "marketing", "marketer", REPORT.plan_hash, REPORT.edition_id):
        assert private not in said


# --- identical runs at once ---------------------------------------------------------------------


def test_a_run_joins_the_charge_of_one_that_is_still_alive(losses: SqlLosses) -> None:
    first = losses.pay(REPORT, limit=LIMIT, since=YEAR)
    second = losses.pay(REPORT, limit=LIMIT, since=YEAR)
    assert (first.joined, second.joined) == (False, True)
    assert first.charge.number == second.charge.number == 1
    assert second.before == first.before == PrivacyLoss.of("0")
    assert losses.head().count == 1


def test_a_charge_whose_run_has_ended_is_spent_and_never_joined(losses: SqlLosses) -> None:
    with losses.pay(REPORT, limit=LIMIT, since=YEAR).claim:
        pass
    again = losses.pay(REPORT, limit=LIMIT, since=YEAR)
    assert not again.joined
    assert again.before == REPORT.loss
    assert losses.head().count == 2


def test_a_run_that_joined_keeps_the_charge_alive_when_the_first_one_ends(
    losses: SqlLosses,
) -> None:
    first = losses.pay(REPORT, limit=LIMIT, since=YEAR)
    second = losses.pay(REPORT, limit=LIMIT, since=YEAR)
    first.claim.give_back()
    first.claim.give_back()  # twice is once
    assert losses.pay(REPORT, limit=LIMIT, since=YEAR).joined
    second.claim.give_back()


@pytest.mark.parametrize("change", [{"plan_hash": "ef" * 32}, {"edition_id": "00" * 16}])
def test_only_the_same_plan_on_the_same_edition_joins(
    losses: SqlLosses, change: dict[str, str]
) -> None:
    held = losses.pay(REPORT, limit=LIMIT, since=YEAR)
    other = losses.pay(replace(REPORT, **change), limit=LIMIT, since=YEAR)  # type: ignore[arg-type]
    assert not other.joined
    assert losses.head().count == 2
    held.claim.give_back()
    other.claim.give_back()


def test_a_payment_undone_gives_its_claim_back(losses: SqlLosses) -> None:
    def pay_and_fail() -> None:
        with losses._db.transaction():
            losses.pay(REPORT, limit=LIMIT, since=YEAR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pay_and_fail()
    assert not losses.pay(REPORT, limit=LIMIT, since=YEAR).joined


def test_a_payment_beyond_the_limit_is_refused_and_claims_nothing(losses: SqlLosses) -> None:
    dear = replace(REPORT, loss=PrivacyLoss.of("2"))
    with pytest.raises(BudgetExceededError):
        losses.pay(dear, limit=LIMIT, since=YEAR)
    assert losses.head() == LedgerHead()
    folder = losses._db.private / "running"
    assert not folder.exists() or not list(folder.iterdir())


# --- quotas -------------------------------------------------------------------------------------

HALF = PrivacyLoss.of("1/2", "5e-6")


@pytest.mark.parametrize(
    "quota",
    [
        Quota(HALF, purpose=Purpose("marketing.lett")),
        Quota(HALF, purpose=Purpose("marketing.letters.more")),
        Quota(HALF, purpose=Purpose("care")),
        Quota(HALF, actor=StaffRole.ANALYST),
    ],
)
def test_a_quota_holds_nobody_whom_it_does_not_count(losses: SqlLosses, quota: Quota) -> None:
    for _ in range(5):
        losses.charge(REPORT, limit=LIMIT, since=YEAR, quotas=(quota,))
    assert losses.spent("people", since=YEAR).rho == Fraction(5, 8)


@pytest.mark.parametrize(
    "quota",
    [
        Quota(HALF, purpose=Purpose("marketing.letters")),
        Quota(HALF, purpose=Purpose("marketing")),
        Quota(HALF, actor=StaffRole.MARKETER),
    ],
)
def test_a_quota_holds_whom_it_counts(losses: SqlLosses, quota: Quota) -> None:
    for _ in range(4):
        losses.charge(REPORT, limit=LIMIT, since=YEAR, quotas=(quota,))
    with pytest.raises(QuotaExceededError) as refused:
        losses.charge(REPORT, limit=LIMIT, since=YEAR, quotas=(quota,))
    assert refused.value.exit_code == 4
    assert quota.name in str(refused.value)
    assert losses.spent("people", since=YEAR) == PrivacyLoss.of("1/2", "4e-7")


def test_a_quota_adds_nothing_to_the_line(losses: SqlLosses) -> None:
    wide = Quota(PrivacyLoss.of("9", "1e-3"), purpose=Purpose("marketing"))
    for _ in range(8):
        losses.charge(REPORT, limit=LIMIT, since=YEAR, quotas=(wide,))
    with pytest.raises(BudgetExceededError):
        losses.charge(REPORT, limit=LIMIT, since=YEAR, quotas=(wide,))


def test_what_another_copy_charged_counts_in_every_quota(losses: SqlLosses) -> None:
    losses.recover(replace(REPORT, kind=ChargeKind.RECOVERY, purpose=Purpose("recovered"),
                           loss=PrivacyLoss.of("1/2")))  # fmt: skip
    for quota in (Quota(HALF, purpose=Purpose("marketing")), Quota(HALF, actor=StaffRole.MARKETER)):
        with pytest.raises(QuotaExceededError):
            losses.charge(REPORT, limit=LIMIT, since=YEAR, quotas=(quota,))
