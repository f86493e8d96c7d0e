# SPDX-License-Identifier: Apache-2.0
"""Laws of records: every class has k and more, l and t hold, or nothing goes out."""

from collections import Counter
from fractions import Fraction
from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.policy.k_rules import (
    Distance,
    Diversity,
    GroupLevels,
    IntervalLevels,
    Method,
)
from privseg.protect.exact.classes import Judge, SensitiveColumn
from privseg.protect.exact.errors import HomogeneousError, NotReachedError
from privseg.protect.exact.full_domain import loss
from privseg.protect.exact.guarantee import KAnonymous, LDiversity, TCloseness
from privseg.protect.exact.hierarchy import ANY, coded
from privseg.protect.exact.microdata import Coarsening, CoarseRecords, Records, coarsen
from privseg.protect.exact.mondrian import partition

AGES = IntervalLevels((10, (40,)))
TREE = GroupLevels({"1": {"up": ("n", "e"), "down": ("s", "w")}})
PLACES = ("n", "e", "s", "w")
ILL = ("no", "flu", "gout")


@st.composite
def records(draw: st.DrawFn) -> Records:
    """Draw a few dozen people with an age, a place and an illness; some have no age."""
    number = draw(st.integers(4, 40))
    ages = draw(
        st.lists(st.one_of(st.none(), st.integers(18, 60)), min_size=number, max_size=number)
    )
    places = draw(st.lists(st.sampled_from(PLACES), min_size=number, max_size=number))
    ill = draw(st.lists(st.integers(0, 2), min_size=number, max_size=number))
    return made_of(ages, places, ill, distance=draw(st.sampled_from(list(Distance))))


def made_of(
    ages: list[int | None],
    places: list[str],
    ill: list[int],
    *,
    distance: Distance = Distance.EQUAL,
) -> Records:
    quasi = (coded("age", ages, AGES), coded("place", places, TREE))
    column = SensitiveColumn("ill", np.array(ill), len(ILL), distance)
    return Records(quasi, (column,), (ILL,), np.ones(len(ages), np.bool_))


ASKED = st.builds(
    KAnonymous,
    st.integers(2, 5),
    st.one_of(
        st.none(), st.builds(LDiversity, st.integers(2, 3), st.sampled_from(list(Diversity)))
    ),
    st.one_of(st.none(), st.builds(TCloseness, st.sampled_from([Fraction(1, 5), Fraction(1, 2)]))),
)
HOW = st.one_of(
    st.builds(
        Coarsening,
        st.just(Method.FULL_DOMAIN),
        st.one_of(st.none(), st.tuples(st.integers(0, 3), st.integers(0, 2))),
        st.sampled_from([Fraction(0), Fraction(1, 5)]),
    ),
    st.just(Coarsening(Method.MONDRIAN)),
)


def naive_holds(rows: list[tuple[str, ...]], asked: KAnonymous, distance: Distance) -> bool:
    """Return whether rows (age, place, illness) hold what is asked: counted one by one."""
    classes: dict[tuple[str, ...], Counter[str]] = {}
    for *labels, ill in rows:
        classes.setdefault(tuple(labels), Counter())[ill] += 1
    everyone = Counter(row[-1] for row in rows)
    return all(
        sum(c.values()) >= asked.k and diverse(c, asked) and close(c, everyone, asked, distance)
        for c in classes.values()
    )


def diverse(found: Counter[str], asked: KAnonymous) -> bool:
    if asked.l_diversity is None:
        return True
    if asked.l_diversity.kind is Diversity.DISTINCT:
        return len(found) >= asked.l_diversity.least
    size = sum(found.values())
    entropy = -sum(n / size * log(n / size) for n in found.values())
    return entropy >= log(asked.l_diversity.least) - 1e-9


def close(
    found: Counter[str], everyone: Counter[str], asked: KAnonymous, distance: Distance
) -> bool:
    if asked.t_closeness is None:
        return True
    size, total = sum(found.values()), sum(everyone.values())
    apart = [Fraction(found[v], size) - Fraction(everyone[v], total) for v in ILL]
    if distance is Distance.EQUAL:
        moved = sum(map(abs, apart), Fraction(0)) / 2
    else:
        running = [sum(apart[: i + 1], Fraction(0)) for i in range(len(apart))]
        moved = sum(map(abs, running), Fraction(0)) / (len(ILL) - 1)
    return moved <= asked.t_closeness.most


