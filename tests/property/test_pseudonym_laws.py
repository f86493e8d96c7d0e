# SPDX-License-Identifier: Apache-2.0
"""Laws of canonical forms."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.pseudonym import IdentifierError, canonical_form
from privseg.terms import SubjectId

KINDS = st.sampled_from(["email", "phone", "customer_number", "name", "card"])
VALUES = st.one_of(
    st.text(max_size=30),
    st.builds("{}@{}".format, st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8)),
    st.builds("+{}".format, st.integers(10**5, 10**16)),
)


@given(KINDS, VALUES)
def test_a_form_is_its_own_form(kind: str, value: str) -> None:
    with contextlib.suppress(IdentifierError):
        form = canonical_form(SubjectId(kind, value))
        assert canonical_form(SubjectId(kind, form.decode())) == form


@given(KINDS, VALUES, st.sampled_from(["", " ", "\t", "\u00a0", "\u2003 "]))
def test_surrounding_space_never_makes_another_person(kind: str, value: str, space: str) -> None:
    def form(text: str) -> bytes | None:
        try:
            return canonical_form(SubjectId(kind, text))
        except IdentifierError:
            return None

    assert form(value) == form(space + value + space)


@given(st.integers(10**6, 10**15 - 1), st.lists(st.sampled_from(" -./()"), max_size=12), st.data())
def test_separators_never_make_another_number(
    number: int, separators: list[str], data: st.DataObject
) -> None:
    plain = f"+{number}"
    written = plain
    for separator in separators:
        place = data.draw(st.integers(1, len(written)))
        written = written[:place] + separator + written[place:]
    if "(0)" in "".join(written.split()):
        with pytest.raises(IdentifierError):
            canonical_form(SubjectId("phone", written))
    else:
        assert canonical_form(SubjectId("phone", written)) == plain.encode()
