# SPDX-License-Identifier: Apache-2.0
"""Random tables in real systems: a person goes whole, and everybody else stays as they were."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privseg.dsr.systems import OnErasure
from privseg.pseudonym import IdentifierError, canonical_form
from privseg.systems.person import wanted
from privseg.terms import SubjectId
from tests.twins.other_systems import Cells, Made, Table, make, rules

ADA = "ada@example.com"
SPELT = [ADA, " ADA@example.com", "Ada@Example.COM\t", "ada@example.com.", "bda@example.com", ""]
NASTY = ["", "a,b", 'say "hi"', "two\nlines", "two\r\nlines", "; --", "Zoë", "\ufeff", "0", " x "]
TEXT = st.one_of(st.sampled_from(NASTY), st.text("abÄ,;\"'\n ", max_size=5))
ROWS = st.lists(st.tuples(st.sampled_from(SPELT), TEXT, TEXT), max_size=9)
BLANKS = st.booleans()


def is_ada(address: str) -> bool:
    """Return whether an address is Ada's, told without the code under test."""
    try:
        return canonical_form(SubjectId("email", address)) == ADA.encode()
    except IdentifierError:
        return False


def expected(rows: list[Cells], *, is_blank: bool, empty: str | None) -> list[Cells]:
    if not is_blank:
        return [row for row in rows if not is_ada(row[0] or "")]
    return [(empty, empty, row[2]) if is_ada(row[0] or "") else row for row in rows]


def holds(made: Made, rows: list[Cells], *, is_blank: bool) -> None:
    tables = {"t": Table(("email", "note", "rest"), rows)}
    made.lay(tables)
    blank = {"on_erasure": OnErasure.BLANK, "columns": ("note",)} if is_blank else {}
    system = made.system(rules("t", **blank))
    who = [SubjectId("email", ADA)]
    theirs = sum(is_ada(row[0] or "") for row in rows)
    assert [c.rows for c in system.count(who)] == [theirs]
    assert [t.rows for t in system.erase(who).tables] == [theirs]
    left = expected(rows, is_blank=is_blank, empty=None if made.has_missing else "")
    if made.has_missing and not made.is_ordered:
        assert sorted(made.meaning(tables)["t"], key=repr) == sorted(left, key=repr)
    else:
        assert made.meaning(tables)["t"] == left
    assert system.left(who) == 0
    assert [t.rows for t in system.erase(who).tables] == [0]


@given(
    st.sampled_from(["email", "phone", "customer_number"]),
    st.text("aA1+ .-()@\t\u00e9", max_size=12),
    st.text("aA1+ .-()@\t\u00e9", max_size=12),
)
@example("phone", "+49 (30) 901820", "+4930901820")
@example("email", " A@b", "a@B ")
def test_a_value_is_the_persons_where_both_have_the_same_canonical_form(
    kind: str, one: str, other: str
) -> None:
    """And the rough look, which passes most values over, never passes one of theirs over."""
    forms = []
    for value in (one, other):
        try:
            forms.append(canonical_form(SubjectId(kind, value)))
        except IdentifierError:
            forms.append(None)
    same = one == other and bool(one.strip())
    assert wanted([SubjectId(kind, one)])[kind](other) is (
        same or (forms[0] is not None and forms[0] == forms[1])
    )


@pytest.mark.parametrize("kind", ["sqlite", "parquet", "csv"])
@settings(max_examples=30)
@given(rows=ROWS, is_blank=BLANKS)
@example(rows=[(ADA, "x", "y")], is_blank=False)
@example(rows=[], is_blank=True)
def test_erasing_somebody_from_a_random_table_takes_them_alone(
    kind: str, rows: list[Cells], *, is_blank: bool
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="privseg-systems-"))
    try:
        holds(make(kind, folder), rows, is_blank=is_blank)
    finally:
        shutil.rmtree(folder)


@settings(max_examples=5)
@given(rows=ROWS, is_blank=BLANKS)
def test_erasing_somebody_from_a_random_table_of_duckdb_takes_them_alone(
    rows: list[Cells], *, is_blank: bool
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="privseg-systems-"))
    try:
        holds(make("duckdb", folder), rows, is_blank=is_blank)
    finally:
        shutil.rmtree(folder)


@settings(max_examples=6)
@given(rows=ROWS, is_blank=BLANKS)
def test_erasing_somebody_from_a_random_table_of_a_server_takes_them_alone(
    postgres: str, rows: list[Cells], *, is_blank: bool
) -> None:
    holds(make("postgresql", Path("/nowhere"), postgres), rows, is_blank=is_blank)
