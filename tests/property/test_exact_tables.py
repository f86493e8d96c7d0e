# SPDX-License-Identifier: Apache-2.0
"""Laws of exact tables: the audit is what writing down every table shows; nothing small shows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.protect.exact.errors import AuditUnfinishedError, NothingLeftError
from privseg.protect.exact.settling import ExactRule, Suppression
from privseg.protect.exact.suppression import protect_tables
from privseg.protect.exact.tables import Axis, Counts, Table, Tables
from tests.twins.exact_cases import Case, Told, as_told, case_of, told_of
from tests.twins.naive_tables import END, agreeing, ends, shown_small

CASES = 48
TRACKERS = 200  # combinations of printed counts that are tried in each case


@pytest.fixture(scope="module")
def told() -> list[Told]:
    """Return the cases of `make test`: the same in every run."""
    found = [told_of(case_of(seed)) for seed in range(CASES)]
    kept = [each for each in found if each is not None]
    assert len(kept) > CASES // 3, "most tables have something left"
    assert sum(any(n is None for _, n in t.counts) for t in kept) > CASES // 6, "and withhold some"
    return kept


def worked_out_is_what_is_written(each: Told) -> bool:
    pairs = zip(each.counts, each.made.counts, strict=True)
    return all(
        (c.low, END if c.high is None else c.high) == ends(each.counts, each.tables, held)
        for (held, _), c in pairs
    )


def is_protected(each: Told) -> bool:
    _, _, rule = each.case
    for held, people in each.counts:
        low, high = ends(each.counts, each.tables, held)
        if people is None and (high < rule.k or high - low < rule.protection):
            return False
        if people is not None and 0 < people < rule.k:
            return False
    return True


def nothing_small_is_shown(each: Told) -> bool:
    return not list(shown_small(each.counts, each.tables, each.case[2].k))


def test_what_can_be_worked_out_is_what_writing_down_every_table_shows(told: list[Told]) -> None:
    assert all(map(worked_out_is_what_is_written, told))


def test_no_group_however_put_together_is_shown_to_have_from_one_to_k_minus_one_people(
    told: list[Told],
) -> None:
    assert all(map(nothing_small_is_shown, told))


def test_every_withheld_count_may_be_k_and_lies_as_far_apart_as_policy_says(
    told: list[Told],
) -> None:
    assert all(map(is_protected, told))


def test_a_tracker_of_printed_counts_never_isolates_a_small_group(told: list[Told]) -> None:
    """Printed counts added and subtracted till a group is left (Denning 1979)."""
    draw = np.random.default_rng(7)
    isolated = 0
    for each in told:
        shown = [(held, n) for held, n in each.counts if n is not None]
        size = each.case[1].size
        rows = np.array([[a in held for a in range(size)] for held, _ in shown]).astype(np.int64)
        signs = draw.integers(-1, 2, (TRACKERS, len(shown))) * (
            draw.random((TRACKERS, len(shown))) < 4 / len(shown)
        )
        for left, people in zip(signs @ rows, signs @ [n for _, n in shown], strict=True):
            if set(left.tolist()) == {0, 1}:
                isolated += 1
                assert people == 0 or people >= each.case[2].k
    assert isolated > len(told), "trackers do isolate groups"


def test_the_answer_is_the_same_each_time(told: list[Told]) -> None:
    assert all(protect_tables(*t.case).counts == t.made.counts for t in told[:10])


@pytest.mark.long
@settings(max_examples=1_000)
@given(st.integers(0, 2**31))
def test_the_laws_hold_for_any_small_tables(seed: int) -> None:
    each = told_of(case_of(seed))
    if each is not None:
        assert worked_out_is_what_is_written(each)
        assert is_protected(each)
        assert nothing_small_is_shown(each)


# --- refusals -------------------------------------------------------------------------------------

A, B, C = (Axis(name, ("x", "y")) for name in "abc")
SQUARE = Tables((A, B), (Table("t", ("a", "b")),))
NESTED = Tables((A,), (Table("all", ("a",)), Table("part", ("a",), ("s",))))
LINKED = Tables((A, B), (Table("t", ("a", "b")), Table("u", ("a",), ("s",))))
SICK = Tables((A, Axis("ill", ("no", "yes"), sensitive=True)), (Table("t", ("a", "ill")),))
RULE = ExactRule(3, 3)


def test_a_table_without_anything_left_is_refused_and_not_printed_empty() -> None:
    tables = Tables((A,), (Table("t", ("a",)),))
    with pytest.raises(NothingLeftError) as refused:
        protect_tables(tables, np.array([1, 1]), RULE)
    assert refused.value.table == "t"


def test_what_the_last_look_does_not_find_protected_is_refused() -> None:
    found = Suppression(SQUARE, np.array([[1, 4], [4, 3]]), RULE)  # not settled
    with pytest.raises(AuditUnfinishedError):
        found.certify()


def test_that_nobody_has_a_sensitive_value_is_withheld_too() -> None:
    people = np.array([[5, 0], [4, 5]])
    made = {c.cell: c for c in protect_tables(SICK, people, RULE).counts}
    hidden = made["(everybody)", ("x", "yes")]
    assert hidden.people is None
    assert hidden.high is not None
    assert hidden.high >= RULE.k


def test_a_segment_within_another_shows_no_difference() -> None:
    """9 people, 8 of them in the segment: the one who is not is not shown."""
    people = np.array([[1, 8], [5, 6]])  # key x: one outside, eight inside
    each = told_of((NESTED, people, RULE))
    assert each is not None
    assert nothing_small_is_shown(each)


def test_what_a_segments_definition_makes_impossible_is_no_cover() -> None:
    """Whoever knows that the segment is of key y alone knows that nobody of x is in it."""
    people = np.zeros((2, 2, 2), np.int64)
    people[1, :, 1] = (2, 6)  # of y all are inside, of x nobody is
    people[0, :, 0] = (6, 6)
    defined = Tables((A, B), LINKED.tables, frozenset({"a"}))
    found = Suppression(defined, people, RULE)
    found.settle()
    found.certify()
    assert not found.reader.possible.reshape(people.shape)[0, :, 1].any()


# --- mutants: each must be caught by what stands above --------------------------------------------


class NoComplement(Suppression):
    """Withholds small counts and nothing else."""

    def settle(self) -> None:
        pass


class CountsOnly(Suppression):
    """Protects counts, and no difference of two."""

    @property
    def small(self) -> np.ndarray:
        return np.zeros(len(self.people), np.bool_)


class OneTooFew(Suppression):
    """Takes a group of k - 1 for large enough: ``> k - 1 - 1`` for ``>= k``."""

    def is_few(self, people: Counts) -> np.ndarray:
        return people < self.rule.k - 1


class EachAlone(Suppression):
    """Looks at each table by itself, as if nobody could read two."""

    def settle(self) -> None:
        hidden = set()
        for table in self.tables.tables:
            alone = Tables(self.tables.axes, (table,))
            folded = self.people.reshape(self.tables.shape)
            if len(alone.shape) < folded.ndim:
                folded = folded.sum(axis=-1)
            own = Suppression(alone, folded, self.rule)
            own.settle()
            hidden |= {c for c, w in zip(alone.cells, own.withheld, strict=True) if w}
        kept = np.array([cell not in hidden for cell in self.tables.cells])
        self.reader.printed[:] &= kept


CAUGHT: tuple[tuple[type[Suppression], Case], ...] = (
    (NoComplement, (SQUARE, np.array([[1, 4], [4, 3]]), RULE)),
    (CountsOnly, (NESTED, np.array([[1, 4], [4, 3]]), RULE)),
    (OneTooFew, (SQUARE, np.array([[2, 4], [4, 3]]), RULE)),
    (EachAlone, (NESTED, np.array([[1, 4], [4, 3]]), RULE)),
)


def shows(mutant: type[Suppression], case: Case) -> bool:
    """Return whether what it prints shows a small group."""
    made = mutant(*case)
    made.settle()
    printed = [None if w else int(n) for n, w in zip(made.counts, made.withheld, strict=True)]
    told = as_told(case[0], printed, case[1])
    return bool(list(shown_small(told, list(agreeing(told, case[1].size)), case[2].k)))


@pytest.mark.parametrize(("mutant", "case"), CAUGHT, ids=[m.__name__ for m, _ in CAUGHT])
def test_a_rule_that_protects_less_is_caught(mutant: type[Suppression], case: Case) -> None:
    assert not shows(Suppression, case)
    assert shows(mutant, case)


def test_a_rule_that_protects_less_is_refused_by_the_last_look() -> None:
    for mutant, case in CAUGHT:
        if mutant is OneTooFew:
            continue  # its own idea of few is what the last look asks
        made = mutant(*case)
        made.settle()
        with pytest.raises(AuditUnfinishedError):
            Suppression.certify(_as_true(made))


def _as_true(made: Suppression) -> Suppression:
    """Return a mutant's suppression with the true idea of what is to be protected."""
    true = Suppression(made.tables, made.people.reshape(made.tables.shape), made.rule)
    true.reader, true.witnesses = made.reader, made.witnesses
    return true
