# SPDX-License-Identifier: Apache-2.0
"""Whether a purpose lets people behind pseudonyms be named: read strictly, told when it widens."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.policy import load_policy
from privseg.policy import Policy, Reidentification, canonical_text, check
from privseg.policy.diff import diff
from privseg.policy.remembered import remembered
from privseg.terms import Place, Purpose, StaffRole

TEXT = """privseg: policy/1
controller: club
notices:
  terms: {version: "1", sha256: HASH, purposes: [marketing]}
catalogue:
  members:
    holds: people
    person: number
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      email: {role: direct_identifier, identifier: email}
      name: {role: direct_identifier, identifier: name}
      country: {type: category, category: location, values: [DE, FR]}
purposes:
  marketing:
    title: Letters that fit
    kind: marketing
    basis: {consent: [DE, FR]}
    categories: [location]
    notice: terms
    consent_lasts: 730d
""".replace("HASH", "0" * 64)
LINE = len(TEXT.splitlines()) + 1  # where what follows the purpose begins
RULE = (
    "    reidentification:\n"
    "      asked_by: [analyst]\n"
    "      approved_by: [compliance_officer]\n"
    "      within: 8h\n"
    "      people: 20\n"
    "      identifiers: [email, name]\n"
)
MARKETING = Purpose("marketing")


def policy(folder: Path, rule: str = RULE) -> Policy:
    """Return a policy with a rule in its purpose."""
    path = folder / "policy.yaml"
    path.write_text(TEXT + rule, "utf-8")
    return load_policy(path, name="policy.yaml")


def test_a_purpose_that_says_nothing_lets_nobody_be_named(tmp_path: Path) -> None:
    found = policy(tmp_path, "")
    assert [rule.reidentification for rule in found.purposes.values()] == [None]


def test_a_rule_is_read_with_who_whom_how_long_and_how_often(tmp_path: Path) -> None:
    assert policy(tmp_path).purposes[MARKETING].reidentification == Reidentification(
        asked_by=frozenset({StaffRole.ANALYST}),
        approved_by=frozenset({StaffRole.COMPLIANCE_OFFICER}),
        within_hours=8,
        people=20,
        identifiers=frozenset({"email", "name"}),
        place=Place("policy.yaml", LINE, 5),
        opens=1,
    )


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("[analyst]", "[marketer]", "marketer can never do this"),
        ("[analyst]", "[admin]", "admin can never do this"),
        ("[compliance_officer]", "[auditor]", "auditor can never do this"),
        ("[analyst]", "[]", "name at least one"),
        ("[analyst]", "[analyst, analyst]", "stands in the list twice"),
        ("[email, name]", "[]", "name at least one"),
        ("[email, name]", "[e-mail]", "no column holds a 'e-mail'; did you mean 'email'?"),
        ("8h", "8", "expected a length"),
        ("8h", "32d", "at most 31d"),
        ("20", "0", "from 1 to 10,000"),
        ("20", "10001", "from 1 to 10,000"),
        ("people: 20", "people: 20\n      opens: 0", "from 1 to 100"),
        ("      within: 8h\n", "", "key 'within' is missing"),
        ("      people: 20\n", "", "key 'people' is missing"),
        ("      identifiers: [email, name]\n", "", "key 'identifiers' is missing"),
        ("people: 20", "people: 20\n      once: true", "unknown key 'once'"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, old: str, new: str, word: str) -> None:
    assert old in RULE
    with pytest.raises(DocumentError) as refused:
        policy(tmp_path, RULE.replace(old, new, 1))
    (finding,) = refused.value.findings
    assert word in finding.message
    assert finding.place.line in range(LINE, LINE + 8)


def test_a_policy_comes_back_whole_from_the_text_that_its_digest_is_made_of(
    tmp_path: Path,
) -> None:
    found = policy(tmp_path)
    kept = remembered(canonical_text(found))
    assert kept.digest == found.digest
    rule = kept.purposes[MARKETING].reidentification
    assert rule is not None
    assert (rule.people, rule.within_hours, rule.opens) == (20, 8, 1)
    assert policy(tmp_path, "").digest != found.digest


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[analyst]", "[analyst, engineer]", "engineer may ask who is behind pseudonyms"),
        ("[compliance_officer]", "[compliance_officer, engineer]", "engineer may approve"),
        ("[email, name]", "[customer_number, email, name]", "the customer_number of people"),
        ("8h", "9h", "an approval counts for 9 hours"),
        ("20", "21", "one request names up to 21 people"),
        ("people: 20", "people: 20\n      opens: 2", "a request is opened up to 2 times"),
    ],
)
def test_more_is_told_to_widen_and_less_to_narrow(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    less, more = policy(tmp_path), policy(tmp_path, RULE.replace(old, new, 1))
    (wider,) = diff(less, more)
    (narrower,) = diff(more, less)
    assert any(says in text for text in wider.widens)
    assert not wider.narrows
    assert narrower.narrows
    assert not narrower.widens


def test_letting_anybody_be_named_at_all_is_told_to_widen(tmp_path: Path) -> None:
    none, some = policy(tmp_path, ""), policy(tmp_path)
    (begun,) = diff(none, some)
    (ended,) = diff(some, none)
    assert "analyst may ask" in " ".join(begun.widens)
    assert not begun.narrows
    assert ended.narrows
    assert not ended.widens


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("", "", "has no impact assessment"),
        ("[compliance_officer]", "[engineer]", "no compliance officer approves"),
        ("8h", "30d", "counts for 720 hours"),
    ],
)
def test_what_hardly_holds_it_in_check_is_told(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    told = [f.message for f in check(policy(tmp_path, RULE.replace(old, new, 1)))]
    assert any(says in message for message in told), told
