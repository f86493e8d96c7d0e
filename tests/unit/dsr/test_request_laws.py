# SPDX-License-Identifier: Apache-2.0
"""What the shipped laws ask of requests: every case comes out, every rule is held by its cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from privseg.dsr.identity import IdentityNeed
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import ClockRule, RequestLaw, Span, Unit
from privseg.dsr.law_cases import NEEDED, RequestCase, run_request_case
from privseg.dsr.strictest import strictest
from privseg.engine.dsr.laws import RequestLaws, holidays_of
from privseg.loaders.errors import DocumentError
from privseg.loaders.laws import load_pack, shipped_packs
from privseg.loaders.laws_pack import LawPack
from privseg.loaders.laws_reference import laws_reference, to_be_confirmed
from privseg.loaders.laws_requests import request_rules
from privseg.loaders.policy import load_policy
from privseg.policy.law import Certainty
from privseg.policy.natures import Nature
from privseg.terms import Jurisdiction
from tests.unit.loaders.test_laws import PACK, written

PACKS = shipped_packs()
CASES = [case for pack in PACKS for case in pack.request_cases]
RULES = [
    (pack, name)
    for pack in PACKS
    if pack.file.requests is not None
    for name, _ in request_rules(pack.file.requests)
]
FOREVER = Span(900, Unit.DAYS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_case_of_a_law_comes_out_as_stated(case: RequestCase) -> None:
    outcome = run_request_case(case, holidays_of(case.where))
    assert outcome.passed, f"{case.place}: expected {outcome.expected}, found {outcome.found}"


def clocks(law: RequestLaw, **facts: object) -> RequestLaw:
    """Return a law whose every clock is another."""
    wrong = {kind: replace(rule, **facts) for kind, rule in law.clocks.items()}  # type: ignore[arg-type]
    return replace(law, clocks=wrong)


def gone_wrong(rule: str, law: RequestLaw) -> list[RequestLaw]:
    """Return a law with one rule gone wrong; the cases of that rule must notice."""
    one = law.clock(RequestKind.ACCESS)
    wrong_needs = dict.fromkeys(RequestKind, IdentityNeed.NONE)
    longer = ClockRule(law="x", answer=FOREVER)
    found = {
        "confirm": lambda: [clocks(law, confirm=None), clocks(law, confirm=FOREVER)],
        "answer": lambda: [clocks(law, answer=FOREVER)],
        "closed_days": lambda: [clocks(law, rolls=not one.rolls)],
        "extend": lambda: [clocks(law, extended=None), clocks(law, extended=FOREVER)],
        "pause": lambda: [clocks(law, pauses=not one.pauses)],
        "appeal": lambda: [replace(law, appeals=None),
                           replace(law, clocks={**law.clocks, RequestKind.APPEAL: longer})],
        "grounds": lambda: [replace(law, all_grounds=()),
                            replace(law, all_grounds=tuple(replace(g, kinds=frozenset(RequestKind))
                                                           for g in law.all_grounds))],
        "identity": lambda: [replace(law, needs=wrong_needs),
                             replace(law, needs=dict.fromkeys(RequestKind, IdentityNeed.HIGH))],
        "never_disclosed": lambda: [replace(law, never_disclosed=frozenset()),
                                    replace(law, never_disclosed=frozenset(map(str, Nature)))],
        "keep_records": lambda: [replace(law, keep_records=FOREVER)],
        "complaint": lambda: [replace(law, complaints=("Nowhere.",))],
        "metrics": lambda: [replace(law, metrics=not law.metrics)],
    }  # fmt: skip
    return found[rule]()


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=lambda x: getattr(x, "name", x))
def test_a_rule_gone_wrong_is_noticed_by_its_own_cases(pack: LawPack, rule: str) -> None:
    own = [case for case in pack.request_cases if case.rule == rule]
    assert own
    for wrong in gone_wrong(rule, own[0].law):
        tried = [run_request_case(replace(c, law=wrong), holidays_of(c.where)) for c in own]
        assert not all(outcome.passed for outcome in tried)


def test_every_shipped_law_says_what_it_asks_of_requests_with_article_day_and_certainty() -> None:
    for pack in PACKS:
        assert pack.requests is not None
        told = {provision.rule.partition(" of ")[0] for provision in pack.requests.provisions}
        assert told >= NEEDED.keys() - {"confirm", "extend", "appeal", "never_disclosed"}
        for provision in pack.requests.provisions:
            assert provision.article.strip()
            assert provision.checked <= date(2026, 11, 22)
    (appeal,) = [p for pack in PACKS if pack.requests for p in pack.requests.provisions
                 if p.rule == "appeal"]  # fmt: skip
    assert appeal.certainty is Certainty.TO_BE_CONFIRMED


REQUESTS = """\
requests:
  answer:
    value: 10 days
    except:
      limit: {value: 3 business days, article: Art. 7b, checked: 2026-11-22, certainty: checked}
    article: Art. 7
    checked: 2026-11-22
    certainty: checked
    cases:
      - {kind: access, received: 2026-01-31, answer_by: 2026-02-10}
      - {kind: limit, in: FR, received: 2026-01-30, answer_by: 2026-02-04}
  closed_days:
    value: false
    article: Art. 7
    checked: 2026-11-22
    certainty: checked
    cases: [{kind: access, received: 2026-01-31, legal_limit: 2026-02-10}]
  pause:
    value: false
    article: Art. 8
    checked: 2026-11-22
    certainty: checked
    cases:
      - {kind: access, received: 2026-01-31, pauses: [{asked: 2026-02-02, came: 2026-02-04}],
         may_pause: false}
  grounds:
    value:
      - {code: IdentityVerificationFailure, title: Not proved., article: Art. 9,
         kinds: [access, categories, portability, erasure, rectification, restriction,
                 lift_restriction, opt_in]}
    article: Art. 9
    checked: 2026-11-22
    certainty: checked
    cases: [{kind: access, ground: IdentityVerificationFailure}]
  identity:
    value:
      none: [object_marketing, objection, withdraw_consent, opt_out_sale, opt_out_profiling, limit,
             appeal, legal_hold]
    article: Art. 10
    checked: 2026-11-22
    certainty: checked
    cases: [{kind: access, identity: reasonable}]
  keep_records:
    value: 24 months
    article: Art. 11
    checked: 2026-11-22
    certainty: checked
    cases: [{kind: access, answered: 2026-11-22, kept_until: 2028-11-22}]
  complaint:
    value: You can write to the king.
    article: Art. 12
    checked: 2026-11-22
    certainty: checked
    cases: [{kind: access, tells: the king}]
  metrics:
    value: false
    article: none
    checked: 2026-11-22
    certainty: checked
    cases: [{kind: access, metrics: false}]
