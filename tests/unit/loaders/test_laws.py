# SPDX-License-Identifier: Apache-2.0
"""Law packs from files: strict, each rule with its source and case, one voice a jurisdiction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from privseg.gate.law_cases import run_case
from privseg.loaders.errors import DocumentError, Mistakes
from privseg.loaders.laws import law_cases, load_laws, load_pack, read_laws, shipped_packs
from privseg.loaders.schemas import schema, schema_text
from privseg.policy.law import Certainty, Law
from privseg.terms import Jurisdiction, Place

PACK = """\
privseg: law/1
law: ours
version: "2026-11"
title: An invented law
jurisdictions: [FR, MC]
rules:
  regime:
    value: opt_in
    article: Art. 1
    checked: 2026-11-22
    certainty: checked
    cases: [{basis: consent, expect: denied, because: never_asked}]
  bases:
    value: [consent]
    article: Art. 2
    checked: 2026-11-22
    certainty: checked
    cases: [{basis: contract, expect: denied, because: basis_not_lawful}]
  guardian_below:
    value: 15
    article: Art. 3
    checked: 2026-11-22
    certainty: checked
    except:
      MC: {value: 16, article: Art. 3a, checked: 2026-11-20, certainty: to be confirmed by counsel}
    cases:
      - {basis: consent, age: 14, acts: [grant], expect: denied, because: under_age}
      - {in: [MC], basis: consent, age: 15, acts: [grant], expect: denied, because: under_age}
  explicit:
    value: [health]
    article: Art. 4
    checked: 2026-11-22
    certainty: checked
    cases:
      - {basis: consent, nature: health, acts: [grant], expect: denied,
         because: no_explicit_consent}
  significant:
    value: [consent]
    article: Art. 5
    checked: 2026-11-22
    certainty: checked
    cases: [{basis: consent, significant: true, expect: sound}]
  notice:
    value: [purposes]
    article: Art. 6
    checked: 2026-11-22
    certainty: checked
    cases: [{basis: consent, says: [rights], expect: faulty, because: notice_lacks}]
"""
HERE = Place("shop.yaml", 3, 9)


def written(folder: Path, text: str = PACK, name: str = "ours.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def laws_of(*entries: str, beside: Path | None = None) -> Mapping[Jurisdiction, Law]:
    """Return what a policy's `laws` key gives; refuse its mistakes."""
    mistakes = Mistakes()
    laws = read_laws(entries, [HERE] * len(entries), beside, mistakes)
    mistakes.refuse()
    return laws


def test_a_pack_says_each_law_with_its_sources(tmp_path: Path) -> None:
    pack = load_pack(written(tmp_path), name="ours.yaml")
    france, monaco = pack.laws.values()
    assert (france.pack, france.guardian_below, monaco.guardian_below) == ("ours@2026-11", 15, 16)
    (own,) = (p for p in monaco.provisions if p.rule == "guardian_below")
    assert (own.article, own.certainty) == ("Art. 3a", Certainty.TO_BE_CONFIRMED)
    assert str(own.place) == "ours.yaml:25:7"
    assert france.article("bases") == "ours@2026-11, Art. 2"
    assert all(run_case(case).passed for case in law_cases([pack]))


MALFORMED = [
    ("privseg: law/1", "privseg: law/2", "version '2' is not read here"),
    ("title:", "titel:", "unknown key 'titel'; did you mean 'title'?"),
    ('"2026-11"', '"2026-13"', "a version is a year and a month"),
    ("law: ours", "law: Ours", "not a name that can be used here"),
    ("[FR, MC]", "[FR, FR]", "stands in the list twice"),
    ("[FR, MC]", "[FR, UK]", "the United Kingdom is GB"),
    ("[FR, MC]", "[]", "name the jurisdictions"),
    ("[health]", "[helth]", "unknown word 'helth'; did you mean 'health'?"),
    ("[purposes]", "[purpose]", "unknown word 'purpose'; did you mean 'purposes'?"),
    ("value: [consent]\n    article: Art. 2", "value: [consnt]\n    article: Art. 2", "'consnt'"),
    ("    article: Art. 4\n", "", "key 'article' is missing"),
    ("article: Art. 4", "article: ' '", "a rule needs its source"),
    ("article: Art. 3a", "article: ' '", "a rule needs its source"),
    ("cases: [{basis: consent, significant: true, expect: sound}]", "cases: []", "needs a case"),
    ("    cases: [{basis: consent, significant: true, expect: sound}]\n", "", "'cases' is missing"),
    ("    checked: 2026-11-22\n    certainty: checked\n    except", "    except", "is missing"),
    ("certainty: checked\n    except", "certainty: sure\n    except", "unknown word 'sure'"),
    ("checked: 2026-11-20", "checked: 2026-11-31", "expected a day"),
    ("value: 15", "value: 150", "an age from 1 to 21"),
    ("value: 15", "value: '15'", "expected a whole number"),
    ("MC: {value", "DE: {value", "the pack does not cover it"),
    ("{in: [MC], ", "{in: [FR], ", "a rule needs a case: none is in this jurisdiction"),
    ("{in: [MC], ", "{in: [DE], ", "the pack does not cover it"),
    (", because: basis_not_lawful", "", "a no needs its reason"),
    ("value: opt_in", "value: opt_out", "exactly where the regime is opt_out"),
    ("age: 14", "age: 140", "an age in years"),
    ("[consent]\n    article: Art. 5", "[contract]\n    article: Art. 5", "contract is not"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "why"), MALFORMED)
