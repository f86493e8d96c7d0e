# SPDX-License-Identifier: Apache-2.0
"""Policies of k lineages: what loads, and what is refused with its place."""

from pathlib import Path

import pytest

from privseg.loaders import load_policy
from privseg.loaders.errors import DocumentError
from privseg.policy import Policy, canonical_text, diff
from privseg.policy.catalogue import Family
from privseg.policy.k_rules import GroupLevels, IntervalLevels, Period
from tests.twins.panel_policy import HEAD, RECORDS, TABLES


def loaded(text: str, tmp_path: Path) -> Policy:
    (tmp_path / "p.yaml").write_text(text, "utf-8")
    return load_policy(tmp_path / "p.yaml", name="p.yaml")


def refused(text: str, tmp_path: Path) -> list[str]:
    with pytest.raises(DocumentError) as error:
        loaded(text, tmp_path)
    return [str(finding) for finding in error.value.findings]


def test_a_declaration_of_tables_is_read(tmp_path: Path) -> None:
    policy = loaded(HEAD + TABLES, tmp_path)
    tables = policy.exact_tables["panel"]
    assert policy.catalogue.sources["panel"].family is Family.K
    assert policy.catalogue.sources["customers"].family is Family.DP
    assert (tables.period, tables.k, tables.protection) == (Period.QUARTER, 5, 6)
    assert tables.axes == ("region", "age", "sex")
    assert tables.segments == ("old",)
    assert policy.segmenters["research"].releases is None
    assert policy.segmenters["research"].exact is not None


def test_a_declaration_of_records_is_read(tmp_path: Path) -> None:
    records = loaded(HEAD + RECORDS, tmp_path).microdata["panel-records"]
    levels = {q.name: q.levels for q in records.quasi_identifiers}
    assert levels["age"] == IntervalLevels((10, (30, 60)))
    assert isinstance(levels["region"], GroupLevels)
    assert [q.level for q in records.quasi_identifiers] == [1, 2, 0, 3]
    assert records.diversity == 2


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("    family: k\n", "", "region, age, sex", "is of a dp source"),
        ("reads: [country]", "reads: [country, region]", "region]", "is of a k source"),
        ("purpose: marketing\n", "purpose: research\n", "letters:", "its own purpose"),
        ("min_people: 5}", "rho: 1/8}", "1/8", "has no noise"),
        ("segmenter: research", "segmenter: letters", "letters\n", "are not k"),
        ("k: 5\n", "k: 4\n", "4\n", "at least 5"),
        ("protection: 6", "protection: 0", "0\n", "at least 1"),
        ("by: [region, sex]", "by: [region, words]", "words", "tables are by"),
        ("by: [region, sex]", "by: [region, income]", "income", "give its cut points"),
        ("by: [region, sex]", "by: [region, country]", "country", "does not read"),
        ("by: [region, sex]", "by: [region, region]", "region]", "twice"),
        ("age: [30, 60]", "age: [60, 30]", "age:", "cut points rise"),
        ("name: by-sex", "name: by-region", "by-region", "twice"),
    ],
)
def test_what_is_wrong_with_tables_is_told_at_its_place(
    tmp_path: Path, old: str, new: str, at: str, said: str
) -> None:
    text = HEAD + TABLES
    wrong = text.replace(old, new, 1) if text.count(old) == 1 else _last(text, old, new)
    told = refused(wrong, tmp_path)
    lines = {line.split(":")[1] for line in told if said in line}
    assert lines, told
    numbers = [n for n, line in enumerate(wrong.splitlines(True), start=1) if at in line]
    assert lines & set(map(str, numbers)), told


def _last(text: str, old: str, new: str) -> str:
    """Replace the last of several."""
    before, _, after = text.rpartition(old)
    return before + new + after


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    l: 2\n", "    l: 1\n", "everybody's in it"),
        (", level: 1}", "}", "fix its level"),
        ("level: 0}", "level: 9}", "which is *"),
        ("    l: 2\n", "    l: 2\n    method: mondrian\n", "depend on the data"),
        ("[10, [30, 60]]", "[10, [35, 60]]", "boundaries"),
        ("down: [south, west]", "down: [south]", "stands in one group"),
        ("dates: [month, year]", "dates: [year, month]", "months come before years"),
        ("{dates: [month, year]", "{intervals: [10]", "do not fit"),
        ("sensitive: {illness: {}", "sensitive: {age: {}", "quasi-identifier already"),
        ("sensitive: {illness: {}", "sensitive: {words: {}", "declared values"),
        ("suppression: 1/5", "suppression: 1", "less than 1"),
        ("{illness: {}, income: {distance: ordered}}", "{}", "name the sensitive"),
        ("    l: 2\n", "    l: 2\n    search: true\n", "looked for"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_records_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = HEAD + RECORDS
    assert old in text
    told = refused(text.replace(old, new, 1), tmp_path)
    assert any(said in line for line in told), told


def test_two_declarations_of_one_lineage_are_refused(tmp_path: Path) -> None:
    """They would not be audited together."""
    told = refused(HEAD + TABLES + RECORDS, tmp_path)
    assert any("audited together" in line for line in told)


def test_a_policy_without_a_k_lineage_has_the_digest_that_it_always_had(tmp_path: Path) -> None:
    plain = loaded(HEAD.replace("    family: k\n", "").replace(
        "{guarantee: k, min_people: 5}", "{guarantee: dp, groups_per_person: 1}"
    ), tmp_path)  # fmt: skip
    assert b'"family"' not in canonical_text(plain)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("k: 5\n    protection", "k: 6\n    protection"),
        ("protection: 6", "protection: 7"),
        ("period: quarter", "period: year"),
    ],
)
def test_asking_for_more_protection_narrows_and_for_less_widens(
    tmp_path: Path, old: str, new: str
) -> None:
    text = HEAD + TABLES
    first, second = loaded(text, tmp_path), loaded(text.replace(old, new, 1), tmp_path)
    (there,), (back,) = diff.diff(first, second), diff.diff(second, first)
    assert there.narrows
    assert not there.widens
    assert back.widens
    assert not back.narrows


def test_a_new_declaration_widens(tmp_path: Path) -> None:
    first, second = loaded(HEAD, tmp_path), loaded(HEAD + TABLES, tmp_path)
    changes = diff.diff(first, second)
    assert any(c.widens for c in changes)
    assert not any(c.narrows for c in changes)