"""


def test_a_pack_of_ones_own_says_what_its_law_asks_of_requests(tmp_path: Path) -> None:
    pack = load_pack(written(tmp_path, PACK + REQUESTS), name="ours.yaml")
    assert pack.requests is not None
    assert pack.requests.clock(RequestKind.ACCESS).answer == Span(10, Unit.DAYS)
    assert pack.requests.clock(RequestKind.ACCESS).law == "ours, Art. 7"
    assert pack.requests.clock(RequestKind.LIMIT).law == "ours, Art. 7b"
    assert all(run_request_case(c, holidays_of(c.where)).passed for c in pack.request_cases)


MALFORMED = [
    ("10 days", "ten days", "a time such as 1 month"),
    ("10 days", "0 days", "a time such as 1 month"),
    ("24 months", "24 month", "a time such as 1 month"),
    ("article: Art. 7b", "article: ' '", "a rule needs its source"),
    ("article: Art. 12", "article: ''", "a rule needs its source"),
    ("cases: [{kind: access, tells: the king}]", "cases: []", "a rule needs a case"),
    ("tells: the king", "metrics: false", "a case of this rule says tells"),
    ("came: 2026-02-04", "came: 2026-02-01", "proof comes after"),
    ("{kind: limit, in: FR, ", "{kind: limit, in: DE, ", "the pack does not cover it"),
    ("{kind: limit, in: FR, ", "{kind: limit, in: ZZ, ", "not an ISO 3166"),
    ("{kind: limit, in: FR, rec", "{kind: access, rec", "none is of this kind"),
    ("kind: limit, in", "kind: limits, in", "unknown word 'limits'"),
    ("[object_marketing, objection", "[objection", "nobody proves who they are for: object"),
    ("      none:", "      high: [limit]\n      none:", "limit stands in two lists"),
    ("code: IdentityVerificationFailure, title", "code: 'a b', title", "a code such as"),
    ("title: Not proved.", "title: ' '", "a ground needs its title"),
    (",\n                 lift_restriction, opt_in]", "]", "no ground for: lift_restriction"),
    ("  metrics:\n", "  metric:\n", "unknown key 'metric'"),
    ("  pause:\n", "  paws:\n", "unknown key 'paws'"),
    ("article: none\n    checked: 2026-11-22", "article: none", "'checked' is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "why"), MALFORMED)
def test_requests_of_a_pack_that_say_nothing_sound_do_not_load(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    assert REQUESTS.count(old) >= 1
    with pytest.raises(DocumentError) as refused:
        load_pack(written(tmp_path, PACK + REQUESTS.replace(old, new, 1)), name="ours.yaml")
    assert why in str(refused.value)
    assert str(refused.value).startswith("ours.yaml:")


SURE = "certainty: to be confirmed by counsel\n    note: Ask the king.\n    cases"


def policy_folder(folder: Path, pack: str) -> Path:
    """Write the smallest policy that goes by a pack of its own."""
    written(folder / "policies" / "laws", pack)
    text = "privseg: policy/1\ncontroller: ours\nlaws: [laws/ours.yaml, ccpa]\n"
    (folder / "policies" / "policy.yaml").write_text(text, "utf-8")
    return folder / "policies"


def test_a_policys_own_law_holds_where_it_speaks_and_every_shipped_one_elsewhere(
    tmp_path: Path,
) -> None:
    folder = policy_folder(tmp_path, PACK + REQUESTS)
    laws = RequestLaws(load_policy(folder, name="policies"), folder)
    packs = {p: laws.of(Jurisdiction(p)).pack for p in ("MC", "FR", "DE", "US-CA", "BR", "CH")}
    assert packs == {
        "MC": "ours@2026-11", "FR": "ours@2026-11", "DE": "gdpr@2026-11",
        "US-CA": "ccpa@2026-11", "BR": "lgpd@2026-11", "CH": "unknown",
    }  # fmt: skip
    shortest = laws.of(None).clock(RequestKind.ACCESS)
    assert Span(10, Unit.DAYS) in {rule.answer for rule in shortest.rules}


def test_a_pack_of_ones_own_that_says_nothing_of_requests_leaves_the_shortest_time(
    tmp_path: Path,
) -> None:
    folder = policy_folder(tmp_path, PACK)
    laws = RequestLaws(load_policy(folder, name="policies"), folder)
    assert laws.of(Jurisdiction("MC")).pack == "unknown"
    assert laws.of(Jurisdiction("FR")).pack == "unknown"  # ours speaks there, and says nothing


def test_what_ones_own_law_asks_of_requests_is_part_of_what_is_approved(tmp_path: Path) -> None:
    texts = {
        "as it was": PACK + REQUESTS,
        "longer": PACK + REQUESTS.replace("10 days", "11 days"),
        "less sure": PACK + REQUESTS.replace("certainty: checked\n    cases", SURE),
        "nothing": PACK,
    }
    digests = {
        name: load_policy(policy_folder(tmp_path / name, text)).digest
        for name, text in texts.items()
    }
    assert digests["as it was"] == digests["less sure"]
    assert len(set(digests.values())) == 3


def test_the_strictest_of_no_laws_is_refused() -> None:
    with pytest.raises(ValueError, match="no laws"):
        strictest([])


def test_the_reference_lists_every_rule_of_requests_and_every_ground() -> None:
    page = "\n".join(laws_reference())
    for pack in PACKS:
        assert pack.requests is not None
        for said in pack.requests.provisions:
            assert f"| {said.article} | {said.checked} | {said.certainty} |" in page
        for ground in pack.requests.all_grounds:
            assert f"| `{ground.code}` | {ground.title} | {ground.article} |" in page
    assert ("colorado", "requests.appeal") in set(to_be_confirmed())
