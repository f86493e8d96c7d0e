# SPDX-License-Identifier: Apache-2.0
"""Identifiers have one spelling per kind, or a refusal that does not repeat them."""

import pytest

from privseg.errors import InputError
from privseg.pseudonym import IdentifierError, canonical_form, identifies
from privseg.terms import SubjectId


@pytest.mark.parametrize(
    ("kind", "written", "form"),
    [
        ("email", "ada@example.com", "ada@example.com"),
        ("email", "  Ada@Example.COM\t", "ada@example.com"),
        ("email", "ada+news@example.com", "ada+news@example.com"),
        ("email", "JOSE\u0301@example.com", "jos\u00e9@example.com"),
        ("email", "ada@b\u00fccher.example", "ada@b\u00fccher.example"),
        ("phone", "+4930901820", "+4930901820"),
        ("phone", "+49 30-90 18.20", "+4930901820"),
        ("phone", " +1 (212) 555\u20110100 ", "+12125550100"),
        ("phone", "+\u0664\u0669\u0663\u06609018 20", "+4930901820"),
        ("customer_number", " K-17 ", "K-17"),
        ("customer_number", "k-17", "k-17"),
        ("name", "Zoe\u0308 A.", "Zo\u00eb A."),
        ("loyalty card", "=1+1", "=1+1"),
    ],
)
def test_each_kind_has_one_spelling(kind: str, written: str, form: str) -> None:
    assert canonical_form(SubjectId(kind, written)) == form.encode()


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("email", ""),
        ("email", "   "),
        ("email", "ada"),
        ("email", "@example.com"),
        ("email", "ada@"),
        ("email", "ada@@example.com"),
        ("email", "ada@example.com@example.org"),
        ("email", "ada lovelace@example.com"),
        ("email", "ad\u00e1 l@example.com"),
        ("email", "ada@example.com\x00"),
        ("email", "a" * 400 + "@example.com"),
        ("phone", "030901820"),
        ("phone", "004930901820"),
        ("phone", "4930901820"),
        ("phone", "+49 (0) 30 901820"),
        ("phone", "+49 (0)30 901820"),
        ("phone", "+0049301234"),
        ("phone", "+123456"),
        ("phone", "+1234567890123456"),
        ("phone", "+49 30 CALL ME"),
        ("phone", "++4930901820"),
        ("customer_number", " \t "),
        ("customer_number", "a\nb"),
        ("customer_number", "\ud800"),
    ],
)
def test_what_is_not_of_its_kind_is_refused_without_repeating_it(kind: str, written: str) -> None:
    with pytest.raises(IdentifierError) as refusal:
        canonical_form(SubjectId(kind, written))
    assert isinstance(refusal.value, InputError)
    assert refusal.value.kind == kind
    assert not written.strip() or written not in str(refusal.value) + repr(refusal.value.args)


def test_a_refusal_can_name_its_row() -> None:
    refusal = IdentifierError("phone", "it is empty").at_row(7)
    assert refusal.row == 7
    assert "row 7" in str(refusal)


def test_a_name_identifies_nobody_and_a_customer_number_one_person() -> None:
    assert identifies("customer_number")
    assert identifies("anything declared")
    assert not identifies("name")


def test_a_space_in_brackets_around_zero_is_still_ambiguous() -> None:
    with pytest.raises(IdentifierError):
        canonical_form(SubjectId("phone", "+44 ( 0 ) 20 7946 0000"))
