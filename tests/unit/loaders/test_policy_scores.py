# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501 (a mistake is a line of the table)
"""Policy files: scores, accounts, lists and who may change segments; every mistake at its place."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.gate.columns import MADE
from privseg.loaders.errors import DocumentError
from privseg.loaders.policy import load_policy
from privseg.loaders.policy_score_file import FORMULAS
from privseg.loaders.schemas import schema
from privseg.policy import (
    ColumnType,
    SegmentRules,
    SourceKind,
    canonical_text,
    score_digest,
)
from privseg.policy.catalogue_types import RESERVED
from privseg.policy.remembered import remembered
from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Funnel,
    LifetimeParameters,
    LifetimeValue,
    Preferred,
    Rfm,
    Signal,
)
from privseg.terms import Currency, StaffRole
from tests.twins.scored_policy import TEXT, load


def test_each_formula_says_what_its_keys_say(tmp_path: Path) -> None:
    scores = load(tmp_path).catalogue.scores
    assert scores["rfm"].formula == Rfm(
        "purchase", "purchase.amount", 365, (30, 90), (2, 5), (5000, 9990)
    )
    assert scores["warmth"].formula == Engagement(
        90, {"email_open": Signal(1, 10), "purchase": Signal(5, 4)}
    )
    assert scores["interest"].formula == Affinity("page_view.section", 90, 5, ("sale", "home"))
    assert scores["contact"].formula == Preferred(
        {"mail": "email_open", "app": "page_view"}, 180, 3, "Asia/Tehran"
    )
    assert scores["fatigue"].formula == Fatigue("page_view", "email_open", 60, (4, 8))
    assert scores["funnel"].formula == Funnel({"looked": "page_view", "bought": "purchase"}, 90)
    published = [
        Fraction(n) for n in ("0.243", "4.414", "0.793", "2.426", "6.25", "3.744", "15.447")
    ]
    assert scores["value"].formula == LifetimeValue(
        "purchase",
        "purchase.amount",
        7,
        52,
        100,
        Currency("EUR"),
        "Europe/Berlin",
        LifetimeParameters(*published),
    )
    assert scores["fitted"].crosses_people
    assert (scores["fatigue"].special, scores["fatigue"].nature) == (True, "health")


def test_a_score_in_the_reads_is_all_its_results(tmp_path: Path) -> None:
    reads = load(tmp_path).segmenters["offers"].reads
    assert {a for a in reads if "." in a} == {
        "purchase.amount", "rfm.recency", "rfm.frequency", "rfm.monetary", "rfm.total", "value.alive",
    }  # fmt: skip
    assert reads["rfm.recency"] == reads["rfm.total"]


def test_accounts_and_lists_are_what_segments_may_name(tmp_path: Path) -> None:
    catalogue = load(tmp_path).catalogue
    companies, crm = catalogue.sources["companies"], catalogue.sources["crm"]
    assert (companies.kind, companies.person, companies.retention_days) == (
        SourceKind.ACCOUNTS,
        "vat",
        730,
    )
    assert (crm.columns[2].type, crm.columns[2].account) == (ColumnType.ACCOUNT, "companies")
    assert {"industry", "staff", "company", "newsletter-2026"} <= catalogue.readables.keys()
    assert "vat" not in catalogue.readables
    assert catalogue.closure_of(["industry"]) == {"industry", "company"}
    assert catalogue.category_of("newsletter-2026") == "engagement"
    assert catalogue.sources["newsletter-2026"].table == "newsletter-2026"


def test_who_may_change_segments_is_what_the_policy_says_else_anybody(tmp_path: Path) -> None:
    rules = SegmentRules(frozenset({StaffRole.MARKETER, StaffRole.ENGINEER}), approval=True)
    assert load(tmp_path).segment_rules == rules
    silent = re.sub(r"segments: .*\n", "", TEXT)
    assert load(tmp_path, silent).segment_rules == SegmentRules(None, approval=False)
    approved = re.sub(r"segments: .*\n", "segments: {approval: true}\n", TEXT)
    assert load(tmp_path, approved).segment_rules == SegmentRules(None, approval=True)


def test_a_run_and_the_catalogue_keep_the_same_names_to_themselves() -> None:
    assert RESERVED == MADE


CHANNELS = "channels: {mail: email_open, app: page_view}"
PARAMETERS = "{r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, p: 6.250, q: 3.744, v: 15.447}"
FIRST_SEGMENTER = TEXT.splitlines().index("segmenters:") + 1
MISTAKES = {
    "an unknown formula": ("formula: rfm", "formula: rmf", ":42:", "did you mean 'rfm'?"),
    "an unknown key": ("recency_days:", "recency:", ":42:", "unknown key 'recency'"),
    "a key of another formula": ("frequency: [2, 5]", "frequency: [2, 5], cuts: [1]", ":42:", "formula rfm has no 'cuts'"),
    "a key that is missing": (" frequency: [2, 5],", "", ":42:", "formula rfm needs 'frequency'"),
    "an unknown event": ("{formula: rfm, event: purchase", "{formula: rfm, event: purchas", ":42:30", "unknown event 'purchas'; did you mean 'purchase'?"),
    "an unknown amount": ("amount: amount, within", "amount: amonut, within", ":42:", "purchase has no property 'amonut'; did you mean 'amount'?"),
    "an amount that is none": ("amount: amount, within", "amount: channel, within", ":42:", "purchase.channel is category; formula rfm takes"),
    "no window": ("within: 365d", "within: 365", ":42:", "such as 365d"),
    "cut points the wrong way": ("recency_days: [30, 90]", "recency_days: [90, 30]", ":42:", "cut points ascend"),
    "cut points twice": ("frequency: [2, 5]", "frequency: [2, 2]", ":42:", "cut points ascend"),
    "amounts the wrong way": ("[50 EUR, 99.90 EUR]", "[99.90 EUR, 50 EUR]", ":42:", "cut points ascend"),
    "no cut point": ("frequency: [2, 5]", "frequency: []", ":42:", "from 1 to 100 cut points"),
    "a cut point of nothing": ("frequency: [2, 5]", "frequency: [0, 5]", ":42:", "more than 0"),
    "a cut point beyond the window": ("recency_days: [30, 90]", "recency_days: [30, 366]", ":42:", "the window has 365 days"),
    "money in another currency": ("[50 EUR, 99.90 EUR]", "[50 USD, 99.90 EUR]", ":42:", "declares EUR, not USD"),
    "money finer than a cent": ("[50 EUR, 99.90 EUR]", "[50 EUR, 99.905 EUR]", ":42:", "finer than 2"),
    "a score without category": (", category: purchases}\n  warmth", "}\n  warmth", ":42:", "'category' is missing"),
    "a signal of nothing": ("email_open: {weight: 1, cap: 10}", "email_opn: {weight: 1, cap: 10}", ":43:", "did you mean 'email_open'?"),
    "a weight of nothing": ("{weight: 1, cap: 10}", "{weight: 0, cap: 10}", ":43:", "from 1 to 1,000,000"),
    "a cap beyond reckoning": ("{weight: 1, cap: 10}", "{weight: 1, cap: 1000001}", ":43:", "from 1 to 1,000,000"),
    "no signal": ("signals: {email_open: {weight: 1, cap: 10}, purchase: {weight: 5, cap: 4}}", "signals: {}", ":43:", "from 1 to 50 of them"),
    "an affinity of an event": ("of: page_view.section", "of: page_view", ":44:", "expected an event's property"),
    "an affinity of what there is not": ("of: page_view.section", "of: page_view.secton", ":44:", "did you mean 'page_view.section'?"),
    "an affinity of money": ("of: page_view.section", "of: purchase.amount", ":44:", "purchase.amount is money; formula affinity takes category or set"),
    "no least number": ("at_least: 5", "at_least: 0", ":44:", "from 1 to"),
    "one event for two channels": (CHANNELS, "channels: {mail: email_open, app: email_open}", ":45:", "twice"),
    "a channel that is no name": (CHANNELS, "channels: {E-Mail: email_open}", ":45:", "not a name"),
    "a channel of nothing": (CHANNELS, "channels: {mail: email_opened}", ":45:", "did you mean 'email_open'?"),
    "a time zone there is not": ("Asia/Tehran", "Asia/Tehrn", ":45:", "did you mean 'Asia/Tehran'?"),
    "a message that answers itself": ("sent: page_view, reaction", "sent: email_open, reaction", ":46:", "does not answer itself"),
    "a funnel of one stage": ("{looked: page_view, bought: purchase}", "{bought: purchase}", ":47:", "from 2 to 50"),
    "a nature there is not": ("nature: health", "nature: helth", ":46:", "did you mean 'health'?"),
    "no horizon": ("horizon: 52, grid: 1 EUR, parameters: {", "horizon: 0, grid: 1 EUR, parameters: {", ":48:", "from 1 to 10,000"),
    "no grid": ("grid: 1 EUR, parameters: {", "grid: 0 EUR, parameters: {", ":48:", "more than 0"),
    "a value of what is no money": ("amount: amount, period: 7d, horizon: 52, grid: 1 EUR, parameters: {", "amount: channel, period: 7d, horizon: 52, grid: 1 EUR, parameters: {", ":48:", "takes money"),
    "a parameter that is missing": ("r: 0.243, ", "", ":48:", "'r' is missing"),
    "a parameter of nothing": ("b: 2.426", "b: 0", ":48:", "more than 0"),
    "a parameter at which there is no forecast": ("a: 0.793", "a: 1", ":48:", "no forecast at 1"),
    "a parameter at which there is no mean": ("q: 3.744", "q: 1", ":48:", "more than 1"),
    "parameters of no kind": (PARAMETERS, "measured", ":48:", "unknown word 'measured'"),
    "a score called like an event": ("  warmth:", "  purchase:", ":43:3", "'purchase' is an event already"),
    "a score called like a source": ("  warmth:", "  crm:", ":43:3", "'crm' is a source already"),
    "a score called like an attribute": ("  warmth:", "  country:", ":43:3", "'country' is an attribute already"),
    "a score called like what a run makes": ("  warmth:", "  samples:", ":43:3", "the engine uses itself"),
    "a score that is no name": ("  warmth:", "  Warmth:", ":43:3", "not a name"),
    "a source called like what a run makes": ("  orders:\n", "  scores:\n", ":27:3", "the engine uses itself"),
    "an event called like what a run makes": ("event: purchase\n", "event: samples\n", ":29:12", "the engine uses itself"),
    "a result there is not": ("value.alive", "value.alife", ":53:", "did you mean 'value.alive'?"),
    "a score there is not": ("purchase.amount, rfm,", "purchase.amount, rfn,", ":53:", "did you mean 'rfm'?"),
    "a result beside its score": ("value.alive", "rfm.total", ":53:", "among the results of 'rfm' already"),
    "a score read twice": ("rfm, value.alive", "rfm, rfm", ":53:", "twice"),
    "a link to nothing": ("of: companies", "of: company", ":13:", "no source called 'company' holds accounts; did you mean 'companies'?"),
    "a link to people": ("of: companies", "of: crm", ":13:", "no source called 'crm' holds accounts"),
    "a link without end": ("type: account, of: companies, ", "type: account, ", ":13:7", "type account needs 'of'"),
    "a link of another type": ("type: category, category: location, values: [DE, FR]", "type: text, category: location, of: companies", ":12:", "type text has no 'of'"),
    "two links to one source": ("      company: {", "      firm: {type: account, of: companies, category: employment}\n      company: {", ":14:", "people belong to one account of 'companies': see p.yaml:13:7"),
    "accounts that nobody belongs to": ("      company: {type: account, of: companies, category: employment}\n", "", ":13:3", "nobody belongs to 'companies': give people a column {type: account, of: companies}"),
    "a link of an event": ("      channel: {type: category, category: purchases, values: [web, shop]}", "      channel: {type: account, of: companies, category: purchases}", ":38:7", "people belong to accounts"),
    "an account within accounts": ("staff: {type: integer, ", "staff: {type: account, of: companies, ", ":21:7", "people belong to accounts"),
    "a person within accounts": ("staff: {type: integer, category: firmographics}", "staff: {role: direct_identifier, identifier: email}", ":21:7", "nobody is a person"),
    "accounts without a name": ("    account: vat\n", "", ":14:3", "a source that holds accounts needs 'account'"),
    "accounts with a person": ("    account: vat\n", "    account: vat\n    person: vat\n", ":17:13", "'person' is for a source that holds people or events or list; this one holds accounts"),
    "accounts whose name is no column": ("account: vat", "account: vta", ":16:14", "did you mean 'vat'?"),
    "accounts whose name is text": ("vat: {type: account, category: employment}", "vat: {type: text, category: employment}", ":19:19", "has type: account"),
    "an account's name that leads on": ("vat: {type: account, ", "vat: {type: account, of: companies, ", ":19:", "has no 'of': nobody reads it"),
    "an account's attribute that tables have": ("staff: {", "account: {", ":21:7", "needs a lower-case name that is not taken"),
    "people with an account": ("    person: number\n    columns:\n      number", "    person: number\n    account: number\n    columns:\n      number", ":10:14", "'account' is for a source that holds accounts; this one holds people"),
    "a list that tells more": ("columns: {email: {", "columns: {city: {type: text, category: location}, email: {", ":26:", "a list says who is on it and nothing more"),
    "a list without category": ("    category: engagement\n    columns: {email", "    columns: {email", ":22:3", "a source that holds list needs 'category'"),
    "a list with an event": ("    person: email\n", "    person: email\n    event: letter\n", ":25:12", "'event' is for a source that holds events"),
    "a list that is no name": ("  newsletter-2026:", "  Newsletter 2026:", ":22:3", "not a name"),
    "a list called like an attribute": ("  newsletter-2026:", "  country:", ":22:3", "declared twice"),
    "no role that changes segments": ("changed_by: [marketer, engineer]", "changed_by: []", ":3:", "name the roles"),
    "a role twice": ("changed_by: [marketer, engineer]", "changed_by: [marketer, marketer]", ":3:", "twice"),
    "a role there is not": ("changed_by: [marketer, engineer]", "changed_by: [marketeer]", ":3:", "did you mean 'marketer'?"),
    "what is read and left out": ("    time_zone: Europe/Berlin\n", "    time_zone: Europe/Berlin\n    leaves_out: [amount]\n", ":35:18", "cannot be left out"),
    "a separator of what is no set": ("amount: {type: money, ", "amount: {type: money, separator: ';', ", ":37:", "type money has no 'separator'"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_at_its_place_with_its_remedy(tmp_path: Path, case: str) -> None:
    old, new, place, word = MISTAKES[case]
    assert TEXT.count(old) >= 1
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, TEXT.replace(old, new, 1))
    found = [str(f) for f in refused.value.findings]
    assert any(place in f.partition(" error")[0] and word in f for f in found), found


@pytest.mark.parametrize(
    "case", [c for c in MISTAKES if "called like" not in c and ":4" in MISTAKES[c][2]]
)
def test_a_mistake_in_a_score_is_no_mistake_of_what_reads_it(tmp_path: Path, case: str) -> None:
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, TEXT.replace(*MISTAKES[case][:2], 1))
    assert all(f.place.line < FIRST_SEGMENTER for f in refused.value.findings)


def test_two_files_do_not_say_who_changes_segments_or_how_one_score_is_reckoned(
    tmp_path: Path,
) -> None:
    load(tmp_path)
    (tmp_path / "q.yaml").write_text(
        "privseg: policy/1\nsegments: {}\nscores:\n  funnel: {formula: funnel, stages: {a: purchase, b: page_view}, within: 9d, category: purchases}\n"
    )
    with pytest.raises(DocumentError) as refused:
        load_policy(tmp_path, name="p")
    assert [str(f.place) for f in refused.value.findings] == ["p/q.yaml:2:1", "p/q.yaml:4:3"]


def test_what_is_kept_of_a_policy_decides_as_it_did(tmp_path: Path) -> None:
    policy = load(tmp_path)
    found = remembered(canonical_text(policy))
    assert found.digest == policy.digest
    assert canonical_text(found) == canonical_text(policy)
    assert found.segment_rules == policy.segment_rules
    for name, score in policy.catalogue.scores.items():
        assert found.catalogue.scores[name].formula == score.formula
        assert score_digest(found.catalogue.scores[name]) == score_digest(score)
    stages = found.catalogue.scores["funnel"].formula
    assert isinstance(stages, Funnel)
    assert list(stages.stages) == ["looked", "bought"]
    assert found.catalogue.derived.keys() == policy.catalogue.derived.keys()


OTHER = {
    "a cut point": ("recency_days: [30, 90]", "recency_days: [30, 91]"),
    "a weight": ("{weight: 5, cap: 4}", "{weight: 6, cap: 4}"),
    "a window": ("of: page_view.section, within: 90d", "of: page_view.section, within: 91d"),
    "the order of channels": (CHANNELS, "channels: {app: page_view, mail: email_open}"),
    "the order of stages": ("{looked: page_view, bought: purchase}", "{bought: purchase, looked: page_view}"),
    "a parameter": ("r: 0.243", "r: 0.2431"),
    "who reckons the parameters": ("parameters: fitted", f"parameters: {PARAMETERS}"),
    "a score's category": ("within: 60d, cuts: [4, 8], category: engagement", "within: 60d, cuts: [4, 8], category: browsing"),
    "who changes segments": ("changed_by: [marketer, engineer]", "changed_by: [marketer]"),
    "whether segments are approved": ("approval: true", "approval: false"),
    "the column that names accounts": ("vat", "vat_id"),
    "what is left out": ("    time_zone: Europe/Berlin\n", "    time_zone: Europe/Berlin\n    leaves_out: [note]\n"),
    "what stands between values": ("section: {type: set,", "section: {type: set, separator: ';',"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHER)
def test_what_decides_changes_the_digest(tmp_path: Path, case: str) -> None:
    assert OTHER[case][0] in TEXT
    changed = load(tmp_path, TEXT.replace(*OTHER[case]))
    assert changed.digest != load(tmp_path).digest
    assert remembered(canonical_text(changed)).digest == changed.digest


SAME = {
    "the order of signals": ("email_open: {weight: 1, cap: 10}, purchase: {weight: 5, cap: 4}", "purchase: {weight: 5, cap: 4}, email_open: {weight: 1, cap: 10}"),
    "the order of roles": ("[marketer, engineer]", "[engineer, marketer]"),
    "another spelling of a number": ("p: 6.250", "p: 25/4"),
    "a score or all its results": ("rfm, value.alive", "rfm.recency, rfm.frequency, rfm.monetary, rfm.total, value.alive"),
    "a zone that is the source's": ("horizon: 52, grid: 1 EUR, parameters: {r", "horizon: 52, grid: 1 EUR, time_zone: Europe/Berlin, parameters: {r"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_what_decides_nothing_leaves_the_digest(tmp_path: Path, case: str) -> None:
    assert SAME[case][0] in TEXT
    assert load(tmp_path, TEXT.replace(*SAME[case])).digest == load(tmp_path).digest


def test_a_policy_without_scores_has_the_text_it_had_before_there_were_any(tmp_path: Path) -> None:
    plain = "privseg: policy/1\ncontroller: shop\n"
    text = canonical_text(load(tmp_path, plain))
    for key in (b"scores", b"segment_rules", b'"account"', b"leaves_out", b"separator"):
        assert key not in text


def test_a_scores_digest_is_that_of_its_formula_alone(tmp_path: Path) -> None:
    before = load(tmp_path).catalogue.scores
    renamed = TEXT.replace("  rfm:", "  spending:").replace("rfm, value", "spending, value")
    after = load(tmp_path, renamed.replace("EUR], category: purchases", "EUR], category: browsing"))
    assert score_digest(after.catalogue.scores["spending"]) == score_digest(before["rfm"])
    assert len({score_digest(s) for s in before.values()}) == len(before)


def test_editors_are_told_which_keys_a_formula_has() -> None:
    told = schema("policy")["$defs"]["ScoreEntry"]
    assert [r["if"]["properties"]["formula"]["const"] for r in told["allOf"]] == list(FORMULAS)
    assert "recency_days" in told["allOf"][0]["then"]["required"]
    json.dumps(told)
