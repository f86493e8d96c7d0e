# SPDX-License-Identifier: Apache-2.0
"""The shipped law packs: every case comes out as stated, and every rule is held by its cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.gate.law_cases import Expected, LawCase, run_case
from privseg.loaders.laws import law_cases, load_laws, shipped_packs
from privseg.loaders.laws_pack import LawPack, rules_of
from privseg.loaders.laws_reference import laws_reference, to_be_confirmed
from privseg.policy.law import Certainty, Law
from privseg.policy.natures import SOURCES, Nature
from privseg.terms import Jurisdiction, LawfulBasis

GDPR_PLACES = frozenset(  # the EU, the EEA and the United Kingdom
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR",
        "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO",
        "SE", "SI", "SK", "IS", "LI", "NO", "GB",
    }
)  # fmt: skip
CASES = list(law_cases())
PACKS = shipped_packs()
LAWS = load_laws()

AGES_OF_CONSENT = {
    # GDPR Art. 8(1) as member states set it: SWD(2020) 115, p. 17, and later changes of DK and SI
    13: "BE EE FI LV MT PT SE",
    14: "AT BG CY IT LT",
    15: "CZ DK FR GR SI",
    16: "DE HR HU IE LU NL PL RO SK",
}
UNSETTLED = {"ES": (14, 16), "IS": (13, 16), "LI": (16, 16), "NO": (13, 15)}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_case_of_a_law_pack_comes_out_as_stated(case: LawCase) -> None:
    outcome = run_case(case)
    assert outcome.passed, f"{case.place}: expected {outcome.expected}, found {outcome.found}"


def changed(rule: str, law: Law) -> list[Law]:
    """Return a law with one rule gone wrong; the cases of that rule must notice."""
    everything = frozenset(LawfulBasis)
    wrong: dict[str, list[dict[str, object]]] = {
        "regime": [{"bases": frozenset()}],
        "bases": [{"bases": everything}, {"bases": frozenset()}],
        "guardian_below": [{"guardian_below": law.guardian_below + n} for n in (-1, 1)],
        "opt_in_below": [{"opt_in_below": law.opt_in_below + n} for n in (-1, 1)],
        "explicit": [{"explicit": frozenset()}],
        "sensitive": [{"sensitive": frozenset()}],
        "idle": [{"idle_days": None}, {"idle_days": (law.idle_days or 0) - 2}],
        "ask_again": [{"ask_again_days": None}, {"ask_again_days": (law.ask_again_days or 0) + 2}],
        "significant": [{"significant_bases": frozenset()}],
        "human_review": [{"human_review": False}],
        "notice": [{"notice_says": frozenset()}],
        "dpia": [{"dpia": frozenset()}],
    }
    return [replace(law, **facts) for facts in wrong[rule]]  # type: ignore[arg-type]


RULES = [(pack, name) for pack in PACKS for name, _ in rules_of(pack.file)]


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=lambda x: getattr(x, "name", x))
def test_a_rule_gone_wrong_is_noticed_by_its_own_cases(pack: LawPack, rule: str) -> None:
    own = [c for c in pack.cases if c.rule == rule]
    first = own[0].law
    for wrong in changed(rule, first):
        told = [c for c in own if c.law is first or c.law.jurisdiction == first.jurisdiction]
        assert not all(run_case(replace(c, law=wrong)).passed for c in told)


@pytest.mark.parametrize("country", sorted(GDPR_PLACES - {"GB"}))
def test_every_country_has_the_age_of_consent_that_its_law_sets(country: str) -> None:
    ages = {c: age for age, codes in AGES_OF_CONSENT.items() for c in codes.split()}
    law = LAWS[Jurisdiction(country)]
    (said,) = (p for p in law.provisions if p.rule == "guardian_below")
    if country in UNSETTLED:
        assert said.certainty is Certainty.TO_BE_CONFIRMED
        assert law.guardian_below == max(UNSETTLED[country])
    else:
        assert said.certainty is Certainty.CHECKED
        assert law.guardian_below == ages[country]


def test_gdpr_covers_the_eu_and_the_eea_and_nothing_else() -> None:
    covered = {j for j, law in LAWS.items() if law.pack.startswith("gdpr@")}
    assert covered == GDPR_PLACES - {"GB"}


def test_the_packs_speak_for_these_places() -> None:
    others = {j: law.pack.partition("@")[0] for j, law in LAWS.items() if j not in GDPR_PLACES}
    provinces = ("ON", "MB", "NB", "NL", "NS", "NT", "NU", "PE", "SK", "YT")
    canada = {"CA", *(f"CA-{p}" for p in provinces)}
    assert others == {
        "US-CA": "ccpa", "US-CO": "colorado", "CA-QC": "quebec-law-25", "BR": "lgpd",
        **dict.fromkeys(canada, "pipeda"),
    }  # fmt: skip
    assert LAWS[Jurisdiction("GB")].pack == "uk-gdpr@2026-11"
    assert not LAWS.keys() & {"CA-AB", "CA-BC"}  # they have acts of their own


def protected() -> list[tuple[LawCase, str]]:
    """Return every nature that a law asks explicit consent for, with a case of a plain consent."""
    allowed = [c for c in CASES if c.rule == "regime" and c.basis is LawfulBasis.CONSENT]
    plain = [c for c in allowed if c.expect is Expected.ALLOWED]
    return [(case, nature) for case in plain for nature in sorted(case.law.explicit)]


@pytest.mark.parametrize(("case", "nature"), protected(), ids=lambda x: getattr(x, "name", x))
def test_no_plain_consent_is_enough_for_a_nature_that_needs_an_explicit_one(
    case: LawCase, nature: str
) -> None:
    assert run_case(case).passed
    asked = replace(case, nature=nature, because=None)
    assert not run_case(asked).passed
    explicit = tuple(replace(act, explicit=True) for act in case.acts)
    assert run_case(replace(asked, acts=explicit)).passed


def test_gdpr_names_the_special_categories_of_article_9() -> None:
    article_9 = {
        "racial_or_ethnic_origin", "political_opinions", "religious_or_philosophical_beliefs",
        "trade_union_membership", "genetic", "biometric", "health",
        "sex_life_or_sexual_orientation",
    }  # fmt: skip
    assert LAWS[Jurisdiction("DE")].explicit - {"criminal_offences"} == article_9


def test_every_nature_has_a_source_and_a_law_that_protects_it() -> None:
    assert SOURCES.keys() == set(Nature)
    assert {n for law in LAWS.values() for n in law.explicit | law.sensitive} == set(Nature)


def test_the_reference_lists_every_rule_with_its_article_day_and_certainty() -> None:
    page = "\n".join(laws_reference())
    for pack in PACKS:
        for law in pack.laws.values():
            for said in law.provisions:
                assert f"| {said.article} | {said.checked} | {said.certainty} |" in page
    assert ("gdpr", "guardian_below in ES") in set(to_be_confirmed())
