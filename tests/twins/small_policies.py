# SPDX-License-Identifier: Apache-2.0
"""Small policies for laws about two of them, and the plainest count of what each lets happen."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import strategies as st

from privseg.policy import (
    BudgetRules,
    Catalogue,
    Clamp,
    Column,
    ColumnRole,
    ColumnType,
    Notice,
    Policy,
    PurposeKind,
    PurposeRule,
    ReleaseRules,
    Segmenter,
    Source,
    SourceKind,
)
from privseg.policy.catalogue import Derived
from privseg.policy.law import Law
from privseg.terms import Currency, LawfulBasis, Place, StaffRole
from tests.twins.naive_authorize import naive_authorize

HERE = Place("p.yaml", 1)
NAMES = ("country", "religion", "purchase", "purchase.amount")
ROLES = (StaffRole.MARKETER, StaffRole.ANALYST)
PURPOSES = ("mail", "research")
CATEGORIES = ("location", "belief", "purchases")
BASES = (LawfulBasis.CONSENT, LawfulBasis.OPT_OUT, LawfulBasis.CONTRACT)
PLACES = ("DE", "US-CA")
LAWS = {
    "DE": Law("eu@1", "DE", frozenset({LawfulBasis.CONSENT, LawfulBasis.CONTRACT}), 16, 16),
    "US-CA": Law("us@1", "US-CA", frozenset({LawfulBasis.OPT_OUT}), 13, 16),
}


def catalogue(*, special: bool = True, religion: str = "belief") -> Catalogue:
    """Return two sources, one of people and one of events."""
    column = Column("country", "country", ColumnType.TEXT, ColumnRole.ORDINARY, HERE, "location")
    belief = Column(
        "religion", "religion", ColumnType.TEXT, ColumnRole.ORDINARY, HERE, religion, special
    )
    amount = Column("amount", "amount", ColumnType.TEXT, ColumnRole.ORDINARY, HERE, "purchases")
    return Catalogue(
        {
            "crm": Source("crm", SourceKind.PEOPLE, "id", (column, belief), HERE),
            "orders": Source(
                "orders", SourceKind.EVENTS, "id", (amount,), HERE, event="purchase",
                category="purchases",
            ),
        }
    )  # fmt: skip


@st.composite
def small_policies(draw: st.DrawFn) -> Policy:
    """Draw a policy in which reads, roles, purposes, categories and bases vary, and little else."""
    purposes = {
        p: PurposeRule(
            p, p, PurposeKind.ANALYTICS,
            draw(st.dictionaries(st.sampled_from(PLACES), st.sampled_from(BASES))),
            draw(st.frozensets(st.sampled_from(CATEGORIES))), None, HERE,
        )
        for p in draw(st.sampled_from([("mail",), PURPOSES]))
    }  # fmt: skip
    segmenters = {
        name: Segmenter(
            name, draw(st.sampled_from(PURPOSES)),
            dict.fromkeys(draw(st.frozensets(st.sampled_from(NAMES))), HERE),
            draw(st.frozensets(st.sampled_from(ROLES))), HERE,
        )
        for name in draw(st.sampled_from([(), ("one",), ("one", "two")]))
    }  # fmt: skip
    of = catalogue(special=draw(st.booleans()), religion=draw(st.sampled_from(CATEGORIES[:2])))
    return Policy("shop", of, purposes, {}, segmenters, BudgetRules(), "", laws=LAWS)


Right = tuple[str, ...]


def rights(policy: Policy) -> dict[Right, int]:
    """Return who may read what for what, and how little each use asks of people, one by one."""
    found: dict[Right, int] = {}
    for name, segmenter in policy.segmenters.items():
        for role in StaffRole:
            for attribute in NAMES:
                reads = {attribute, attribute.split(".")[0]}
                if naive_authorize(policy, name, role, reads):
                    found["read", name, role, attribute, segmenter.purpose] = 1
    special = {r.category for r in policy.catalogue.readables.values() if r.special}
    for rule in policy.purposes.values():
        for category in rule.categories:
            for where, basis in rule.basis.items():
                asks = {"consent": 1, "opt_out": 2}.get(basis, 3)
                if basis not in policy.laws[where].bases or (category in special and asks > 2):
                    continue
                found["use", rule.purpose, category, where] = asks
    return found


def plain(policy: Policy) -> dict[str, bool]:
    """Return, for each category, whether nothing in it is special."""
    known = policy.catalogue.readables.values()
    return {
        r.category: not any(k.special for k in known if k.category == r.category) for r in known
    }


def is_wider(old: Policy, new: Policy) -> bool:
    """Return whether the new policy lets something happen that the old one does not."""
    before, after = rights(old), rights(new)
    if any(level > before.get(right, 0) for right, level in after.items()):
        return True
    was, now = plain(old), plain(new)
    return any(now[c] and not was[c] for c in was.keys() & now.keys())


def full_policy() -> Policy:
    """Return a policy in which everything is said that can be said."""
    purpose = PurposeRule(
        purpose="mail", title="Mail", kind=PurposeKind.MARKETING,
        basis={"DE": LawfulBasis.CONSENT, "US-CA": LawfulBasis.OPT_OUT},
        categories=frozenset({"location", "purchases"}), notice="terms", place=HERE,
        significant=True, consent_lasts_days=700, consent_idle_days=300, ask_again_days=365,
        recipients=("printer", "post"), dpia="dpia.md", human_review="write to us",
        retention_days=400,
    )  # fmt: skip
    notice = Notice(
        "terms", "2", "a" * 64, frozenset({"mail"}), frozenset({"1"}), HERE,
        {"en": "a" * 64, "de": "b" * 64}, frozenset({"rights"}),
    )  # fmt: skip
    amount = Column(
        "amount", "amount", ColumnType.MONEY, ColumnRole.ORDINARY, HERE, "purchases",
        currency=Currency("EUR"), nature="income", retention_days=90,
    )  # fmt: skip
    email = Column(
        "email", "email", ColumnType.TEXT, ColumnRole.DIRECT_IDENTIFIER, HERE, identifier="email"
    )
    country = Column(
        "Country", "country", ColumnType.CATEGORY, ColumnRole.QUASI_IDENTIFIER, HERE, "location",
        values=("DE", "FR"),
    )  # fmt: skip
    sources = {
        "crm": Source("crm", SourceKind.PEOPLE, "email", (email, country), HERE, "UTC", 500),
        "orders": Source(
            "orders", SourceKind.EVENTS, "email", (email, amount), HERE, event="purchase",
            event_id="order", time="at", category="purchases", nature="income",
        ),
    }  # fmt: skip
    score = Derived("score", frozenset({"purchase", "country"}), "purchases", HERE, nature="income")
    releases = ReleaseRules(
        HERE, groups_per_person=3,
        clamps={"purchase.amount": Clamp("purchase.amount", 100, (0, 50), 4)},
    )  # fmt: skip
    reads = dict.fromkeys(("country", "purchase", "purchase.amount", "score"), HERE)
    one = Segmenter("one", "mail", reads, frozenset(ROLES), HERE, releases)
    law = Law(
        "eu@1", "DE", frozenset({LawfulBasis.CONSENT}), 16, 16, frozenset({"health"}),
        frozenset({"income"}), 700, 365, frozenset({LawfulBasis.CONSENT}),
    )  # fmt: skip
    return Policy(
        controller="shop", catalogue=Catalogue(sources, {"score": score}),
        purposes={"mail": purpose}, notices={"terms": notice}, segmenters={"one": one},
        budget=BudgetRules(Fraction(1, 2)), digest="", directed_to_children=True,
        opt_out_notice_since=datetime(2024, 1, 1, tzinfo=UTC),
        data_collected_since=datetime(2024, 6, 1, tzinfo=UTC),
        laws={"DE": law, "US-CA": LAWS["US-CA"]}, approval=True,
    )  # fmt: skip
