# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501 (a mistake is a line of the table)
"""Policy files: what they mean, and every mistake at its place with its remedy."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError, YamlError
from privseg.loaders.policy import load_policy
from privseg.policy import Clamp, ColumnRole, ColumnType, Policy, PurposeKind, SourceKind
from privseg.terms import Currency, LawfulBasis, StaffRole

NOTICE = "We look at what you buy.\n"
TEXT = f"""\
privseg: policy/1
controller: shop
notices:
  privacy: {{version: "2", sha256: {sha256(NOTICE.encode()).hexdigest()}, purposes: [mail.offers], replaces: ["1"]}}
catalogue:
  crm:
    holds: people
    person: customer_id
    time_zone: Europe/Berlin
    retention: 365d
    columns:
      customer_id: {{role: direct_identifier, identifier: customer_number}}
      country: {{type: category, role: quasi_identifier, category: location, values: [DE, NO]}}
      religion: {{type: category, category: belief, special: true, values: [a, b]}}
      height: {{type: decimal, decimals: 2, category: body}}
  orders:
    holds: events
    event: purchase
    category: purchases
    person: customer
    event_id: order_id
    time: ordered_at
    columns:
      customer: {{role: direct_identifier, identifier: customer_number}}
      amount: {{type: money, currency: EUR, category: purchases}}
      items: {{type: integer, category: purchases}}
      weight: {{type: decimal, decimals: 3, category: purchases}}
      shop: {{type: text, category: purchases}}
purposes:
  mail.offers:
    title: Offers
    kind: marketing
    basis: {{consent: [DE, NO], opt_out: [US-CA]}}
    categories: [location, purchases]
    notice: privacy
    consent_lasts: 730d
segmenters:
  offers:
    purpose: mail.offers
    reads: [country, purchase, purchase.amount, purchase.weight, purchase.shop]
    run_by: [marketer, analyst]
    releases:
      guarantee: dp
      min_people: 30
      rho: 0.0125
      selection_delta: 1/10000000
      groups_per_person: 2
      clamps:
        purchase.amount: {{per_person: 2000 EUR, per_event: [0.50 EUR, 400 EUR], events_per_person: 12}}
        purchase.weight: {{per_person: 1.5}}
