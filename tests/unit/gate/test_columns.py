# SPDX-License-Identifier: Apache-2.0
"""Which columns of the store an attribute is: what the second gate and the readers go by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.gate.columns import (
    EVENT_ID,
    FOLDED,
    MADE,
    ORDINAL,
    SCORES,
    TIME,
    UndeclaredAttributeError,
    columns_of,
    names_of,
    schema_of,
)
from privseg.policy.catalogue import Catalogue, ColumnType
from privseg.segment import read_set
from privseg.segment.tree import AccountTest, CohortTest
from privseg.segment.values import Comparison, Operator
from privseg.terms import Attribute
from tests.twins.segment_catalogue import CATALOGUE, COMPANIES, NEWSLETTER, ORDERS, PEOPLE

ELIGIBLE = ("eligible", ORDINAL)
SCHEMA = schema_of(CATALOGUE)


def _columns(*names: str) -> frozenset[tuple[str, str]]:
    return columns_of(map(Attribute, names), CATALOGUE)


def test_nothing_is_who_is_eligible_and_no_more() -> None:
    assert _columns() == {ELIGIBLE}


def test_an_attribute_brings_whom_its_row_is_about() -> None:
    assert _columns("number") == {ELIGIBLE, ("crm", ORDINAL), ("crm", "number")}


def test_a_text_is_two_columns_as_it_stands_and_as_it_is_matched() -> None:
    crm = {("crm", name) for name in (ORDINAL, "word", "word" + FOLDED)}
    assert _columns("word") == {ELIGIBLE, *crm}


def test_an_event_brings_whom_when_and_in_which_order() -> None:
    own = {("purchase", n) for n in (ORDINAL, TIME, EVENT_ID)}
    assert _columns("purchase") == {ELIGIBLE, *own}


def test_a_property_brings_what_its_event_does() -> None:
    names = (ORDINAL, TIME, EVENT_ID, "amount")
    assert _columns("purchase.amount") == {ELIGIBLE, *(("purchase", n) for n in names)}


def test_a_list_is_who_is_on_it() -> None:
    assert _columns("newsletter") == {ELIGIBLE, ("newsletter", ORDINAL)}


def test_an_account_is_read_by_its_people_and_its_own_name_never() -> None:
    found = _columns("firm_number")
    assert found == {ELIGIBLE, ("companies", ORDINAL), ("companies", "firm_number")}
    assert "account_name" not in SCHEMA["companies"]
    with pytest.raises(UndeclaredAttributeError, match="account_name"):
        _columns("account_name")


def test_belonging_to_an_account_is_a_column_of_the_person() -> None:
    assert ("crm", "company") in _columns("company")
    assert SCHEMA["crm"]["company"] == "BLOB"


def test_a_score_stands_in_the_table_of_scores_and_brings_nothing_it_is_made_of() -> None:
    found = _columns("rfm.recency")
    assert found == {ELIGIBLE, (SCORES, ORDINAL), (SCORES, "rfm.recency")}


def test_a_whole_score_is_no_column() -> None:
    with pytest.raises(UndeclaredAttributeError, match="rfm"):
        _columns("rfm")


@pytest.mark.parametrize(
    "name", ["shoe_size", "email", "purchase.time", "samples.holdout", "eligible", "scores"]
)
def test_what_nobody_declared_has_no_columns(name: str) -> None:
    with pytest.raises(UndeclaredAttributeError, match=name):
        _columns("number", name)


def test_whatever_can_be_read_is_a_column_that_there_is() -> None:
    everything = {*CATALOGUE.readables, *CATALOGUE.derived}
    for table, column in columns_of(everything, CATALOGUE):
        assert column in SCHEMA[table]


def test_the_schema_has_a_row_for_whom_and_nothing_of_the_vault() -> None:
    assert all(columns[ORDINAL] == "UINTEGER" for columns in SCHEMA.values())
    assert not any("email" in map(str.casefold, columns) for columns in SCHEMA.values())
    assert set(SCHEMA) == {
        "eligible", "scores", "crm", "loyalty", "companies", "newsletter", "purchase", "wish",
        "open",
    }  # fmt: skip


def test_a_moment_is_whole_microseconds_and_an_event_has_its_id() -> None:
    assert SCHEMA["purchase"][TIME] == SCHEMA["crm"]["moment"] == "BIGINT"
    assert SCHEMA["purchase"][EVENT_ID] == "BLOB"
    assert set(SCHEMA["open"]) == {ORDINAL, TIME, EVENT_ID}
    assert set(SCHEMA["newsletter"]) == {ORDINAL}


def test_a_result_of_a_score_has_its_type() -> None:
    assert SCHEMA[SCORES]["rfm.recency"] == "BIGINT"
    assert SCHEMA[SCORES]["interest.top"] == "VARCHAR"
    assert set(SCHEMA[SCORES]) == {ORDINAL, *CATALOGUE.derived}


@pytest.mark.parametrize("name", sorted(MADE))
def test_no_source_has_the_name_of_a_table_that_a_run_makes(name: str) -> None:
    for named in (name, name.upper()):
        with pytest.raises(ValueError, match="one name"):
            schema_of(Catalogue({"x": replace(NEWSLETTER, name=named)}))


def test_names_that_sql_cannot_tell_apart_are_refused() -> None:
    twin = replace(PEOPLE, name="CRM", columns=())
    with pytest.raises(ValueError, match="one name"):
        schema_of(Catalogue({"crm": PEOPLE, "CRM": twin}))
    column = next(c for c in ORDERS.columns if c.attribute == "number")
    doubles = (*ORDERS.columns, replace(column, attribute="Number"))
    with pytest.raises(ValueError, match="one name"):
        schema_of(Catalogue({"x": replace(ORDERS, columns=doubles)}))


@pytest.mark.parametrize("structural", [ORDINAL, TIME, EVENT_ID, "ORDINAL"])
def test_a_property_cannot_pose_as_whom_or_when(structural: str) -> None:
    column = replace(ORDERS.columns[1], attribute=structural)
    with pytest.raises(ValueError, match="one name"):
        schema_of(Catalogue({"x": replace(ORDERS, columns=(column,))}))


def test_a_folded_form_cannot_be_another_attribute() -> None:
    word = next(c for c in PEOPLE.columns if c.type is ColumnType.TEXT and c.category)
    twin = replace(word, attribute=word.attribute + FOLDED, type=ColumnType.INTEGER)
    with pytest.raises(ValueError, match="one name"):
        schema_of(Catalogue({"x": replace(PEOPLE, columns=(word, twin))}))
    assert names_of(word) == ("word", "word" + FOLDED)
    assert names_of(COMPANIES.columns[0]) == ("account_name",)


KNOWN = (Comparison(Operator.IS_KNOWN, (True,)),)


def test_the_read_set_of_a_condition_has_the_columns_it_needs() -> None:
    firm = AccountTest(Attribute("firm_number"), Attribute("company"), ColumnType.INTEGER, KNOWN)
    found = columns_of(read_set(firm, CATALOGUE), CATALOGUE)
    assert {("companies", "firm_number"), ("crm", "company")} <= found
    on_list = columns_of(read_set(CohortTest(Attribute("newsletter")), CATALOGUE), CATALOGUE)
    assert on_list == {ELIGIBLE, ("newsletter", ORDINAL)}
