# SPDX-License-Identifier: Apache-2.0
"""What a source may say of rows that stay when a person is erased."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.loaders import DocumentError, load_policy
from privseg.policy import Policy, canonical_text
from privseg.policy.keeping import KeepRule, is_span
from privseg.policy.remembered import remembered
from tests.twins import club

AFTER = "    time: ordered\n"


def loaded(folder: Path, said: str, after: str = AFTER) -> Policy:
    (folder / "club.yaml").write_text(club.POLICY.replace(after, f"{after}{said}", 1), "utf-8")
    return load_policy(folder)


def test_a_source_says_on_which_grounds_its_rows_stay_and_for_how_long(tmp_path: Path) -> None:
    said = "    keep: {ground: [LegalObligationImpaired, ccpa.1798.105.d.8], for: 10y}\n"
    keep = loaded(tmp_path, said).catalogue.sources["orders"].keep
    assert keep == KeepRule(("LegalObligationImpaired", "ccpa.1798.105.d.8"), "10y")
    one = loaded(tmp_path, "    keep: {ground: LegalClaimImpaired, for: 400d}\n")
    assert one.catalogue.sources["orders"].keep == KeepRule(("LegalClaimImpaired",), "400d")


def test_a_rule_comes_back_from_the_kept_text_of_its_policy_in_its_order(tmp_path: Path) -> None:
    policy = loaded(tmp_path, "    keep: {ground: [Zzz, Aaa], for: 10y}\n")
    found = remembered(canonical_text(policy)).catalogue.sources["orders"].keep
    assert found == policy.catalogue.sources["orders"].keep == KeepRule(("Zzz", "Aaa"), "10y")


def test_without_a_word_nothing_is_kept_and_the_policy_decides_as_it_did(tmp_path: Path) -> None:
    plain = loaded(tmp_path, "")
    assert plain.catalogue.sources["orders"].keep is None
    kept = loaded(tmp_path, "    keep: {ground: LegalClaimImpaired, for: 10y}\n")
    assert kept.digest != plain.digest, "what is kept is a decision of the policy"


@pytest.mark.parametrize(
    "said",
    [
        "    keep: {ground: LegalClaimImpaired}\n",
        "    keep: {for: 10y}\n",
        "    keep: {ground: [], for: 10y}\n",
        "    keep: {ground: because we want to, for: 10y}\n",
        "    keep: {ground: LegalClaimImpaired, for: ever}\n",
        "    keep: {ground: LegalClaimImpaired, for: 101y}\n",
        "    keep: {ground: LegalClaimImpaired, for: 0d}\n",
        "    keep: true\n",
    ],
)
def test_a_rule_with_a_mistake_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(DocumentError):
        loaded(tmp_path, said)


def test_a_list_is_never_kept(tmp_path: Path) -> None:
    lists = """  barred:
    holds: list
    person: number
    category: location
    keep: {ground: LegalClaimImpaired, for: 10y}
    columns:
      number: {role: direct_identifier, identifier: customer_number}
"""
    with pytest.raises(DocumentError, match="only people and events are kept"):
        loaded(tmp_path, lists, after="catalogue:\n")


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 50))
def test_years_end_on_the_same_day_of_the_calendar(day: date, years: int) -> None:
    until = KeepRule(("x",), f"{years}y").until(day)
    assert until.year == day.year + years
    assert (until.month, until.day) == (day.month, day.day) or (day.month, day.day) == (2, 29)
    assert until == KeepRule(("x",), f"{12 * years}mo").until(day)


@pytest.mark.parametrize(
    "text", ["", "10", "y", "-1y", "1.5y", "1 y", "36526d", "1201mo", "\u0661y"]
)
def test_what_is_no_span_is_none(text: str) -> None:
    assert not is_span(text)