@given(records(), ASKED, HOW)
def test_every_class_holds_what_was_asked_or_nothing_goes_out(
    given_: Records, asked: KAnonymous, how: Coarsening
) -> None:
    try:
        made = coarsen(given_, asked, how)
    except NotReachedError:
        return
    assert made.rows
    assert naive_holds(list(made.rows), asked, given_.sensitive[0].distance)
    assert made.left_out <= how.suppression * len(given_.released)
    assert made.left_out + len(made.rows) == len(given_.released)


@given(records(), ASKED)
def test_a_search_finds_the_least_loss_of_all_levels_that_hold(
    given_: Records, asked: KAnonymous
) -> None:
    nodes = product(*(range(c.height + 1) for c in given_.quasi))
    holding = [n for n in nodes if _holds_at(given_, asked, n)]
    try:
        made = coarsen(given_, asked, Coarsening(Method.FULL_DOMAIN))
    except NotReachedError:
        assert not holding
        return
    best = min(loss(n, given_.quasi) for n in holding)
    assert made.levels is not None
    assert loss(made.levels, given_.quasi) == best


def _holds_at(given_: Records, asked: KAnonymous, node: tuple[int, ...]) -> bool:
    try:
        coarsen(given_, asked, Coarsening(Method.FULL_DOMAIN, node))
    except NotReachedError:
        return False
    return True


@given(records(), st.integers(2, 4))
def test_mondrian_leaves_nobody_out_and_changes_no_sensitive_value(given_: Records, k: int) -> None:
    try:
        made = coarsen(given_, KAnonymous(k), Coarsening(Method.MONDRIAN))
    except NotReachedError:
        assert len(given_.released) < k
        return
    assert made.left_out == 0
    assert Counter(r[-1] for r in made.rows) == Counter(
        ILL[i] for i in given_.sensitive[0].codes.tolist()
    )


@given(records(), ASKED)
def test_mondrian_cuts_as_its_paper_says(given_: Records, asked: KAnonymous) -> None:
    codes = np.stack([c.codes for c in given_.quasi], axis=1)
    judge = Judge(asked, given_.sensitive)
    try:
        found = partition(given_.quasi, judge)
    except NotReachedError:
        assert not judge.holds(np.zeros(len(codes), np.int64), 1)[0]
        return
    span = codes.max(axis=0) - codes.min(axis=0)
    mine = {frozenset(np.flatnonzero(found.classes == n).tolist()) for n in range(found.number)}
    assert mine == set(naive_parts(list(range(len(codes))), codes, span, judge))