budget: {{rho_per_year: 2, selection_delta_per_year: 0.00001, conversion_delta: 0.000001}}
"""


def load(tmp_path: Path, text: str, name: str = "p.yaml") -> Policy:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_policy(path, name=name)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, text)
    return [str(f) for f in refused.value.findings]


def test_a_policy_says_what_its_file_says(tmp_path: Path) -> None:
    policy = load(tmp_path, TEXT)
    crm, orders = policy.catalogue.sources["crm"], policy.catalogue.sources["orders"]
    assert (policy.controller, crm.kind, crm.retention_days) == ("shop", SourceKind.PEOPLE, 365)
    assert (orders.table, orders.event_id, orders.time) == ("purchase", "order_id", "ordered_at")
    assert [c.role for c in crm.columns] == [
        ColumnRole.DIRECT_IDENTIFIER,
        ColumnRole.QUASI_IDENTIFIER,
        ColumnRole.SENSITIVE,
        ColumnRole.ORDINARY,
    ]
    assert crm.columns[1].values == ("DE", "NO")
    assert str(crm.columns[1].place) == "p.yaml:13:7"
    assert (crm.columns[3].type, crm.columns[3].decimals) == (ColumnType.DECIMAL, 2)
    assert orders.columns[1].currency == Currency("EUR", 2)
    assert set(policy.catalogue.readables) == {
        *("country", "religion", "height", "purchase", "purchase.amount", "purchase.items"),
        *("purchase.weight", "purchase.shop"),
    }


def test_a_purpose_rests_on_a_basis_in_each_place_it_names_and_nowhere_else(
    tmp_path: Path,
) -> None:
    rule = load(tmp_path, TEXT).purposes["mail.offers"]
    assert rule.basis == {
        "DE": LawfulBasis.CONSENT,
        "NO": LawfulBasis.CONSENT,
        "US-CA": LawfulBasis.OPT_OUT,
    }
    assert (rule.kind, rule.consent_lasts_days) == (PurposeKind.MARKETING, 730)
    assert rule.categories == {"location", "purchases"}


def test_amounts_and_losses_are_exact(tmp_path: Path) -> None:
    policy = load(tmp_path, TEXT)
    segmenter = policy.segmenters["offers"]
    assert segmenter.run_by == {StaffRole.MARKETER, StaffRole.ANALYST}
    assert {a: (p.line, p.column) for a, p in segmenter.reads.items()}["purchase"] == (40, 22)
    rules = segmenter.releases
    assert rules is not None
    assert (rules.rho, rules.selection_delta) == (Fraction(1, 80), Fraction(1, 10**7))
    assert rules.clamps == {
        "purchase.amount": Clamp("purchase.amount", 200_000, (50, 40_000), 12),
        "purchase.weight": Clamp("purchase.weight", 1_500),
    }
    assert policy.budget.rho_per_year == 2
    assert policy.budget.conversion_delta == Fraction(1, 1_000_000)


MISTAKES = {
    "another kind": ("policy/1", "report/1", "p.yaml:1:10", "expected 'privseg: policy/1'"),
    "another version": ("policy/1", "policy/2", "p.yaml:1:10", "version '2' is not read"),
    "no controller": ("controller: shop\n", "", "p.yaml:1:1", "'controller' is missing"),
    "an unknown key": ("notices:", "notice:", "p.yaml:3:1", "did you mean 'notices'?"),
    "purpose nobody declared": ("purpose: mail.offers", "purpose: mail.offer", ":39:14", "did you mean 'mail.offers'?"),
    "category nobody has": ("categories: [location", "categories: [locatoin", ":34:18", "did you mean 'location'?"),
    "attribute nobody has": ("reads: [country", "reads: [contry", ":40:13", "did you mean 'country'?"),
    "notice nobody wrote": ("notice: privacy", "notice: privacy2", ":35:13", "did you mean 'privacy'?"),
    "notice that names another": ("purposes: [mail.offers]", "purposes: [mail]", ":4:", "unknown purpose 'mail'"),
    "notice silent on the purpose": ("  mail.offers:\n", "  mail.other: {title: t, kind: service, basis: {contract: [DE]}, categories: [location], notice: privacy}\n  mail.offers:\n", ":30:", "does not name 'mail.other'"),
    "version that replaces itself": ('replaces: ["1"]', 'replaces: ["2"]', ":4:", "does not replace itself"),
    "digest that is none": ("sha256: ", "sha256: x", ":4:", "64 hexadecimal"),
    "category without values": (", values: [DE, NO]}", "}", ":13:7", "needs 'values'"),
    "values of no category": ("{type: integer, ", "{type: integer, values: [a], ", ":26:", "has no 'values'"),
    "values that nobody can tell apart": ("[DE, NO]", "[DE, de]", ":13:", "twice"),
    "an empty list of values": ("[DE, NO]", "[]", ":13:", "name the values"),
    "the key of missing values": ("[DE, NO]", "[DE, (missing)]", ":13:", "not a value"),
    "money without currency": ("currency: EUR, ", "", ":25:7", "needs 'currency'"),
    "currency there is not": ("currency: EUR", "currency: EURO", ":25:", "did you mean 'EUR'?"),
    "decimal without decimals": ("decimals: 2, ", "", ":15:7", "needs 'decimals'"),
    "too many decimals": ("decimals: 2", "decimals: 10", ":15:", "from 1 to 9"),
    "column without type": ("{type: integer, ", "{", ":26:7", "say its type"),
    "unknown type": ("type: integer", "type: integr", ":26:", "did you mean 'integer'?"),
    "column without category": ("{type: text, category: purchases}", "{type: text}", ":28:7", "people consent to categories"),
    "special and ordinary": ("special: true", "special: true, role: ordinary", ":14:", "not ordinary"),
    "identifier without kind": ("customer: {role: direct_identifier, identifier: customer_number}", "customer: {role: direct_identifier}", ":24:7", "identifier: email"),
    "identifier with a category": ("customer: {role", "customer: {category: x, role", ":24:", "goes to the vault"),
    "identifier of no role": ("{type: text, ", "{type: text, identifier: email, ", ":28:", "role: direct_identifier"),
    "person who is not there": ("person: customer_id", "person: customerid", ":8:13", "did you mean 'customer_id'?"),
    "person who is no identifier": ("person: customer_id", "person: country", ":13:7", "direct_identifier"),
    "events without time": ("    time: ordered_at\n", "", ":16:3", "needs 'time'"),
    "events without id": ("    event_id: order_id\n", "", ":16:3", "needs 'event_id'"),
    "events without category": ("    category: purchases\n", "", ":16:3", "needs 'category'"),
    "people with a time": ("holds: people\n", "holds: people\n    time: born\n", ":8:11", "holds people"),
    "id among the columns": ("event_id: order_id", "event_id: shop", ":28:7", "kept by itself"),
    "attribute that is no name": ("      shop: {", "      Shop Name: {", ":28:7", "attribute: shop_name"),
    "attribute that tables have": ("      shop: {", "      time: {", ":28:7", "attribute: time_of_day"),
    "attribute twice": ("      religion: {", "      Land: {attribute: country, ", ":14:7", "declared twice"),
    "attribute that is an event": ("      height: {", "      Bought: {attribute: purchase, ", ":18:12", "declared twice"),
    "time zone there is not": ("Europe/Berlin", "Europe/Berlni", ":9:16", "did you mean 'Europe/Berlin'?"),
    "time zone outside": ("Europe/Berlin", "../../etc/passwd", ":9:16", "not an IANA time zone"),
    "retention without unit": ("retention: 365d", "retention: 365", ":10:16", "such as 365d"),
    "any place": ("consent: [DE, NO]", "consent: ['*']", ":33:", "ISO 3166"),
    "the whole Union": ("consent: [DE, NO]", "consent: [EU]", ":33:", "name its countries"),
    "a kingdom by nickname": ("consent: [DE, NO]", "consent: [UK]", ":33:", "is GB"),
    "place with two bases": ("opt_out: [US-CA]", "opt_out: [DE]", ":33:", "the basis consent already"),
    "no place at all": ("{consent: [DE, NO], opt_out: [US-CA]}", "{}", ":33:5", "name a basis"),
    "basis there is not": ("consent: [DE, NO]", "consnet: [DE]", ":33:13", "did you mean 'consent'?"),
    "special beside opt-out": ("[location, purchases]", "[location, purchases, belief]", ":34:39", "GDPR 9"),
    "identifier among the reads": ("reads: [country", "reads: [customer_id", ":40:13", "direct identifier"),
    "read twice": ("reads: [country", "reads: [country, country", ":40:22", "twice"),
    "role there is not": ("[marketer, analyst]", "[marketeer, analyst]", ":41:14", "did you mean 'marketer'?"),
    "no role": ("[marketer, analyst]", "[]", ":41:5", "name the roles"),
    "an unknown guarantee": ("guarantee: dp", "guarantee: none", ":43:18", "unknown word 'none'"),
    "one person": ("min_people: 30", "min_people: 1", ":44:19", "at least 2"),
    "loss in powers of ten": ("rho: 0.0125", "rho: 1e-6", ":45:12", "exact number"),
    "no loss": ("rho: 0.0125", "rho: 0", ":45:12", "more than 0"),
    "more loss than a year has": ("rho: 0.0125", "rho: 2.5", ":42:5", "budget's year"),
    "certain selection": ("selection_delta: 1/10000000", "selection_delta: 1", ":46:24", "less than 1"),
    "no group": ("groups_per_person: 2", "groups_per_person: 0", ":47:26", "at least 1"),
    "clamp of what is not read": ("purchase.weight: {per_person", "purchase.items: {per_person", ":50:9", "does not read"),
    "clamp of text": ("purchase.weight: {per_person", "purchase.shop: {per_person", ":50:9", "nothing to clamp"),
    "clamp of nothing": ("{per_person: 1.5}", "{}", ":50:9", "say per_person"),
    "money in another currency": ("2000 EUR", "2000 USD", ":49:39", "declares EUR, not USD"),
    "money without currency name": ("2000 EUR", "2000", ":49:39", "such as 400 EUR"),
    "money finer than a cent": ("2000 EUR", "2000.001 EUR", ":49:39", "finer than 2 digits"),
    "money with a comma": ("2000 EUR", '"2,000 EUR"', ":49:39", "such as 400 EUR"),
    "money beyond 64 bits": ("2000 EUR", "99999999999999999999 EUR", ":49:39", "64 bits"),
    "no money": ("2000 EUR", "0 EUR", ":49:39", "more than 0"),
    "bounds the wrong way": ("[0.50 EUR, 400 EUR]", "[400 EUR, 0.50 EUR]", ":49:", "the smaller first"),
    "one bound": ("[0.50 EUR, 400 EUR]", "[400 EUR]", ":49:", "the smaller first"),
    "bounds without events": (", events_per_person: 12", "", ":49:9", "both per_event and"),
    "weight finer than declared": ("per_person: 1.5}", "per_person: 1.5001}", ":50:39", "finer than 3"),
    "no year": ("rho_per_year: 2", "rho_per_year: 0", ":51:", "more than 0"),
    "certain conversion": ("conversion_delta: 0.000001", "conversion_delta: 1", ":51:", "less than 1"),
    "segmenter that is no name": ("  offers:\n    purpose", "  Offers!:\n    purpose", ":38:3", "not a name"),
    "event that is no name": ("event: purchase\n", "event: Purchase!\n", ":18:12", "not a name"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_at_its_place_with_its_remedy(tmp_path: Path, case: str) -> None:
    old, new, place, word = MISTAKES[case]
    assert TEXT.count(old) >= 1
    found = mistakes(tmp_path, TEXT.replace(old, new, 1))
    assert any(place in f.partition(" error")[0] and word in f for f in found), found


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = TEXT.replace("currency: EUR", "currency: EUX").replace("[country,", "[contry,")
    text = text.replace("per_person: 1.5", "per_person: x").replace("Europe/Berlin", "Mars/Olympus")
    assert len(mistakes(tmp_path, text)) == 4


def test_a_key_that_is_declared_twice_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(
        DocumentError, match=r"p\.yaml:3:1: error: key 'controller' stands on line 2"
    ):
        load(tmp_path, TEXT.replace("notices:", "controller: other\nnotices:"))


def test_an_empty_policy_allows_nothing_and_loads(tmp_path: Path) -> None:
    policy = load(tmp_path, "privseg: policy/1\ncontroller: shop\n")
    assert not policy.segmenters
    assert not policy.catalogue.readables


def test_the_files_of_a_folder_make_one_policy(tmp_path: Path) -> None:
    whole = load(tmp_path, TEXT)
    folder = tmp_path / "policies"
    folder.mkdir()
    head, catalogue, rest = _split(TEXT)
    (folder / "a.yaml").write_text(head)
    (folder / "b.yml").write_text("privseg: policy/1\n" + catalogue)
    (folder / "c.yaml").write_text("privseg: policy/1\n" + rest)
    (folder / ".hidden.yaml").write_text("not: read")
    (folder / "readme.md").write_text("not read")
    together = load_policy(folder, name="policies")
    assert together.digest == whole.digest
    assert together.segmenters["offers"].place.file == "policies/c.yaml"


def _split(text: str) -> tuple[str, str, str]:
    head, _, tail = text.partition("catalogue:\n")
    catalogue, _, rest = tail.partition("purposes:\n")
    return head, "catalogue:\n" + catalogue, "purposes:\n" + rest


def test_what_two_files_declare_is_a_mistake_not_a_choice(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "a.yaml").write_text(TEXT)
    (folder / "b.yaml").write_text("privseg: policy/1\ncontroller: shop\nbudget: {}\n")
    (folder / "c.yaml").write_text("privseg: policy/1\n" + _split(TEXT)[1])
    with pytest.raises(DocumentError) as refused:
        load_policy(folder, name="policies")
    assert [str(f.place) for f in refused.value.findings] == [
        "policies/b.yaml:2:13",
        "policies/b.yaml:3:1",
        "policies/c.yaml:3:3",
        "policies/c.yaml:13:3",
    ]


def test_a_folder_without_a_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="no YAML file"):
        load_policy(tmp_path)
    with pytest.raises(DocumentError, match="no such file"):
        load_policy(tmp_path / "none")


def test_a_mistake_in_one_file_is_told_with_those_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("privseg: policy/1\ncontroler: shop\n")
    (tmp_path / "b.yaml").write_text("privseg: policy/1\nbudget: [\n")
    with pytest.raises(DocumentError) as refused:
        load_policy(tmp_path, name="p")
    assert {f.place.file for f in refused.value.findings} == {"p/a.yaml", "p/b.yaml"}


PIN = f"sha256: {sha256(NOTICE.encode()).hexdigest()}"


def test_a_notices_digest_is_that_of_its_text(tmp_path: Path) -> None:
    (tmp_path / "privacy.md").write_text(NOTICE)
    policy = load(tmp_path, TEXT.replace(PIN, "text: privacy.md"))
    assert policy.notices["privacy"].sha256 == sha256(NOTICE.encode()).hexdigest()
    assert policy.digest == load(tmp_path, TEXT).digest


def test_a_text_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "privacy.md").write_text(NOTICE + "And where you go.\n")
    found = mistakes(tmp_path, TEXT.replace(PIN, f"text: privacy.md, {PIN}"))
    assert len(found) == 1
    assert "new version" in found[0]


@pytest.mark.parametrize("text", ["none.md", "../privacy.md", "/etc/hostname", "a\\b", ".", "pipe"])
def test_a_text_that_is_not_a_file_of_the_folder_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "privacy.md").write_text(NOTICE)
    found = mistakes(tmp_path / "in", TEXT.replace(PIN, f"text: {text}"))
    assert len(found) == 1
    assert "no such text" in found[0]


def test_an_empty_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "privacy.md").write_text(" \n")
    assert "a text has" in mistakes(tmp_path, TEXT.replace(PIN, "text: privacy.md"))[0]


def test_a_notice_without_text_is_refused(tmp_path: Path) -> None:
    assert "say text" in mistakes(tmp_path, TEXT.replace(f"{PIN}, ", ""))[0]