def test_a_pack_that_is_not_one_does_not_load(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert PACK.count(old) >= 1
    with pytest.raises(DocumentError) as refused:
        load_pack(written(tmp_path, PACK.replace(old, new, 1)), name="ours.yaml")
    assert why in str(refused.value)
    assert str(refused.value).startswith("ours.yaml:")


def test_a_rule_that_no_law_has_does_not_load(tmp_path: Path) -> None:
    more = PACK + "  curfew:\n    value: 22\n"
    with pytest.raises(DocumentError, match="unknown key 'curfew'"):
        load_pack(written(tmp_path, more))


def test_a_policy_that_names_no_packs_has_every_shipped_one() -> None:
    assert laws_of() == load_laws()
    assert {law.pack for law in load_laws().values()} == {
        f"{p.name}@{p.version}" for p in shipped_packs()
    }


def test_a_policy_that_names_packs_has_those_and_no_other() -> None:
    assert laws_of("ccpa@2026-11").keys() == {"US-CA"}
    assert laws_of("ccpa", "lgpd").keys() == {"US-CA", "BR"}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("ccpa@2025-01", "law pack ccpa '2025-01' is not in this version of privseg"),
        ("ccpa@", "law pack ccpa '' is not in this version"),
        ("cpca", "unknown law pack 'cpca'; did you mean 'ccpa'?"),
        ("../ours.yaml", "lies in a folder beside the policy"),
        ("/etc/ours.yaml", "lies in a folder beside the policy"),
        ("missing.yaml", "there is no such file"),
    ],
)
def test_a_pack_that_is_not_there_is_refused_and_gives_nothing(
    tmp_path: Path, entry: str, why: str
) -> None:
    mistakes = Mistakes()
    assert read_laws([entry], [HERE], tmp_path, mistakes) == {}
    (finding,) = mistakes.findings
    assert why in finding.message


def test_a_pack_of_ones_own_needs_the_policys_folder(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(DocumentError, match=r"shop\.yaml:3:9: error: a law pack of one's own"):
        laws_of("ours.yaml")


def test_a_pack_of_ones_own_lies_beside_the_policy(tmp_path: Path) -> None:
    written(tmp_path / "laws")
    laws = laws_of("laws/ours.yaml", beside=tmp_path)
    assert {law.pack for law in laws.values()} == {"ours@2026-11"}


@pytest.mark.parametrize("order", [1, -1])
def test_two_packs_never_speak_for_one_jurisdiction(tmp_path: Path, order: int) -> None:
    written(tmp_path)
    with pytest.raises(DocumentError, match="ours and gdpr both speak for FR; name one"):
        laws_of(*["gdpr", "ours.yaml"][::order], beside=tmp_path)
    with pytest.raises(DocumentError, match="gdpr and gdpr both speak"):
        laws_of("gdpr", "gdpr@2026-11")


@pytest.mark.parametrize("order", [1, -1])
def test_one_of_ones_own_takes_a_shipped_ones_place_where_it_says_so(
    tmp_path: Path, order: int
) -> None:
    written(tmp_path, PACK.replace("title:", "replaces: gdpr\ntitle:"))
    laws = laws_of(*["gdpr", "ours.yaml"][::order], beside=tmp_path)
    assert (laws[Jurisdiction("FR")].pack, laws[Jurisdiction("DE")].pack) == (
        "ours@2026-11",
        "gdpr@2026-11",
    )


def test_one_of_ones_own_never_bears_a_shipped_ones_name(tmp_path: Path) -> None:
    written(tmp_path, PACK.replace("law: ours", "law: gdpr"))
    with pytest.raises(DocumentError, match="'gdpr' is a shipped pack's name"):
        laws_of("ours.yaml", beside=tmp_path)


def test_it_replaces_only_what_is_shipped(tmp_path: Path) -> None:
    written(tmp_path, PACK.replace("title:", "replaces: gdqr\ntitle:"))
    with pytest.raises(DocumentError, match=r"no shipped pack; did you mean 'gdpr'\?"):
        laws_of("ours.yaml", beside=tmp_path)


def test_the_mistakes_of_a_pack_of_ones_own_are_told_in_its_file(tmp_path: Path) -> None:
    written(tmp_path, PACK.replace("[health]", "[helth]"))
    with pytest.raises(DocumentError, match=r"ours\.yaml:30:13: error: unknown word 'helth'"):
        laws_of("ours.yaml", beside=tmp_path)


LAWS = files("privseg").joinpath("_policies", "laws")


@pytest.mark.parametrize("pack", [p.name for p in shipped_packs()])
def test_editors_find_no_fault_with_a_shipped_pack(pack: str) -> None:
    text = LAWS.joinpath(f"{pack}.yaml").read_text(encoding="utf-8")
    read = YAML(typ="safe", pure=True).load(text)
    jsonschema.validate(json.loads(json.dumps(read, default=str)), schema("law"))


def test_the_stored_schema_is_that_of_the_loader() -> None:
    stored = Path(__file__).parents[3] / "docs/reference/schemas/law.schema.json"
    assert stored.read_text(encoding="utf-8") == schema_text("law")
