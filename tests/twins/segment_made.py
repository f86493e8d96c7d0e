# SPDX-License-Identifier: Apache-2.0
"""A few people whose segments stand on tables that are made for a run; one is never eligible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from privseg.frames import Consented, Query
from privseg.policy.catalogue import Catalogue, ColumnType
from privseg.policy.digest import score_digest
from privseg.segment import (
    AccountTest,
    All,
    CohortTest,
    Comparison,
    Condition,
    Event,
    EventTest,
    Operator,
    Person,
    Sample,
    ScoreTest,
    Sequence,
    Step,
    read_set,
)
from privseg.segment.compile import compile_segments
from privseg.terms import Attribute
from tests.twins.memory_columns import columns_from
from tests.twins.scans import duck, plan_of
from tests.twins.segment_catalogue import CATALOGUE

AT = datetime(2026, 11, 1, tzinfo=UTC)
T, Op = ColumnType, Operator
CANARY = "canary-91b7"
NUMBER_CANARY = 7_700_123_456
ACCOUNT_CANARY = b"account-canary!!"
WEB, APP = b"a" * 16, b"b" * 16


def bought(number: int, amount: int, *, days: int = 1, channel: str = "web") -> Event:
    cells = {"amount": amount, "channel": channel, "word": CANARY}
    return Event("purchase", number.to_bytes(16, "big"), AT - timedelta(days=days), cells)


def at_firm(name: bytes, **cells: object) -> dict[str, object]:
    return {"company": name, **cells}


PEOPLE = {
    0: Person(
        at_firm(WEB, firm_number=5, firm_word=CANARY), (bought(0, 30_000), bought(1, 1, days=9))
    ),
    1: Person({**at_firm(APP, firm_number=7), "newsletter": True}, (bought(2, 1, channel="app"),)),
    2: Person({**at_firm(WEB, firm_number=5), "newsletter": True}, (bought(3, 50, days=-1),)),
    3: Person({}, (bought(4, 50, days=0), bought(5, 50, days=61))),
    4: Person(at_firm(b"nobody knows it!")),
    65_540: Person(at_firm(APP, firm_number=7), (bought(6, 30_000), bought(7, 30_000))),
    9: Person(  # never eligible
        {**at_firm(ACCOUNT_CANARY, firm_number=NUMBER_CANARY, firm_word=CANARY), "word": CANARY},
        (bought(8, NUMBER_CANARY), bought(9, NUMBER_CANARY, channel="shop")),
    ),
}
ELIGIBLE = frozenset(PEOPLE) - {9}


def score(name: str, operator: Operator, *values: object) -> ScoreTest:
    result = Attribute(name)
    output = CATALOGUE.output_of(result)
    made = CATALOGUE.score_of(result)
    assert output is not None
    assert made is not None
    test = Comparison(operator, values)  # type: ignore[arg-type]
    return ScoreTest(result, output.type, (test,), score_digest(made))


def firm(operator: Operator, *values: int) -> AccountTest:
    test = Comparison(operator, values)
    return AccountTest(Attribute("firm_number"), Attribute("company"), T.INTEGER, (test,))


LOYAL = score("rfm.frequency", Op.AT_LEAST, 2)
RICH = score("rfm.monetary", Op.EQUALS, 3)
ON_WEB = score("interest.top", Op.EQUALS, "web")
LARGE = firm(Op.AT_LEAST, 7)
LISTED = CohortTest(Attribute("newsletter"))
HALF = Sample("holdout", Fraction(1, 2))


def query_of(
    conditions: dict[str, Condition], catalogue: Catalogue = CATALOGUE, at: datetime = AT
) -> Query:
    return compile_segments(conditions, catalogue=catalogue, at=at, zone=ZoneInfo("UTC"))


def plan_for(*conditions: Condition, eligible: frozenset[int] = ELIGIBLE) -> Consented:
    reads = frozenset().union(*(read_set(c, CATALOGUE) for c in conditions))
    return plan_of(reads, eligible, at=AT)


def found(
    conditions: dict[str, Condition], *, eligible: frozenset[int] = ELIGIBLE
) -> dict[str, set[int]]:
    plan = plan_for(*conditions.values(), eligible=eligible)
    compute = duck(columns_from(PEOPLE, CATALOGUE), now=AT, catalogue=CATALOGUE)
    with compute.open(plan, plan.read_set) as scan:
        return {n: set(m) for n, m in scan.members(query_of(conditions)).items()}


EVERY_KIND: dict[str, Condition] = {
    "loyal": LOYAL,
    "web": ON_WEB,
    "large": LARGE,
    "listed": LISTED,
    "half": All((HALF, EventTest("purchase"))),
    "twice": Sequence((Step("purchase"), Step("purchase"))),
}
