# SPDX-License-Identifier: Apache-2.0
"""What a right concerns follows from the policy alone: no more, and nothing that it means less."""

from __future__ import annotations

import pytest

from privseg.consent import LawTerms, PurposeTerms, Rules
from privseg.dsr import Asked, RequestKind
from privseg.engine.rights.concerned import (
    Concerned,
    NothingConcernedError,
    concerned,
    marketing_on_interest,
)
from privseg.terms import Category, Controller, Jurisdiction, LawfulBasis, Purpose

K, B = RequestKind, LawfulBasis
EVERYTHING = Asked()
DE, CA = Jurisdiction("DE"), Jurisdiction("US-CA")


def terms(name: str, bases: dict[Jurisdiction, LawfulBasis], **kind: bool) -> PurposeTerms:
    return PurposeTerms(Purpose(name), bases, frozenset({Category("habits")}), **kind)


def rules(*purposes: PurposeTerms) -> Rules:
    return Rules(
        controller=Controller("club"),
        purposes={p.purpose: p for p in purposes},
        laws={CA: LawTerms(sensitive=frozenset({Category("health")})), DE: LawTerms()},
        special_categories=frozenset({Category("belief")}),
    )


SHOP = rules(
    terms("marketing.mail", {DE: B.CONSENT}, direct_marketing=True),
    terms("marketing.post", {DE: B.LEGITIMATE_INTEREST}, direct_marketing=True),
    terms("ads.banners", {CA: B.OPT_OUT}, advertising=True),
    terms("ads.fraud", {CA: B.LEGAL_OBLIGATION}),
    terms("analytics", {DE: B.LEGITIMATE_INTEREST, CA: B.OPT_OUT}),
    terms("scoring", {CA: B.OPT_OUT}, significant=True),
    terms("orders", {DE: B.CONTRACT, CA: B.CONTRACT}),
    terms("claims", {DE: B.LEGITIMATE_INTEREST}, legal_claims=True),
)


def purposes(
    kind: RequestKind, asked: Asked = EVERYTHING, where: Jurisdiction | None = None
) -> set[str | None]:
    return {c.purpose for c in concerned(SHOP, kind, asked, where)}


def test_marketing_and_advertising_are_marketing_and_what_comes_below_later_is_bound() -> None:
    assert purposes(K.OBJECT_MARKETING) == {"marketing", "ads.banners"}


def test_sale_is_what_is_advertising_and_not_its_neighbour() -> None:
    assert purposes(K.OPT_OUT_SALE) == {"ads.banners"}


def test_an_objection_is_to_what_rests_on_an_interest_and_is_not_marketing() -> None:
    assert purposes(K.OBJECTION, where=DE) == {"analytics", "claims"}
    assert purposes(K.OBJECTION) == {"analytics", "claims"}  # unknown place: wherever it may be
    assert [c.purpose for c in marketing_on_interest(SHOP, Asked(), DE)] == ["marketing.post"]
    with pytest.raises(NothingConcernedError):
        purposes(K.OBJECTION, where=CA)


def test_profiling_is_what_decides() -> None:
    assert purposes(K.OPT_OUT_PROFILING) == {"scoring"}


def test_a_limit_is_on_what_is_sensitive_where_it_is_used_freely() -> None:
    found = concerned(SHOP, K.LIMIT, Asked(), CA)
    assert {c.purpose for c in found} == {"ads.banners", "analytics", "scoring"}
    assert {c.categories for c in found} == {frozenset({Category("belief"), Category("health")})}
    (only,) = {c.categories for c in concerned(SHOP, K.LIMIT, Asked(), DE)}
    assert only == {Category("belief")}


def test_what_was_named_bounds_what_is_bound() -> None:
    named = Asked(purpose=Purpose("marketing.mail"), categories=frozenset({Category("habits")}))
    assert concerned(SHOP, K.OBJECT_MARKETING, named, None) == (
        Concerned(Purpose("marketing.mail"), frozenset({Category("habits")})),
    )
    with pytest.raises(NothingConcernedError):
        purposes(K.OPT_OUT_SALE, named)


@pytest.mark.parametrize("kind", [K.RESTRICTION, K.LIFT_RESTRICTION, K.WITHDRAW_CONSENT])
def test_restriction_and_withdrawal_are_of_everything_unless_it_is_named(kind: RequestKind) -> None:
    assert concerned(SHOP, kind, Asked(), None) == (Concerned(None),)
    assert purposes(kind, Asked(purpose=Purpose("marketing"))) == {"marketing"}
