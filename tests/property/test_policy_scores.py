# SPDX-License-Identifier: Apache-2.0
"""Laws of scores and accounts in a policy: permissions meet, and what is kept decides alike."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from privseg.policy import Policy, SegmentRules, authorize, canonical_text, digest, score_digest
from privseg.policy.facets import facets
from privseg.policy.remembered import remembered
from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    LifetimeParameters,
    LifetimeValue,
    Preferred,
    Rfm,
    Score,
    Signal,
)
from privseg.terms import Attribute, Category, Currency, Place, StaffRole
from tests.twins.scored_policy import load

HERE = Place("p.yaml", 1)
NEEDS = {
    "rfm.recency": {"purchase", "purchase.amount"},
    "interest.top": {"page_view", "page_view.section"},
    "contact.hour": {"email_open", "page_view"},
    "industry": {"company"},
    "newsletter-2026": set[str](),
}
"""What each stands on, written down by hand."""

EVERY = sorted({*NEEDS, *(n for needed in NEEDS.values() for n in needed)})
EVENTS = ("purchase", "page_view", "email_open")


@cache
def policy() -> Policy:
    with TemporaryDirectory() as folder:
        return load(Path(folder))


def with_reads(reads: frozenset[str]) -> Policy:
    rights = replace(policy().segmenters["offers"], reads=dict.fromkeys(reads, HERE))
    return replace(policy(), segmenters={"offers": rights})


def allows(asked: Policy, reads: frozenset[str]) -> bool:
    found = authorize(asked, segmenter="offers", actor=StaffRole.MARKETER, reads=reads)
    return found.allowed


subsets = st.frozensets(st.sampled_from(EVERY))
mostly = st.frozensets(st.sampled_from(EVERY), max_size=2).map(lambda out: frozenset(EVERY) - out)
days, counts = st.integers(1, 4000), st.integers(1, 1_000_000)
events = st.sampled_from(EVENTS)
words = st.text("abcxyz", min_size=1, max_size=5)
cuts = st.sets(counts, min_size=1, max_size=4).map(lambda s: tuple(sorted(s)))
named = st.dictionaries(words, events, min_size=1, max_size=4).flatmap(
    lambda d: st.permutations(list(d.items())).map(dict)
)
positive = st.fractions(Fraction(1, 1000), 50, max_denominator=1000).filter(lambda f: f > 0)
parameters = st.builds(
    LifetimeParameters, positive, positive, positive, positive, positive,
    positive.map(lambda f: f + 1), positive,
)  # fmt: skip
amount = st.just(Attribute("purchase.amount"))
zones = st.sampled_from(["UTC", "Asia/Tehran"])
formulas: st.SearchStrategy[Formula] = st.one_of(
    st.builds(Rfm, st.just("purchase"), amount, days, cuts, cuts, cuts),
    st.builds(
        Engagement, days, st.dictionaries(events, st.builds(Signal, counts, counts), min_size=1)
    ),
    st.builds(
        Affinity, st.just(Attribute("page_view.section")), days, counts,
        st.lists(words, min_size=1, max_size=4, unique=True).map(tuple),
    ),
    st.builds(Preferred, named, days, counts, zones),
    st.builds(Fatigue, events, events, days, cuts),
    st.builds(Funnel, named, days),
    st.builds(
        LifetimeValue, st.just("purchase"), amount, days, counts, counts,
        st.just(Currency("EUR")), zones, st.none() | parameters,
    ),
)  # fmt: skip
scores = st.builds(
    Score, st.just("drawn"), formulas,
    st.sampled_from([Category("browsing"), Category("purchases")]), st.just(HERE),
    st.booleans(), st.sampled_from([None, "health"]),
)  # fmt: skip
rules = st.builds(
    SegmentRules, st.none() | st.frozensets(st.sampled_from(StaffRole)), st.booleans()
)


def with_score(score: Score, changed: SegmentRules | None = None) -> Policy:
    catalogue = replace(policy().catalogue, scores={"drawn": score})
    made = replace(policy(), catalogue=catalogue, segment_rules=changed or SegmentRules())
    return replace(made, digest=digest(made))


@given(subsets | mostly, st.sampled_from(sorted(NEEDS)))
def test_a_result_is_allowed_iff_it_and_all_that_it_stands_on_are(
    reads: frozenset[str], name: str
) -> None:
    assert allows(with_reads(reads), frozenset({name})) == ({name} | NEEDS[name] <= reads)


@given(subsets | mostly, st.sampled_from(sorted(NEEDS)))
def test_taking_a_score_or_a_link_out_never_turns_a_no_into_a_yes(
    reads: frozenset[str], name: str
) -> None:
    asked = with_reads(reads)
    sources = asked.catalogue.sources
    crm = sources["crm"]
    unlinked = replace(crm, columns=tuple(c for c in crm.columns if c.account is None))
    less = [
        replace(asked.catalogue, scores={}),
        replace(asked.catalogue, sources={**sources, "crm": unlinked}),
    ]
    if not allows(asked, frozenset({name})):
        assert not any(allows(replace(asked, catalogue=c), frozenset({name})) for c in less)


@given(scores, rules)
def test_what_is_kept_of_any_score_is_that_score(score: Score, changed: SegmentRules) -> None:
    kept = with_score(score, changed)
    found = remembered(canonical_text(kept))
    assert found.digest == kept.digest
    back = found.catalogue.scores["drawn"]
    assert (back.formula, found.segment_rules) == (score.formula, changed)
    assert score_digest(back) == score_digest(score)
    assert list(back.outputs) == list(score.outputs)
    assert [o.values for o in back.outputs.values()] == [o.values for o in score.outputs.values()]


@given(scores, scores)
def test_two_scores_have_one_digest_iff_they_reckon_alike(one: Score, other: Score) -> None:
    alike = repr(one.formula) == repr(other.formula)
    if isinstance(one.formula, Engagement) and isinstance(other.formula, Engagement):
        alike = one.formula == other.formula  # a sum has no order
    assert (score_digest(one) == score_digest(other)) == alike


@given(scores, scores)
def test_two_policies_say_the_same_iff_their_digests_are_one(one: Score, other: Score) -> None:
    before, after = with_score(one), with_score(other)
    assert (facets(before) == facets(after)) == (before.digest == after.digest)
    assert facets(before) == facets(with_score(one))