def naive_parts(
    rows: list[int], codes: np.ndarray, span: np.ndarray, judge: Judge
) -> list[frozenset[int]]:
    """Return the parts of one part after the other: the widest attribute's median, if it can be."""
    own = codes[rows]
    width = (own.max(axis=0) - own.min(axis=0)) / np.maximum(span, 1)
    for axis in sorted(range(codes.shape[1]), key=lambda a: -width[a]):
        values = sorted(own[:, axis].tolist())
        middle, last = values[(len(values) - 1) // 2], values[-1]
        at = middle if middle < last else max((v for v in values if v < last), default=last)
        sides = [[r for r in rows if bool(codes[r, axis] <= at) is side] for side in (True, False)]
        if all(side and _holds(side, judge) for side in sides):
            return [p for side in sides for p in naive_parts(side, codes, span, judge)]
    return [frozenset(rows)]


def _holds(rows: list[int], judge: Judge) -> bool:
    some = judge.of(np.array(rows))
    return bool(some.holds(np.zeros(len(rows), np.int64), 1)[0])


@given(records(), st.permutations(range(3)))
def test_sensitive_values_decide_no_level_where_only_k_is_asked(
    given_: Records, order: list[int]
) -> None:
    """Whatever people's illnesses are, the same coarsening: it tells nothing of them."""
    swapped = SensitiveColumn("ill", np.array(order)[given_.sensitive[0].codes], 3, Distance.EQUAL)
    other = Records(given_.quasi, (swapped,), given_.texts, given_.released)
    for how in (Coarsening(Method.FULL_DOMAIN), Coarsening(Method.MONDRIAN)):
        assert _labels(given_, how) == _labels(other, how)


def _labels(given_: Records, how: Coarsening) -> list[tuple[str, ...]] | None:
    try:
        return sorted(r[:-1] for r in coarsen(given_, KAnonymous(3), how).rows)
    except NotReachedError:
        return None


# --- examples -------------------------------------------------------------------------------------


def test_ten_people_alike_with_one_illness_are_refused() -> None:
    """k = 10 and l = 1, as the Adult table has it: everybody's illness would be known."""
    given_ = made_of([30] * 10 + [50] * 10, ["n"] * 20, [1] * 10 + [0, 1] * 5)
    at = Coarsening(Method.FULL_DOMAIN, (1, 0))
    assert coarsen(given_, KAnonymous(10), at).attained.distinct == 1
    with pytest.raises(HomogeneousError):
        coarsen(given_, KAnonymous(10, LDiversity(2)), at)


def test_entropy_asks_more_than_counting() -> None:
    given_ = made_of([30] * 10, ["n"] * 10, [0] * 9 + [1])
    at = Coarsening(Method.FULL_DOMAIN, (1, 0))
    assert coarsen(given_, KAnonymous(5, LDiversity(2)), at).rows
    with pytest.raises(HomogeneousError):
        coarsen(given_, KAnonymous(5, LDiversity(2, Diversity.ENTROPY)), at)


def test_two_values_alike_often_have_an_entropy_of_exactly_two() -> None:
    given_ = made_of([30] * 10, ["n"] * 10, [0, 1] * 5)
    asked = KAnonymous(5, LDiversity(2, Diversity.ENTROPY))
    assert coarsen(given_, asked, Coarsening(Method.FULL_DOMAIN, (1, 0))).attained.entropy == 2


def test_people_of_no_class_are_left_out_up_to_the_limit_and_no_further() -> None:
    given_ = made_of([30] * 9 + [50], ["n"] * 10, [0, 1] * 5)
    at = (1, 0)
    made = coarsen(given_, KAnonymous(5), Coarsening(Method.FULL_DOMAIN, at, Fraction(1, 10)))
    assert (len(made.rows), made.left_out) == (9, 1)
    with pytest.raises(NotReachedError):
        coarsen(given_, KAnonymous(5), Coarsening(Method.FULL_DOMAIN, at, Fraction(1, 11)))


def test_the_journalist_counts_the_population_and_the_prosecutor_the_records() -> None:
    quasi = (coded("age", [30] * 10, AGES), coded("place", ["n"] * 10, TREE))
    column = SensitiveColumn("ill", np.array([0, 1] * 5), 3, Distance.EQUAL)
    released = np.array([True] * 5 + [False] * 5)
    at = Coarsening(Method.FULL_DOMAIN, (1, 0))
    risk = coarsen(Records(quasi, (column,), (ILL,), released), KAnonymous(5), at).risk
    assert (risk.prosecutor, risk.journalist, risk.marketer) == (
        Fraction(1, 5), Fraction(1, 10), Fraction(1, 10),
    )  # fmt: skip


def test_at_the_top_everybody_is_alike() -> None:
    given_ = made_of([20, 30, 40, None], list(PLACES), [0, 1, 0, 1])
    made: CoarseRecords = coarsen(given_, KAnonymous(4), Coarsening(Method.FULL_DOMAIN, (3, 2)))
    assert {r[:-1] for r in made.rows} == {(ANY, ANY)}


# --- mutants: each must be caught by what stands above --------------------------------------------


def test_a_judge_that_lets_one_fewer_pass_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Judge.holds

    def lax(self: Judge, classes: np.ndarray, number: int) -> np.ndarray:
        fewer = KAnonymous(max(2, self.asked.k - 1), self.asked.l_diversity, self.asked.t_closeness)
        return true(Judge(fewer, self.sensitive), classes, number)

    given_ = made_of([30] * 4 + [50] * 8, ["n"] * 12, [0, 1] * 6)
    at = Coarsening(Method.FULL_DOMAIN, (1, 0))
    with pytest.raises(NotReachedError):
        coarsen(given_, KAnonymous(5), at)
    monkeypatch.setattr(Judge, "holds", lax)
    with pytest.raises(NotReachedError, match="does not hold what was asked"):
        coarsen(given_, KAnonymous(5), at)  # the last look, which asks nobody
