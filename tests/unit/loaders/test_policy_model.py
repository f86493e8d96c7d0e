# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501 (a mistake is a line of the table)
"""Policy files: notices in several languages, times, natures, what is derived, approval."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.policy import load_policy
from privseg.policy import Policy, canonical_text
from privseg.policy.remembered import remembered
from privseg.terms import Attribute

ENGLISH, GERMAN = "What we do with it.\n", "Was wir damit tun.\n"
TEXT = """\
privseg: policy/1
controller: club
approval: second_person
laws: [gdpr]
notices:
  terms:
    version: "1"
    text: en.md
    texts: {de: de.md}
    says: [purposes, retention]
    purposes: [mail]
catalogue:
  crm:
    holds: people
    person: number
    retention: 365d
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      city: {type: text, category: location, retention: 30d}
      illness: {type: text, category: health, special: true, nature: health}
  orders:
    holds: events
    event: purchase
    category: purchases
    nature: income
    person: number
    event_id: order
    time: ordered
    retention: 100d
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      amount: {type: money, currency: EUR, category: purchases}
derived:
  taste: {from: [city, purchase.amount], category: interests}
  frailty: {from: [taste, illness], category: health, special: true, nature: health}
purposes:
  mail:
    title: Letters
    kind: marketing
    basis: {consent: [DE]}
    categories: [location, purchases, interests]
    notice: terms
    consent_lasts: 730d
    consent_idle: 400d
    ask_again: 365d
    retention: 90d
    recipients: [printers]
    significant: true
    human_review: Write to review@example.com
    dpia: DPIA-7
recipients:
  printers: {title: Example Printers, role: processor, country: DE}
segmenters:
  letters: {purpose: mail, reads: [city, purchase, taste], run_by: [analyst]}
