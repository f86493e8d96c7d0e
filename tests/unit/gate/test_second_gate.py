# SPDX-License-Identifier: Apache-2.0
"""The second gate: whatever is not a plain question about each person's own rows is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from privseg.frames import Query
from privseg.gate import columns as gate_columns
from privseg.gate.columns import columns_of, schema_of
from privseg.gate.grammar import parse_plain, reads_of
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.gate.second_gate import recheck
from privseg.policy.catalogue_types import RESERVED
from privseg.segment import EventTest, read_set, sql, text
from privseg.segment.compile import SAMPLES, SCORES, compile_condition
from privseg.terms import Attribute
from tests.twins.segment_data import Case, cases
from tests.twins.shop_catalogue import CATALOGUE

AT = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = schema_of(CATALOGUE)
ALLOWED = columns_of([Attribute("country"), Attribute("purchase")], CATALOGUE)
EVERYTHING = columns_of(CATALOGUE.readables, CATALOGUE)

START = 'SELECT "e"."ordinal" AS "ordinal" FROM "eligible" AS "e" '
CRM = 'LEFT JOIN "crm" AS "p0" ON "p0"."ordinal" = "e"."ordinal" '
DE = 'WHERE "p0"."country" = $v0'
COUNTED = (
    'LEFT JOIN (SELECT "t"."ordinal" AS "ordinal", COUNT(*) AS "a0" FROM "purchase" AS "t" '
    'GROUP BY "t"."ordinal") AS "g0" ON "g0"."ordinal" = "e"."ordinal" '
)


def _check(
    text: str, *, allowed: frozenset[tuple[str, str]] = ALLOWED, **parameters: object
) -> None:
    recheck(Query(text, parameters, allowed), allowed=allowed, schema=SCHEMA)


def test_a_plain_question_about_an_allowed_column_passes() -> None:
    _check(START + CRM + DE, v0="DE")
    _check(START + COUNTED + 'WHERE "g0"."a0" >= $v0', v0=1)


@given(cases())
def test_everything_the_compiler_writes_passes_and_reads_exactly_what_it_declares(
    case: Case,
) -> None:
    for condition in case.conditions:
        query = compile_condition(condition, catalogue=CATALOGUE, at=case.at, zone=case.zone)
        allowed = columns_of(read_set(condition, CATALOGUE), CATALOGUE)
        recheck(query, allowed=allowed, schema=SCHEMA)
        reads = reads_of(
            parse_plain(query.sql), schema=SCHEMA, parameters=query.parameters, finds=query.finds
        )
        assert reads == query.reads


TRICKS = {
    "a file in place of a table": "SELECT ordinal FROM read_csv('people.csv')",
    "a file as a table's name": START + "LEFT JOIN 'people.csv' AS \"p0\" ON TRUE",
    "a second statement": START + CRM + 'WHERE "p0"."country" = $v0; SELECT 1',
    "only a comment follows": START + CRM + 'WHERE "p0"."country" = $v0 -- religion',
    "a comment inside": START + CRM + 'WHERE /* religion */ "p0"."country" = $v0',
    "columns of everything": "SELECT COLUMNS(*) FROM crm",
    "columns by a pattern": "SELECT COLUMNS('rel.*') FROM crm",
    "a star": 'SELECT * FROM "eligible" AS "e"',
    "a star but for": 'SELECT * EXCLUDE ("x") FROM "eligible" AS "e"',
    "a star of a joined table": 'SELECT "p0".* FROM "eligible" AS "e" ' + CRM,
    "TABLE": "TABLE crm",
    "FROM first": "FROM crm",
    "a column by number": "SELECT #3 FROM crm",
    "columns renamed in the alias": 'SELECT "t"."b" AS "ordinal" FROM "crm" AS "t"("a", "b")',
    "a method": START + CRM + 'WHERE "p0"."religion".UPPER() = $v0',
    "a macro or unknown function": START + CRM + 'WHERE MINE("p0"."country") = $v0',
    "a known function outside the grammar": START + CRM + 'WHERE UPPER("p0"."country") = $v0',
    "a sample": START + CRM + 'WHERE "p0"."country" = $v0 USING SAMPLE 1',
    "a pragma": "PRAGMA database_list",
    "a setting": "SET enable_external_access = true",
    "a variable": START + CRM + "WHERE \"p0\".\"country\" = GETVARIABLE('x')",
    "an attached file": "ATTACH 'other.db'",
    "a copy": "COPY crm TO 'out.csv'",
    "a loaded extension": "LOAD httpfs",
    "an installed extension": "INSTALL httpfs",
    "a created table": "CREATE TABLE x AS SELECT 1",
    "a deletion": "DELETE FROM crm",
    "a union": START + "UNION ALL SELECT ordinal FROM crm",
    "an intersection": START + "INTERSECT SELECT ordinal FROM crm",
    "a common table": 'WITH "x" AS (SELECT 1) ' + START,
    "a subquery in WHERE": START + 'WHERE "e"."ordinal" IN (SELECT ordinal FROM crm)',
    "EXISTS": START + 'WHERE EXISTS(SELECT 1 FROM "crm" AS "p")',
    "a scalar subquery": START + 'WHERE "e"."ordinal" = (SELECT MAX(ordinal) FROM crm)',
    "a window function": 'SELECT ROW_NUMBER() OVER () AS "ordinal" FROM "eligible" AS "e"',
    "an ordering": START + CRM + 'WHERE "p0"."country" = $v0 ORDER BY "p0"."religion"',
    "a limit": START + CRM + 'WHERE "p0"."country" = $v0 LIMIT 1',
    "DISTINCT ON": START.replace("SELECT", 'SELECT DISTINCT ON ("e"."ordinal")'),
    "QUALIFY": START + "QUALIFY ROW_NUMBER() OVER () = 1",
    "a lateral join": START + 'LEFT JOIN LATERAL (SELECT 1) AS "x" ON TRUE',
    "a cross join": START + 'CROSS JOIN "crm" AS "p0"',
    "a comma join": 'SELECT "e"."ordinal" AS "ordinal" FROM "eligible" AS "e", "crm" AS "p0"',
    "a natural join": START + 'NATURAL JOIN "crm" AS "p0"',
    "USING": START + 'LEFT JOIN "crm" AS "p0" USING ("ordinal")',
    "an inner join": START + CRM.replace("LEFT ", "") + DE,
    "a positional join": START + 'POSITIONAL JOIN "crm" AS "p0"',
    "a join on something else": START + CRM.replace('"e"."ordinal"', "0") + DE,
    "a join on another person": START + CRM + CRM.replace("p0", "p1").replace('"e".', '"p0".'),
    "VALUES": 'SELECT "v"."ordinal" AS "ordinal" FROM (VALUES (1)) AS "v"("ordinal")',
    "a pivot": "PIVOT crm ON country USING COUNT(*)",
    "a time travel": 'SELECT "e"."ordinal" AS "ordinal" FROM "eligible" AT (VERSION => 1) AS "e"',
    "another schema": START + CRM.replace('"crm"', '"main"."crm"') + DE,
    "the information schema": START + CRM.replace('"crm"', '"information_schema"."tables"'),
    "a system table": START + CRM.replace('"crm"', '"duckdb_settings"'),
    "a table that is not there": START + CRM.replace('"crm"', '"staff"') + DE,
    "a value in the text": START + CRM + "WHERE \"p0\".\"country\" = 'DE'",
    "a number in the text": START + COUNTED + 'WHERE "g0"."a0" >= 1',
    "TRUE in the text": START + CRM + 'WHERE "p0"."country" = $v0 OR TRUE',
    "a cast": START + CRM + 'WHERE CAST("p0"."country" AS BLOB) = $v0',
    "a CASE": START + CRM + 'WHERE CASE WHEN "p0"."country" = $v0 THEN FALSE END',
    "LIKE": START + CRM + 'WHERE "p0"."country" LIKE $v0',
    "a struct": START + CRM + 'WHERE "p0" = $v0',
    "a lambda": START + CRM + 'WHERE LIST_FILTER("p0"."interests", x -> TRUE) = $v0',
    "an unquoted name": START + CRM.replace('"p0" ON', "p0 ON") + DE,
    "an unqualified column": START + CRM + 'WHERE "country" = $v0',
    "a question mark": START + CRM + 'WHERE "p0"."country" = ?',
    "a parameter with another name": START + CRM + 'WHERE "p0"."country" = $country',
    "ordinals of the wrong people": START.replace('"eligible"', '"crm"') + DE.replace("p0", "e"),
    "another column as the ordinal": START.replace('"e"."ordinal"', '"p0"."country"') + CRM,
    "another column beside it": START.replace(" FROM", ', "p0"."country" AS "c" FROM') + CRM,
    "no name for the output": START.replace(' AS "ordinal"', "") + CRM + DE,
    "people grouped": START + CRM + 'WHERE "p0"."country" = $v0 GROUP BY "e"."ordinal"',
    "HAVING": START + CRM + "HAVING COUNT(*) > 0",
    "an aggregate over everybody": START + COUNTED.replace(' GROUP BY "t"."ordinal"', ""),
    "an aggregate by something else": START + COUNTED.replace('BY "t"."ordinal"', 'BY "t"."time"'),
    "ROLLUP": START + COUNTED.replace('BY "t"."ordinal"', 'BY ROLLUP ("t"."ordinal")'),
    "GROUP BY ALL": START + COUNTED.replace('BY "t"."ordinal"', "BY ALL"),
    "another aggregate": START + COUNTED.replace("COUNT(*)", 'STRING_AGG("t"."coupon")'),
    "a bare column beside the aggregate": START + COUNTED.replace("COUNT(*)", '"t"."time"'),
    "a sum of an expression": START + COUNTED.replace("COUNT(*)", 'SUM("t"."amount" = $v0)'),
    "an aggregate where people are": START + CRM + "WHERE COUNT(*) >= $v0",
    "two outputs of one name": START + COUNTED.replace('"a0"', '"ORDINAL"', 1),
    "a join inside a subquery": START
    + COUNTED.replace(
        " GROUP", ' LEFT JOIN "crm" AS "c" ON "c"."ordinal" = "t"."ordinal" GROUP'
    ),
    "a subquery inside a subquery": START + COUNTED.replace('"purchase"', "(SELECT 0)"),
    "an alias that hides a table": START + (CRM + DE).replace("p0", "purchase"),
    "an alias used twice": START + CRM + COUNTED.replace('"g0"', '"P0"'),
    "another spelling": START.lower() + CRM + DE,
    "another white space": START + " " + CRM + DE,
    "nothing but who is eligible": START.strip(),
    "nothing": "",
    "half a statement": START + "WHERE",
    "far too deep": START + "WHERE " + "(" * 5000 + "FALSE" + ")" * 5000,
    "far too long": START + "WHERE " + "FALSE OR " * 200_000 + "FALSE",
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_refused_even_with_every_column_allowed(trick: str) -> None:
    text = TRICKS[trick].removesuffix(" ")
    parameters = {"v0": "DE"} if "$v0" in text else {}
    with pytest.raises(QueryRefusedError):
        _check(text, allowed=EVERYTHING, **parameters)


@pytest.mark.parametrize(
    "text",
    [
        START + CRM + 'WHERE "p0"."religion" = $v0',
        START + CRM + 'WHERE "p0"."country" = $v0 OR (FALSE AND "p0"."religion" IS NULL)',
        START + CRM + 'WHERE "p0"."city__folded" = $v0',
        START
        + COUNTED.replace('"a0"', '"a0", SUM("t"."amount") AS "a1"')
        + 'WHERE "g0"."a0" >= $v0',
        START + CRM + 'WHERE "p0"."email" = $v0',
    ],
    ids=["another attribute", "in a dead branch", "a folded twin", "a sum not used", "not stored"],
)
def test_a_read_outside_what_is_allowed_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError):
        _check(text, v0="DE")


def test_a_forbidden_column_is_named_and_no_value_is() -> None:
    with pytest.raises(
        QueryRefusedError, match=r"crm\.religion, which the plan does not allow"
    ) as refusal:
        _check(START + CRM + 'WHERE "p0"."religion" = $v0', v0="secret")
    assert "secret" not in str(refusal.value)


def test_a_comment_is_refused_as_one() -> None:
    with pytest.raises(QueryRefusedError, match="comment"):
        _check(TRICKS["a comment inside"], v0="DE")


def test_a_read_that_was_not_declared_is_refused_although_allowed() -> None:
    text = START + CRM + DE
    declared = frozenset({("eligible", "ordinal"), ("crm", "ordinal")})
    with pytest.raises(QueryRefusedError, match="declare"):
        recheck(Query(text, {"v0": "DE"}, declared), allowed=ALLOWED, schema=SCHEMA)


def test_a_declaration_beyond_what_is_allowed_is_refused() -> None:
    text = START + CRM + DE
    declared = ALLOWED | {("crm", "religion")}
    with pytest.raises(QueryRefusedError, match=r"crm\.religion"):
        recheck(Query(text, {"v0": "DE"}, declared), allowed=ALLOWED, schema=SCHEMA)


@pytest.mark.parametrize("given_", [{}, {"v0": 1, "v1": 2}, {"v1": 1}])
def test_parameters_are_those_that_the_text_asks_for(given_: dict[str, object]) -> None:
    with pytest.raises(QueryRefusedError, match="parameters"):
        _check(START + CRM + DE, **given_)


def test_the_gate_and_the_compiler_agree_on_words_without_sharing_them() -> None:
    assert gate_columns.FOLDED == text.FOLDED_SUFFIX
    assert gate_columns.PEOPLE_TABLE == sql.PEOPLE
    assert (gate_columns.SCORES, gate_columns.SAMPLES) == (SCORES, SAMPLES)
    made = {gate_columns.PEOPLE_TABLE, gate_columns.SCORES, gate_columns.SAMPLES}
    assert made == gate_columns.MADE == RESERVED


def test_a_bare_event_reads_the_fact_that_it_happened() -> None:
    query = compile_condition(
        EventTest("purchase"),
        catalogue=CATALOGUE,
        at=AT,
        zone=ZoneInfo("UTC"),
    )
    recheck(query, allowed=columns_of([Attribute("purchase")], CATALOGUE), schema=SCHEMA)


@pytest.mark.parametrize(
    "finds", [(), ("a", "b"), ("a", "a")], ids=["nothing", "more than it gives", "one twice"]
)
def test_what_a_query_says_it_finds_is_what_it_gives(finds: tuple[str, ...]) -> None:
    query = Query(START + CRM + DE, {"v0": "DE"}, ALLOWED, finds=finds)
    with pytest.raises(QueryRefusedError):
        recheck(query, allowed=ALLOWED, schema=SCHEMA)


def test_two_answers_of_one_name_are_refused() -> None:
    answer = '"p0"."country" = $v0 AS "s{}"'
    start = START.replace(" FROM", f", {answer.format(0)}, {answer.format(1)} FROM")
    query = Query((start + CRM).strip(), {"v0": "DE"}, ALLOWED, finds=("a", "b"))
    recheck(query, allowed=ALLOWED, schema=SCHEMA)
    with pytest.raises(QueryRefusedError, match="once"):
        recheck(replace(query, finds=("a", "a")), allowed=ALLOWED, schema=SCHEMA)


SAMPLED = START + CRM + CRM.replace("p0", "p1").replace("crm", "samples").strip()
BELOW = ' WHERE "p0"."country" = $v0 AND "p1"."{}" < $v1'


@pytest.mark.parametrize("samples", [frozenset(), frozenset({"pilot"})])
def test_a_draw_that_was_not_declared_is_refused(samples: frozenset[str]) -> None:
    text = SAMPLED + BELOW.format("holdout")
    query = Query(text, {"v0": "DE", "v1": 9}, ALLOWED, samples=samples)
    with pytest.raises(QueryRefusedError):
        recheck(query, allowed=ALLOWED, schema=SCHEMA)
    declared = replace(query, samples=samples | {"holdout"})
    recheck(declared, allowed=ALLOWED, schema=SCHEMA)


@pytest.mark.parametrize("samples", [{"ordinal"}, {"Ordinal"}, {"holdout", "HOLDOUT"}])
def test_a_sample_has_a_name_of_its_own(samples: set[str]) -> None:
    query = Query(START + CRM + DE, {"v0": "DE"}, ALLOWED, samples=frozenset(samples))
    with pytest.raises(QueryRefusedError, match="samples"):
        recheck(query, allowed=ALLOWED, schema=SCHEMA)


@pytest.mark.parametrize(
    "value", [2**63, -(2**63) - 1, True, 1.0, "1", None, datetime(2026, 1, 1, tzinfo=UTC)]
)
def test_a_number_is_compared_with_a_64_bit_number_and_nothing_else(value: object) -> None:
    with pytest.raises(QueryRefusedError) as refusal:
        _check(START + COUNTED + 'WHERE "g0"."a0" >= $v0', v0=value)
    assert str(value) not in str(refusal.value)


def test_a_refusal_says_what_is_next_and_that_nothing_was_read() -> None:
    with pytest.raises(QueryRefusedError, match=r"nothing was read. Report it"):
        _check("SELECT 1")
