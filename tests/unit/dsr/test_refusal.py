# SPDX-License-Identifier: Apache-2.0
"""A refusal without a ground of the law, without reasons or without a route cannot be made."""

import pytest

from privseg.dsr.identity import IdentityNeed
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import ClockRule, Ground, RequestLaw, Span, Unit
from privseg.dsr.refusal import GroundNotOfLawError, IncompleteRefusalError, Refusal

EXCESSIVE = Ground("ProcessExcessive", "It is excessive.", "Art. 12(5)",
                   frozenset({RequestKind.ACCESS, RequestKind.ERASURE}))  # fmt: skip
CLAIMS = Ground("LegalClaimImpaired", "For claims.", "Art. 17(3)(e)",
                frozenset({RequestKind.ERASURE}))  # fmt: skip
LAW = RequestLaw(
    pack="test",
    clocks=dict.fromkeys(RequestKind, ClockRule(law="x", answer=Span(1, Unit.MONTHS))),
    needs=dict.fromkeys(RequestKind, IdentityNeed.REASONABLE),
    all_grounds=(EXCESSIVE, CLAIMS),
    complaints=("You can complain to the authority.",),
    keep_records=Span(24, Unit.MONTHS),
)


def test_a_refusal_has_its_grounds_reasons_and_route() -> None:
    codes = ["LegalClaimImpaired", "ProcessExcessive", "LegalClaimImpaired"]
    refusal = Refusal.of(LAW, RequestKind.ERASURE, codes, ["a suit is pending"])
    assert refusal.grounds == (CLAIMS, EXCESSIVE)
    assert refusal.code == "LegalClaimImpaired+ProcessExcessive"
    assert refusal.route == "You can complain to the authority."
    assert "suit" not in repr(refusal)


@pytest.mark.parametrize("code", ["LegalClaimImpaired", "because", ""])
def test_a_ground_that_the_law_does_not_give_against_this_kind_is_none(code: str) -> None:
    with pytest.raises(GroundNotOfLawError) as refused:
        Refusal.of(LAW, RequestKind.ACCESS, [code], ["reasons"])
    assert refused.value.known == ("ProcessExcessive",)


def test_what_the_law_gives_no_ground_against_cannot_be_refused() -> None:
    for codes in (["ProcessExcessive"], ["LegalClaimImpaired"]):
        with pytest.raises(GroundNotOfLawError):
            Refusal.of(LAW, RequestKind.OBJECT_MARKETING, codes, ["reasons"])
    with pytest.raises(IncompleteRefusalError):
        Refusal.of(LAW, RequestKind.OBJECT_MARKETING, [], ["reasons"])


@pytest.mark.parametrize(
    ("grounds", "reasons", "route"),
    [((), ("why",), "there"), ((CLAIMS,), (), "there"), ((CLAIMS,), (" ",), "there"),
     ((CLAIMS,), ("why",), " ")],
)  # fmt: skip
def test_a_refusal_that_lacks_anything_cannot_be_made(
    grounds: tuple[Ground, ...], reasons: tuple[str, ...], route: str
) -> None:
    with pytest.raises(IncompleteRefusalError):
        Refusal(grounds, reasons, route)