"""


def load(folder: Path, text: str) -> Policy:
    (folder / "en.md").write_text(ENGLISH, encoding="utf-8")
    (folder / "de.md").write_text(GERMAN, encoding="utf-8")
    (folder / "copy.md").write_text(GERMAN, encoding="utf-8")
    (folder / "empty.md").write_text(" \n", encoding="utf-8")
    path = folder / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path, name="p.yaml")


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_each_language_of_a_notice_has_its_own_digest(tmp_path: Path) -> None:
    notice = load(tmp_path, TEXT).notices["terms"]
    assert notice.sha256 == hashed(ENGLISH)
    assert notice.texts == {"de": hashed(GERMAN)}
    assert notice.says == {"purposes", "retention"}


def test_a_notice_of_languages_alone_is_named_by_the_first_in_the_alphabet(tmp_path: Path) -> None:
    for written in ("{en: en.md, de: de.md}", "{de: de.md, en: en.md}"):
        text = TEXT.replace("    text: en.md\n", "").replace("{de: de.md}", written)
        assert load(tmp_path, text).notices["terms"].sha256 == hashed(GERMAN)


def test_a_purpose_says_its_times_and_who_gets_the_data(tmp_path: Path) -> None:
    rule = load(tmp_path, TEXT).purposes["mail"]
    assert (rule.consent_lasts_days, rule.consent_idle_days) == (730, 400)
    assert (rule.ask_again_days, rule.retention_days) == (365, 90)
    assert (rule.recipients, rule.dpia) == (("printers",), "DPIA-7")
    assert (rule.significant, rule.human_review) == (True, "Write to review@example.com")


def test_columns_and_events_say_their_nature_and_how_long_they_are_kept(tmp_path: Path) -> None:
    catalogue = load(tmp_path, TEXT).catalogue
    assert catalogue.natures() == {"health": {"health"}, "income": {"purchases"}}
    assert catalogue.retention_of(Attribute("city")) == 30
    assert catalogue.retention_of(Attribute("illness")) == 365
    assert catalogue.sources["orders"].nature == "income"


def test_what_is_derived_stands_on_its_inputs_down_to_the_sources(tmp_path: Path) -> None:
    catalogue = load(tmp_path, TEXT).catalogue
    assert catalogue.derived["frailty"].inputs == {"taste", "illness"}
    assert catalogue.inputs_of(Attribute("frailty")) == {
        "city", "illness", "purchase", "purchase.amount",
    }  # fmt: skip
    assert catalogue.retention_of(Attribute("frailty")) == 30
    assert catalogue.special_categories() == {"health"}
    assert set(catalogue.readables) & set(catalogue.derived) == set()


def test_a_policy_may_ask_for_a_second_person(tmp_path: Path) -> None:
    assert load(tmp_path, TEXT).approval
    assert not load(tmp_path, TEXT.replace("approval: second_person\n", "")).approval


def test_the_laws_in_force_are_those_named_or_all_that_are_shipped(tmp_path: Path) -> None:
    assert "US-CA" not in load(tmp_path, TEXT).laws
    assert {"DE", "US-CA"} <= set(load(tmp_path, TEXT.replace("laws: [gdpr]\n", "")).laws)


CHANGES_THE_DIGEST = {
    "another language": ("{de: de.md}", "{de: de.md, fr: en.md}"),
    "what a notice says": ("[purposes, retention]", "[purposes]"),
    "a nature": ("special: true, nature: health}\n  orders", "special: true}\n  orders"),
    "a column's retention": ("retention: 30d", "retention: 31d"),
    "a purpose's retention": ("retention: 90d", "retention: 91d"),
    "an idle time": ("consent_idle: 400d", "consent_idle: 401d"),
    "when to ask again": ("ask_again: 365d", "ask_again: 366d"),
    "a recipient": ("role: processor", "role: third_party"),
    "an input": ("[taste, illness]", "[taste]"),
    "the need of approval": ("approval: second_person\n", ""),
    "the laws": ("[gdpr]", "[gdpr, ccpa]"),
}


@pytest.mark.parametrize("case", CHANGES_THE_DIGEST)
def test_what_decides_changes_the_digest(tmp_path: Path, case: str) -> None:
    changed = TEXT.replace(*CHANGES_THE_DIGEST[case])
    assert changed != TEXT
    assert load(tmp_path, changed).digest != load(tmp_path, TEXT).digest


def test_the_order_of_languages_derivations_and_contents_decides_nothing(tmp_path: Path) -> None:
    lines = TEXT.replace("[purposes, retention]", "[retention, purposes]").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("  taste"))
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    changed = "\n".join(lines).replace("[city, purchase.amount]", "[purchase.amount, city]")
    assert load(tmp_path, changed).digest == load(tmp_path, TEXT).digest


MISTAKES = {
    "no such language": ("{de: de.md}", "{german: de.md}", "expected a language, such as en or pt-BR"),
    "a text that is not there": ("{de: de.md}", "{de: no.md}", "there is no such text in the folder of the policy"),
    "a text outside": ("{de: de.md}", "{de: ../p.yaml}", "there is no such text in the folder of the policy"),
    "an empty text": ("{de: de.md}", "{de: empty.md}", "a text has 1 to"),
    "one text, two languages": ("{de: de.md}", "{de: de.md, fr: copy.md}", "the same text stands under another language already"),
    "unknown contents": ("[purposes, retention]", "[purposes, retentions]", "unknown word 'retentions'; did you mean 'retention'?"),
    "contents twice": ("[purposes, retention]", "[purposes, purposes]", "'purposes' stands in the list twice"),
    "unknown nature": ("nature: health}\n  orders", "nature: helth}\n  orders", "unknown word 'helth'; did you mean 'health'?"),
    "a nature of people": ("    retention: 365d", "    nature: health\n    retention: 365d", "'nature' is for a source that holds events or list; this one holds people"),
    "a nature of an identifier": ("identifier: customer_number}\n      city", "identifier: customer_number, nature: health}\n      city", "a direct identifier has no 'nature': it goes to the vault"),
    "retention of an identifier": ("identifier: customer_number}\n      city", "identifier: customer_number, retention: 3d}\n      city", "a direct identifier has no 'retention': it goes to the vault"),
    "a column kept longer than its row": ("retention: 30d", "retention: 366d", "longer than the 365d for which its source keeps the row"),
    "a retention that is none": ("retention: 30d", "retention: a month", "expected whole days, such as 365d"),
    "a column named as the engine names": ("      city:", "      city__folded:", "__folded ends names that the engine makes"),
    "a source named as the engine names": ("  crm:", "  eligible:", "a name that the engine uses itself"),
    "an event named as the engine names": ("event: purchase", "event: eligible", "a name that the engine uses itself"),
    "an event that ends so": ("event: purchase", "event: purchase__folded", "a name that the engine uses itself"),
    "derived, named as the engine names": ("  taste:", "  time:", "a name that the engine uses itself"),
    "derived, not a name": ("  taste:", "  Taste:", "not a name that can be used here"),
    "derived twice": ("  taste:", "  city:", "attribute 'city' is declared twice"),
    "derived from nothing": ("[city, purchase.amount]", "[]", "name what it is made of: from: [purchase.amount]"),
    "derived from something unknown": ("[city, purchase.amount]", "[citty]", "unknown attribute 'citty'; did you mean 'city'?"),
    "derived from a direct identifier": ("[city, purchase.amount]", "[number]", "'number' is a direct identifier: nothing is made of one"),
    "derived from one twice": ("[city, purchase.amount]", "[city, city]", "'city' stands in the list twice"),
    "derived from itself": ("[city, purchase.amount]", "[city, frailty]", "derived from itself: frailty from taste from frailty"),
    "derived without category": (", category: interests", "", "key 'category' is missing"),
    "a review of nothing": ("    significant: true\n", "", "a human reviews what is significant: say significant: true, or leave it out"),
    "an empty recipient": ("[printers]", "['']", "nothing is said here; leave it out"),
    "an empty assessment": ("DPIA-7", "' '", "nothing is said here; leave it out"),
    "a recipient twice": ("[printers]", "[printers, printers]", "'printers' stands in the list twice"),
    "an approval by nobody": ("approval: second_person", "approval: none", "unknown word 'none'"),
    "no law at all": ("laws: [gdpr]", "laws: []", "name at least one, or leave the key out: all shipped"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_at_its_place_and_loads_nothing(tmp_path: Path, case: str) -> None:
    old, new, message = MISTAKES[case]
    assert TEXT.count(old) == 1
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, TEXT.replace(old, new))
    told = [str(f) for f in refused.value.findings]
    assert any(message in line for line in told)
    assert all(re.match(r"p\.yaml:\d+:\d+: error: ", line) for line in told)


def test_one_policy_in_two_files_says_each_thing_once(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    load(folder, TEXT)
    more = "privseg: policy/1\napproval: second_person\nderived:\n  taste: {from: [city], category: a}\n"
    (folder / "q.yaml").write_text(more, encoding="utf-8")
    with pytest.raises(DocumentError) as refused:
        load_policy(folder, name="policies")
    told = "\n".join(str(f) for f in refused.value.findings)
    assert "'approval' is declared in another file already" in told
    assert "'taste' is declared at policies/p.yaml:34:3 already" in told


def test_a_policy_comes_back_from_its_canonical_text(tmp_path: Path) -> None:
    policy = load(tmp_path, TEXT)
    back = remembered(canonical_text(policy))
    assert back.digest == policy.digest
    assert back.catalogue.derived.keys() == policy.catalogue.derived.keys()
    assert back.catalogue.natures() == policy.catalogue.natures()
    assert back.notices["terms"].texts == policy.notices["terms"].texts
