# SPDX-License-Identifier: Apache-2.0
"""What a condition reads, and that one which does not fit the catalogue is refused before data."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from privseg.policy.catalogue import Catalogue, Derived
from privseg.policy.digest import score_digest
from privseg.policy.scores import LifetimeParameters, LifetimeValue
from privseg.segment import (
    AccountTest,
    All,
    CohortTest,
    Condition,
    EmptyReadSetError,
    EventTest,
    FilterNot,
    Library,
    Not,
    NoValuesError,
    SameAs,
    Sample,
    Scaled,
    ScoreTest,
    Segment,
    SegmentRef,
    Sequence,
    SeveralCurrenciesError,
    Step,
    UnknownAttributeError,
    WrongTypeError,
    barred,
    leaves,
    read_set,
)
from privseg.segment.errors import SegmentError
from privseg.terms import Attribute, Currency, Money
from tests.twins.language_catalogue import CATALOGUE, RFM, SCORES, SOURCES, TASTE, VALUE, YEN
from tests.twins.segment_nodes import (
    BOUGHT,
    DE,
    NODES,
    Kind,
    Op,
    T,
    attribute,
    compared,
    count,
    euros,
    happened,
    over,
    prop,
)

LAPSED = Library([Segment("lapsed", "m", attribute("age", T.INTEGER, Op.OVER, 1))])

READS = {
    "equals": "country",
    "an account that is known": "company",
    "account": "industry company",
    "score": "rfm.recency purchase purchase.amount",
    "cohort": "newsletter-2026",
    "event": "purchase",
    "count and sum": "purchase purchase.amount",
    "min": "purchase purchase.items",
    "last": "purchase",  # the time of an event is read with the event
    "several aggregates": "purchase purchase.amount purchase.items",
    "filter": "page_view page_view.section",
    "filters": (
        "page_view page_view.section page_view.logged_in page_view.article purchase purchase.coupon"
    ),
    "the same as another event's": "page_view page_view.article purchase purchase.coupon",
    "sequence": "page_view purchase",
    "sequence with everything": "page_view page_view.section email_open purchase",
    "sequence without": "page_view email_open purchase",
    "segment": "age",
    "all": "country purchase age",
    "not": "purchase",
}


@pytest.mark.parametrize("name", READS)
def test_each_node_reads_what_it_names_and_what_that_is_made_of(name: str) -> None:
    assert read_set(NODES[name], CATALOGUE, LAPSED) == set(READS[name].split())


@pytest.mark.parametrize("name", [n for n in NODES if n != "sample"])
def test_what_is_read_can_be_asked_of_the_catalogue_and_of_consent(name: str) -> None:
    reads = read_set(NODES[name], CATALOGUE, LAPSED)
    assert reads <= CATALOGUE.closure_of(reads)
    assert CATALOGUE.categories_of(reads)


def test_a_sample_reads_nothing_and_is_refused_alone() -> None:
    sample = Sample("holdout", Fraction(1, 10))
    for alone in (sample, Not(sample), All((sample, Not(sample)))):
        with pytest.raises(EmptyReadSetError, match="nobody can have allowed it"):
            read_set(alone, CATALOGUE)
    assert read_set(All((sample, DE)), CATALOGUE) == {"country"}


def test_the_leaves_are_those_of_the_references_too() -> None:
    whole = All((SegmentRef("lapsed"), Not(BOUGHT), NODES["sample"]))
    assert list(leaves(LAPSED.expand(whole))) == [
        LAPSED["lapsed"].where, BOUGHT, NODES["sample"],
    ]  # fmt: skip
    with pytest.raises(ValueError, match="write references out"):
        list(leaves(whole))


def score(name: str, kind: T, *tests: object) -> ScoreTest:
    return ScoreTest(Attribute(name), kind, tests, score_digest(RFM))  # type: ignore[arg-type]


def same(one: str, other: str, kind: T) -> EventTest:
    where = SameAs(Attribute(one), Attribute(other), kind)
    return happened(one.partition(".")[0], where=where)


def account(name: str, kind: T, *tests: object, link: str = "company") -> AccountTest:
    return AccountTest(Attribute(name), Attribute(link), kind, tests)  # type: ignore[arg-type]


DOLLAR = Currency("USD")
KNOWN = compared(Op.IS_KNOWN, True)
MISFITS: dict[str, tuple[Condition, type[SegmentError], str]] = {
    "a misspelt attribute": (
        attribute("contry", T.CATEGORY, Op.EQUALS, "DE"), UnknownAttributeError,
        "did you mean 'country'",
    ),
    "a direct identifier": (
        attribute("email", T.TEXT, Op.EQUALS, "a"), UnknownAttributeError, "'email'",
    ),
    "a misspelt event": (EventTest("purchse"), UnknownAttributeError, "did you mean 'purchase'"),
    "a misspelt property": (
        happened("purchase", over(Kind.SUM, "purchase.amont", T.MONEY, Op.OVER, euros(1))),
        UnknownAttributeError, "did you mean 'purchase.amount'",
    ),
    "a misspelt property in a filter": (
        happened("page_view", where=FilterNot(prop("page_view.secton", T.CATEGORY, KNOWN))),
        UnknownAttributeError, "did you mean 'page_view.section'",
    ),
    "a misspelt score": (
        score("rfm.recncy", T.INTEGER, KNOWN), UnknownAttributeError, "did you mean 'rfm.recency'",
    ),
    "a misspelt list": (
        CohortTest(Attribute("newsletter-2025")), UnknownAttributeError,
        "did you mean 'newsletter-2026'",
    ),
    "a misspelt other event": (
        same("page_view.article", "wishlist.article", T.TEXT), UnknownAttributeError, "'wishlist'",
    ),
    "a misspelt step": (
        Sequence((Step("page_view"), Step("purchse"))), UnknownAttributeError,
        "did you mean 'purchase'",
    ),
    "a misspelt event that must be absent": (
        Sequence((Step("page_view"), Step("purchase")), without=Step("refund")),
        UnknownAttributeError, "'refund'",
    ),
    "a derived attribute": (
        attribute("taste", T.INTEGER, Op.OVER, 1), NoValuesError, "has no values yet",
    ),
    "a derived attribute as a score": (
        score("taste", T.INTEGER, KNOWN), NoValuesError, "has no values yet",
    ),
    "an attribute as an event": (EventTest("country"), WrongTypeError, "`attribute:`"),
    "an event as an attribute": (
        attribute("purchase", T.TEXT, Op.EQUALS, "a"), WrongTypeError, "`event:`",
    ),
    "a property as an attribute": (
        attribute("purchase.coupon", T.TEXT, Op.EQUALS, "a"), WrongTypeError, "`event:`",
    ),
    "a property as an event": (EventTest("purchase.amount"), WrongTypeError, "`property:`"),
    "an account's attribute as a person's": (
        attribute("industry", T.CATEGORY, Op.EQUALS, "retail"), WrongTypeError, "`account:`",
    ),
    "a person's attribute as an account's": (
        account("country", T.CATEGORY, KNOWN), WrongTypeError, "`attribute:`",
    ),
    "a list as an attribute": (
        attribute("newsletter-2026", T.BOOLEAN, Op.EQUALS, True), WrongTypeError, "`cohort:`",
    ),
    "an attribute as a list": (CohortTest(Attribute("country")), WrongTypeError, "`attribute:`"),
    "an event as a list": (CohortTest(Attribute("purchase")), WrongTypeError, "`event:`"),
    "a score as an attribute": (
        attribute("rfm.recency", T.INTEGER, Op.OVER, 1), WrongTypeError, "`score:`",
    ),
    "an attribute as a score": (score("age", T.INTEGER, KNOWN), WrongTypeError, "`attribute:`"),
    "an account that nobody is linked to": (
        account("members", T.INTEGER, KNOWN), WrongTypeError, "which of 'clubs'",
    ),
    "another link": (
        account("industry", T.CATEGORY, KNOWN, link="country"), WrongTypeError,
        "which of 'companies'",
    ),
    "another type": (attribute("age", T.TEXT, Op.EQUALS, "a"), WrongTypeError, "it is integer"),
    "another type of a score": (
        score("rfm.total", T.MONEY, KNOWN), WrongTypeError, "it is integer",
    ),
    "another type of a property": (
        happened("page_view", where=prop("page_view.section", T.TEXT, KNOWN)),
        WrongTypeError, "it is category",
    ),
    "another type of an aggregate": (
        happened("purchase", over(Kind.DISTINCT, "purchase.items", T.TEXT, Op.OVER, 1)),
        WrongTypeError, "it is integer",
    ),
    "a time that is a number": (
        happened("purchase", over(Kind.MAX, "purchase.time", T.INTEGER, Op.OVER, 1)),
        WrongTypeError, "it is time",
    ),
    "another currency": (
        attribute("credit", T.MONEY, Op.EQUALS, Money(1, DOLLAR)), WrongTypeError, "currency",
    ),
    "another exponent": (
        attribute("credit", T.MONEY, Op.EQUALS, Money(1, Currency("EUR", 3))),
        WrongTypeError, "currency",
    ),
    "another currency of a sum": (
        happened("purchase", over(Kind.SUM, "purchase.amount", T.MONEY, Op.OVER, Money(1, YEN))),
        WrongTypeError, "currency",
    ),
    "another currency of an account": (
        account("turnover", T.MONEY, compared(Op.OVER, euros(1))), WrongTypeError, "currency",
    ),
    "another currency of a score": (
        ScoreTest(
            Attribute("value.value"), T.MONEY, (compared(Op.OVER, Money(1, DOLLAR)),),
            score_digest(VALUE),
        ),
        WrongTypeError, "currency",
    ),
    "two currencies compared with each other": (
        same("page_view.price", "page_view.dollars", T.MONEY), WrongTypeError, "another currency",
    ),
    "two types compared with each other": (
        same("page_view.article", "page_view.section", T.TEXT), WrongTypeError, "it is category",
    ),
    "another scale": (
        attribute("rating", T.DECIMAL, Op.EQUALS, Scaled(1, 3)), WrongTypeError, "scale",
    ),
    "two scales compared with each other": (
        same("page_view.ratio", "purchase.weight", T.DECIMAL), WrongTypeError, "another scale",
    ),
    "an undeclared value": (
        attribute("country", T.CATEGORY, Op.EQUALS, "XX"), WrongTypeError, "declares",
    ),
    "an undeclared member": (
        attribute("interests", T.SET, Op.CONTAINS, "golf"), WrongTypeError, "declares",
    ),
    "an undeclared value of a score": (
        ScoreTest(
            Attribute("interest.top"), T.CATEGORY, (compared(Op.EQUALS, "hats"),),
            score_digest(SCORES["interest"]),
        ),
        WrongTypeError, "declares",
    ),
    "an undeclared value in a filter": (
        happened("page_view", where=prop("page_view.section", T.CATEGORY, compared(Op.IN, "hats"))),
        WrongTypeError, "declares",
    ),
    "an undeclared value of the first": (
        happened("page_view", over(Kind.FIRST, "page_view.section", T.CATEGORY, Op.EQUALS, "hats")),
        WrongTypeError, "declares",
    ),
    "a score by another formula": (
        ScoreTest(Attribute("rfm.total"), T.INTEGER, (KNOWN,), "0" * 64), WrongTypeError,
        "formula has changed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_the_catalogue_is_refused_before_any_data(name: str) -> None:
    condition, error, words = MISFITS[name]
    for nested in (condition, Not(All((DE, condition)))):
        with pytest.raises(error, match=words):
            read_set(nested, CATALOGUE)


def test_a_reference_does_not_hide_what_does_not_fit() -> None:
    library = Library([Segment("bad", "m", MISFITS["another currency"][0])])
    with pytest.raises(WrongTypeError, match="currency"):
        read_set(SegmentRef("bad"), CATALOGUE, library)


def test_a_refusal_names_the_attribute_and_never_the_value() -> None:
    with pytest.raises(WrongTypeError) as refused:
        read_set(attribute("country", T.CATEGORY, Op.EQUALS, "canary"), CATALOGUE)
    assert refused.value.attribute == "country"
    assert "canary" not in str(refused.value)


def test_a_count_of_different_values_is_compared_as_a_number() -> None:
    asked = over(Kind.DISTINCT, "page_view.section", T.CATEGORY, Op.AT_LEAST, 2)
    assert read_set(happened("page_view", asked), CATALOGUE) == {"page_view", "page_view.section"}
    assert read_set(happened("page_view", count(Op.OVER, 1)), CATALOGUE) == {"page_view"}


def test_results_of_a_fitted_score_are_barred_and_others_are_not() -> None:
    fitted = ScoreTest(Attribute("value.alive"), T.INTEGER, (KNOWN,), score_digest(VALUE))
    reads = read_set(All((fitted, NODES["score"])), CATALOGUE)
    assert barred(reads, CATALOGUE) == {"value.alive"}
    assert isinstance(VALUE.formula, LifetimeValue)
    public = LifetimeParameters(*map(Fraction, (1, 1, 1, 1, 1, 2, 1)))
    given = replace(VALUE, formula=replace(VALUE.formula, parameters=public))
    scores = {**SCORES, "value": given}
    catalogue = Catalogue(CATALOGUE.sources, {TASTE.attribute: TASTE}, scores)
    assert barred(reads, catalogue) == frozenset()


def test_a_score_of_a_derived_name_stays_one() -> None:
    derived = Derived(
        Attribute("mood"), frozenset({Attribute("rfm.total")}), RFM.category, RFM.place
    )
    catalogue = Catalogue(CATALOGUE.sources, {"mood": derived}, SCORES)
    assert set(SOURCES) <= set(catalogue.sources)
    with pytest.raises(NoValuesError):
        read_set(attribute("mood", T.INTEGER, Op.OVER, 1), catalogue)
    assert read_set(NODES["score"], catalogue) == {"rfm.recency", "purchase", "purchase.amount"}


def test_amounts_of_several_currencies_are_refused_before_any_data() -> None:
    dollars = Money(100, Currency("USD"))
    spent = happened("page_view", over(Kind.SUM, "page_view.dollars", T.MONEY, Op.OVER, dollars))
    paid = happened("purchase", over(Kind.SUM, "purchase.amount", T.MONEY, Op.OVER, euros(2)))
    library = Library([Segment("paid", "m", paid)])
    assert "page_view.dollars" in read_set(spent, CATALOGUE)
    for both in (All((spent, paid)), All((spent, Not(SegmentRef("paid"))))):
        with pytest.raises(SeveralCurrenciesError, match="in EUR and USD; take those of one"):
            read_set(both, CATALOGUE, library)
