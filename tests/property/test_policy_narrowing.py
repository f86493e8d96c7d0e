# SPDX-License-Identifier: Apache-2.0
"""Laws of authorisation: less policy never allows more, and what is unknown is a no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from privseg.policy import (
    BudgetRules,
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Policy,
    PurposeKind,
    PurposeRule,
    Segmenter,
    Severity,
    Source,
    SourceKind,
    authorize,
    explain,
)
from privseg.policy.law import Content, Law
from privseg.policy.law_findings import purpose_faults
from privseg.terms import LawfulBasis, Place, StaffRole
from tests.twins.naive_authorize import naive_authorize

HERE = Place("p.yaml", 1)
CATEGORIES = ("location", "belief", "purchases")
PURPOSES = ("mail", "mail.offers", "research")
NAMES = ("country", "religion", "email", "purchase", "purchase.amount", "purchase.note", "mood")
ROLES = (StaffRole.MARKETER, StaffRole.ANALYST)
WHERE = ("DE", "FR", "US-CA")
LAWS = {j: Law(f"{j}@1", j, frozenset(LawfulBasis), 16, 16) for j in WHERE}  # nothing against it


def subsets(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values))


@st.composite
def columns(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=name,
            attribute=name,
            type=ColumnType.TEXT,
            role=draw(st.sampled_from([ColumnRole.ORDINARY, ColumnRole.DIRECT_IDENTIFIER])),
            place=HERE,
            category=draw(st.sampled_from([*CATEGORIES, None])),
            special=draw(st.booleans()),
        )
        for name in draw(st.lists(st.sampled_from(names), unique=True))
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    sources = {
        "crm": Source("crm", SourceKind.PEOPLE, "email", draw(columns(NAMES[:3])), HERE),
        "orders": Source(
            "orders", SourceKind.EVENTS, "email", draw(columns(("amount", "note"))), HERE,
            event="purchase", category=draw(st.sampled_from([*CATEGORIES, None])),
            special=draw(st.booleans()),
        ),
    }  # fmt: skip
    bases = st.dictionaries(
        st.sampled_from(WHERE),
        st.sampled_from([LawfulBasis.CONSENT, LawfulBasis.OPT_OUT]),
    )
    purposes = {
        p: PurposeRule(
            p, p, PurposeKind.MARKETING, draw(bases), draw(subsets(CATEGORIES)), None, HERE
        )
        for p in draw(subsets(PURPOSES))
    }
    segmenters = {
        name: Segmenter(
            name,
            draw(st.sampled_from(PURPOSES)),
            dict.fromkeys(draw(subsets(NAMES)), HERE),
            draw(subsets(ROLES)),
            HERE,
        )
        for name in draw(subsets(("one", "two")))
    }
    return Policy(
        "shop", Catalogue(sources), purposes, {}, segmenters, BudgetRules(), "", laws=LAWS
    )


BASES: tuple[dict[str, LawfulBasis], ...] = (
    {"DE": LawfulBasis.CONSENT, "US-CA": LawfulBasis.OPT_OUT},
    {"US-CA": LawfulBasis.OPT_OUT},
    {},
)


def _generous(reads: frozenset[str], basis: dict[str, LawfulBasis]) -> Policy:
    """Return a policy that allows much, so that a yes is not rare."""
    column = Column("c", "c", ColumnType.TEXT, ColumnRole.ORDINARY, HERE, category="location")
    people = tuple(replace(column, name=n, attribute=n) for n in ("country", "mood"))
    belief = replace(column, name="religion", attribute="religion", category="belief", special=True)
    amount = replace(column, name="amount", attribute="amount", category="purchases")
    sources = {
        "crm": Source("crm", SourceKind.PEOPLE, "id", (*people, belief), HERE),
        "orders": Source(
            "orders",
            SourceKind.EVENTS,
            "id",
            (amount,),
            HERE,
            event="purchase",
            category="purchases",
        ),
    }
    rule = PurposeRule("mail", "m", PurposeKind.MARKETING, basis, frozenset(CATEGORIES), None, HERE)
    one = Segmenter("one", "mail", dict.fromkeys(reads, HERE), frozenset(ROLES), HERE)
    rights = {"one": one}
    return Policy(
        "shop", Catalogue(sources), {"mail": rule}, {}, rights, BudgetRules(), "", laws=LAWS
    )


LIKELY = ("country", "purchase", "purchase.amount", "religion")
questions = st.tuples(
    st.sampled_from(["one", "one", "one", "two", "three"]),
    st.sampled_from([*ROLES, *ROLES, StaffRole.AUDITOR]),
    st.sampled_from([LIKELY[:1], LIKELY[1:3], LIKELY[:4]]).map(frozenset) | subsets(NAMES),
)


def narrower(policy: Policy) -> Iterator[Policy]:
    """Yield every policy with one thing taken out of this one."""
    for name, source in policy.catalogue.sources.items():
        others = {n: s for n, s in policy.catalogue.sources.items() if n != name}
        yield replace(policy, catalogue=Catalogue(others))
        for column in source.columns:
            less = replace(source, columns=tuple(c for c in source.columns if c is not column))
            yield replace(policy, catalogue=Catalogue({**others, name: less}))
    for name, rule in policy.purposes.items():
        others = {n: r for n, r in policy.purposes.items() if n != name}
        yield replace(policy, purposes=others)
        for category in rule.categories:
            less = replace(rule, categories=rule.categories - {category})
            yield replace(policy, purposes={**others, name: less})
        for where in rule.basis:
            less = replace(rule, basis={j: b for j, b in rule.basis.items() if j != where})
            yield replace(policy, purposes={**others, name: less})
    for name, rights in policy.segmenters.items():
        others = {n: s for n, s in policy.segmenters.items() if n != name}
        yield replace(policy, segmenters=others)
        for attribute in rights.reads:
            less = replace(rights, reads={a: p for a, p in rights.reads.items() if a != attribute})
            yield replace(policy, segmenters={**others, name: less})
        for role in rights.run_by:
            less = replace(rights, run_by=rights.run_by - {role})
            yield replace(policy, segmenters={**others, name: less})


generous = st.builds(_generous, st.just(frozenset(NAMES)) | subsets(NAMES), st.sampled_from(BASES))
worlds = generous | generous.map(lambda p: replace(p, digest="again")) | policies()
Question = tuple[str, StaffRole, frozenset[str]]


def allowed(policy: Policy, question: Question) -> bool:
    segmenter, actor, reads = question
    return authorize(policy, segmenter=segmenter, actor=actor, reads=reads).allowed


@given(worlds, questions)
def test_the_answer_is_the_twins(policy: Policy, question: Question) -> None:
    assert allowed(policy, question) == naive_authorize(policy, *question)


@given(worlds, questions)
def test_taking_anything_out_of_a_policy_never_turns_a_no_into_a_yes(
    policy: Policy, question: Question
) -> None:
    if not allowed(policy, question):
        assert not any(allowed(less, question) for less in narrower(policy))


@given(worlds, questions, st.text(max_size=8).map(lambda t: f"?{t}"))
def test_anything_unknown_is_a_no(policy: Policy, question: Question, unknown: str) -> None:
    segmenter, actor, reads = question
    assert not allowed(policy, (unknown, actor, reads))
    assert not allowed(policy, (segmenter, unknown, reads))  # type: ignore[arg-type]
    assert not allowed(policy, (segmenter, actor, reads | {unknown}))


@given(worlds, questions)
def test_one_no_among_the_reads_is_a_no_to_all(policy: Policy, question: Question) -> None:
    segmenter, actor, reads = question
    if allowed(policy, question):
        for attribute in reads:
            together = frozenset({attribute, attribute.partition(".")[0]})
            assert allowed(policy, (segmenter, actor, together))


@given(worlds, questions)
def test_every_answer_has_its_reasons(policy: Policy, question: Question) -> None:
    segmenter, actor, reads = question
    decision = authorize(policy, segmenter=segmenter, actor=actor, reads=reads)
    assert decision.reasons
    assert not decision.errors


@given(worlds, questions)
def test_explaining_and_authorising_never_disagree(policy: Policy, question: Question) -> None:
    segmenter, actor, reads = question
    for attribute in reads:
        told = explain(policy, segmenter=segmenter, attribute=attribute, actor=actor)
        together = frozenset({attribute, attribute.partition(".")[0]})
        assert told.allowed == allowed(policy, (segmenter, actor, together))


natures = st.sampled_from([None, "health", "political_opinions", "helth"])
strict = st.builds(
    lambda bases, explicit, says: {
        j: replace(
            LAWS[j], bases=bases | {LawfulBasis.CONSENT}, explicit=explicit, notice_says=says
        )
        for j in WHERE[:2]
    },
    st.frozensets(st.sampled_from(list(LawfulBasis))),
    st.frozensets(st.sampled_from(["health", "political_opinions"])),
    st.frozensets(st.sampled_from(list(Content)), max_size=1),
)


@given(generous, strict, natures, questions)
def test_what_check_calls_a_mistake_of_the_purpose_is_refused_and_nothing_else(
    policy: Policy, laws: dict[str, Law], nature: str | None, question: Question
) -> None:
    crm = policy.catalogue.sources["crm"]
    crm = replace(crm, columns=tuple(replace(c, nature=nature) for c in crm.columns))
    sources = {**policy.catalogue.sources, "crm": crm}
    lawful = replace(policy, catalogue=Catalogue(sources))
    judged = replace(lawful, laws=laws)
    faults = [f for _, f in purpose_faults(judged, judged.purposes["mail"])]
    mistaken = [f.message for f in faults if f.severity is Severity.ERROR]
    if mistaken and question[0] in judged.segmenters:
        assert not allowed(judged, question)
        segmenter, actor, reads = question
        reasons = authorize(judged, segmenter=segmenter, actor=actor, reads=reads).reasons
        assert all(any(m in r and str(HERE) in r for r in reasons) for m in mistaken)
    else:
        assert allowed(judged, question) == allowed(lawful, question)
