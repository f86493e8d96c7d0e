# SPDX-License-Identifier: Apache-2.0
"""How lines are laid out: aligned, within 80 columns, and without losing a letter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from privseg.cli.output import harmless
from privseg.cli.refusals import reason_lines
from privseg.cli.table import WIDTH, Table, columns, wrapped

words = st.text(st.characters(categories=["L", "N", "P"], codec="utf-8"), max_size=60)
texts = st.lists(words, max_size=8).map(" ".join)
rows = st.lists(st.tuples(texts, st.integers(0, 10**9).map("{:,}".format), texts), max_size=6)


def letters(text: str) -> str:
    return "".join(text.split())


@given(rows)
def test_a_table_fits_80_columns_and_loses_nothing(cells: list[tuple[str, str, str]]) -> None:
    lines = Table(("what", "rows ", "why"), cells).lines()
    assert all(columns(line) <= WIDTH for line in lines)
    assert sorted(letters("".join(lines))) == sorted(
        letters("".join(["what", "rows", "why", *(c for row in cells for c in row)]))
    )


@given(st.lists(st.integers(0, 10**12).map("{:,}".format), min_size=1))
def test_numbers_end_in_the_same_column(numbers: list[str]) -> None:
    lines = Table(("a", "number "), [("x", n) for n in numbers]).lines()
    assert len({len(line) for line in lines}) == 1


@given(texts)
def test_wrapped_text_keeps_its_words_whole_and_in_order(text: str) -> None:
    lines = wrapped(text, indent="- ", after="  ")
    assert " ".join(lines).replace("- ", "", 1).split() == text.split()
    assert all(columns(line) <= WIDTH or len(line.split()) <= 2 for line in lines)


def test_wide_and_combining_letters_are_counted_as_terminals_draw_them() -> None:
    lines = Table(("name", "rows "), [("東京", "1"), ("José", "2"), ("Ada", "3")]).lines()
    assert {columns(line) for line in lines} == {10}


def test_a_long_word_is_broken_at_its_joints() -> None:
    lines = Table(("a", "about"), [("x" * 60, "lifecycle-marketing")]).lines()
    assert [line.split()[-1] for line in lines[1:]] == ["lifecycle-", "marketing"]


@given(st.text())
def test_nothing_printed_can_steer_a_terminal(text: str) -> None:
    shown = harmless(text)
    assert not any(c in shown for c in "\x1b\x9b\x07\x08\r\u202e\u2066")


def test_a_refusal_says_what_and_where_and_below_it_what_would_allow_it() -> None:
    assert reason_lines("refused: no (p.yaml:3:5); to allow it: add it; or drop it") == [
        "no (p.yaml:3:5)",
        "  to allow it: add it; or drop it",
    ]
